"""The right values of `LossTests.swift`: supplies that may earn less than nothing, as complementarity problems.

Each is solved as the convex programme  min sum of areas  by scipy (SLSQP, from several starts) or, where one equation is
left, by its root; none of it is Reuse. Run: python3 losses.py
"""
import scipy
from scipy.optimize import brentq, minimize

print("scipy", scipy.__version__)


def demand(p, q=80.0, ref=278.0, e=-1.2):
    return q * (p / ref) ** e


# A fixed supply of 100 at a cost of 90: above the cost all is collected, at it what is wanted, below it nothing.
print("fixed, cheap: all of it", brentq(lambda p: demand(p, 80, 100, -1) - 100, 1, 1e4))
print("fixed, dear: at 90 are wanted", demand(90, 80, 100, -1))

# A linear supply, 100 at 50 with 0.4: it gives 60 for nothing. Cost 70, demand 30 at 100 with -1: at a price of 70 are
# wanted 30 * 100 / 70; that is less than 60, so it earns nothing and collects what is wanted.
print("linear:", demand(70, 30, 100, -1))

# A joint product, 100 fixed at a cost of 100, into A (60%) and B (40%): linear demands A 30 at 100, B 12 at 120, both -1.
# D_A = 30 (2 - a / 100), D_B = 12 (2 - b / 120); 0.6 x = D_A, 0.4 x = D_B, 0.6 a + 0.4 b = 100 where x < 100.


def joint(x):
    a, b = 100 * (2 - 0.6 * x / 30), 120 * (2 - 0.4 * x / 12)
    return 0.6 * a + 0.4 * b - 100


x = brentq(joint, 0, 100)
print("joint:", x, 100 * (2 - 0.6 * x / 30), 120 * (2 - 0.4 * x / 12))


# The same as a programme: max sum U(D) - 100 x.
def value(v):
    x, da, db = v
    return -(100 * (2 * da - da * da / 60) + 120 * (2 * db - db * db / 24) - 100 * x)


found = minimize(
    value, [10, 5, 5], method="SLSQP", bounds=[(0, 100), (0, 60), (0, 24)], tol=1e-14,
    constraints=[{"type": "ineq", "fun": lambda v: 0.6 * v[0] - v[1]}, {"type": "ineq", "fun": lambda v: 0.4 * v[0] - v[2]}])
print("joint, as a programme:", found.x)

# Two markets of which one is 10^8 times smaller: owners 126 M at 208 with 0.6, cost 70; China 80 M at 278, -1.2; another
# 1 at 394, -1.2, over a route of 12. Trade flows, so p2 = p1 + 12.


def over(p):
    n = p - 70
    return 126e6 * (n / 208) ** 0.6 - 80e6 * (p / 278) ** -1.2 - ((p + 12) / 394) ** -1.2


p = brentq(over, 71, 1000, xtol=1e-13)
print("tiny:", p, p + 12)
