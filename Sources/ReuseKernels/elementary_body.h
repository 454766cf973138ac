// Elementary functions, compiled once for each instruction set: the includer defines REUSE_VARIANT(name).
//
// Method. Functions whose result is rounded once from an unevaluated sum of two doubles stay near half a unit in the
// last place, and give exact results where these exist.
//   log: x = 2^k z; a table holds c near 1 / z and -log c in two parts; r = z c - 1 by one fused operation;
//   log x = k log 2 - log c + r + r^2 P(r), with the first terms summed in two parts.
//   The log in two parts, which pow, log2, log10, log1p and gamma start from, has a finer table, r exact, and r^2 / 2
//   and what is multiplied by it in two parts too.
//   exp: x = k log 2 + r, |r| <= log 2 / 2, r in two parts; exp x = 2^k (1 + r + r^2 (1 / 2 + r Q(r))). No table.
//   pow: exp of y times the log in two parts.
// P, Q and the polynomials of the normal distribution interpolate at Chebyshev nodes, computed with mpmath at 300 bits.
//
// The cores, in elementary_core.h, handle ordinary operands without a branch and mark all others as special; the
// functions here then take the slow path.
//
// The largest error seen, in units in the last place of the exact result, by Benchmarks/Kernels/accuracy.c: 130 million
// random operands, 38 million each of exp and log and 43 million of pow, on the ranges that its README lists, against
// 113-bit arithmetic; not a proof.
//   exp 0.635 (0.545 where the result is subnormal), log 0.634, pow 0.666 (0.629 but for extreme results), log2, log10
//   0.501, log1p 0.66, expm1 0.94, gamma 2.2, log_gamma 1.5, normal_cdf 3.8 (down to z = -38), normal_quantile 5.4 (from
//   p = 2^-1074).

#include "elementary_shared.h"

#define REUSE_WIDTH 1
#include "elementary_core.h"
#undef REUSE_WIDTH

#define FMA(a, b, c) __builtin_fma((a), (b), (c))

// exp

/// exp of a sum that may leave the range of doubles.
static inline double REUSE_VARIANT(exp_anywhere)(double high, double low) {
    if (high != high) return REUSE_NAN;
    if (high > 710.0) return REUSE_INFINITY;
    if (high < -746.0) return 0.0;
    reuse_exp_parts parts = REUSE_VARIANT(exp_parts_of_pair)(high, low);
    int64_t k = (int64_t)(parts.steps - reuse_bits(REUSE_TO_WHOLE));
    reuse_pair sum = REUSE_VARIANT(fast_sum)(1.0, parts.r);
    double rest = sum.low + parts.tail;
    if (k > -1022 || (k == -1022 && sum.high >= 1.0)) return reuse_scaled(sum.high + rest, k);
    // Subnormal: the last place of the result is 2^-1074, so that of the fraction is 2^(-1074 - k). Added to a number
    // whose last place that is, it is rounded there, and once.
    double place = reuse_power_of_two(-1022 - k);
    reuse_pair placed = REUSE_VARIANT(fast_sum)(place, sum.high);
    return reuse_scaled((placed.high + (placed.low + rest)) - place, k);
}

static inline double REUSE_VARIANT(exp)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(exp_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    return REUSE_VARIANT(exp_anywhere)(x, 0.0);
}

static inline double REUSE_VARIANT(expm1)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(expm1_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    if (x != x) return REUSE_NAN;
    if (reuse_magnitude(x) < 0x1p-54) return x;
    return x < 0.0 ? -1.0 : REUSE_VARIANT(exp_anywhere)(x, 0.0);
}

// log

/// log_pair of any positive finite number.
static inline reuse_pair REUSE_VARIANT(log_pair_positive)(double x) {
    if (reuse_bits(x) >= REUSE_SMALLEST_NORMAL_BITS) return REUSE_VARIANT(log_pair)(x);
    uint64_t bits = reuse_bits(x * 0x1p54), offset = bits - REUSE_LOG_PAIR_START;
    return REUSE_VARIANT(log_pair_from)(bits, offset, REUSE_VARIANT(whole_of)(offset) - 54.0);
}

/// What every logarithm gives for zero, negative numbers, infinity and NaN.
static inline double REUSE_VARIANT(log_edge)(double x) {
    if (x == 0.0) return -REUSE_INFINITY;
    return x > 0.0 ? REUSE_INFINITY : REUSE_NAN;
}

