"""The model in numpy, whole arrays, and in squigglepy: prints the seconds that a run takes, without imports."""
import sys, time
import numpy as np

Z = 1.6448536269514722


def step(t, g, e, k, c, d, w, a7, npv, exp=np.exp, log=np.log, least=np.minimum, most=np.maximum):
    a1 = 100 * exp(g * t)
    a2 = a1 * (1 + k * 0.1) - c
    a3 = (a2 / 80) ** e
    a4 = a3 * a1 + 0.5 * c
    a5 = log(a4 + 3) * w
    a6 = exp(-d * t)
    a7 = a5 * a6 + a7 * 0.5
    a8 = most(a7 - 2, 0.1)
    a9 = a8**0.7
    b1 = a9 * c / (1 + a6)
    b2 = b1 - a4 * 0.01
    b3 = exp(-b2 * 0.01)
    b4 = b3 * w + a9
    b5 = b4 / (a5 + 1)
    b6 = least(b5, 3) * a2
    b7 = (b6 + 10) / (b1 + 20)
    b8 = b7**1.3
    b9 = b8 * a4 - b2 * c
    c1 = exp(-b8 * 0.2)
    c2 = c1 * b9 + a1 * 0.2
    c3 = c2 / (1 + d)
    c4 = c3 - b4 * 2
    c5 = c4 * a6
    c6 = c5 + b6 * 0.3 - a8
    c7 = c6 * w / 1.5
    return a7, npv + c7 * a6


def run(draw_normal, draw_range):
    g, e, k = draw_normal(0.03, 0.01), -draw_range(0.9, 1.4), draw_range(0.2, 0.4)
    c, d, w = draw_range(10, 20), draw_range(0.05, 0.15), draw_range(0.9, 1.3)
    a7, npv = 1.0, 0.0
    for t in range(15):
        a7, npv = step(t, g, e, k, c, d, w, a7, npv)
    return npv


def numpy_run(n):
    rng = np.random.Generator(np.random.Philox(1))
    def between(a, b):
        return np.exp((np.log(a) + np.log(b)) / 2 + (np.log(b) - np.log(a)) / (2 * Z) * rng.standard_normal(n))
    return run(lambda m, s: m + s * rng.standard_normal(n), between)


def squiggle_run(n):
    import squigglepy as sq
    return run(
        lambda m, s: sq.sample(sq.norm(mean=m, sd=s), n=n), lambda a, b: sq.sample(sq.to(a, b, credibility=90), n=n))


def normal_draws(n):
    return np.random.Generator(np.random.Philox(1)).standard_normal(n)


def percentiles(n):
    x = np.exp(np.random.Generator(np.random.Philox(1)).standard_normal(n))
    start = time.perf_counter()
    np.percentile(x, [5, 25, 50, 75, 95])
    return time.perf_counter() - start


what, n = sys.argv[1], int(sys.argv[2])
if what == "percentiles":
    print(percentiles(n))
    sys.exit()
call = {"numpy": numpy_run, "squigglepy": squiggle_run, "normal": normal_draws}[what]
call(1000)
start = time.perf_counter()
result = call(n)
print(time.perf_counter() - start, np.mean(result))
