"""Fits by other hands: scipy's curve_fit and least_squares, statsmodels' OLS. Writes fits.json.

Run with: python3 fits.py > fits.json   (made with numpy 2.4, scipy 1.17, statsmodels 0.14)
"""
import json
import numpy as np
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import curve_fit, least_squares

DATA = {
    # Sales of video recorders: example data of the R package DIMORA.
    "vcr": [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890],
    # Growth that slows, and growth that has not yet; made up.
    "slowing": [12, 19, 33, 47, 71, 96, 118, 131, 149, 153, 163],
    "noisy": [3, 5, 9, 20, 12, 17, 22, 23, 51, 41, 56, 75, 60, 75, 88],
    # Sales, millions of used phones, made up, with two years missing.
    "gaps": {"t": [0, 1, 3, 4, 5, 7], "y": [100, 128, 170, 201, 214, 240]},
    # A good that goes out of use, made up.
    "falling": [962, 941, 877, 806, 690, 513, 344, 218, 97, 61, 24],
}


def share(p, q, t):
    e = np.exp(-(p + q) * t)
    return (1 - e) / (1 + q / p * e)


def bass(t, m, p, q):  # t in whole periods from the first datum on
    return m * (share(p, q, t + 1) - share(p, q, t))


def compound(t, level, rate):
    return level * (1 + rate) ** t


def linear(t, level, slope):
    return level + slope * t


def logistic(t, k, r, mid):
    return k / (1 + np.exp(-r * (t - mid)))


def gompertz(t, k, b, c):
    return k * np.exp(-b * np.exp(-c * t))


def richards(t, k, r, mid, v):
    return k / (1 + v * np.exp(-r * (t - mid))) ** (1 / v)


STARTS = {
    "compound": (compound, lambda t, y: (y[0], 0.1)),
    "linear": (linear, lambda t, y: (y[0], 1)),
    "logistic": (logistic, lambda t, y: (max(y) * 1.1, 5 / t[-1], t[-1] / 2)),
    "gompertz": (gompertz, lambda t, y: (max(y) * 1.2, 4, 4 / t[-1])),
    "richards": (richards, lambda t, y: (max(y) * 1.1, 5 / t[-1], t[-1] / 2, 1)),
    "bass": (bass, lambda t, y: (sum(y) * 1.5, 0.01, 0.4)),
}


def curves():
    out = []
    for name, data in DATA.items():
        if isinstance(data, dict):
            t, y = np.array(data["t"], float), np.array(data["y"], float)
        else:
            t, y = np.arange(len(data), dtype=float), np.array(data, float)
        for method, (f, start) in STARTS.items():
            if method == "bass" and name in ("noisy", "gaps"):
                continue
            if method == "richards" and name in ("vcr", "gaps"):
                continue
            if method == "gompertz" and name == "noisy":
                continue
            if name == "falling" and method not in ("logistic", "richards"):
                continue
            first = start(t, y)
            if name == "falling":
                first = (first[0], -first[1], *first[2:])
            x, cov = curve_fit(
                f, t, y, p0=first, method="trf", jac="3-point", x_scale="jac", max_nfev=100000,
                xtol=1e-15, ftol=1e-15, gtol=1e-15)
            r = f(t, *x) - y
            out.append({
                "data": name, "method": method, "t": t.tolist(), "y": y.tolist(), "parameters": x.tolist(),
                "standardErrors": np.sqrt(np.diag(cov)).tolist(), "rss": float(r @ r),
                "r2": float(1 - r @ r / ((y - y.mean()) @ (y - y.mean()))),
                "next": float(f(t[-1] + 3, *x)),
            })
    return out


def holt(y, alpha, beta, phi, level, trend):
    errors = []
    for v in y[2:]:
        expected = level + phi * trend
        errors.append(v - expected)
        new = alpha * v + (1 - alpha) * expected
        trend = beta * (new - level) + (1 - beta) * phi * trend
        level = new
    return np.array(errors), level, trend


def smoothing():
    out = []
    for name in ("noisy", "vcr", "slowing"):
        y = np.array(DATA[name], float)
        for damped in (False, True):
            def errors(x):
                return holt(y, x[0], x[1], x[2] if damped else 1, y[1], y[1] - y[0])[0]
            best = None
            for a in (0.1, 0.5, 0.9):
                for b in (0.1, 0.5, 0.9):
                    start = (a, b, 0.9) if damped else (a, b)
                    fit = least_squares(errors, start, bounds=(0, 1), xtol=1e-15, ftol=1e-15, gtol=1e-15)
                    if best is None or fit.cost < best.cost:
                        best = fit
            x = best.x
            _, level, trend = holt(y, x[0], x[1], x[2] if damped else 1, y[1], y[1] - y[0])
            phi = x[2] if damped else 1
            out.append({
                "data": name, "method": "damped" if damped else "holt", "y": y.tolist(), "rss": float(2 * best.cost),
                "next": [float(level + sum(phi ** i for i in range(1, h + 1)) * trend) for h in (1, 2, 3)],
            })
    return out


