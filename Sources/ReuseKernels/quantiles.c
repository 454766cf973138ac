// Quantiles of the gamma and the beta distribution.
//
// Method. Both are written as one family. With the kernel k(x) = x^a e^-x, or x^a (1 - x)^b, and the weight dx / x, or
// dx / (x (1 - x)), the mass below x is k(x) times
//   a series of positive terms: 1/a sum of prod (c + n v) / (a + 1 + n), Abramowitz & Stegun (1964) 6.5.29 and 26.5.4, or
//   a continued fraction 1 / (X0 + Y1 / (X1 + ...)): Nörlund's, DLMF 15.7.5 after DLMF 15.8.1, which for the gamma
//   distribution becomes Legendre's (DLMF 8.9.2) above and that of M(1, a + 1, x) (DLMF 13.5) below the mean.
// The mass of the whole is the sum of both sides of one point, so no gamma function is needed and nothing cancels.
//
//   narrow (the lesser parameter up to 25): the series below a point a little above the mean, the fraction above it.
//   wide: between -2 and 2 standard deviations the density's Taylor series about the mean, integrated; the fraction, which
//   converges in 50 terms there, in both tails. So the time does not grow with the parameters.
//
// The equation is solved for the logarithm of the mass in the tail that is asked for, as a function of log x (of the
// logit for beta; of x where both parameters are above 1). That function is increasing and concave, so Newton's method
// converges from everywhere; three derivatives, which follow from the density, make one or two steps enough.
//
// The largest relative error seen against mpmath, for p from 2^-53 to 1 - 2^-53: 4e-14 for parameters from 0.05 to 10,000
// (to 1,000,000 for gamma), 9e-13 for a gamma of shape 0.001, whose logarithm spreads over thousands. At most 60 steps are
// taken anywhere.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

#include "ReuseKernels.h"

// No multiply-add is fused in this file, so it needs no variant for machines that have it.

#define WIDE_ABOVE 25.0
#define TERMS 52
/// Where the tails of a wide distribution begin, in standard deviations.
#define TAIL 2.0
#define MOST_STEPS 60

/// A gamma or beta distribution with what depends on its parameters alone.
typedef struct {
    /// The lesser parameter first; b is not used for gamma.
    double a, b;
    int is_beta, is_swapped, is_wide;
    /// The mean where wide; else a point above it. `rest` is 1 - split, for gamma 1.
    double split, rest;
    /// Mass of the whole in units of the kernel at the split.
    double total;
    /// Mass below and above the centre: the split, or for a wide one -TAIL and TAIL.
    double below, above;
    // Wide only.
    double scale, slope, inverse_count;
    /// Mass on the two sides of the mean, and what the series has to be multiplied with.
    double lower_half, upper_half, unit;
    double density[TERMS];
} distribution;

/// A value between 0 and 1 and what is left of 1, each to its last digit.
typedef struct {
    double x, y;
} pair;

static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }
static double magnitude(double a) { return a < 0.0 ? -a : a; }

/// 1 + c / d + c (c + v) / (d (d + 1)) + c (c + v) (c + 2 v) / ...
static double series(double c, double v, double d) {
    double term = 1.0, sum = 1.0;
    for (int n = 0; n < 5000; n++) {
        term *= (c + (double)n * v) / (d + (double)n);
        sum += term;
        if (term < sum * 0x1p-56) break;
    }
    return sum;
}

/// 1 / (X0 + Y1 / (X1 + Y2 / (X2 + ...))) with Xn = start + n step and Yn = n (linear - n square).
static double fraction(double start, double step, double linear, double square) {
    // An equivalent fraction with terms near 1, so that nothing overflows.
    double unit = 1.0 / reuse_sqrt(larger(linear, 1.0));
    start *= unit;
    step *= unit;
    linear *= unit * unit;
    square *= unit * unit;
    double a0 = 1.0, a1 = start, b0 = 0.0, b1 = 1.0;
    double value = 0.0;
    for (int n = 1; n < 20000; n += 8) {
        for (int i = n; i < n + 8; i++) {
            double x = start + (double)i * step;
            double y = (double)i * (linear - (double)i * square);
            double a2 = x * a1 + y * a0, b2 = x * b1 + y * b0;
            a0 = a1;
            a1 = a2;
            b0 = b1;
            b1 = b2;
        }
        double inverse = 1.0 / a1;
        a0 *= inverse;
        b0 *= inverse;
        b1 *= inverse;
        a1 = 1.0;
        if (magnitude(b1 - value) <= b1 * 0x1p-52) break;
        value = b1;
    }
    return b1 * unit;
}

