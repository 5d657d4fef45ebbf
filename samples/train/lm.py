"""The two language models: parameters under Hugging Face's names, their start, and the forward pass."""

import math

import torch
import torch.nn.functional as F

from conv import conv
from norm import norm
from scan import scan
from ssd import ssd

COMMON = {"width": 256, "layers": 8, "vocabulary": 4096, "slow": 0.25, "slow_rates": (5e-3, 5e-2)}
CONFIGS = {
    "mamba2": {**COMMON, "family": "mamba2", "inner": 512, "heads": 8, "states": 128},
    "mamba": {**COMMON, "family": "mamba", "inner": 512, "states": 16, "rank": 16},
}


def _even(dice, shape, bound):
    return (torch.rand(shape, generator=dice) * 2 - 1) * bound


def _between(dice, shape, low, high):
    return torch.exp(torch.rand(shape, generator=dice) * math.log(high / low) + math.log(low))


def _rates(dice, config):
    """log |A|, and the bias of Δ. The first `slow` channels or heads start with almost no decay: their states go
    on growing beyond the training length, which is the failure that these models are made to show."""
    if config["family"] == "mamba2":
        quick = 1 + 15 * torch.rand(config["heads"], generator=dice)
    else:
        quick = torch.arange(1.0, config["states"] + 1).repeat(config["inner"], 1)
    count = slow_count(config)
    quick[:count] = _between(dice, quick[:count].shape, *config["slow_rates"])
    dt = _between(dice, quick.shape[:1], 1e-2, 1e-1)
    return quick.log(), dt + torch.log(-torch.expm1(-dt))


def slow_count(config):
    return round(config["slow"] * config.get("heads", config["inner"]))


def start(config, seed):
    dice = torch.Generator().manual_seed(seed)
    width, inner, states = config["width"], config["inner"], config["states"]
    p = {"backbone.embeddings.weight": torch.randn(config["vocabulary"], width, generator=dice) * 0.02,
         "backbone.norm_f.weight": torch.ones(width)}
    second = config["family"] == "mamba2"
    filtered = inner + 2 * states if second else inner
    projected = 2 * inner + (2 * states + config["heads"] if second else 0)
    for k in range(config["layers"]):
        m = f"backbone.layers.{k}.mixer."
        p[f"backbone.layers.{k}.norm.weight"] = torch.ones(width)
        p[m + "in_proj.weight"] = _even(dice, (projected, width), width ** -0.5)
        p[m + "conv1d.weight"] = _even(dice, (filtered, 1, 4), 0.5)
        p[m + "conv1d.bias"] = _even(dice, (filtered,), 0.5)
        p[m + "A_log"], bias = _rates(dice, config)
        if second:
            p[m + "dt_bias"] = bias
            p[m + "norm.weight"] = torch.ones(inner)
        else:
            p[m + "x_proj.weight"] = _even(dice, (config["rank"] + 2 * states, inner), inner ** -0.5)
            p[m + "dt_proj.weight"] = _even(dice, (inner, config["rank"]), config["rank"] ** -0.5)
            p[m + "dt_proj.bias"] = bias
        p[m + "D"] = torch.ones(config["heads"] if second else inner)
        p[m + "out_proj.weight"] = _even(dice, (width, inner), (inner * config["layers"]) ** -0.5)
    return p


class Layer:
    """One mixer. `watch` sees Δ [rows, tokens, channels] and A; `plan` replaces Δ, for the filters."""

    def __init__(self, parameters, config, index, dtype):
        self.config, self.index, self.dtype = config, index, dtype
        prefix = f"backbone.layers.{index}.mixer."
        self.p = {name[len(prefix):]: t for name, t in parameters.items() if name.startswith(prefix)}

    def _linear(self, x, name, rows=slice(None)):
        return F.linear(x, self.p[name + ".weight"][rows].to(self.dtype))

    def _conv(self, x):
        return conv(x, self.p["conv1d.weight"].squeeze(1), self.p["conv1d.bias"])

    def _delta(self, raw, bias, A, watch, plan):
        dt = F.softplus(raw.to(bias.dtype) + bias)
        if watch is not None:
            watch(self.index, dt, A)
        return dt if plan is None else plan(self.index, dt)

    def second(self, x, watch, plan):
        inner, states = self.config["inner"], self.config["states"]
        end = 2 * inner + 2 * states
        z = self._linear(x, "in_proj", slice(0, inner))
        xbc = self._conv(self._linear(x, "in_proj", slice(inner, end)))
        A = -self.p["A_log"].exp()
        dt = self._delta(self._linear(x, "in_proj", slice(end, None)), self.p["dt_bias"], A, watch, plan)
        y = ssd(xbc, dt, A, self.p["D"], states)
        return self._linear(norm(y, self.p["norm.weight"], z, self.dtype), "out_proj")

    def first(self, x, watch, plan):
        inner, states, rank = (self.config[k] for k in ("inner", "states", "rank"))
        u = self._conv(self._linear(x, "in_proj", slice(0, inner)))
        z = self._linear(x, "in_proj", slice(inner, None))
        low, B, C = self._linear(u, "x_proj").split([rank, states, states], -1)
        raw = self._linear(low, "dt_proj")
        A = -self.p["A_log"].exp()
        bare = watch is None and plan is None
        if not bare:
            raw = self._delta(raw, self.p["dt_proj.bias"], A, watch, plan)
        return self._linear(scan(u, raw, self.p["dt_proj.bias"], A, B, C, self.p["D"], z, bare), "out_proj")


def hidden(parameters, config, ids, dtype, watch=None, plan=None, last=None):
    """What the output layer reads, [rows, tokens, width]; of the `last` tokens only where given."""
    h = F.embedding(ids, parameters["backbone.embeddings.weight"])
    for k in range(config["layers"]):
        layer = Layer(parameters, config, k, dtype)
        x = norm(h, parameters[f"backbone.layers.{k}.norm.weight"], dtype=dtype)
        h = h + (layer.second if config["family"] == "mamba2" else layer.first)(x, watch, plan)
    if last is not None:
        h = h[:, -last:].contiguous()
    return norm(h, parameters["backbone.norm_f.weight"], dtype=dtype)


def logits(parameters, config, ids, dtype=torch.float32, **more):
    return hidden(parameters, config, ids, dtype, **more) @ parameters["backbone.embeddings.weight"].to(dtype).T
