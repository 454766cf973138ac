"""Writes networks.json: random networks of linear curves, with an independent answer for each.

Each is the convex programme  max sum U(D) - sum C(x) - sum cost f  with U and C the areas under the inverse curves,
under balances, route capacities and import quotas; prices are the multipliers of the balances. Solved by cvxpy with
Clarabel: see the versions at the top of the file that it writes. Run: python3 networks.py
"""
import json
import random

import clarabel
import cvxpy as cp

random.seed(20261124)


def network(number):
    n = 2 + number % 5
    demand = [dict(q=random.uniform(10, 50), p=random.uniform(100, 250), e=-random.uniform(0.4, 2)) for _ in range(n)]
    supply = [dict(q=random.uniform(15, 70), p=random.uniform(60, 140), e=random.uniform(0.3, 1.5)) for _ in range(n)]
    for entry in supply:
        entry["capacity"] = random.uniform(30, 80) if random.random() < 0.3 else None
    quota = [random.uniform(2, 20) if random.random() < 0.25 else None for _ in range(n)]
    routes = []
    for a in range(n):
        for b in range(n):
            if a != b and random.random() < 0.6:
                capacity = random.uniform(1, 15) if random.random() < 0.3 else None
                routes.append({"from": a, "to": b, "cost": random.uniform(2, 60), "capacity": capacity})
    return dict(demand=demand, supply=supply, quota=quota, routes=routes)


def solve(case):
    n = len(case["demand"])
    d, x, f = cp.Variable(n), cp.Variable(n), cp.Variable(max(len(case["routes"]), 1))
    goal, limits = 0, [d >= 0, x >= 0, f >= 0]
    for i in range(n):
        # q = Q (1 + e (p/P - 1)), so p = P (1 + (q/Q - 1) / e).
        c = case["demand"][i]
        goal += c["p"] * (1 - 1 / c["e"]) * d[i] + c["p"] / (2 * c["e"] * c["q"]) * cp.square(d[i])
        s = case["supply"][i]
        goal -= s["p"] * (1 - 1 / s["e"]) * x[i] + s["p"] / (2 * s["e"] * s["q"]) * cp.square(x[i])
        if s["capacity"] is not None:
            limits.append(x[i] <= s["capacity"])
        arrivals = [f[k] for k, r in enumerate(case["routes"]) if r["to"] == i]
        if case["quota"][i] is not None and arrivals:
            limits.append(cp.sum(cp.hstack(arrivals)) <= case["quota"][i])
    balances = []
    for i in range(n):
        net = x[i] - d[i]
        for k, r in enumerate(case["routes"]):
            if r["to"] == i:
                net += f[k]
            if r["from"] == i:
                net -= f[k]
        # What is not wanted is left over, at a price of nothing.
        balances.append(net >= 0)
    for k, r in enumerate(case["routes"]):
        goal -= r["cost"] * f[k]
        if r["capacity"] is not None:
            limits.append(f[k] <= r["capacity"])
    if not case["routes"]:
        limits.append(f == 0)
    problem = cp.Problem(cp.Maximize(goal), limits + balances)
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    if problem.status not in ("optimal", "optimal_inaccurate"):
        return None
    case["prices"] = [abs(float(b.dual_value)) for b in balances]
    case["consumption"] = [float(v) for v in d.value]
    case["collected"] = [float(v) for v in x.value]
    return case


cases = [c for c in (solve(network(i)) for i in range(240)) if c]
versions = f"cvxpy {cp.__version__}, Clarabel {clarabel.__version__}"
with open("networks.json", "w") as file:
    file.write(json.dumps({"origin": versions, "networks": cases}, separators=(",", ":")).replace("},{\"demand", "},\n{\"demand"))
print(len(cases), versions)