// Narrow distributions.

/// The kernel at x, in units of that at the split.
static double narrow_kernel(const distribution *d, double x, double y) {
    double power = reuse_pow(x / d->split, d->a);
    if (!d->is_beta) return power * reuse_exp(d->split - x);
    // The lesser of x and 1 - x is the one that is known to its last digit.
    if (x <= 0.5) return power * reuse_exp(d->b * reuse_log1p((d->split - x) / d->rest));
    return power * reuse_pow(y / d->rest, d->b);
}

static double narrow_below(const distribution *d, double x) {
    if (!d->is_beta) return series(x, 0.0, d->a + 1.0);
    return series((d->a + d->b) * x, x, d->a + 1.0);
}

static double narrow_above(const distribution *d, double x, double y) {
    if (!d->is_beta) return d->a * fraction(x + 1.0 - d->a, 2.0, d->a, 1.0);
    return d->a * fraction((d->a + d->b) * x - d->a + y, 1.0 + y, d->a * y, y);
}

static void set_up_narrow(distribution *d) {
    double split = d->a + reuse_sqrt(d->a) + 1.0;
    d->split = d->is_beta ? smaller(split / (d->a + d->b + 1.0), 0.5) : split;
    d->rest = d->is_beta ? 1.0 - d->split : 1.0;
    double below = narrow_below(d, d->split), above = narrow_above(d, d->split, d->rest);
    d->total = below + above;
    d->below = below / d->total;
    d->above = above / d->total;
}

/// Carter's approximation (1947) to the beta quantile, for parameters above 1. Abramowitz & Stegun 26.5.22.
static pair beta_guess(double a, double b, double z) {
    double u = 1.0 / (2.0 * a - 1.0), v = 1.0 / (2.0 * b - 1.0);
    double h = 2.0 / (u + v);
    double l = (z * z - 3.0) / 6.0;
    double w = -z * reuse_sqrt(h + l) / h - (v - u) * (l + 5.0 / 6.0 - 2.0 / (3.0 * h));
    double ratio = reuse_exp(2.0 * w);
    return (pair){a / (a + b * ratio), b * ratio / (a + b * ratio)};
}

/// Wilson and Hilferty's approximation (1931) to the gamma quantile.
static double gamma_guess(double a, double z) {
    double root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * reuse_sqrt(a));
    return a * root * root * root;
}

/// A step towards `wanted`, where the logarithm of the mass grows at `rate` and the density's logarithm has derivatives
/// `first` and `second`. `is_last` is set where the next step would be below rounding.
static double step_to(
    double wanted, double mass, double rate, double first, double second, int *is_last
) {
    double newton = reuse_log(wanted / mass) / rate;
    double half = 0.5 * (first - rate);
    double third = (2.0 * half * half + second - 2.0 * half * rate) / 6.0;
    double factor = 1.0 + half * newton + (third - half * half) * newton * newton;
    double size = newton * newton * (half * half + magnitude(second));
    // Far away the higher derivatives mislead; half and twice Newton's step are safe.
    if (!(size < 0.25)) factor = larger(0.5, 1.0 + half * newton);
    // The error left is of the order of the fourth power, as long as the derivatives hold along the step.
    *is_last = magnitude(newton) < 0.1 && size * size * size * (newton * newton) < 1e-34;
    return newton / factor;
}

