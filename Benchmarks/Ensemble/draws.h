// Draws of the six inputs: a generator and a normal draw that are as fast as plain C makes them.
#include <math.h>
#include <stdint.h>

static uint64_t state[4] = {1, 2, 3, 4};

static inline uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/// xoshiro256+
static inline double uniform(void) {
    uint64_t result = state[0] + state[3], t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 45);
    return ((result >> 12) + 0.5) * 0x1p-52;
}

/// The polar method; its second draw is kept for the next call.
static inline double normal(void) {
    static double kept;
    static int has_kept;
    if (has_kept) {
        has_kept = 0;
        return kept;
    }
    double x, y, s;
    do {
        x = 2 * uniform() - 1;
        y = 2 * uniform() - 1;
        s = x * x + y * y;
    } while (s >= 1 || s == 0);
    double f = sqrt(-2 * log(s) / s);
    kept = y * f;
    has_kept = 1;
    return x * f;
}

/// Lognormal with these 5% and 95% quantiles.
static inline double range(double low, double high) {
    return exp((log(low) + log(high)) / 2 + (log(high) - log(low)) / (2 * 1.6448536269514722) * normal());
}
