// The largest error of the elementary functions, in units in the last place of the exact result, against 113-bit
// arithmetic; and whether every instruction set, and lanes and scalars, give the same bits on all these operands.
//
//   accuracy [POINTS [SEED]]      points over exp, log and pow together; each other function gets a hundredth of them
//
// For GCC, whose libquadmath is the reference; README.md has the commands.

#include <inttypes.h>
#include <math.h>
#include <quadmath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ReuseKernels.h"

#define BLOCK 1024

typedef __float128 quad;

static uint64_t state;

static uint64_t next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t to_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double fraction(void) { return (double)(next() >> 11) * 0x1p-53; }
static double between(double low, double high) { return low + (high - low) * fraction(); }
static double sign(void) { return next() & 1 ? 1 : -1; }
/// 2^a ... 2^b, all exponents alike.
static double scale(double a, double b) { return exp2(between(a, b)); }
static double subnormal(void) { return from_bits((next() >> 12 >> (next() % 51)) | 1); }
static double normal(void) { return from_bits((1 + next() % 2046) << 52 | next() >> 12); }

// Operands. The second is for pow.

typedef void operands(double *x, double *y);

#define OPERANDS(name, first, second) \
    static void name(double *x, double *y) { \
        *x = first; \
        *y = second; \
    }
OPERANDS(exp_wide, between(-745.2, 709.79), 0)
OPERANDS(exp_usual, between(-5, 5), 0)
OPERANDS(exp_tiny, sign() * scale(-70, 0), 0)
OPERANDS(exp_subnormal, between(-745.14, -708.3), 0)
OPERANDS(exp_great, between(707, 709.7828), 0)
OPERANDS(log_all, normal(), 0)
OPERANDS(log_usual, between(0.25, 4), 0)
OPERANDS(log_near_one, 1 + sign() * scale(-52, -1), 0)
OPERANDS(log_subnormal, subnormal(), 0)
OPERANDS(pow_usual, scale(-7, 7), between(-20, 20))
OPERANDS(pow_growth, 1 + between(-0.2, 0.2), between(-50, 50))
OPERANDS(pow_whole, sign() * scale(-7, 7), (double)(next() % 65) - 32)
OPERANDS(pow_wide, normal(), between(-1100, 1100) / (log2(*x) == 0 ? 1 : log2(*x)))
OPERANDS(pow_near_one, 1 + sign() * scale(-52, -2), between(-1074, 1024) * 0.6931471805599453 / log1p(*x - 1))
// A small error of log is multiplied most.
OPERANDS(pow_extreme, between(0.95, 1.08), sign() * between(650, 708) / log(*x))
OPERANDS(pow_subnormal_result, scale(-40, 40), -between(1022, 1074.9) / log2(*x))
OPERANDS(pow_great_result, scale(-40, 40), between(1020, 1024) / log2(*x))
OPERANDS(pow_subnormal_base, subnormal(), sign() * scale(-8, 0))
OPERANDS(log1p_wide, next() % 2 ? scale(-60, 100) : -scale(-60, -0.0001), 0)
OPERANDS(expm1_wide, sign() * scale(-60, 9.4), 0)
OPERANDS(gamma_wide, between(-20, 171), 0)
OPERANDS(log_gamma_wide, scale(-100, 200), 0)
OPERANDS(cdf_wide, between(-38, 8.4), 0)
OPERANDS(quantile_usual, fraction(), 0)
OPERANDS(quantile_tail, scale(-1074, -1), 0)

// Exact results.

static quad exact_exp(double x, double y) { return (void)y, expq(x); }
static quad exact_log(double x, double y) { return (void)y, logq(x); }
static quad exact_pow(double x, double y) { return powq(x, y); }
static quad exact_log2(double x, double y) { return (void)y, log2q(x); }
static quad exact_log10(double x, double y) { return (void)y, log10q(x); }
static quad exact_log1p(double x, double y) { return (void)y, log1pq(x); }
static quad exact_expm1(double x, double y) { return (void)y, expm1q(x); }
static quad exact_gamma(double x, double y) { return (void)y, tgammaq(x); }
static quad exact_log_gamma(double x, double y) { return (void)y, lgammaq(x); }
static quad exact_cdf(double z, double y) { return (void)y, 0.5Q * erfcq(-(quad)z * M_SQRT1_2q); }
static quad exact_quantile(double p, double y) {
    (void)y;
    // A good start and one step of Halley's method, which triples the digits.
    quad z = reuse_normal_quantile(p);
    quad off = (z < 0 ? 0.5Q * erfcq(-z * M_SQRT1_2q) - p : (1 - (quad)p) - 0.5Q * erfcq(z * M_SQRT1_2q))
        * sqrtq(2 * M_PIq) * expq(z * z / 2);
    return z - off / (1 + z * off / 2);
}