/// Where to begin, in the tail that is asked for.
static pair narrow_guess(const distribution *d, double p, double q, int is_lower) {
    double a = d->a, b = d->b, x, y;
    if (is_lower) {
        // From the first terms of the series.
        double at_zero = d->is_beta ? reuse_exp(b * reuse_log1p(-d->split)) : reuse_exp(-d->split);
        double u = d->split * reuse_pow(p * d->total * at_zero, 1.0 / a);
        double bend = (d->is_beta ? b - 1.0 : 1.0) * u / (a + 1.0);
        if (magnitude(bend) < 0.3 || a <= 1.0) {
            x = u * (1.0 + bend + 0.5 * bend * bend * (3.0 * a + 5.0) / (a + 2.0));
        } else {
            double z = reuse_normal_quantile(p);
            x = larger(u, d->is_beta ? beta_guess(a, b, z).x : gamma_guess(a, z));
        }
        x = smaller(x, d->split);
        return (pair){x, d->is_beta ? 1.0 - x : 1.0};
    }
    if (!d->is_beta) {
        if (a > 1.0) {
            x = gamma_guess(a, -reuse_normal_quantile(q));
        } else {
            double l = reuse_log(d->above / q);
            x = d->split + l - (1.0 - a) * reuse_log1p(l / d->split);
        }
        return (pair){larger(x, d->split), 1.0};
    }
    double log_power = reuse_log(q * d->total * (b / a)) + a * reuse_log(d->split);
    double u = d->rest * reuse_exp(log_power / b);
    double bend = (a - 1.0) * u / (b + 1.0);
    pair guess;
    if (b <= 1.0 || (magnitude(bend) < 0.3 && u < 0.5)) {
        y = u * (1.0 + bend);
        guess = (pair){1.0 - y, y};
    } else if (a > 2.0) {
        guess = beta_guess(a, b, -reuse_normal_quantile(q));
    } else {
        // The ratio to the split, less 1: with a great b all values lie so close to 0 that 1 - y would be 0.
        double l = reuse_log(d->above / q);
        double ratio = reuse_expm1(-(l - (1.0 - a) * reuse_log1p(l / (b * d->split))) / b);
        guess = (pair){d->split - d->rest * ratio, d->rest + d->rest * ratio};
    }
    return guess.y < d->rest ? guess : (pair){d->split, d->rest};
}

static pair narrow_quantile(const distribution *d, double p, double q) {
    double a = d->a, b = d->b;
    int is_lower = p <= d->below;
    pair guess = narrow_guess(d, p, q, is_lower);
    double x = guess.x, y = guess.y;
    for (int i = 0; i < MOST_STEPS; i++) {
        if (!(x > 0.0)) {
            x = 0.0;
            y = 1.0;
            break;
        }
        if (!(y > 0.0)) {
            x = 1.0;
            y = 0.0;
            break;
        }
        double density = narrow_kernel(d, x, y) / d->total * a;
        double mass = is_lower ? density / a * narrow_below(d, x) : density / a * narrow_above(d, x, y);
        double first = d->is_beta ? a * y - b * x : a - x;
        double second = d->is_beta ? -(a + b) * x * y : -x;
        double move;
        int is_last = 0;
        if (!(mass > 0.0)) {
            // Too far out for the mass to be a number: half way back.
            move = 0.5 * (reuse_log(d->split / x) + reuse_log(y / d->rest));
        } else if (is_lower) {
            move = step_to(p, mass, density / mass, first, second, &is_last);
        } else {
            move = -step_to(q, mass, density / mass, -first, second, &is_last);
        }
        double factor = reuse_exp(move);
        if (d->is_beta) {
            double sum = y + x * factor;
            x = x * factor / sum;
            y = y / sum;
        } else {
            x *= factor;
        }
        if (is_last) break;
        // The root lies on this side of the split.
        if (is_lower ? !(x <= d->split) : !(x >= d->split)) {
            x = d->split;
            y = d->rest;
        }
    }
    return (pair){x, y};
}

// Wide distributions. w counts standard deviations from the mean: x = split + scale w.

