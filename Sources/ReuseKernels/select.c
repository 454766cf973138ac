// Order statistics without sorting: what stands at given places of the sorted values.

#include "ReuseKernels.h"

// A double as an unsigned number in the same order. NaNs come after everything else.
static inline uint64_t ordered_key(double x) {
    uint64_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits ^ ((uint64_t)((int64_t)bits >> 63) | 0x8000000000000000u);
}

static inline double from_ordered_key(uint64_t key) {
    uint64_t bits = key ^ ((key >> 63) != 0 ? 0x8000000000000000u : 0xffffffffffffffffu);
    double x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

#define SMALL 48
#define MOST_RANKS 64
#define MOST_BUCKETS 65536

static void sort_small(uint64_t *keys, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t place = i;
        for (; place > 0 && keys[place - 1] > key; place--) keys[place] = keys[place - 1];
        keys[place] = key;
    }
}

static unsigned buckets_for(size_t count) {
    unsigned buckets = 64;
    while (buckets < MOST_BUCKETS && buckets < count / 4) buckets *= 2;
    return buckets;
}

/// The smallest shift that brings a span below the number of buckets.
static unsigned shift_for(uint64_t span, unsigned buckets) {
    unsigned shift = 0;
    while ((span >> shift) >= buckets) shift++;
    return shift;
}

/// Finds ranks (ascending, below count) among keys, whose order is changed. Each turn keeps the buckets that hold a rank;
/// the span of keys falls by the number of buckets each time, so there are few turns whatever the values are.
static void select_keys(
    uint64_t *keys, size_t count, const size_t *ranks, size_t rank_count, size_t before, double *out,
    uint32_t *counts
) {
    while (rank_count > 0) {
        if (count <= SMALL) {
            sort_small(keys, count);
            for (size_t r = 0; r < rank_count; r++) out[r] = from_ordered_key(keys[ranks[r] - before]);
            return;
        }
        uint64_t low = keys[0], high = keys[0];
        for (size_t i = 1; i < count; i++) {
            low = keys[i] < low ? keys[i] : low;
            high = keys[i] > high ? keys[i] : high;
        }
        if (low == high) {
            for (size_t r = 0; r < rank_count; r++) out[r] = from_ordered_key(low);
            return;
        }
        unsigned buckets = buckets_for(count);
        unsigned shift = shift_for(high - low, buckets);
        __builtin_memset(counts, 0, buckets * sizeof *counts);
        for (size_t i = 0; i < count; i++) counts[(keys[i] - low) >> shift]++;
        // The bucket of the first rank; the ranks that share it are found together, the others after.
        size_t passed = before;
        unsigned bucket = 0;
        while (passed + counts[bucket] <= ranks[0]) passed += counts[bucket++];
        size_t inside = counts[bucket], together = 1;
        while (together < rank_count && ranks[together] < passed + inside) together++;
        // Keys of the bucket go to the front, those above it behind them; those below are done with.
        size_t front = 0, upper = 0;
        if (together == rank_count) {
            for (size_t i = 0; i < count; i++) {
                uint64_t key = keys[i];
                keys[front] = key;
                front += (key - low) >> shift == bucket;
            }
            count = inside;
            before = passed;
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            uint64_t key = keys[i], place = (key - low) >> shift;
            if (place < bucket) continue;
            if (place == bucket) {
                keys[upper++] = keys[front];
                keys[front++] = key;
            } else {
                keys[upper++] = key;
            }
        }
        // Counts are used anew by the inner call, and by the next turn.
        select_keys(keys, inside, ranks, together, passed, out, counts);
        keys += inside;
        count = upper - inside;
        before = passed + inside;
        ranks += together;
        out += together;
        rank_count -= together;
    }
}

/// One pass for up to MOST_RANKS ranks: only the keys of buckets that hold a rank are copied.
static void order_statistics(
    const double *values, size_t count, const size_t *ranks, size_t rank_count, double *out, uint64_t *keys,
    uint32_t *counts, uint32_t *inner_counts
) {
    uint64_t low = ordered_key(values[0]), high = low;
    for (size_t i = 1; i < count; i++) {
        uint64_t key = ordered_key(values[i]);
        low = key < low ? key : low;
        high = key > high ? key : high;
    }
    unsigned buckets = buckets_for(count);
    unsigned shift = shift_for(high - low, buckets);
    __builtin_memset(counts, 0, buckets * sizeof *counts);
    for (size_t i = 0; i < count; i++) counts[(ordered_key(values[i]) - low) >> shift]++;

    struct {
        size_t start, count, below, first_rank, ranks;
    } wanted[MOST_RANKS];
    size_t wanted_count = 0, below = 0, kept = 0, next = 0;
    for (unsigned bucket = 0; bucket < buckets; bucket++) {
        size_t inside = counts[bucket], first = next;
        while (next < rank_count && ranks[next] < below + inside) next++;
        // One more than where the bucket's next key goes; 0 where its keys are not wanted.
        counts[bucket] = 0;
        if (next > first) {
            wanted[wanted_count].start = kept;
            wanted[wanted_count].count = inside;
            wanted[wanted_count].below = below;
            wanted[wanted_count].first_rank = first;
            wanted[wanted_count].ranks = next - first;
            wanted_count++;
            counts[bucket] = (uint32_t)kept + 1;
            kept += inside;
        }
        below += inside;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t key = ordered_key(values[i]);
        uint32_t *place = &counts[(key - low) >> shift];
        if (*place != 0) keys[(*place)++ - 1] = key;
    }
    for (size_t i = 0; i < wanted_count; i++) {
        select_keys(
            keys + wanted[i].start, wanted[i].count, ranks + wanted[i].first_rank, wanted[i].ranks, wanted[i].below,
            out + wanted[i].first_rank, inner_counts);
    }
}

size_t reuse_order_statistics_scratch(size_t count) {
    return count + 2 * buckets_for(count) * sizeof(uint32_t) / sizeof(uint64_t);
}

void reuse_order_statistics(
    const double *values, size_t count, const size_t *ranks, size_t rank_count, double *out, uint64_t *scratch
) {
    if (count == 0) return;
    uint32_t *counts = (uint32_t *)(scratch + count);
    uint32_t *inner_counts = counts + buckets_for(count);
    for (size_t start = 0; start < rank_count; start += MOST_RANKS) {
        size_t some = rank_count - start < MOST_RANKS ? rank_count - start : MOST_RANKS;
        order_statistics(values, count, ranks + start, some, out + start, scratch, counts, inner_counts);
    }
}
