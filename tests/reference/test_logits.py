"""Logits of one sample, unfiltered and filtered, fp32 and reference, against the float64 reference.

Row t depends on tokens 0..t alone, so the rows of one run of the reference over the whole text are what
every shorter input must give; the program runs each length on its own.

    test_logits.py CLI SAMPLES NAME [TOKENS]     no more than so many
"""

import os
import sys

import mamba_ref
from harness import Cli, Report, tokenize

LENGTHS = (1, 2, 3, 17, 486, 1024, 4096)
BOUND = {"fp32": 1e-3, "reference": 1e-9}


def filters(model, folder, length):
    """(SPEC, the reference's filter) pairs."""
    table = mamba_ref.Table.read(os.path.join(folder, "longmamba.json"))
    theta, train = table.theta, table.train_length
    yield "longmamba", mamba_ref.longmamba(table, theta, length)
    yield "longmamba:theta=0.5", mamba_ref.longmamba(table, 0.5, length)
    yield ("longmamba-online:theta=1e-5,top=0.1",
           mamba_ref.longmamba_online(train, 1e-5, length, 0.1))


def main():
    cli, samples, name = Cli(sys.argv[1]), sys.argv[2], sys.argv[3]
    folder, report = os.path.join(samples, "models", name), Report()
    most = int(sys.argv[4]) if len(sys.argv) > 4 else LENGTHS[-1]
    model = mamba_ref.Model(folder)
    ids = tokenize(cli, folder, os.path.join(samples, "texts", "pass-key.txt"))[:most]
    expected = model.forward(ids).logits
    for length in sorted({min(length, most) for length in LENGTHS}):
        text = cli.text(ids[:length])
        for precision, bound in BOUND.items():
            got = cli.array("logits", folder, text, precision=precision)
            report.compare(f"{name}: {length} tokens, {precision}", got, expected[:length], bound)
    text = cli.text(ids)
    last = cli.array("logits", folder, text, "--last", 5, precision="reference")
    report.compare(f"{name}: --last 5", last, expected[-5:], BOUND["reference"])
    plain = cli.array("logits", folder, text, "--last", 64)
    for spec in ("off", "longmamba:theta=1", "longmamba:gate=4096"):
        got = cli.array("logits", folder, text, "--last", 64, "--filter", spec)
        report.equal(f"{name}: {spec} changes nothing", got, plain)
    for spec, filter in filters(model, folder, len(ids)):
        expected = model.forward(ids, filter).logits
        got = cli.array("logits", folder, text, "--filter", spec, precision="reference")
        report.compare(f"{name}: {spec}, reference", got, expected, BOUND["reference"])
    report.close()


if __name__ == "__main__":
    main()