static inline int REUSE_VARIANT(is_subnormal_positive)(double x) { return x > 0.0 && x < 0x1p-1022; }

static inline double REUSE_VARIANT(log)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(log_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    if (!REUSE_VARIANT(is_subnormal_positive)(x)) return REUSE_VARIANT(log_edge)(x);
    uint64_t bits = reuse_bits(x * 0x1p54), offset = bits - REUSE_LOG_START;
    return REUSE_VARIANT(log_from)(bits, offset, REUSE_VARIANT(whole_of)(offset) - 54.0);
}

static inline double REUSE_VARIANT(log2)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(log2_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    if (!REUSE_VARIANT(is_subnormal_positive)(x)) return REUSE_VARIANT(log_edge)(x);
    return REUSE_VARIANT(times_constant)(REUSE_VARIANT(log_pair_positive)(x), REUSE_INV_LN2_HIGH, REUSE_INV_LN2_LOW);
}

static inline double REUSE_VARIANT(log10)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(log10_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    if (!REUSE_VARIANT(is_subnormal_positive)(x)) return REUSE_VARIANT(log_edge)(x);
    return REUSE_VARIANT(times_constant)(
        REUSE_VARIANT(log_pair_positive)(x), REUSE_INV_LN10_HIGH, REUSE_INV_LN10_LOW);
}

static inline double REUSE_VARIANT(log1p)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(log1p_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    if (reuse_magnitude(x) < 0x1p-60) return x;
    if (x >= 0x1p53) return REUSE_VARIANT(log)(x);
    return x == -1.0 ? -REUSE_INFINITY : REUSE_NAN;
}

// pow

static __attribute__((noinline)) double REUSE_VARIANT(pow_special)(double x, double y) {
    if (y == 0.0 || x == 1.0) return 1.0;
    if (x != x || y != y) return REUSE_NAN;
    double base = reuse_magnitude(x);
    if (reuse_magnitude(y) == REUSE_INFINITY) {
        if (base == 1.0) return 1.0;
        return (base > 1.0) == (y > 0.0) ? REUSE_INFINITY : 0.0;
    }
    int whole = REUSE_VARIANT(trunc)(y) == y;
    int odd = whole && reuse_magnitude(y) < 0x1p53 && REUSE_VARIANT(trunc)(0.5 * y) != 0.5 * y;
    double sign = odd ? x : 1.0;
    if (base == 0.0 || base == REUSE_INFINITY) {
        return reuse_with_sign((base == 0.0) == (y > 0.0) ? 0.0 : REUSE_INFINITY, sign);
    }
    if (x < 0.0 && !whole) return REUSE_NAN;
    if (base == 1.0) return reuse_with_sign(1.0, sign);
    reuse_pair value = REUSE_VARIANT(log_pair_positive)(base);
    double high = y * value.high;
    // Beyond this exp_anywhere needs no low part, and the low part may not be finite.
    double low = reuse_magnitude(high) < 800.0 ? FMA(y, value.low, FMA(y, value.high, -high)) : 0.0;
    return reuse_with_sign(REUSE_VARIANT(exp_anywhere)(high, low), sign);
}

static inline double REUSE_VARIANT(pow)(double x, double y) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(pow_from)(REUSE_VARIANT(log_pair)(x), x, y, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    return REUSE_VARIANT(pow_special)(x, y);
}

// The normal distribution

static inline double REUSE_VARIANT(normal_cdf)(double z) {
    if (reuse_magnitude(z) <= 0.75) return REUSE_VARIANT(normal_cdf_center)(z);
    if (reuse_magnitude(z) <= 37.0) return REUSE_VARIANT(normal_cdf_tail)(z);
    if (z != z) return REUSE_NAN;
    if (z > 0.0) return 1.0;
    if (z < -38.7) return 0.0;
    reuse_exp_parts parts;
    double factor = REUSE_VARIANT(normal_cdf_parts)(-z, &parts);
    return reuse_scaled(factor, (int64_t)(parts.steps - reuse_bits(REUSE_TO_WHOLE)));
}