/// log(1 + u) - u.
static double log_beyond(double u) {
    if (magnitude(u) > 0x1p-10) return reuse_log1p(u) - u;
    double sum = 1.0 / 3.0 - u * (1.0 / 4.0 - u * (1.0 / 5.0 - u * (1.0 / 6.0 - u * (1.0 / 7.0))));
    return u * u * (u * sum - 0.5);
}

/// The kernel at w, in units of that at the mean. The linear terms of both logarithms cancel, so they are left out.
static double wide_kernel(const distribution *d, double w) {
    double h = d->scale * w;
    double below = d->a * log_beyond(h / d->split);
    return reuse_exp(d->is_beta ? below + d->b * log_beyond(-h / d->rest) : below);
}

/// The mass beyond w over the kernel at w; beyond is below the mean for a negative w, else above.
static double wide_tail(const distribution *d, double w) {
    double h = d->scale * w;
    double x = d->split + h;
    if (!d->is_beta) {
        return w < 0.0 ? fraction(-h, 1.0, x, 0.0) : fraction(h + 1.0, 2.0, d->a, 1.0);
    }
    double y = d->rest - h, distance = (d->a + d->b) * magnitude(h);
    return w < 0.0
        ? fraction(distance + x, 1.0 + x, d->b * x, x) : fraction(distance + y, 1.0 + y, d->a * y, y);
}

/// The density at w over that at the mean, and its integral from the mean.
static double wide_integral(const distribution *d, double w, double *density) {
    double even = 0.0, odd = 0.0, even_sum = 0.0, odd_sum = 0.0;
    double square = w * w;
    for (int n = TERMS - 2; n >= 0; n -= 2) {
        even = even * square + d->density[n];
        odd = odd * square + d->density[n + 1];
        even_sum = even_sum * square + d->density[n] / (double)(n + 1);
        odd_sum = odd_sum * square + d->density[n + 1] / (double)(n + 2);
    }
    *density = even + w * odd;
    return w * (even_sum + w * odd_sum);
}

static void set_up_wide(distribution *d) {
    double a = d->a, b = d->b;
    if (d->is_beta) {
        double count = a + b;
        d->split = a / count;
        d->rest = b / count;
        d->inverse_count = 1.0 / count;
        d->scale = reuse_sqrt(d->split * d->rest / count);
        d->slope = (d->rest - d->split) * d->scale / (d->split * d->rest);
    } else {
        d->split = a;
        d->rest = 1.0;
        d->inverse_count = 0.0;
        d->scale = reuse_sqrt(a);
        d->slope = 1.0 / d->scale;
    }
    // (1 + slope w - w^2 / count) f' = -(slope + (1 - 2 / count) w) f for the density f.
    double before = 0.0, here = 1.0;
    for (int n = 0; n < TERMS; n++) {
        d->density[n] = here;
        double next = -d->slope * here - (1.0 / (double)(n + 1) - d->inverse_count) * before;
        before = here;
        here = next;
    }
    double unit = d->is_beta ? d->scale / (d->split * d->rest) : 1.0 / d->scale, density;
    double below = wide_kernel(d, -TAIL) * wide_tail(d, -TAIL), above = wide_kernel(d, TAIL) * wide_tail(d, TAIL);
    double lower = below - unit * wide_integral(d, -TAIL, &density);
    double upper = above + unit * wide_integral(d, TAIL, &density);
    d->total = lower + upper;
    d->below = below / d->total;
    d->above = above / d->total;
    d->lower_half = lower / d->total;
    d->upper_half = upper / d->total;
    d->unit = unit / d->total;
}

