"""Models of 25 countries with a route for each of their 600 pairs, over five years: random figures of plausible sizes,
with taxes, tariffs, quotas, losses and capacities. Each is run by the command, and what it prints is held against the
equations, which are written here anew. Run: python3 countries.py REUSE [FIRST] [COUNT]
"""
import json
import math
import random
import subprocess
import sys
import tempfile
import time

YEARS = range(2025, 2030)
COUNTRIES = 25
PRICE, QUANTITY = "USD/phone", "phone/yr"


def country(r, name):
    # From a million people to a billion, with the price that is paid rising with income.
    people = 10 ** r.uniform(0, 3)
    income = r.uniform(0.3, 1.6)
    price = 220 * income ** 0.4
    demand = people * 1e5 * income * r.uniform(0.5, 1.5)
    growth = r.uniform(0.97, 1.08)
    supply_growth = r.uniform(0.97, 1.08)
    vat = r.choice([0, 0.05, 0.1, 0.15, 0.2, 0.25])
    form = "linear" if r.random() < 0.2 else "isoelastic"
    return {
        "name": name, "x": r.uniform(0, 18000), "y": r.uniform(-5000, 6000), "price": price,
        "demand": [demand * growth ** k for k in range(len(YEARS))], "form": form, "elasticity": -r.uniform(0.4, 1.8),
        "vat": vat, "tax": price * r.choice([0, 0, 0, 0.02]),
        "quota": demand * r.uniform(0.02, 0.5) if r.random() < 0.2 else math.inf,
        "volume": [demand * q * supply_growth ** k for q in [r.uniform(0.4, 2)] for k in range(len(YEARS))],
        "supply_price": price / (1 + vat) * r.uniform(0.6, 0.9), "supply_elasticity": r.uniform(0.2, 1.2),
        "supply_form": r.choice(["isoelastic", "isoelastic", "linear"]), "yield": r.uniform(0.75, 1),
        "cost": price * r.uniform(0.02, 0.3), "levy": r.choice([0, 0, 0.01, 0.05]),
        "supply_subsidy": price * r.choice([0, 0, 0, 0.05]),
        "supply_capacity": demand * r.uniform(1, 3) if r.random() < 0.2 else math.inf,
    }


def route(r, a, b):
    distance = math.hypot(a["x"] - b["x"], a["y"] - b["y"])
    return {
        "cost": 2 + 0.0015 * distance * r.uniform(0.7, 1.3), "tariff": r.choice([0, 0, 0.05, 0.1, 0.2]),
        "export_tax": r.choice([0, 0, 0, 0, 0.05]), "duty": r.choice([0, 0, 0, 2.5]),
        "loss": r.choice([0, 0, 0, 0.01, 0.03]),
        "capacity": min(a["demand"][0], b["demand"][0]) * r.uniform(0.05, 1) if r.random() < 0.15 else math.inf,
    }


def series(values):
    return "[" + ", ".join(f"{year}: {value!r} phone/yr" for year, value in zip(YEARS, values)) + "]"


def script(countries, routes):
    lines = [f"horizon {YEARS[0]}..{YEARS[-1]}", "unit phone"]

    def add(head, fields):
        lines.append(head + " { " + ", ".join(f"{name}: {value}" for name, value in fields if value is not None) + " }")

    def money(value):
        return f"{value!r} USD/phone" if value else None

    def share(value):
        return repr(value) if value else None

    def limit(value):
        return f"{value!r} phone/yr" if value < math.inf else None

    for c in countries:
        add(f"market {c['name']}", [
            ("demand", f"{series(c['demand'])} at {money(c['price'])}"), ("elasticity", c["elasticity"]),
            ("form", c["form"]), ("vat", share(c["vat"])), ("tax", money(c["tax"])),
            ("import_quota", limit(c["quota"]))])
        add(f"supply from_{c['name']} in {c['name']}", [
            ("volume", f"{series(c['volume'])} at {money(c['supply_price'])}"), ("elasticity", c["supply_elasticity"]),
            ("form", c["supply_form"]), ("yield", repr(c["yield"])), ("cost", money(c["cost"])),
            ("levy", share(c["levy"])), ("subsidy", money(c["supply_subsidy"])),
            ("capacity", limit(c["supply_capacity"]))])
    for (a, b), way in routes.items():
        add(f"route {countries[a]['name']} -> {countries[b]['name']}", [
            ("cost", money(way["cost"])), ("tariff", share(way["tariff"])), ("export_tax", share(way["export_tax"])),
            ("duty", money(way["duty"])), ("loss", share(way["loss"])), ("capacity", limit(way["capacity"]))])
    lines += ["show markets.price, markets.quota_rent, markets.unsold", "show supplies.collected",
              "show routes.flow, routes.rent"]
    return "\n".join(lines) + "\n"