// What is measured.

static int lanes_pow(double *d, const double *a, const double *b, size_t n) { return reuse_lanes_power(d, a, b, n); }
static double scalar_pow(double x, double y) { return reuse_pow(x, y); }
#define UNARY(name) \
    static int lanes_##name(double *d, const double *a, const double *b, size_t n) { \
        return (void)b, reuse_lanes_##name(d, a, n); \
    } \
    static double scalar_##name(double x, double y) { return (void)y, reuse_##name(x); }
UNARY(exp)
UNARY(log)
UNARY(log2)
UNARY(log10)
UNARY(log1p)
UNARY(expm1)
UNARY(gamma)
UNARY(log_gamma)
UNARY(normal_cdf)
UNARY(normal_quantile)

typedef struct {
    const char *name, *range;
    operands *draw;
    int (*lanes)(double *, const double *, const double *, size_t);
    double (*scalar)(double, double);
    quad (*exact)(double, double);
    double share;
} measurement;

static const measurement measurements[] = {
    {"exp", "-745 ... 709.8", exp_wide, lanes_exp, scalar_exp, exact_exp, 0.12},
    {"exp", "-5 ... 5", exp_usual, lanes_exp, scalar_exp, exact_exp, 0.12},
    {"exp", "2^-70 ... 1, both signs", exp_tiny, lanes_exp, scalar_exp, exact_exp, 0.03},
    {"exp", "subnormal result", exp_subnormal, lanes_exp, scalar_exp, exact_exp, 0.02},
    {"exp", "near overflow", exp_great, lanes_exp, scalar_exp, exact_exp, 0.03},
    {"log", "all normal numbers", log_all, lanes_log, scalar_log, exact_log, 0.12},
    {"log", "0.25 ... 4", log_usual, lanes_log, scalar_log, exact_log, 0.12},
    {"log", "1 +- 2^-52 ... 2^-1", log_near_one, lanes_log, scalar_log, exact_log, 0.06},
    {"log", "subnormal", log_subnormal, lanes_log, scalar_log, exact_log, 0.02},
    {"pow", "2^-7 ... 2^7, -20 ... 20", pow_usual, lanes_pow, scalar_pow, exact_pow, 0.08},
    {"pow", "0.8 ... 1.2, -50 ... 50", pow_growth, lanes_pow, scalar_pow, exact_pow, 0.08},
    {"pow", "whole exponents, both signs", pow_whole, lanes_pow, scalar_pow, exact_pow, 0.03},
    {"pow", "all normal numbers, all results", pow_wide, lanes_pow, scalar_pow, exact_pow, 0.04},
    {"pow", "1 +- 2^-52 ... 2^-2, all results", pow_near_one, lanes_pow, scalar_pow, exact_pow, 0.04},
    {"pow", "0.95 ... 1.08, extreme results", pow_extreme, lanes_pow, scalar_pow, exact_pow, 0.04},
    {"pow", "subnormal result", pow_subnormal_result, lanes_pow, scalar_pow, exact_pow, 0.02},
    {"pow", "near overflow", pow_great_result, lanes_pow, scalar_pow, exact_pow, 0.02},
    {"pow", "subnormal base", pow_subnormal_base, lanes_pow, scalar_pow, exact_pow, 0.01},
    {"log2", "all normal numbers", log_all, lanes_log2, scalar_log2, exact_log2, 0.005},
    {"log2", "1 +- 2^-52 ... 2^-1", log_near_one, lanes_log2, scalar_log2, exact_log2, 0.005},
    {"log10", "all normal numbers", log_all, lanes_log10, scalar_log10, exact_log10, 0.005},
    {"log10", "1 +- 2^-52 ... 2^-1", log_near_one, lanes_log10, scalar_log10, exact_log10, 0.005},
    {"log1p", "-1 ... 2^100", log1p_wide, lanes_log1p, scalar_log1p, exact_log1p, 0.01},
    {"expm1", "-676 ... 676", expm1_wide, lanes_expm1, scalar_expm1, exact_expm1, 0.01},
    {"gamma", "-20 ... 171", gamma_wide, lanes_gamma, scalar_gamma, exact_gamma, 0.01},
    {"log_gamma", "2^-100 ... 2^200", log_gamma_wide, lanes_log_gamma, scalar_log_gamma, exact_log_gamma, 0.01},
    {"normal_cdf", "-38 ... 8.4", cdf_wide, lanes_normal_cdf, scalar_normal_cdf, exact_cdf, 0.01},
    {"normal_quantile", "0 ... 1", quantile_usual, lanes_normal_quantile, scalar_normal_quantile, exact_quantile,
     0.005},
    {"normal_quantile", "2^-1074 ... 2^-1", quantile_tail, lanes_normal_quantile, scalar_normal_quantile,
     exact_quantile, 0.005},
};

