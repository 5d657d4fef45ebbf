"""The filters in NumPy, each written from its paper or from what its released code computes (docs/math.md
has the formulas), on whole arrays: what test_filters.py holds the program against.

A filter is asked (layer, delta, a) -> delta; it may have rates (layer, a) -> a and kept (layer, delta) ->
rows (mamba_ref.Model.forward). Of equal Delta at a cut, LongMamba's methods keep all or none; equal are
those of equal tokens, whatever their last bits (mamba_ref.together).
"""

import math

import numpy as np

import mamba_ref


class Aimed:
    """What the methods with a table share; TOKENS is the input's length."""

    def __init__(self, table, theta, tokens, lookup="nearest", b=1.0, k=2000):
        self.is_global = table.ln_decay > math.log(theta)
        self.table, self.tokens, self.b, self.k = table, tokens, b, k
        self.place = table.nearest(tokens)
        if lookup == "down":
            self.place = max(np.searchsorted(table.lengths, tokens, side="right") - 1, 0)

    def __call__(self, layer, delta, a):
        out, chosen = delta.copy(), self.is_global[layer]
        if chosen.any():
            out[:, chosen] = self.change(layer, mamba_ref.together(delta[:, chosen]), chosen)
        return out


class LongMamba(Aimed):
    def __init__(self, *arguments, strict=False, **options):
        super().__init__(*arguments, **options)
        self.strict = strict

    def change(self, layer, delta, chosen):
        g = self.b * self.table.threshold[self.place, layer, chosen]
        return np.where(delta >= g if self.strict else delta > g, delta, 0.0)


class Alpha(Aimed):
    """Ranks below b alpha S."""

    def change(self, layer, delta, chosen):
        limit = self.b * self.table.alpha[self.place, layer, chosen] * len(delta)
        # The rank of the last among equals: how many are not less, minus one.
        last = np.stack([np.searchsorted(np.sort(-column), -column, side="right") - 1
                         for column in delta.T], axis=1)
        return np.where(last < limit, delta, 0.0)


class Offline(Aimed):
    """No less than the one of rank floor(b alpha S)."""

    def change(self, layer, delta, chosen):
        rank = (self.b * self.table.alpha[self.place, layer, chosen] * len(delta)).astype(int)
        descending = np.vstack([-np.sort(-delta, axis=0), np.zeros((1, delta.shape[1]))])
        least = descending[np.minimum(rank, len(delta)), np.arange(delta.shape[1])]
        return np.where(delta >= least, delta, 0.0)


class Bound(Aimed):
    """The largest whose running sum is within b times the target."""

    def change(self, layer, delta, chosen):
        target, out = self.b * self.table.target[layer, chosen], delta.copy()
        for h, column in enumerate(delta.T):
            descending = -np.sort(-column)
            kept = int(np.sum(np.cumsum(descending) <= target[h]))
            if kept < len(column):
                out[column <= descending[kept], h] = 0.0
        return out


class Norm(Aimed):
    def change(self, layer, delta, chosen):
        return delta * (self.b * self.table.target[layer, chosen] / delta.sum(axis=0))


class ChannelTopK(Aimed):
    def change(self, layer, delta, chosen):
        cut = np.quantile(delta, 1 - min(self.k, len(delta)) / len(delta), axis=0)
        return np.where(delta > cut, delta, 0.0)


def longest(delta, count):
    """Rows of the COUNT longest, of equal ones the first, ascending."""
    length = mamba_ref.together(np.linalg.norm(delta, axis=1, keepdims=True))[:, 0]
    order = np.argsort(-length, kind="stable")
    return np.sort(order[:count])


class AllTopK(Aimed):
    def change(self, layer, delta, chosen):
        out, rows = np.zeros_like(delta), longest(delta, min(self.k, len(delta)))
        out[rows] = delta[rows]
        return out


class DeciMamba:
    def __init__(self, layers, base, beta=0.5, tail=1):
        self.layers, self.base, self.beta, self.tail = list(layers), base, beta, tail

    def __call__(self, layer, delta, a):
        return delta

    def kept(self, layer, delta):
        before = len(delta) - self.tail
        if layer not in self.layers or before <= 0:
            return None
        most = self.base * self.beta ** self.layers.index(layer)
        count = min(int(max(min(before, most), 20)), before)
        return np.concatenate([longest(delta[:before], count), np.arange(before, len(delta))])


class Scaled:
    """FACTOR: (layers,) or (layers, channels); RATES of A, by POWER or times."""

    def __init__(self, factor=None, rates=None, power=False):
        self.factor, self.factors, self.power = factor, rates, power

    def __call__(self, layer, delta, a):
        return delta if self.factor is None else delta * self.factor[layer]

    def rates(self, layer, a):
        if self.factors is None:
            return a
        return -np.abs(a) ** self.factors[layer] if self.power else a * self.factors[layer]


def upi(model, ids, train_length, share=0.2, n=None, across="model"):
    """Delta / n in the heads with the largest mean distance on the first TRAIN_LENGTH tokens."""
    run = model.forward(ids[:train_length], keep=True)
    last = train_length - 1
    distance = np.zeros((model.n_layer, model.channels))
    for index, layer in run.layers.items():
        for h in range(model.channels):
            weight = np.abs(layer.attention(h, (last, last + 1)))[0]
            distance[index, h] = (last - np.arange(last + 1)) @ weight / weight.sum()
    factor = np.ones_like(distance)
    groups = [distance.ravel()] if across == "model" else list(distance)
    for group, out in zip(groups, [factor.reshape(-1)] if across == "model" else list(factor)):
        count = int(share * len(group) + 0.5)
        out[np.argsort(-group, kind="stable")[:count]] = 1.0 / (n or len(ids) / train_length)
    return Scaled(factor)


def online(train_length, theta, tokens, top):
    return mamba_ref.longmamba_online(train_length, theta, tokens, top)
