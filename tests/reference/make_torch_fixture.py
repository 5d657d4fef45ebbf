"""Makes what the tests read instead of running torch; run by hand where torch and safetensors are.

tests/unit/model/torch/: the same tensors as torch.save writes them in every way it has had. What must
be read is in tensors.safetensors: each view made contiguous by torch itself.
tests/reference/torch-models/: one small model in float32 and one in float64, in every container.
tests/fuzz/seeds/torch/: a few tensors, as small as the formats allow.

    make_torch_fixture.py
"""

import collections
import json
import os
import pickle
import sys
import zipfile

import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def tensors():
    """Shared storages, views of every kind, every type, and what is none of a reader's business."""
    torch.manual_seed(7)
    base = torch.randn(3, 5)
    cube = torch.randn(2, 3, 4)
    deep = torch.randn(2, 2, 3, 2).double()
    floats = {
        "base": base,
        "transposed": base.t(),
        "rows": base[1:],
        "slice": base[1:, 1:4],
        "every.other": base[:, ::2],
        "column": base[:, 3],
        "scalar": base[2, 2],
        "permuted": cube.permute(2, 0, 1),
        "deep": deep.permute(3, 1, 0, 2)[:, :, :, 1:],
        "expanded": torch.tensor([0.25, -4.0]).unsqueeze(1).expand(2, 3),
        "empty": torch.zeros(0, 5),
        "empty.part": base[3:],
        "one": torch.tensor([1.5])[None, :, None],
        "half": torch.randn(5, 3).half(),
        "half.transposed": torch.randn(3, 4).half().t(),
        "bfloat": torch.randn(7).bfloat16(),
        "bfloat.reversed.rows": torch.randn(3, 7).bfloat16()[1:, 2:],
        "double": torch.randn(2, 3).double() / 3,
        "parameter": torch.nn.Parameter(torch.randn(4)),
        "fixed": torch.nn.Parameter(torch.randn(3), requires_grad=False),
        "s\u00fcd.\u03b1": torch.randn(2),
    }
    others = {
        "integers": torch.arange(6).reshape(2, 3),
        "flags": torch.tensor([True, False]),
        "bytes": torch.tensor([1, 2, 3], dtype=torch.uint8),
        "words": torch.tensor([1, 2, 3], dtype=torch.uint16),
        "complex": torch.tensor([1 + 2j]),
        "five": torch.zeros(1, 2, 1, 2, 1),
        "version": 3,
        "note": "not a tensor",
        "rate": 1e-3,
        "big": 2 ** 70,
        "nothing": None,
        "shape": torch.Size([2, 3]),
        "type": torch.bfloat16,
    }
    return floats, others


def state(kind=collections.OrderedDict):
    floats, others = tensors()
    saved = kind(floats)
    saved.update(others)
    return saved


def repack(source, target, compression, zip64=False, edit=None):
    """The entries of SOURCE once more, as Python's own zip writer lays them out."""
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    if zip64:
        zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = -1
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
            for info in old.infolist():
                data = old.read(info)
                if edit is not None:
                    data = edit(info.filename, data)
                entry = zipfile.ZipInfo(info.filename)
                entry.compress_type = compression
                with new.open(entry, "w", force_zip64=zip64) as out:
                    out.write(data)
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits


def big_endian(sizes):
    """An edit that turns the numbers of a little-endian archive around."""
    def edit(name, data):
        folder, _, key = name.rpartition("/")
        if key == "byteorder":
            return b"big"
        if not folder.endswith("/data"):
            return data
        size = sizes[key]
        return b"".join(data[i:i + size][::-1] for i in range(0, len(data), size))
    return edit


def element_sizes(path):
    """{key: bytes of an element} of the storages in the archive PATH."""
    sizes = {}

    class Reader(pickle.Unpickler):
        def persistent_load(self, saved):
            untyped = saved[1] is torch.UntypedStorage  # that of the uint16
            sizes[saved[2]] = 2 if untyped else torch._utils._element_size(saved[1].dtype)
            return torch.storage.TypedStorage(dtype=torch.uint8)

        def find_class(self, module, name):
            found = super().find_class(module, name)
            return (lambda *unused: None) if name.startswith("_rebuild") else found

    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        Reader(archive.open(name)).load()
    return sizes


CONFIG = {"model_type": "mamba", "vocab_size": 13, "hidden_size": 6, "num_hidden_layers": 1,
          "state_size": 3, "conv_kernel": 4, "expand": 2, "intermediate_size": 12,
          "time_step_rank": 2, "layer_norm_epsilon": 1e-5, "use_bias": False, "use_conv_bias": True,
          "tie_word_embeddings": True, "hidden_act": "silu", "residual_in_fp32": True}


