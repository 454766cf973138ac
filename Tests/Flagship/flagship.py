"""Recomputes samples/china-exports.reuse without Reuse, and writes flagship.json.

Written from the equations of docs/language.md (markets, supplies, routes, growth, policies); no line of the engine is used, and
neither is its method. China alone sends phones out, so for each price in China every market abroad has one price: its own, or
that of a phone from China where this is lower. What it then lacks is what it buys from China. The price in China is the one at
which that and what China buys are what is handed in, found by bisection: all of it rises or falls with that price.

Needs nothing but Python 3.9. Run it where it stands, after a change of the sample that this file follows:

    python3 flagship.py

INPUTS has the inputs as the sample writes them, and the test compares these texts with the sample. There are three points: all
inputs at their medians, in every year, and two with every input somewhere in its range.
"""
import json
import math
import random
from statistics import NormalDist

YEARS = range(2024, 2031)
UNITS = {"CNY": 0.139, "EUR": 1.08}  # in USD
LETTERS = {"k": 1e3, "M": 1e6, "B": 1e9, "%": 0.01}

INPUTS = {
    "CNY": "0.139 USD",
    "EUR": "1.08 USD",
    "price_2024": "2_000 CNY/phone",
    "resale_margin": "20% to 30%",
    "supply_growth": "5% to 12%/yr",
    "demand_growth": "1.7% to 5%/yr",
    "buyers_answer": "0.8 to 1.6",
    "owners_answer": "0.4 to 0.9",
    "export_burden": "30% to 50%",
    "new_sales": "51M phone/yr",
    "turnover": "143B CNY/yr",
    "paid_back": "15%",
    "capped": "87% to 95%",
    "reach": "30% to 70%",
    "world_price": "374 to 394 USD/phone",
    "europe_price": "400 to 417 EUR/phone",
    "europe_buys": "21.1M phone/yr",
    "asia_buys": "8M to 20M phone/yr",
    "africa_buys": "10M to 25M phone/yr",
    "africa_alike": "2% to 10%",
    "europe_growth": "1%/yr",
    "asia_growth": "5%/yr",
    "africa_growth": "6%/yr",
    "supply_pace": "0.75 to 1.33",
    "dealer_margin": "25% to 35%",
    "vat_europe": "17% to 25%",
    "tariff_asia": "10% to 25%",
    "tariff_africa": "10% to 25%",
    "handling": "8 to 16 USD/phone",
    "orange_2021": "133_358 phone/yr",
    "orange_2023": "212_296 phone/yr",
    "orange_growth": "9% to 26%/yr",
    "orange_sells": "10M phone/yr",
    "export_vat.now_paid": "13%",
    "export_vat.asked": "0.5%",
    "guidelines.saved": "20% to 40%",
    "new_phone": "61 to 74 kgCO2e/phone",
    "saving": "64% to 87%",
    "first_use": "3 yr",
    "second_use": "2 yr",
    "rebound": "27% to 46%",
    "parcel": "0.2 to 0.4 kg/phone",
    "air": "1.134 kgCO2e/tkm",
}

POLICIES = ["subsidy", "export_vat", "guidelines", "durability"]
SCENARIOS = {
    "baseline": [],
    **{policy: [policy] for policy in POLICIES},
    "china": ["subsidy", "export_vat", "guidelines"],
    "all": POLICIES,
}
MARKETS = ["China", "Europe", "Orange", "SouthEastAsia", "Africa"]
ABROAD = ["Europe", "SouthEastAsia", "Africa"]
KM = {"Europe": 9_200, "SouthEastAsia": 2_600, "Africa": 8_700}


def number(text):
    """`51M` is 51e6, `20%` is 0.2."""
    letter = text[-1] if text[-1] in LETTERS else ""
    return float(text.rstrip("kMB%").replace("_", "")) * LETTERS.get(letter, 1)


def split(text):
    """`5% to 12%/yr` is (["5%", "12%"], "/yr"); `400 to 417 EUR/phone` is (["400", "417"], " EUR/phone")."""
    end = len(text)
    for place, letter in enumerate(text):
        rest = text[place:]
        if rest.startswith("/") or (letter == " " and rest[1:2].isalpha() and not rest.startswith(" to ")):
            end = place
            break
    return text[:end].split(" to "), text[end:]


