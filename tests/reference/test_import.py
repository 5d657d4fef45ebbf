"""Tables of LongMamba's released calibration (longmamba-tables/, made by make_import_fixture.py), imported:
the numbers that torch saved; what is refused and why; a filter by them is one by the same numbers.

    test_import.py CLI
"""

import json
import os
import shutil
import subprocess
import sys

import numpy as np

import filters_ref
import mamba_ref
import tiny_models
from harness import Cli, Report

SEED = 20263


def refused(cli, report, what, folder, tables, *parts):
    done = subprocess.run([cli.program, "calibrate", folder, "--import", tables, "--out",
                           cli.path("no.json")], capture_output=True, text=True)
    told = done.returncode == 1 and done.stderr.count("\n") == 1 and all(p in done.stderr for p in parts)
    print(f"  {done.stderr.strip()[-140:]}")
    report.equal(f"refused: {what}", told, True)


def main():
    cli, report = Cli(sys.argv[1]), Report()
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "longmamba-tables")
    tables, path = os.path.join(here, "tiny-clampTop0.15-avg"), cli.path("imported.json")
    with open(os.path.join(here, "numbers.json"), encoding="utf-8") as file:
        numbers = json.load(file)
    folder = tiny_models.write(cli.path("mamba2"), tiny_models.CASES["mamba2"], SEED)
    cli.run("calibrate", folder, "--import", tables, "--out", path, "--theta", 1e-12)
    got = mamba_ref.Table.read(path)
    report.equal("lengths", got.lengths, [1000, 2000, 3000, 4000, 10000])
    report.equal("top", got.top, 0.15)
    with open(path, encoding="utf-8") as file:
        report.equal("reduction", json.load(file)["reduction"], "mean")
    keys = ["1k", "2k", "3k", "4k", "10k"]
    with np.errstate(divide="ignore"):
        report.check("decay", np.nanmax(np.abs(np.exp(got.ln_decay) - numbers["tA_prod"])), 1e-15)
    report.equal("decays of 0", np.argwhere(np.isinf(got.ln_decay)).tolist(), [[0, 0], [1, 1]])
    report.equal("target", got.target, numbers["decay"])
    for mine, theirs in ((got.threshold, "delta_t-thre"), (got.alpha, "alpha")):
        expected = np.array([[layer[key] for layer in numbers[theirs]] for key in keys])
        report.equal(theirs, mine, expected)

    model, ids = mamba_ref.Model(folder), tiny_models.ids(SEED, 90)
    filter = filters_ref.LongMamba(got, 1e-12, 90)
    logits = cli.array("logits", folder, cli.text(ids), "--filter",
                       f"longmamba:table={path},theta=1e-12,gate=50", precision="reference")
    report.compare("filtered by them", logits, model.forward(ids, filter).logits, 1e-9)

    other = tiny_models.write(cli.path("other"), tiny_models.CASES["mamba2-heads-16"], SEED)
    refused(cli, report, "another number of heads", other, tables, "delta_t-thre_layer_0.pt",
            "expected 4 numbers, one for each head of other, found 6")
    deep = tiny_models.write(cli.path("deep"), {**tiny_models.MAMBA2, "num_hidden_layers": 3}, SEED)
    refused(cli, report, "a model of more layers", deep, tables, "layer_2.pt")
    flat = tiny_models.write(cli.path("flat"), {**tiny_models.MAMBA2, "num_hidden_layers": 1}, SEED)
    refused(cli, report, "a model of fewer layers", flat, tables, "of another model",
            "flat has only 1 layers")
    broken = shutil.copytree(tables, cli.path("broken"))
    victim = os.path.join(broken, "alpha", "alpha_layer_1.pt")
    shutil.copyfile(os.path.join(broken, "decay", "decay_layer_1.pt"), victim)
    refused(cli, report, "a tensor where a dictionary belongs", folder, broken, "alpha_layer_1.pt",
            'found ""')
    with open(victim, "wb") as file:
        file.write(b"nothing")
    refused(cli, report, "no torch file", folder, broken, "alpha_layer_1.pt")
    report.close()


if __name__ == "__main__":
    main()
