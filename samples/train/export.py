"""Writes a snapshot of train.py as the folder that Mambascope and Hugging Face's transformers open.

    python export.py SNAPSHOT.pt TOKENIZER.json FOLDER [--dtype float16]

A_log, D and the biases of Δ stay in single precision.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from train import IN_SINGLE

NAMES = {"mamba": "MambaForCausalLM", "mamba2": "Mamba2ForCausalLM"}


def config(c, length, dtype):
    own = {"mamba": lambda: {"time_step_rank": c["rank"]},
           "mamba2": lambda: {"head_dim": c["inner"] // c["heads"], "num_heads": c["heads"], "n_groups": 1,
                              "chunk_size": length}}
    return {"architectures": [NAMES[c["family"]]], "model_type": c["family"], "hidden_size": c["width"],
            "num_hidden_layers": c["layers"], "state_size": c["states"], "intermediate_size": c["inner"],
            "conv_kernel": 4, "expand": c["inner"] // c["width"], **own[c["family"]](), "vocab_size": c["vocabulary"],
            "layer_norm_epsilon": 1e-5, "rms_norm": True, "residual_in_fp32": True, "use_bias": False,
            "use_conv_bias": True, "tie_word_embeddings": True, "hidden_act": "silu", "bos_token_id": 0,
            "eos_token_id": 0, "pad_token_id": 0, "torch_dtype": dtype, "train_length": length}


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("snapshot", type=Path)
    options.add_argument("tokenizer", type=Path)
    options.add_argument("folder", type=Path)
    options.add_argument("--dtype", choices=("float16", "bfloat16", "float32"), default="float16")
    options = options.parse_args()
    kept = torch.load(options.snapshot, map_location="cpu", weights_only=True)
    dtype = getattr(torch, options.dtype)
    tensors = {name: t.to(torch.float32 if name.endswith(IN_SINGLE) else dtype).contiguous()
               for name, t in kept["parameters"].items()}
    options.folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, options.folder / "model.safetensors", metadata={"format": "pt"})
    (options.folder / "model.safetensors").chmod(0o644)
    text = json.dumps(config(kept["config"], kept["length"], options.dtype), indent=2)
    (options.folder / "config.json").write_text(text + "\n")
    shutil.copyfile(options.tokenizer, options.folder / "tokenizer.json")


if __name__ == "__main__":
    main()
