"""One small model in every container that torch has written: the same numbers to the bit.

    test_containers.py CLI                     against torch-models/; needs nothing installed
    test_containers.py CLI --live MODEL        where torch is installed: MODEL's own weights, written by
                                               torch in every format, with a text of MODEL's vocabulary
"""

import json
import os
import shutil
import sys
import zipfile

import numpy as np

import mamba_ref
from harness import Cli, Report

HERE = os.path.dirname(os.path.abspath(__file__))
# The reference and the program compute in float64: the bound that the samples are held to.
PROGRAM = 1e-9


def compare(cli, report, what, folder, expected, text, precisions=("fp32", "reference")):
    """All numbers of FOLDER's run with those of EXPECTED's."""
    for precision in precisions:
        got, want = (cli.array("logits", model, text, precision=precision)
                     for model in (folder, expected))
        report.check(f"{what}: logits, {precision}, numbers that differ", np.sum(got != want), 0)
        got, want = (cli.trace(model, text, 0, precision=precision) for model in (folder, expected))
        report.check(f"{what}: trace, {precision}, numbers that differ",
                     sum(np.sum(got[name] != want[name]) for name in want), 0)


def compare_fixture(cli, report):
    models = os.path.join(HERE, "torch-models")
    ids = np.random.RandomState(3).randint(0, 13, 41).tolist()
    text = cli.text(ids)
    for name in sorted(os.listdir(models)):
        if "-" in name:
            compare(cli, report, name, os.path.join(models, name),
                    os.path.join(models, name.partition("-")[0]), text)
    single = os.path.join(models, "f32-old", "any.pth")
    compare(cli, report, "a file instead of its folder", single, os.path.join(models, "f32"), text)
    # Numbers that float32 would round are read as they are.
    wide = cli.array("logits", os.path.join(models, "f64-zip"), text, precision="reference")
    narrow = cli.array("logits", os.path.join(models, "f32"), text, precision="reference")
    reference = mamba_ref.Model(os.path.join(models, "f64")).forward(ids).logits
    report.compare("f64-zip: float64 weights, reference", wide, reference, PROGRAM)
    report.check("f64-zip: not rounded to float32", PROGRAM / np.abs(wide - narrow).max(), 1e-1)


def compare_live(cli, report, model):
    import torch
    from safetensors.torch import load_file

    state = load_file(os.path.join(model, "model.safetensors"))
    with open(os.path.join(model, "config.json"), encoding="utf-8") as file:
        vocabulary = json.load(file)["vocab_size"]
    text = cli.text(np.random.RandomState(5).randint(0, vocabulary, 257).tolist())

    def folder(name):
        path = cli.path(name)
        os.makedirs(path)
        shutil.copy(os.path.join(model, "config.json"), path)
        return path

    def saved(name, value, **options):
        path = folder(name)
        torch.save(value, os.path.join(path, "pytorch_model.bin"), **options)
        compare(cli, report, name, path, model, text)
        return path

    plain = saved("zip", state)
    saved("protocol 5", {"state_dict": state}, pickle_protocol=5)
    saved("old", state, _use_new_zipfile_serialization=False)
    saved("transposed", {name: value.t().contiguous().t() if value.dim() == 2 else value
                         for name, value in state.items()})
    deflated = folder("deflated")
    with zipfile.ZipFile(os.path.join(plain, "pytorch_model.bin")) as old, \
            zipfile.ZipFile(os.path.join(deflated, "pytorch_model.bin"), "w",
                            zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    compare(cli, report, "deflated", deflated, model, text)


def main():
    cli, report = Cli(sys.argv[1]), Report()
    if len(sys.argv) > 3 and sys.argv[2] == "--live":
        compare_live(cli, report, sys.argv[3])
    else:
        compare_fixture(cli, report)
    report.close()


if __name__ == "__main__":
    main()
