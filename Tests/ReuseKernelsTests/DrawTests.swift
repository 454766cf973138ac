import ReuseKernels
import Testing

@Suite("Draws")
struct DrawTests {
    private func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
        var out: [UInt32] = [0, 0, 0, 0]
        reuse_philox4x32_10(counter, key, &out)
        return out
    }

    // From the known answers of the Random123 library (philox4x32, 10 rounds).
    @Test("Philox gives the published answers")
    func knownAnswers() {
        #expect(philox([0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        let ones = UInt32.max
        #expect(
            philox([ones, ones, ones, ones], [ones, ones])
                == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        #expect(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    // From an independent Philox in Python's whole numbers.
    @Test("a draw is the stated function of seed, variable and sample")
    func layout() {
        #expect(reuse_uniform(0, 0, 0) == 0x1.c2d38b1acc4fdp-1)
        #expect(reuse_uniform(0, 0, 1) == 0x1.3601b7b178af5p-1)
        #expect(reuse_uniform(1, 2, 3) == 0x1.c1679e688a830p-5)
        #expect(
            reuse_uniform(0xdead_beef_cafe_f00d, 0x0123_4567_89ab_cdef, (1 << 40) + 12345) == 0x1.698e93d5a5fc9p-1)
        #expect(reuse_uniform(.max, .max, .max) == 0x1.c7828d1ee5276p-2)
    }

    @Test("draws lie strictly between 0 and 1, and their mean and variance are those of the uniform distribution")
    func moments() {
        let count = 1 << 18
        var out = [Double](repeating: 0, count: count)
        reuse_uniform_lanes(&out, 7, 11, 0, count)
        #expect(out.allSatisfy { $0 > 0 && $0 < 1 })
        let mean = out.reduce(0, +) / Double(count)
        let variance = out.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // Five standard errors.
        #expect((mean - 0.5).magnitude < 5 * 0.2887 / 512)
        #expect((variance - 1.0 / 12).magnitude < 5 * 0.0745 / 512)
    }

    // FNV-1a and the finaliser of SplitMix64, computed in Python's whole numbers.
    @Test("names hash to the known answers")
    func hashes() {
        func hash(_ text: String) -> UInt64 {
            let bytes = Array(text.utf8)
            return reuse_hash(bytes, bytes.count)
        }
        #expect(hash("") == 0xf52a_15e9_a9b5_e89b)
        #expect(hash("a") == 0x02c0_bdbf_4814_20f8)
        #expect(hash("foobar") == 0x404d_a9e3_b740_78c2)
        #expect(hash("phones.price") == 0x56c2_2e0e_085c_a9e7)
        #expect(hash("\u{e9}") == 0x2334_0361_7480_019e)
    }
}