def intervals():
    """Prediction intervals of a least-squares line, by statsmodels: 5%, 50% and 95% for some years ahead."""
    out = []
    for name in ("slowing", "noisy"):
        y = np.array(DATA[name], float)
        t = np.arange(len(y), dtype=float)
        fit = sm.OLS(y, sm.add_constant(t)).fit()
        ahead = t[-1] + np.array([1.0, 3, 8])
        frame = fit.get_prediction(sm.add_constant(ahead, has_constant="add")).summary_frame(alpha=0.1)
        out.append({
            "data": name, "y": y.tolist(), "ahead": ahead.tolist(), "mean": frame["mean"].tolist(),
            "low": frame["obs_ci_lower"].tolist(), "high": frame["obs_ci_upper"].tolist(),
            "r2": float(fit.rsquared), "sd": float(np.sqrt(fit.mse_resid)), "standardErrors": fit.bse.tolist(),
        })
    return out


def bands():
    """Prediction intervals of curves by the delta method (Seber & Wild, Nonlinear Regression, 1989, section 5.1), with the
    covariance of scipy's curve_fit and slopes by complex steps: 5%, 50% and 95% for some years ahead."""
    out = []
    data = dict(DATA, shipments={"t": [0, 1, 3, 4, 5], "y": [175.8, 206.7, 253.4, 282.6, 309.4]})
    for name, method in (
            ("shipments", "logistic"), ("shipments", "compound"), ("slowing", "logistic"), ("slowing", "gompertz"),
            ("noisy", "compound"), ("vcr", "bass"), ("gaps", "logistic")):
        if isinstance(data[name], dict):
            t, y = np.array(data[name]["t"], float), np.array(data[name]["y"], float)
        else:
            t, y = np.arange(len(data[name]), dtype=float), np.array(data[name], float)
        f, start = STARTS[method]
        x, cov = curve_fit(
            f, t, y, p0=start(t, y), method="trf", jac="3-point", x_scale="jac", max_nfev=100000,
            xtol=1e-15, ftol=1e-15, gtol=1e-15)
        r = f(t, *x) - y
        degrees = len(y) - len(x)
        ahead = t[-1] + np.array([1.0, 3, 7])
        slopes = np.array([
            np.imag(f(ahead, *(x + 1j * 1e-20 * (np.arange(len(x)) == place)))) / 1e-20 for place in range(len(x))]).T
        error = np.sqrt(np.einsum("ij,jk,ik->i", slopes, cov, slopes) + r @ r / degrees)
        half = stats.t.ppf(0.95, degrees) * error
        mean = f(ahead, *x)
        out.append({
            "data": name, "method": method, "t": t.tolist(), "y": y.tolist(), "ahead": ahead.tolist(),
            "mean": mean.tolist(), "low": (mean - half).tolist(), "high": (mean + half).tolist(),
        })
    return out


def backtests():
    """One-step errors of lines fitted to the first k data, k from half on; and of the last three."""
    out = []
    for name in ("slowing", "noisy"):
        y = np.array(DATA[name], float)
        t = np.arange(len(y), dtype=float)

        def errors(k, h):
            slope, level = np.polyfit(t[:k], y[:k], 1)
            return level + slope * t[k:k + h] - y[k:k + h], y[k:k + h]

        def summary(parts):
            e = np.concatenate([p[0] for p in parts])
            v = np.concatenate([p[1] for p in parts])
            return [float(np.mean(np.abs(e / v))), float(np.sqrt(np.mean(e ** 2))), len(e)]

        first = max((len(y) + 1) // 2, 3)
        out.append({
            "data": name, "y": y.tolist(), "rolling": summary([errors(k, 1) for k in range(first, len(y))]),
            "ahead2": summary([errors(k, 2) for k in range(first, len(y) - 1)]),
            "holdout3": summary([errors(len(y) - 3, 3)]),
        })
    return out


def calibration():
    """Growth that fades, fitted through its equation: `Tests/Language/calibrate.reuse` has what this gives."""
    t, y = np.arange(6.0), np.array([101, 131, 160, 192, 203, 215.0])
    fit = least_squares(
        lambda p: p[0] * np.exp(p[1] * t - p[2] * t * t) - y, [80, 0.2, 0.05], jac="3-point", x_scale="jac",
        xtol=1e-15, ftol=1e-15, gtol=1e-15)
    covariance = np.linalg.inv(fit.jac.T @ fit.jac) * 2 * fit.cost / 3
    errors = np.sqrt(np.diag(covariance))
    return {
        "parameters": fit.x.tolist(), "standardErrors": errors.tolist(), "rss": 2 * fit.cost,
        "correlation": (covariance / np.outer(errors, errors)).tolist(),
    }


print(json.dumps({
    "curves": curves(), "smoothing": smoothing(), "intervals": intervals(), "bands": bands(), "backtests": backtests(),
    "calibration": calibration(),
}, indent=1))