static __attribute__((noinline)) double REUSE_VARIANT(normal_quantile_outside)(double p) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(normal_quantile_tail_core)(p, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    if (p != p) return REUSE_NAN;
    if (p <= 0.0) return -REUSE_INFINITY;
    if (p >= 1.0) return REUSE_INFINITY;
    double r = reuse_sqrt_body(-REUSE_VARIANT(log)(p < 0.5 ? p : 1.0 - p));
    r -= 5.0;
    double a = FMA(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5);
    double b = FMA(r, 2.04426310338993978564e-15, 1.42151175831644588870e-7);
    a = FMA(r, a, 1.24266094738807843860e-3);
    b = FMA(r, b, 1.84631831751005468180e-5);
    a = FMA(r, a, 2.65321895265761230930e-2);
    b = FMA(r, b, 7.86869131145613259100e-4);
    a = FMA(r, a, 2.96560571828504891230e-1);
    b = FMA(r, b, 1.48753612908506148525e-2);
    a = FMA(r, a, 1.78482653991729133580);
    b = FMA(r, b, 1.36929880922735805310e-1);
    a = FMA(r, a, 5.46378491116411436990);
    b = FMA(r, b, 5.99832206555887937690e-1);
    a = FMA(r, a, 6.65790464350110377720);
    b = FMA(r, b, 1.0);
    return p < 0.5 ? -(a / b) : a / b;
}

static inline double REUSE_VARIANT(normal_quantile)(double p) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(normal_quantile_core)(p, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    return REUSE_VARIANT(normal_quantile_outside)(p);
}

// The gamma function: Stirling's series from 16 upwards, and below that divided by x (x + 1) ... up to there.

/// log gamma(x + low) for 16 <= x < 2^53.
static inline reuse_pair REUSE_VARIANT(stirling)(double x, double low) {
    reuse_pair value = REUSE_VARIANT(log_pair)(x);
    value.low += low / x;
    double factor = x - 0.5;
    double product = factor * value.high;
    double rest = FMA(low, value.high, FMA(factor, value.low, FMA(factor, value.high, -product)));
    double inverse = 1.0 / x;
    double square = inverse * inverse;
    double series = FMA(square, -0x1.e4286cb0f5398p-6, 0x1.a41a41a41a41ap-8);
    series = FMA(square, series, -0x1.f6ab0d9993c7dp-10);
    series = FMA(square, series, 0x1.b951e2b18ff23p-11);
    series = FMA(square, series, -0x1.3813813813814p-11);
    series = FMA(square, series, 0x1.a01a01a01a01ap-11);
    series = FMA(square, series, -0x1.6c16c16c16c17p-9);
    series = FMA(square, series, 0x1.5555555555555p-4);
    reuse_pair difference = REUSE_VARIANT(two_sum)(product, -x);
    reuse_pair total = REUSE_VARIANT(two_sum)(difference.high, REUSE_HALF_LOG_2PI_HIGH);
    rest += difference.low + total.low + REUSE_HALF_LOG_2PI_LOW;
    rest += FMA(inverse, series, -low);
    return REUSE_VARIANT(fast_sum)(total.high, rest);
}

/// a b, relative error about 2^-104.
static inline reuse_pair REUSE_VARIANT(pair_product)(reuse_pair a, reuse_pair b) {
    double product = a.high * b.high;
    double low = FMA(a.high, b.low, FMA(a.low, b.high, FMA(a.high, b.high, -product)));
    return REUSE_VARIANT(fast_sum)(product, low);
}

/// x (x + 1) ... (x + count - 1) 2^scale; `scale` keeps it finite.
static inline reuse_pair REUSE_VARIANT(rising_product)(double x, int count, int64_t *scale) {
    reuse_pair result = {1.0, 0.0};
    *scale = 0;
    for (int i = 0; i < count; i++) {
        result = REUSE_VARIANT(pair_product)(result, REUSE_VARIANT(two_sum)(x, (double)i));
        if (reuse_magnitude(result.high) > 0x1p500) {
            result.high *= 0x1p-500;
            result.low *= 0x1p-500;
            *scale -= 500;
        }
    }
    return result;
}