def model_tensors():
    """A model's tensors in float64. The projections are views: transposed, and parts of one storage."""
    torch.manual_seed(11)
    d, inner, states, rank = 6, 12, 3, 2

    def normal(*shape, scale=0.4, mean=0.0):
        return mean + scale * torch.randn(*shape, dtype=torch.float64)

    out = collections.OrderedDict({"backbone.embeddings.weight": normal(CONFIG["vocab_size"], d, scale=1)})
    for layer in range(CONFIG["num_hidden_layers"]):
        shared = normal(2 * inner + inner, d)
        mixer = {
            "A_log": torch.log(1 + torch.rand(inner, states, dtype=torch.float64) * 7),
            "D": normal(inner, mean=1),
            "conv1d.weight": normal(inner, 1, 4),
            "conv1d.bias": normal(inner),
            "in_proj.weight": shared[:2 * inner],
            "x_proj.weight": normal(inner, rank + 2 * states).t(),
            "dt_proj.weight": normal(inner, rank + 1)[:, 1:],
            "dt_proj.bias": normal(inner, mean=-1),
            "out_proj.weight": shared[2 * inner:].t(),
        }
        out[f"backbone.layers.{layer}.norm.weight"] = normal(d, scale=0.2, mean=1)
        out.update({f"backbone.layers.{layer}.mixer.{name}": value for name, value in mixer.items()})
    out["backbone.norm_f.weight"] = normal(d, scale=0.2, mean=1)
    return out


def write_shards(folder, state):
    names, files = list(state), {}
    for part, kept in enumerate((names[::2], names[1::2])):
        files[f"pytorch_model-0000{part + 1}-of-00002.bin"] = kept
    for file, kept in files.items():
        torch.save({name: state[name] for name in kept}, os.path.join(folder, file))
    with open(os.path.join(folder, "pytorch_model.bin.index.json"), "w", encoding="utf-8") as out:
        json.dump({"metadata": {}, "weight_map": {name: file for file, kept in files.items()
                                                  for name in kept}}, out, indent=0)


def write_models(folder):
    def path(*parts):
        place = os.path.join(folder, *parts)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place

    for width, dtype in (("f64", torch.float64), ("f32", torch.float32)):
        # .to() copies, and would tear apart what shares a storage.
        state, storages = collections.OrderedDict(), {}
        for name, tensor in model_tensors().items():
            key = tensor.untyped_storage().data_ptr()
            whole = storages.setdefault(key, (torch.empty(0, dtype=torch.float64).set_(
                tensor.untyped_storage()).to(dtype), tensor))[0]
            state[name] = torch.as_strided(whole, tensor.shape, tensor.stride(),
                                           tensor.storage_offset())
        plain = {name: tensor.contiguous().clone() for name, tensor in state.items()}
        save_file(plain, path(width, "model.safetensors"))
        torch.save(state, path(width + "-zip", "pytorch_model.bin"))
        torch.save({"model": state}, path(width + "-old", "any.pth"), _use_new_zipfile_serialization=False)
        if width == "f32":
            write_shards(os.path.dirname(path("f32-shards", "x")), state)
    for name in sorted(os.listdir(folder)):
        if os.path.isdir(path(name)):
            with open(path(name, "config.json"), "w", encoding="utf-8") as out:
                json.dump(CONFIG, out, indent=2)


def write_seeds(folder):
    os.makedirs(folder, exist_ok=True)
    base = torch.arange(6.0).reshape(2, 3)
    state = {"a": base, "b": base.t(), "c": base[1:, 1:].half()}

    def path(name):
        return os.path.join(folder, name)

    torch.save(state, path("zip"))
    torch.save({"state_dict": collections.OrderedDict(state), "n": 1}, path("zip4"), pickle_protocol=4)
    torch.save(state, path("old"), _use_new_zipfile_serialization=False)
    torch.save({"model": state}, path("old4"), _use_new_zipfile_serialization=False, pickle_protocol=4)
    repack(path("zip"), path("deflated"), zipfile.ZIP_DEFLATED)
    repack(path("zip"), path("zip64"), zipfile.ZIP_STORED, zip64=True)


def main():
    write_seeds(os.path.join(HERE, "..", "fuzz", "seeds", "torch"))
    folder = os.path.join(HERE, "..", "unit", "model", "torch")
    os.makedirs(folder, exist_ok=True)
    write_models(os.path.join(HERE, "torch-models"))

    def path(name):
        return os.path.join(folder, name)

    floats, _ = tensors()
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in floats.items()},
              path("tensors.safetensors"))
    torch.save(state(), path("zip.pt"))
    torch.save(state(dict), path("zip-protocol5.pt"), pickle_protocol=5)
    torch.save({"epoch": 3, "state_dict": {"model": state()}}, path("nested.pt"), pickle_protocol=4)
    torch.save(state(), path("old.pt"), _use_new_zipfile_serialization=False)
    torch.save({"optimizer": {"moment": torch.zeros(3), "step": torch.tensor(4)}, "model": state(dict)},
               path("old-protocol4.pt"), _use_new_zipfile_serialization=False, pickle_protocol=4)
    repack(path("zip.pt"), path("deflated.pt"), zipfile.ZIP_DEFLATED)
    repack(path("zip.pt"), path("zip64.pt"), zipfile.ZIP_STORED, zip64=True)
    repack(path("zip.pt"), path("big-endian.pt"), zipfile.ZIP_DEFLATED,
           edit=big_endian(element_sizes(path("zip.pt"))))
    for name in sorted(os.listdir(folder)):
        print(f"{os.path.getsize(path(name)):7d} {name}", file=sys.stderr)


if __name__ == "__main__":
    main()
