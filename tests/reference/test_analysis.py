"""What a layer is made of and what is derived from it, against the float64 reference: trace, attention
(rows, tiles, overviews; S6, skip and full), decay, the table of channels, calibration, perplexity."""

import csv
import os
import sys

import numpy as np

import mamba_ref
from harness import Cli, Report, tokenize

LENGTH = 1024
# Δ, B, C, u, z, y of a layer in fp32, relative to each tensor's largest: 24 bits through up to
# twelve layers of sums over 256 to 512 terms; float64 has 29 bits more.
TENSOR = {"fp32": 1e-4, "reference": 1e-11}
# α of the same layer, relative to its largest |α|: products of three such tensors and of a decay whose
# exponent A (P_i - P_j) carries an error of |A| P times that of Δ.
ALPHA = {"fp32": 1e-3, "reference": 1e-9}
# ln decay is A ΣΔ: relative to its largest.
DECAY = {"fp32": 1e-4, "reference": 1e-11}
EPS = 1e-300  # a tensor of zeros


def scale(array):
    return max(float(np.max(np.abs(array))), EPS)


def check_layer(report, cli, folder, text, layer, precision):
    """The CLI's tensors, and the proof made of them by the definition."""
    what = f"layer {layer.index}, {precision}"
    got = cli.trace(folder, text, layer.index, precision)
    expected = {"delta": layer.delta, "a": layer.a, "b": layer.b, "c": layer.c, "u": layer.u,
                "z": layer.z, "y": layer.y, "d": layer.d}
    if layer.model.mamba2:
        expected["a"] = layer.a[:, 0]
    worst = 0.0
    for name, value in expected.items():
        if got[name].shape != value.shape:
            sys.exit(f"{what}: {name} has shape {got[name].shape}, expected {value.shape}")
        worst = max(worst, np.max(np.abs(got[name] - value)) / scale(value))
    report.check(f"{what}: trace", worst, TENSOR[precision])
    return got


def check_proof(report, layer, got, channels, precision):
    """(α + D) u = y from the program's own Δ, A, B, C, u and y."""
    mine = mamba_ref.Layer(layer.model, layer.index)
    for name in ("delta", "b", "c", "u", "y", "d"):
        setattr(mine, name, got[name].astype(np.float64))
    mine.a = got["a"].astype(np.float64).reshape(layer.a.shape)
    prefix, worst = mine.prefix, 0.0
    for channel in channels:
        error, size = mine.proof(channel, prefix)
        worst = max(worst, error / max(size, EPS))
    # float64: 1,024 terms of 16 to 128 products each, 2^-53 a product.
    report.check(f"layer {layer.index}, {precision}: proof by definition, {len(channels)} channels",
                 worst, {"fp32": 1e-4, "reference": 1e-12}[precision])


