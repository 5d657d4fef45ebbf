"""Tells where a model writes a needle, and whether the filter could know it.

    python needles.py SNAPSHOT.pt DATA [--times 16] [--trials 4]

For the heads or channels that the filter acts on, at so many times the training length: the share of all tokens
and of the needle's digits that it keeps, and how much larger Δ is at the digits than on average. A model whose Δ
does not pick out the digits anywhere has recall that no choice of threshold brings back.
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

import lm
from recall import NOTHING, Exercises
from score import calibrate, thresholds

SHOWN = 12


def windows(ids, length, count, dice):
    starts = [dice.randrange(len(ids) - length) for _ in range(count)]
    return torch.from_numpy(np.stack([ids[s:s + length] for s in starts]).astype(np.int64))


def trial(parameters, config, row, kinds, limits, found):
    digits = torch.tensor(kinds) == NOTHING

    def watch(layer, dt, _):
        keep = (dt[0] > limits[layer]).float()
        sizes = dt[0][digits].mean(0) / dt[0].mean(0)
        found[layer].append(torch.stack([keep.mean(0), keep[digits].mean(0), sizes]))

    lm.hidden(parameters, config, torch.tensor([row]), torch.float32, watch=watch)


@torch.no_grad()
def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("snapshot", type=Path)
    options.add_argument("data", type=Path)
    options.add_argument("--times", type=int, default=16)
    options.add_argument("--trials", type=int, default=4)
    options = options.parse_args()
    kept = torch.load(options.snapshot, map_location="cpu", weights_only=True)
    config, parameters = kept["config"], {name: t.float() for name, t in kept["parameters"].items()}
    dice = random.Random(1)
    ids = np.load(options.data / "train.npy", mmap_mode="r")
    layers = calibrate(parameters, config, windows(ids, kept["length"], 16, dice))
    length = options.times * kept["length"]
    limits = thresholds(layers, length)
    exercises = Exercises(Tokenizer.from_file(str(options.data / "tokenizer.json")))
    found = [[] for _ in layers]
    for k in range(options.trials):
        prose = windows(ids, length, 1, dice)[0].tolist()
        row, kinds = exercises.single(prose, length, dice, "needle", (k + 0.5) / options.trials)
        trial(parameters, config, row, kinds, limits, found)
    lines = [(*torch.stack(found[k]).mean(0)[:, c].tolist(), k, c) for k, (far, _) in enumerate(layers)
             for c in far.nonzero()[:, 0].tolist()]
    print("layer channel  tokens kept  digits kept  Δ of digits / of all")
    for every, digits, size, layer, channel in sorted(lines, key=lambda line: line[0] - line[1])[:SHOWN]:
        print(f"{layer:5} {channel:7} {every:12.4f} {digits:12.2f} {size:21.1f}")
    every, *_, layer, channel = max(lines)
    print(f"fullest: layer {layer}, channel {channel}, which keeps {every:.4f} of all tokens")


if __name__ == "__main__":
    main()
