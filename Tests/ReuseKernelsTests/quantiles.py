"""Writes quantiles.json: quantiles of distributions, each the double nearest to the exact quantile of the double p.

Gamma and beta: Newton's method in a bracket on the logarithm of the lesser mass, which is a series of positive terms with
50 digits (mpmath), then held against scipy's distribution functions. The others in closed form with 50 digits. Versions
are at the top of the file that it writes. Run: python3 quantiles.py (two minutes with gmpy2, ten without)
"""
import json
import pathlib

import mpmath as mp
import scipy
from mpmath import mpf
from scipy import special

mp.mp.dps = 50

SHARES = [2.0**-53, 1e-12, 1e-10, 1e-7, 1e-4, 0.01, 0.023, 0.1, 0.3, 0.5]
SHARES += [1 - p for p in reversed(SHARES[:-1])]
FEW = [2.0**-53, 1e-10, 1e-4, 0.05, 0.5, 0.95, 1 - 1e-4, 1 - 1e-10, 1 - 2.0**-53]
SHAPES = [0.05, 0.2, 0.7, 1, 1.5, 2, 5, 10, 20, 25, 26, 40, 100, 1000, 1e4, 1e6]
PARAMETERS = [0.05, 0.5, 1, 2, 8, 25, 26, 150, 1e4]


def series(c, v, d):
    """1 + c/d + c (c + v) / (d (d + 1)) + ..."""
    term = total = mpf(1)
    least = mpf(10) ** -48
    while term > total * least:
        term = term * c / d
        total += term
        c += v
        d += 1
    return total


class Gamma:
    def __init__(self, shape):
        self.a = mpf(shape)
        self.log_area = mp.loggamma(self.a)

    def start(self):
        return mp.log(self.a) if self.a > 1 else -1 / self.a

    def masses(self, t):
        """Mass below and above x = exp(t), and the density of t."""
        x = mp.exp(t)
        kernel = mp.exp(self.a * t - x - self.log_area)
        below = kernel * series(x, mpf(0), self.a + 1) / self.a
        return below, 1 - below, kernel

    value = staticmethod(mp.exp)


class Beta:
    def __init__(self, a, b):
        self.a, self.b = mpf(a), mpf(b)
        self.log_area = mp.loggamma(self.a) + mp.loggamma(self.b) - mp.loggamma(self.a + self.b)

    def start(self):
        if self.a <= 1 < self.b:
            return -1 / self.a - mp.log(self.b)
        if self.b <= 1 < self.a:
            return 1 / self.b + mp.log(self.a)
        return mp.log(self.a / self.b)

    def masses(self, t):
        """Of t = log(x / (1 - x))."""
        a, b = self.a, self.b
        x, y = 1 / (1 + mp.exp(-t)), 1 / (1 + mp.exp(t))
        kernel = mp.exp(-a * mp.log1p(mp.exp(-t)) - b * mp.log1p(mp.exp(t)) - self.log_area)
        if x * (a + b) <= a or (x < 0.5 and a < 50):
            below = kernel * series((a + b) * x, x, a + 1) / a
            return below, 1 - below, kernel
        above = kernel * series((a + b) * y, y, b + 1) / b
        return 1 - above, above, kernel

    @staticmethod
    def value(t):
        return 1 / (1 + mp.exp(-t))


def quantile(law, p, t):
    p = mpf(p)
    q = 1 - p
    low, high, width = -mp.inf, mp.inf, mpf(1)
    for _ in range(2000):
        below, above, density = law.masses(t)
        mass = below if p <= q else above
        if mass > 0 and density > 0:
            missing = mp.log(p / mass) if p <= q else mp.log(mass / q)
            step = missing * mass / density
        else:
            missing, step = (1 if p <= q else -1), None
        if step is not None and abs(step) < mpf(10) ** -22:
            return t + step
        if missing > 0:
            low = t
        else:
            high = t
        if step is not None and low < t + step < high and abs(step) < 4 * width + abs(t):
            t += step
        elif low > -mp.inf and high < mp.inf:
            t = (low + high) / 2
        else:
            width *= 2
            t = low + width if high == mp.inf else high - width
    raise ArithmeticError(f"no quantile at {p}")


def row(name, parameters, shares, values):
    return dict(distribution=name, parameters=parameters, p=shares, x=[float(x) for x in values])


def solved(name, law, parameters, shares, below, above):
    t, values = law.start(), []
    for p in shares:
        t = quantile(law, p, t)
        x = law.value(t)
        values.append(x)
        # Held against scipy, where the value is far enough from the ends for a double to hold it. Past 10,000 scipy's own
        # gamma function of two arguments is right to six digits only.
        if max(parameters) <= 1e4 and 1e-300 < x and (name == "gamma" or 1 - x > 1e-3):
            got, want = (below(float(x)), p) if p < 0.5 else (above(float(x)), 1 - p)
            assert abs(got / want - 1) < 1e-7, (name, parameters, p, got)
    return row(name, parameters, shares, values)


