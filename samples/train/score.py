"""Measures a snapshot during training: perplexity and recall, with LongMamba's filter and without.

The filter is the released one with an offline threshold: a channel is global if exp (A ΣΔ) over a training window
is above θ, and at S tokens it skips the tokens whose Δ is at most g(S), the value at which the kept Δ of a
window stretched to S tokens add up to the window's own sum. No clamp (C = 0); the mean over the windows.
"""

import math
import random

import torch
import torch.nn.functional as F

import lm

THETA = 1e-5
TRIALS = 16
ANSWER = 7
GOOD = 33
FAILS = math.log(10)


def calibrate(parameters, config, windows):
    """Per layer: whether a channel is global, and Δ of each window in descending order [windows, channels, L]."""
    layers = []

    def watch(_, dt, A):
        dt = dt.float().transpose(1, 2)
        if A.dim() == 1:
            ln = (dt * A[:, None]).sum(-1)
        else:
            ln = sum((dt * A[:, n, None]).exp() for n in range(A.shape[1])).div(A.shape[1]).log().sum(-1)
        layers.append((ln.exp().mean(0) > THETA, dt.sort(-1, descending=True).values))

    lm.hidden(parameters, config, windows, torch.float32, watch=watch)
    return layers


def thresholds(layers, length):
    found = []
    for _, ordered in layers:
        each = []
        for window in ordered:
            stretched = F.interpolate(window[None], size=length, mode="linear", align_corners=False)[0]
            over = stretched.cumsum(-1) > window.sum(-1, keepdim=True)
            first = torch.where(over.any(-1), over.int().argmax(-1) + 1, length - 1).clamp(max=length - 1)
            each.append(stretched.gather(1, first[:, None])[:, 0])
        found.append(torch.stack(each).mean(0))
    return found


class Filter:
    def __init__(self, layers, length):
        self.layers, self.limits = layers, thresholds(layers, length)
        self.free = 0

    def __call__(self, index, dt):
        keep = (dt > self.limits[index]) | ~self.layers[index][0]
        if self.free:
            keep[:, -self.free:] = True
        return torch.where(keep, dt, 0.0)


class Scorer:
    """`books`: token ids of the books kept for choosing. The tokens scored are the same at every length.
    `trials`: windows, calibration windows, and exercises of each kind; `longest`: of the window lengths."""

    def __init__(self, books, exercises, train_ids, length, device, longest=64, trials=TRIALS, tokens=65_536):
        self.length, self.tokens, self.exercises, self.trials = length, tokens, exercises, trials
        self.lengths = [length * k for k in (1, 4, 16, 64) if k <= longest]
        self.far = [n for n in self.lengths if n > length][-2:]
        self.books = [b for b in books if len(b) > self.lengths[-1] + 200]
        if not self.books:
            raise SystemExit("the books kept for choosing are too short: leave some longer ones")
        dice = random.Random(5)
        starts = [dice.randrange(len(train_ids) - length) for _ in range(trials)]
        self.calibration = torch.stack([train_ids[s:s + length] for s in starts]).long().to(device)
        self.ends = [(b, dice.randrange(self.lengths[-1] + 1, len(self.books[b])))
                     for b in (k % len(self.books) for k in range(trials))]
        self.device, self.rows = device, {}

    def _batches(self, x):
        size = max(1, self.tokens // x.shape[1])
        return (x[k:k + size].to(self.device) for k in range(0, len(x), size))

    def perplexity(self, parameters, config, length, plan):
        x = torch.stack([torch.from_numpy(self.books[b][end - length - 1:end].astype("int64")) for b, end in self.ends])
        losses = []
        for part in self._batches(x):
            out = lm.logits(parameters, config, part[:, :-1], plan=plan, last=100)
            losses.append(F.cross_entropy(out.flatten(0, 1), part[:, -100:].flatten(), reduction="none"))
        return math.exp(min(20.0, torch.cat(losses).mean().item()))

    def _trials(self, length, kind):
        if (length, kind) not in self.rows:
            dice = random.Random(f"{length} {kind}")
            found = []
            for k in range(self.trials):
                book = self.books[k % len(self.books)]
                begin = dice.randrange(len(book) - length)
                prose = book[begin:begin + length].tolist()
                found.append(self.exercises.single(prose, length, dice, kind, (k + 0.5) / self.trials)[0])
            self.rows[length, kind] = torch.tensor(found)
        return self.rows[length, kind]

    def recall(self, parameters, config, length, plan):
        """Shares of right answers and of right digits, pass keys and needles alike; the answer is not filtered."""
        right = []
        if plan:
            plan.free = ANSWER
        for kind in ("pass", "needle"):
            for part in self._batches(self._trials(length, kind)):
                out = lm.logits(parameters, config, part[:, :-1], plan=plan, last=ANSWER)
                right.append(out.argmax(-1)[:, :6] == part[:, -ANSWER:-1])
        if plan:
            plan.free = 0
        right = torch.cat(right)
        return {"recall": right.all(1).float().mean().item(), "digits": right[:, 1:].float().mean().item()}

    @torch.no_grad()
    def __call__(self, parameters, config, whole=False):
        layers = calibrate(parameters, config, self.calibration)
        found = {"global": [round(g.float().mean().item(), 3) for g, _ in layers]}
        for length in self.lengths:
            times = length // self.length
            for name, plan in (("vanilla", None), ("longmamba", Filter(layers, length) if times > 1 else None)):
                if name == "longmamba" and times == 1:
                    continue
                if times == 1 or (length in self.far and plan) or length == self.far[0] or whole:
                    row = {"ppl": self.perplexity(parameters, config, length, plan)}
                    if plan or times == 1 or whole and times <= 16:
                        row.update(self.recall(parameters, config, length, plan))
                    found[f"{times} {name}"] = {k: round(v, 3) for k, v in row.items()}
        found["score"] = round(self.score(found), 4)
        return found

    def score(self, found):
        """Filtered recall, what a model that has none yet knows in the window, and that it fails unfiltered; less
        what perplexity is above GOOD in the window, and what it rises by at the longest filtered."""
        rescued = [found[f"{n // self.length} longmamba"] for n in self.far]
        recall = sum(row["recall"] for row in rescued) / len(rescued)
        base, far = found["1 vanilla"]["ppl"], rescued[-1]["ppl"]
        known = found["1 vanilla"]["digits"]
        fails = min(1.0, math.log(found[f"{self.far[0] // self.length} vanilla"]["ppl"] / base) / FAILS)
        return recall + 0.5 * known + 0.5 * fails - max(0.0, math.log(base / GOOD)) - 0.5 * math.log(far / base)
