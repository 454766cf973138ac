import Reuse
import ReuseReport
import Testing

@Suite("Numbers as people read them")
struct NumberFormatTests {
    @Test(
        "a magnitude letter is used from ten thousand on",
        arguments: [
            (0, "0"), (1, "1"), (1234, "1234"), (9999, "9999"), (10_000, "10k"), (123_456, "123.456k"),
            (45_300_000, "45.3M"), (431_100_000, "431.1M"), (2_026_000_000, "2.026B"), (999e9, "999B"),
        ])
    func letters(value: Double, text: String) { #expect(NumberFormat.text(value) == text) }

    @Test(
        "what has at most four digits, and a whole number of up to six, is printed in full",
        arguments: [
            (0.25, "0.25"), (1.524, "1.524"), (0.0001, "0.0001"), (-3, "-3"), (100.5, "100.5"), (282.6e6, "282.6M"),
            (98_765, "98.765k"),
        ])
    func inFull(value: Double, text: String) { #expect(NumberFormat.text(value) == text) }

    @Test(
        "what is longer is rounded to three digits, or four after a leading one",
        arguments: [
            (1.0 / 3, "0.333"), (2.0 / 3, "0.667"), (1.5249799, "1.525"), (8.8113456, "8.81"),
            (45_312_345.678, "45.3M"), (-45_312_345.678, "-45.3M"), (1234.56789, "1235"), (20.000001, "20"),
        ])
    func rounded(value: Double, text: String) { #expect(NumberFormat.text(value) == text) }

    @Test(
        "rounding up carries into the next magnitude",
        arguments: [
            (999.9612345, "1000"), (9999.961234, "10k"), (999_961.2345, "1M"), (999_999_999.9, "1B"),
            (999_999_999_999.9, "1e12"), (9.9999999, "10"), (0.00099999999, "0.001"), (0.000099999999, "0.0001"),
        ])
    func carries(value: Double, text: String) { #expect(NumberFormat.text(value) == text) }

    @Test(
        "very large and very small numbers are written with a power of ten",
        arguments: [
            (1e12, "1e12"), (1.52e15, "1.52e15"), (1.23456789e-7, "1.235e-7"), (5e-5, "5e-5"), (-2e300, "-2e300"),
            (Double.leastNonzeroMagnitude, "5e-324"), (Double.greatestFiniteMagnitude, "1.798e308"),
        ])
    func scientific(value: Double, text: String) { #expect(NumberFormat.text(value) == text) }

    @Test("there is no minus zero") func minusZero() {
        #expect(NumberFormat.text(-0.0) == "0")
        #expect(NumberFormat.exact(-0.0) == "0")
    }

    @Test("what is no number says so and does not crash", arguments: [Double.nan, .infinity, -.infinity])
    func notANumber(value: Double) {
        #expect(NumberFormat.text(value) == "not a number")
        #expect(NumberFormat.exact(value) == nil)
        #expect(NumberFormat.share(value) == "not a number")
        #expect(ValueFormat().text(.number(value), unit: "USD") == "not a number USD")
    }

    @Test(
        "noise in the last digits does not hide a short number",
        arguments: [(282_600_000.0000001, "282.6M"), (0.30000000000000004, "0.3"), (0.7000000000000001, "0.7")])
    func noise(value: Double, text: String) { #expect(NumberFormat.text(value) == text) }

    @Test("a short number reads back to the bit") func readsBack() throws {
        var generator = SmallGenerator(state: 7)
        for _ in 0..<20_000 {
            // Up to four digits anywhere between 1e-9 and 1e15: all print in full.
            let digits = Int(generator.next() % 10_000)
            let power = Int(generator.next() % 20) - 9
            let written = "\(generator.next() % 2 == 0 ? "" : "-")\(digits)e\(power)"
            let value = try #require(Double(written))
            #expect(readNumber(NumberFormat.text(value)) == value, "\(written)")
        }
    }

    @Test("a rounded number reads back within half a unit of its last digit") func readsBackClosely() throws {
        var generator = SmallGenerator(state: 8)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite, value.magnitude > 1e-300 else { continue }
            let read = try #require(readNumber(NumberFormat.text(value)))
            #expect((read - value).magnitude <= value.magnitude * 0.005 * 1.0000001, "\(value)")
        }
    }

    @Test("the exact form reads back to the bit, also as JSON would have it") func exact() throws {
        var generator = SmallGenerator(state: 9)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text = try #require(NumberFormat.exact(value))
            #expect(Double(text) == value)
            #expect(!text.hasPrefix("+") && !text.hasPrefix(".") && !text.hasSuffix("."))
        }
        #expect(NumberFormat.exact(45_300_000) == "45300000")
        #expect(NumberFormat.exact(0.1) == "0.1")
    }

    @Test("a share of samples is a percentage, and all but all is not all") func share() {
        #expect(NumberFormat.share(0.83) == "83")
        #expect(NumberFormat.share(1) == "100")
        #expect(NumberFormat.share(0) == "0")
        #expect(NumberFormat.share(0.99999999) == ">99.9")
    }
}

@Suite("Values with their units")
struct ValueFormatTests {
    private let format = ValueFormat()

    private func summary(_ p5: Double, _ median: Double, _ p95: Double) -> Cell {
        .uncertain(Summary(p5: p5, median: median, p95: p95, mean: median, sd: 1, samples: 100))
    }

    @Test("a unit stands behind a blank, a percent sign and a division against the number") func units() {
        #expect(format.text(.number(45_300_000), unit: "phone/yr") == "45.3M phone/yr")
        #expect(format.text(.number(8.8113456), unit: "%/yr") == "8.81%/yr")
        #expect(format.text(.number(0.5), unit: "/yr") == "0.5/yr")
        #expect(format.text(.number(-3), unit: "USD") == "-3 USD")
        #expect(format.text(.number(2.5), unit: "") == "2.5")
    }

    @Test("a percentage has no magnitude letter, as a number ends in one or the other") func largePercentage() {
        #expect(format.text(.number(25_000), unit: "%") == "25000%")
    }

    @Test("an uncertain value is a median and its range, under one letter") func range() {
        #expect(
            format.text(summary(38_123_456.7, 45_312_345.6, 53_912_345.6), unit: "phone/yr")
                == "45.3M (38.1M to 53.9M) phone/yr")
        #expect(format.text(summary(900_000, 1_200_000, 1_512_345.6), unit: "USD") == "1.2M (0.9M to 1.512M) USD")
        #expect(format.text(summary(12, 45_000, 2_000_000), unit: "") == "45k (12 to 2M)")
        #expect(format.text(summary(-5, 0, 5), unit: "USD") == "0 (-5 to 5) USD")
    }

    @Test("in an uncertain percentage every number has its sign") func percentageRange() {
        #expect(format.text(summary(4, 5.6, 8), unit: "%/yr") == "5.6% (4% to 8%)/yr")
        #expect(format.text(summary(0.4, 0.5, 0.6), unit: "/yr") == "0.5 (0.4 to 0.6)/yr")
    }

    @Test("lists, records, times and texts are written as in a script") func containers() {
        let numbers = Cell.list([.number(1), .number(2), .number(3)])
        #expect(format.text(numbers, unit: "kg") == "[1, 2, 3] kg")
        #expect(format.text(numbers, unit: "%") == "[1%, 2%, 3%]")
        #expect(format.text(numbers, unit: "/yr") == "[1/yr, 2/yr, 3/yr]")
        #expect(format.text(.list([]), unit: "kg") == "[]")
        let record = Cell.record([("low", "USD", .number(1)), ("high", "USD", .number(2))])
        #expect(format.text(record, unit: "") == "{ low: 1 USD, high: 2 USD }")
        #expect(format.text(.list([.text("a\"b{c}\n\u{1B}")]), unit: "") == #"["a\"b\{c}\n\u{1B}"]"#)
        #expect(format.text(.time("2026Q2"), unit: "") == "2026Q2")
        #expect(format.text(.boolean(true), unit: "") == "true")
        #expect(format.text(.absent, unit: "") == "none")
        #expect(format.text(.probability(0.83), unit: "") == "83% of samples")
    }
}

/// A number as a script writes it, read with the letters that the language knows.
private func readNumber(_ text: String) -> Double? {
    let powers: [Character: String] = ["k": "e3", "M": "e6", "B": "e9"]
    guard let last = text.last, let power = powers[last] else { return Double(text) }
    return Double(text.dropLast() + power)
}

/// Repeatable numbers (the 64-bit mixer of Steele, Lea and Flood, 2014).
private struct SmallGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
