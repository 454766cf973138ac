#ifndef REUSE_KERNELS_H
#define REUSE_KERNELS_H

// The arithmetic floor of the engine. One definition of each operation serves constant folding, the scalar
// driver and lanes, and gives the same bits on every machine: own code on IEEE doubles, with fused
// multiply-add written out where it is meant. The one thing left open is which NaN a NaN is.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Elementary functions: those up to expm1 stay below 1 unit in the last place; elementary_body.h has what was measured.

/// e to the power x.
double reuse_exp(double x);
/// Natural logarithm; NaN below zero, -inf at zero.
double reuse_log(double x);
/// x to the power y with the special cases of IEEE 754: NaN for a negative base and a fractional exponent.
/// A result that is a double (2^10, 1.5^2, x^1) is exact.
double reuse_pow(double x, double y);
/// Logarithm to base 2, exact at powers of two.
double reuse_log2(double x);
/// Logarithm to base 10, exact at powers of ten.
double reuse_log10(double x);
/// log(1 + x) without loss near zero.
double reuse_log1p(double x);
/// exp(x) - 1 without loss near zero.
double reuse_expm1(double x);
double reuse_sqrt(double x);
double reuse_floor(double x);
double reuse_ceil(double x);
/// The nearest whole number, halves away from zero.
double reuse_round(double x);
double reuse_trunc(double x);
/// The lesser operand; NaN where either is NaN; the first where they are equal.
double reuse_min(double a, double b);
/// The greater operand; NaN where either is NaN; the first where they are equal.
double reuse_max(double a, double b);
/// The gamma function; NaN at negative whole numbers. Exact for factorials up to 22!.
double reuse_gamma(double x);
/// The logarithm of the gamma function for x >= 0; NaN below.
double reuse_log_gamma(double x);
/// The probability that a standard normal draw lies below z; accurate in relative terms in the lower tail.
double reuse_normal_cdf(double z);
/// The inverse of `reuse_normal_cdf`: -inf for p <= 0, +inf for p >= 1.
/// Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
double reuse_normal_quantile(double p);

// Quantiles of distributions: the value that a draw stays below with probability p. quantiles.c has the method and what
// was measured. Shares below 2^-900 count as 2^-900.

/// Gamma with scale 1: 0 for p <= 0, +inf for p >= 1. The shape is above 0.
double reuse_gamma_quantile(double p, double shape);
/// Beta: 0 for p <= 0, 1 for p >= 1. Both parameters are above 0.
double reuse_beta_quantile(double p, double a, double b);
/// low <= high.
double reuse_uniform_quantile(double p, double low, double high);
/// low <= mode <= high, low < high.
double reuse_triangular_quantile(double p, double low, double mode, double high);
/// PERT: beta between two ends, with the weight of its peak 4; ends as for triangular.
double reuse_pert_quantile(double p, double low, double mode, double high);
/// The same, bit for bit, of n shares: what depends on the parameters alone is computed once. p and d may be equal.
void reuse_lanes_gamma_quantile(double *d, const double *p, double shape, size_t n);
void reuse_lanes_beta_quantile(double *d, const double *p, double a, double b, size_t n);
void reuse_lanes_pert_quantile(double *d, const double *p, double low, double mode, double high, size_t n);

// Draws: counter-based, so that a draw is a function of (seed, variable, sample) and of nothing else.