def check_attention(report, cli, folder, text, layer, channel, precision):
    what = f"layer {layer.index} channel {channel}, {precision}"
    rows, columns = (700, 723), (3, 720)
    options = ("--layer", layer.index, "--channel", channel, "--rows", "700:723", "--cols", "3:720")
    for kind in ("s6", "skip", "full"):
        expected = layer.attention(channel, rows, columns, kind)
        got = cli.array("attention", folder, text, *options, "--matrix", kind, precision=precision)
        report.compare(f"{what}: {kind} rows", got, expected, ALPHA[precision], scale(expected))
    dense = layer.attention(channel)
    got = cli.array("attention", folder, text, *options[:4], precision=precision)
    report.compare(f"{what}: whole map", got, dense, ALPHA[precision], scale(dense))
    report.equal(f"{what}: zero above the diagonal", np.triu(got, 1), np.zeros_like(got))
    bins = 37
    edges = [LENGTH * k // bins for k in range(bins + 1)]
    blocks = [[got[r0:r1, c0:c1].astype(np.float64) for c0, c1 in zip(edges, edges[1:])]
              for r0, r1 in zip(edges, edges[1:])]
    for reduce, function in (("mean", np.mean), ("absmean", lambda x: np.mean(np.abs(x))),
                             ("absmax", lambda x: np.max(np.abs(x)))):
        expected = np.array([[function(block) for block in row] for row in blocks])
        over = cli.array("attention", folder, text, *options[:4], "--bins", bins, "--reduce", reduce,
                         precision=precision)
        report.compare(f"{what}: {reduce} overview of the map", over, expected,
                       1e-5 if precision == "fp32" else 1e-12, scale(expected))


def check_decay(report, cli, folder, text, layer, precision):
    got = cli.array("decay", folder, text, "--layer", layer.index, precision=precision)
    expected = layer.decay()
    report.compare(f"layer {layer.index}, {precision}: decay", got, expected, DECAY[precision],
                   scale(expected))


def check_channels(report, cli, folder, text, run):
    path = cli.path("channels.csv")
    cli.run("channels", folder, text, "--out", path, "--precision", "reference")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = mamba_ref.Table.read(os.path.join(folder, "longmamba.json"))
    wrong = near = 0
    decays, half_lives, ends = [], [], {i: layer.decay()[-1] for i, layer in run.layers.items()}
    fields = {i: layer.field_lengths(LENGTH - 1) for i, layer in run.layers.items()}
    for row in rows:
        index, channel = int(row["layer"]), int(row["channel"])
        if index not in run.layers:
            continue
        decay = ends[index][channel]
        half = np.log(2) * LENGTH / -decay if decay < 0 else np.inf
        decays.append(abs(float(row["ln_decay"]) - decay) / max(1.0, abs(decay)))
        half_lives.append(abs(float(row["half_life"]) / half - 1.0))
        is_global = table.ln_decay[index, channel] > np.log(table.theta)
        wrong += row["class"] != ("global" if is_global else "local")
        wrong += float(row["kept_fraction"]) != 1.0
        wrong += int(row["field_length"]) != fields[index][channel]
    model = run.layers[next(iter(run.layers))].model
    report.equal("channels: rows", len(rows), model.n_layer * model.channels)
    # Nine digits are written.
    report.check("channels: ln_decay", max(decays), 1e-8)
    report.check("channels: half_life", max(half_lives), 1e-8)
    # |α| within rounding of 1e-3 may fall on either side: none does in these texts.
    report.equal("channels: class, kept_fraction and field_length that differ", wrong + near, 0)


def check_calibration(report, cli, folder, text, model, ids):
    train = model.train_length
    short = [train, train + 1, 3 * train, 3 * train + 17]
    # The released grid goes to 96 L: for heads only, 6,144 lanes would take the reference an hour.
    cases = [(0.2, short, 3)] + ([(0.0, None, 7)] if model.mamba2 else [(0.0, short, 2)])
    for top, lengths, windows in cases:
        path = cli.path("table.json")
        options = ["--windows", windows]
        options += ["--lengths", ",".join(map(str, lengths))] if lengths else []
        cli.run("calibrate", folder, text, "--out", path, "--top", top, *options,
                "--precision", "reference")
        got = mamba_ref.Table.read(path)
        mine = mamba_ref.Table.calibrate(model, ids, train, top, lengths, windows)
        report.equal(f"calibrate top {top}: lengths and windows", [*got.lengths, got.windows],
                     [*mine.lengths, mine.windows])
        for name in ("ln_decay", "target", "threshold", "alpha"):
            a, b = getattr(got, name), getattr(mine, name)
            error = np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b)))
            report.check(f"calibrate top {top}: {name}", error, 1e-6)


def main():
    cli, samples, name = Cli(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder, report = os.path.join(samples, "models", name), Report()
    model = mamba_ref.Model(folder)
    ids = tokenize(cli, folder, os.path.join(samples, "texts", "the-tide-books.txt"))
    text = cli.text(ids[:LENGTH])
    run = model.forward(ids[:LENGTH], keep=(0, model.n_layer // 2, model.n_layer - 1))
    # Mamba-1: every 37th of 512 lanes; a head is a channel of 64 lanes.
    channels = range(0, model.channels, 37) if not model.mamba2 else range(model.channels)
    for precision in ("fp32", "reference"):
        for layer in run.layers.values():
            got = check_layer(report, cli, folder, text, layer, precision)
            check_proof(report, layer, got, channels, precision)
            check_decay(report, cli, folder, text, layer, precision)
        middle = run.layers[model.n_layer // 2]
        for channel in (0, model.channels - 3):
            check_attention(report, cli, folder, text, middle, channel, precision)
    check_channels(report, cli, folder, text, run)
    calibrated = ids[: max(3 * model.train_length, LENGTH)]
    check_calibration(report, cli, folder, cli.text(calibrated), model, calibrated)
    report.close()


if __name__ == "__main__":
    main()
