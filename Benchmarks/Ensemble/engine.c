// Two pieces of the engine by themselves: normal draws by the inverse of the distribution, and exact quantiles.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ReuseKernels.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/// Prints the seconds that a million (or so many) draws, or five quantiles of them, take.
int main(int argc, char **argv) {
    size_t n = argc > 2 ? (size_t)atol(argv[2]) / 256 * 256 : 1000192;
    double *x = malloc(n * sizeof *x);
    memset(x, 0, n * sizeof *x);
    double start = now();
    for (size_t i = 0; i < n; i += 256) {
        if (strcmp(argv[1], "latin") == 0) reuse_latin_lanes(x + i, 1, 42, i, 256);
        else reuse_uniform_lanes(x + i, 1, 42, i, 256);
        reuse_lanes_normal_quantile(x + i, x + i, 256);
    }
    if (strcmp(argv[1], "quantiles") == 0) {
        for (size_t i = 0; i < n; i += 256) reuse_lanes_exp(x + i, x + i, 256);
        const double shares[5] = {0.05, 0.25, 0.5, 0.75, 0.95};
        size_t ranks[10];
        for (int i = 0; i < 5; i++) {
            ranks[2 * i] = (size_t)(shares[i] * (double)(n - 1));
            ranks[2 * i + 1] = ranks[2 * i] + 1;
        }
        double found[10];
        uint64_t *scratch = malloc(8 * reuse_order_statistics_scratch(n));
        start = now();
        reuse_order_statistics(x, n, ranks, 10, found, scratch);
    }
    printf("%.9f %g\n", now() - start, x[n / 2]);
}
