// The model in lanes, each step fused into one loop that the compiler turns into calls of libmvec.
#include <stdio.h>
#include <stdlib.h>
#include "draws.h"
#include "body.h"

#define LANES 256

int main(int argc, char **argv) {
    long samples = argc > 1 ? atol(argv[1]) : 1000000;
    static double gs[LANES], es[LANES], ks[LANES], cs[LANES], ds[LANES], ws[LANES], a7s[LANES], npvs[LANES];
    static double zs[6][LANES];
    double sum = 0;
    for (long block = 0; block < samples / LANES; block++) {
        for (int j = 0; j < 6; j++) for (int i = 0; i < LANES; i++) zs[j][i] = normal();
        for (int i = 0; i < LANES; i++) {
#define RANGE(low, high, z) exp((log(low) + log(high)) / 2 + (log(high) - log(low)) / (2 * 1.6448536269514722) * (z))
            gs[i] = 0.03 + 0.01 * zs[0][i];
            es[i] = -RANGE(0.9, 1.4, zs[1][i]);
            ks[i] = RANGE(0.2, 0.4, zs[2][i]);
            cs[i] = RANGE(10.0, 20.0, zs[3][i]);
            ds[i] = RANGE(0.05, 0.15, zs[4][i]);
            ws[i] = RANGE(0.9, 1.3, zs[5][i]);
            a7s[i] = 1;
            npvs[i] = 0;
        }
        for (int t = 0; t < 15; t++) {
            for (int i = 0; i < LANES; i++) {
                double g = gs[i], e = es[i], k = ks[i], c = cs[i], d = ds[i], w = ws[i], a7 = a7s[i], npv = npvs[i];
                STEP(t)
                a7s[i] = a7;
                npvs[i] = npv;
            }
        }
        for (int i = 0; i < LANES; i++) sum += npvs[i];
    }
    printf("%.6f\n", sum / (samples / LANES * LANES));
}
