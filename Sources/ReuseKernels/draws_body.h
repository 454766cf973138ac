// Draws in lanes, compiled once for each instruction set: the includer defines REUSE_VARIANT(name), as REUSE_WIDTH how
// many lanes of 64 bits a register of that set holds, and how two registers are interleaved.

#define WORDS REUSE_VARIANT(words)
#define REALS REUSE_VARIANT(reals)

typedef uint64_t WORDS __attribute__((ext_vector_type(REUSE_WIDTH)));
typedef double REALS __attribute__((ext_vector_type(REUSE_WIDTH)));

/// uniform_from of the last 32 bits of each.
static inline __attribute__((always_inline)) REALS REUSE_VARIANT(uniforms_from)(WORDS low, WORDS high) {
    WORDS k = ((high << 20) & 0xfffffffffffffu) | ((low & 0xffffffffu) >> 12);
    // 1 + k 2^-52, and nothing is lost by taking away 1 - 2^-53.
    return (REALS)(k | 0x3ff0000000000000u) - (1.0 - 0x1p-53);
}

/// The draws of REUSE_WIDTH counters from `pair` on: twice as many samples.
static inline __attribute__((always_inline)) void REUSE_VARIANT(uniform_block)(
    double *out, uint64_t seed, uint64_t variable, uint64_t pair
) {
    // Each word lies in the last 32 bits of a lane. What is in the first is of no account: products do not see it.
    WORDS c0 = pair, c2 = variable, c3 = variable >> 32;
    for (uint64_t i = 0; i < REUSE_WIDTH; i++) c0[i] += i;
    WORDS c1 = c0 >> 32;
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        WORDS p0 = (c0 & 0xffffffffu) * MULTIPLIER_0;
        WORDS p1 = (c2 & 0xffffffffu) * MULTIPLIER_1;
        c0 = (p1 >> 32) ^ c1 ^ k0;
        c2 = (p0 >> 32) ^ c3 ^ k1;
        c1 = p1;
        c3 = p0;
        k0 += KEY_STEP_0;
        k1 += KEY_STEP_1;
    }
    REALS even = REUSE_VARIANT(uniforms_from)(c0, c1), odd = REUSE_VARIANT(uniforms_from)(c2, c3);
    REALS first = INTERLEAVE_FIRST(even, odd), second = INTERLEAVE_SECOND(even, odd);
    __builtin_memcpy(out, &first, sizeof first);
    __builtin_memcpy(out + REUSE_WIDTH, &second, sizeof second);
}

static void REUSE_VARIANT(uniform_lanes)(
    double *out, uint64_t seed, uint64_t variable, uint64_t first_sample, size_t count
) {
    size_t done = 0;
    if (count > 0 && (first_sample & 1) != 0) {
        out[0] = reuse_uniform(seed, variable, first_sample);
        done = 1;
    }
    for (; count - done >= 2 * REUSE_WIDTH; done += 2 * REUSE_WIDTH) {
        REUSE_VARIANT(uniform_block)(out + done, seed, variable, (first_sample + done) >> 1);
    }
    if (done < count) {
        double rest[2 * REUSE_WIDTH];
        REUSE_VARIANT(uniform_block)(rest, seed, variable, (first_sample + done) >> 1);
        for (size_t i = 0; done + i < count; i++) out[done + i] = rest[i];
    }
}

#undef WORDS
#undef REALS
