"""Small random checkpoints with every option that changes the computation, made from a seed alone.

The generator is NumPy's RandomState, whose numbers are the same in every version: the checkpoints need
not be stored, only what another program computed with them (transformers_fixture.json).

A case is a Hugging Face config. Its member "original", which no file gets, holds options that only the
original state-spaces releases have (rms_norm, rmsnorm, norm_before_gate): such a case is written in
their layout.
"""

import json
import os

import numpy as np

from mamba_ref import write_safetensors

VOCAB = 29

MAMBA = {"model_type": "mamba", "vocab_size": VOCAB, "hidden_size": 10, "num_hidden_layers": 2,
         "state_size": 5, "conv_kernel": 4, "expand": 2, "intermediate_size": 20, "time_step_rank": 3,
         "layer_norm_epsilon": 1e-5, "use_bias": False, "use_conv_bias": True,
         "tie_word_embeddings": True, "hidden_act": "silu"}
FALCON = {**MAMBA, "model_type": "falcon_mamba", "mixer_rms_eps": 1e-6}
MAMBA2 = {"model_type": "mamba2", "vocab_size": VOCAB, "hidden_size": 12, "num_hidden_layers": 2,
          "state_size": 7, "conv_kernel": 4, "expand": 2, "num_heads": 6, "head_dim": 4, "n_groups": 1,
          "chunk_size": 8, "layer_norm_epsilon": 1e-5, "use_bias": False, "use_conv_bias": True,
          "tie_word_embeddings": True, "hidden_act": "silu"}

CASES = {
    "mamba": MAMBA,
    "mamba-biases-untied": {**MAMBA, "use_bias": True, "tie_word_embeddings": False,
                            "layer_norm_epsilon": 1e-3},
    "mamba-odd": {**MAMBA, "hidden_size": 7, "expand": 3, "intermediate_size": 21, "state_size": 1,
                  "time_step_rank": 1, "conv_kernel": 3, "use_conv_bias": False},
    "mamba-states-128": {**MAMBA, "state_size": 128, "num_hidden_layers": 1},
    # A twelfth of mamba-370m's width: rank d/16, 16 states.
    "mamba-published": {**MAMBA, "hidden_size": 64, "intermediate_size": 128, "state_size": 16,
                        "time_step_rank": "auto", "num_hidden_layers": 4},
    "falcon": FALCON,
    "falcon-biases-untied": {**FALCON, "use_bias": True, "tie_word_embeddings": False,
                             "mixer_rms_eps": 0.03, "state_size": 8, "time_step_rank": 1},
    # falcon-mamba-7b's ratios, its odd pair of expand and intermediate_size included.
    "falcon-published": {**FALCON, "hidden_size": 64, "expand": 16, "intermediate_size": 128,
                         "state_size": 16, "time_step_rank": 4, "tie_word_embeddings": False},
    "mamba2": MAMBA2,
    "mamba2-groups-limits": {**MAMBA2, "n_groups": 3, "use_bias": True, "tie_word_embeddings": False,
                             "time_step_limit": [0.05, 0.4]},
    "mamba2-odd": {**MAMBA2, "hidden_size": 9, "expand": 2, "num_heads": 2, "head_dim": 9,
                   "n_groups": 2, "state_size": 3, "conv_kernel": 2, "use_conv_bias": False,
                   "layer_norm_epsilon": 1e-3},
    "mamba2-heads-16": {**MAMBA2, "hidden_size": 32, "num_heads": 4, "head_dim": 16, "n_groups": 4,
                        "state_size": 8, "tie_word_embeddings": False},
    # The published ones': 64 lanes a head, 128 states, one group.
    "mamba2-published": {**MAMBA2, "hidden_size": 64, "num_heads": 2, "head_dim": 64,
                         "state_size": 128, "num_hidden_layers": 3, "chunk_size": 256},
    "original-layer-norm": {**MAMBA, "original": {"rms_norm": False}, "use_bias": True},
    "original-no-gate-norm": {**MAMBA2, "original": {"rmsnorm": False, "rms_norm": False},
                              "n_groups": 2, "tie_word_embeddings": False},
    "original-norm-first": {**MAMBA2, "original": {"norm_before_gate": True}, "n_groups": 3},
}


def inner_width(config):
    return config.get("intermediate_size", config["hidden_size"] * config["expand"])


