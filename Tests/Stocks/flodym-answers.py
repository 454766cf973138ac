"""Makes answers.json: random stocks, and what comes out of them.

    python3 -m venv venv && venv/bin/pip install flodym==1.1.0 numpy scipy mpmath
    venv/bin/python Tests/Stocks/flodym-answers.py

Run so in November 2026 with Python 3.11.7, flodym 1.1.0, numpy 2.4.6, scipy 1.17.1, mpmath 1.4.1. The seed is fixed: the same versions make
the same file.

Where flodym can compute a case, its answer is the one that is kept (`"by": "flodym"`), and the plain loops of
cohorts.py must agree with it to 1e-11 of the largest stock. What flodym lacks is then computed by those loops
(`"by": "loops"`): initial stocks, goods that enter aged, outflows taken besides, falling levels, survival tables.

What flodym calls things: `inflow_at` is our `arrives`, and n_pts_per_interval = 10 (Gauss and Lobatto's ten points,
which ignores inflow_at) our `spread`. A fixed life ends where the age has reached it: S(t) = 1 for t < life. A normal lifetime is not
cut off at 0. flodym's outflow is our `retired`. Its time is counted from 0, as years around 2000 cost three digits of every age.

A case is one line of the file: flows in units a year, ages and steps in years, `lifetime` with numbers or with a
list of one for each step of entry, `aged` with flows that come in besides, `initial_age` as pairs of age and share.
`cohorts` is what is left at the end of what entered in each step. Numbers have the digits that bring back the same double.
"""

import json
import os
import random

import mpmath
import numpy as np
from flodym import Dimension, DimensionSet, InflowDrivenDSM, StockDrivenDSM, StockArray
from flodym import lifetime_models as lives

import cohorts

here = os.path.dirname(os.path.abspath(__file__))
chance = random.Random(20261125)
ARRIVALS = ("start", "middle", "end", "spread")


def flodym(case):
    steps, dt = case["steps"], case["step"]
    time = Dimension(name="time", letter="t", items=[i * dt for i in range(steps)], dtype=float)
    dims = DimensionSet(dim_list=[time])
    given = {n: np.array([cohorts.at(v, i) for i in range(steps)]) for n, v in case["lifetime"].items() if n != "kind"}
    kind = case["lifetime"]["kind"]
    if kind == "weibull":
        life = lives.WeibullLifetime(dims=dims, weibull_shape=given["shape"], weibull_scale=given["scale"], **timing(case))
    elif kind == "lognormal":
        life = lives.LogNormalLifetime(dims=dims, mean=given["mean"], std=given["sd"], **timing(case))
    elif kind == "normal":
        life = lives.NormalLifetime(dims=dims, mean=given["mean"], std=given["sd"], **timing(case))
    else:
        life = lives.FixedLifetime(dims=dims, mean=given["life"], **timing(case))
    if case["mode"] == "inflow":
        model = InflowDrivenDSM(dims=dims, lifetime_model=life, inflow=StockArray(dims=dims, values=np.array(case["inflow"])))
    else:
        model = StockDrivenDSM(dims=dims, lifetime_model=life, stock=StockArray(dims=dims, values=np.array(case["level"])))
    model.compute()
    # With steps other than a year flodym 1.1.0 leaves the step out of a stock-driven model's cohorts (not out of its flows).
    whole = dt if case["mode"] == "level" else 1.0
    return {
        "stock": model.stock.values.tolist(),
        "inflow": model.inflow.values.tolist(),
        "retired": model.outflow.values.tolist(),
        "cohorts": (model.get_stock_by_cohort()[-1] * whole).tolist(),
    }


def timing(case):
    if case["arrives"] == "spread":
        return {"n_pts_per_interval": 10}
    return {"inflow_at": case["arrives"]}


def figure(low, high):
    return round(chance.uniform(low, high), 3)


