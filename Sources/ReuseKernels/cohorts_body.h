// Sums over cohorts, once for each instruction set. Terms are added oldest first, each fused with its product, so that every
// level gives the same bits, and a sum the same whether it is made step by step or for all steps at once.

static void REUSE_VARIANT(cohorts_add)(double *sum, const double *amounts, const double *survival, size_t count, size_t lanes) {
    for (size_t base = 0; base < lanes; base += COHORT_TILE) {
        double own[COHORT_TILE];
        for (size_t i = 0; i < COHORT_TILE; i++) own[i] = sum[base + i];
        for (size_t e = 0; e < count; e++) {
            const double *a = amounts + e * lanes + base;
            const double *s = survival + (count - 1 - e) * lanes + base;
            for (size_t i = 0; i < COHORT_TILE; i++) own[i] = __builtin_fma(a[i], s[i], own[i]);
        }
        for (size_t i = 0; i < COHORT_TILE; i++) sum[base + i] = own[i];
    }
}

static void REUSE_VARIANT(cohorts_add_shared)(
    double *sum, const double *amounts, const double *survival, size_t count, size_t lanes) {
    for (size_t base = 0; base < lanes; base += COHORT_TILE) {
        double own[COHORT_TILE];
        for (size_t i = 0; i < COHORT_TILE; i++) own[i] = sum[base + i];
        for (size_t e = 0; e < count; e++) {
            const double *a = amounts + e * lanes + base;
            const double s = survival[count - 1 - e];
            for (size_t i = 0; i < COHORT_TILE; i++) own[i] = __builtin_fma(a[i], s, own[i]);
        }
        for (size_t i = 0; i < COHORT_TILE; i++) sum[base + i] = own[i];
    }
}

static double REUSE_VARIANT(cohorts_dot)(const double *amounts, const double *survival, size_t count) {
    double own = 0;
    for (size_t e = 0; e < count; e++) own = __builtin_fma(amounts[e], survival[count - 1 - e], own);
    return own;
}

static int REUSE_VARIANT(cohorts_all_plain)(const double *a, size_t n) {
    // Not below zero, not infinite and no NaN.
    uint64_t flagged = 0;
    for (size_t i = 0; i < n; i++) flagged |= !(a[i] >= 0 && a[i] < HUGE_VAL);
    return flagged == 0;
}

static inline double REUSE_VARIANT(gone)(double opening, double entered, double left, double level) {
    const double gone = ((opening + entered) - left) - level;
    return gone > 0 ? gone : 0;
}

static void REUSE_VARIANT(cohorts_retired)(
    double *d, const double *opening, const double *entered, const double *left, const double *level, double span,
    size_t n) {
    for (size_t i = 0; i < n; i++) d[i] = REUSE_VARIANT(gone)(opening[i], entered[i], left[i], level[i]);
    if (span != 1)
        for (size_t i = 0; i < n; i++) d[i] /= span;
}

// Four steps at once for a few lanes: what entered is read once for all of them. Rows lie a power of two apart, which
// caches are bad at, so the lanes are brought together first.
#define COHORT_STEPS 4
#define EIGHT REUSE_VARIANT(eight_lanes)

typedef double EIGHT __attribute__((vector_size(64)));

static void REUSE_VARIANT(gather)(double *to, const double *from, size_t stride, size_t rows) {
    for (size_t t = 0; t < rows; t++)
        for (size_t i = 0; i < COHORT_NARROW; i++) to[t * COHORT_NARROW + i] = from[t * stride + (stride > 1 ? i : 0)];
}

// Adds the entries from `from` up to `to` to one step.
static inline void REUSE_VARIANT(some)(EIGHT own[2], const EIGHT *entered, const EIGHT *survival, size_t t, size_t from, size_t to) {
    for (size_t e = from; e < to; e++) {
        own[0] = __builtin_elementwise_fma(entered[2 * e], survival[2 * (t - e)], own[0]);
        own[1] = __builtin_elementwise_fma(entered[2 * e + 1], survival[2 * (t - e) + 1], own[1]);
    }
}

