"""What samples/phones-in-use.reuse and samples/used-market-forecast.reuse should come out as, by the loops and by scipy.

    venv/bin/python Tests/Stocks/samples.py        (the environment of flodym-answers.py)

Millions of phones. Uncertain inputs are at three values each: ends of their ranges and their middle.
"""

import mpmath
import numpy as np
from scipy.optimize import curve_fit

import cohorts

YEARS = range(2018, 2031)


def weibull(mean, sd):
    ratio = (mpmath.mpf(sd) / mean) ** 2
    shape = mpmath.findroot(lambda k: mpmath.gamma(1 + 2 / k) / mpmath.gamma(1 + 1 / k) ** 2 - 1 - ratio, mean / sd)
    return {"kind": "weibull", "shape": float(shape), "scale": float(mean / mpmath.gamma(1 + 1 / shape))}


def stock(life, initial, **more):
    mode = "level" if "level" in more else "inflow"
    return cohorts.simulate({"mode": mode, "lifetime": life, "arrives": "middle", "step": 1.0, "steps": len(YEARS), "initial": initial} | more)


def row(name, values):
    print(f"  {name:34}", *(f"{x:8.2f}" for x in values))


sold, rate = [], 430.0
for year in YEARS:
    if year > 2022:
        rate *= 1 + {2023: -0.032, 2024: 0.064}.get(year, 0.014)
    sold.append(rate)

print("phones-in-use, 2018 to 2030")
for sd in (1.0, 1.265, 1.6):
    print(f" lives of 2.2 years, sd {sd}")
    life = weibull(2.2, sd)
    use = stock(life, 430 * 2.2, inflow=sold)
    row("in use", use["stock"])
    row("retired", use["retired"])
    for years, apart in ((4, 2), (4.69, 2.45), (5.5, 3)):
        put_away = [x * 0.542 for x in use["retired"]]
        row(f"in drawers, {years} years, sd {apart}", stock(weibull(years, apart), 430 * 0.542 * years, inflow=put_away)["stock"])
    level = 1.14 * 1410
    row("sold for 114 per 100 people", stock(life, level, level=[level] * len(YEARS))["inflow"])
    # Half a year more for phones that enter from 2026, over two years: an eighth, three eighths, then all of it.
    lives = [weibull(2.2 + {2026: 0.125, 2027: 0.375}.get(y, 0.5 if y > 2027 else 0), sd) for y in YEARS]
    varying = {"kind": "weibull", "shape": [x["shape"] for x in lives], "scale": [x["scale"] for x in lives]}
    row("in use, longer", stock(varying, 430 * 2.2, inflow=sold)["stock"])
    row("sold for as many, longer", stock(varying, 430 * 2.2, level=use["stock"])["inflow"])

print("used-market-forecast: taught by 2018, 2019, 2021, least squares on levels")
times, counts = np.array([2018, 2019, 2021, 2022, 2023.0]), np.array([175.8, 206.7, 253.4, 282.6, 309.4])
methods = {
    "compound": (lambda t, start, r: start * (1 + r) ** (t - 2018), (180, 0.13)),
    "linear": (lambda t, start, slope: start + slope * (t - 2018), (180, 25)),
    "logistic, ceiling 585": (lambda t, r, middle: 585 / (1 + np.exp(-r * (t - middle))), (0.2, 2022)),
}
for name, (curve, guess) in methods.items():
    taught, _ = curve_fit(curve, times[:3], counts[:3], guess)
    said = curve(times[3:], *taught)
    rmse, mape = np.sqrt(np.mean((said - counts[3:]) ** 2)), np.mean(abs(said / counts[3:] - 1))
    final, _ = curve_fit(curve, times, counts, guess)
    there = curve(2029.0, *final)
    print(f"  {name:22} 2022, 2023: {said.round(3)}, rmse {rmse:.4f}, mape {mape:.4%}; by all points 2029: {there:.3f}, recast {there * 195 / 309.4:.3f}")
print(f"  the trackers' rates, 2029: {195 * 1.05 * 1.032 * 1.058 * 1.049**3:.3f}")
