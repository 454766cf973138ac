// Cores of the elementary functions: for one number where REUSE_WIDTH is 1, else for that many lanes at once. The
// includer defines REUSE_WIDTH and REUSE_VARIANT(name). elementary_body.h says by what method.
//
// A core handles ordinary operands without a branch. For others it sets bits of `special`, and what it returns for them
// means nothing. Both depend on the operands of that lane alone, by the same operations at any width, so that lanes
// equal scalars bit for bit.

#if REUSE_WIDTH == 1

#define CORE(name) REUSE_VARIANT(name)
#define REAL double
#define BITS uint64_t
#define PAIR reuse_pair
#define EXP_PARTS reuse_exp_parts
#define FMA(a, b, c) __builtin_fma((a), (b), (c))
#define AS_BITS(x) reuse_bits(x)
#define AS_REAL(bits) reuse_from_bits(bits)
/// All bits set where the condition holds.
#define MASK(condition) (0 - (uint64_t)(condition))
/// The last four bits of the index count, and the last five.
#define LOOK_UP_16(table, index) ((table)[(index) & 15])
#define LOOK_UP_32(table, index) ((table)[(index) & 31])

#else

#define CORE(name) REUSE_VARIANT(name##_at_once)
#define REAL REUSE_VARIANT(reals)
#define BITS REUSE_VARIANT(bit_lanes)
#define PAIR REUSE_VARIANT(pairs)
#define EXP_PARTS REUSE_VARIANT(exp_parts_lanes)
#define FMA(a, b, c) __builtin_elementwise_fma((REAL)(a), (REAL)(b), (REAL)(c))
#define AS_BITS(x) ((BITS)(x))
#define AS_REAL(bits) ((REAL)(bits))
#define MASK(condition) ((BITS)(condition))
#define LOOK_UP_16(table, index) CORE(look_up_16)((table), (index))
#define LOOK_UP_32(table, index) CORE(look_up_32)((table), (index))

typedef double REAL __attribute__((ext_vector_type(REUSE_WIDTH)));
typedef uint64_t BITS __attribute__((ext_vector_type(REUSE_WIDTH)));

typedef struct {
    REAL high, low;
} PAIR;

typedef struct {
    BITS steps;
    REAL r, tail;
} EXP_PARTS;

#if REUSE_WIDTH == 8

/// From a table aligned as registers are.
REUSE_CORE REAL CORE(look_up_16)(const double *table, BITS index) {
    return (REAL)_mm512_permutex2var_pd(_mm512_load_pd(table), (__m512i)index, _mm512_load_pd(table + 8));
}

REUSE_CORE REAL CORE(look_up_32)(const double *table, BITS index) {
    __mmask8 is_upper = _mm512_test_epi64_mask((__m512i)index, _mm512_set1_epi64(16));
    __m512d lower = (__m512d)CORE(look_up_16)(table, index), upper = (__m512d)CORE(look_up_16)(table + 16, index);
    return (REAL)_mm512_mask_blend_pd(is_upper, lower, upper);
}

#else

// Not the gather instruction of AVX2, which is slow on some processors and no faster on others.
REUSE_CORE REAL CORE(look_up)(const double *table, BITS index) {
    REAL found = 0.0;
    for (int lane = 0; lane < REUSE_WIDTH; lane++) found[lane] = table[index[lane]];
    return found;
}

REUSE_CORE REAL CORE(look_up_16)(const double *table, BITS index) { return CORE(look_up)(table, index & 15); }
REUSE_CORE REAL CORE(look_up_32)(const double *table, BITS index) { return CORE(look_up)(table, index & 31); }

#endif

#endif

REUSE_CORE REAL CORE(magnitude)(REAL x) { return AS_REAL(AS_BITS(x) & ~REUSE_SIGN); }

/// Bits set where x is not a normal positive number.
REUSE_CORE BITS CORE(not_normal_positive)(REAL x) {
    return MASK(AS_BITS(x) - REUSE_SMALLEST_NORMAL_BITS >= REUSE_INFINITE_BITS - REUSE_SMALLEST_NORMAL_BITS);
}

/// The exact sum, of any two numbers.
REUSE_CORE PAIR CORE(two_sum)(REAL a, REAL b) {
    REAL sum = a + b;
    REAL part = sum - a;
    return (PAIR){sum, (a - (sum - part)) + (b - part)};
}

/// The exact sum where |a| >= |b| or a is zero.
REUSE_CORE PAIR CORE(fast_sum)(REAL a, REAL b) {
    REAL sum = a + b;
    return (PAIR){sum, (a - sum) + b};
}