def input_at(text, share):
    """What an input is where `share` of its draws are below, in the unit that it is written in; and what `--set` is told."""
    ends, unit = split(text)
    if len(ends) == 1:
        return number(ends[0]), None
    low, high = map(number, ends)
    z = NormalDist().inv_cdf(share) / NormalDist().inv_cdf(0.95)
    if all(end.endswith("%") for end in ends):  # logit-normal
        a, b = (math.log(end / (1 - end)) for end in (low, high))
        value = 1 / (1 + math.exp(-((a + b) / 2 + z * (b - a) / 2)))
    else:  # lognormal
        a, b = math.log(low), math.log(high)
        value = math.exp((a + b) / 2 + z * (b - a) / 2)
    return value, f"{value!r} / 1 {unit[1:]}" if unit.startswith("/") else f"{value!r}{unit}"


def point(shares):
    """All inputs in USD, phones, years, kg of CO2e, kg and km; and the settings that make Reuse's inputs the same."""
    values, settings = {}, {}
    for name, text in INPUTS.items():
        value, setting = input_at(text, shares(name))
        unit = split(text)[1]
        for currency, worth in UNITS.items():
            if currency in unit:
                value *= worth
        values[name] = value
        if setting:
            settings[name] = setting
    values["air"] /= 1000  # of a tonne-kilometre
    return values, settings


def phase(policy, year):
    """The mean share, over the year, that a policy has come into force."""
    first, span = {"subsidy": (2025, 0), "export_vat": (2026, 0), "guidelines": (2026, 2), "durability": (2028, 4)}[policy]
    if year < first:
        return 0.0
    return 1.0 if span == 0 else min(1.0, (year - first + 0.5) / span)


class Supply:
    def __init__(self, volume, price, elasticity, cost, subsidy=0.0):
        self.volume, self.price, self.elasticity, self.cost, self.subsidy = volume, price, elasticity, cost, subsidy

    def net(self, price):
        return price - self.cost + self.subsidy

    def collected(self, price):
        net = self.net(price)
        return self.volume * (net / self.price) ** self.elasticity if net > 0 else 0.0

    def surplus(self, price):
        """The area under the supply from 0 to what a supplier earns."""
        return max(0.0, self.net(price)) * self.collected(price) / (1 + self.elasticity)


class Demand:
    def __init__(self, quantity, price, elasticity, vat=0.0):
        self.quantity, self.price, self.elasticity, self.vat = quantity, price, elasticity, vat

    def buyers_pay(self, price):
        return price * (1 + self.vat)

    def bought(self, price):
        return self.quantity * (self.buyers_pay(price) / self.price) ** self.elasticity

    def surplus(self, price):
        """The area under the demand between what buyers pay and the reference price."""
        ratio, slope = self.buyers_pay(price) / self.price, 1 + self.elasticity
        return self.quantity * self.price * (1 - ratio**slope) / slope


def root(excess, low, high):
    """Where a rising function is 0, to the last bit that halving finds."""
    assert excess(low) < 0 < excess(high)
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return min((low, high), key=lambda price: abs(excess(price)))
        if excess(middle) < 0:
            low = middle
        else:
            high = middle


