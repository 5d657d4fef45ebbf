"""Skips tokens while training as LongMamba's filter does at length.

A share of the prose and of the rows with one question is treated as if it were a piece of a text 1 to 64 times as
long (log-uniform): a global head or slow channel skips the tokens whose Δ is below the value above which the
tokens of the batch's prose hold that fraction of their ΣΔ. What has to survive the filter must then have a large
Δ. The gradient of the choice is that of Δ / (Δ + limit).
"""

import math

import torch

import lm
from score import ANSWER, THETA

LONGEST = 64
LEAST = 1e-12  # Δ can underflow to 0, and 0 / 0 spoils the whole model
SAMPLE = {"mamba2": 32, "mamba": 8}


class Skip:
    """A plan for lm.hidden, for a batch whose first `prose` rows are prose and whose next `easy` rows are left alone."""

    def __init__(self, parameters, config, rows, prose, easy, share):
        self.p, self.config, self.sample = parameters, config, min(prose, SAMPLE[config["family"]])
        device = parameters["backbone.norm_f.weight"].device
        times = torch.exp(torch.rand(rows, device=device) * math.log(LONGEST))
        times[torch.rand(rows, device=device) >= share] = 1.0
        times[prose:prose + easy] = 1.0
        self.times = times

    def _far(self, index, dt):
        """Which channels are filtered: the global ones; of Mamba-1 the slow ones, which all are."""
        if self.config["family"] == "mamba":
            return torch.arange(dt.shape[2], device=dt.device) < lm.slow_count(self.config)
        A = -self.p[f"backbone.layers.{index}.mixer.A_log"].exp()
        return (dt.sum(1) * A).exp().mean(0) > THETA

    def _limits(self, dt):
        """[rows, channels]"""
        ordered = dt.flatten(0, 1).T.sort(-1, descending=True).values.contiguous()
        held = ordered.cumsum(-1)
        wanted = held[:, -1:] / self.times
        first = torch.searchsorted(held, wanted).clamp(max=held.shape[1] - 1)
        return ordered.gather(1, first).T

    def __call__(self, index, dt):
        count = lm.slow_count(self.config) if self.config["family"] == "mamba" else dt.shape[2]
        part = dt[..., :count]
        with torch.no_grad():
            known = part[:self.sample]
            limit = self._limits(known) * (self.times > 1)[:, None] * self._far(index, known)
            limit = limit[:, None].expand(-1, part.shape[1], -1).clone()
            limit[:, -ANSWER:] = 0
            kept = (part > limit).to(part.dtype)
        soft = part / (part + limit.clamp(min=LEAST))
        part = part * (kept + soft - soft.detach())
        return part if count == dt.shape[2] else torch.cat([part, dt[..., count:]], -1)
