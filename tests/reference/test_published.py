"""`info` on files of the published shapes: names, shapes and the number of parameters.

    test_published.py CLI              the small ones
    test_published.py CLI --large      also those of gigabytes

The files hold zeros and are sparse: they take no room. Names and shapes are written down here once
more, from the releases; the numbers of parameters are those of transformers' own models of these
shapes.
"""

import json
import os
import struct
import sys

from harness import Cli, Report


def mamba(layers, d, vocab, inner=None, rank=None, states=16, tied=True, kind="mamba"):
    inner, rank = inner or 2 * d, rank or d // 16
    config = {"model_type": kind, "hidden_size": d, "num_hidden_layers": layers, "vocab_size": vocab,
              "intermediate_size": inner, "state_size": states, "time_step_rank": rank,
              "tie_word_embeddings": tied}
    mixer = {"in_proj.weight": (2 * inner, d), "conv1d.weight": (inner, 1, 4), "conv1d.bias": (inner,),
             "x_proj.weight": (rank + 2 * states, inner), "dt_proj.weight": (inner, rank),
             "dt_proj.bias": (inner,), "A_log": (inner, states), "D": (inner,),
             "out_proj.weight": (d, inner)}
    return config, backbone(mixer, layers, d, vocab, tied)


def mamba2_mixer(d, heads, groups, states):
    inner = 2 * d
    conv = inner + 2 * groups * states
    return {"in_proj.weight": (inner + conv + heads, d), "conv1d.weight": (conv, 1, 4),
            "conv1d.bias": (conv,), "dt_bias": (heads,), "A_log": (heads,), "D": (heads,),
            "norm.weight": (inner,), "out_proj.weight": (d, inner)}


def mamba2(layers, d, vocab, groups=1, states=128, tied=True):
    heads = 2 * d // 64
    config = {"model_type": "mamba2", "hidden_size": d, "num_hidden_layers": layers,
              "vocab_size": vocab, "num_heads": heads, "n_groups": groups, "state_size": states,
              "tie_word_embeddings": tied}
    return config, backbone(mamba2_mixer(d, heads, groups, states), layers, d, vocab, tied)


def backbone(mixer, layers, d, vocab, tied):
    shapes = {"backbone.embeddings.weight": (vocab, d), "backbone.norm_f.weight": (d,)}
    for layer in range(layers):
        shapes[f"backbone.layers.{layer}.norm.weight"] = (d,)
        for name, shape in mixer.items():
            shapes[f"backbone.layers.{layer}.mixer.{name}"] = shape
    if not tied:
        shapes["lm_head.weight"] = (vocab, d)
    return shapes


def original(layers, d, mixer):
    """A release of state-spaces: its own config and name of the embedding, the tied head stored."""
    config, shapes = mamba2(layers, d, 50288) if mixer else mamba(layers, d, 50280)
    shapes["backbone.embedding.weight"] = shapes.pop("backbone.embeddings.weight")
    shapes["lm_head.weight"] = shapes["backbone.embedding.weight"]
    return {"d_model": d, "n_layer": layers, "vocab_size": 50277, "ssm_cfg": mixer, "rms_norm": True,
            "pad_vocab_size_multiple": 16 if mixer else 8}, shapes


def zamba2(layers, d, hybrid, blocks, states, groups, adapters):
    heads, mlp, rank = 2 * d // 64, 4 * d, 128
    config = {"model_type": "zamba2", "hidden_size": d, "num_hidden_layers": layers,
              "vocab_size": 32000, "layers_block_type":
              ["hybrid" if layer in hybrid else "mamba" for layer in range(layers)],
              "mamba_d_state": states, "n_mamba_heads": heads, "mamba_ngroups": groups,
              "num_attention_heads": 32, "intermediate_size": mlp, "num_mem_blocks": blocks,
              "adapter_rank": rank, "use_shared_attention_adapter": adapters, "use_mem_rope": adapters}
    shapes = {"model.embed_tokens.weight": (32000, d), "model.final_layernorm.weight": (d,)}
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        if layer in hybrid:
            shapes[prefix + "linear.weight"] = (d, d)
            prefix += "mamba_decoder."
        shapes[prefix + "input_layernorm.weight"] = (d,)
        for name, shape in mamba2_mixer(d, heads, groups, states).items():
            shapes[prefix + "mamba." + name] = shape
    for block in range(blocks):
        prefix = f"model.layers.{hybrid[block]}.shared_transformer."
        for name in "qkv":
            shapes[f"{prefix}self_attn.{name}_proj.weight"] = (2 * d, 2 * d)
        shapes.update({prefix + "self_attn.o_proj.weight": (d, 2 * d),
                       prefix + "input_layernorm.weight": (2 * d,),
                       prefix + "pre_ff_layernorm.weight": (d,),
                       prefix + "feed_forward.gate_up_proj.weight": (2 * mlp, d),
                       prefix + "feed_forward.down_proj.weight": (d, mlp)})
        for use in range(block, len(hybrid), blocks):
            lists = {"feed_forward.gate_up_proj_adapter_list": (d, 2 * mlp)}
            if adapters:
                lists.update({f"self_attn.linear_{name}_adapter_list": (2 * d, 2 * d)
                              for name in "qkv"})
            for name, (inputs, outputs) in lists.items():
                shapes[f"{prefix}{name}.{use}.0.weight"] = (rank, inputs)
                shapes[f"{prefix}{name}.{use}.1.weight"] = (outputs, rank)
    return config, shapes


SMALL = {
    "mamba-130m": (mamba(24, 768, 50280), 129135360),
    "state-spaces/mamba-130m": (original(24, 768, {}), 129135360),
    "state-spaces/mamba2-130m": (original(24, 768, {"layer": "Mamba2"}), 128989632),
}
LARGE = {
    "mamba-2.8b": (mamba(64, 2560, 50280), 2768345600),
    "state-spaces/mamba2-2.7b": (original(64, 2560, {"layer": "Mamba2"}), 2702599680),
    "mamba-codestral-7b": (mamba2(64, 4096, 32768, 8, tied=False), 7285403648),
    "falcon-mamba-7b": (mamba(64, 4096, 65024, tied=False, kind="falcon_mamba"), 7272665088),
    "zamba2-1.2b": (zamba2(38, 2048, (5, 11, 17, 23, 29, 35), 1, 128, 1, True), 1215064704),
    "zamba2-2.7b": (zamba2(54, 2560, (6, 12, 18, 24, 30, 36, 42, 47, 51), 2, 64, 1, False),
                    2662214560),
    "zamba2-7b": (zamba2(81, 3584, (6, 11, 17, 23, 29, 35, 41, 47, 53, 59, 65, 71, 77), 2, 64, 2,
                         False), 7356749648),
}


def write_zeros(folder, config, shapes):
    """model.safetensors of F16 zeros, the data a hole."""
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 2
        for length in shape:
            size *= length
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + offset)


def main():
    cli, report = Cli(sys.argv[1]), Report()
    cases = {**SMALL, **LARGE} if "--large" in sys.argv[2:] else SMALL
    for name, ((config, shapes), expected) in cases.items():
        folder = cli.path(name)
        write_zeros(folder, config, shapes)
        facts = cli.json("info", folder)
        report.equal(f"{name}: {expected} parameters", facts["parameters"], expected)
        os.unlink(os.path.join(folder, "model.safetensors"))
    report.close()


if __name__ == "__main__":
    main()
