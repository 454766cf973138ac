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

static inline double reuse_truth(int condition) { return condition ? 1.0 : 0.0; }

// Lanes of a core are computed in blocks; a block with a special operand is computed again one by one.
#define REUSE_BLOCK 64

#endif

#define LANES(name, parameters, result, flag) \
    static int REUSE_VARIANT(lanes_##name) parameters { \
        uint64_t flagged = 0; \
        REUSE_EACH_LANE { \
            double value = (result); \
            d[i] = value; \
            flagged |= flag(value); \
        } \
        return flagged != 0; \
    }

#define NO_FLAG(value) ((void)(value), (uint64_t)0)

// `left` and `right` name the operands of lane i.
#define LANES_THREE_WAYS(name, result, flag) \
    LANES(name, (double *d, const double *a, const double *b, size_t n), result(a[i], b[i]), flag) \
    LANES(name##_vs, (double *d, const double *a, double b, size_t n), result(a[i], b), flag) \
    LANES(name##_sv, (double *d, double a, const double *b, size_t n), result(a, b[i]), flag)

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

LANES_THREE_WAYS(add, ADD, reuse_not_finite)
LANES_THREE_WAYS(subtract, SUBTRACT, reuse_not_finite)
LANES_THREE_WAYS(multiply, MULTIPLY, reuse_not_finite)
LANES_THREE_WAYS(divide, DIVIDE, reuse_not_finite)
LANES_THREE_WAYS(min, reuse_min_body, reuse_not_finite)
LANES_THREE_WAYS(max, reuse_max_body, reuse_not_finite)
LANES_THREE_WAYS(less, LESS, NO_FLAG)
LANES_THREE_WAYS(less_equal, LESS_EQUAL, NO_FLAG)
LANES_THREE_WAYS(equal, EQUAL, NO_FLAG)
LANES_THREE_WAYS(not_equal, NOT_EQUAL, NO_FLAG)
LANES(and, (double *d, const double *a, const double *b, size_t n), AND(a[i], b[i]), NO_FLAG)
LANES(or, (double *d, const double *a, const double *b, size_t n), OR(a[i], b[i]), NO_FLAG)

#define LANES_UNARY(name, result) LANES(name, (double *d, const double *a, size_t n), result, reuse_not_finite)

LANES_UNARY(not, 1.0 - a[i])
LANES_UNARY(negate, -a[i])
LANES_UNARY(abs, reuse_magnitude(a[i]))
LANES_UNARY(sqrt, reuse_sqrt_body(a[i]))
LANES_UNARY(floor, reuse_floor_body(a[i]))
LANES_UNARY(ceil, reuse_ceil_body(a[i]))
LANES_UNARY(round, reuse_round_body(a[i]))
LANES_UNARY(trunc, reuse_trunc_body(a[i]))

static void REUSE_VARIANT(lanes_select)(
    double *d, const double *mask, const double *a, const double *b, size_t n
) {
    REUSE_EACH_LANE {
        uint64_t taken = reuse_bits(a[i]), left = reuse_bits(b[i]);
        uint64_t chosen = 0 - reuse_flag(mask[i] != 0.0);
        d[i] = reuse_from_bits((taken & chosen) | (left & ~chosen));
    }
}

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
#undef NO_FLAG
#undef LANES_THREE_WAYS
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
#undef LANES_UNARY
#undef LANES_OF_CORE
#undef LANES_OF_UNARY_CORE
