"""Times model.reuse beside the same model in C, numpy and squigglepy, in turns, and prints the ratios.

    pip install numpy squigglepy        (squigglepy may be missing: then its row is left out)
    python3 Benchmarks/Ensemble/run.py [--reuse PATH] [--turns 7] [--samples 1000000]
"""
import argparse, os, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
options = argparse.ArgumentParser()
options.add_argument("--reuse", default=os.path.join(root, ".build/release/reuse"))
options.add_argument("--turns", type=int, default=7)
options.add_argument("--samples", type=int, default=1_000_000)
options = options.parse_args()
work = tempfile.mkdtemp()
# Some environments slow numpy's linear algebra down on purpose; here it is to be at its best.
plain = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}


def compile(name, *flags):
    out = os.path.join(work, name)
    compilers = ["gcc", "cc"]
    subprocess.run([compilers[0], "-O3", *flags, os.path.join(here, name + ".c"), "-lm", "-o", out], check=True)
    return out


def wall(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def inside(what):
    out = subprocess.run([sys.executable, os.path.join(here, "peers.py"), what, n], capture_output=True, env=plain)
    return float(out.stdout.split()[0]) if out.returncode == 0 else None


n = str(options.samples)
wide = "avx512f" in open("/proc/cpuinfo").read()
scalar = compile("scalar", "-march=x86-64-v3")
fused = compile("fused", "-ffast-math", "-march=x86-64-v4" if wide else "-march=x86-64-v3", *(["-mprefer-vector-width=512"] if wide else []))
model = os.path.join(here, "model.reuse")


def reuse(threads, model=model):
    return wall([options.reuse, "run", model, "--samples", n, "--threads", str(threads)])


kernels = os.path.join(root, "Sources/ReuseKernels")
engine = os.path.join(work, "engine")
sources = sorted(os.path.join(kernels, name) for name in os.listdir(kernels) if name.endswith(".c"))
subprocess.run(
    ["clang", "-O2", "-I" + os.path.join(kernels, "include"), os.path.join(here, "engine.c"), *sources, "-lm", "-o", engine],
    check=True)


def piece(what):
    return float(subprocess.run([engine, what, n], capture_output=True, check=True).stdout.split()[0])


tasks = {
    "reuse, one thread": lambda: reuse(1),
    "reuse, two threads": lambda: reuse(2),
    "C, one sample at a time": lambda: wall([scalar, n]),
    "C, fused by hand with libmvec": lambda: wall([fused, n]),
    "numpy, whole arrays": lambda: inside("numpy"),
    "squigglepy": lambda: inside("squigglepy"),
    "reuse, normal draws": lambda: piece("random"),
    "reuse, normal draws, hypercube": lambda: piece("latin"),
    "numpy, normal draws (Philox)": lambda: inside("normal"),
    "reuse, five quantiles": lambda: piece("quantiles"),
    "numpy, five quantiles": lambda: inside("percentiles"),
    "reuse, 10,000 samples of untraded": lambda: wall(
        [options.reuse, "run", os.path.join(here, "untraded.reuse")]),
}
seen = {name: [] for name in tasks}
for _ in range(options.turns):
    for name, task in tasks.items():
        value = task()
        if value is not None:
            seen[name].append(value)


def ratio(a, b):
    pairs = [x / y for x, y in zip(seen[a], seen[b])]
    return statistics.median(pairs) if pairs else None


print(f"{options.samples} samples, {options.turns} turns, seconds (median)")
for name, values in seen.items():
    if values:
        print(f"  {name:36} {statistics.median(values):8.4f}")
limit = 0.25 if wide else 0.40
rows = [
    (f"reuse / C one at a time (at most {limit})", ratio("reuse, one thread", "C, one sample at a time")),
    ("reuse / C fused with libmvec (at most 1.2)", ratio("reuse, one thread", "C, fused by hand with libmvec")),
    ("numpy / reuse, one thread (at least 2.5)", ratio("numpy, whole arrays", "reuse, one thread")),
    ("numpy / reuse, two threads (at least 4)", ratio("numpy, whole arrays", "reuse, two threads")),
    ("one thread / two threads (at least 1.7)", ratio("reuse, one thread", "reuse, two threads")),
    ("squigglepy / reuse, one thread", ratio("squigglepy", "reuse, one thread")),
    ("normal draw, reuse / numpy (at most 0.5)", ratio("reuse, normal draws", "numpy, normal draws (Philox)")),
    ("quantiles, reuse / numpy (at most 0.25)", ratio("reuse, five quantiles", "numpy, five quantiles")),
]
for name, value in rows:
    print(f"  {name:46} {value:6.2f}" if value else f"  {name:46}   not measured")
