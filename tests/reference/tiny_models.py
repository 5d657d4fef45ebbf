"""Small random checkpoints with every option that changes the computation, made from a seed alone.

The generator is NumPy's RandomState, whose numbers are the same in every version: the checkpoints need
not be stored, only what another program computed with them (transformers_fixture.json).
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
    "mamba2": MAMBA2,
    "mamba2-groups-limits": {**MAMBA2, "n_groups": 3, "use_bias": True, "tie_word_embeddings": False,
                             "time_step_limit": [0.05, 0.4]},
    "mamba2-odd": {**MAMBA2, "hidden_size": 9, "expand": 2, "num_heads": 2, "head_dim": 9,
                   "n_groups": 2, "state_size": 3, "conv_kernel": 2, "use_conv_bias": False,
                   "layer_norm_epsilon": 1e-3},
}


def tensors(config, seed):
    """{name: float32 array} of a checkpoint of CONFIG."""
    random = np.random.RandomState(seed)
    d, inner, n = config["hidden_size"], config["hidden_size"] * config["expand"], config["state_size"]
    mamba2 = config["model_type"] == "mamba2"
    heads = config["num_heads"] if mamba2 else inner
    conv = inner + 2 * config["n_groups"] * n if mamba2 else inner
    rank = config.get("time_step_rank", 0)

    def normal(*shape, scale=None, mean=0.0):
        scale = shape[-1] ** -0.5 if scale is None else scale
        return (mean + scale * random.standard_normal(shape)).astype(np.float32)

    out = {"backbone.embeddings.weight": normal(VOCAB, d, scale=1.0)}
    for layer in range(config["num_hidden_layers"]):
        part = {"norm.weight": normal(d, scale=0.2, mean=1.0)}
        mixer = {"in_proj.weight": normal(inner + conv + heads if mamba2 else 2 * inner, d),
                 "conv1d.weight": normal(conv, 1, config["conv_kernel"], scale=0.5),
                 "out_proj.weight": normal(d, inner),
                 "D": normal(heads, scale=0.3, mean=1.0)}
        rates = np.exp(random.uniform(np.log(0.01), np.log(8.0), heads if mamba2 else (inner, n)))
        mixer["A_log"] = np.log(rates).astype(np.float32)
        dt_bias = random.uniform(-3.0, 1.0, heads).astype(np.float32)
        if mamba2:
            mixer["dt_bias"] = dt_bias
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
    if not config["tie_word_embeddings"]:
        out["lm_head.weight"] = normal(VOCAB, d)
    return out


def ids(seed, count):
    return np.random.RandomState(seed + 1000).randint(0, VOCAB, count).tolist()


def write(folder, config, seed, dtype="F32"):
    """Writes config.json and model.safetensors; A_log, D and the dt biases stay F32."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    kept = ("A_log", ".D", "dt_bias", "dt_proj.bias")
    data = {name: (value, "F32" if name.endswith(kept) else dtype)
            for name, value in tensors(config, seed).items()}
    write_safetensors(os.path.join(folder, "model.safetensors"), data)
    return folder
