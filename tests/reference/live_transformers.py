"""The program against transformers itself, in float64 and in float32: the cases of tiny_models and
random ones of every family, all layers, all rows. See test_transformers.py, which calls this."""

import json
import os
import sys

import numpy as np

import tiny_models
from harness import Cli, Report
from transformers_run import Model

# As in test_transformers.py; the bounds are parts of the largest number of what is compared.
BOUND = {"fp32": 1e-4, "reference": 1e-9}
PARTS = ("delta", "b", "c", "u", "z", "y")
RANDOM = 12  # models of each family
SEED = int(os.environ.get("SCOPE_TEST_SEED", "20260"))


def scale(array):
    return max(1.0, np.abs(array).max())


def random_config(random, family):
    """Small and odd: whatever a config can say."""
    def one_of(*values):
        return values[random.randint(len(values))]

    config = {"model_type": family, "vocab_size": tiny_models.VOCAB, "hidden_act": "silu",
              "num_hidden_layers": int(random.randint(1, 4)), "conv_kernel": int(random.randint(2, 6)),
              "state_size": one_of(1, 3, 8, 16, 37, 64, 128),
              "layer_norm_epsilon": one_of(1e-5, 1e-6, 1e-3), "expand": int(random.randint(1, 4)),
              "use_bias": bool(random.randint(2)), "use_conv_bias": bool(random.randint(2)),
              "tie_word_embeddings": bool(random.randint(2))}
    if family == "mamba2":
        groups, per_group, lanes = int(random.randint(1, 4)), int(random.randint(1, 4)), \
            one_of(3, 16, 32, 64)
        heads = groups * per_group
        config.update({"n_groups": groups, "num_heads": heads * config["expand"], "head_dim": lanes,
                       "hidden_size": heads * lanes, "chunk_size": one_of(4, 16, 256),
                       "time_step_limit": one_of([0.0, float("inf")], [0.01, 0.5],
                                                 [0.1, float("inf")])})
        return config
    config["hidden_size"] = int(random.randint(2, 70))
    config["time_step_rank"] = one_of("auto", 1, 5)
    if random.randint(2):
        config["intermediate_size"] = int(random.randint(1, 150))
    if family == "falcon_mamba":
        config["mixer_rms_eps"] = one_of(1e-6, 1e-2)
    return config


def compare_model(cli, report, name, config, seed, length):
    tensors, ids = tiny_models.tensors(config, seed), tiny_models.ids(seed, length)
    folder, text = tiny_models.write(cli.path(name), config, seed), cli.text(ids)
    expected, layers = Model(config, tensors).run(ids)
    single, _ = Model(config, tensors, double=False).run(ids)
    for precision, bound in BOUND.items():
        got = cli.array("logits", folder, text, precision=precision)
        report.compare(f"{name}: logits, {precision}", got, expected, bound, scale(expected))
        worst = dict.fromkeys(PARTS, 0.0)
        for index, layer in enumerate(layers):
            trace = cli.trace(folder, text, index, precision=precision)
            for part in PARTS:
                error = np.abs(trace[part] - layer[part]).max() / scale(layer[part])
                worst[part] = max(worst[part], error if np.isfinite(error) else np.inf)
        for part, error in worst.items():
            report.check(f"{name}: {part}, all layers, {precision}", error, bound)
    got = cli.array("logits", folder, text)
    report.compare(f"{name}: fp32 against float32", got, single, BOUND["fp32"], scale(single))
    return folder, text, got


def compare_bf16(cli, report, name, config, seed, length):
    """A file of BF16 weights, which the program widens exactly: so does this."""
    ids = tiny_models.ids(seed, length)
    folder = tiny_models.write(cli.path(name + "-bf16"), config, seed, "BF16", shards=2)
    kept = ("A_log", ".D", "dt_bias", "dt_proj.bias")
    tensors = {key: value if key.endswith(kept)
               else (value.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
               for key, value in tiny_models.tensors(config, seed).items()}
    expected, _ = Model(config, tensors).run(ids)
    for precision, bound in BOUND.items():
        got = cli.array("logits", folder, cli.text(ids), precision=precision)
        report.compare(f"{name}: BF16 shards, {precision}", got, expected, bound, scale(expected))


def compare_saved(cli, report, name, config, seed, text, logits):
    """What transformers and torch.save write themselves, to the bit."""
    import torch

    model = Model(config, tiny_models.tensors(config, seed), double=False).model
    folder = cli.path(name + "-saved")
    model.save_pretrained(folder, max_shard_size="20KB")
    report.equal(f"{name}: save_pretrained", cli.array("logits", folder, text), logits)
    for legacy in (False, True):
        folder = cli.path(f"{name}-bin-{legacy}")
        os.makedirs(folder)
        model.config.save_pretrained(folder)
        torch.save(model.state_dict(), os.path.join(folder, "pytorch_model.bin"),
                   _use_new_zipfile_serialization=not legacy)
        what = "old" if legacy else "new"
        report.equal(f"{name}: torch.save, {what}", cli.array("logits", folder, text), logits)
        if tiny_models.has_original(config):  # what a release of state-spaces holds
            original = {key.replace("embeddings.", "embedding."): value
                        for key, value in model.state_dict().items()}
            with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
                json.dump(tiny_models.original_config(config), file)
            torch.save(original, os.path.join(folder, "pytorch_model.bin"),
                       _use_new_zipfile_serialization=not legacy)
            report.equal(f"{name}: torch.save of the original, {what}",
                         cli.array("logits", folder, text), logits)


def compare(cli, report):
    print(f"seed {SEED}")
    for seed, (name, config) in enumerate(tiny_models.CASES.items()):
        folder, text, logits = compare_model(cli, report, name, config, seed, 67)
        if "original" not in config:
            compare_bf16(cli, report, name, config, seed, 67)
            compare_saved(cli, report, name, config, seed, text, logits)
    random = np.random.RandomState(SEED)
    for family in ("mamba", "falcon_mamba", "mamba2"):
        for k in range(RANDOM):
            config = random_config(random, family)
            print(config)
            compare_model(cli, report, f"{family} {k}", config, SEED + k, int(random.randint(1, 90)))
    report.close()


if __name__ == "__main__":
    compare(Cli(sys.argv[1]), Report())
