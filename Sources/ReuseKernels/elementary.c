// Elementary functions one at a time, and the choice of instruction set.

#pragma STDC FP_CONTRACT OFF
#pragma clang fp contract(off)

#include "ReuseKernels.h"
#include "levels.h"

#define REUSE_VARIANT(name) name##_plain
#include "elementary_body.h"
#undef REUSE_VARIANT

#if REUSE_THREE_LEVELS

// Wider registers are of no use to one number, so level 2 takes this too.
#pragma clang attribute push(__attribute__((target(REUSE_TARGET_V3))), apply_to = function)
#define REUSE_VARIANT(name) name##_v3
#include "elementary_body.h"
#undef REUSE_VARIANT
#pragma clang attribute pop

#define CHOOSE(name, ...) (reuse_level != 0 ? name##_v3(__VA_ARGS__) : name##_plain(__VA_ARGS__))

#else

#define CHOOSE(name, ...) name##_plain(__VA_ARGS__)

#endif

double reuse_exp(double x) { return CHOOSE(exp, x); }
double reuse_log(double x) { return CHOOSE(log, x); }
double reuse_pow(double x, double y) { return CHOOSE(pow, x, y); }
double reuse_log2(double x) { return CHOOSE(log2, x); }
double reuse_log10(double x) { return CHOOSE(log10, x); }
double reuse_log1p(double x) { return CHOOSE(log1p, x); }
double reuse_expm1(double x) { return CHOOSE(expm1, x); }
double reuse_gamma(double x) { return CHOOSE(gamma, x); }
double reuse_log_gamma(double x) { return CHOOSE(log_gamma, x); }
double reuse_normal_cdf(double z) { return CHOOSE(normal_cdf, z); }
double reuse_normal_quantile(double p) { return CHOOSE(normal_quantile, p); }

double reuse_sqrt(double x) { return reuse_sqrt_body(x); }
double reuse_floor(double x) { return floor_plain(x); }
double reuse_ceil(double x) { return ceil_plain(x); }
double reuse_round(double x) { return round_plain(x); }
double reuse_trunc(double x) { return trunc_plain(x); }
double reuse_min(double a, double b) { return min_plain(a, b); }
double reuse_max(double a, double b) { return max_plain(a, b); }

// Interval i holds the z whose bits lie in REUSE_LOG_START + [i, i + 1) 2^48. c is 1 where the interval holds 1, else
// near 2 / (first z + last z), with 5 bits behind the point if |z c - 1| < 2^-5 then, else 6, else 7: z c - 1 is thus a
// double for all z up to 1.08, and where it is rounded, log z is so great that this hardly matters. REUSE_LOG_START is
// placed for that. -log c was computed with mpmath at 300 bits.
_Alignas(64) const double reuse_log_inverse[16] = {
    0x1.78p+0, 0x1.68p+0, 0x1.58p+0, 0x1.48p+0,
    0x1.4p+0, 0x1.3p+0, 0x1.28p+0, 0x1.2p+0,
    0x1.1p+0, 0x1.08p+0, 0x1.0p+0, 0x1.e8p-1,
    0x1.ccp-1, 0x1.b4p-1, 0x1.9cp-1, 0x1.88p-1,
};
_Alignas(64) const double reuse_log_high[16] = {
    -0x1.89a3386c14000p-2, -0x1.5d1bdbf581000p-2, -0x1.2e8e2bae12000p-2, -0x1.fb9186d5e4000p-3,
    -0x1.c8ff7c79aa000p-3, -0x1.5ff3070a7a000p-3, -0x1.29552f8200000p-3, -0x1.e27076e2b0000p-4,
    -0x1.f0a30c0118000p-5, -0x1.f829b0e780000p-6, 0x0.0p+0, 0x1.894aa149f8000p-5,
    0x1.b6ac88dad4000p-4, 0x1.4913d8333c000p-3, 0x1.bd087383be000p-3, 0x1.1178e8227e000p-2,
};
_Alignas(64) const double reuse_log_low[16] = {
    -0x1.2d5ad38c40882p-45, 0x1.8d6bdc9c7c238p-44, 0x1.67b1e99b72bd8p-45, 0x1.d572aab993c87p-47,
    0x1.7794f689f8434p-45, 0x1.8586f183bebf2p-44, 0x1.5b967f4471dfcp-44, 0x1.a342c2af0003cp-45,
    0x1.d599e83368e91p-45, -0x1.980267c7e09e4p-45, 0x0.0p+0, 0x1.9a19a8be97661p-44,
    0x1.b1bdff50225c7p-44, -0x1.53e43558124c4p-44, -0x1.d4bc4595412b6p-45, 0x1.1ef78ce2d07f2p-44,
};

