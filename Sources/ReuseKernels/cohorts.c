// Cohorts of stocks: what is left of what entered.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

#include <math.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif
#include "ReuseKernels.h"
#include "levels.h"

#define COHORT_LANES 256
#define COHORT_TILE 32
#define COHORT_NARROW 16

#define REUSE_VARIANT(name) name##_plain
#include "cohorts_body.h"
#undef REUSE_VARIANT

#if REUSE_THREE_LEVELS

#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V3))), apply_to = function)
#define REUSE_VARIANT(name) name##_v3
#include "cohorts_body.h"
#undef REUSE_VARIANT
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V4))), apply_to = function)
#define REUSE_VARIANT(name) name##_v4
#include "cohorts_body.h"
#undef REUSE_VARIANT
#pragma clang attribute pop

#endif

void reuse_cohorts_add(double *sum, const double *amounts, const double *survival, size_t count, size_t lanes) {
    REUSE_CHOOSE(cohorts_add, sum, amounts, survival, count, lanes);
}

void reuse_cohorts_add_shared(double *sum, const double *amounts, const double *survival, size_t count, size_t lanes) {
    REUSE_CHOOSE(cohorts_add_shared, sum, amounts, survival, count, lanes);
}

double reuse_cohorts_dot(const double *amounts, const double *survival, size_t count) {
    return REUSE_CHOOSE(cohorts_dot, amounts, survival, count);
}

int reuse_cohorts_all_plain(const double *a, size_t n) { return REUSE_CHOOSE(cohorts_all_plain, a, n); }

size_t reuse_cohorts_history_scratch(size_t steps) { return 3 * COHORT_NARROW * steps + 3 * COHORT_NARROW; }

int reuse_cohorts_history(
    double *level, double *retired, const double *inflow, const double *survival, int shared, const double *initial,
    const double *left, int left_shared, double span, size_t steps, size_t alive,
    size_t lanes, double *scratch) {
    return REUSE_CHOOSE(
        cohorts_history, level, retired, inflow, survival, shared, initial, left, left_shared, span, steps, alive,
        lanes, scratch);
}

int reuse_cohorts_history_one(
    double *level, double *retired, const double *inflow, size_t stride, const double *survival, double initial,
    const double *left, double span, size_t steps, double *scratch) {
    return REUSE_CHOOSE(
        cohorts_history_one, level, retired, inflow, stride, survival, initial, left, span, steps, scratch);
}

void reuse_cohorts_retired(
    double *d, const double *opening, const double *entered, const double *left, const double *level, double span,
    size_t n) {
    REUSE_CHOOSE(cohorts_retired, d, opening, entered, left, level, span, n);
}

double *reuse_allocate_zeros(size_t count) { return calloc(count, sizeof(double)); }

double *reuse_allocate_lanes(size_t count) {
    const size_t page = (size_t)1 << 21, size = (count * sizeof(double) + page - 1) & ~(page - 1);
    if (count > ((size_t)1 << 60) / sizeof(double)) return NULL;
    if (count * sizeof(double) < 2 * page) return malloc(count * sizeof(double));
    double *numbers = aligned_alloc(page, size);
#ifdef MADV_HUGEPAGE
    // Rows of many values are read side by side: with small pages the processor looks for each.
    if (numbers) madvise(numbers, size, MADV_HUGEPAGE);
#endif
    return numbers;
}

void reuse_free_numbers(double *numbers) { free(numbers); }
