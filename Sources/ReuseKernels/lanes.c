// Operations over lanes, and the choice of instruction set for each.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

// Loops that call fma() where the machine has none stay scalar, as they should.
#pragma clang diagnostic ignored "-Wpass-failed"

#include "ReuseKernels.h"

#define REUSE_VARIANT(name) name##_plain
#define REUSE_EACH_LANE_OF_CORE REUSE_EACH_LANE
#include "elementary_body.h"
#include "lanes_body.h"
#undef REUSE_EACH_LANE_OF_CORE
#undef REUSE_VARIANT

#if REUSE_TWO_VARIANTS

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define REUSE_VARIANT(name) name##_wide
#define REUSE_EACH_LANE_OF_CORE \
    _Pragma("clang loop vectorize(assume_safety) vectorize_width(4)") for (size_t i = 0; i < n; i++)
#include "elementary_body.h"
#include "lanes_body.h"
#undef REUSE_EACH_LANE_OF_CORE
#undef REUSE_VARIANT
#pragma clang attribute pop

#define CHOOSE(name, ...) (reuse_kernels_wide ? name##_wide(__VA_ARGS__) : name##_plain(__VA_ARGS__))

#else

#define CHOOSE(name, ...) name##_plain(__VA_ARGS__)

#endif

#define UNARY(name) \
    int reuse_lanes_##name(double *d, const double *a, size_t n) { return CHOOSE(lanes_##name, d, a, n); }

#define BINARY(name) \
    int reuse_lanes_##name(double *d, const double *a, const double *b, size_t n) { \
        return CHOOSE(lanes_##name, d, a, b, n); \
    } \
    int reuse_lanes_##name##_vs(double *d, const double *a, double b, size_t n) { \
        return CHOOSE(lanes_##name##_vs, d, a, b, n); \
    } \
    int reuse_lanes_##name##_sv(double *d, double a, const double *b, size_t n) { \
        return CHOOSE(lanes_##name##_sv, d, a, b, n); \
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
UNARY(normal_quantile)
UNARY(not)

int reuse_lanes_and(double *d, const double *a, const double *b, size_t n) { return CHOOSE(lanes_and, d, a, b, n); }
int reuse_lanes_or(double *d, const double *a, const double *b, size_t n) { return CHOOSE(lanes_or, d, a, b, n); }

void reuse_lanes_select(double *d, const double *mask, const double *a, const double *b, size_t n) {
    CHOOSE(lanes_select, d, mask, a, b, n);
}

void reuse_lanes_fill(double *d, double value, size_t n) {
    for (size_t i = 0; i < n; i++) d[i] = value;
}
