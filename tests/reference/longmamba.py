"""Makes longmamba_fixture.json: the calibration's arithmetic in NumPy, for test-calibrate.

The published steps (arXiv 2504.16053; docs/math.md) one after the other on whole arrays: clamp, sum,
sort, interpolate to S points with numpy.interp, cumulative sum, index. mamba_ref has them in another
form; the two must agree before the fixture is written. Run by hand; the test needs only the file.
"""

import json
import os
import random

import numpy as np

import mamba_ref


def calibrate(delta, rates, top, lengths):
    count = len(delta)
    k = max(1, int(count * top))
    clamped = np.minimum(delta, np.sort(delta)[::-1][k - 1]) if top > 0 else delta
    target = clamped.sum()
    step = np.exp(np.outer(clamped, rates)).mean(axis=1)  # mean over states, per token
    descending = np.sort(clamped)[::-1]
    g = []
    for length in lengths:
        if length <= count:
            g.append(0.0)
            continue
        centres = (np.arange(length) + 0.5) * count / length - 0.5
        points = np.interp(centres, np.arange(count), descending)  # ends held
        over = np.flatnonzero(np.cumsum(points) > target)
        top_k = over[0] + 1 if len(over) else length - 1
        g.append(points[min(top_k, length - 1)])
    return np.log(step).sum(), target, g


def case(rng, count, n_rates, top, lengths):
    # Few digits: the file stays small, and both sides start from the same doubles.
    delta = np.array([float(f"{rng.lognormvariate(-3, 1.2):.4g}") for _ in range(count)])
    rates = np.array([-float(f"{rng.lognormvariate(0, 1.5):.4g}") for _ in range(n_rates)])
    ln_decay, target, g = calibrate(delta, rates, top, lengths)
    clamped = mamba_ref.clamp(delta[:, None], top)
    other = [mamba_ref.threshold(-np.sort(-clamped[:, 0]), clamped.sum(), s) for s in lengths]
    np.testing.assert_allclose(g, other, rtol=1e-12)
    curve = mamba_ref.ln_decay_curve(clamped, rates[None, :])
    np.testing.assert_allclose(ln_decay, curve[-1, 0], rtol=1e-12)
    return {"delta": delta.tolist(), "rates": rates.tolist(), "top": top, "lengths": lengths,
            "ln_decay": float(ln_decay), "target": float(target), "g": [float(x) for x in g]}


def main():
    rng = random.Random(20260)
    cases = [case(rng, 61, 1, 0.0, [30, 61, 62, 91, 122, 305, 1830]),
             case(rng, 61, 7, 0.05, [61, 122, 244, 5856]),
             case(rng, 97, 16, 0.2, [97, 98, 145, 194, 970]),
             case(rng, 50, 3, 1.0, [100, 101, 4800]),
             case(rng, 1, 2, 0.0, [1, 2, 96])]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "longmamba_fixture.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
