#!/usr/bin/env python3
"""Tables and fits: what reading a million rows takes beside Python's csv module and pandas, and what fitting the Bass model to
ten points takes beside scipy. Ratios within one run.

    pip install numpy scipy pandas
    python3 Benchmarks/Data/run.py [--reuse PATH] [--turns N]

Reading is timed as a whole process of ours, from start to the printed sum; the peers inside, without imports. A fit is the
difference between a script of 401 projections and one of a single one, divided by 400 (reading, checking and compiling them is
in it).
"""
import argparse, csv, os, random, resource, statistics, subprocess, sys, tempfile, time

arguments = argparse.ArgumentParser()
arguments.add_argument("--reuse", default=os.path.join(os.path.dirname(__file__), "..", "..", ".build", "release", "reuse"))
arguments.add_argument("--turns", type=int, default=5)
options = arguments.parse_args()
folder = tempfile.mkdtemp()
SALES = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def table():
    """A million rows: 40 regions, 25 products, 1,000 months, two numbers."""
    random.seed(1)
    path = os.path.join(folder, "trade.csv")
    with open(path, "w") as file:
        file.write("Month,Region,Product,Units,Value\n")
        for month in range(1000):
            for region in range(40):
                for product in range(25):
                    file.write(
                        f'{1940 + month // 12}-{month % 12 + 1:02d},Region {region},"Product {product}",'
                        f"{random.randint(1, 99999)},{random.random() * 1e6:.2f}\n")
    return path


def run(path):
    """Seconds and peak memory in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen([options.reuse, path], stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, path
    return time.perf_counter() - start, usage.ru_maxrss * 1024, out


def with_csv(path):
    start = time.perf_counter()
    total = 0.0
    with open(path, newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            if row[0] == "2000-03":
                total += float(row[3])
    return time.perf_counter() - start, total


def with_pandas(path):
    import pandas

    start = time.perf_counter()
    frame = pandas.read_csv(path)
    total = frame[frame["Month"] == "2000-03"]["Units"].sum()
    return time.perf_counter() - start, float(total)


def with_scipy():
    import numpy
    from scipy.optimize import curve_fit

    def sold(t, m, p, q):
        share = lambda t: (1 - numpy.exp(-(p + q) * t)) / (1 + q / p * numpy.exp(-(p + q) * t))
        return m * (share(t) - share(t - 1))

    t = numpy.arange(1.0, 11)
    start = time.perf_counter()
    for _ in range(50):
        found, _ = curve_fit(sold, t, SALES, p0=[sum(SALES), 0.01, 0.4])
    return (time.perf_counter() - start) / 50, found[0]


def projections(count):
    points = ", ".join(f"{2001 + place}: {value}" for place, value in enumerate(SALES))
    lines = [f"projection p{n} {{ data: [{points}] * {1 + n / 1000} phone/yr, method: bass() }}" for n in range(count)]
    lines += [f"show p{n}.fit.potential" for n in range(count)]
    return write(f"bass-{count}.reuse", "unit phone\n" + "\n".join(lines) + "\n")


big = table()
reading = write("read.reuse", """horizon 2000M01..2000M12 by month
data trade from "trade.csv" {
    time:    column("Month")
    region:  labels("Region")
    product: labels("Product")
    units:   column("Units") * 1 kg
}
show sum(trade.units)[2000M03]
""")
many, one = projections(401), projections(1)
# First of all: later the memory of this program, which a child has until it is another, would count.
share = run(reading)[1] / os.path.getsize(big)
turns = {"reuse": [], "csv": [], "pandas": [], "fit": [], "scipy": []}
for _ in range(options.turns):
    seconds, _, out = run(reading)
    turns["reuse"].append(seconds)
    seconds, total = with_csv(big)
    turns["csv"].append(seconds)
    assert f"{total / 1e6:.1f}M" in out.decode(), (total, out)
    seconds, same = with_pandas(big)
    assert same == total
    turns["pandas"].append(seconds)
    turns["fit"].append((run(many)[0] - run(one)[0]) / 400)
    turns["scipy"].append(with_scipy()[0])
middle = {name: statistics.median(values) for name, values in turns.items()}
print(f"{options.turns} turns, medians; a table of {os.path.getsize(big) / 1e6:.1f} MB")
print(f"  a million rows                    {middle['reuse']:8.2f} s     wanted: at most 1 s")
print(f"  its peak memory, of the file      {share:8.2f}       wanted: at most 3")
print(f"  Python's csv module against it    {middle['csv'] / middle['reuse']:8.1f}")
print(f"  pandas against it                 {middle['pandas'] / middle['reuse']:8.1f}")
print(f"  a Bass fit on ten points          {middle['fit'] * 1e3:8.3f} ms    wanted: at most 1 ms")
print(f"  scipy against it                  {middle['scipy'] / middle['fit']:8.1f}")
