"""Makes transformers_fixture.json: what PyTorch's transformers computes, in float64, for the models of
tiny_models. Run by hand where torch and transformers are installed; the test needs only the file.

Of a layer's Δ, B, C, u, z and y each row is stored as one number: its product with a random vector.
"""

import json
import os
import sys

import torch
import transformers

import tiny_models
from transformers_run import Model

LENGTH = 37  # prime, and more than four chunks of the Mamba-2 path
KEPT = (0, 1, 17, 36)  # rows stored


def make_case(config, seed):
    logits, layers = Model(config, tiny_models.tensors(config, seed)).run(
        tiny_models.ids(seed, LENGTH))
    last = {name: (part @ tiny_models.probe(seed, part.shape[1]))[list(KEPT)].tolist()
            for name, part in layers[-1].items()}
    return {"seed": seed, "length": LENGTH, "rows": KEPT, "layer": len(layers) - 1,
            "logits": logits[list(KEPT)].tolist(), "parts": last}


def main():
    cases = {name: make_case(config, seed)
             for seed, (name, config) in enumerate(tiny_models.CASES.items())}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transformers_fixture.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "transformers": transformers.__version__,
                   "cases": cases}, file, indent=0)
        file.write("\n")
    print(path, file=sys.stderr)


if __name__ == "__main__":
    main()
