// Elementary functions, compiled once for each instruction set: the includer defines REUSE_VARIANT(name).
//
// Method. Functions whose result is rounded once from an unevaluated sum of two doubles stay near half a unit in the
// last place, and give exact results where these exist.
//   log: x = 2^k z; a table of 128 entries holds c near 1 / z and -log c in two parts; r = z c - 1 is formed exactly in
//   two parts; log x = k log 2 - log c + r - r^2 / 2 + r^3 P(r), with the first terms summed in two parts.
//   exp: x = k log 2 + r, |r| <= log 2 / 2, r in two parts; exp x = 2^k (1 + r + r^2 / 2 + r^3 Q(r)). No table.
//   pow: exp of y times the two-part log. log2, log10, log1p, expm1 and gamma use the same two parts.
// P, Q and the polynomials of the normal distribution interpolate at Chebyshev nodes, computed with mpmath at 300 bits.
//
// A "core" handles ordinary operands without a branch, so that it vectorises, and raises a flag on all others; the
// function itself then takes the slow path. The flag depends on the operands alone, so lanes equal scalars.
//
// The largest error seen, in units in the last place of the exact result, over 240,000 random operands each (wide, near
// 1 or 0, subnormal, near the limits) against mpmath with 42 and more digits; not a proof:
//   exp 0.59 (0.76 where the result is subnormal), log, log2, log10 0.50, log1p 0.66, expm1 0.85,
//   pow 0.60 (0.74 where the result is subnormal), gamma 2.4, log_gamma 1.4, normal_cdf 4.1 (6e-16 relative, down to
//   z = -38), normal_quantile 5.2 (7e-16 relative, from p = 1e-323).

#ifndef REUSE_ELEMENTARY_SHARED
#define REUSE_ELEMENTARY_SHARED

#include <stddef.h>
#include <stdint.h>

#include "levels.h"

// A call left in a loop over lanes would keep it from being vectorised.
#define REUSE_CORE static inline __attribute__((always_inline))

/// c near 1 / z, and -log c as a multiple of 2^-42 and the rest, for z in one of 128 intervals.
typedef struct {
    double inverse, log_high, log_low;
} reuse_log_entry;
extern REUSE_HIDDEN const reuse_log_entry reuse_log_table[128];

/// An unevaluated sum.
typedef struct {
    double high, low;
} reuse_pair;

/// exp of something, as 2^k (1 + r + tail), where the low bits of `steps` hold k.
typedef struct {
    uint64_t steps;
    double r, tail;
} reuse_exp_parts;

#define REUSE_NAN (__builtin_nan(""))
#define REUSE_INFINITY (__builtin_inf())
#define REUSE_SIGN 0x8000000000000000u
#define REUSE_INFINITE_BITS 0x7ff0000000000000u
#define REUSE_SMALLEST_NORMAL_BITS 0x0010000000000000u

// The first interval of the table starts half an interval below 0.6875, so that 1 lies inside an interval with c = 1.
#define REUSE_LOG_TABLE_START 0x3fe5f00000000000u

// log 2 as a multiple of 2^-42, so that k times it is exact, and the rest.
#define REUSE_LN2_HIGH 0x1.62e42fefa3800p-1
#define REUSE_LN2_LOW 0x1.ef35793c76730p-45
#define REUSE_INV_LN2_HIGH 0x1.71547652b82fep+0
#define REUSE_INV_LN2_LOW 0x1.777d0ffda0d24p-56
#define REUSE_INV_LN10_HIGH 0x1.bcb7b1526e50ep-2
#define REUSE_INV_LN10_LOW 0x1.95355baaafad3p-57
#define REUSE_HALF_LOG_2PI_HIGH 0x1.d67f1c864beb5p-1
#define REUSE_HALF_LOG_2PI_LOW -0x1.65b5a1b7ff5dfp-55

// Adding it leaves the nearest whole number in the low bits.
#define REUSE_TO_WHOLE 0x1.8p52

