// Sums over cohorts, once for each instruction set. Products and sums are rounded apart, so that every level gives the
// same bits.

#define COHORT_LANES 256
#define COHORT_TILE 32

static void REUSE_VARIANT(cohorts_add)(double *sum, const double *amounts, const double *survival, size_t count) {
    for (size_t base = 0; base < COHORT_LANES; base += COHORT_TILE) {
        double own[COHORT_TILE];
        for (size_t i = 0; i < COHORT_TILE; i++) own[i] = sum[base + i];
        for (size_t e = 0; e < count; e++) {
            const double *a = amounts + e * COHORT_LANES + base;
            const double *s = survival + (count - 1 - e) * COHORT_LANES + base;
            for (size_t i = 0; i < COHORT_TILE; i++) own[i] += a[i] * s[i];
        }
        for (size_t i = 0; i < COHORT_TILE; i++) sum[base + i] = own[i];
    }
}

static void REUSE_VARIANT(cohorts_add_shared)(
    double *sum, const double *amounts, const double *survival, size_t count) {
    for (size_t base = 0; base < COHORT_LANES; base += COHORT_TILE) {
        double own[COHORT_TILE];
        for (size_t i = 0; i < COHORT_TILE; i++) own[i] = sum[base + i];
        for (size_t e = 0; e < count; e++) {
            const double *a = amounts + e * COHORT_LANES + base;
            const double s = survival[count - 1 - e];
            for (size_t i = 0; i < COHORT_TILE; i++) own[i] += a[i] * s;
        }
        for (size_t i = 0; i < COHORT_TILE; i++) sum[base + i] = own[i];
    }
}

static double REUSE_VARIANT(cohorts_dot)(const double *amounts, const double *survival, size_t count) {
    double own[8] = {0};
    size_t e = 0;
    for (; e + 8 <= count; e += 8) {
        for (size_t i = 0; i < 8; i++) own[i] += amounts[e + i] * survival[count - 1 - e - i];
    }
    for (size_t i = 0; e < count; e++, i++) own[i] += amounts[e] * survival[count - 1 - e];
    return ((own[0] + own[4]) + (own[2] + own[6])) + ((own[1] + own[5]) + (own[3] + own[7]));
}

static int REUSE_VARIANT(cohorts_all_plain)(const double *a, size_t n) {
    // Not below zero, not infinite and no NaN.
    uint64_t flagged = 0;
    for (size_t i = 0; i < n; i++) flagged |= !(a[i] >= 0 && a[i] < HUGE_VAL);
    return flagged == 0;
}

static void REUSE_VARIANT(cohorts_retired)(
    double *d, const double *opening, const double *entered, const double *left, const double *level, double span,
    size_t n) {
    for (size_t i = 0; i < n; i++) {
        double gone = ((opening[i] + entered[i]) - left[i]) - level[i];
        d[i] = (gone > 0 ? gone : 0) / span;
    }
}

#undef COHORT_LANES
#undef COHORT_TILE
