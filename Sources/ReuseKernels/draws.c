// Counter-based random draws, and the hash that names them. Whole numbers throughout, up to one exact scaling.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

#include "ReuseKernels.h"
#include "levels.h"

#define ROUNDS 10
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define KEY_STEP_0 0x9E3779B9u
#define KEY_STEP_1 0xBB67AE85u

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

#define REUSE_VARIANT(name) name##_plain
#define REUSE_WIDTH 2
#define INTERLEAVE_FIRST(a, b) __builtin_shufflevector((a), (b), 0, 2)
#define INTERLEAVE_SECOND(a, b) __builtin_shufflevector((a), (b), 1, 3)
#include "draws_body.h"
#undef INTERLEAVE_FIRST
#undef INTERLEAVE_SECOND
#undef REUSE_WIDTH
#undef REUSE_VARIANT

#if REUSE_THREE_LEVELS

#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V3))), apply_to = function)
#define REUSE_VARIANT(name) name##_v3
#define REUSE_WIDTH 4
#define INTERLEAVE_FIRST(a, b) __builtin_shufflevector((a), (b), 0, 4, 1, 5)
#define INTERLEAVE_SECOND(a, b) __builtin_shufflevector((a), (b), 2, 6, 3, 7)
#include "draws_body.h"
#undef INTERLEAVE_FIRST
#undef INTERLEAVE_SECOND
#undef REUSE_WIDTH
#undef REUSE_VARIANT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V4))), apply_to = function)
#define REUSE_VARIANT(name) name##_v4
#define REUSE_WIDTH 8
#define INTERLEAVE_FIRST(a, b) __builtin_shufflevector((a), (b), 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_SECOND(a, b) __builtin_shufflevector((a), (b), 4, 12, 5, 13, 6, 14, 7, 15)
#include "draws_body.h"
#undef INTERLEAVE_FIRST
#undef INTERLEAVE_SECOND
#undef REUSE_WIDTH
#undef REUSE_VARIANT
#pragma clang attribute pop

#endif

void reuse_uniform_lanes(double *out, uint64_t seed, uint64_t variable, uint64_t first_sample, size_t count) {
    REUSE_CHOOSE(uniform_lanes, out, seed, variable, first_sample, count);
}

uint64_t reuse_hash(const uint8_t *bytes, size_t count) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    // FNV alone leaves names that differ in their last letter close together.
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 31);
}