/// a where the mask is set, else b.
REUSE_CORE REAL CORE(either)(BITS mask, REAL a, REAL b) {
    return AS_REAL((AS_BITS(a) & mask) | (AS_BITS(b) & ~mask));
}

REUSE_CORE REAL CORE(with_sign)(REAL magnitude, REAL sign) {
    return CORE(either)((BITS)REUSE_SIGN, sign, magnitude);
}

REUSE_CORE REAL CORE(min)(REAL a, REAL b) { return CORE(either)(MASK(b < a) | MASK(b != b), b, a); }
REUSE_CORE REAL CORE(max)(REAL a, REAL b) { return CORE(either)(MASK(b > a) | MASK(b != b), b, a); }

// Whole numbers. SSE2 has no instruction; adding and subtracting 2^52 rounds too.

REUSE_CORE REAL CORE(trunc)(REAL x) {
#if REUSE_WIDTH >= 4
    return __builtin_elementwise_trunc(x);
#else
    REAL magnitude = CORE(magnitude)(x);
    REAL whole = (magnitude + 0x1p52) - 0x1p52;
    whole -= AS_REAL(MASK(whole > magnitude) & AS_BITS((REAL)1.0));
    return CORE(either)(MASK(magnitude < 0x1p52), CORE(with_sign)(whole, x), x);
#endif
}

REUSE_CORE REAL CORE(floor)(REAL x) {
#if REUSE_WIDTH >= 4
    return __builtin_elementwise_floor(x);
#else
    REAL whole = CORE(trunc)(x);
    return whole - AS_REAL(MASK(whole > x) & AS_BITS((REAL)1.0));
#endif
}

REUSE_CORE REAL CORE(ceil)(REAL x) {
#if REUSE_WIDTH >= 4
    return __builtin_elementwise_ceil(x);
#else
    REAL whole = CORE(trunc)(x);
    return CORE(with_sign)(whole + AS_REAL(MASK(whole < x) & AS_BITS((REAL)1.0)), x);
#endif
}

/// Halves away from zero.
REUSE_CORE REAL CORE(round)(REAL x) {
    REAL whole = CORE(trunc)(x);
    REAL step = AS_REAL(MASK(CORE(magnitude)(x - whole) >= 0.5) & AS_BITS((REAL)1.0));
    return CORE(with_sign)(CORE(magnitude)(whole) + step, x);
}

/// The k in -1074 ... 1023 that stands in the first 12 bits, as two's complement.
REUSE_CORE REAL CORE(whole_of)(BITS bits) {
    // Offset by 2048, so not negative, and put in the last bits of 2^52.
    return AS_REAL((bits >> 52) ^ 0x4330000000000800u) - (0x1p52 + 2048.0);
}

// exp

REUSE_CORE EXP_PARTS CORE(exp_parts_from)(REAL steps, REAL r, REAL r_low) {
    REAL r2 = r * r;
    REAL r4 = r2 * r2;
    REAL p01 = FMA(r, 0x1.5555555555556p-3, 0.5);
    REAL p23 = FMA(r, 0x1.11111111109b5p-7, 0x1.5555555555555p-5);
    REAL p45 = FMA(r, 0x1.a01a01a7c2efep-13, 0x1.6c16c16c167e2p-10);
    REAL p67 = FMA(r, 0x1.71de0db2f6a99p-19, 0x1.a01a01a47a591p-16);
    REAL p89 = FMA(r, 0x1.af389ecfd7e27p-26, 0x1.27e4e1f722281p-22);
    REAL p03 = FMA(r2, p23, p01);
    REAL p47 = FMA(r2, p67, p45);
    REAL p8 = FMA(r2, 0x1.1f66d948af6f3p-29, p89);
    REAL p = FMA(r4, FMA(r4, p8, p47), p03);
    return (EXP_PARTS){AS_BITS(steps), r, FMA(r2, p, FMA(r_low, r, r_low))};
}

REUSE_CORE EXP_PARTS CORE(exp_parts)(REAL x) {
    REAL steps = FMA(x, REUSE_INV_LN2_HIGH, REUSE_TO_WHOLE);
    REAL k = steps - REUSE_TO_WHOLE;
    REAL exact = FMA(-k, REUSE_LN2_HIGH, x);
    REAL r = FMA(-k, REUSE_LN2_LOW, exact);
    return CORE(exp_parts_from)(steps, r, FMA(-k, REUSE_LN2_LOW, exact - r));
}

