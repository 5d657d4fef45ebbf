"""Makes zamba2_fixture.json: what PyTorch's transformers computes, in float64, for the models of
tiny_zamba2. Run by hand where torch and transformers are installed; the test needs only the file.

Stored are the logits' rows, and of what is wider (Δ, B, C, u, z, y of an SSM layer and of a hybrid one;
the rows of each head's attention) one number a row: its product with a random vector."""

import json
import os
import sys

import numpy as np
import torch
import transformers

import tiny_models
import tiny_zamba2
from zamba2_run import Model

LENGTH = 300
KEPT = (0, 1, 16, 130, 299)  # rows stored


def rows_of(part, seed):
    return (part @ tiny_models.probe(seed, part.shape[1]))[list(KEPT)].tolist()


def make_case(config, seed):
    ids = tiny_models.ids(seed, LENGTH)
    logits, layers, maps = Model(config, tiny_zamba2.tensors(config, seed)).run(ids)
    shown = (config["layers_block_type"].index("mamba"), tiny_zamba2.hybrid_layers(config)[-1])
    return {"seed": seed, "length": LENGTH, "rows": KEPT, "logits": logits[list(KEPT)].tolist(),
            "layers": {layer: {name: rows_of(part, seed) for name, part in layers[layer].items()}
                       for layer in shown},
            "attention": [[rows_of(head, seed) for head in layer] for layer in maps]}


def main():
    cases = {name: make_case(config, seed)
             for seed, (name, config) in enumerate(tiny_zamba2.CASES.items())}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "zamba2_fixture.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "transformers": transformers.__version__,
                   "cases": cases}, file)
        file.write("\n")
    assert np.isfinite([case["logits"] for case in cases.values()]).all()
    print(path, file=sys.stderr)


if __name__ == "__main__":
    main()