/// Philox4x32-10. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
void reuse_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/// A uniform draw strictly between 0 and 1. The key is the seed; the counter is sample / 2, then the variable, low
/// words first. Sample i takes 64-bit half i & 1 of the block; its top 52 bits k give (k + 0.5) * 2^-52, exactly.
double reuse_uniform(uint64_t seed, uint64_t variable, uint64_t sample);
/// Draws of samples first_sample, first_sample + 1, ...
void reuse_uniform_lanes(double *out, uint64_t seed, uint64_t variable, uint64_t first_sample, size_t count);
/// A Latin hypercube draw strictly between 0 and 1: in each block of 1,024 samples from a multiple of 1,024 on, a variable
/// falls once into each of 1,024 intervals of equal length. The interval is a permutation, keyed by seed, variable and
/// block, of the sample's place in its block; within it the draw takes the lower 42 bits of `reuse_uniform`.
double reuse_latin(uint64_t seed, uint64_t variable, uint64_t sample);
/// Latin hypercube draws of samples first_sample, first_sample + 1, ...
void reuse_latin_lanes(double *out, uint64_t seed, uint64_t variable, uint64_t first_sample, size_t count);
/// FNV-1a in 64 bits, then the finaliser of SplitMix64: turns the name of a variable into its id.
uint64_t reuse_hash(const uint8_t *bytes, size_t count);

// Lane operations over n doubles. Pointers are equal (work in place) or do not overlap. Arithmetic returns nonzero if
// and only if some result lane is infinite or NaN. Conditions (comparisons, and, or, not, min, max, within) return
// nonzero if and only if some operand lane is NaN, which their results may not show; true is 1.0, false 0.0.
// Suffix _vs: the second operand is one number for all lanes; _sv: the first is.

