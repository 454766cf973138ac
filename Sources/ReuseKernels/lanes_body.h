// Lane operations, compiled once for each instruction set: the includer defines REUSE_VARIANT(name).
//
// REUSE_EACH_LANE_OF_CORE, also from the includer, may insist on a width where the compiler's estimate is too timid.
// Each lane is exactly what the scalar function gives. Loops without a branch are left to the compiler to vectorise;
// "assume_safety" says that lanes do not depend on each other, which holds because pointers are equal or disjoint.

#ifndef REUSE_LANES_SHARED
#define REUSE_LANES_SHARED

#define REUSE_EACH_LANE _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++)

/// A flag where x is infinite or NaN.
static inline uint64_t reuse_not_finite(double x) {
    return reuse_flag(!(reuse_magnitude(x) <= 0x1.fffffffffffffp+1023));
}

static inline uint64_t reuse_either_nan(double a, double b) { return reuse_flag((a != a) | (b != b)); }

static inline double reuse_truth(int condition) { return condition ? 1.0 : 0.0; }

// Lanes of a core are computed in blocks; a block with a special operand is computed again one by one.
#define REUSE_BLOCK 64

#endif

// `flag` may name the `value` of lane i.
#define LANES(name, parameters, result, flag) \
    static int REUSE_VARIANT(lanes_##name) parameters { \
        uint64_t flagged = 0; \
        REUSE_EACH_LANE { \
            double value = (result); \
            flagged |= (flag); \
            d[i] = value; \
        } \
        return flagged != 0; \
    }

#define LANES_UNARY(name, result) \
    LANES(name, (double *d, const double *a, size_t n), result, reuse_not_finite(value))

