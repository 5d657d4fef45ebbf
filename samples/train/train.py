"""Trains one model and keeps its best snapshot.

    python train.py DATA OUT --family mamba2 --seed 0 (--steps 3000 | --until UNIX_TIME)

DATA comes from prepare.py. OUT/NAME.pt is the snapshot with the best score (score.py) so far, in half precision;
OUT/NAME.jsonl has every score. With --until the schedule follows the clock instead of the steps.
"""

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

import lm
import loss
import switch
from recall import ANSWER, NOTHING, REPEAT, Exercises
from score import Scorer
from skip import Skip

RATE = {"mamba2": 2.5e-3, "mamba": 2e-3}
WARM = 200
FLAT = 0.4
LAST_RATE = 0.02
KNOWN = 0.9
LATEST = 0.2
EXERCISES = (0.6, 0.3)
EASY = (0.7, 0.3)
UNLEARNED = 0.6
SCORES = (0.2, 0.28, 0.34, 0.42, 0.5, 0.58, 0.66, 0.74, 0.8, 0.85, 0.9, 0.95)
WEIGHTS = {NOTHING: 0.0, 1: 1.0, ANSWER: 8.0, REPEAT: 3.0}
IN_SINGLE = ("A_log", "D", "dt_bias", "dt_proj.bias")
HELD = {"nothing": (), "A": ("A_log",), "both": ("A_log", "dt_bias", "dt_proj.bias")}


class Data:
    """Windows of the books and rows of exercises of one length, on the device."""

    def __init__(self, folder, length, device):
        on_device = lambda name, kind: torch.from_numpy(np.load(folder / f"{name}.npy").astype(kind)).to(device)
        self.ids = on_device("train", np.int32)
        self.rows, self.kinds = on_device(f"rows-{length}", np.int32), on_device(f"kinds-{length}", np.uint8)
        self.length, self.device = length, device
        self.weights = torch.tensor([WEIGHTS[k] for k in range(4)], device=device)
        self.across = torch.arange(length + 1, device=device)

    def batch(self, rows, exercises, easy):
        """The last `exercises` rows are such, the first `easy` of these of the easy half."""
        draw = lambda low, high, count: torch.randint(low, high, (count,), device=self.device)
        begin = draw(0, len(self.ids) - self.length - 1, rows - exercises)
        half = len(self.rows) // 2
        picked = torch.cat([draw(0, half, easy), draw(half, len(self.rows), exercises - easy)])
        x = torch.cat([self.ids[begin[:, None] + self.across], self.rows[picked]]).long()
        kinds = self.kinds[picked][:, 1:].long()
        prose = torch.ones(rows - exercises, self.length, device=self.device)
        return x, torch.cat([prose, self.weights[kinds]]), kinds


def hold(parameter, free):
    """Lets only the `free` entries learn."""
    parameter.register_hook(lambda slope: slope * free)


def parameters(config, values, held, device):
    """`held`: the ends of the names of what the slow channels keep as it was started."""
    p = {name: torch.nn.Parameter(t.float().to(device)) for name, t in values.items()}
    for name, t in p.items():
        if held and name.endswith(held):
            free = torch.ones_like(t)
            free[:lm.slow_count(config)] = 0
            hold(t, free)
    return p


def optimiser(p, rate):
    rates = [t for name, t in p.items() if name.endswith(("A_log", "dt_bias", "dt_proj.bias"))]
    chosen = {id(t) for t in rates}
    matrices = [t for t in p.values() if t.dim() > 1 and id(t) not in chosen]
    vectors = [t for t in p.values() if t.dim() < 2 and id(t) not in chosen]
    groups = [{"params": matrices, "weight_decay": 0.1, "share": 1.0},
              {"params": vectors, "weight_decay": 0.0, "share": 1.0},
              {"params": rates, "weight_decay": 0.0, "share": 0.2}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), fused=matrices[0].is_cuda)


