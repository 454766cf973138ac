// Draws in lanes, compiled once for each instruction set: the includer defines REUSE_VARIANT(name).

/// The draws of SIDE_BY_SIDE counters from `pair` on: 2 SIDE_BY_SIDE samples.
static void REUSE_VARIANT(uniform_block)(double *out, uint64_t seed, uint64_t variable, uint64_t pair) {
    uint32_t c0[SIDE_BY_SIDE], c1[SIDE_BY_SIDE], c2[SIDE_BY_SIDE], c3[SIDE_BY_SIDE];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < SIDE_BY_SIDE; i++) {
        c0[i] = (uint32_t)(pair + (uint64_t)i);
        c1[i] = (uint32_t)((pair + (uint64_t)i) >> 32);
        c2[i] = (uint32_t)variable;
        c3[i] = (uint32_t)(variable >> 32);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SIDE_BY_SIDE; i++) {
            uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0[i];
            uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c1[i] = (uint32_t)p1;
            c3[i] = (uint32_t)p0;
        }
        k0 += KEY_STEP_0;
        k1 += KEY_STEP_1;
    }
    for (int i = 0; i < SIDE_BY_SIDE; i++) {
        out[2 * i] = uniform_from(c0[i], c1[i]);
        out[2 * i + 1] = uniform_from(c2[i], c3[i]);
    }
}

static void REUSE_VARIANT(uniform_lanes)(
    double *out, uint64_t seed, uint64_t variable, uint64_t first_sample, size_t count
) {
    size_t done = 0;
    if (count > 0 && (first_sample & 1) != 0) {
        out[0] = reuse_uniform(seed, variable, first_sample);
        done = 1;
    }
    for (; count - done >= 2 * SIDE_BY_SIDE; done += 2 * SIDE_BY_SIDE) {
        REUSE_VARIANT(uniform_block)(out + done, seed, variable, (first_sample + done) >> 1);
    }
    for (; done < count; done++) out[done] = reuse_uniform(seed, variable, first_sample + done);
}