def residual(countries, routes, year, values):
    """The worst natural residual of all conditions in one year."""
    worst = (0.0, "")

    def note(value, what):
        nonlocal worst
        if not abs(value) <= worst[0]:
            worst = (abs(value), what)

    n = len(countries)
    price = [values[f"markets.price[{c['name']}]"] for c in countries]
    quota_rent = [values[f"markets.quota_rent[{c['name']}]"] for c in countries]
    highest = max(price)
    balance, size, arrivals = [0.0] * n, [0.0] * n, [0.0] * n
    for i, c in enumerate(countries):
        paid = (price[i] * (1 + c["vat"]) + c["tax"]) / c["price"]
        wanted = c["demand"][year]
        if c["form"] == "linear":
            bought = wanted * max(0, 1 + c["elasticity"] * (paid - 1))
        else:
            bought = wanted * paid ** c["elasticity"]
        collected = values[f"supplies.collected[from_{c['name']}]"]

        def curve(net):
            if net <= 0:
                return 0.0
            net /= c["supply_price"]
            if c["supply_form"] == "linear":
                amount = c["volume"][year] * max(0, 1 + c["supply_elasticity"] * (net - 1))
            else:
                amount = c["volume"][year] * net ** c["supply_elasticity"]
            return min(amount, c["supply_capacity"])

        sales = c["yield"] * price[i] * (1 - c["levy"])
        net = sales - c["cost"] + c["supply_subsidy"]
        # A price is known to a billionth of the money it is the difference of.
        blur = 1e-9 * (sales + c["cost"] + c["supply_subsidy"])
        note(max(curve(net - blur) - collected, collected - curve(net + blur), 0) / c["volume"][year], f"supply {i}")
        size[i] = max(wanted, bought, c["volume"][year])
        balance[i] = c["yield"] * collected - bought
    flows = {pair: values[f"routes.flow[{countries[pair[0]]['name']} -> {countries[pair[1]]['name']}]"]
             for pair in routes}
    for (a, b), flow in flows.items():
        balance[a] -= flow
        balance[b] += (1 - routes[a, b]["loss"]) * flow
        arrivals[b] += (1 - routes[a, b]["loss"]) * flow
        size[a], size[b] = max(size[a], flow), max(size[b], flow)
    for (a, b), flow in flows.items():
        way = routes[a, b]
        kept = 1 - way["loss"]
        landed = (price[a] * (1 + way["export_tax"]) + way["cost"]) * (1 + way["tariff"]) + way["duty"]
        rent = values[f"routes.rent[{countries[a]['name']} -> {countries[b]['name']}]"]
        margin = (landed + rent + kept * quota_rent[b] - kept * price[b]) / max(landed, kept * price[b])
        unit = min(size[a], size[b])
        note(min(flow / unit, margin), f"route {a} -> {b}")
        note(min((way["capacity"] - flow) / unit, rent / landed), f"capacity {a} -> {b}")
    for i, c in enumerate(countries):
        note(min(balance[i] / size[i], price[i] / highest), f"market {i}")
        note(min((c["quota"] - arrivals[i]) / size[i], quota_rent[i] / highest), f"quota {i}")
    return worst


def main():
    command = sys.argv[1]
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    failed, wrong, worst, slowest = 0, 0, 0.0, 0.0
    for seed in range(first, first + count):
        r = random.Random(seed)
        countries = [country(r, f"C{i}") for i in range(COUNTRIES)]
        routes = {(a, b): route(r, countries[a], countries[b])
                  for a in range(COUNTRIES) for b in range(COUNTRIES) if a != b}
        with tempfile.NamedTemporaryFile("w", suffix=".reuse") as file:
            file.write(script(countries, routes))
            file.flush()
            start = time.monotonic()
            ran = subprocess.run([command, "run", "--format", "json", file.name], capture_output=True, text=True)
            slowest = max(slowest, time.monotonic() - start)
        if ran.returncode != 0:
            failed += 1
            said = [d["message"] for d in json.loads(ran.stdout)["diagnostics"] if d["severity"] == "error"]
            print(f"model {seed}: {said}", flush=True)
            continue
        tables = [o for o in json.loads(ran.stdout)["outputs"] if o["type"] == "table"]
        for year in range(len(YEARS)):
            values = {}
            for table in tables:
                for column, cell in zip(table["columns"], table["rows"][year]["cells"]):
                    assert column["unit"] in (PRICE, QUANTITY)
                    values[column["name"]] = cell
            found, what = residual(countries, routes, year, values)
            worst = max(worst, found)
            if not found <= 2e-9:
                wrong += 1
                print(f"model {seed}, {YEARS[year]}: {what} is missed by {found}", flush=True)
    print(f"{count} models from {first}: {failed} not cleared; {wrong} years wrong; worst residual {worst}; "
          f"at most {slowest:.2f} s each")


main()
