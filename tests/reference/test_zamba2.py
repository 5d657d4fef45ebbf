"""Zamba2 against PyTorch's transformers: logits at several lengths, Δ, B, C, u, z and y of an SSM layer
and of a hybrid one, the softmax maps of every shared attention head; decoding against running the whole;
softmax rows that sum to 1, and the map times the values against what the heads put out.

    test_zamba2.py CLI           against zamba2_fixture.json; needs nothing installed
    test_zamba2.py CLI --live    against transformers itself, float32 and float64, and random models too
"""

import json
import os
import sys

import numpy as np

import tiny_models
import tiny_zamba2
from harness import Cli, Report, load

# As in test_transformers.py, whose bounds these are too (the design asks for 1e-3 in float32).
BOUND = {"fp32": 1e-4, "reference": 1e-9}
PARTS = ("delta", "b", "c", "u", "z", "y")
LENGTHS = (1, 2, 17, 300)
RANDOM = 12
SEED = int(os.environ.get("SCOPE_TEST_SEED", "20261"))


def scale(array):
    return max(1.0, np.abs(array).max())


def attention(cli, folder, text, layer, head, precision="reference"):
    return cli.array("attention", folder, text, "--layer", layer, "--channel", head, "--matrix",
                     "softmax", precision=precision)


def traced(cli, folder, text, layer, names, precision="reference"):
    out = cli.path("trace")
    cli.run("trace", folder, text, "--layer", layer, "--out", out, "--precision", precision)
    return [load(os.path.join(out, name + ".npy"), precision) for name in names]


def compare_logits(cli, report, name, folder, ids, case):
    expected, rows = np.array(case["logits"]), case["rows"]
    for precision, bound in BOUND.items():
        for length in LENGTHS:
            got = cli.array("logits", folder, cli.text(ids[:length]), precision=precision)
            kept = [k for k, row in enumerate(rows) if row < length]
            report.compare(f"{name}: {length} tokens, {precision}", got[[rows[k] for k in kept]],
                           expected[kept], bound, scale(expected))


def compare_layers(cli, report, name, folder, text, case):
    seed = case["seed"]
    for layer, parts in case["layers"].items():
        trace = cli.trace(folder, text, layer, precision="reference")
        for part in PARTS:
            got = trace[part] @ tiny_models.probe(seed, trace[part].shape[1])
            stored = np.array(parts[part])
            report.compare(f"{name}: {part} of layer {layer}", got[case["rows"]], stored,
                           BOUND["reference"], scale(stored))


def compare_attention(cli, report, name, folder, config, text, case):
    hybrid = tiny_zamba2.hybrid_layers(config)
    lanes = 2 * config["hidden_size"] // config["num_attention_heads"]
    shared = config["num_attention_heads"] // config["num_key_value_heads"]
    for layer, heads in zip(hybrid, case["attention"]):
        value, attended = traced(cli, folder, text, layer, ("value", "attended"))
        worst = dict.fromkeys(("map", "sums", "product", "above"), 0.0)
        for head, stored in enumerate(heads):
            got = attention(cli, folder, text, layer, head)
            probe = tiny_models.probe(case["seed"], got.shape[1])
            keys = slice(head // shared * lanes, (head // shared + 1) * lanes)
            own = slice(head * lanes, (head + 1) * lanes)
            errors = {"map": (got @ probe)[case["rows"]] - np.array(stored),
                      "sums": got.sum(axis=1) - 1, "above": np.triu(got, 1),
                      "product": got @ value[:, keys] - attended[:, own]}
            for what, error in errors.items():
                worst[what] = max(worst[what], np.abs(error).max())
        report.check(f"{name}: softmax maps of layer {layer}", worst["map"], 1e-9)
        report.check(f"{name}: rows of layer {layer} sum to 1", worst["sums"], 1e-12)
        report.check(f"{name}: layer {layer}, map times values", worst["product"], 1e-12)
        report.check(f"{name}: layer {layer}, above the diagonal", worst["above"], 0.0)


def compare_decoding(cli, report, name, folder, ids):
    """The greedy continuation one token at a time, on keys that are kept, is that of runs of the whole;
    80 tokens, which is more than the room that is left for them at first."""
    done = cli.json("generate", folder, cli.text(ids), "--tokens", 80, "--precision", "reference")
    whole = list(ids) + done["ids"]
    logits = cli.array("logits", folder, cli.text(whole[:-1]), "--last", 80, precision="reference")
    report.equal(f"{name}: decoding is running the whole", logits.argmax(axis=1), done["ids"])
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    odds = odds.max(axis=1) / odds.sum(axis=1)
    report.compare(f"{name}: its probabilities", done["probabilities"], odds, 1e-9)


def main():
    cli, report = Cli(sys.argv[1]), Report()
    if "--live" in sys.argv[2:]:
        import live_zamba2

        return live_zamba2.compare(cli, report)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "zamba2_fixture.json"), encoding="utf-8") as file:
        fixture = json.load(file)
    print(f"fixture: transformers {fixture['transformers']}, torch {fixture['torch']}")
    report.check("cases without a fixture", len(set(tiny_zamba2.CASES) ^ set(fixture["cases"])), 0)
    for name, case in fixture["cases"].items():
        config, seed = tiny_zamba2.CASES[name], case["seed"]
        folder = tiny_zamba2.write(cli.path(name), config, seed)
        ids = tiny_models.ids(seed, case["length"])
        compare_logits(cli, report, name, folder, ids, case)
        compare_layers(cli, report, name, folder, cli.text(ids), case)
        compare_attention(cli, report, name, folder, config, cli.text(ids), case)
        compare_decoding(cli, report, name, folder, ids[:67])
    report.close()


if __name__ == "__main__":
    main()
