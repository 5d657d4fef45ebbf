"""Tables and logits under every filter against the float64 reference (filters_ref.py): of a sample, or of
random models of every family.

    test_filters.py CLI SAMPLES NAME     a sample; with TOKENS behind it, so many of its text and its
                                         table's methods alone
    test_filters.py CLI random           random models, whose seed is printed
    test_filters.py CLI device           the same in fp32 on the CUDA backend, logits alone

Both compute in float64 from the same weights, so a token is kept by both or by neither, but for one whose
Delta is within rounding of a cut: none is, with these seeds. In fp32 such tokens may change sides; a
filter that only scales has none. In layer 0 of a Mamba-2 Delta depends on the token alone: equal ones are
many, cuts and thresholds may be one of them, and OPENBLAS_CORETYPE decides whether they are equal to the
last bit (Haswell, SkylakeX, Nehalem differ); they stay or go together all the same.
"""

import csv
import itertools
import json
import os
import re
import sys

import numpy as np

import filters_ref
import mamba_ref
import tiny_models
import tiny_zamba2
import zamba2_ref
from harness import Cli, Report, tokenize

# As in test_logits.py. Random models have logits of size 1 to 10 as well.
BOUND = {"fp32": 1e-3, "reference": 1e-9}
# In fp32 a token within rounding of a cut may change sides: one of 233 moved random logits by 2e-3.
CUT = 1e-2
TABLE_METHODS = 9  # the first of Case.specs()
SEED = int(os.environ.get("SCOPE_TEST_SEED", "20262"))
RANDOM = ("mamba", "mamba-odd", "falcon", "mamba2", "mamba2-groups-limits", "mamba2-odd")
RANDOM_ZAMBA2 = ("zamba2-rope", "zamba2-adapters", "zamba2-odd")


