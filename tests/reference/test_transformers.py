"""The float64 reference, and the program itself, against PyTorch's transformers on small models with
every option: biases, groups, time-step limits, untied heads, odd sizes (transformers_fixture.json)."""

import json
import os
import sys

import numpy as np

import mamba_ref
import tiny_models
from harness import Cli, Report

# The reference and PyTorch both compute in float64: what differs is the order of sums of up to 24
# terms of size about 1, a few 1e-15.
DOUBLE = 1e-12
# The program's own float64: the bound that the samples are held to.
PROGRAM = 1e-9
# fp32 on logits of size about 10: 24-bit products of 10 to 24 terms through two layers.
SINGLE = 1e-4


def main():
    cli, report = Cli(sys.argv[1]), Report()
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "transformers_fixture.json"), encoding="utf-8") as file:
        fixture = json.load(file)
    print(f"fixture: transformers {fixture['transformers']}, torch {fixture['torch']}")
    for name, case in fixture["cases"].items():
        config, seed = tiny_models.CASES[name], case["seed"]
        folder = tiny_models.write(cli.path(name), config, seed)
        ids = tiny_models.ids(seed, case["length"])
        expected, rows, text = np.array(case["logits"]), case["rows"], cli.text(ids)
        reference = mamba_ref.Model(folder).forward(ids).logits
        report.compare(f"{name}: reference", reference[rows], expected, DOUBLE)
        logits = cli.array("logits", folder, text, precision="reference")
        report.compare(f"{name}: --precision reference", logits[rows], expected, PROGRAM)
        report.compare(f"{name}: fp32", cli.array("logits", folder, text)[rows], expected, SINGLE)
        for dtype in ("F16", "BF16"):  # other weights: the reference reads the same file
            folder = tiny_models.write(cli.path(f"{name}-{dtype}"), config, seed, dtype)
            reference = mamba_ref.Model(folder).forward(ids).logits
            logits = cli.array("logits", folder, text, precision="reference")
            report.compare(f"{name}: {dtype} weights, reference", logits, reference, PROGRAM)
    report.close()


if __name__ == "__main__":
    main()