/// The error of `result` in units in the last place of the exact one; 0 where the exact one lies beyond all doubles and
/// the result is infinite.
static double error(double result, quad exact) {
    // Half a unit above the greatest double: from here on infinity is the nearest.
    const quad limit = 0x1.fffffffffffff8p+1023Q;
    if (isinf(result)) return fabsq(exact) >= limit && (exact > 0) == (result > 0) ? 0 : INFINITY;
    if (isnan(result)) return INFINITY;
    int exponent;
    frexpq(exact, &exponent);
    exponent -= 53;
    if (exponent < -1074) exponent = -1074;
    return (double)scalbnq(fabsq((quad)result - exact), -exponent);
}

static int same(double a, double b) { return to_bits(a) == to_bits(b) || (a != a && b != b); }

int main(int count, char **arguments) {
    const double points = count > 1 ? atof(arguments[1]) : 1e6;
    state = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    const int best = reuse_kernels_level();
    uint64_t total = 0, differing = 0, beyond = 0;
    printf("%-16s %-34s %12s %8s   %s\n", "function", "operands", "points", "ulp", "at");
    for (size_t m = 0; m < sizeof measurements / sizeof measurements[0]; m++) {
        const measurement *it = &measurements[m];
        const uint64_t blocks = (uint64_t)ceil(points * it->share / BLOCK);
        double worst = 0, worst_x = 0, worst_y = 0;
        for (uint64_t block = 0; block < blocks; block++) {
            double x[BLOCK], y[BLOCK], result[BLOCK], other[BLOCK];
            for (int i = 0; i < BLOCK; i++) it->draw(&x[i], &y[i]);
            it->lanes(result, x, y, BLOCK);
            for (int level = 0; level <= best; level++) {
                reuse_kernels_set_level(level);
                it->lanes(other, x, y, BLOCK);
                for (int i = 0; i < BLOCK; i++) differing += !same(result[i], other[i]);
                for (int i = 0; i < BLOCK; i++) differing += !same(result[i], it->scalar(x[i], y[i]));
            }
            for (int i = 0; i < BLOCK; i++) {
                double here = error(result[i], it->exact(x[i], y[i]));
                if (here > worst) worst = here, worst_x = x[i], worst_y = y[i];
            }
        }
        total += blocks * BLOCK;
        const int is_promised =
            strcmp(it->name, "exp") == 0 || strcmp(it->name, "log") == 0 || strcmp(it->name, "pow") == 0;
        beyond += is_promised && worst > 1;
        printf("%-16s %-34s %12" PRIu64 " %8.4f   %a", it->name, it->range, blocks * BLOCK, worst, worst_x);
        if (it->lanes == lanes_pow) printf(" %a", worst_y);
        printf("\n");
        fflush(stdout);
    }
    printf("%" PRIu64 " points on levels 0 to %d, in lanes and one by one: ", total, best);
    printf("%" PRIu64 " differ; exp, log, pow beyond 1 ulp in %" PRIu64 " ranges\n", differing, beyond);
    return differing != 0 || beyond != 0;
}