// The same for the intervals REUSE_LOG_PAIR_START + [i, i + 1) 2^47, with c such that z c - 1 is a double for all z,
// and of all such c the one that keeps |z c - 1|^3 / |log z| smallest: at most 3e-4.
_Alignas(64) const double reuse_log_pair_inverse[32] = {
    0x1.7cp+0, 0x1.74p+0, 0x1.6cp+0, 0x1.64p+0, 0x1.5cp+0, 0x1.54p+0, 0x1.5p+0, 0x1.48p+0,
    0x1.4p+0, 0x1.3cp+0, 0x1.34p+0, 0x1.3p+0, 0x1.28p+0, 0x1.24p+0, 0x1.2p+0, 0x1.1cp+0,
    0x1.14p+0, 0x1.1p+0, 0x1.0cp+0, 0x1.08p+0, 0x1.04p+0, 0x1.0p+0, 0x1.fp-1, 0x1.ep-1,
    0x1.d4p-1, 0x1.c8p-1, 0x1.b8p-1, 0x1.bp-1, 0x1.a4p-1, 0x1.98p-1, 0x1.9p-1, 0x1.88p-1,
};
_Alignas(64) const double reuse_log_pair_high[32] = {
    -0x1.947941c211000p-2, -0x1.7eaf83b82b000p-2, -0x1.686c81e9b1000p-2, -0x1.51aad872e0000p-2,
    -0x1.3a64c55694000p-2, -0x1.22941fbcf8000p-2, -0x1.1675cababa000p-2, -0x1.fb9186d5e4000p-3,
    -0x1.c8ff7c79aa000p-3, -0x1.af3c94e80c000p-3, -0x1.7ab890210e000p-3, -0x1.5ff3070a7a000p-3,
    -0x1.29552f8200000p-3, -0x1.0d77e7cd08000p-3, -0x1.e27076e2b0000p-4, -0x1.a926d3a4ac000p-4,
    -0x1.341d7961bc000p-4, -0x1.f0a30c0118000p-5, -0x1.77458f6330000p-5, -0x1.f829b0e780000p-6,
    -0x1.fc0a8b0fc0000p-7, 0x0.0p+0, 0x1.0415d89e78000p-5, 0x1.08598b59e4000p-4,
    0x1.700d30aeac000p-4, 0x1.da72763844000p-4, 0x1.365fcb015a000p-3, 0x1.5bf406b544000p-3,
    0x1.95a5adcf70000p-3, 0x1.d1037f2656000p-3, 0x1.f991c6cb3c000p-3, 0x1.1178e8227e000p-2,
};
_Alignas(64) const double reuse_log_pair_low[32] = {
    -0x1.beae9337451f4p-44, 0x1.e4da62d0c25adp-49, -0x1.2bb110af84054p-44, 0x1.f4bd8db0a7cc1p-44,
    -0x1.7a71cbcd735d0p-44, 0x1.a6976f5eb0963p-44, -0x1.8380e731f55c4p-44, 0x1.d572aab993c87p-47,
    0x1.7794f689f8434p-45, 0x1.a4e633fcd9066p-52, 0x1.bdb9072534a58p-45, 0x1.8586f183bebf2p-44,
    0x1.5b967f4471dfcp-44, -0x1.cb2cd2ee2f482p-44, 0x1.a342c2af0003cp-45, -0x1.563650bd22a9cp-44,
    -0x1.1d09299837610p-44, 0x1.d599e83368e91p-45, 0x1.181dce586af09p-44, -0x1.980267c7e09e4p-45,
    -0x1.f1e7cf6d3a69cp-50, 0x0.0p+0, -0x1.dddc7f461c516p-44, -0x1.7e5dd7009902cp-46,
    0x1.c1e8da99ded32p-49, 0x1.a89401fa71733p-46, -0x1.fd3a0afb9691bp-44, -0x1.27023eb68981cp-46,
    0x1.7f22858a0ff6fp-47, -0x1.84a7e75b6f6e4p-47, -0x1.90d04cd7cc834p-44, 0x1.1ef78ce2d07f2p-44,
};