def year_of(v, policies, year):
    """Everything about one year, in one scenario."""
    in_force = {policy: phase(policy, year) if policy in policies else 0.0 for policy in POLICIES}
    since = year - 2024

    def grown(base, rate):
        return base * (1 + rate) ** since

    # China.
    owners_get = v["price_2024"] * (1 - v["resale_margin"])
    margin = v["price_2024"] * v["resale_margin"]
    bonus = v["paid_back"] * v["turnover"] * v["capped"] / v["new_sales"]
    with_sales = v["new_sales"] * v["reach"] * (owners_get / (owners_get + bonus)) ** v["owners_answer"]
    handed_in = grown(80e6, v["supply_growth"])
    subsidy = bonus * in_force["subsidy"]
    e, n = -v["buyers_answer"], v["owners_answer"]
    supplies = {
        "with_new": ("China", Supply(with_sales, owners_get, n, margin, subsidy)),
        "trade_in": ("China", Supply(handed_in - with_sales, owners_get, n, margin)),
    }

    # Abroad.
    europe_net = v["europe_price"] / (1 + v["vat_europe"])
    orange = v["orange_2023"] * (1 + v["orange_growth"]) ** (year - 2023)
    demands = {
        "China": Demand(grown(80e6, v["demand_growth"]), v["price_2024"], e),
        "Europe": Demand(grown(v["europe_buys"], v["europe_growth"]) - orange, v["europe_price"], e, v["vat_europe"]),
        "Orange": Demand(orange, v["europe_price"], e, v["vat_europe"]),
        "SouthEastAsia": Demand(grown(v["asia_buys"], v["asia_growth"]), v["world_price"], e),
        "Africa": Demand(grown(v["africa_buys"] * v["africa_alike"], v["africa_growth"]), v["world_price"], e),
    }
    durable = 1 - in_force["durability"] * (1 - 3 / 4)
    d = v["dealer_margin"]
    for name, market, base, rate, price, share in [
        ("europe_own", "Europe", v["europe_buys"], v["europe_growth"], europe_net, durable),
        ("asia_own", "SouthEastAsia", v["asia_buys"], v["asia_growth"], v["world_price"], 1.0),
        ("africa_own", "Africa", v["africa_buys"] * v["africa_alike"], v["africa_growth"], v["world_price"], 1.0),
    ]:
        volume = grown(base, rate * v["supply_pace"]) * share
        supplies[name] = (market, Supply(volume, price * (1 - d), n, price * d))

    # What a phone from China costs there.
    export_tax = v["export_burden"] - (v["export_vat.now_paid"] - v["export_vat.asked"]) * in_force["export_vat"]
    cost = v["handling"] * (1 - in_force["guidelines"] * v["guidelines.saved"])
    tariff = {"Europe": 0.0, "SouthEastAsia": v["tariff_asia"], "Africa": v["tariff_africa"]}
    buyers = {"China": ["China"], "Europe": ["Europe", "Orange"], "SouthEastAsia": ["SouthEastAsia"], "Africa": ["Africa"]}

    def landed(price, market):
        return (price * (1 + export_tax) + cost) * (1 + tariff[market])

    def surplus_of_goods(market, price):
        return sum(s.collected(price) for home, s in supplies.values() if home == market) - sum(
            demands[buyer].bought(price) for buyer in buyers[market])

    alone = {market: root(lambda price: surplus_of_goods(market, price), 1.0, 1e5) for market in buyers}

    def price_there(market, price):
        return min(alone[market], landed(price, market))

    def imports(market, price):
        there = price_there(market, price)
        return -surplus_of_goods(market, there) if there < alone[market] else 0.0

    if all(landed(alone["China"], market) >= alone[market] for market in ABROAD):
        china = alone["China"]
    else:
        china = root(
            lambda price: surplus_of_goods("China", price) - sum(imports(market, price) for market in ABROAD), 1.0, 1e5)

    prices = {market: price_there(market, china) for market in ABROAD}
    prices["China"], prices["Orange"] = china, prices["Europe"]
    flows = {f"China -> {market}": imports(market, china) for market in ABROAD}
    flows["Europe -> Orange"] = demands["Orange"].bought(prices["Orange"])

    result = {}
    for market in MARKETS:
        result[f"{market}.price"] = prices[market]
        result[f"{market}.consumption"] = demands[market].bought(prices[market])
        result[f"{market}.consumer_surplus"] = demands[market].surplus(prices[market])
        result[f"{market}.tax_revenue"] = prices[market] * demands[market].vat * result[f"{market}.consumption"]
    result["China.exports"] = sum(flows[f"China -> {market}"] for market in ABROAD)
    for name, (market, supply) in supplies.items():
        result[f"{name}.collected"] = supply.collected(prices[market])
        result[f"{name}.producer_surplus"] = supply.surplus(prices[market])
    for market in ABROAD:
        flow = flows[f"China -> {market}"]
        result[f"China -> {market}.export_tax_revenue"] = export_tax * china * flow
        result[f"China -> {market}.freight"] = cost * flow
        result[f"China -> {market}.tariff_revenue"] = tariff[market] * (china * (1 + export_tax) + cost) * flow
    for route, flow in flows.items():
        result[f"{route}.flow"] = flow
    result["paid"] = result["with_new.collected"] * subsidy
    for market in MARKETS:
        result[f"{market}.welfare"] = (
            result[f"{market}.consumer_surplus"]
            + result[f"{market}.tax_revenue"]
            + sum(result[f"{name}.producer_surplus"] for name, (home, _) in supplies.items() if home == market)
            + sum(result[f"China -> {to}.export_tax_revenue"] for to in ABROAD if market == "China")
            + (result[f"China -> {market}.tariff_revenue"] if market in ABROAD else 0.0)
            - (result["paid"] if market == "China" else 0.0))
    result["welfare"] = sum(result[f"{market}.welfare"] for market in MARKETS)

    # What buyers pay is what all others get.
    spent = sum(demands[m].buyers_pay(prices[m]) * result[f"{m}.consumption"] for m in MARKETS)
    received = sum((s.net(prices[home]) + s.cost - s.subsidy) * s.collected(prices[home]) for home, s in supplies.values())
    received += sum(value for path, value in result.items() if path.endswith(("_tax_revenue", ".freight", "tariff_revenue")))
    received += sum(result[f"{market}.tax_revenue"] for market in MARKETS)
    assert math.isclose(spent, received, rel_tol=1e-12), (spent, received)

    result["used"] = sum(result[f"{market}.consumption"] for market in MARKETS)
    result["flown"] = sum(flows[f"China -> {market}"] * KM[market] for market in ABROAD)
    result["second_hand"] = result["Orange.consumption"] / v["orange_sells"]
    result["orange_cut"] = 1 - (1 - v["saving"] * result["second_hand"]) / (1 - v["saving"] * v["orange_2021"] / v["orange_sells"])
    result["in_shops"] = prices["Europe"] * (1 + v["vat_europe"])
    return result


