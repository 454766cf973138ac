// Lane operations, compiled once for each instruction set: the includer defines REUSE_VARIANT(name), and as REUSE_WIDTH
// how many lanes a register of that set holds. Each lane is exactly what the scalar function gives.
//
// Registers are written out rather than left to the compiler's vectoriser, which makes flags dear and finds no table.

#include "elementary_core.h"

#ifndef REUSE_LANES_SHARED
#define REUSE_LANES_SHARED

// Most operations are short: without this the loop would cost as much.
#define REUSE_UNROLLED _Pragma("clang loop unroll_count(4)")

// What a power keeps between its two passes.
#define REUSE_POWER_BLOCK 64

/// Some bits set where x is infinite or NaN, none elsewhere: only then x - x is not zero.
static inline uint64_t reuse_not_finite(double x) { return reuse_bits(x - x); }

#endif

#define REALS REUSE_VARIANT(reals)
#define BIT_LANES REUSE_VARIANT(bit_lanes)
#define PAIRS REUSE_VARIANT(pairs)
#define AT_ONCE(name) REUSE_VARIANT(name##_at_once)

// Not inlined: few blocks have such an end.
static __attribute__((noinline)) REALS REUSE_VARIANT(load_some)(const double *from, size_t count) {
    REALS lanes;
    for (size_t i = 0; i < REUSE_WIDTH; i++) lanes[i] = from[i < count ? i : 0];
    return lanes;
}

static __attribute__((noinline)) void REUSE_VARIANT(store_some)(double *to, REALS lanes, size_t count) {
    for (size_t i = 0; i < count; i++) to[i] = lanes[i];
}