class Case:
    """A model, its text, and what its filters are made with."""

    def __init__(self, cli, name, folder, model, ids, train, theta):
        self.cli, self.name, self.folder, self.model = cli, name, folder, model
        self.ids, self.train, self.theta, self.text = ids, train, theta, cli.text(ids)
        self.options, self.lengths, self.idle = ("--train-length", train), None, 0.0

    def specs(self, table, path, near=1.0000001):
        """(SPEC, reference, whether it only scales)."""
        tokens, train, theta, model = len(self.ids), self.train, self.theta, self.model
        common = f"table={path},theta={theta}"
        aimed = (table, theta, tokens)
        k = train + 3
        # NEAR: off by more than rounding, where a threshold is a Delta of the text.
        yield f"longmamba:{common},b={near}", filters_ref.LongMamba(*aimed, b=near), False
        yield (f"longmamba:{common},drop=less,lookup=down,b=0.7",
               filters_ref.LongMamba(*aimed, strict=True, lookup="down", b=0.7), False)
        yield f"longmamba-alpha:{common}", filters_ref.Alpha(*aimed), False
        yield f"longmamba-offline:{common},lookup=down", filters_ref.Offline(*aimed, lookup="down"), False
        yield f"longmamba-bound:{common},b=1.5", filters_ref.Bound(*aimed, b=1.5), False
        yield f"longmamba-norm:{common}", filters_ref.Norm(*aimed), True
        yield f"longmamba-channelwise-topk:{common},k={k}", filters_ref.ChannelTopK(*aimed, k=k), False
        yield f"longmamba-all-topk:{common},k={k}", filters_ref.AllTopK(*aimed, k=k), False
        yield (f"longmamba-online:theta={theta},top=0.1",
               filters_ref.online(train, theta, tokens, 0.1), False)
        yield "mambaextend", filters_ref.Scaled([train / tokens] * model.n_layer), True
        scales = [round(0.3 + 0.5 * i / model.n_layer, 3) for i in range(model.n_layer)]
        yield ("mambaextend:scale=" + "/".join(map(str, scales)), filters_ref.Scaled(scales), True)
        listed = self.cli.path("scales.json")
        with open(listed, "w", encoding="utf-8") as file:
            json.dump(scales, file)
        yield f"mamba-modulation:file={listed}", filters_ref.Scaled(rates=scales), True
        yield ("mamba-modulation:form=power,scale=0.6",
               filters_ref.Scaled(rates=[0.6] * model.n_layer, power=True), True)
        yield "upi", filters_ref.upi(model, self.ids, train), True
        yield ("upi:across=layer,share=0.5,n=3",
               filters_ref.upi(model, self.ids, train, 0.5, 3, "layer"), True)

    def decimations(self):
        layers = self.model.n_layer
        yield "decimamba", filters_ref.DeciMamba([layers // 2], self.train)
        several = sorted({0, layers // 3, layers - 1})
        yield ("decimamba:tail=7,beta=0.8,base=90,layers=" + "/".join(map(str, several)),
               filters_ref.DeciMamba(several, 90, 0.8, 7))


def check_tables(case, report, starts):
    """The maximum and the mean over windows; returns the path and numbers of the mean's table."""
    for option, mean in (("--windows", False), ("--mean", True)):
        path = case.cli.path("table.json")
        case.cli.run("calibrate", case.folder, case.text, "--out", path, "--top", 0.1, "--windows", 3,
                     *(["--mean"] if mean else []), *case.options, "--precision", "reference",
                     *(["--lengths", ",".join(map(str, case.lengths))] if case.lengths else []))
        got = mamba_ref.Table.read(path)
        mine = mamba_ref.Table.calibrate(case.model, case.ids, case.train, 0.1, case.lengths, 3, mean,
                                         starts)
        report.equal(f"{case.name}: lengths and windows", [*got.lengths, got.windows],
                     [*mine.lengths, mine.windows])
        for name in ("ln_decay", "target", "threshold", "alpha"):
            a, b = getattr(got, name), getattr(mine, name)
            report.check(f"{case.name}: table, {'mean' if mean else 'max'}, {name}",
                         np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b))), 1e-6)
    return path, got


def survey(delta, a, train, top):
    """(decay, kept share, kept and whole sum over the target) of each channel of a layer."""
    first = mamba_ref.clamp(delta[:train], top)
    target, decay = first.sum(axis=0), mamba_ref.ln_decay_curve(first, a)[-1]
    g = np.array([mamba_ref.threshold(-np.sort(-column), column.sum(), len(delta))
                  for column in first.T])
    left = np.where(delta > g, delta, 0.0)
    return np.stack([decay, (left > 0).mean(axis=0), left.sum(axis=0) / target,
                     delta.sum(axis=0) / target])


def sum_up(channels, theta):
    """How many channels there are and how many are global; of these mean and medians."""
    decay, *rest = channels
    chosen = decay > np.log(theta)
    return [len(decay), chosen.sum(), *(f(x[chosen]) if chosen.any() else np.nan for f, x in
                                        zip((np.mean, np.median, np.median), rest))]


def check_sensitivity(case, report):
    """What theta and C do, from Delta of an unfiltered run: in each layer, and in all together."""
    path, tops, thetas = case.cli.path("sensitivity.csv"), (0.0, 0.1), (1e-9, 0.5)
    told = case.cli.json("sensitivity", case.folder, case.text, "--out", path, *case.options, "--tops",
                         ",".join(map(str, tops)), "--thetas", ",".join(map(str, thetas)),
                         "--precision", "reference")
    with open(path, newline="", encoding="utf-8") as file:
        got = list(csv.DictReader(file))
    run = case.model.forward(case.ids, keep=True, last=1)
    layers = {(layer.index, top): survey(layer.delta, layer.a, case.train, top)
              for layer in run.layers.values() for top in tops}
    whole = {top: np.concatenate([layers[index, top] for index in run.layers], axis=1) for top in tops}
    for name, rows, expected in (
            ("sensitivity", got, [[index, top, theta, *sum_up(layers[index, top], theta)]
                                  for index in run.layers for top in tops for theta in thetas]),
            ("sensitivity of all layers", told["all"], [[top, theta, *sum_up(whole[top], theta)]
                                                        for top in tops for theta in thetas])):
        mine = np.array([[float(value) if value not in ("", None) else np.nan
                          for value in row.values()] for row in rows])
        expected = np.array(expected, dtype=float)
        report.equal(f"{case.name}: {name}, where there are none", np.isnan(mine), np.isnan(expected))
        # Nine digits are written.
        error = np.abs(np.nan_to_num(mine) - np.nan_to_num(expected)) / np.maximum(
            1.0, np.nan_to_num(expected))
        report.check(f"{case.name}: {name}", error.max(), 1e-7)


def check_channels(case, report, spec, filter):
    """Kept tokens, and what is achieved of the target, under a filter with a table."""
    path = case.cli.path("channels.csv")
    case.cli.run("channels", case.folder, case.text, "--out", path, "--filter", spec, *case.options,
                 "--precision", "reference")
    with open(path, newline="", encoding="utf-8") as file:
        got = list(csv.DictReader(file))
    run, worst = case.model.forward(case.ids, filter, keep=True, last=1), 0.0
    for row in got:
        layer, channel = int(row["layer"]), int(row["channel"])
        delta, target = run.layers[layer].delta[:, channel], filter.table.target[layer, channel]
        for name, value in (("kept_fraction", (delta > 0).mean()), ("delta_sum", delta.sum()),
                            ("delta_target", target), ("delta_ratio", delta.sum() / target)):
            worst = max(worst, abs(float(row[name]) - value) / max(1.0, abs(value)))
    told = case.cli.json("channels", case.folder, case.text, "--out", path, "--filter", spec,
                         *case.options, "--precision", "reference")
    for row in told["layers"]:
        layer = row["layer"]
        delta, chosen = run.layers[layer].delta, filter.is_global[layer]
        reached = (delta.sum(axis=0) / filter.table.target[layer])[chosen]
        for name, value in (("global_kept", (delta > 0).mean(axis=0)[chosen].mean() if chosen.any() else None),
                            ("global_delta_ratio", np.median(reached) if chosen.any() else None)):
            if value is None:
                report.equal(f"{case.name}: layer {layer}, {name}: none", row[name], None)
            else:
                worst = max(worst, abs(row[name] - value) / max(1.0, abs(value)))
    report.equal(f"{case.name}: rows of channels", len(got), case.model.n_layer * case.model.channels)
    report.check(f"{case.name}: channels, kept and achieved", worst, 1e-8)


def check_logits(case, report, spec, filter, precision, bound):
    run = case.model.forward(case.ids, filter)
    got = case.cli.array("logits", case.folder, case.text, "--filter", spec, *case.options,
                         precision=precision)
    left = np.flatnonzero(~np.isnan(got[:, 0]))
    what = f"{case.name}: {re.sub('(table|file)=[^,]*/', '', spec)}, {precision}"
    report.equal(what + ": tokens left", left, run.positions)
    if np.array_equal(left, run.positions):
        scale = max(1.0, np.abs(run.logits).max())
        report.compare(what, got[left], run.logits, bound, scale)
    return run


def full_map(layer, channel):
    """diag(SiLU z) alpha diag(sigmoid v) M by its definition: rows are tokens that the scan saw, columns
    those that entered the layer."""
    entered, taps = len(layer.v), layer.taps.shape[1]
    kept = np.arange(entered) if layer.kept is None else layer.kept
    alpha, lanes = layer.attention(channel), range(layer.model.d_inner)[layer.lanes(channel)]
    total = np.zeros((len(kept), entered))
    for lane in lanes:
        band = sum(np.diag(np.full(entered - k, layer.taps[lane, taps - 1 - k]), -k)
                   for k in range(taps))
        gate = mamba_ref.silu(layer.z[:, lane])[:, None]
        total += gate * (alpha * mamba_ref.sigmoid(layer.v[kept, lane])) @ band[kept]
    return total / len(lanes)


def check_map(case, report, spec, index, channel, kind, rows, columns, expected):
    """EXPECTED stands at the text's ROWS and COLUMNS, zeros elsewhere."""
    tokens = len(case.ids)
    whole = np.zeros((tokens, tokens))
    whole[np.ix_(rows, columns)] = expected
    cut = (13, tokens - 5, 11, tokens - 9)
    part = ("--rows", f"{cut[0]}:{cut[1]}", "--cols", f"{cut[2]}:{cut[3]}")
    got = case.cli.array("attention", case.folder, case.text, "--layer", index, "--channel", channel,
                         "--matrix", kind, *part, "--filter", spec, *case.options,
                         precision="reference")
    whole = whole[cut[0] : cut[1], cut[2] : cut[3]]
    seen = np.isin(np.arange(cut[0], cut[1]), rows)  # the layer that drops a token still has its row
    report.compare(f"{case.name}: {spec}, layer {index}: {kind} map", got[seen], whole[seen], 1e-9,
                   max(1.0, np.abs(whole).max()))


def check_decimated(case, report, spec, filter):
    """A layer behind the cut: its parts at the tokens' own places; its maps; decoding after it."""
    index = case.model.n_layer - 1
    run = case.model.forward(case.ids, filter, keep=True)
    layer = run.layers[index]
    rows = layer.entered if layer.kept is None else layer.entered[layer.kept]
    got = {}
    folder = case.cli.path("trace")
    told = case.cli.json("trace", case.folder, case.text, "--layer", index, "--out", folder,
                         "--precision", "reference", "--filter", spec, *case.options)
    report.equal(f"{case.name}: {spec}, layer {index}: kept", told["kept"], rows)
    for name in ("delta", "b", "c", "u", "z", "y"):
        got[name] = np.load(os.path.join(folder, name + ".npy"))
        expected = getattr(layer, name)
        report.compare(f"{case.name}: {spec}, layer {index}: {name}", got[name][rows], expected, 1e-9,
                       max(1.0, np.abs(expected).max()))
    gone = np.setdiff1d(np.arange(len(case.ids)), rows)
    report.equal(f"{case.name}: {spec}, layer {index}: dropped", got["delta"][gone],
                 np.zeros_like(got["delta"][gone]))
    channel = case.model.channels - 1
    check_map(case, report, spec, index, channel, "s6", rows, rows, layer.attention(channel))
    check_map(case, report, spec, index, channel, "full", rows, layer.entered, full_map(layer, channel))
    for hybrid in getattr(case.model, "hybrid", [])[-1:]:
        entered, odds = run.layers[hybrid].entered, run.states[hybrid]["odds"]
        check_map(case, report, spec, hybrid, len(odds) - 1, "softmax", entered, entered, odds[-1])
    steps = [token for token, _ in mamba_ref.greedy(case.model, run, 5)]
    done = case.cli.json("generate", case.folder, case.text, "--tokens", 5, "--filter", spec,
                         *case.options, "--precision", "reference")
    report.equal(f"{case.name}: {spec}: decoding", done["ids"], steps)


def check(case, report):
    starts = mamba_ref.window_starts(len(case.ids), case.train, 3)
    path, table = check_tables(case, report, starts)
    spec, filter, _ = next(case.specs(table, path))
    check_channels(case, report, spec, filter)
    check_sensitivity(case, report)
    for spec, filter, scales in case.specs(table, path):
        check_logits(case, report, spec, filter, "reference", BOUND["reference"])
        if scales:
            check_logits(case, report, spec, filter, "fp32", BOUND["fp32"])
    for spec, filter in case.decimations():
        check_logits(case, report, spec, filter, "reference", BOUND["reference"])
        check_decimated(case, report, spec, filter)
    plain = case.cli.array("logits", case.folder, case.text, "--last", 9)
    for spec in ("decimamba:gate=100000", f"decimamba:base={len(case.ids)}", "mambaextend:scale=1",
                 "mamba-modulation:scale=1", "upi:share=0", "longmamba-norm:theta=1",
                 "longmamba-alpha:theta=1"):
        got = case.cli.array("logits", case.folder, case.text, "--last", 9, "--filter", spec)
        error = np.abs(got - plain).max()
        # A limit of Delta is made anew through the inverse of a softplus, in float32.
        report.check(f"{case.name}: {spec} changes nothing", error, case.idle)


def check_table_methods(case, report):
    path, table = check_tables(case, report, mamba_ref.window_starts(len(case.ids), case.train, 3))
    for spec, filter, _ in itertools.islice(case.specs(table, path), TABLE_METHODS):
        check_logits(case, report, spec, filter, "reference", BOUND["reference"])


def check_device(case, report):
    """Every filter on the CUDA backend. Tables come from the reference; b is such that no Delta is within
    rounding of float32 of a threshold."""
    case.options += ("--backend", "cuda")
    path = case.cli.path("table.json")
    case.cli.run("calibrate", case.folder, case.text, "--out", path, "--top", 0.1, "--windows", 3,
                 "--mean", "--precision", "reference", *case.options[:2])
    table = mamba_ref.Table.read(path)
    for spec, filter, scales in case.specs(table, path, near=1.001):
        check_logits(case, report, spec, filter, "fp32", BOUND["fp32"] if scales else CUT)
    for spec, filter in case.decimations():
        check_logits(case, report, spec, filter, "fp32", CUT)


def random_cases(cli):
    print(f"seed {SEED}")
    for k, name in enumerate(RANDOM + RANDOM_ZAMBA2):
        zamba2, seed = name in RANDOM_ZAMBA2, SEED + k
        config = (tiny_zamba2 if zamba2 else tiny_models).CASES[name]
        folder = cli.path(name)
        (tiny_zamba2 if zamba2 else tiny_models).write(folder, config, seed)
        model = (zamba2_ref if zamba2 else mamba_ref).Model(folder)
        ids = tiny_models.ids(seed, 233)
        case = Case(cli, name, folder, model, ids, 41, 1e-9)
        case.idle = 1e-4 if zamba2 or "limits" in name else 0.0
        yield case


def sample_case(cli, samples, name, tokens=700):
    folder = os.path.join(samples, "models", name)
    model = mamba_ref.Model(folder)
    ids = tokenize(cli, folder, os.path.join(samples, "texts", "the-tide-books.txt"))[: int(tokens)]
    train = len(ids) * 3 // 14
    case = Case(cli, name, folder, model, ids, train, 1e-5 if model.mamba2 else 1e-15)
    if not model.mamba2:  # the released grid of 6,144 lanes would take the reference minutes
        case.lengths = [train, train + 1, 4 * train, 5 * train]
    return case


def main():
    cli, report = Cli(sys.argv[1]), Report()
    checks = check_table_methods if len(sys.argv) > 4 else check
    for case in ([sample_case(cli, *sys.argv[2:])] if len(sys.argv) > 3 else random_cases(cli)):
        (check_device if sys.argv[2] == "device" else checks)(case, report)
    report.close()


if __name__ == "__main__":
    main()