/// The same for the exponent high + low.
REUSE_CORE EXP_PARTS CORE(exp_parts_of_pair)(REAL high, REAL low) {
    REAL steps = FMA(high, REUSE_INV_LN2_HIGH, REUSE_TO_WHOLE);
    REAL k = steps - REUSE_TO_WHOLE;
    REAL exact = FMA(-k, REUSE_LN2_HIGH, high);
    REAL first = FMA(-k, REUSE_LN2_LOW, exact);
    low += FMA(-k, REUSE_LN2_LOW, exact - first);
    REAL r = first + low;
    return CORE(exp_parts_from)(steps, r, (first - r) + low);
}

/// 1 + r + tail.
REUSE_CORE REAL CORE(exp_fraction)(EXP_PARTS parts) {
    PAIR sum = CORE(fast_sum)(1.0, parts.r);
    return sum.high + (sum.low + parts.tail);
}

/// Times 2^k, where the result is normal.
REUSE_CORE REAL CORE(exp_finish)(EXP_PARTS parts) {
    return AS_REAL(AS_BITS(CORE(exp_fraction)(parts)) + (parts.steps << 52));
}

REUSE_CORE REAL CORE(exp_core)(REAL x, BITS *special) {
    *special |= ~MASK(CORE(magnitude)(x) <= 708.0);
    return CORE(exp_finish)(CORE(exp_parts)(x));
}

REUSE_CORE REAL CORE(expm1_core)(REAL x, BITS *special) {
    REAL magnitude = CORE(magnitude)(x);
    *special |= ~(MASK(magnitude <= 700.0) & MASK(magnitude >= 0x1p-54));
    EXP_PARTS parts = CORE(exp_parts)(x);
    REAL scale = AS_REAL((parts.steps + 1023) << 52);
    // scale (1 + r + tail) - 1 in two parts.
    PAIR grown = CORE(fast_sum)(parts.r, parts.tail);
    PAIR start = CORE(two_sum)(scale, -1.0);
    PAIR sum = CORE(two_sum)(start.high, scale * grown.high);
    return sum.high + (sum.low + (start.low + scale * grown.low));
}

// log

/// log z + k log 2 for the z of a normal positive number with these bits and this exponent.
REUSE_CORE REAL CORE(log_from)(BITS bits, BITS offset, REAL k) {
    BITS index = offset >> 48;
    REAL z = AS_REAL(bits - (offset & 0xfff0000000000000u));
    REAL r = FMA(z, LOOK_UP_16(reuse_log_inverse, index), -1.0);
    REAL base = FMA(k, REUSE_LN2_HIGH, LOOK_UP_16(reuse_log_high, index));
    REAL base_low = FMA(k, REUSE_LN2_LOW, LOOK_UP_16(reuse_log_low, index));
    PAIR sum = CORE(fast_sum)(base, r);

    REAL r2 = r * r;
    REAL r4 = r2 * r2;
    REAL p01 = FMA(r, 0x1.5555555555532p-2, -0.5);
    REAL p23 = FMA(r, 0x1.9999999a9a885p-3, -0x1.000000000077ap-2);
    REAL p45 = FMA(r, 0x1.2492393a76d9ap-3, -0x1.5555553d69a07p-3);
    REAL p67 = FMA(r, 0x1.c7d882c91990fp-4, -0x1.0000bbe0984f3p-3);
    REAL p03 = FMA(r2, p23, p01);
    REAL p47 = FMA(r2, p67, p45);
    REAL p = FMA(r4, FMA(r4, -0x1.96518b9e94b9ep-4, p47), p03);
    return sum.high + FMA(r2, p, sum.low + base_low);
}

REUSE_CORE REAL CORE(log_core)(REAL x, BITS *special) {
    *special |= CORE(not_normal_positive)(x);
    BITS offset = AS_BITS(x) - REUSE_LOG_START;
    return CORE(log_from)(AS_BITS(x), offset, CORE(whole_of)(offset));
}