/// As many lanes as there are, and the first again in place of those that are missing.
REUSE_CORE REALS REUSE_VARIANT(load)(const double *from, size_t count) {
    if (count < REUSE_WIDTH) return REUSE_VARIANT(load_some)(from, count);
    REALS lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

REUSE_CORE void REUSE_VARIANT(store)(double *to, REALS lanes, size_t count) {
    if (count < REUSE_WIDTH) {
        REUSE_VARIANT(store_some)(to, lanes, count);
    } else {
        __builtin_memcpy(to, &lanes, sizeof lanes);
    }
}

#define LOAD(from) REUSE_VARIANT(load)((from) + i, count)
#define STORE(to, lanes) REUSE_VARIANT(store)((to) + i, lanes, count)
#define ANY(bits) (__builtin_reduce_or(bits) != 0)
#define TRUTH(mask) ((REALS)((mask) & 0x3ff0000000000000u))
#define IS(condition) ((BIT_LANES)(condition))
#define NOT_FINITE(x) ((BIT_LANES)((x) - (x)))
#define IS_NAN(x) IS((x) != (x))

// The statements deal with `count` lanes from i on.
#define EACH_REGISTER(...) \
    size_t i = 0; \
    REUSE_UNROLLED for (; n - i >= REUSE_WIDTH; i += REUSE_WIDTH) { \
        const size_t count = REUSE_WIDTH; \
        __VA_ARGS__ \
    } \
    if (i < n) { \
        const size_t count = n - i; \
        __VA_ARGS__ \
    }

// `operands` declares what `value` and `flag` are made of.
#define LANES(name, parameters, operands, result, flag) \
    static int REUSE_VARIANT(lanes_##name) parameters { \
        BIT_LANES flagged = 0; \
        EACH_REGISTER( \
            operands \
            REALS value = (result); \
            flagged |= (flag); \
            STORE(d, value); \
        ) \
        return ANY(flagged); \
    }

#define ONE (double *d, const double *a, size_t n)
#define TWO (double *d, const double *a, const double *b, size_t n)
#define TWO_VS (double *d, const double *a, double b, size_t n)
#define TWO_SV (double *d, double a, const double *b, size_t n)
#define THREE (double *d, const double *a, const double *b, const double *c, size_t n)

#define LANES_UNARY(name, result) LANES(name, ONE, REALS x = LOAD(a);, result, NOT_FINITE(value))

// The flag of arithmetic looks at the result; that of conditions at the operands, for their result hides a NaN.
#define LANES_BINARY(name, result) \
    LANES(name, TWO, REALS x = LOAD(a); REALS y = LOAD(b);, result, NOT_FINITE(value)) \
    LANES(name##_vs, TWO_VS, REALS x = LOAD(a); REALS y = b;, result, NOT_FINITE(value)) \
    LANES(name##_sv, TWO_SV, REALS x = a; REALS y = LOAD(b);, result, NOT_FINITE(value))

#define EITHER_NAN (IS_NAN(x) | IS_NAN(y))
#define LANES_CONDITION(name, result) LANES(name, TWO, REALS x = LOAD(a); REALS y = LOAD(b);, result, EITHER_NAN)
#define LANES_CONDITION_THREE_WAYS(name, result) \
    LANES_CONDITION(name, result) \
    LANES(name##_vs, TWO_VS, REALS x = LOAD(a); REALS y = b;, result, EITHER_NAN) \
    LANES(name##_sv, TWO_SV, REALS x = a; REALS y = LOAD(b);, result, EITHER_NAN)

LANES_BINARY(add, x + y)
LANES_BINARY(subtract, x - y)
LANES_BINARY(multiply, x * y)
LANES_BINARY(divide, x / y)
LANES_CONDITION_THREE_WAYS(min, AT_ONCE(min)(x, y))
LANES_CONDITION_THREE_WAYS(max, AT_ONCE(max)(x, y))
LANES_CONDITION_THREE_WAYS(less, TRUTH(IS(x < y)))
LANES_CONDITION_THREE_WAYS(less_equal, TRUTH(IS(x <= y)))
LANES_CONDITION_THREE_WAYS(equal, TRUTH(IS(x == y)))
LANES_CONDITION_THREE_WAYS(not_equal, TRUTH(IS(x != y)))
LANES_CONDITION(and, TRUTH(IS(x != 0.0) & IS(y != 0.0)))
LANES_CONDITION(or, TRUTH(IS(x != 0.0) | IS(y != 0.0)))
LANES(not, ONE, REALS x = LOAD(a);, 1.0 - x, IS_NAN(x))

#define OPERANDS REALS x = LOAD(a); REALS y = LOAD(b); REALS z = LOAD(c);
LANES(within, THREE, OPERANDS, TRUTH(IS(AT_ONCE(magnitude)(x - y) <= z)), EITHER_NAN | IS_NAN(z))
LANES(within_share, THREE, OPERANDS, TRUTH(IS(AT_ONCE(magnitude)(x - y) <= z * AT_ONCE(magnitude)(y))),
      EITHER_NAN | IS_NAN(z))
LANES(blend, THREE, OPERANDS, x + y * (z - x), NOT_FINITE(value))

LANES_UNARY(negate, -x)
LANES_UNARY(abs, AT_ONCE(magnitude)(x))
LANES_UNARY(sqrt, __builtin_elementwise_sqrt(x))
LANES_UNARY(floor, AT_ONCE(floor)(x))
LANES_UNARY(ceil, AT_ONCE(ceil)(x))
LANES_UNARY(round, AT_ONCE(round)(x))
LANES_UNARY(trunc, AT_ONCE(trunc)(x))

static void REUSE_VARIANT(lanes_select) THREE {
    EACH_REGISTER(
        REALS mask = LOAD(a);
        REALS x = LOAD(b);
        REALS y = LOAD(c);
        STORE(d, AT_ONCE(either)(IS(mask != 0.0), x, y));
    )
}

static void REUSE_VARIANT(lanes_fill)(double *d, double value, size_t n) {
    REALS lanes = value;
    EACH_REGISTER(STORE(d, lanes);)
}

#define LANES_ANY(name, flag) \
    static int REUSE_VARIANT(lanes_any_##name)(const double *a, size_t n) { \
        BIT_LANES flagged = 0; \
        EACH_REGISTER( \
            REALS x = LOAD(a); \
            flagged |= (flag); \
        ) \
        return ANY(flagged); \
    }

LANES_ANY(nan, IS_NAN(x))
LANES_ANY(true, IS(x == 1.0))
LANES_ANY(not_true, ~IS(x == 1.0))

// Functions that have a core. Special lanes, and they alone, are done again by the scalar function; all others have a
// finite result.

#define LANES_OF(name, core) \
    static __attribute__((noinline)) REALS REUSE_VARIANT(redo_##name)( \
        REALS results, REALS x, BIT_LANES special, uint64_t *flagged \
    ) { \
        for (size_t i = 0; i < REUSE_WIDTH; i++) { \
            if (special[i] == 0) continue; \
            double result = reuse_##name(x[i]); \
            *flagged |= reuse_not_finite(result); \
            results[i] = result; \
        } \
        return results; \
    } \
    static int REUSE_VARIANT(lanes_##name) ONE { \
        uint64_t flagged = 0; \
        const size_t count = REUSE_WIDTH; \
        size_t i = 0; \
        for (; n - i >= REUSE_WIDTH; i += REUSE_WIDTH) { \
            REALS x = LOAD(a); \
            BIT_LANES special = 0; \
            REALS result = core(x, &special); \
            if (__builtin_expect(ANY(special), 0)) { \
                uint64_t found = 0; \
                result = REUSE_VARIANT(redo_##name)(result, x, special, &found); \
                flagged |= found; \
            } \
            STORE(d, result); \
        } \
        if (i < n) { \
            REALS rest = REUSE_VARIANT(load_some)(a + i, n - i); \
            flagged |= (uint64_t)REUSE_VARIANT(lanes_##name)((double *)&rest, (const double *)&rest, REUSE_WIDTH); \
            REUSE_VARIANT(store_some)(d + i, rest, n - i); \
        } \
        return flagged != 0; \
    }

LANES_OF(exp, AT_ONCE(exp_core))
LANES_OF(log, AT_ONCE(log_core))
LANES_OF(log2, AT_ONCE(log2_core))
LANES_OF(log10, AT_ONCE(log10_core))
LANES_OF(log1p, AT_ONCE(log1p_core))
LANES_OF(expm1, AT_ONCE(expm1_core))

REUSE_CORE REALS REUSE_VARIANT(normal_cdf_anywhere)(REALS z, BIT_LANES *special) {
    REALS magnitude = AT_ONCE(magnitude)(z);
    *special |= ~IS(magnitude <= 37.0);
    return AT_ONCE(either)(IS(magnitude <= 0.75), AT_ONCE(normal_cdf_center)(z), AT_ONCE(normal_cdf_tail)(z));
}

LANES_OF(normal_cdf, REUSE_VARIANT(normal_cdf_anywhere))

REUSE_CORE REALS REUSE_VARIANT(normal_quantile_anywhere)(REALS p, BIT_LANES *special) {
    BIT_LANES outside = 0;
    REALS result = AT_ONCE(normal_quantile_core)(p, &outside);
    // Of uniform draws 15% lie there, so most wide registers hold one.
    if (!ANY(outside)) return result;
    BIT_LANES far_outside = 0;
    REALS tail = AT_ONCE(normal_quantile_tail_core)(p, &far_outside);
    *special |= outside & far_outside;
    return AT_ONCE(either)(outside, tail, result);
}

LANES_OF(normal_quantile, REUSE_VARIANT(normal_quantile_anywhere))

// Powers

static __attribute__((noinline)) REALS REUSE_VARIANT(redo_power)(
    REALS results, REALS x, REALS y, BIT_LANES special, uint64_t *flagged
) {
    for (size_t i = 0; i < REUSE_WIDTH; i++) {
        if (special[i] == 0) continue;
        double result = reuse_pow(x[i], y[i]);
        *flagged |= reuse_not_finite(result);
        results[i] = result;
    }
    return results;
}

REUSE_CORE REALS REUSE_VARIANT(power_of)(PAIRS log, REALS x, REALS y, uint64_t *flagged) {
    BIT_LANES special = 0;
    REALS result = AT_ONCE(pow_from)(log, x, y, &special);
    if (__builtin_expect(ANY(special), 0)) {
        uint64_t found = 0;
        result = REUSE_VARIANT(redo_power)(result, x, y, special, &found);
        *flagged |= found;
    }
    return result;
}

/// For what does not fill a register.
static __attribute__((noinline)) REALS REUSE_VARIANT(power_of_rest)(REALS x, REALS y, uint64_t *flagged) {
    return REUSE_VARIANT(power_of)(AT_ONCE(log_pair)(x), x, y, flagged);
}

// In two passes over a few lanes at a time: the chain of both is too long for the processor to see the next one begin
// before it ends. `exponent` is that of `count` lanes from i on.
#define LANES_OF_POWER(name, parameters, exponent) \
    static int REUSE_VARIANT(lanes_##name) parameters { \
        double high[REUSE_POWER_BLOCK], low[REUSE_POWER_BLOCK]; \
        uint64_t flagged = 0; \
        size_t i = 0; \
        while (n - i >= REUSE_WIDTH) { \
            const size_t count = REUSE_WIDTH; \
            size_t start = i; \
            size_t registers = n - i < REUSE_POWER_BLOCK ? (n - i) / REUSE_WIDTH : REUSE_POWER_BLOCK / REUSE_WIDTH; \
            size_t end = start + registers * REUSE_WIDTH; \
            for (; i < end; i += REUSE_WIDTH) { \
                PAIRS log = AT_ONCE(log_pair)(LOAD(a)); \
                REUSE_VARIANT(store)(high + (i - start), log.high, count); \
                REUSE_VARIANT(store)(low + (i - start), log.low, count); \
            } \
            for (i = start; i < end; i += REUSE_WIDTH) { \
                PAIRS log; \
                log.high = REUSE_VARIANT(load)(high + (i - start), count); \
                log.low = REUSE_VARIANT(load)(low + (i - start), count); \
                REALS result = REUSE_VARIANT(power_of)(log, LOAD(a), exponent, &flagged); \
                STORE(d, result); \
            } \
        } \
        if (i < n) { \
            const size_t count = n - i; \
            REALS result = REUSE_VARIANT(power_of_rest)(LOAD(a), exponent, &flagged); \
            STORE(d, result); \
        } \
        return flagged != 0; \
    }

LANES_OF_POWER(power, TWO, LOAD(b))
LANES_OF_POWER(power_vs, TWO_VS, (REALS)b)

static int REUSE_VARIANT(lanes_power_sv) TWO_SV {
    uint64_t flagged = 0;
    REALS x = a;
    PAIRS log = AT_ONCE(log_pair)(x);
    size_t i = 0;
    for (; n - i >= REUSE_WIDTH; i += REUSE_WIDTH) {
        const size_t count = REUSE_WIDTH;
        REALS result = REUSE_VARIANT(power_of)(log, x, LOAD(b), &flagged);
        STORE(d, result);
    }
    if (i < n) {
        const size_t count = n - i;
        REALS result = REUSE_VARIANT(power_of_rest)(x, LOAD(b), &flagged);
        STORE(d, result);
    }
    return flagged != 0;
}

// Sums: 32 partial sums side by side, whatever a register holds, so that the order is the same on each level.

#define SUM_256(name, parameters, term) \
    static double REUSE_VARIANT(name) parameters { \
        double partial[32]; \
        for (size_t i = 0; i < 32; i++) partial[i] = (term); \
        for (size_t start = 32; start < 256; start += 32) { \
            for (size_t j = 0; j < 32; j++) { \
                size_t i = start + j; \
                partial[j] += (term); \
            } \
        } \
        for (size_t half = 16; half != 0; half /= 2) { \
            for (size_t j = 0; j < half; j++) partial[j] += partial[j + half]; \
        } \
        return partial[0]; \
    }

SUM_256(sum_256, (const double *a), a[i])
SUM_256(sum_squares_256, (const double *a, double center), (a[i] - center) * (a[i] - center))
SUM_256(dot_256, (const double *a, const double *b), a[i] * b[i])

#undef REALS
#undef BIT_LANES
#undef PAIRS
#undef AT_ONCE
#undef LOAD
#undef STORE
#undef ANY
#undef TRUTH
#undef IS
#undef NOT_FINITE
#undef IS_NAN
#undef EACH_REGISTER
#undef LANES
#undef ONE
#undef TWO
#undef TWO_VS
#undef TWO_SV
#undef THREE
#undef LANES_UNARY
#undef LANES_BINARY
#undef EITHER_NAN
#undef LANES_CONDITION
#undef LANES_CONDITION_THREE_WAYS
#undef OPERANDS
#undef LANES_ANY
#undef LANES_OF
#undef LANES_OF_POWER
#undef SUM_256