def normal(p):
    """The standard normal quantile, from the lesser tail."""
    tail = min(mpf(p), 1 - mpf(p))
    z = mpf(special.ndtri(float(tail)))
    for _ in range(4):
        mass = mp.erfc(-z / mp.sqrt(2)) / 2
        z += mp.log(tail / mass) * mass / mp.npdf(z)
    return z if p <= 0.5 else -z


Z95 = normal(0.95)
# 0.95 is no double: the exact 95% point.
Z95 -= (mpf(0.95) - mpf(95) / 100) / mp.npdf(Z95)


def normal_moments(z, p, mean, sd):
    return mpf(mean) + mpf(sd) * z


def normal_range(z, p, low, high):
    low, high = mpf(low), mpf(high)
    return (low + high) / 2 + (high - low) / (2 * Z95) * z


def lognormal_moments(z, p, mean, sd):
    variance = mp.log1p((mpf(sd) / mpf(mean)) ** 2)
    return mpf(mean) * mp.exp(mp.sqrt(variance) * z - variance / 2)


def lognormal_range(z, p, low, high):
    if low < 0:
        return -lognormal_range(-z, p, -high, -low)
    return mp.exp(normal_range(z, p, mp.log(mpf(low)), mp.log(mpf(high))))


def logit_range(z, p, low, high):
    low, high = mpf(low), mpf(high)
    return 1 / (1 + mp.exp(-normal_range(z, p, mp.log(low / (1 - low)), mp.log(high / (1 - high)))))


def weibull(z, p, shape, scale):
    return mpf(scale) * (-mp.log1p(-mpf(p))) ** (1 / mpf(shape))


def uniform(z, p, low, high):
    return mpf(low) + (mpf(high) - mpf(low)) * mpf(p)


def triangular(z, p, low, mode, high):
    p, low, mode, high = map(mpf, (p, low, mode, high))
    if p < (mode - low) / (high - low):
        return low + mp.sqrt(p * (high - low) * (mode - low))
    return high - mp.sqrt((1 - p) * (high - low) * (high - mode))


CLOSED = [
    (normal_moments, [[0, 1], [10, 2], [-3, 0.001], [1e9, 1e3], [1e-9, 4e-9]]),
    (normal_range, [[-5, 10], [-0.05, 0.1], [99, 101], [1e6, 1e12]]),
    (lognormal_moments, [[3, 1.2], [1, 1e-9], [1e9, 1], [2e-6, 5e-5], [120, 400]]),
    (lognormal_range, [[4, 9], [5, 10], [1e-9, 1e9], [1e9, 1.0001e9], [-9, -4]]),
    (logit_range, [[0.2, 0.9], [0.999, 0.99999], [1e-7, 2e-6], [0.01, 0.99], [0.5, 0.51]]),
    (uniform, [[2, 8], [-3, 0], [0, 1e-3], [-1, 2]]),
    (weibull, [[2.2, 4.5], [0.05, 1], [1, 3], [0.7, 1e-6], [40, 1e9]]),
    (triangular, [[2, 3, 7], [0, 0, 1], [-1, 0, 0], [-6, -1, 0], [1, 2, 5], [0, 1, 1e6]]),
]

rows = []
for a in SHAPES:
    rows.append(
        solved(
            "gamma", Gamma(a), [a], SHARES, lambda x: special.gammainc(a, x), lambda x: special.gammaincc(a, x)))
for a in PARAMETERS:
    for b in PARAMETERS:
        rows.append(
            solved(
                "beta", Beta(a, b), [a, b], FEW, lambda x: special.betainc(a, b, x),
                lambda x: special.betaincc(a, b, x)))
for low, mode, high in [[2, 3, 7], [0, 0, 1], [-5, -1, -1], [10, 10.5, 400], [-6, -4, 0], [100, 150, 160]]:
    width = mpf(high) - mpf(low)
    law = Beta(1 + 4 * (mpf(mode) - mpf(low)) / width, 1 + 4 * (mpf(high) - mpf(mode)) / width)
    t, values = law.start(), []
    for p in SHARES:
        t = quantile(law, p, t)
        x = law.value(t)
        values.append(mpf(low) + width * x if x < 0.5 else mpf(high) - width / (1 + mp.exp(t)))
    rows.append(row("pert", [low, mode, high], SHARES, values))
for function, examples in CLOSED:
    for parameters in examples:
        values = [function(normal(p), p, *parameters) for p in SHARES]
        rows.append(row(function.__name__, parameters, SHARES, values))

path = pathlib.Path(__file__).with_name("quantiles.json")
with path.open("w") as file:
    file.write(f'{{"origin": "quantiles.py: mpmath {mp.__version__}, scipy {scipy.__version__}", "rows": [\n')
    file.write(",\n".join(json.dumps(entry) for entry in rows) + "\n]}\n")
print(len(rows), "rows,", sum(len(entry["p"]) for entry in rows), "quantiles")