/// The same in two parts, which are off by 2^-66 of the result at most.
REUSE_CORE PAIR CORE(log_pair_from)(BITS bits, BITS offset, REAL k) {
    BITS index = offset >> 47;
    REAL z = AS_REAL(bits - (offset & 0xfff0000000000000u));
    REAL r = FMA(z, LOOK_UP_32(reuse_log_pair_inverse, index), -1.0);
    REAL base = FMA(k, REUSE_LN2_HIGH, LOOK_UP_32(reuse_log_pair_high, index));
    REAL base_low = FMA(k, REUSE_LN2_LOW, LOOK_UP_32(reuse_log_pair_low, index));
    PAIR sum = CORE(fast_sum)(base, r);
    REAL minus_half = -0.5 * r;
    REAL square = minus_half * r;
    REAL square_low = FMA(minus_half, r, -square);
    PAIR total = CORE(fast_sum)(sum.high, square);

    REAL r2 = r * r;
    REAL r4 = r2 * r2;
    REAL p01 = FMA(r, 0x1.fffffffffffaap-2, -0x1.5555555555555p-1);
    REAL p23 = FMA(r, 0x1.55555557d3100p-2, -0x1.999999999fc67p-2);
    REAL p45 = FMA(r, 0x1.ffff703455e1ep-3, -0x1.249247ae1e13dp-2);
    REAL p67 = FMA(r, 0x1.9e38e3116bdc8p-3, -0x1.c756c8f9204c1p-3);
    REAL p03 = FMA(r2, p23, p01);
    REAL p47 = FMA(r2, p67, p45);
    REAL p = FMA(r4, p47, p03);
    // p is -2 P: r^3 P as a multiple of both parts of -r^2 / 2, since this is where most of the error comes from.
    REAL factor = r * p;
    REAL low = (sum.low + base_low) + (total.low + square_low);
    return CORE(fast_sum)(total.high, FMA(factor, square, FMA(factor, square_low, low)));
}

REUSE_CORE PAIR CORE(log_pair)(REAL x) {
    BITS offset = AS_BITS(x) - REUSE_LOG_PAIR_START;
    return CORE(log_pair_from)(AS_BITS(x), offset, CORE(whole_of)(offset));
}

REUSE_CORE REAL CORE(times_constant)(PAIR value, double high, double low) {
    REAL product = value.high * high;
    return product + FMA(value.high, low, FMA(value.low, high, FMA(value.high, high, -product)));
}

REUSE_CORE REAL CORE(log2_core)(REAL x, BITS *special) {
    *special |= CORE(not_normal_positive)(x);
    return CORE(times_constant)(CORE(log_pair)(x), REUSE_INV_LN2_HIGH, REUSE_INV_LN2_LOW);
}

REUSE_CORE REAL CORE(log10_core)(REAL x, BITS *special) {
    *special |= CORE(not_normal_positive)(x);
    return CORE(times_constant)(CORE(log_pair)(x), REUSE_INV_LN10_HIGH, REUSE_INV_LN10_LOW);
}

REUSE_CORE REAL CORE(log1p_core)(REAL x, BITS *special) {
    *special |= ~(MASK(x > -1.0) & MASK(x < 0x1p53) & MASK(CORE(magnitude)(x) >= 0x1p-60));
    // log(u + low) = log u + low / u, the next term being below 2^-106.
    PAIR u = CORE(two_sum)(1.0, x);
    PAIR value = CORE(log_pair)(u.high);
    return value.high + (value.low + u.low / u.high);
}

// pow

/// x to the power y, given the logarithm of x.
REUSE_CORE REAL CORE(pow_from)(PAIR log, REAL x, REAL y, BITS *special) {
    REAL high = y * log.high;
    REAL low = FMA(y, log.low, FMA(y, log.high, -high));
    *special |= CORE(not_normal_positive)(x) | ~MASK(CORE(magnitude)(high) <= 700.0);
    return CORE(exp_finish)(CORE(exp_parts_of_pair)(high, low));
}

// The normal distribution

/// The probability below z, for |z| <= 0.75.
REUSE_CORE REAL CORE(normal_cdf_center)(REAL z) {
    REAL w = z * z;
    REAL p = FMA(w, 0x1.13a9c1f2bab3dp-29, -0x1.5fc2e180f4600p-25);
    p = FMA(w, p, 0x1.6574c48f9beeap-21);
    p = FMA(w, p, -0x1.3ce88a296d778p-17);
    p = FMA(w, p, 0x1.e42b0a974692ep-14);
    p = FMA(w, p, -0x1.37403f66dd2ebp-10);
    p = FMA(w, p, 0x1.46d0429760c63p-7);
    p = FMA(w, p, -0x1.1058377e2ce86p-4);
    p = FMA(w, p, 0x1.9884533d43650p-2);
    return FMA(z, p, 0.5);
}

