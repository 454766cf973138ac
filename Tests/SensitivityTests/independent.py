"""Writes independent.json: what SALib, scipy and closed forms say of the cases in EstimateTests.swift.

Run: pip install SALib scipy, then python3 independent.py
"""
import itertools
import json
import math
from importlib.metadata import version

import numpy as np
from SALib.analyze import morris as morris_analysis
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from scipy import stats


def ishigami(u):
    x = -math.pi + 2 * math.pi * u
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


A = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])


def g(u):
    return np.prod((np.abs(4 * u - 2) + A) / (1 + A), axis=1)


def problem(k, low=0.0, high=1.0):
    return dict(num_vars=k, names=[f"x{i}" for i in range(k)], bounds=[[low, high]] * k)


def sobol_case(function, k, n):
    """Values of SALib's own sample, in blocks A, B, AB_1, ..., and the indices that it finds in them."""
    points = sobol_sample.sample(problem(k), n, calc_second_order=False, seed=1)
    y = function(points)
    found = sobol_analysis.analyze(problem(k), y, calc_second_order=False, num_resamples=2000, seed=1)
    by_point = y.reshape(n, k + 2)
    blocks = [by_point[:, 0], by_point[:, -1]] + [by_point[:, 1 + i] for i in range(k)]
    return dict(
        points=n, values=np.concatenate(blocks).tolist(), S1=found["S1"].tolist(), ST=found["ST"].tolist(),
        S1_conf=found["S1_conf"].tolist(), ST_conf=found["ST_conf"].tolist())


def morris_case(function, k):
    """From many trajectories, on four levels from 5% to 95%."""
    own = problem(k, 0.05, 0.95)
    points = morris_sample.sample(own, 20000, num_levels=4, seed=1)
    found = morris_analysis.analyze(own, points, function(points), num_levels=4, seed=1)
    return dict(
        mu_star=found["mu_star"].tolist(), mu=found["mu"].tolist(), sigma=found["sigma"].tolist())


def shapley_case(beta, correlation):
    """A sum of correlated normal inputs: the variance that a set leaves when the others are known, over all orders."""
    beta, correlation = np.array(beta), np.array(correlation)
    k = len(beta)

    def cost(inside):
        outside = [i for i in range(k) if i not in inside]
        own = correlation[np.ix_(inside, inside)]
        if outside and inside:
            across = correlation[np.ix_(inside, outside)]
            own = own - across @ np.linalg.solve(correlation[np.ix_(outside, outside)], across.T)
        return beta[inside] @ own @ beta[inside] if inside else 0.0

    variance = beta @ correlation @ beta
    shares = np.zeros(k)
    orders = list(itertools.permutations(range(k)))
    for order in orders:
        for place, player in enumerate(order):
            shares[player] += cost(sorted(order[: place + 1])) - cost(sorted(order[:place]))
    return dict(
        beta=beta.tolist(), correlation=correlation.flatten().tolist(), variance=variance,
        shares=(shares / len(orders) / variance).tolist())


def rank_case():
    rng = np.random.default_rng(3)
    x = np.round(rng.uniform(0, 4, (30, 3)), 1)  # rounded, so that there are ties
    y = np.round(np.exp(x[:, 0]) - 3 * x[:, 1] + 0.1 * x[:, 2], 1)
    ranks = np.column_stack([stats.rankdata(c) for c in x.T])
    own = stats.rankdata(y)
    z = (ranks - ranks.mean(0)) / ranks.std(0)
    w = (own - own.mean()) / own.std()
    coefficients, *_ = np.linalg.lstsq(z, w, rcond=None)
    explained = 1 - ((w - z @ coefficients) ** 2).sum() / (w**2).sum()
    return dict(
        x=x.T.tolist(), y=y.tolist(), spearman=[stats.spearmanr(c, y)[0] for c in x.T],
        coefficients=coefficients.tolist(), explained=explained)


def lognormal(low, high, share):
    mu, sigma = (math.log(low) + math.log(high)) / 2, math.log(high / low) / 2 / stats.norm.ppf(0.95)
    return math.exp(mu + sigma * stats.norm.ppf(share))


def tornado_case():
    """price = a b^2 / (1 + c), with a: 2 to 5, b: 1 to 3, c: uniform from 0 to 4."""
    at = dict(
        a=lambda p: lognormal(2, 5, p), b=lambda p: lognormal(1, 3, p), c=lambda p: 4 * p)
    middle = {name: value(0.5) for name, value in at.items()}

    def price(x):
        return x["a"] * x["b"] ** 2 / (1 + x["c"])

    return dict(
        middle=price(middle),
        ends={name: [price(middle | {name: value(p)}) for p in (0.05, 0.95)] for name, value in at.items()})


print(
    json.dumps(
        dict(
            origin=f"independent.py with SALib {version('SALib')}, scipy {version('scipy')}, numpy {version('numpy')}",
            sobol=sobol_case(ishigami, 3, 64),
            ishigami_morris=morris_case(ishigami, 3), g_morris=morris_case(g, 8),
            shapley=[
                shapley_case([1, 2, 3], [[1, 0.5, 0.2], [0.5, 1, -0.4], [0.2, -0.4, 1]]),
                shapley_case([1, 1], [[1, 0.9], [0.9, 1]]),
                shapley_case([1, 0, 2, 1], [[1, 0.8, 0, 0], [0.8, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, -0.5, 1]]),
            ],
            rank=rank_case(), tornado=tornado_case()),
        separators=(",", ": ")),
    file=open("independent.json", "w"))
