"""Small random Zamba2 checkpoints, made from a seed alone; see tiny_models.py, whose ids() and probe()
serve these as well. A shared block's weights are written once, under the first layer that runs it, or
under each of them where the head is untied: both as transformers does."""

import json
import os

import numpy as np

from mamba_ref import write_safetensors
from tiny_models import VOCAB

BASE = {"model_type": "zamba2", "vocab_size": VOCAB, "hidden_size": 12, "num_hidden_layers": 4,
        "layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"], "mamba_d_state": 5,
        "mamba_d_conv": 4, "mamba_expand": 2, "mamba_ngroups": 2, "n_mamba_heads": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 20,
        "hidden_act": "gelu", "num_mem_blocks": 1, "adapter_rank": 3, "use_mem_rope": False,
        "use_shared_attention_adapter": False, "add_bias_linear": False, "rms_norm_eps": 1e-5,
        "time_step_min": 0.001, "chunk_size": 8, "tie_word_embeddings": True}
ADAPTED = {**BASE, "num_key_value_heads": 4, "use_shared_attention_adapter": True}

CASES = {
    "zamba2": BASE,
    "zamba2-rope": {**BASE, "use_mem_rope": True,
                    "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
    "zamba2-adapters": {**ADAPTED, "num_mem_blocks": 2, "num_hidden_layers": 6,
                        "layers_block_type": ["mamba", "hybrid", "hybrid", "mamba", "mamba", "hybrid"],
                        "use_mem_rope": True},
    "zamba2-biases-untied": {**BASE, "add_bias_linear": True, "tie_word_embeddings": False,
                             "hidden_act": "silu", "rms_norm_eps": 1e-3},
    # Layer 0 is hybrid, heads of 6 lanes for one key head, odd everything, a floor of Δ that is met.
    "zamba2-odd": {**BASE, "hidden_size": 9, "num_hidden_layers": 3, "num_attention_heads": 3,
                   "layers_block_type": ["hybrid", "mamba", "hybrid"], "num_key_value_heads": 1,
                   "mamba_ngroups": 1, "n_mamba_heads": 2, "mamba_d_conv": 3, "mamba_d_state": 1,
                   "intermediate_size": 7, "adapter_rank": 1, "num_mem_blocks": 2,
                   "use_mem_rope": True, "time_step_min": 0.2},
    "zamba2-head-160": {**BASE, "hidden_size": 80, "num_attention_heads": 1, "num_key_value_heads": 1,
                        "n_mamba_heads": 10, "num_hidden_layers": 2,
                        "layers_block_type": ["mamba", "hybrid"]},
    # The ratios of the 1.2b model: heads of the doubled width, 64 lanes and 64 states an SSM head.
    "zamba2-published": {**ADAPTED, "hidden_size": 64, "num_hidden_layers": 6, "mamba_d_state": 64,
                         "layers_block_type": ["mamba", "mamba", "hybrid", "mamba", "mamba", "hybrid"],
                         "mamba_ngroups": 1, "n_mamba_heads": 2, "intermediate_size": 256,
                         "adapter_rank": 8, "use_mem_rope": True, "chunk_size": 256},
}


def hybrid_layers(config):
    return [i for i, kind in enumerate(config["layers_block_type"]) if kind == "hybrid"]


def _mixer(config, normal, random):
    """A Mamba-2 layer's own tensors."""
    d, heads = config["hidden_size"], config["n_mamba_heads"]
    inner = config["mamba_expand"] * d
    conv = inner + 2 * config["mamba_ngroups"] * config["mamba_d_state"]
    out = {"in_proj.weight": normal(inner + conv + heads, d),
           "conv1d.weight": normal(conv, 1, config["mamba_d_conv"], scale=0.5),
           "conv1d.bias": normal(conv, scale=0.3),
           "out_proj.weight": normal(d, inner),
           "norm.weight": normal(inner, scale=0.2, mean=1.0),
           "D": normal(heads, scale=0.3, mean=1.0),
           "A_log": np.log(np.exp(random.uniform(np.log(0.01), np.log(8.0), heads))).astype(np.float32),
           "dt_bias": random.uniform(-3.0, 1.0, heads).astype(np.float32)}
    if config["add_bias_linear"]:
        out["in_proj.bias"] = normal(len(out["in_proj.weight"]), scale=0.3)
        out["out_proj.bias"] = normal(d, scale=0.3)
    return out


def _block(config, normal, invocations):
    """A shared block, and the adapters of its INVOCATIONS."""
    d, rank, wide = config["hidden_size"], config["adapter_rank"], config["intermediate_size"]
    width = 2 * d
    keys = width // config["num_attention_heads"] * config["num_key_value_heads"]
    out = {"input_layernorm.weight": normal(width, scale=0.2, mean=1.0),
           "pre_ff_layernorm.weight": normal(d, scale=0.2, mean=1.0),
           # Scores of some size, so that the softmax is far from even.
           "self_attn.q_proj.weight": normal(width, width, scale=2.0 * width ** -0.5),
           "self_attn.k_proj.weight": normal(keys, width),
           "self_attn.v_proj.weight": normal(keys, width),
           "self_attn.o_proj.weight": normal(d, width),
           "feed_forward.gate_up_proj.weight": normal(2 * wide, d),
           "feed_forward.down_proj.weight": normal(d, wide)}
    if config["add_bias_linear"]:
        out["feed_forward.gate_up_proj.bias"] = normal(2 * wide, scale=0.3)
        out["feed_forward.down_proj.bias"] = normal(d, scale=0.3)
    for i in invocations:
        out[f"feed_forward.gate_up_proj_adapter_list.{i}.0.weight"] = normal(rank, d)
        out[f"feed_forward.gate_up_proj_adapter_list.{i}.1.weight"] = normal(2 * wide, rank)
        for which in "qkv" if config["use_shared_attention_adapter"] else "":
            name = f"self_attn.linear_{which}_adapter_list.{i}"
            out[name + ".0.weight"] = normal(rank, width)
            out[name + ".1.weight"] = normal(width, rank)
    return out


def tensors(config, seed):
    """{name: float32 array} of a checkpoint of CONFIG."""
    random = np.random.RandomState(seed)
    d, hybrid, blocks = config["hidden_size"], hybrid_layers(config), config["num_mem_blocks"]
    parts = []

    def normal(*shape, scale=None, mean=0.0):
        scale = shape[-1] ** -0.5 if scale is None else scale
        return (mean + scale * random.standard_normal(shape)).astype(np.float32)

    out = {"model.embed_tokens.weight": normal(VOCAB, d, scale=1.0)}
    for layer in range(config["num_hidden_layers"]):
        place = f"model.layers.{layer}."
        inner = place
        if layer in hybrid:
            inner += "mamba_decoder."
            out[place + "linear.weight"] = normal(d, d)
            invocation = hybrid.index(layer)
            if invocation < blocks:
                parts.append(_block(config, normal, range(invocation, len(hybrid), blocks)))
            if invocation < blocks or not config["tie_word_embeddings"]:
                out.update({f"{place}shared_transformer.{k}": v
                            for k, v in parts[invocation % blocks].items()})
        out[inner + "input_layernorm.weight"] = normal(d, scale=0.2, mean=1.0)
        out.update({f"{inner}mamba.{k}": v for k, v in _mixer(config, normal, random).items()})
    out["model.final_layernorm.weight"] = normal(d, scale=0.2, mean=1.0)
    if not config["tie_word_embeddings"]:
        out["lm_head.weight"] = normal(VOCAB, d)
    return out


def write(folder, config, seed, dtype="F32"):
    """config.json and model.safetensors; A_log, D and the dt biases stay F32."""
    os.makedirs(folder, exist_ok=True)
    kept = ("A_log", ".D", "dt_bias")
    data = {name: (value, "F32" if name.endswith(kept) else dtype)
            for name, value in tensors(config, seed).items()}
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    write_safetensors(os.path.join(folder, "model.safetensors"), data)
    return folder