/// The probability beyond t in 0.75 ... 39 is what is returned times 2^k, with k in the parts.
REUSE_CORE REAL CORE(normal_cdf_parts)(REAL t, EXP_PARTS *parts) {
    // exp(-t^2 / 2) P(u) / (t + 5), with u = (t - 5) / (t + 5).
    static const double coefficients[23] = {
        0x1.89d3abe1f95aep-1, -0x1.54ad03f27ca18p-1, 0x1.fb31653876f88p-2, -0x1.410ed5f87593dp-2,
        0x1.51f6329f01c34p-3, -0x1.1b1c254ca4a23p-4, 0x1.54b4d4f48380bp-6, -0x1.88590e96afea0p-9,
        -0x1.a250376c41ae8p-11, 0x1.1daf1a958404fp-11, -0x1.f21498e82f5c3p-15, -0x1.a16ff32bb6a0fp-15,
        0x1.17df4ff6e8374p-16, 0x1.0b1069713903cp-18, -0x1.73e6c9a6e65c7p-19, -0x1.6677c3765fab2p-22,
        0x1.d4d488c5717cap-22, 0x1.4cde7ec017e48p-25, -0x1.2f2ecf65bf044p-24, -0x1.d2bc02eac727ap-28,
        0x1.7e951af0848a6p-27, 0x1.0ca1de22bbcabp-30, -0x1.5d749bd138c8cp-30,
    };
    REAL u = (t - 5.0) / (t + 5.0);
    REAL p = coefficients[22];
    for (int i = 21; i >= 0; i--) p = FMA(p, u, coefficients[i]);
    REAL half = -0.5 * t;
    REAL high = half * t;
    *parts = CORE(exp_parts_of_pair)(high, FMA(half, t, -high));
    return CORE(exp_fraction)(*parts) * p / (t + 5.0);
}

/// The probability below z, for |z| in 0.75 ... 37.
REUSE_CORE REAL CORE(normal_cdf_tail)(REAL z) {
    EXP_PARTS parts;
    REAL factor = CORE(normal_cdf_parts)(CORE(magnitude)(z), &parts);
    REAL tail = AS_REAL(AS_BITS(factor) + (parts.steps << 52));
    return CORE(either)(MASK(z < 0.0), tail, 1.0 - tail);
}

/// The inverse, for p in 0.075 ... 0.925.
REUSE_CORE REAL CORE(normal_quantile_core)(REAL p, BITS *special) {
    REAL q = p - 0.5;
    *special |= ~MASK(CORE(magnitude)(q) <= 0.425);
    REAL r = FMA(-q, q, 0.180625);
    REAL a = FMA(r, 2509.0809287301226727, 33430.575583588128105);
    REAL b = FMA(r, 5226.4952788528545610, 28729.085735721942674);
    a = FMA(r, a, 67265.770927008700853);
    b = FMA(r, b, 39307.895800092710610);
    a = FMA(r, a, 45921.953931549871457);
    b = FMA(r, b, 21213.794301586595867);
    a = FMA(r, a, 13731.693765509461125);
    b = FMA(r, b, 5394.1960214247511077);
    a = FMA(r, a, 1971.5909503065514427);
    b = FMA(r, b, 687.18700749205790830);
    a = FMA(r, a, 133.14166789178437745);
    b = FMA(r, b, 42.313330701600911252);
    a = FMA(r, a, 3.3871328727963666080);
    b = FMA(r, b, 1.0);
    return q * a / b;
}

/// For p below or above these, but for the 5e-11 that are farthest out, and for no others.
REUSE_CORE REAL CORE(normal_quantile_tail_core)(REAL p, BITS *special) {
    BITS is_lower = MASK(p < 0.5);
    REAL beyond = CORE(either)(is_lower, p, 1.0 - p);
    REAL r = __builtin_elementwise_sqrt(-CORE(log_core)(beyond, special));
    *special |= ~MASK(r <= 5.0);
    r -= 1.6;
    REAL a = FMA(r, 7.74545014278341407640e-4, 2.27238449892691845833e-2);
    REAL b = FMA(r, 1.05075007164441684324e-9, 5.47593808499534494600e-4);
    a = FMA(r, a, 2.41780725177450611770e-1);
    b = FMA(r, b, 1.51986665636164571966e-2);
    a = FMA(r, a, 1.27045825245236838258);
    b = FMA(r, b, 1.48103976427480074590e-1);
    a = FMA(r, a, 3.64784832476320460504);
    b = FMA(r, b, 6.89767334985100004550e-1);
    a = FMA(r, a, 5.76949722146069140550);
    b = FMA(r, b, 1.67638483018380384940);
    a = FMA(r, a, 4.63033784615654529590);
    b = FMA(r, b, 2.05319162663775882187);
    a = FMA(r, a, 1.42343711074968357734);
    b = FMA(r, b, 1.0);
    return AS_REAL(AS_BITS(a / b) ^ (is_lower & REUSE_SIGN));
}

#undef CORE
#undef REAL
#undef BITS
#undef PAIR
#undef EXP_PARTS
#undef FMA
#undef AS_BITS
#undef AS_REAL
#undef MASK
#undef LOOK_UP_16
#undef LOOK_UP_32
