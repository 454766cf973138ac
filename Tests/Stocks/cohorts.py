"""Stocks of cohorts in plain loops, from the formulas alone: no numpy, no scipy, nothing learnt from the engine.

A cohort is what enters in one step. Its goods come at moments `u` of the step (0 its start, 1 its end), each with a
weight: one moment for `start`, `middle` and `end`, the ten points of Gauss and Lobatto for `spread`. At the end of the
k-th step after its entry (k = 0: the step of entry itself) goods that came at `u` have the age a + (k + 1 - u) dt, where
`a` is the age they came with, and

    share(k) = sum over u of weight(u) * S(a + (k + 1 - u) dt) / S(a)

of the cohort is left (for a = 0 there is no division: a normal lifetime has S(0) < 1, and flodym does the same). A step then goes:

 1. each cohort that was there keeps share(k) / share(k - 1) of what it had left;
 2. the inflow of the step enters and keeps share(0);
 3. the outflow is taken from all cohorts, the new one too, in proportion to what each has left then;
 4. what is left is the stock. Retired is what steps 1 and 2 lost.

Where `level` drives the stock, the inflow is (level + outflow - what step 1 left) / share(0); where that is negative it
is 0, and the cohorts are scaled down to the level; what goes so counts as retired.

An initial stock in a steady state is made of cohorts that entered j = 1, 2, ... steps before the horizon, in equal
numbers: share(j - 1) is left of them when it opens. An initial stock with ages is made of goods of those ages as it opens.
"""

import math


def survival(lifetime, age):
    """Share of goods that are still in use at an age in years."""
    kind = lifetime["kind"]
    if kind == "weibull":
        return math.exp(-((age / lifetime["scale"]) ** lifetime["shape"]))
    if kind == "lognormal":
        if age <= 0:
            return 1.0
        variance = math.log1p((lifetime["sd"] / lifetime["mean"]) ** 2)
        middle = math.log(lifetime["mean"]) - variance / 2
        return math.erfc((math.log(age) - middle) / math.sqrt(2 * variance)) / 2
    if kind == "normal":
        return math.erfc((age - lifetime["mean"]) / (lifetime["sd"] * math.sqrt(2))) / 2
    if kind == "fixed":
        return 1.0 if age < lifetime["life"] else 0.0
    if kind == "table":
        points = lifetime["points"]
        for (a0, s0), (a1, s1) in zip(points, points[1:]):
            if age < a1:
                return s0 + (s1 - s0) * (age - a0) / (a1 - a0)
        return points[-1][1]
    raise ValueError(kind)


def lobatto(count):
    """Points and weights of Gauss and Lobatto on 0..1: the ends, and the zeros of P'(n-1), by Newton's method."""
    n = count - 1

    def legendre(x):
        before, here = 1.0, x
        for k in range(2, n + 1):
            before, here = here, ((2 * k - 1) * x * here - (k - 1) * before) / k
        return before, here

    points = []
    for i in range(count):
        x = -math.cos(math.pi * i / n)
        if 0 < i < n:
            for _ in range(100):
                before, here = legendre(x)
                slope = n * (before - x * here) / (1 - x * x)
                bend = (2 * x * slope - n * (n + 1) * here) / (1 - x * x)
                x -= slope / bend
        points.append(((x + 1) / 2, 1 / (n * (n + 1) * legendre(x)[1] ** 2)))
    return points


ARRIVALS = {"start": [(0.0, 1.0)], "middle": [(0.5, 1.0)], "end": [(1.0, 1.0)], "spread": lobatto(10)}