def lifetime(kind, steps=None):
    """Random parameters: numbers, or one for each step of entry, wandering, where steps are given."""

    def parameter(low, high):
        if steps is None:
            return figure(low, high)
        return [figure(low, high) for _ in range(steps)]

    if kind == "weibull":
        return {"kind": kind, "shape": parameter(0.8, 3.5), "scale": parameter(2, 9)}
    if kind == "lognormal":
        return {"kind": kind, "mean": parameter(2, 8), "sd": parameter(0.5, 4)}
    if kind == "normal":
        return {"kind": kind, "mean": parameter(3, 8), "sd": parameter(0.4, 2)}
    if kind == "fixed" and chance.random() < 0.5:
        # Whole lives fall on the boundary of a step where goods arrive at its start or end.
        return {"kind": kind, "life": float(chance.randint(2, 6)) if steps is None else [float(chance.randint(2, 6)) for _ in range(steps)]}
    if kind == "fixed":
        # Halves fall on the boundary where they arrive in its middle.
        return {"kind": kind, "life": chance.randint(3, 13) / 2 if steps is None else [chance.randint(3, 13) / 2 for _ in range(steps)]}
    points, left, age = [[0.0, 1.0]], 1.0, 0.0
    while left > 0.15:
        age += chance.choice([0.5, 1.0, 2.0])
        left = round(left * chance.uniform(0.5, 0.98), 3)
        points.append([age, left])
    return {"kind": "table", "points": points + [[age + 1, 0.0]]}


def case(mode, life, arrives, steps, step=1.0, **more):
    made = {"mode": mode, "lifetime": life, "arrives": arrives, "step": step, "steps": steps}
    if mode == "inflow":
        made["inflow"] = [figure(0, 200) if chance.random() > 0.05 else 0.0 for _ in range(steps)]
    else:
        made["level"] = rising(steps)
    return made | more


def rising(steps, fall=0.0):
    level, levels = figure(50, 150), []
    for _ in range(steps):
        levels.append(round(level, 3))
        level *= 1 + chance.uniform(-fall, 0.12)
    return levels


kept = []
worst = 0.0


def keep(made, answers, by):
    kept.append({"id": f"{by}-{len(kept) + 1}", "by": by} | made | {"answers": answers})


def compared(made):
    """flodym's answer, when the plain loops agree with it."""
    global worst
    theirs, ours = flodym(made), cohorts.simulate(made)
    scale = max(map(abs, theirs["stock"] + theirs["inflow"]))
    for name in ("stock", "inflow", "retired", "cohorts"):
        apart = max(abs(a - b) for a, b in zip(theirs[name], ours[name], strict=True)) / scale
        worst = max(worst, apart)
        if apart > 1e-11:
            raise SystemExit(f"flodym and the loops are {apart:.1e} apart on {name} of {made}")
    # Ages are ours alone: flodym has none.
    return theirs | {"mean_age": ours["mean_age"]}


# Two facts that everything below rests on.
for (point, weight), x, w in zip(cohorts.lobatto(10), lives.gl_nodes[10], lives.gl_weights[10], strict=True):
    assert abs(point - (x + 1) / 2) < 1e-15 and abs(weight - w / 2) < 1e-15
assert not cohorts.survival({"kind": "fixed", "life": 3.0}, 3.0) and cohorts.survival({"kind": "fixed", "life": 3.0}, 2.999)

for mode in ("inflow", "level"):
    for kind in ("weibull", "lognormal", "normal", "fixed"):
        for arrives in ARRIVALS:
            for varying in (False, True):
                steps = chance.randint(12, 30)
                made = case(mode, lifetime(kind, steps if varying else None), arrives, steps)
                if mode == "level":
                    # Levels that fall now and then, where flodym's inflow stays positive.
                    for _ in range(40):
                        made["level"] = rising(steps, fall=0.04)
                        if min(flodym(made)["inflow"]) >= 0:
                            break
                    else:
                        made["level"] = rising(steps)
                answers = compared(made)
                assert min(answers["inflow"]) >= 0
                keep(made, answers, "flodym")

# Quarters.
for mode in ("inflow", "level"):
    for kind, arrives in zip(("weibull", "lognormal", "normal", "fixed"), ("spread", "middle", "end", "start"), strict=True):
        made = case(mode, lifetime(kind), arrives, 24, step=0.25)
        keep(made, compared(made), "flodym")


def looped(made):
    keep(made, cohorts.simulate(made), "loops")


KINDS = ("weibull", "lognormal", "normal", "fixed", "table")

# An initial stock in a steady state; its first inflow continues it or does not.
for kind in KINDS:
    for arrives in ARRIVALS:
        looped(case("inflow", lifetime(kind), arrives, chance.randint(12, 20), initial=figure(100, 900)))
looped(case("inflow", lifetime("weibull"), "middle", 24, step=0.25, initial=500.0))
looped(case("inflow", lifetime("lognormal"), "spread", 24, step=0.25, initial=500.0))

