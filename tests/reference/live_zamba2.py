"""Zamba2 against transformers itself, in float64 and in float32: the cases of tiny_zamba2 and random ones,
all layers, all rows, all maps; and what transformers itself writes. See test_zamba2.py, which calls this."""

import numpy as np

import tiny_models
import tiny_zamba2
from test_zamba2 import BOUND, PARTS, RANDOM, SEED, attention, scale
from zamba2_run import Model


def random_config(random):
    """Small and odd: whatever a config can say."""
    def one_of(*values):
        return values[random.randint(len(values))]

    adapted, groups = bool(random.randint(2)), int(random.randint(1, 4))
    keys = int(random.randint(1, 4))
    heads = keys * (1 if adapted else int(random.randint(1, 4)))
    lanes, layers = 2 * int(random.randint(1, 12)), int(random.randint(1, 7))
    ssm = groups * int(random.randint(1, 4))
    width = heads * lanes * ssm  # both kinds of heads divide what they have to
    kinds = [one_of("mamba", "hybrid") for _ in range(layers)]
    kinds[random.randint(layers)] = "hybrid"
    return {**tiny_zamba2.BASE, "hidden_size": width // 2 * (2 if width % 4 else 1),
            "num_hidden_layers": layers, "layers_block_type": kinds,
            "mamba_d_state": one_of(1, 8, 64, 37), "mamba_d_conv": int(random.randint(2, 6)),
            "mamba_expand": 2, "mamba_ngroups": groups, "n_mamba_heads": ssm,
            "num_attention_heads": heads, "num_key_value_heads": keys,
            "intermediate_size": int(random.randint(1, 90)), "hidden_act": one_of("gelu", "silu"),
            "num_mem_blocks": int(random.randint(1, 4)), "adapter_rank": int(random.randint(1, 9)),
            "use_mem_rope": bool(random.randint(2)), "use_shared_attention_adapter": adapted,
            "add_bias_linear": bool(random.randint(2)), "rms_norm_eps": one_of(1e-5, 1e-3),
            "time_step_min": one_of(0.001, 0.3), "chunk_size": one_of(4, 16, 256),
            "tie_word_embeddings": bool(random.randint(2))}


def compare_layers(cli, report, name, folder, text, layers, precision):
    worst = dict.fromkeys(PARTS, 0.0)
    for index, layer in enumerate(layers):
        trace = cli.trace(folder, text, index, precision=precision)
        for part in PARTS:
            error = np.abs(trace[part] - layer[part]).max() / scale(layer[part])
            worst[part] = max(worst[part], error if np.isfinite(error) else np.inf)
    for part, error in worst.items():
        report.check(f"{name}: {part}, all layers, {precision}", error, BOUND[precision])


def compare_maps(cli, report, name, folder, config, text, maps, precision):
    worst = 0.0
    for layer, heads in zip(tiny_zamba2.hybrid_layers(config), maps):
        for head, expected in enumerate(heads):
            got = attention(cli, folder, text, layer, head, precision)
            worst = max(worst, np.abs(got - expected).max())
    report.check(f"{name}: softmax maps, {precision}", worst, BOUND[precision])


def compare_model(cli, report, name, config, seed, length):
    tensors, ids = tiny_zamba2.tensors(config, seed), tiny_models.ids(seed, length)
    folder, text = tiny_zamba2.write(cli.path(name), config, seed), cli.text(ids)
    expected, layers, maps = Model(config, tensors).run(ids)
    single = Model(config, tensors, double=False)
    for precision, bound in BOUND.items():
        got = cli.array("logits", folder, text, precision=precision)
        report.compare(f"{name}: logits, {precision}", got, expected, bound, scale(expected))
        compare_layers(cli, report, name, folder, text, layers, precision)
        compare_maps(cli, report, name, folder, config, text, maps, precision)
    got = cli.array("logits", folder, text)
    report.compare(f"{name}: fp32 against float32", got, single.run(ids)[0], BOUND["fp32"],
                   scale(expected))
    saved = cli.path(name + "-saved")
    single.model.save_pretrained(saved, max_shard_size="20KB")
    report.equal(f"{name}: save_pretrained", cli.array("logits", saved, text), got)


def compare(cli, report):
    print(f"seed {SEED}")
    for seed, (name, config) in enumerate(tiny_zamba2.CASES.items()):
        compare_model(cli, report, name, config, seed, 67)
    random = np.random.RandomState(SEED)
    for k in range(RANDOM):
        config = random_config(random)
        print(config)
        compare_model(cli, report, f"zamba2 {k}", config, SEED + k, int(random.randint(1, 90)))
    report.close()
