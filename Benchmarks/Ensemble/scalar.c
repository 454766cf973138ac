// The model one sample at a time, with libm.
#include <stdio.h>
#include <stdlib.h>
#include "draws.h"
#include "body.h"

int main(int argc, char **argv) {
    long samples = argc > 1 ? atol(argv[1]) : 1000000;
    double sum = 0;
    for (long i = 0; i < samples; i++) {
        double g = 0.03 + 0.01 * normal(), e = -range(0.9, 1.4), k = range(0.2, 0.4), c = range(10, 20);
        double d = range(0.05, 0.15), w = range(0.9, 1.3);
        double a7 = 1, npv = 0;
        for (int t = 0; t < 15; t++) { STEP(t) }
        sum += npv;
    }
    printf("%.6f\n", sum / samples);
}