# An initial stock of given ages: one, and several with shares.
for kind in KINDS:
    ages = [[1.5, 1.0]] if kind != "fixed" else [[0.25, 1.0]]
    looped(case("inflow", lifetime(kind), "middle", 12, initial=400.0, initial_age=ages))
for kind in ("weibull", "lognormal"):
    looped(case("inflow", lifetime(kind), "end", 12, initial=400.0, initial_age=[[0.5, 0.5], [1.5, 0.3], [4.0, 0.2]]))

# Goods that enter aged.
for kind in KINDS:
    for arrives in ARRIVALS:
        steps = chance.randint(12, 18)
        age = 1.0 if kind != "fixed" else 0.75
        more = [{"age": age, "inflow": [figure(0, 80) for _ in range(steps)]}]
        looped(case("inflow", lifetime(kind), arrives, steps, aged=more))

# Taken out besides: a part of what the same stock holds without it, so that there is enough.
for kind in KINDS:
    for arrives in ARRIVALS:
        made = case("inflow", lifetime(kind), arrives, chance.randint(12, 18), initial=figure(100, 900))
        share = chance.uniform(0.02, 0.1)
        looped(made | {"outflow": [round(share * x, 3) for x in cohorts.simulate(made)["stock"]]})

# Levels that fall faster than the stock retires, with and without an initial stock and an outflow.


def falling(kind, arrives):
    steps = chance.randint(14, 20)
    made = case("level", lifetime(kind), arrives, steps)
    levels = made["level"]
    cut = chance.randint(4, 8)
    for i in range(cut, cut + 3):
        levels[i] = round(levels[i - 1] * chance.uniform(0.3, 0.6), 3)
    for i in range(cut + 3, steps):
        levels[i] = round(levels[i - 1] * chance.uniform(0.98, 1.15), 3)
    if arrives in ("middle", "spread"):
        made["initial"] = round(levels[0] * 0.9, 3)
    if kind in ("weibull", "table"):
        made["outflow"] = [round(0.03 * x, 3) for x in levels]
    return made


for kind in KINDS:
    for arrives in ARRIVALS:
        # Short lives may follow the fall by themselves: then it is another draw's turn.
        while min((answers := cohorts.simulate(made := falling(kind, arrives)))["inflow"]) > 0:
            pass
        assert all(abs(a - b) < 1e-9 for a, b in zip(answers["stock"], made["level"], strict=True))
        keep(made, answers, "loops")

# All at once.
for kind in ("weibull", "lognormal", "normal"):
    made = case("inflow", lifetime(kind), "spread", 28, step=0.25, initial=900.0)
    made["aged"] = [{"age": age, "inflow": [figure(0, 40) for _ in range(28)]} for age in (1.0, 2.0)]
    looped(made | {"outflow": [round(0.1 * x, 3) for x in cohorts.simulate(made)["stock"]]})

# What is lost must be found: opening + inflow = stock + retired + outflow, in every step of every case.
for made in kept:
    answers, before, scale = made["answers"], made.get("initial", 0.0), max(made["answers"]["stock"])
    for i in range(made["steps"]):
        taken = answers["outflow"][i] if "outflow" in answers else 0.0
        lost = before + (answers["inflow"][i] - answers["retired"][i] - taken) * made["step"] - answers["stock"][i]
        assert abs(lost) < 1e-12 * max(scale, 1), (made["id"], lost)
        before = answers["stock"][i]

# Weibull lifetimes by their moments: the shape solves sd/mean, with 40 digits.
mpmath.mp.dps = 40
moments = []
for mean, sd in [(3, 1.2), (4.5, 0.5), (2.2, 2.2), (6, 9), (10, 1), (1, 0.35)]:
    ratio = (mpmath.mpf(str(sd)) / mean) ** 2
    shape = mpmath.findroot(lambda k: mpmath.gamma(1 + 2 / k) / mpmath.gamma(1 + 1 / k) ** 2 - 1 - ratio, float(mean) / sd)
    moments.append({"mean": mean, "sd": sd, "shape": float(shape), "scale": float(mean / mpmath.gamma(1 + 1 / shape))})

with open(os.path.join(here, "answers.json"), "w") as file:
    lines = ",\n".join(json.dumps(made, separators=(",", ":")) for made in kept)
    file.write('{"weibull_by_moments":' + json.dumps(moments) + ',\n"cases":[\n' + lines + "\n]}\n")
count = sum(made["by"] == "flodym" for made in kept)
print(f"{count} cases by flodym, {len(kept) - count} by the loops; the two were at most {worst:.1e} of the stock apart")
