// Streams draws as 32-bit words for a battery of statistical tests: docs/draws.md says which was run and what came of it.
//
//   stream consecutive   upper 32 of the 52 bits, samples 0, 1, 2, ... of one variable
//   stream interleaved   the same of 64 variables in turn, as the inputs of a model are drawn
//   stream lower         32 bits behind the first ten, of one variable: what Latin hypercube draws keep of plain ones
//   stream strata        ten bits a block of samples: the stratum of one row, which moves on from block to block

#include "ReuseKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANES 1024
#define SEED 1

static uint64_t variable(int number) {
    char name[32];
    int length = snprintf(name, sizeof name, "input_%d#0", number);
    return reuse_hash((const uint8_t *)name, (size_t)length);
}

/// `count` bits of a draw behind its first `skip`.
static uint32_t bits(double draw, int skip, int count) {
    uint64_t all = (uint64_t)(draw * 0x1p52);
    return (uint32_t)(all >> (52 - skip - count) & ((UINT64_C(1) << count) - 1));
}

static void write_words(const uint32_t *words, size_t count) {
    if (fwrite(words, sizeof *words, count, stdout) != count) exit(0);
}

static void plain(int skip) {
    double draws[LANES];
    uint32_t words[LANES];
    uint64_t own = variable(0);
    for (uint64_t first = 0;; first += LANES) {
        reuse_uniform_lanes(draws, SEED, own, first, LANES);
        for (int i = 0; i < LANES; i++) words[i] = bits(draws[i], skip, 32);
        write_words(words, LANES);
    }
}

static void interleaved(void) {
    static double draws[64][LANES];
    static uint32_t words[64 * LANES];
    uint64_t own[64];
    for (int v = 0; v < 64; v++) own[v] = variable(v);
    for (uint64_t first = 0;; first += LANES) {
        for (int v = 0; v < 64; v++) reuse_uniform_lanes(draws[v], SEED, own[v], first, LANES);
        for (int i = 0; i < LANES; i++) {
            for (int v = 0; v < 64; v++) words[i * 64 + v] = bits(draws[v][i], 0, 32);
        }
        write_words(words, 64 * LANES);
    }
}

static void strata(void) {
    // 16 strata of ten bits are five words.
    uint32_t words[5 * 64];
    uint64_t own = variable(0), block = 0;
    for (;;) {
        memset(words, 0, sizeof words);
        for (int i = 0; i < 16 * 64; i++, block++) {
            uint32_t stratum = bits(reuse_latin(SEED, own, block * 1024 + block % 1024), 0, 10);
            for (int bit = 0; bit < 10; bit++) {
                int place = i * 10 + bit;
                words[place / 32] |= (stratum >> bit & 1) << place % 32;
            }
        }
        write_words(words, 5 * 64);
    }
}

int main(int count, char **arguments) {
    const char *what = count == 2 ? arguments[1] : "";
    if (strcmp(what, "consecutive") == 0) plain(0);
    if (strcmp(what, "interleaved") == 0) interleaved();
    if (strcmp(what, "lower") == 0) plain(10);
    if (strcmp(what, "strata") == 0) strata();
    fprintf(stderr, "usage: stream consecutive|interleaved|lower|strata\n");
    return 2;
}
