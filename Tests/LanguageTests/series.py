"""Writes series.json: random series, and what SciPy says of them. Run: python3 series.py

Points stand at the middles of years. `monotone` is PchipInterpolator, `spline` is CubicSpline with natural ends,
`log_linear` is the exponential of numpy's interp of logarithms. Years that are points themselves are left out: there a
series has its own values.
"""
import json
import random

import numpy as np
import scipy
from scipy.interpolate import CubicSpline, PchipInterpolator

random.seed(20261125)
cases = []
for number in range(60):
    count = random.randint(2, 8)
    years = sorted(random.sample(range(2000, 2031), count))
    values = [round(random.uniform(0.5, 100), 3) for _ in years]
    if number % 5 == 0:
        values.sort()
    if number % 7 == 0 and count > 2:
        values[1] = values[0]
    gaps = [year for year in range(years[0], years[-1]) if year not in years]
    if not gaps:
        continue
    case = dict(years=years, values=values, gaps=gaps)
    case["linear"] = list(np.interp(gaps, years, values))
    case["log_linear"] = list(np.exp(np.interp(gaps, years, np.log(values))))
    case["monotone"] = list(map(float, PchipInterpolator(years, values)(gaps)))
    case["spline"] = list(map(float, CubicSpline(years, values, bc_type="natural")(gaps)))
    cases.append(case)
with open("series.json", "w") as file:
    json.dump(dict(scipy=scipy.__version__, numpy=np.__version__, cases=cases), file)
