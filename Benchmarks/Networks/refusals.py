"""Reads the networks that were refused, and asks another solver (HiGHS, by scipy) whether each could be served.

A network can be cleared where its fixed demands can all be met at once: by what suppliers collect at most, over routes
with their losses and capacities, within quotas. The largest share t of all fixed demands that can be met together is a
linear programme; a refusal for lack of goods is right where t < 1, and what it says is missing in all is right where another
programme finds the same: the least that must be added to what comes to those markets. Markets with an isoelastic demand must be reached by
some supply. Everything is in units of each market's own size. Run: python3 refusals.py FILE
"""
import json
import sys

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix


def reached(case):
    seen = set()
    for form, outs, volume, limit in zip(case["supplyForms"], case["outputs"], case["volume"], case["supplyCapacity"]):
        if volume > 0 and limit != 0:
            seen |= {node for node, share in outs if share > 0}
    work = list(seen)
    while work:
        node = work.pop()
        for (a, b), limit, loss in zip(case["routes"], case["routeCapacity"], case["loss"]):
            if a == node and b not in seen and limit != 0 and loss < 1 and case["quota"][b] != 0:
                seen.add(b)
                work.append(b)
    return seen


def components(case):
    """By market, the first that it is joined to by routes or joint products: each such set is cleared by itself."""
    parent = list(range(len(case["quantity"])))

    def root(node):
        while parent[node] != node:
            node = parent[node]
        return node

    for a, b in case["routes"] + [(outs[0][0], node) for outs in case["outputs"] for node, _ in outs]:
        a, b = sorted((root(a), root(b)))
        parent[b] = a
    return [root(node) for node in parent]


def programme(case, lacks):
    """With `lacks` the least that is missing, by set; else the largest share of all fixed demands that can be met."""
    n, s, r = len(case["quantity"]), len(case["volume"]), len(case["routes"])
    most = []
    for form, volume, limit in zip(case["supplyForms"], case["volume"], case["supplyCapacity"]):
        most.append(min(volume, np.inf if limit is None else limit) if form == "fixed" else limit)
    size = np.array([max(q, 1e-9) for q in case["quantity"]], float)
    for outs, volume in zip(case["outputs"], case["volume"]):
        for node, part in outs:
            size[node] = max(size[node], part * volume)
    # A market that only passes goods through is as large as the largest that it is joined to.
    for node in range(n):
        if size[node] <= 1e-9:
            ends = [size[b if a == node else a] for a, b in case["routes"] if node in (a, b)]
            size[node] = max(ends, default=1)
    fixed = [node for node, form in enumerate(case["demandForms"]) if form == "fixed"]
    units = [case["volume"][k] for k in range(s)] + [min(size[a], size[b]) for a, b in case["routes"]]
    units += [1.0]
    largest = max((case["quantity"][node] for node in fixed), default=1)
    if lacks:
        # An amount is wanted, to the digits of the largest demand.
        size[:] = largest
        units = [largest] * (s + r + len(fixed))
    rows, cols, values, bound = [], [], [], []

    def add(row, col, value):
        rows.append(row)
        cols.append(col)
        values.append(value * units[col])

    for node in range(n):
        bound.append(0)
    for k, outs in enumerate(case["outputs"]):
        for node, part in outs:
            add(node, k, -part / size[node])
    for k, (a, b) in enumerate(case["routes"]):
        add(a, s + k, 1 / size[a])
        add(b, s + k, -(1 - case["loss"][k]) / size[b])
    for place, node in enumerate(fixed):
        if lacks:
            bound[node] = -case["quantity"][node] / size[node]
            add(node, s + r + place, -1 / size[node])
        else:
            add(node, s + r, case["quantity"][node] / size[node])
    row = n
    for node, quota in enumerate(case["quota"]):
        if quota is None:
            continue
        for k, (a, b) in enumerate(case["routes"]):
            if b == node:
                add(row, s + k, (1 - case["loss"][k]) / size[node])
        bound.append(quota / size[node])
        row += 1
    limits = most + case["routeCapacity"]
    bounds = [(0, None if m is None else m / units[k]) for k, m in enumerate(limits)]
    bounds += [(0, case["quantity"][node] / largest) for node in fixed] if lacks else [(0, 2)]
    matrix = coo_matrix((values, (rows, cols)), shape=(row, len(units)))
    costs = [1] * len(fixed) if lacks else [-1]
    found = linprog([0] * (s + r) + costs, A_ub=matrix, b_ub=bound, bounds=bounds, method="highs")
    if found.status != 0:
        return float("nan")
    if not lacks:
        return found.x[-1]
    missing = {}
    parts = components(case)
    for place, node in enumerate(fixed):
        missing[parts[node]] = missing.get(parts[node], 0) + found.x[s + r + place] * largest
    return list(missing.values())


counts = {}
furthest = 0.0
for line in open(sys.argv[1]):
    if not line.strip():
        continue
    case = json.loads(line)
    seen = reached(case)
    wants = [i for i, f in enumerate(case["demandForms"]) if f in ("fixed", "isoelastic") and case["quantity"][i] > 0]
    missed = [i for i in wants if i not in seen]
    if case["refusal"] == "unreachable":
        verdict = "right" if missed else "wrong"
    else:
        t = programme(case, lacks=False)
        verdict = "right" if t < 1 - 1e-7 else "wrong"
        if case["refusal"] == "demandAboveCapacity":
            # In units of the largest demand, which the programme is exact in.
            largest = max(q for q, f in zip(case["quantity"], case["demandForms"]) if f == "fixed")
            # The refusal is of the first set that misses something.
            away = min(abs(missing - case["missing"]) for missing in programme(case, lacks=True)) / largest
            furthest = max(furthest, away)
        if verdict == "wrong":
            print("seed", case["seed"], case["refusal"], "could be served:", t)
    key = case["refusal"], verdict
    counts[key] = counts.get(key, 0) + 1
for key, count in sorted(counts.items()):
    print(*key, count)
print("what is missing is at most", furthest, "of the largest fixed demand from what HiGHS finds")
