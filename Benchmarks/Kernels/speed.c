// What a lane costs, in nanoseconds, on each instruction set and beside the C library one by one.
//
// Levels take turns, round after round, so that a machine that slows down for a while slows all; the median counts.

#define _POSIX_C_SOURCE 199309L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ReuseKernels.h"

#define LANES 256
#define ROUNDS 61
#define CONTESTANTS 4

// The engine aligns registers to pages.
_Alignas(4096) static double d[LANES], wide[LANES], positive[LANES], exponent[LANES], probability[LANES], strewn[LANES];
static volatile double kept;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define LIBRARY(name, expression) \
    static void name(void) { \
        for (int i = 0; i < LANES; i++) d[i] = expression; \
    }
LIBRARY(library_exp, exp(wide[i]))
LIBRARY(library_log, log(positive[i]))
LIBRARY(library_pow, pow(positive[i], exponent[i]))
LIBRARY(library_log1p, log1p(positive[i]))
LIBRARY(library_expm1, expm1(wide[i]))
LIBRARY(library_normal_cdf, 0.5 * erfc(-wide[i] * 0.70710678118654752))
LIBRARY(library_gamma, tgamma(positive[i]))

#define OURS(name, expression) \
    static void name(void) { expression; }
OURS(fill, reuse_lanes_fill(d, 2, LANES))
OURS(add, reuse_lanes_add(d, wide, positive, LANES))
OURS(multiply, reuse_lanes_multiply(d, wide, positive, LANES))
OURS(divide, reuse_lanes_divide(d, wide, positive, LANES))
OURS(min, reuse_lanes_min(d, wide, positive, LANES))
OURS(less, reuse_lanes_less(d, wide, positive, LANES))
OURS(select_, reuse_lanes_select(d, strewn, wide, positive, LANES))
OURS(blend, reuse_lanes_blend(d, wide, exponent, positive, LANES))
OURS(sqrt_, reuse_lanes_sqrt(d, positive, LANES))
OURS(floor_, reuse_lanes_floor(d, wide, LANES))
OURS(exp_, reuse_lanes_exp(d, wide, LANES))
OURS(exp_special, reuse_lanes_exp(d, strewn, LANES))
OURS(log_, reuse_lanes_log(d, positive, LANES))
OURS(log2_, reuse_lanes_log2(d, positive, LANES))
OURS(log1p_, reuse_lanes_log1p(d, positive, LANES))
OURS(expm1_, reuse_lanes_expm1(d, wide, LANES))
OURS(pow_, reuse_lanes_power(d, positive, exponent, LANES))
OURS(pow_vs, reuse_lanes_power_vs(d, positive, 1.7, LANES))
OURS(pow_sv, reuse_lanes_power_sv(d, 1.7, exponent, LANES))
OURS(normal_quantile, reuse_lanes_normal_quantile(d, probability, LANES))
OURS(normal_cdf, reuse_lanes_normal_cdf(d, wide, LANES))
OURS(gamma_, reuse_lanes_gamma(d, positive, LANES))
OURS(uniform, reuse_uniform_lanes(d, 1, 2, 3 * LANES, LANES))
OURS(sum, kept = reuse_sum_256(wide))
OURS(sum_squares, kept = reuse_sum_squares_256(wide, 0.5))
OURS(dot, kept = reuse_dot_256(wide, positive))
OURS(any_nan, kept = reuse_lanes_any_nan(wide, LANES))
OURS(all_true, kept = reuse_lanes_all_true(d, LANES))

typedef struct {
    const char *name;
    void (*ours)(void), (*library)(void);
} contest;

static const contest contests[] = {
    {"fill", fill, NULL},
    {"all true", all_true, NULL},
    {"add", add, NULL},
    {"multiply", multiply, NULL},
    {"divide", divide, NULL},
    {"min", min, NULL},
    {"less", less, NULL},
    {"select", select_, NULL},
    {"blend", blend, NULL},
    {"sqrt", sqrt_, NULL},
    {"floor", floor_, NULL},
    {"exp", exp_, library_exp},
    {"exp, 1 lane of 64 beyond range", exp_special, NULL},
    {"log", log_, library_log},
    {"log2", log2_, NULL},
    {"log1p", log1p_, library_log1p},
    {"expm1", expm1_, library_expm1},
    {"power", pow_, library_pow},
    {"power, one exponent", pow_vs, NULL},
    {"power, one base", pow_sv, NULL},
    {"normal quantile of a uniform draw", normal_quantile, NULL},
    {"normal cdf", normal_cdf, library_normal_cdf},
    {"gamma", gamma_, library_gamma},
    {"uniform draw", uniform, NULL},
    {"sum", sum, NULL},
    {"sum of squares", sum_squares, NULL},
    {"dot", dot, NULL},
    {"any NaN", any_nan, NULL},
};

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    const int best = reuse_kernels_level();
    for (int i = 0; i < LANES; i++) {
        double u = reuse_uniform(1, 1, (uint64_t)i), v = reuse_uniform(1, 2, (uint64_t)i);
        wide[i] = u * 40 - 20;
        positive[i] = v * 20 + 1e-3;
        exponent[i] = u * 6 - 3;
        probability[i] = reuse_uniform(1, 3, (uint64_t)i);
        strewn[i] = i % 64 == 17 ? -745 : i % 2;
    }
    printf("%-34s %8s %8s %8s %8s\n", "ns per lane, 256 lanes", "plain", "v3", "v4", "libm");
    for (size_t c = 0; c < sizeof contests / sizeof contests[0]; c++) {
        const contest *it = &contests[c];
        if (count > 1 && strstr(it->name, arguments[1]) == NULL) continue;
        static double times[CONTESTANTS][ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int who = 0; who < CONTESTANTS; who++) {
                void (*run)(void) = who == 3 ? it->library : it->ours;
                times[who][round] = NAN;
                if (run == NULL || (who < 3 && who > best)) continue;
                reuse_kernels_set_level(who < 3 ? who : best);
                run();
                int repeats = 1;
                double spent;
                for (;; repeats *= 2) {
                    double start = now();
                    for (int i = 0; i < repeats; i++) run();
                    spent = now() - start;
                    if (spent > 50e3) break;
                }
                times[who][round] = spent / repeats / LANES;
            }
        }
        printf("%-34s", it->name);
        for (int who = 0; who < CONTESTANTS; who++) {
            qsort(times[who], ROUNDS, sizeof(double), order);
            if (times[who][ROUNDS / 2] == times[who][ROUNDS / 2]) printf(" %8.3f", times[who][ROUNDS / 2]);
            else printf(" %8s", "-");
        }
        printf("\n");
    }
    return 0;
}
