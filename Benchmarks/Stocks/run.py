"""Times Reuse's stocks beside PySD and flodym, in turns, and prints the ratios.

    pip install flodym==1.1.0 pysd==3.14.3
    python3 Benchmarks/Stocks/run.py [--reuse PATH] [--turns 7]

The peers are timed inside (peers.py), without imports, reading and construction. Ours is a process from start to end, so what a
run takes is the difference between two scripts: the model over 16 times as many steps less the model, divided by 15; 41 copies
of a stock less one, divided by 40; 20,000 samples less 10,000, on all cores, divided by 10,000. flodym is handed its inflow and
sums nothing up, so of the cohorts the same difference of a script without stocks, which computes the inflows and sums them, is
taken off; rows "with inflow and sums" leave it in. Reading, checking and compiling the stocks is in all of them.
"""
import argparse, json, os, re, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
options = argparse.ArgumentParser()
options.add_argument("--reuse", default=os.path.join(root, ".build/release/reuse"))
options.add_argument("--turns", type=int, default=7)
options = options.parse_args()
work = tempfile.mkdtemp()


def script(name, change=lambda text: text):
    """A benchmark's script, changed, in a file of its own."""
    text = change(open(os.path.join(here, name.split("+")[0] + ".reuse")).read())
    path = os.path.join(work, name + ".reuse")
    open(path, "w").write(text)
    return path


def wall(path, *more):
    start = time.perf_counter()
    subprocess.run([options.reuse, "run", path, *more], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def answers(path):
    out = subprocess.run([options.reuse, "run", path, "--format", "json"], capture_output=True)
    # Null where the script was refused.
    return json.loads(out.stdout)["outputs"][0]["rows"][0]["cells"] if out.returncode == 0 else None


def peer(what):
    out = subprocess.run([sys.executable, os.path.join(here, "peers.py"), what], capture_output=True, check=True, text=True)
    seconds, *found = map(float, out.stdout.split())
    return seconds, found


def swap(old, new):
    def change(text):
        assert old in text, old
        return text.replace(old, new)

    return change


def longer(years):
    return lambda text: re.sub(r"horizon 2000\.\.\d+", f"horizon 2000..{1999 + years}", text)


def copies(text):
    """41 stocks, each with sales and lives of its own."""
    line = re.search(r"stock in_use .*\n", text).group()
    for i in range(1, 41):
        copy = line.replace("in_use", f"in_use_{i}").replace("sold", f"sold * {1 + i / 100}").replace("2.2", f"{2.2 + i / 100}")
        text += copy + f"show sum(in_use_{i})[2049], total(sum(in_use_{i}.retired))\n"
    return text


def without(text):
    """The same inflows and as many sums, but no stock."""
    text = re.sub(r"stock in_use .*\n", "let in_use = sold\n", text)
    return text.replace("in_use.retired", "in_use").replace("let longer ", "let unused ").replace(" * longer", "")


def copies_without(text):
    text = without(text)
    for i in range(1, 41):
        text += f"let in_use_{i} = sold * {1 + i / 100}\nshow sum(in_use_{i})[2049], total(sum(in_use_{i}))\n"
    return text


def sampled(text):
    text = swap("let level   = 1", "assume level = 0.8 to 1.2")(text)
    return swap("let longer  = 1", "assume longer = 0.9 to 1.1")(text)


plain = {n: script(n) for n in ("teacup", "teacup-lets", "sir", "sir-lets", "cohorts")}
stretched = {n: script(n + "+long", longer(16 * (400 if "teacup" in n else 100))) for n in plain if n != "cohorts"}
many, draws = script("cohorts+copies", copies), script("cohorts+sampled", sampled)
one_without, many_without = script("cohorts+without", without), script("cohorts+copies-without", copies_without)


def steps(name):
    return lambda: (wall(stretched[name]) - wall(plain[name])) / 15


def copy():
    return (wall(many) - wall(plain["cohorts"])) / 40


def copy_without():
    return (wall(many_without) - wall(one_without)) / 40


def sample(path):
    return (wall(path, "--samples", "20000") - wall(path, "--samples", "10000")) / 1e4


tasks = {  # name: (script that must agree, seconds of ours, peer, ratio wanted)
    "teacup, 3,200 steps": ("teacup", steps("teacup"), "teacup", 100),
    "teacup, without a stock": ("teacup-lets", steps("teacup-lets"), "teacup", None),
    "SIR, 3,200 steps": ("sir", steps("sir"), "sir", 100),
    "SIR, without stocks": ("sir-lets", steps("sir-lets"), "sir", None),
    "SIR, the whole process": ("sir", lambda: wall(plain["sir"]), "sir", None),
    "50 years x 20 x 5, Weibull": ("cohorts", lambda: copy() - copy_without(), "flodym", 50),
    "the same with inflow and sums": ("cohorts", copy, "flodym", None),
    "a sample of 10,000, with inflow and sums": ("cohorts", lambda: sample(draws), "flodym", 500),
    "50 years x 20 x 5, survival table kept": ("cohorts", lambda: copy() - copy_without(), "flodym-kept", None),
    "50 years x 20 x 5, the whole process": ("cohorts", lambda: wall(plain["cohorts"]), "flodym", None),
}
theirs = {}
for what in ("teacup", "sir", "flodym", "flodym-kept"):
    theirs[what] = peer(what)[1]
refused = set()
for name, (model, _, what, _) in tasks.items():
    ours = answers(plain[model])
    if ours is None:
        refused.add(name)
    elif any(abs(a - b) > 1e-9 * abs(b) for a, b in zip(ours, theirs[what], strict=True)):
        raise SystemExit(f"{name}: ours {ours}, the peer's {theirs[what]}")

seen = {name: [] for name in tasks}
peers = {what: [] for what in theirs}
for _ in range(options.turns):
    turn = {what: peer(what)[0] for what in theirs}
    for what, seconds in turn.items():
        peers[what].append(seconds)
    for name, (_, time_ours, what, _) in tasks.items():
        if name not in refused:
            ours = time_ours()
            seen[name].append((ours, turn[what] / ours))

print(f"{options.turns} turns, medians; the answers of both sides agree to 1e-9")
print(f"  {'what':40} {'ours':>11} {'peer':>11} {'ratio':>8}  wanted")
for name, (_, _, what, wanted) in tasks.items():
    if name in refused:
        print(f"  {name:40} refused by {os.path.basename(options.reuse)}")
        continue
    ours, ratio = (statistics.median(x) for x in zip(*seen[name]))
    print(f"  {name:40} {ours * 1e6:8.1f} us {statistics.median(peers[what]) * 1e6:8.0f} us {ratio:8.1f}  {wanted or ''}")
