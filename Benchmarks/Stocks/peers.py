"""One run of a peer: prints its seconds, without imports, reading and construction, and its answers.

    python3 peers.py teacup | sir | flodym | flodym-kept
"""
import logging, os, shutil, sys, tempfile, time, warnings

import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
here = os.path.dirname(os.path.abspath(__file__))
RUNS = 5
TEA, SIR = "Teacup Temperature", ["Infectious", "Susceptible", "Recovered"]


def best(run):
    """The fastest of a few runs: a peer is to be at its best."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times), result


def pysd(name, columns, pick):
    import pysd

    # PySD writes its translation beside the model.
    work = tempfile.mkdtemp()
    shutil.copy(os.path.join(here, name + ".mdl"), work)
    model = pysd.read_vensim(os.path.join(work, name + ".mdl"))
    seconds, table = best(lambda: model.run(return_columns=columns))
    shutil.rmtree(work)
    assert len(table) == 3201
    # Ours are the steps' ends: the start is not among them.
    table = table.iloc[1:]
    return [seconds, *pick(table)]


def flodym(kept=False):
    from flodym import Dimension, DimensionSet, InflowDrivenDSM, StockArray
    from flodym.lifetime_models import WeibullLifetime

    people = np.array([9, 12, 6, 4, 11, 6, 1, 6, 68, 84, 10, 10, 5, 59, 2, 18, 37, 10, 48, 11]) * 1e6
    bought = np.array([0.4, 0.1, 0.15, 0.05, 0.03])
    lasting = np.array([3.5, 5, 6, 4, 8])
    spread = np.array([0.2, 0.3, 0.15, 0.25, 0.1])
    years = np.arange(50)[:, None, None]
    sold = people[:, None] * bought / (1 + np.exp(-spread * (years - 10 - people[:, None] / 10e6)))
    dims = DimensionSet(
        dim_list=[
            Dimension(name="time", letter="t", items=list(range(50)), dtype=int),
            Dimension(name="region", letter="r", items=[f"r{i}" for i in range(20)], dtype=str),
            Dimension(name="product", letter="p", items=[f"p{i}" for i in range(5)], dtype=str),
        ]
    )
    scale = np.broadcast_to(lasting, dims.shape).copy()
    life = WeibullLifetime(dims=dims, weibull_shape=2.2, weibull_scale=scale)
    stock = InflowDrivenDSM(dims=dims, lifetime_model=life, inflow=StockArray(dims=dims, values=sold))

    stock.compute()

    def run():
        # The survival table is a part of what is computed: with it kept, flodym does a small part of the work.
        stock.lifetime_model.reset_cached_arrays()
        stock.compute()

    seconds, _ = best(stock.compute if kept else run)
    return [seconds, stock.stock.values[-1].sum(), stock.outflow.values.sum()]


what = {
    "teacup": lambda: pysd("teacup", [TEA], lambda table: [table[TEA].mean(), table[TEA].min()]),
    "sir": lambda: pysd("sir", SIR, lambda table: [table[SIR[0]].mean(), table[SIR[1]].min(), table[SIR[2]].max()]),
    "flodym": flodym,
    "flodym-kept": lambda: flodym(kept=True),
}
print(*[repr(float(x)) for x in what[sys.argv[1]]()])
