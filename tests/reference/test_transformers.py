"""The float64 reference, and the program itself, against PyTorch's transformers on small models with
every option: biases, groups, time-step limits, untied heads, odd sizes, Falcon-Mamba's norms, the
original releases' layout and options.

    test_transformers.py CLI           against transformers_fixture.json; needs nothing installed
    test_transformers.py CLI --live    against transformers itself, in float32 and float64: the same
                                       models and random ones of every family, every layer, whole
                                       texts; from shards, from BF16 files, from torch.save
"""

import json
import os
import sys

import numpy as np

import mamba_ref
import tiny_models
from harness import Cli, Report

# The reference and PyTorch both compute in float64: what differs is the order of sums of up to 128
# terms of size about 1, a few 1e-15 each, through up to 4 layers.
DOUBLE = 1e-11
# The program's own float64: the bound that the samples are held to.
PROGRAM = 1e-9
# fp32 on logits, as a part of the largest: 24-bit products of up to 128 terms through up to 4 layers
# (the design asks for 1e-3).
SINGLE = 1e-4
PARTS = ("delta", "b", "c", "u", "z", "y")


def scale(array):
    return max(1.0, np.abs(array).max())


def compare_case(cli, report, name, case):
    config, seed = tiny_models.CASES[name], case["seed"]
    folder = tiny_models.write(cli.path(name), config, seed)
    ids = tiny_models.ids(seed, case["length"])
    expected, rows, text = np.array(case["logits"]), case["rows"], cli.text(ids)
    size = scale(expected)
    logits = cli.array("logits", folder, text, precision="reference")
    report.compare(f"{name}: --precision reference", logits[rows], expected, PROGRAM, size)
    single = cli.array("logits", folder, text)
    report.compare(f"{name}: fp32", single[rows], expected, SINGLE, size)
    trace = cli.trace(folder, text, case["layer"], precision="reference")
    for part in PARTS:
        got = trace[part] @ tiny_models.probe(seed, trace[part].shape[1])
        stored = np.array(case["parts"][part])
        report.compare(f"{name}: {part} of layer {case['layer']}", got[rows], stored, PROGRAM,
                       scale(stored))
    return folder, config, seed, ids, single


def compare_files(cli, report, name, config, seed, ids, single):
    """Other files of the same model: to the bit."""
    text = cli.text(ids)
    folder = tiny_models.write(cli.path(name + "-sharded"), config, seed, shards=3)
    report.equal(f"{name}: three shards", cli.array("logits", folder, text), single)
    if tiny_models.has_original(config):
        folder = tiny_models.write(cli.path(name + "-original"), config, seed, original=True)
        report.equal(f"{name}: original layout", cli.array("logits", folder, text), single)


def compare_reference(cli, report, name, case, folder, config, seed, ids):
    """mamba_ref, which reads Hugging Face's layout."""
    reference = mamba_ref.Model(folder).forward(ids).logits
    expected = np.array(case["logits"])
    report.compare(f"{name}: reference", reference[case["rows"]], expected, DOUBLE, scale(expected))
    for dtype in ("F16", "BF16"):  # other weights: the reference reads the same file
        folder = tiny_models.write(cli.path(f"{name}-{dtype}"), config, seed, dtype)
        reference = mamba_ref.Model(folder).forward(ids).logits
        logits = cli.array("logits", folder, cli.text(ids), precision="reference")
        report.compare(f"{name}: {dtype} weights, reference", logits, reference, PROGRAM,
                       scale(reference))


def main():
    cli, report = Cli(sys.argv[1]), Report()
    if "--live" in sys.argv[2:]:
        import live_transformers

        return live_transformers.compare(cli, report)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "transformers_fixture.json"), encoding="utf-8") as file:
        fixture = json.load(file)
    print(f"fixture: transformers {fixture['transformers']}, torch {fixture['torch']}")
    report.check("cases without a fixture", len(set(tiny_models.CASES) ^ set(fixture["cases"])), 0)
    for name, case in fixture["cases"].items():
        folder, config, seed, ids, single = compare_case(cli, report, name, case)
        if "original" not in config:
            compare_files(cli, report, name, config, seed, ids, single)
            compare_reference(cli, report, name, case, folder, config, seed, ids)
    report.close()


if __name__ == "__main__":
    main()