static inline double REUSE_VARIANT(gamma)(double x) {
    if (x != x || x == -REUSE_INFINITY) return REUSE_NAN;
    if (reuse_magnitude(x) < 0x1p-60) return 1.0 / x;
    if (x > 172.0) return REUSE_INFINITY;
    int whole = REUSE_VARIANT(trunc)(x) == x;
    if (whole && x < 0.0) return REUSE_NAN;
    if (whole && x <= 23.0) {
        double factorial = 1.0;
        for (double i = 2.0; i < x; i += 1.0) factorial *= i;
        return factorial;
    }
    if (x >= 16.0) {
        reuse_pair value = REUSE_VARIANT(stirling)(x, 0.0);
        return REUSE_VARIANT(exp_anywhere)(value.high, value.low);
    }
    if (x < -190.0) {
        double below = REUSE_VARIANT(floor)(x) * 0.5;
        return REUSE_VARIANT(trunc)(below) == below ? 0.0 : -0.0;
    }
    int count = (int)REUSE_VARIANT(ceil)(16.0 - x);
    int64_t scale;
    reuse_pair product = REUSE_VARIANT(rising_product)(x, count, &scale);
    reuse_pair moved = REUSE_VARIANT(two_sum)(x, (double)count);
    reuse_pair value = REUSE_VARIANT(stirling)(moved.high, moved.low);
    double result = REUSE_VARIANT(exp_anywhere)(value.high, value.low) / product.high;
    // The scale is 0, -500 or -1000 with a quotient far above 2^-900, so the result is rounded once.
    return scale == 0 ? result : result * reuse_power_of_two(-500) * (scale == -500 ? 1.0 : reuse_power_of_two(-500));
}

static inline double REUSE_VARIANT(log_gamma)(double x) {
    if (!(x >= 0.0)) return REUSE_NAN;
    if (x < 0x1p-200) return -REUSE_VARIANT(log)(x);
    if (x >= 0x1p60) {
        reuse_pair value = {REUSE_INFINITY, 0.0};
        if (x < REUSE_INFINITY) value = REUSE_VARIANT(log_pair)(x);
        return x * ((value.high - 1.0) + value.low);
    }
    // Zero at 1 and 2, so series there keep the relative error small.
    double e = x - 1.0;
    if (reuse_magnitude(e) <= 0.03125) {
        static const double zeta[13] = {
            -0x1.2788cfc6fb619p-1, 0x1.a51a6625307d3p-1, -0x1.9a4d55beab2d7p-2, 0x1.151322ac7d848p-2,
            -0x1.a8b9c17aa6149p-3, 0x1.5b40cb100c306p-3, -0x1.2703a1dcea3aep-3, 0x1.010b36af86397p-3,
            -0x1.c806706d57db4p-4, 0x1.9a01e385d5f8fp-4, -0x1.748c33114c6d6p-4, 0x1.556ad63243bc4p-4,
            -0x1.3b1d971fc5985p-4,
        };
        double p = zeta[12];
        for (int i = 11; i >= 0; i--) p = FMA(p, e, zeta[i]);
        return e * p;
    }
    e = x - 2.0;
    if (reuse_magnitude(e) <= 0.03125) {
        static const double zeta_less_one[13] = {
            0x1.b0ee6072093cep-2, 0x1.4a34cc4a60fa6p-2, -0x1.13e001a557607p-4, 0x1.51322ac7d8483p-6,
            -0x1.e404fc218f5f2p-8, 0x1.7add6eadb6c30p-9, -0x1.38ac5c2bf8e08p-10, 0x1.0b36af86396e9p-11,
            -0x1.d3fd4c76d2fc8p-13, 0x1.a127b0f17d65ap-14, -0x1.78de5bd7c81efp-15, 0x1.580dcee66eb02p-16,
            -0x1.3cbc963ce2243p-17,
        };
        double p = zeta_less_one[12];
        for (int i = 11; i >= 0; i--) p = FMA(p, e, zeta_less_one[i]);
        return e * p;
    }
    if (x >= 16.0) return REUSE_VARIANT(stirling)(x, 0.0).high;
    int count = (int)REUSE_VARIANT(ceil)(16.0 - x);
    int64_t scale;
    reuse_pair product = REUSE_VARIANT(rising_product)(x, count, &scale);
    reuse_pair moved = REUSE_VARIANT(two_sum)(x, (double)count);
    reuse_pair value = REUSE_VARIANT(stirling)(moved.high, moved.low);
    reuse_pair divisor = REUSE_VARIANT(log_pair_positive)(product.high);
    reuse_pair difference = REUSE_VARIANT(two_sum)(value.high, -divisor.high);
    return difference.high + (difference.low + (value.low - (divisor.low + product.low / product.high)));
}

#undef FMA