static double wide_quantile(const distribution *d, double p, double q) {
    double a = d->a, b = d->b;
    double z = p <= 0.5 ? reuse_normal_quantile(p) : -reuse_normal_quantile(q);
    double guess = d->is_beta ? beta_guess(a, b, z).x : gamma_guess(a, z);
    double w = (guess - d->split) / d->scale;
    if (p >= d->below && q >= d->above) {
        w = larger(-TAIL, smaller(TAIL, w));
        // The mass between the mean and the quantile.
        double wanted = (p <= 0.5 ? p - d->lower_half : d->upper_half - q) / d->unit;
        for (int i = 0; i < MOST_STEPS; i++) {
                double density;
            double missing = wanted - wide_integral(d, w, &density);
            double newton = missing / density;
            double divisor = 1.0 + d->slope * w - d->inverse_count * w * w;
            double first = -(d->slope + (1.0 - 2.0 * d->inverse_count) * w) / divisor;
            double half = 0.5 * first;
            double second =
                (-(1.0 - 2.0 * d->inverse_count) - first * (d->slope - 2.0 * d->inverse_count * w)) / divisor;
            double third = (first * first + second) / 6.0;
            double factor = 1.0 + half * newton + (third - half * half) * newton * newton;
            w += newton / larger(0.5, smaller(2.0, factor));
            w = larger(-TAIL, smaller(TAIL, w));
            // The error left is of the order of the fourth power.
            if (magnitude(newton) < 1e-4) break;
        }
        return w;
    }
    int is_lower = p < d->below;
    double least = -d->split / d->scale, most = d->is_beta ? d->rest / d->scale : 1e300;
    if (is_lower) w = smaller(w, -TAIL);
    else w = larger(w, TAIL);
    for (int i = 0; i < MOST_STEPS; i++) {
        if (!(w > least)) return least;
        if (!(w < most)) return most;
        double h = d->scale * w, x = d->split + h, y = d->rest - h;
        double kernel = wide_kernel(d, w) / d->total;
        double mass = kernel * wide_tail(d, w);
        double density = d->scale * (d->is_beta ? kernel / (x * y) : kernel / x);
        double first, second;
        if (d->is_beta) {
            double left = (a - 1.0) / x, right = (b - 1.0) / y;
            first = d->scale * (left - right);
            second = -d->scale * d->scale * (left / x + right / y);
        } else {
            first = d->scale * ((a - 1.0) / x - 1.0);
            second = -d->scale * d->scale * (a - 1.0) / (x * x);
        }
        int is_last = 0;
        if (!(mass > 0.0)) {
            w *= 0.5;
        } else if (is_lower) {
            w += step_to(p, mass, density / mass, first, second, &is_last);
        } else {
            w -= step_to(q, mass, density / mass, -first, second, &is_last);
        }
        if (is_last) break;
        if (is_lower) w = smaller(w, -TAIL);
        else w = larger(w, TAIL);
    }
    return w;
}

// Both.

// Past these limits the distribution is, to the last digit, a simpler one.

/// A lesser parameter at which all mass lies at the ends.
#define ALL_AT_ENDS 0x1p-60
/// A lesser parameter at which all mass lies at the mean.
#define ALL_AT_MEAN 0x1p120
/// A ratio of parameters at which beta is gamma over the greater one.
#define BETA_IS_GAMMA 0x1p200

/// Below this a density may not be a normal number.
#define LEAST_SHARE 0x1p-900

static void set_up(distribution *d, double a, double b, int is_beta) {
    d->is_swapped = is_beta && a > b;
    d->a = d->is_swapped ? b : a;
    d->b = d->is_swapped ? a : b;
    d->is_beta = is_beta && d->b < d->a * BETA_IS_GAMMA;
    d->is_wide = d->a > WIDE_ABOVE;
    if (d->a < ALL_AT_ENDS || d->a > ALL_AT_MEAN) {
        // Nothing to prepare.
    } else if (d->is_wide) {
        set_up_wide(d);
    } else {
        set_up_narrow(d);
    }
}

/// The quantile x and, for beta, 1 - x, with p + q = 1.
static pair quantile(const distribution *d, double p, double q) {
    if (d->a < ALL_AT_ENDS) {
        int is_below = !d->is_beta || p * (d->a / d->b + 1.0) <= 1.0;
        return is_below ? (pair){0.0, 1.0} : (pair){1.0, 0.0};
    }
    if (d->a > ALL_AT_MEAN) {
        if (!d->is_beta) return (pair){d->a, 1.0};
        return (pair){1.0 / (1.0 + d->b / d->a), 1.0 / (1.0 + d->a / d->b)};
    }
    if (!d->is_wide) return narrow_quantile(d, p, q);
    double h = d->scale * wide_quantile(d, p, q);
    return (pair){larger(d->split + h, 0.0), larger(d->rest - h, 0.0)};
}