def answers(v, years):
    result = {}
    for scenario, policies in SCENARIOS.items():
        for year in years:
            found = year_of(v, policies, year)
            base = result["baseline"][str(year)] if scenario != "baseline" else found
            found["more_exports"] = found["China.exports"] - base["China.exports"]
            found["more_used"] = found["used"] - base["used"]
            freight = (found["flown"] - base["flown"]) * v["parcel"] * v["air"]
            per_phone = v["new_phone"] / v["first_use"] * v["second_use"] * v["saving"] * (1 - v["rebound"])
            found["avoided"] = found["more_used"] * per_phone - freight
            result.setdefault(scenario, {})[str(year)] = found
    return result


def area(curve, low, high, steps=20_000):
    """Simpson's rule: the surpluses above are integrals, which this checks."""
    width = (high - low) / steps
    inner = sum((4 if k % 2 else 2) * curve(low + k * width) for k in range(1, steps))
    return (curve(low) + inner + curve(high)) * width / 3


demand, supply = Demand(80e6, 278.0, -1.13), Supply(80e6, 208.5, 0.6, 69.5, 50.0)
assert math.isclose(demand.surplus(240.0), area(demand.bought, 240.0, 278.0), rel_tol=1e-10)
assert math.isclose(
    supply.surplus(260.0), supply.surplus(30.0) + area(supply.collected, 30.0, 260.0), rel_tol=1e-10)

generator = random.Random(20261130)
points = []
for name, years in [("medians", YEARS), ("one", [2025, 2027, 2030]), ("two", [2025, 2027, 2030])]:
    shares = {entry: 0.5 if name == "medians" else generator.uniform(0.02, 0.98) for entry in INPUTS}
    values, settings = point(shares.get)
    points.append({"name": name, "settings": settings, "answers": answers(values, years)})

text = json.dumps({"origin": "flagship.py, in Python's floating point", "definitions": INPUTS, "points": points})
with open("flagship.json", "w") as file:
    file.write(text.replace('}, "', '},\n"').replace('": {"China.price', '": {\n"China.price') + "\n")

for scenario in SCENARIOS:
    last = points[0]["answers"][scenario]["2030"]
    print(f"{scenario:10} exports {last['China.exports'] / 1e6:8.4f} M, China's price {last['China.price'] / 0.139:8.2f} CNY")