class Cohort:
    def __init__(self, entered, left, lifetime, moments, dt, aged=0.0):
        self.entered, self.left, self.lifetime, self.moments, self.dt, self.aged = entered, left, lifetime, moments, dt, aged
        self.shares = {}

    def lasting(self, k):
        """For each moment of arrival: weight left, and age, at the end of the k-th step after entry."""
        whole = survival(self.lifetime, self.aged) if self.aged else 1.0
        ages = [(weight, self.aged + (k + 1 - u) * self.dt) for u, weight in self.moments]
        return [(weight * survival(self.lifetime, age) / whole, age) for weight, age in ages]

    def share(self, k):
        if k not in self.shares:
            self.shares[k] = math.fsum(weight for weight, _ in self.lasting(k))
        return self.shares[k]

    def grow_old(self, step):
        k = step - self.entered
        before = self.share(k - 1)
        self.left = self.left * self.share(k) / before if before > 0 else 0.0

    def age(self, step):
        """Mean age of what is left at the end of a step."""
        lasting = self.lasting(step - self.entered)
        return math.fsum(w * age for w, age in lasting) / math.fsum(w for w, _ in lasting)


def at(value, step):
    return value[step] if isinstance(value, list) else value


def of_cohort(lifetime, step):
    """The lifetime of the cohort that enters in a step."""
    if lifetime["kind"] == "table":
        return lifetime
    return {name: at(value, step) for name, value in lifetime.items()}


def initial_cohorts(case, dt, moments):
    initial = case.get("initial", 0.0)
    if not initial:
        return []
    lifetime = of_cohort(case["lifetime"], 0)
    if "initial_age" in case:
        # A list of [age, share]. Goods of an age came at the horizon's opening, so no step of theirs lies before it.
        return [Cohort(-1, initial * share, lifetime, [(1.0, 1.0)], dt, aged=age) for age, share in case["initial_age"]]
    steady, total = [], 0.0
    while True:
        j = len(steady) + 1
        cohort = Cohort(-j, 0.0, lifetime, moments, dt)
        cohort.left = cohort.share(j - 1)
        total += cohort.left
        if cohort.left < 1e-19 * total:
            break
        steady.append(cohort)
    whole = math.fsum(c.left for c in steady)
    for cohort in steady:
        cohort.left *= initial / whole
    return steady


def simulate(case):
    """Runs a case; flows are rates per year."""
    dt, steps, moments = case["step"], case["steps"], ARRIVALS[case["arrives"]]
    cohorts = initial_cohorts(case, dt, moments)
    out = {name: [] for name in ("stock", "inflow", "retired", "outflow", "mean_age")}
    for step in range(steps):
        before = math.fsum(c.left for c in cohorts)
        for cohort in cohorts:
            cohort.grow_old(step)
        lifetime = of_cohort(case["lifetime"], step)
        taken = at(case.get("outflow", 0.0), step) * dt
        new = Cohort(step, 0.0, lifetime, moments, dt)
        entering, keep = 0.0, 1.0
        if case["mode"] == "level":
            kept, level = math.fsum(c.left for c in cohorts), case["level"][step]
            entering = (level + taken - kept) / new.share(0)
            if entering < 0:
                entering, keep = 0.0, (level + taken) / kept
        else:
            entering = case["inflow"][step] * dt
        for cohort in cohorts:
            cohort.left *= keep
        new.left = entering * new.share(0)
        cohorts.append(new)
        for flow in case.get("aged", []):
            more = flow["inflow"][step] * dt
            cohort = Cohort(step, 0.0, lifetime, moments, dt, aged=flow["age"])
            cohort.left = more * cohort.share(0)
            cohorts.append(cohort)
            entering += more
        kept = math.fsum(c.left for c in cohorts)
        if taken > kept:
            raise ValueError("more is taken than there is")
        for cohort in cohorts:
            cohort.left *= 1 - taken / kept if kept else 1.0
        stock = math.fsum(c.left for c in cohorts)
        out["stock"].append(stock)
        out["inflow"].append(entering / dt)
        out["outflow"].append(taken / dt)
        out["retired"].append((before + entering - kept) / dt)
        ages = math.fsum(c.left * c.age(step) for c in cohorts if c.left > 0)
        out["mean_age"].append(ages / stock if stock > 0 else None)
    out["cohorts"] = [math.fsum(c.left for c in cohorts if c.entered == step) for step in range(steps)]
    return out