def tensors(config, seed):
    """{name: float32 array} of a checkpoint of CONFIG."""
    random = np.random.RandomState(seed)
    d, n, inner = config["hidden_size"], config["state_size"], inner_width(config)
    mamba2, original = config["model_type"] == "mamba2", config.get("original", {})
    heads = config["num_heads"] if mamba2 else inner
    conv = inner + 2 * config["n_groups"] * n if mamba2 else inner
    rank = config.get("time_step_rank", 0)
    rank = -(-d // 16) if rank == "auto" else rank
    layer_norm = not original.get("rms_norm", True)

    def normal(*shape, scale=None, mean=0.0):
        scale = shape[-1] ** -0.5 if scale is None else scale
        return (mean + scale * random.standard_normal(shape)).astype(np.float32)

    out = {"backbone.embeddings.weight": normal(VOCAB, d, scale=1.0)}
    for layer in range(config["num_hidden_layers"]):
        part = {"norm.weight": normal(d, scale=0.2, mean=1.0)}
        if layer_norm:
            part["norm.bias"] = normal(d, scale=0.3)
        mixer = {"in_proj.weight": normal(inner + conv + heads if mamba2 else 2 * inner, d),
                 "conv1d.weight": normal(conv, 1, config["conv_kernel"], scale=0.5),
                 "out_proj.weight": normal(d, inner),
                 "D": normal(heads, scale=0.3, mean=1.0)}
        rates = np.exp(random.uniform(np.log(0.01), np.log(8.0), heads if mamba2 else (inner, n)))
        mixer["A_log"] = np.log(rates).astype(np.float32)
        dt_bias = random.uniform(-3.0, 1.0, heads).astype(np.float32)
        if mamba2:
            mixer["dt_bias"] = dt_bias
            if original.get("rmsnorm", True):
                mixer["norm.weight"] = normal(inner, scale=0.2, mean=1.0)
        else:
            mixer["x_proj.weight"] = normal(rank + 2 * n, inner)
            mixer["dt_proj.weight"] = normal(inner, rank)
            mixer["dt_proj.bias"] = dt_bias
        if config["use_bias"]:
            mixer["in_proj.bias"] = normal(len(mixer["in_proj.weight"]), scale=0.3)
            mixer["out_proj.bias"] = normal(d, scale=0.3)
        if config["use_conv_bias"]:
            mixer["conv1d.bias"] = normal(conv, scale=0.3)
        part.update({"mixer." + name: value for name, value in mixer.items()})
        out.update({f"backbone.layers.{layer}.{name}": value for name, value in part.items()})
    out["backbone.norm_f.weight"] = normal(d, scale=0.2, mean=1.0)
    if layer_norm:
        out["backbone.norm_f.bias"] = normal(d, scale=0.3)
    if not config["tie_word_embeddings"]:
        out["lm_head.weight"] = normal(VOCAB, d)
    return out


def ids(seed, count):
    return np.random.RandomState(seed + 1000).randint(0, VOCAB, count).tolist()


def probe(seed, width):
    """The vector that a part of a trace is multiplied by, so that a number a row stands for it."""
    return np.random.RandomState(seed + 2000 + width).standard_normal(width)


def has_original(config):
    """Whether the original layout can say the same: its epsilons are fixed."""
    return config["model_type"] != "falcon_mamba" and config["layer_norm_epsilon"] == 1e-5


def original_config(config):
    """The same model in the words of the original releases, with a vocabulary that is padded."""
    original = config.get("original", {})
    mixer = {"d_state": config["state_size"], "d_conv": config["conv_kernel"],
             "expand": inner_width(config) / config["hidden_size"], "bias": config["use_bias"],
             "conv_bias": config["use_conv_bias"]}
    if config["model_type"] == "mamba2":
        mixer.update({"layer": "Mamba2", "headdim": config["head_dim"], "ngroups": config["n_groups"],
                      "chunk_size": config["chunk_size"],
                      "dt_limit": config.get("time_step_limit", [0.0, float("inf")])})
        mixer.update({key: original[key] for key in ("rmsnorm", "norm_before_gate") if key in original})
    else:
        mixer["dt_rank"] = config["time_step_rank"]
    return {"d_model": config["hidden_size"], "n_layer": config["num_hidden_layers"],
            "vocab_size": VOCAB - 9, "pad_vocab_size_multiple": VOCAB, "ssm_cfg": mixer,
            "attn_layer_idx": [], "attn_cfg": {}, "d_intermediate": 0,
            "rms_norm": original.get("rms_norm", True), "residual_in_fp32": True,
            "fused_add_norm": True, "tie_embeddings": config["tie_word_embeddings"]}


def write(folder, config, seed, dtype="F32", original=False, shards=1):
    """Writes config.json and the weights; A_log, D and the dt biases stay F32. ORIGINAL: in the layout
    of the original releases. SHARDS: files with an index, tensors dealt out in turn."""
    os.makedirs(folder, exist_ok=True)
    kept = ("A_log", ".D", "dt_bias", "dt_proj.bias")
    data = {name: (value, "F32" if name.endswith(kept) else dtype)
            for name, value in tensors(config, seed).items()}
    if original or "original" in config:
        config = original_config(config)
        data = {name.replace("embeddings.", "embedding."): value for name, value in data.items()}
        if config["tie_embeddings"]:  # as released: a tied head is there as well
            data["lm_head.weight"] = data["backbone.embedding.weight"]
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    if shards == 1:
        write_safetensors(os.path.join(folder, "model.safetensors"), data)
        return folder
    places = {}
    for k in range(shards):
        name = f"model-{k + 1:05}-of-{shards:05}.safetensors"
        part = {key: value for i, (key, value) in enumerate(data.items()) if i % shards == k}
        write_safetensors(os.path.join(folder, name), part)
        places.update(dict.fromkeys(part, name))
    with open(os.path.join(folder, "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump({"metadata": {}, "weight_map": places}, file)
    return folder