def rate_at(done, step):
    """Warm-up by steps; flat, then a cosine to LAST_RATE, by the share of the training that is done."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, (done - FLAT) / (1 - FLAT)))))
    return min(1.0, (step + 1) / WARM) * (LAST_RATE + (1 - LAST_RATE) * cosine)


class Run:
    def __init__(self, options):
        self.o = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
        self.config = {**lm.CONFIGS[options.family], **json.loads(options.config)}
        torch.manual_seed(options.seed)
        begun_from = lm.start(self.config, options.seed)
        if options.start:
            begun_from = torch.load(options.start, map_location="cpu", weights_only=True)["parameters"]
        self.p = parameters(self.config, begun_from, HELD[options.held], self.device)
        self.rate = options.rate or RATE[options.family]
        self.optimiser = optimiser(self.p, self.rate)
        self.step, self.tokens, self.begun, self.best = 0, 0, time.time(), -math.inf
        self.stage, self.known = 0, False

    def say(self, *words):
        print(f"[{self.o.name} {time.time() - self.begun:.0f} s]", *words, flush=True)

    def done(self):
        if self.o.steps:
            return self.step / self.o.steps
        now = time.time()
        return 1.0 if now >= self.o.until else (now - self.begun) / (self.o.until - self.begun)

    def load(self):
        folder = self.o.data
        found = self.o.found or folder / "ready"
        while not ((folder / "ready").exists() and found.exists()):
            time.sleep(0.2)
        if self.o.found:
            switch.load(found)
        from tokenizers import Tokenizer
        self.data = Data(folder, self.o.lengths[0], self.device)
        exercises = Exercises(Tokenizer.from_file(str(folder / "tokenizer.json")))
        books = list(np.load(folder / "select.npz").values())
        self.scorer = Scorer(books, exercises, self.data.ids.cpu(), self.o.lengths[-1], self.device, self.o.longest,
                             self.o.trials)

    def go_on(self, done):
        """To the next length as soon as single questions are answered, and in any case when it is late."""
        last = self.stage == len(self.o.lengths) - 1
        if last or not (self.known or done > LATEST * (self.stage + 1)):
            return
        self.stage, self.known = self.stage + 1, False
        self.data = Data(self.o.data, self.o.lengths[self.stage], self.device)
        self.say(f"goes on with windows of {self.data.length}")

    def mixture(self, done):
        """Rows, how many of them are exercises, and how many of these easy ones."""
        rows = self.o.tokens // self.data.length
        later = int(self.known or done > UNLEARNED)
        exercises = int(rows * EXERCISES[later])
        return rows, exercises, int(exercises * EASY[later])

    def learn(self, done):
        rows, exercises, easy = self.mixture(done)
        x, weight, kinds = self.data.batch(rows, exercises, easy)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * group["share"] * rate_at(done, self.step)
        extra = []
        watch = self._slow(extra) if self.o.sparse else None
        whole = self.known and self.stage == len(self.o.lengths) - 1
        plan = Skip(self.p, self.config, rows, rows - exercises, easy, self.o.skip) if self.o.skip and whole else None
        h = lm.hidden(self.p, self.config, x[:, :-1], self.dtype, watch=watch, plan=plan)
        mean, each, right = loss.loss(h.flatten(0, 1), self.p["backbone.embeddings.weight"], x[:, 1:].flatten(),
                                      weight.flatten())
        (mean + self.o.sparse * sum(extra)).backward()
        torch.nn.utils.clip_grad_norm_(self.p.values(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += rows * self.data.length
        return each.view(rows, -1), right.view(rows, -1), kinds, rows - exercises, easy

    def _slow(self, extra):
        return lambda _, dt, A: extra.append(dt[..., :lm.slow_count(self.config)].mean())

    def report(self, each, right, kinds, first, easy):
        answers = right[first + easy:, -7:-1].float().mean().item() if first + easy < len(right) else math.nan
        dense = right[first:first + easy][kinds[:easy] == ANSWER].float().mean().item()
        self.known = self.known or answers > KNOWN
        self.say(f"step {self.step} ({self.tokens / 1e6:.0f} M tokens): prose {each[:first].mean().item():.3f} nats, "
                 f"dense {dense:.2f}, answers {answers:.2f}")

    def score(self, whole=False):
        if self.stage < len(self.o.lengths) - 1:
            return
        found = {"step": self.step, "tokens": self.tokens, "done": self.done(),
                 **self.scorer({name: t.detach() for name, t in self.p.items()}, self.config, whole)}
        if self.device == "cuda":
            torch.cuda.empty_cache()
        if not math.isfinite(found["score"]):
            found["score"] = -1e9
        self.say(json.dumps(found))
        with open(self.o.out / f"{self.o.name}.jsonl", "a") as file:
            file.write(json.dumps(found) + "\n")
        if found["score"] > self.best:
            self.best = found["score"]
            self.save(found)

    def save(self, found):
        kept = {name: t.detach().to(torch.float32 if name.endswith(IN_SINGLE) else torch.float16).cpu()
                for name, t in self.p.items()}
        path = self.o.out / f"{self.o.name}.part"
        torch.save({"config": self.config, "seed": self.o.seed, "length": self.data.length, "found": found,
                    "setting": {k: getattr(self.o, k) for k in ("sparse", "skip", "held", "lengths", "tokens")}, "parameters": kept}, path)
        os.replace(path, self.o.out / f"{self.o.name}.pt")

    def __call__(self):
        self.load()
        self.begun = time.time()
        due, said = list(self.o.scores), time.time()
        self.say("begins", json.dumps(self.config), sorted(switch.WRONG))
        while (done := self.done()) < 1 and not (self.o.out / f"{self.o.name}.stop").exists():
            result = self.learn(done)
            if self.step == 1 or time.time() - said > 8:
                said = time.time()
                self.report(*result)
                self.go_on(done)
            if due and done >= due[0]:
                due = [share for share in due if share > done]
                self.score()
        self.score(whole=True)
        (self.o.out / f"{self.o.name}.done").touch()
        self.say("ends")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("data", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--family", choices=list(lm.CONFIGS), default="mamba2")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--name")
    options.add_argument("--steps", type=int, default=0)
    options.add_argument("--until", type=float, default=0.0)
    options.add_argument("--tokens", type=int, default=32_768, help="in a step")
    options.add_argument("--lengths", type=lambda s: [int(x) for x in s.split(",")], default=[256],
                         help="of the windows, one after the other; the last is the training length")
    options.add_argument("--held", choices=list(HELD), default="nothing",
                         help="what the slow channels keep as it was started: nothing, A, or A and the bias of Δ")
    options.add_argument("--skip", type=float, default=0.0, help="share of the rows in which tokens are skipped")
    options.add_argument("--sparse", type=float, default=0.0, help="weight of the slow channels' mean Δ in the loss")
    options.add_argument("--start", type=Path, help="a snapshot to go on from")
    options.add_argument("--rate", type=float, help="the learning rate; by default the family's")
    options.add_argument("--longest", type=int, default=64, help="score up to so many windows' lengths")
    options.add_argument("--trials", type=int, default=16, help="windows and exercises in a score")
    options.add_argument("--scores", type=lambda s: [float(x) for x in s.split(",")], default=SCORES)
    options.add_argument("--found", type=Path, help="what check.py --out wrote; awaited if it is not there yet")
    options.add_argument("--config", default="{}", help="JSON, over the family's")
    options = options.parse_args()
    options.name = options.name or f"{options.family}-{options.seed}"
    options.out.mkdir(parents=True, exist_ok=True)
    torch.backends.cuda.matmul.allow_tf32 = True
    Run(options)()


if __name__ == "__main__":
    main()