static int REUSE_VARIANT(cohorts_history)(
    double *level, double *retired, const double *inflow, const double *survival, int shared, const double *initial,
    const double *left, int left_shared, double span, size_t steps, size_t alive,
    size_t lanes, double *scratch) {
    double *const entered_lanes = scratch;
    double *const survival_lanes = scratch + steps * COHORT_NARROW;
    double *const level_lanes = scratch + 2 * steps * COHORT_NARROW;
    const EIGHT *const entered = (const EIGHT *)entered_lanes;
    const EIGHT *const shares = (const EIGHT *)survival_lanes;
    static const double none[COHORT_LANES] = {0};
    if (shared) REUSE_VARIANT(gather)(survival_lanes, survival, 1, steps);
    for (size_t base = 0; base < lanes; base += COHORT_NARROW) {
        uint64_t flagged = 0;
        for (size_t t = 0; t < steps; t++)
            for (size_t i = 0; i < COHORT_NARROW; i++) {
                const double own = inflow[t * lanes + base + i] * span;
                flagged |= !(own >= 0 && own < HUGE_VAL);
                entered_lanes[t * COHORT_NARROW + i] = own;
            }
        if (flagged) return 0;
        if (!shared) REUSE_VARIANT(gather)(survival_lanes, survival + base, lanes, steps);
        for (size_t t = 0; t < steps; t += COHORT_STEPS) {
            const size_t width = steps - t < COHORT_STEPS ? steps - t : COHORT_STEPS;
            EIGHT own[COHORT_STEPS][2] = {{{0}}};
            // From this entry on until the first of the steps, all of them go together.
            size_t first = t + COHORT_STEPS > alive ? t + COHORT_STEPS - alive : 0;
            size_t last = t + 1;
            if (width < COHORT_STEPS || first > last) first = last = 0;
            for (size_t j = 0; j < width; j++)
                if (last > 0) REUSE_VARIANT(some)(own[j], entered, shares, t + j, t + j + 1 > alive ? t + j + 1 - alive : 0, first);
            if (first < last) {
                // The ages of an entry at the four steps are those of the entry before, one step on.
                const EIGHT *s = shares + 2 * (t - first);
                EIGHT a0 = s[0], b0 = s[1], a1 = s[2], b1 = s[3], a2 = s[4], b2 = s[5], a3 = s[6], b3 = s[7];
                EIGHT x0 = own[0][0], y0 = own[0][1], x1 = own[1][0], y1 = own[1][1];
                EIGHT x2 = own[2][0], y2 = own[2][1], x3 = own[3][0], y3 = own[3][1];
                for (size_t e = first; e < last; e++) {
                    const EIGHT low = entered[2 * e], high = entered[2 * e + 1];
                    x0 = __builtin_elementwise_fma(low, a0, x0);
                    y0 = __builtin_elementwise_fma(high, b0, y0);
                    x1 = __builtin_elementwise_fma(low, a1, x1);
                    y1 = __builtin_elementwise_fma(high, b1, y1);
                    x2 = __builtin_elementwise_fma(low, a2, x2);
                    y2 = __builtin_elementwise_fma(high, b2, y2);
                    x3 = __builtin_elementwise_fma(low, a3, x3);
                    y3 = __builtin_elementwise_fma(high, b3, y3);
                    a3 = a2, b3 = b2, a2 = a1, b2 = b1, a1 = a0, b1 = b0;
                    // Behind the last there is nothing to read.
                    const size_t next = e + 1 < last ? t - e - 1 : 0;
                    a0 = shares[2 * next], b0 = shares[2 * next + 1];
                }
                own[0][0] = x0, own[0][1] = y0, own[1][0] = x1, own[1][1] = y1;
                own[2][0] = x2, own[2][1] = y2, own[3][0] = x3, own[3][1] = y3;
            }
            for (size_t j = 0; j < width; j++) {
                const size_t oldest = t + j + 1 > alive ? t + j + 1 - alive : 0;
                REUSE_VARIANT(some)(own[j], entered, shares, t + j, last > oldest ? last : oldest, t + j + 1);
                __builtin_memcpy(level_lanes + (t + j) * COHORT_NARROW, own[j], sizeof own[j]);
            }
        }
        if (initial)
            for (size_t t = 0; t < steps; t++) {
                const double *l = left + t * (left_shared ? 1 : lanes) + (left_shared ? 0 : base);
                for (size_t i = 0; i < COHORT_NARROW; i++)
                    level_lanes[t * COHORT_NARROW + i] += initial[base + i] * l[left_shared ? 0 : i];
            }
        // Written at the end, since what is written far apart is slow to read again.
        for (size_t t = 0; t < steps; t++)
            __builtin_memcpy(
                level + t * lanes + base, level_lanes + t * COHORT_NARROW, COHORT_NARROW * sizeof(double));
    }
    // Row by row: together with the levels it would be written to places that get into each other's way.
    for (size_t t = 0; retired && t < steps; t++) {
        const double *const now = level + t * lanes;
        const double *const before = t > 0 ? now - lanes : initial ? initial : none;
        const double *const in = inflow + t * lanes;
        double *const target = retired + t * lanes;
        for (size_t i = 0; i < lanes; i++)
            target[i] = REUSE_VARIANT(gone)(before[i], in[i] * span, 0, now[i]);
        if (span != 1)
            for (size_t i = 0; i < lanes; i++) target[i] /= span;
    }
    return 1;
}

// One lane: sixteen steps at once. Before age 0 nothing is there, which zeros say.
static int REUSE_VARIANT(cohorts_history_one)(
    double *level, double *retired, const double *inflow, size_t stride, const double *survival, double initial,
    const double *left, double span, size_t steps, double *scratch) {
    const size_t width = 2 * sizeof(EIGHT) / sizeof(double);
    double *const entered = scratch, *const shares = scratch + steps + width;
    uint64_t flagged = 0;
    for (size_t t = 0; t < steps; t++) {
        entered[t] = inflow[t * stride] * span;
        flagged |= !(entered[t] >= 0 && entered[t] < HUGE_VAL);
        shares[t] = survival[t];
    }
    if (flagged) return 0;
    for (size_t i = 0; i < width; i++) (shares - width)[i] = shares[steps + i] = 0;
    for (size_t t = 0; t < steps; t += width) {
        EIGHT low = {0}, high = {0};
        const size_t last = t + width < steps ? t + width : steps;
        for (size_t e = 0; e < last; e++) {
            EIGHT a, s;
            const double *const from = shares + t - e;
            const EIGHT amount = entered[e] - (EIGHT){0};
            __builtin_memcpy(&a, from, sizeof a);
            __builtin_memcpy(&s, from + 8, sizeof s);
            low = __builtin_elementwise_fma(amount, a, low);
            high = __builtin_elementwise_fma(amount, s, high);
        }
        double own[16];
        __builtin_memcpy(own, &low, sizeof low);
        __builtin_memcpy(own + 8, &high, sizeof high);
        for (size_t j = 0; t + j < last; j++) level[t + j] = own[j];
    }
    double before = left ? initial : 0;
    for (size_t t = 0; t < steps; t++) {
        if (left) level[t] += initial * left[t];
        if (retired) {
            const double own = REUSE_VARIANT(gone)(before, entered[t], 0, level[t]);
            retired[t] = span != 1 ? own / span : own;
        }
        before = level[t];
    }
    return 1;
}

#undef EIGHT
#undef COHORT_STEPS
