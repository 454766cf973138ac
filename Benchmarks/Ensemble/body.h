// One step of the model: what model.reuse says, for one sample or, in a loop over lanes, for many.
#define STEP(t) \
    double a1 = 100 * exp(g * (t)); \
    double a2 = a1 * (1 + k * 0.1) - c; \
    double a3 = pow(a2 / 80, e); \
    double a4 = a3 * a1 + 0.5 * c; \
    double a5 = log(a4 + 3) * w; \
    double a6 = exp(-d * (t)); \
    a7 = a5 * a6 + a7 * 0.5; \
    double a8 = a7 - 2 > 0.1 ? a7 - 2 : 0.1; \
    double a9 = pow(a8, 0.7); \
    double b1 = a9 * c / (1 + a6); \
    double b2 = b1 - a4 * 0.01; \
    double b3 = exp(-b2 * 0.01); \
    double b4 = b3 * w + a9; \
    double b5 = b4 / (a5 + 1); \
    double b6 = (b5 < 3 ? b5 : 3) * a2; \
    double b7 = (b6 + 10) / (b1 + 20); \
    double b8 = pow(b7, 1.3); \
    double b9 = b8 * a4 - b2 * c; \
    double c1 = exp(-b8 * 0.2); \
    double c2 = c1 * b9 + a1 * 0.2; \
    double c3 = c2 / (1 + d); \
    double c4 = c3 - b4 * 2; \
    double c5 = c4 * a6; \
    double c6 = c5 + b6 * 0.3 - a8; \
    double c7 = c6 * w / 1.5; \
    npv += c7 * a6;
