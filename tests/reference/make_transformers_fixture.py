"""Makes transformers_fixture.json: what PyTorch's transformers computes for the models of tiny_models.

Run by hand where torch and transformers are installed; the test needs only the file. Everything is
in float64: transformers casts to float32 in many places, so its name for that type is bent to float64
while the model runs (its slow, plain PyTorch path, the one without kernels).
"""

import json
import os
import sys

import torch
import transformers

import tiny_models

LENGTH = 37  # prime, and more than four chunks of the Mamba-2 path
KEPT = (0, 1, 2, 3, 17, 35, 36)  # rows stored


class DoubleOnly:
    """Within it, .float() and torch.float32 mean float64."""

    def __enter__(self):
        self.saved = torch.Tensor.float, torch.float32
        torch.Tensor.float = lambda tensor: tensor.double()
        torch.float32 = torch.float64

    def __exit__(self, *unused):
        torch.Tensor.float, torch.float32 = self.saved


def logits(config, seed):
    kind = {"mamba": "Mamba", "mamba2": "Mamba2"}[config["model_type"]]
    parameters = {key: value for key, value in config.items() if key != "model_type"}
    model = getattr(transformers, kind + "ForCausalLM")(
        getattr(transformers, kind + "Config")(**parameters)).double().eval()
    tensors = {name: torch.from_numpy(value).double()
               for name, value in tiny_models.tensors(config, seed).items()}
    if config["tie_word_embeddings"]:
        tensors["lm_head.weight"] = tensors["backbone.embeddings.weight"]
    model.load_state_dict(tensors, strict=True)
    with torch.no_grad(), DoubleOnly():
        out = model(torch.tensor([tiny_models.ids(seed, LENGTH)]), use_cache=False).logits[0]
    assert out.dtype == torch.float64
    return out


def main():
    cases = {}
    for seed, (name, config) in enumerate(tiny_models.CASES.items()):
        cases[name] = {"seed": seed, "length": LENGTH, "rows": KEPT,
                       "logits": logits(config, seed)[list(KEPT)].tolist()}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transformers_fixture.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "transformers": transformers.__version__,
                   "cases": cases}, file, indent=0)
        file.write("\n")
    print(path, file=sys.stderr)


if __name__ == "__main__":
    main()
