"""The right values of Tests/Language/eleven-markets.reuse, by another way: the complementarity conditions as equations after
Fischer and Burmeister, smoothed less and less, by least squares of scipy. Run: python3 eleven-markets.py
"""
import os
import re

import numpy as np
from scipy.optimize import least_squares

text = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Language/eleven-markets.reuse")).read()
number = r"([\d.]+)"
markets, supplies, routes = {}, {}, []
for m in re.finditer(
    rf"market (\S+) {{ demand: {number}M phone/yr \* {number} at {number} USD/phone, elasticity: ([-\d.]+), vat: {number}%",
    text,
):
    markets[m[1]] = float(m[2]) * float(m[3]), float(m[4]), float(m[5]), float(m[6]) / 100
for m in re.finditer(
    rf"supply \S+ in (\S+) {{ volume: {number}M phone/yr at {number} USD/phone / {number} \* {number}, "
    rf"elasticity: {number}, cost: {number} USD/phone / {number} \* {number} }}",
    text,
):
    v = [float(x) for x in m.groups()[1:]]
    supplies[m[1]] = v[0], v[1] / v[2] * v[3], v[4], v[5] / v[6] * v[7]
for m in re.finditer(rf"route (\S+) -> (\S+) {{ cost: {number} USD/phone(?:, tariff: {number}%)? }}", text):
    routes.append((m[1], m[2], float(m[3]), float(m[4] or 0) / 100))
names = list(markets)
place = {name: k for k, name in enumerate(names)}
n = len(names)
assert (n, len(supplies), len(routes)) == (11, 11, 28)


def missing(z, smoothing):
    price, flow = np.exp(z[:n]) * 200, z[n:] * 10
    over, gaps = np.zeros(n), []
    for name, (quantity, reference, elasticity, vat) in markets.items():
        volume, earned, rise, cost = supplies[name]
        p = price[place[name]]
        over[place[name]] += volume * max((p - cost) / earned, 1e-12) ** rise
        over[place[name]] -= quantity * (p * (1 + vat) / reference) ** elasticity
    for k, (a, b, cost, tariff) in enumerate(routes):
        over[place[a]] -= flow[k]
        over[place[b]] += flow[k]
        gap = ((price[place[a]] + cost) * (1 + tariff) - price[place[b]]) / 20
        gaps.append(gap + z[n + k] - np.sqrt(gap**2 + z[n + k] ** 2 + 2 * smoothing))
    return np.concatenate([over / 10, gaps])


start = np.log([markets[name][1] / (1 + markets[name][3]) / 200 for name in names])
z = np.concatenate([start, np.full(len(routes), 0.1)])
for smoothing in [1, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-13, 1e-16, 1e-20, 0]:
    found = least_squares(missing, z, args=(smoothing,), xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=400)
    z = found.x
print("missing:", abs(found.fun).max())
for name in names:
    print(name, repr(float(200 * np.exp(z[place[name]]))))