static double gamma_quantile(const distribution *d, double p) {
    if (p != p) return p;
    if (p <= 0.0) return 0.0;
    if (p >= 1.0) return __builtin_inf();
    return quantile(d, larger(p, LEAST_SHARE), 1.0 - p).x;
}

/// The quantile of a beta distribution and what is left of 1, for 0 < p < 1.
static pair beta_shares(const distribution *d, double p) {
    double q = 1.0 - p;
    p = larger(p, LEAST_SHARE);
    pair result = d->is_swapped ? quantile(d, q, p) : quantile(d, p, q);
    if (!d->is_beta) result = (pair){result.x / d->b, 1.0 - result.x / d->b};
    return d->is_swapped ? (pair){result.y, result.x} : result;
}

static double beta_quantile(const distribution *d, double p) {
    if (p != p) return p;
    if (p <= 0.0) return 0.0;
    if (p >= 1.0) return 1.0;
    return beta_shares(d, p).x;
}

// Between ends. Each tail is measured from its own end, so that both are accurate to rounding.

static double between(double low, double high, pair share) {
    return share.x <= share.y ? low + (high - low) * share.x : high - (high - low) * share.y;
}

double reuse_uniform_quantile(double p, double low, double high) { return between(low, high, (pair){p, 1.0 - p}); }

double reuse_triangular_quantile(double p, double low, double mode, double high) {
    double q = 1.0 - p, width = high - low;
    double below = (mode - low) / width, above = (high - mode) / width;
    // 1 - sqrt(s) is (1 - s) / (1 + sqrt(s)), and 1 - s a sum of products.
    if (p < below) {
        double share = reuse_sqrt(p * below);
        return between(low, high, (pair){share, (q + p * above) / (1.0 + share)});
    }
    double rest = reuse_sqrt(q * above);
    return between(low, high, (pair){(below + p * above) / (1.0 + rest), rest});
}

/// The beta distribution of PERT: Malcolm, Roseboom, Clark & Fazar, Operations Research 7 (1959).
static void set_up_pert(distribution *d, double low, double mode, double high) {
    double width = high - low;
    set_up(d, 1.0 + 4.0 * ((mode - low) / width), 1.0 + 4.0 * ((high - mode) / width), 1);
}

static double pert_quantile(const distribution *d, double p, double low, double high) {
    if (p != p) return p;
    if (p <= 0.0) return low;
    if (p >= 1.0) return high;
    return between(low, high, beta_shares(d, p));
}

double reuse_gamma_quantile(double p, double shape) {
    distribution d;
    set_up(&d, shape, 0.0, 0);
    return gamma_quantile(&d, p);
}

double reuse_beta_quantile(double p, double a, double b) {
    distribution d;
    set_up(&d, a, b, 1);
    return beta_quantile(&d, p);
}

double reuse_pert_quantile(double p, double low, double mode, double high) {
    distribution d;
    set_up_pert(&d, low, mode, high);
    return pert_quantile(&d, p, low, high);
}

void reuse_lanes_gamma_quantile(double *d, const double *p, double shape, size_t n) {
    distribution law;
    set_up(&law, shape, 0.0, 0);
    for (size_t i = 0; i < n; i++) d[i] = gamma_quantile(&law, p[i]);
}

void reuse_lanes_beta_quantile(double *d, const double *p, double a, double b, size_t n) {
    distribution law;
    set_up(&law, a, b, 1);
    for (size_t i = 0; i < n; i++) d[i] = beta_quantile(&law, p[i]);
}

void reuse_lanes_pert_quantile(double *d, const double *p, double low, double mode, double high, size_t n) {
    distribution law;
    set_up_pert(&law, low, mode, high);
    for (size_t i = 0; i < n; i++) d[i] = pert_quantile(&law, p[i], low, high);
}