int reuse_lanes_add(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_add_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_add_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_subtract(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_subtract_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_subtract_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_multiply(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_multiply_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_multiply_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_divide(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_divide_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_divide_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_power(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_power_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_power_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_min(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_min_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_min_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_max(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_max_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_max_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_less(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_less_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_less_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_less_equal(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_less_equal_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_less_equal_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_equal(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_equal_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_equal_sv(double *d, double a, const double *b, size_t n);
int reuse_lanes_not_equal(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_not_equal_vs(double *d, const double *a, double b, size_t n);
int reuse_lanes_not_equal_sv(double *d, double a, const double *b, size_t n);

int reuse_lanes_and(double *d, const double *a, const double *b, size_t n);
int reuse_lanes_or(double *d, const double *a, const double *b, size_t n);
/// 1 - a.
int reuse_lanes_not(double *d, const double *a, size_t n);
/// |a - b| <= tolerance.
int reuse_lanes_within(double *d, const double *a, const double *b, const double *tolerance, size_t n);
/// |a - b| <= share |b|.
int reuse_lanes_within_share(double *d, const double *a, const double *b, const double *share, size_t n);

int reuse_lanes_negate(double *d, const double *a, size_t n);
int reuse_lanes_abs(double *d, const double *a, size_t n);
int reuse_lanes_exp(double *d, const double *a, size_t n);
int reuse_lanes_log(double *d, const double *a, size_t n);
int reuse_lanes_log2(double *d, const double *a, size_t n);
int reuse_lanes_log10(double *d, const double *a, size_t n);
int reuse_lanes_log1p(double *d, const double *a, size_t n);
int reuse_lanes_expm1(double *d, const double *a, size_t n);
int reuse_lanes_sqrt(double *d, const double *a, size_t n);
int reuse_lanes_floor(double *d, const double *a, size_t n);
int reuse_lanes_ceil(double *d, const double *a, size_t n);
int reuse_lanes_round(double *d, const double *a, size_t n);
int reuse_lanes_trunc(double *d, const double *a, size_t n);
int reuse_lanes_normal_cdf(double *d, const double *a, size_t n);
int reuse_lanes_normal_quantile(double *d, const double *a, size_t n);
int reuse_lanes_gamma(double *d, const double *a, size_t n);
int reuse_lanes_log_gamma(double *d, const double *a, size_t n);
/// before + weight (after - before), each operation rounded; nonzero where a result is infinite or NaN.
int reuse_lanes_blend(double *d, const double *before, const double *weight, const double *after, size_t n);

/// Copies, bit for bit, a where the mask is not zero and b elsewhere.
void reuse_lanes_select(double *d, const double *mask, const double *a, const double *b, size_t n);
void reuse_lanes_fill(double *d, double value, size_t n);

/// Nonzero if some lane is NaN.
int reuse_lanes_any_nan(const double *a, size_t n);
/// Nonzero if some lane is 1.
int reuse_lanes_any_true(const double *a, size_t n);
/// Nonzero if each lane is 1.
int reuse_lanes_all_true(const double *a, size_t n);

// Sums over 256 lanes, in this order: partial sum j, of 32, takes terms j, j + 32, j + 64, ... one after another; then
// sums 16 apart are added, then 8, 4, 2 and 1 apart. Each operation is rounded; nothing is fused.

double reuse_sum_256(const double *a);
/// The sum of (a - center)^2.
double reuse_sum_squares_256(const double *a, double center);
/// The sum of a b.
double reuse_dot_256(const double *a, const double *b);

// Cohorts of stocks, in rows of lanes one after the other, oldest first: 32, 64, 128 or 256 of them. Each term is added with its product, fused.

/// Adds what is left of `count` cohorts: sum += amounts[e] * survival[count - 1 - e] for e = 0, 1, ..., lane by lane.
void reuse_cohorts_add(double *sum, const double *amounts, const double *survival, size_t count, size_t lanes);
/// The same with one survival for all lanes.
void reuse_cohorts_add_shared(double *sum, const double *amounts, const double *survival, size_t count, size_t lanes);
/// What is left of `count` cohorts of one lane.
double reuse_cohorts_dot(const double *amounts, const double *survival, size_t count);
/// Nonzero if no lane is below zero, infinite or NaN.
int reuse_cohorts_all_plain(const double *a, size_t n);
/// All steps of a stock at once: what is there at the end of each, and (unless null) what went in it. `inflow` is a rate,
/// `span` the length of a step. From the age `alive` on nothing is left. `survival` is shared by all lanes or has rows;
/// so has `left`, what is left of `initial` (null where there was nothing) at the end of each step. Bit for bit what the
/// functions above give step by step. Zero, and nothing to be relied on, where an inflow is negative, infinite or NaN.
int reuse_cohorts_history(
    double *level, double *retired, const double *inflow, const double *survival, int shared, const double *initial,
    const double *left, int left_shared, double span, size_t steps, size_t alive,
    size_t lanes, double *scratch);
/// The same for one lane: what flows in at step t is `inflow[t * stride]`; `left` is null where there was nothing.
int reuse_cohorts_history_one(
    double *level, double *retired, const double *inflow, size_t stride, const double *survival, double initial,
    const double *left, double span, size_t steps, double *scratch);
/// How many numbers `scratch` holds for either, from a multiple of 64 bytes on.
size_t reuse_cohorts_history_scratch(size_t steps);
/// d = max(0, opening + entered - left - level) / span.
void reuse_cohorts_retired(
    double *d, const double *opening, const double *entered, const double *left, const double *level, double span,
    size_t n);

/// Numbers that are 0, and giving them back. Memory that is never touched costs nothing. Null where there is none.
double *reuse_allocate_zeros(size_t count);
/// Numbers that may be anything, in large pages where they are many.
double *reuse_allocate_lanes(size_t count);
void reuse_free_numbers(double *numbers);

// Order statistics

/// The values at some places of the sorted order, exactly: `out[r]` is the value with `ranks[r]` values before it. Ranks
/// ascend and lie below `count`, which is below 2^32. NaNs come last. Linear in `count`, whatever the values are.
/// `scratch` holds `reuse_order_statistics_scratch(count)` numbers.
void reuse_order_statistics(
    const double *values, size_t count, const size_t *ranks, size_t rank_count, double *out, uint64_t *scratch);
size_t reuse_order_statistics_scratch(size_t count);

// Instruction sets. The fastest that the machine offers is chosen at start; all give the same bits.

/// The level in force: 0 what the compiler assumes everywhere, 1 AVX2 and FMA, 2 AVX-512; always 0 on other processors.
int reuse_kernels_level(void);
/// Puts a level in force, or the highest that the machine offers if that is less, and returns it. For tests and
/// benchmarks: not while another thread computes.
int reuse_kernels_set_level(int level);

#ifdef __cplusplus
}
#endif

#endif
