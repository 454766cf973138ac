// Operations over lanes, and the choice of instruction set for each.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

#include "ReuseKernels.h"
#include "elementary_shared.h"
#include "levels.h"

#if REUSE_THREE_LEVELS
#include <immintrin.h>
#endif

#define REUSE_VARIANT(name) name##_plain
#define REUSE_WIDTH 2
#include "lanes_body.h"
#undef REUSE_WIDTH
#undef REUSE_VARIANT

#if REUSE_THREE_LEVELS

#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V3))), apply_to = function)
#define REUSE_VARIANT(name) name##_v3
#define REUSE_WIDTH 4
#include "lanes_body.h"
#undef REUSE_WIDTH
#undef REUSE_VARIANT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V4))), apply_to = function)
#define REUSE_VARIANT(name) name##_v4
#define REUSE_WIDTH 8
#include "lanes_body.h"
#undef REUSE_WIDTH
#undef REUSE_VARIANT
#pragma clang attribute pop

#endif

#define UNARY(name) \
    int reuse_lanes_##name(double *d, const double *a, size_t n) { return REUSE_CHOOSE(lanes_##name, d, a, n); }

#define BINARY(name) \
    int reuse_lanes_##name(double *d, const double *a, const double *b, size_t n) { \
        return REUSE_CHOOSE(lanes_##name, d, a, b, n); \
    } \
    int reuse_lanes_##name##_vs(double *d, const double *a, double b, size_t n) { \
        return REUSE_CHOOSE(lanes_##name##_vs, d, a, b, n); \
    } \
    int reuse_lanes_##name##_sv(double *d, double a, const double *b, size_t n) { \
        return REUSE_CHOOSE(lanes_##name##_sv, d, a, b, n); \
    }

BINARY(add)
BINARY(subtract)
BINARY(multiply)
BINARY(divide)
BINARY(power)
BINARY(min)
BINARY(max)
BINARY(less)
BINARY(less_equal)
BINARY(equal)
BINARY(not_equal)

UNARY(negate)
UNARY(abs)
UNARY(exp)
UNARY(log)
UNARY(log2)
UNARY(log10)
UNARY(log1p)
UNARY(expm1)
UNARY(sqrt)
UNARY(floor)
UNARY(ceil)
UNARY(round)
UNARY(trunc)
UNARY(normal_cdf)
UNARY(normal_quantile)
UNARY(not)

// Branches too long to do all of for each lane.
#define ONE_BY_ONE(name) \
    int reuse_lanes_##name(double *d, const double *a, size_t n) { \
        uint64_t flagged = 0; \
        for (size_t i = 0; i < n; i++) { \
            d[i] = reuse_##name(a[i]); \
            flagged |= reuse_not_finite(d[i]); \
        } \
        return flagged != 0; \
    }

ONE_BY_ONE(gamma)
ONE_BY_ONE(log_gamma)

int reuse_lanes_and(double *d, const double *a, const double *b, size_t n) {
    return REUSE_CHOOSE(lanes_and, d, a, b, n);
}
int reuse_lanes_or(double *d, const double *a, const double *b, size_t n) {
    return REUSE_CHOOSE(lanes_or, d, a, b, n);
}

int reuse_lanes_within(double *d, const double *a, const double *b, const double *tolerance, size_t n) {
    return REUSE_CHOOSE(lanes_within, d, a, b, tolerance, n);
}
int reuse_lanes_within_share(double *d, const double *a, const double *b, const double *share, size_t n) {
    return REUSE_CHOOSE(lanes_within_share, d, a, b, share, n);
}

int reuse_lanes_blend(double *d, const double *before, const double *weight, const double *after, size_t n) {
    return REUSE_CHOOSE(lanes_blend, d, before, weight, after, n);
}

void reuse_lanes_select(double *d, const double *mask, const double *a, const double *b, size_t n) {
    REUSE_CHOOSE(lanes_select, d, mask, a, b, n);
}

void reuse_lanes_fill(double *d, double value, size_t n) { REUSE_CHOOSE(lanes_fill, d, value, n); }

int reuse_lanes_any_nan(const double *a, size_t n) { return REUSE_CHOOSE(lanes_any_nan, a, n); }
int reuse_lanes_any_true(const double *a, size_t n) { return REUSE_CHOOSE(lanes_any_true, a, n); }
int reuse_lanes_all_true(const double *a, size_t n) { return !REUSE_CHOOSE(lanes_any_not_true, a, n); }

double reuse_sum_256(const double *a) { return REUSE_CHOOSE(sum_256, a); }
double reuse_sum_squares_256(const double *a, double center) { return REUSE_CHOOSE(sum_squares_256, a, center); }
double reuse_dot_256(const double *a, const double *b) { return REUSE_CHOOSE(dot_256, a, b); }