// The flag of arithmetic looks at the result; that of conditions at the operands, for their result hides a NaN.
#define LANES_BINARY(name, operation) \
    LANES(name, (double *d, const double *a, const double *b, size_t n), operation(a[i], b[i]), \
          reuse_not_finite(value)) \
    LANES(name##_vs, (double *d, const double *a, double b, size_t n), operation(a[i], b), reuse_not_finite(value)) \
    LANES(name##_sv, (double *d, double a, const double *b, size_t n), operation(a, b[i]), reuse_not_finite(value))

#define LANES_CONDITION(name, operation) \
    LANES(name, (double *d, const double *a, const double *b, size_t n), operation(a[i], b[i]), \
          reuse_either_nan(a[i], b[i]))

#define LANES_CONDITION_THREE_WAYS(name, operation) \
    LANES_CONDITION(name, operation) \
    LANES(name##_vs, (double *d, const double *a, double b, size_t n), operation(a[i], b), reuse_either_nan(a[i], b)) \
    LANES(name##_sv, (double *d, double a, const double *b, size_t n), operation(a, b[i]), reuse_either_nan(a, b[i]))

#define ADD(left, right) ((left) + (right))
#define SUBTRACT(left, right) ((left) - (right))
#define MULTIPLY(left, right) ((left) * (right))
#define DIVIDE(left, right) ((left) / (right))
#define LESS(left, right) reuse_truth((left) < (right))
#define LESS_EQUAL(left, right) reuse_truth((left) <= (right))
#define EQUAL(left, right) reuse_truth((left) == (right))
#define NOT_EQUAL(left, right) reuse_truth((left) != (right))
#define AND(left, right) reuse_truth(((left) != 0.0) & ((right) != 0.0))
#define OR(left, right) reuse_truth(((left) != 0.0) | ((right) != 0.0))

LANES_BINARY(add, ADD)
LANES_BINARY(subtract, SUBTRACT)
LANES_BINARY(multiply, MULTIPLY)
LANES_BINARY(divide, DIVIDE)
LANES_CONDITION_THREE_WAYS(min, reuse_min_body)
LANES_CONDITION_THREE_WAYS(max, reuse_max_body)
LANES_CONDITION_THREE_WAYS(less, LESS)
LANES_CONDITION_THREE_WAYS(less_equal, LESS_EQUAL)
LANES_CONDITION_THREE_WAYS(equal, EQUAL)
LANES_CONDITION_THREE_WAYS(not_equal, NOT_EQUAL)
LANES_CONDITION(and, AND)
LANES_CONDITION(or, OR)

LANES(not, (double *d, const double *a, size_t n), 1.0 - a[i], reuse_either_nan(a[i], a[i]))
LANES(within, (double *d, const double *a, const double *b, const double *tolerance, size_t n),
      reuse_truth(reuse_magnitude(a[i] - b[i]) <= tolerance[i]),
      reuse_either_nan(a[i], b[i]) | reuse_either_nan(tolerance[i], tolerance[i]))
LANES(within_share, (double *d, const double *a, const double *b, const double *share, size_t n),
      reuse_truth(reuse_magnitude(a[i] - b[i]) <= share[i] * reuse_magnitude(b[i])),
      reuse_either_nan(a[i], b[i]) | reuse_either_nan(share[i], share[i]))

LANES(blend, (double *d, const double *before, const double *weight, const double *after, size_t n),
      before[i] + weight[i] * (after[i] - before[i]), reuse_not_finite(value))

LANES_UNARY(negate, -a[i])
LANES_UNARY(abs, reuse_magnitude(a[i]))
LANES_UNARY(sqrt, reuse_sqrt_body(a[i]))
LANES_UNARY(floor, reuse_floor_body(a[i]))
LANES_UNARY(ceil, reuse_ceil_body(a[i]))
LANES_UNARY(round, reuse_round_body(a[i]))
LANES_UNARY(trunc, reuse_trunc_body(a[i]))

#define LANES_ANY(name, flag) \
    static int REUSE_VARIANT(lanes_any_##name)(const double *a, size_t n) { \
        uint64_t flagged = 0; \
        REUSE_EACH_LANE { flagged |= (flag); } \
        return flagged != 0; \
    }

LANES_ANY(nan, reuse_either_nan(a[i], a[i]))
LANES_ANY(true, reuse_flag(a[i] == 1.0))
LANES_ANY(not_true, reuse_flag(!(a[i] == 1.0)))

static void REUSE_VARIANT(lanes_select)(
    double *d, const double *mask, const double *a, const double *b, size_t n
) {
    REUSE_EACH_LANE {
        uint64_t taken = reuse_bits(a[i]), left = reuse_bits(b[i]);
        uint64_t chosen = 0 - reuse_flag(mask[i] != 0.0);
        d[i] = reuse_from_bits((taken & chosen) | (left & ~chosen));
    }
}

// Branches too long to vectorise: one by one.
#define LANES_ONE_BY_ONE(name) \
    static int REUSE_VARIANT(lanes_##name)(double *d, const double *a, size_t n) { \
        uint64_t flagged = 0; \
        for (size_t i = 0; i < n; i++) { \
            d[i] = REUSE_VARIANT(name)(a[i]); \
            flagged |= reuse_not_finite(d[i]); \
        } \
        return flagged != 0; \
    }

LANES_ONE_BY_ONE(normal_cdf)
LANES_ONE_BY_ONE(gamma)
LANES_ONE_BY_ONE(log_gamma)

// Sums: 32 partial sums side by side, whatever the registers hold, so that the order is the same on each level.
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

// `core` and `whole` name the two forms of the function; `operands` are those of lane i.
#define LANES_OF_CORE(name, parameters, core, whole, ...) \
    static int REUSE_VARIANT(lanes_##name) parameters { \
        uint64_t flagged = 0; \
        const size_t total = n; \
        for (size_t start = 0; start < total; start += REUSE_BLOCK) { \
            n = total - start < REUSE_BLOCK ? total - start : REUSE_BLOCK; \
            double results[REUSE_BLOCK]; \
            uint64_t special = 0; \
            REUSE_EACH_LANE_OF_CORE { \
                uint64_t here = 0; \
                results[i] = REUSE_VARIANT(core)(__VA_ARGS__, &here); \
                special |= here; \
            } \
            if (special != 0) { \
                for (size_t i = 0; i < n; i++) results[i] = REUSE_VARIANT(whole)(__VA_ARGS__); \
            } \
            REUSE_EACH_LANE { \
                d[start + i] = results[i]; \
                flagged |= reuse_not_finite(results[i]); \
            } \
        } \
        return flagged != 0; \
    }

#define LANES_OF_UNARY_CORE(name) \
    LANES_OF_CORE(name, (double *d, const double *a, size_t n), name##_core, name, a[start + i])

LANES_OF_UNARY_CORE(exp)
LANES_OF_UNARY_CORE(log)
LANES_OF_UNARY_CORE(log2)
LANES_OF_UNARY_CORE(log10)
LANES_OF_UNARY_CORE(log1p)
LANES_OF_UNARY_CORE(expm1)
LANES_OF_UNARY_CORE(normal_quantile)
LANES_OF_CORE(
    power, (double *d, const double *a, const double *b, size_t n), pow_core, pow, a[start + i], b[start + i])
LANES_OF_CORE(power_vs, (double *d, const double *a, double b, size_t n), pow_core, pow, a[start + i], b)
LANES_OF_CORE(power_sv, (double *d, double a, const double *b, size_t n), pow_core, pow, a, b[start + i])

#undef LANES
#undef LANES_UNARY
#undef LANES_BINARY
#undef LANES_CONDITION
#undef LANES_CONDITION_THREE_WAYS
#undef LANES_ANY
#undef LANES_ONE_BY_ONE
#undef SUM_256
#undef ADD
#undef SUBTRACT
#undef MULTIPLY
#undef DIVIDE
#undef LESS
#undef LESS_EQUAL
#undef EQUAL
#undef NOT_EQUAL
#undef AND
#undef OR
#undef LANES_OF_CORE
#undef LANES_OF_UNARY_CORE
