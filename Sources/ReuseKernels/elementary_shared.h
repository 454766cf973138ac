// What the elementary functions are made of, whatever the instruction set and the width.

#ifndef REUSE_ELEMENTARY_SHARED
#define REUSE_ELEMENTARY_SHARED

#include <stddef.h>
#include <stdint.h>

#include "levels.h"

// A call in a loop over lanes would cost more than many a core, and would send constants through memory.
#define REUSE_CORE static inline __attribute__((always_inline))

/// For z in one of 16 intervals: c near 1 / z, and -log c as a multiple of 2^-42 and the rest. Aligned, since a few
/// registers hold a table whole.
extern REUSE_HIDDEN const double reuse_log_inverse[16], reuse_log_high[16], reuse_log_low[16];

/// The same for 32 intervals, for logarithms that are not to be rounded yet.
extern REUSE_HIDDEN const double reuse_log_pair_inverse[32], reuse_log_pair_high[32], reuse_log_pair_low[32];

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

// Where the first interval starts, so that 1 lies inside an interval, with c = 1.
#define REUSE_LOG_START 0x3fe54f8000000000u
#define REUSE_LOG_PAIR_START 0x3fe5400000000000u

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

/// 2^k for k in -1022 ... 1023.
static inline double reuse_power_of_two(int64_t k) { return reuse_from_bits((uint64_t)(k + 1023) << 52); }

/// x 2^k, rounded once where the result is subnormal, for |x| near 1.
static inline double reuse_scaled(double x, int64_t k) {
    int64_t half = k / 2;
    return x * reuse_power_of_two(half) * reuse_power_of_two(k - half);
}

static inline double reuse_sqrt_body(double x) {
    // The builtin rounds correctly everywhere; only its NaN would differ between machines.
    double root = __builtin_elementwise_sqrt(x);
    return root == root ? root : REUSE_NAN;
}

#endif
