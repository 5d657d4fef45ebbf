"""Makes tests/reference/longmamba-tables/: tables as LongMamba's released calibration saves them, of the
tiny model "mamba2" (two layers, six heads), with random numbers; and numbers.json, what is in them. Run by
hand where torch is.

    make_import_fixture.py
"""

import json
import os

import torch

LAYERS, HEADS = 2, 6
LENGTHS = ("1k", "2k", "3k", "10k", "4k")  # in the order of a dictionary, not of size
HERE = os.path.dirname(os.path.abspath(__file__))


def save(folder, what, layer, value):
    os.makedirs(os.path.join(folder, what), exist_ok=True)
    torch.save(value, os.path.join(folder, what, f"{what}_layer_{layer}.pt"))


def main():
    torch.manual_seed(11)
    folder = os.path.join(HERE, "longmamba-tables", "tiny-clampTop0.15-avg")
    numbers = {name: [] for name in ("tA_prod", "decay", "alpha", "delta_t-thre")}
    for layer in range(LAYERS):
        decay = torch.exp(-torch.rand(HEADS) * 60)
        decay[layer] = 0.0  # a decay that float32 has not
        values = {"tA_prod": decay, "decay": torch.rand(HEADS) * 90,
                  "alpha": {key: torch.rand(HEADS) for key in LENGTHS},
                  "delta_t-thre": {key: torch.rand(HEADS) / 3 for key in LENGTHS}}
        for name, value in values.items():
            save(folder, name, layer, value)
            numbers[name].append({k: v.tolist() for k, v in value.items()}
                                 if isinstance(value, dict) else value.tolist())
    with open(os.path.join(HERE, "longmamba-tables", "numbers.json"), "w", encoding="utf-8") as file:
        json.dump(numbers, file)


if __name__ == "__main__":
    main()
