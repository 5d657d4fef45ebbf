"""Makes tests/unit/model/torch/: the same tensors as torch.save writes them in every way it has had.

Run by hand where torch, safetensors and NumPy are installed; the test needs only the files. What must be
read is in tensors.safetensors: each view made contiguous by torch itself.

    make_torch_fixture.py [FOLDER]
"""

import collections
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


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "unit", "model", "torch")
    os.makedirs(folder, exist_ok=True)

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
