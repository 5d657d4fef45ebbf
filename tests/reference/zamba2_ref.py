"""Zamba2 in float64 NumPy, from its paper (arXiv 2411.15242) and the formulas of docs/math.md: the
Mamba-2 layers of mamba_ref, and the shared transformer blocks before some of them."""

import json
import math
import os

import numpy as np

import mamba_ref
from mamba_ref import rms_norm, silu


def gelu(x):
    return x * 0.5 * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def rotated(x, begin, theta):
    """x (T, heads, W): lanes l and l + W/2 turn by (begin + t) theta^(-2 l / W)."""
    half = x.shape[2] // 2
    angle = np.outer(np.arange(begin, begin + len(x)), theta ** (-np.arange(half) / half))
    cos, sin = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    low, high = x[:, :, :half], x[:, :, half:]
    return np.concatenate([low * cos - high * sin, high * cos + low * sin], axis=2)


class Model(mamba_ref.Model):
    def __init__(self, folder):
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        weights = mamba_ref.read_safetensors(os.path.join(folder, "model.safetensors"))
        self.hybrid = [i for i, kind in enumerate(config["layers_block_type"]) if kind == "hybrid"]
        limits = [config["time_step_min"], math.inf]
        self.config, self.weights = {**config, "time_step_limit": limits}, weights
        self.mamba2, self.mixer_eps = True, None
        self.d_model, self.n_layer = config["hidden_size"], config["num_hidden_layers"]
        self.d_state, self.groups = config["mamba_d_state"], config["mamba_ngroups"]
        self.d_inner = config["mamba_expand"] * self.d_model
        self.channels, self.eps, self.gate_eps = config["n_mamba_heads"], config["rms_norm_eps"], 1e-5
        self.train_length = 2000
        self.embedding = weights["model.embed_tokens.weight"]
        self.head = self.embedding if config["tie_word_embeddings"] else weights["lm_head.weight"]
        self.final_norm = weights["model.final_layernorm.weight"]

    def weight(self, layer, name):
        place = f"model.layers.{layer}." + ("mamba_decoder." if layer in self.hybrid else "")
        name = name.replace("mixer.", "mamba.")
        return self.weights.get(place + ("input_layernorm.weight" if name == "norm.weight" else name))

    def _adapted(self, x, block, name, adapters, invocation):
        out = x @ block(f"{name}.weight").T
        bias, down = block(f"{name}.bias"), block(f"{adapters}.{invocation}.0.weight")
        out = out if bias is None else out + bias
        return out if down is None else out + x @ down.T @ block(f"{adapters}.{invocation}.1.weight").T

    def _attend(self, a, block, invocation, state):
        """o (T, heads W) on the keys of STATE and its own, which it leaves there with its maps."""
        config, count = self.config, len(a)
        heads, keys = config["num_attention_heads"], config["num_key_value_heads"]
        q, k, v = (self._adapted(a, block, f"self_attn.{which}_proj",
                                 f"self_attn.linear_{which}_adapter_list", invocation)
                   .reshape(count, n, -1) for which, n in (("q", heads), ("k", keys), ("v", keys)))
        begin = len(state["k"]) if "k" in state else 0
        if config["use_mem_rope"]:
            theta = config.get("rope_parameters", {}).get("rope_theta", 10000.0)
            q, k = rotated(q, begin, theta), rotated(k, begin, theta)
        if begin:
            k, v = np.concatenate([state["k"], k]), np.concatenate([state["v"], v])
        state["k"], state["v"] = k, v
        out = np.empty_like(q)
        state["odds"] = np.empty((heads, count, len(k)))
        causal = np.arange(len(k))[None, :] <= begin + np.arange(count)[:, None]
        for h in range(heads):
            mine = h // (heads // keys)
            scores = q[:, h] @ k[:, mine].T / math.sqrt(q.shape[2] / 2)
            scores = np.where(causal, scores, -np.inf)
            odds = np.exp(scores - scores.max(axis=1, keepdims=True))
            state["odds"][h] = odds / odds.sum(axis=1, keepdims=True)
            out[:, h] = state["odds"][h] @ v[:, mine]
        return out.reshape(count, -1)

    def _input(self, index, residual, embedded, state):
        if index not in self.hybrid:
            return residual
        invocation = self.hybrid.index(index)
        home = self.hybrid[invocation % self.config["num_mem_blocks"]]

        def block(name):
            return self.weights.get(f"model.layers.{home}.shared_transformer.{name}")

        a = rms_norm(np.concatenate([residual, embedded], axis=1), block("input_layernorm.weight"),
                     self.eps)
        o = self._attend(a, block, invocation, state) @ block("self_attn.o_proj.weight").T
        joined = self._adapted(rms_norm(o, block("pre_ff_layernorm.weight"), self.eps), block,
                               "feed_forward.gate_up_proj", "feed_forward.gate_up_proj_adapter_list",
                               invocation)
        gate, up = np.split(joined, 2, axis=1)
        act = gelu if self.config["hidden_act"] == "gelu" else silu
        t = self._adapted(act(gate) * up, block, "feed_forward.down_proj", "none", 0)
        return residual + t @ self.weights[f"model.layers.{index}.linear.weight"].T
