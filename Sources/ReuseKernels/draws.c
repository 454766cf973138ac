// Counter-based random draws, and the hash that names them. Whole numbers throughout, up to one exact scaling.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

#include "ReuseKernels.h"

#define ROUNDS 10
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define KEY_STEP_0 0x9E3779B9u
#define KEY_STEP_1 0xBB67AE85u

// Counters worked on side by side, so that the compiler can vectorise the rounds. No result depends on it.
#define SIDE_BY_SIDE 8

static inline double uniform_from(uint32_t low, uint32_t high) {
    // 52 bits, so that the middle of each cell is a double: exact, symmetric, and strictly inside (0, 1).
    uint64_t k = ((uint64_t)high << 32 | low) >> 12;
    return ((double)k + 0.5) * 0x1p-52;
}

void reuse_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0;
        uint64_t p1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += KEY_STEP_0;
        k1 += KEY_STEP_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

double reuse_uniform(uint64_t seed, uint64_t variable, uint64_t sample) {
    uint64_t pair = sample >> 1;
    const uint32_t counter[4] = {
        (uint32_t)pair, (uint32_t)(pair >> 32), (uint32_t)variable, (uint32_t)(variable >> 32)};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t words[4];
    reuse_philox4x32_10(counter, key, words);
    return (sample & 1) != 0 ? uniform_from(words[2], words[3]) : uniform_from(words[0], words[1]);
}

/// The draws of SIDE_BY_SIDE counters from `pair` on: 2 SIDE_BY_SIDE samples.
static void uniform_block(double *out, uint64_t seed, uint64_t variable, uint64_t pair) {
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

void reuse_uniform_lanes(double *out, uint64_t seed, uint64_t variable, uint64_t first_sample, size_t count) {
    size_t done = 0;
    if (count > 0 && (first_sample & 1) != 0) {
        out[0] = reuse_uniform(seed, variable, first_sample);
        done = 1;
    }
    for (; count - done >= 2 * SIDE_BY_SIDE; done += 2 * SIDE_BY_SIDE) {
        uniform_block(out + done, seed, variable, (first_sample + done) >> 1);
    }
    for (; done < count; done++) out[done] = reuse_uniform(seed, variable, first_sample + done);
}

uint64_t reuse_hash(const uint8_t *bytes, size_t count) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    // FNV alone leaves names that differ in their last letter close together.
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 31);
}