static inline uint64_t reuse_bits(double x) {
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double reuse_from_bits(uint64_t bits) {
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double reuse_magnitude(double x) { return reuse_from_bits(reuse_bits(x) & ~REUSE_SIGN); }

static inline double reuse_with_sign(double magnitude, double sign) {
    return reuse_from_bits((reuse_bits(magnitude) & ~REUSE_SIGN) | (reuse_bits(sign) & REUSE_SIGN));
}

/// A flag to gather with |. As a number, not a selection: clang sees the reduction in a loop only then.
static inline uint64_t reuse_flag(int condition) { return (uint64_t)(condition != 0); }

static inline uint64_t reuse_not_normal_positive(double x) {
    return reuse_flag(
        reuse_bits(x) - REUSE_SMALLEST_NORMAL_BITS >= REUSE_INFINITE_BITS - REUSE_SMALLEST_NORMAL_BITS);
}

/// The exact sum, of any two numbers.
static inline reuse_pair reuse_two_sum(double a, double b) {
    double sum = a + b;
    double part = sum - a;
    return (reuse_pair){sum, (a - (sum - part)) + (b - part)};
}

/// The exact sum where |a| >= |b| or a is zero.
static inline reuse_pair reuse_fast_sum(double a, double b) {
    double sum = a + b;
    return (reuse_pair){sum, (a - sum) + b};
}

/// 2^k for k in -1022 ... 1023.
static inline double reuse_power_of_two(int64_t k) { return reuse_from_bits((uint64_t)(k + 1023) << 52); }

/// x 2^k, rounded once where the result is subnormal, for |x| near 1.
static inline double reuse_scaled(double x, int64_t k) {
    int64_t half = k / 2;
    return x * reuse_power_of_two(half) * reuse_power_of_two(k - half);
}

// Whole numbers. Adding and subtracting 2^52 rounds to a whole number without help from libm or SSE4.1.

static inline double reuse_trunc_body(double x) {
    double magnitude = reuse_magnitude(x);
    double whole = (magnitude + 0x1p52) - 0x1p52;
    whole = whole > magnitude ? whole - 1.0 : whole;
    return magnitude < 0x1p52 ? reuse_with_sign(whole, x) : x;
}

static inline double reuse_floor_body(double x) {
    double whole = reuse_trunc_body(x);
    return whole > x ? whole - 1.0 : whole;
}

static inline double reuse_ceil_body(double x) {
    double whole = reuse_trunc_body(x);
    return reuse_with_sign(whole < x ? whole + 1.0 : whole, x);
}

static inline double reuse_round_body(double x) {
    double whole = reuse_trunc_body(x);
    double rest = reuse_magnitude(x - whole);
    return rest >= 0.5 ? whole + reuse_with_sign(1.0, x) : whole;
}

static inline double reuse_min_body(double a, double b) { return ((b < a) | (b != b)) ? b : a; }
static inline double reuse_max_body(double a, double b) { return ((b > a) | (b != b)) ? b : a; }

static inline double reuse_sqrt_body(double x) {
    // The builtin rounds correctly everywhere; only its NaN would differ between machines.
    double root = __builtin_elementwise_sqrt(x);
    return root == root ? root : REUSE_NAN;
}

#endif

#define FMA(a, b, c) __builtin_fma((a), (b), (c))

// exp

REUSE_CORE reuse_exp_parts REUSE_VARIANT(exp_parts)(double high, double low) {
    double steps = FMA(high, REUSE_INV_LN2_HIGH, REUSE_TO_WHOLE);
    double k = steps - REUSE_TO_WHOLE;
    double exact = FMA(-k, REUSE_LN2_HIGH, high);
    double correction = k * REUSE_LN2_LOW;
    double first = exact - correction;
    low += (exact - first) - correction;
    double r = first + low;
    double r_low = (first - r) + low;

    double r2 = r * r;
    double r4 = r2 * r2;
    double q01 = FMA(r, 0x1.5555555555555p-5, 0x1.5555555555556p-3);
    double q23 = FMA(r, 0x1.6c16c16c167e2p-10, 0x1.11111111109b5p-7);
    double q45 = FMA(r, 0x1.a01a01a47a591p-16, 0x1.a01a01a7c2efep-13);
    double q67 = FMA(r, 0x1.27e4e1f722281p-22, 0x1.71de0db2f6a99p-19);
    double q89 = FMA(r, 0x1.1f66d948af6f3p-29, 0x1.af389ecfd7e27p-26);
    double q03 = FMA(r2, q23, q01);
    double q47 = FMA(r2, q67, q45);
    double q = FMA(r4, FMA(r4, q89, q47), q03);
    double tail = FMA(r2 * r, q, 0.5 * r2) + FMA(r_low, r, r_low);
    return (reuse_exp_parts){reuse_bits(steps), r, tail};
}

/// 1 + r + tail.
REUSE_CORE double REUSE_VARIANT(exp_fraction)(reuse_exp_parts parts) {
    reuse_pair sum = reuse_fast_sum(1.0, parts.r);
    return sum.high + (sum.low + parts.tail);
}

REUSE_CORE double REUSE_VARIANT(exp_finish)(reuse_exp_parts parts) {
    return REUSE_VARIANT(exp_fraction)(parts) * reuse_from_bits((parts.steps + 1023) << 52);
}

/// exp of a sum that may leave the range of doubles.
static inline double REUSE_VARIANT(exp_anywhere)(double high, double low) {
    if (high != high) return REUSE_NAN;
    if (high > 710.0) return REUSE_INFINITY;
    if (high < -746.0) return 0.0;
    reuse_exp_parts parts = REUSE_VARIANT(exp_parts)(high, low);
    return reuse_scaled(REUSE_VARIANT(exp_fraction)(parts), (int64_t)(parts.steps - reuse_bits(REUSE_TO_WHOLE)));
}

REUSE_CORE double REUSE_VARIANT(exp_core)(double x, uint64_t *special) {
    *special |= reuse_flag(!(reuse_magnitude(x) <= 708.0));
    return REUSE_VARIANT(exp_finish)(REUSE_VARIANT(exp_parts)(x, 0.0));
}

static inline double REUSE_VARIANT(exp)(double x) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(exp_core)(x, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    return REUSE_VARIANT(exp_anywhere)(x, 0.0);
}

REUSE_CORE double REUSE_VARIANT(expm1_core)(double x, uint64_t *special) {
    double magnitude = reuse_magnitude(x);
    *special |= reuse_flag(!((magnitude <= 700.0) & (magnitude >= 0x1p-54)));
    reuse_exp_parts parts = REUSE_VARIANT(exp_parts)(x, 0.0);
    double scale = reuse_from_bits((parts.steps + 1023) << 52);
    // scale (1 + r + tail) - 1 in two parts.
    reuse_pair grown = reuse_fast_sum(parts.r, parts.tail);
    reuse_pair start = reuse_two_sum(scale, -1.0);
    reuse_pair sum = reuse_two_sum(start.high, scale * grown.high);
    return sum.high + (sum.low + (start.low + scale * grown.low));
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

/// log of the positive normal number with these bits, times 2^shift, in two parts with about 2^-69 relative error.
REUSE_CORE reuse_pair REUSE_VARIANT(log_pair)(uint64_t bits, int32_t shift) {
    uint64_t offset = bits - REUSE_LOG_TABLE_START;
    const reuse_log_entry *entry = &reuse_log_table[(offset >> 45) & 127];
    double k = (double)(((int32_t)(uint32_t)(offset >> 32) >> 20) + shift);
    double z = reuse_from_bits(bits - (offset & 0xfff0000000000000u));

    double product = z * entry->inverse;
    double product_low = FMA(z, entry->inverse, -product);
    double first = product - 1.0;
    double r = first + product_low;
    double r_low = (first - r) + product_low;

    double base = FMA(k, REUSE_LN2_HIGH, entry->log_high);
    double base_low = FMA(k, REUSE_LN2_LOW, entry->log_low);
    reuse_pair sum = reuse_fast_sum(base, r);
    double minus_half = -0.5 * r;
    double square = minus_half * r;
    double square_low = FMA(minus_half, r, -square);
    reuse_pair total = reuse_fast_sum(sum.high, square);

    double r2 = r * r;
    double p01 = FMA(r, -0x1.0000000000001p-2, 0x1.5555555555555p-2);
    double p23 = FMA(r, -0x1.55555554935b8p-3, 0x1.999999999999bp-3);
    double p45 = FMA(r, -0x1.000174e2b1d9ep-3, 0x1.24924923e1f1ap-3);
    double p = FMA(r2, FMA(r2, FMA(r2, 0x1.c71f17c06b1d3p-4, p45), p23), p01);
    double low = ((sum.low + base_low) + (total.low + square_low)) + FMA(-r, r_low, r_low);
    low = FMA(r2 * r, p, low);
    return reuse_fast_sum(total.high, low);
}

/// The same for any positive finite number.
static inline reuse_pair REUSE_VARIANT(log_pair_positive)(double x) {
    int subnormal = reuse_bits(x) < REUSE_SMALLEST_NORMAL_BITS;
    return REUSE_VARIANT(log_pair)(reuse_bits(subnormal ? x * 0x1p54 : x), subnormal ? -54 : 0);
}

REUSE_CORE double REUSE_VARIANT(times_constant)(reuse_pair value, double high, double low) {
    double product = value.high * high;
    return product + FMA(value.high, low, FMA(value.low, high, FMA(value.high, high, -product)));
}

REUSE_CORE double REUSE_VARIANT(log_core)(double x, uint64_t *special) {
    *special |= reuse_not_normal_positive(x);
    return REUSE_VARIANT(log_pair)(reuse_bits(x), 0).high;
}

REUSE_CORE double REUSE_VARIANT(log2_core)(double x, uint64_t *special) {
    *special |= reuse_not_normal_positive(x);
    reuse_pair value = REUSE_VARIANT(log_pair)(reuse_bits(x), 0);
    return REUSE_VARIANT(times_constant)(value, REUSE_INV_LN2_HIGH, REUSE_INV_LN2_LOW);
}

REUSE_CORE double REUSE_VARIANT(log10_core)(double x, uint64_t *special) {
    *special |= reuse_not_normal_positive(x);
    reuse_pair value = REUSE_VARIANT(log_pair)(reuse_bits(x), 0);
    return REUSE_VARIANT(times_constant)(value, REUSE_INV_LN10_HIGH, REUSE_INV_LN10_LOW);
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
    return REUSE_VARIANT(log_pair_positive)(x).high;
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

REUSE_CORE double REUSE_VARIANT(log1p_core)(double x, uint64_t *special) {
    *special |= reuse_flag(!((x > -1.0) & (x < 0x1p53) & (reuse_magnitude(x) >= 0x1p-60)));
    // log(u + low) = log u + low / u, the next term being below 2^-106.
    reuse_pair u = reuse_two_sum(1.0, x);
    reuse_pair value = REUSE_VARIANT(log_pair)(reuse_bits(u.high), 0);
    return value.high + (value.low + u.low / u.high);
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

REUSE_CORE double REUSE_VARIANT(pow_core)(double x, double y, uint64_t *special) {
    reuse_pair value = REUSE_VARIANT(log_pair)(reuse_bits(x), 0);
    double high = y * value.high;
    double low = FMA(y, value.low, FMA(y, value.high, -high));
    *special |= reuse_not_normal_positive(x) | reuse_flag(!(reuse_magnitude(high) <= 700.0));
    return REUSE_VARIANT(exp_finish)(REUSE_VARIANT(exp_parts)(high, low));
}

static __attribute__((noinline)) double REUSE_VARIANT(pow_special)(double x, double y) {
    if (y == 0.0 || x == 1.0) return 1.0;
    if (x != x || y != y) return REUSE_NAN;
    double base = reuse_magnitude(x);
    if (reuse_magnitude(y) == REUSE_INFINITY) {
        if (base == 1.0) return 1.0;
        return (base > 1.0) == (y > 0.0) ? REUSE_INFINITY : 0.0;
    }
    int whole = reuse_trunc_body(y) == y;
    int odd = whole && reuse_magnitude(y) < 0x1p53 && reuse_trunc_body(0.5 * y) != 0.5 * y;
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
    double result = REUSE_VARIANT(pow_core)(x, y, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    return REUSE_VARIANT(pow_special)(x, y);
}

// The normal distribution

static inline double REUSE_VARIANT(normal_cdf)(double z) {
    double t = reuse_magnitude(z);
    if (t <= 0.75) {
        double w = z * z;
        double p = FMA(w, 0x1.13a9c1f2bab3dp-29, -0x1.5fc2e180f4600p-25);
        p = FMA(w, p, 0x1.6574c48f9beeap-21);
        p = FMA(w, p, -0x1.3ce88a296d778p-17);
        p = FMA(w, p, 0x1.e42b0a974692ep-14);
        p = FMA(w, p, -0x1.37403f66dd2ebp-10);
        p = FMA(w, p, 0x1.46d0429760c63p-7);
        p = FMA(w, p, -0x1.1058377e2ce86p-4);
        p = FMA(w, p, 0x1.9884533d43650p-2);
        return FMA(z, p, 0.5);
    }
    if (z != z) return REUSE_NAN;
    if (z > 8.5) return 1.0;
    if (z < -38.7) return 0.0;
    // The tail beyond t is exp(-t^2 / 2) P(u) / (t + 5), with u = (t - 5) / (t + 5).
    static const double coefficients[23] = {
        0x1.89d3abe1f95aep-1, -0x1.54ad03f27ca18p-1, 0x1.fb31653876f88p-2, -0x1.410ed5f87593dp-2,
        0x1.51f6329f01c34p-3, -0x1.1b1c254ca4a23p-4, 0x1.54b4d4f48380bp-6, -0x1.88590e96afea0p-9,
        -0x1.a250376c41ae8p-11, 0x1.1daf1a958404fp-11, -0x1.f21498e82f5c3p-15, -0x1.a16ff32bb6a0fp-15,
        0x1.17df4ff6e8374p-16, 0x1.0b1069713903cp-18, -0x1.73e6c9a6e65c7p-19, -0x1.6677c3765fab2p-22,
        0x1.d4d488c5717cap-22, 0x1.4cde7ec017e48p-25, -0x1.2f2ecf65bf044p-24, -0x1.d2bc02eac727ap-28,
        0x1.7e951af0848a6p-27, 0x1.0ca1de22bbcabp-30, -0x1.5d749bd138c8cp-30,
    };
    double u = (t - 5.0) / (t + 5.0);
    double p = coefficients[22];
    for (int i = 21; i >= 0; i--) p = FMA(p, u, coefficients[i]);
    double half = -0.5 * t;
    double high = half * t;
    reuse_exp_parts parts = REUSE_VARIANT(exp_parts)(high, FMA(half, t, -high));
    double fraction = REUSE_VARIANT(exp_fraction)(parts) * p / (t + 5.0);
    double tail = reuse_scaled(fraction, (int64_t)(parts.steps - reuse_bits(REUSE_TO_WHOLE)));
    return z < 0.0 ? tail : 1.0 - tail;
}

/// Raises the flag outside 0.075 ... 0.925.
REUSE_CORE double REUSE_VARIANT(normal_quantile_core)(double p, uint64_t *special) {
    double q = p - 0.5;
    *special |= reuse_flag(!(reuse_magnitude(q) <= 0.425));
    double r = FMA(-q, q, 0.180625);
    double a = FMA(r, 2509.0809287301226727, 33430.575583588128105);
    double b = FMA(r, 5226.4952788528545610, 28729.085735721942674);
    a = FMA(r, a, 67265.770927008700853);
    b = FMA(r, b, 39307.895800092710610);
    a = FMA(r, a, 45921.953931549871457);
    b = FMA(r, b, 21213.794301586595867);
    a = FMA(r, a, 13731.693765509461125);
    b = FMA(r, b, 5394.1960214247511077);
    a = FMA(r, a, 1971.5909503065514427);
    b = FMA(r, b, 687.18700749205790830);
    a = FMA(r, a, 133.14166789178437745);
    b = FMA(r, b, 42.313330701600911252);
    a = FMA(r, a, 3.3871328727963666080);
    b = FMA(r, b, 1.0);
    return q * a / b;
}

static __attribute__((noinline)) double REUSE_VARIANT(normal_quantile_tail)(double p) {
    if (p != p) return REUSE_NAN;
    if (p <= 0.0) return -REUSE_INFINITY;
    if (p >= 1.0) return REUSE_INFINITY;
    double r = reuse_sqrt_body(-REUSE_VARIANT(log)(p < 0.5 ? p : 1.0 - p));
    double a, b;
    if (r <= 5.0) {
        r -= 1.6;
        a = FMA(r, 7.74545014278341407640e-4, 2.27238449892691845833e-2);
        b = FMA(r, 1.05075007164441684324e-9, 5.47593808499534494600e-4);
        a = FMA(r, a, 2.41780725177450611770e-1);
        b = FMA(r, b, 1.51986665636164571966e-2);
        a = FMA(r, a, 1.27045825245236838258);
        b = FMA(r, b, 1.48103976427480074590e-1);
        a = FMA(r, a, 3.64784832476320460504);
        b = FMA(r, b, 6.89767334985100004550e-1);
        a = FMA(r, a, 5.76949722146069140550);
        b = FMA(r, b, 1.67638483018380384940);
        a = FMA(r, a, 4.63033784615654529590);
        b = FMA(r, b, 2.05319162663775882187);
        a = FMA(r, a, 1.42343711074968357734);
        b = FMA(r, b, 1.0);
    } else {
        r -= 5.0;
        a = FMA(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5);
        b = FMA(r, 2.04426310338993978564e-15, 1.42151175831644588870e-7);
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
    }
    return p < 0.5 ? -(a / b) : a / b;
}

static inline double REUSE_VARIANT(normal_quantile)(double p) {
    uint64_t special = 0;
    double result = REUSE_VARIANT(normal_quantile_core)(p, &special);
    if (__builtin_expect(special == 0, 1)) return result;
    return REUSE_VARIANT(normal_quantile_tail)(p);
}

// The gamma function: Stirling's series from 16 upwards, and below that divided by x (x + 1) ... up to there.

/// log gamma(x + low) for 16 <= x < 2^53.
static inline reuse_pair REUSE_VARIANT(stirling)(double x, double low) {
    reuse_pair value = REUSE_VARIANT(log_pair)(reuse_bits(x), 0);
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
    reuse_pair difference = reuse_two_sum(product, -x);
    reuse_pair total = reuse_two_sum(difference.high, REUSE_HALF_LOG_2PI_HIGH);
    rest += difference.low + total.low + REUSE_HALF_LOG_2PI_LOW;
    rest += FMA(inverse, series, -low);
    return reuse_fast_sum(total.high, rest);
}

/// a b, relative error about 2^-104.
static inline reuse_pair REUSE_VARIANT(pair_product)(reuse_pair a, reuse_pair b) {
    double product = a.high * b.high;
    double low = FMA(a.high, b.low, FMA(a.low, b.high, FMA(a.high, b.high, -product)));
    return reuse_fast_sum(product, low);
}

/// x (x + 1) ... (x + count - 1) 2^scale; `scale` keeps it finite.
static inline reuse_pair REUSE_VARIANT(rising_product)(double x, int count, int64_t *scale) {
    reuse_pair result = {1.0, 0.0};
    *scale = 0;
    for (int i = 0; i < count; i++) {
        result = REUSE_VARIANT(pair_product)(result, reuse_two_sum(x, (double)i));
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
    int whole = reuse_trunc_body(x) == x;
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
        double below = reuse_floor_body(x) * 0.5;
        return reuse_trunc_body(below) == below ? 0.0 : -0.0;
    }
    int count = (int)reuse_ceil_body(16.0 - x);
    int64_t scale;
    reuse_pair product = REUSE_VARIANT(rising_product)(x, count, &scale);
    reuse_pair moved = reuse_two_sum(x, (double)count);
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
        if (x < REUSE_INFINITY) value = REUSE_VARIANT(log_pair)(reuse_bits(x), 0);
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
    int count = (int)reuse_ceil_body(16.0 - x);
    int64_t scale;
    reuse_pair product = REUSE_VARIANT(rising_product)(x, count, &scale);
    reuse_pair moved = reuse_two_sum(x, (double)count);
    reuse_pair value = REUSE_VARIANT(stirling)(moved.high, moved.low);
    reuse_pair divisor = REUSE_VARIANT(log_pair_positive)(product.high);
    reuse_pair difference = reuse_two_sum(value.high, -divisor.high);
    return difference.high + (difference.low + (value.low - (divisor.low + product.low / product.high)));
}

#undef FMA
