"""Truncated, hostile and mismatched files: each gives one clear line, exit status 1 and no output."""

import json
import os
import shutil
import struct

import numpy as np

from support import CliTest, main, mamba_ref, sample, text, tiny_models

RESCUE, LETTER = sample("rescue-mamba2-5m"), text("the-letter.txt")


def split(data):
    """Header (parsed) and the bytes after it."""
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def join(header, body):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + body


class Checkpoints(CliTest):
    def setUp(self):
        super().setUp()
        self.folder_ = self.model("mamba2")
        self.weights = os.path.join(self.folder_, "model.safetensors")
        self.config = os.path.join(self.folder_, "config.json")
        with open(self.weights, "rb") as file:
            self.data = file.read()
        self.header, self.body = split(self.data)
        self.some = "backbone.layers.1.mixer.out_proj.weight"

    def refused(self, data, *names):
        with open(self.weights, "wb") as file:
            file.write(data)
        return self.bad(1, "info", self.folder_, names=["model.safetensors", *names])

    def changed(self, **fields):
        header = json.loads(json.dumps(self.header))
        header[self.some].update(fields)
        return join(header, self.body)

    def test_cut_files(self):
        begin = len(self.data) - len(self.body)
        for length in (0, 1, 7, 8, 9, begin - 1, begin, begin + 5, len(self.data) - 1):
            self.refused(self.data[:length])

    def test_header_length(self):
        for length in (2**31, 2**32 + 8, 2**63, 2**64 - 1, 2**64 - 8, 0):
            self.refused(struct.pack("<Q", length) + self.data[8:])

    def test_header_text(self):
        for raw in (b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"a": 1}', b'{"a": {}}',
                    b'{"a": {"dtype": 3, "shape": [1], "data_offsets": [0, 4]}}',
                    b"[" * 100000, b'{"__metadata__": {}}'):
            self.refused(join(raw, self.body))

    def test_offsets(self):
        begin, end = self.header[self.some]["data_offsets"]
        for offsets in ([begin, end + 2], [begin - 2, end - 2], [end, begin], [-4, 0],
                        [2**62, 2**62 + end - begin], [0, end - begin], [begin], [begin, "x"],
                        [begin + 0.5, end], [len(self.body), len(self.body) + end - begin]):
            self.refused(self.changed(data_offsets=offsets), self.some)

    def test_shapes(self):
        rows, columns = self.header[self.some]["shape"]
        for shape in ([columns, rows], [rows * columns], [rows, columns, 1], [rows + 1, columns],
                      [2**40, 2**40], [2**63, 2], [-rows, -columns], [], [rows, "x"]):
            self.refused(self.changed(shape=shape), self.some)

    def test_dtypes(self):
        for dtype in ("I8", "F8_E4M3", "Q4", "F32", ""):
            self.refused(self.changed(dtype=dtype), self.some)

    def test_missing_tensor(self):
        del self.header[self.some]
        self.refused(join(self.header, self.body), self.some)

    def test_not_finite(self):
        for bits in (b"\xc0\x7f", b"\x80\x7f", b"\x80\xff"):  # NaN and the infinities of BF16
            begin = self.header[self.some]["data_offsets"][0]
            body = self.body[:begin] + bits + self.body[begin + 2 :]
            self.refused(join(self.header, body), self.some)

    def test_configs(self):
        with open(self.config, encoding="utf-8") as file:
            good = json.load(file)
        for member, value in (("model_type", "llama"), ("model_type", None), ("hidden_size", "ten"),
                              ("hidden_size", 0), ("hidden_size", 2**40), ("hidden_size", 13),
                              ("num_hidden_layers", -1), ("num_hidden_layers", 3),
                              ("n_groups", 0), ("n_groups", 4), ("num_heads", 5),
                              ("state_size", 1.5), ("hidden_act", "gelu"),
                              ("vocab_size", 10**12)):
            with open(self.config, "w", encoding="utf-8") as file:
                json.dump({**good, member: value}, file)
            with self.subTest(member=member, value=value):
                self.bad(1, "info", self.folder_)
        for raw in (b"", b"{", b"[]", b"\xff", b"[" * 100000, json.dumps(good).encode()[:-1]):
            with open(self.config, "wb") as file:
                file.write(raw)
            self.bad(1, "info", self.folder_, names=["config.json"])

    def test_nothing_there(self):
        self.bad(1, "info", self.path("nowhere"), names=["nowhere"])
        self.bad(1, "info", LETTER)
        os.remove(self.weights)
        self.bad(1, "info", self.folder_, names=["model.safetensors"])
        os.remove(self.config)
        self.bad(1, "info", self.folder_, names=["config.json"])
        os.mkdir(self.config)
        self.bad(1, "info", self.folder_, names=["config.json"])

    def test_tokenizers(self):
        path = os.path.join(self.folder_, "tokenizer.json")
        with open(os.path.join(RESCUE, "tokenizer.json"), "rb") as file:
            good = file.read()
        for raw in (b"", b"{}", b"[]", b"\xff", good[:1000], b"[" * 100000,
                    good.replace(b'"BPE"', b'"Unigram"')):
            with open(path, "wb") as file:
                file.write(raw)
            self.bad(1, "tokenize", self.folder_, LETTER, names=["tokenizer.json"])

    def test_names_cannot_break_the_line(self):
        self.bad(1, "info", self.path("two\nlines"))
        self.bad(1, "info", os.fsdecode(self.folder.encode() + b"/\xff\xfe"))


class Texts(CliTest):
    def test_broken(self):
        for raw, names in ((b"", ["empty"]), (b"ab\xff", ["2"]), (b"\xe2\x82", ["0"]),
                           (b"\xc0\x80", ["0"]), (b"\xed\xa0\x80", ["0"])):
            path = self.write("t.txt", raw)
            for command in (["tokenize"], ["generate"], ["logits", "--out", self.path("o.npy")]):
                self.bad(1, command[0], RESCUE, path, *command[1:], names=["t.txt", *names])
        self.bad(1, "tokenize", RESCUE, self.path("none.txt"), names=["none.txt"])
        self.bad(1, "tokenize", RESCUE, self.folder, names=[self.folder])
        self.bad(1, "tokenize", RESCUE, "-", stdin="")

    def test_broken_ids(self):
        for raw in ("", "[", "{}", "[]", "[1.5]", '["1"]', "[-1]", "[4096]", "[99999999999]",
                    "[1, null]", "[[1]]", "[" * 100000):
            path = self.write("ids.json", raw)
            self.bad(1, "tokenize", RESCUE, "@" + path, names=["ids.json"])
        self.bad(1, "tokenize", RESCUE, "@" + self.path("none.json"), names=["none.json"])

    def test_text_without_tokenizer(self):
        self.bad(1, "tokenize", self.model("mamba"), LETTER, names=["tokenizer.json"])
        self.bad(1, "recall", self.model("mamba"), self.ids(200), "--task", "passkey", "--lengths",
                 64, names=["tokenizer.json"])


class Requests(CliTest):
    def test_indices(self):
        out = self.path("o.npy")
        for command in (["trace", "--layer", 8], ["trace", "--layer", 10**15], ["decay", "--layer", 8],
                        ["attention", "--layer", 8, "--channel", 0],
                        ["attention", "--layer", 0, "--channel", 8],
                        ["attention", "--layer", 0, "--channel", 0, "--bins", 101],
                        ["attention", "--layer", 0, "--channel", 0, "--matrix", "full", "--lane", 64]):
            self.bad(1, command[0], RESCUE, LETTER, *command[1:], "--out", out,
                     names=[command[-1]])
        self.bad(1, "channels", RESCUE, LETTER, "--layer", 8, names=["8"])
        self.bad(1, "figure", "--preset", "decay", RESCUE, LETTER, "--layer", 8, "--out",
                 self.path("x.png"), names=["8"])
        self.assertEqual(os.listdir(self.folder), [])

    def test_lengths(self):
        self.bad(1, "perplexity", RESCUE, LETTER, "--lengths", "50,101", names=["101", LETTER])
        self.bad(1, "recall", RESCUE, LETTER, "--task", "needle", "--lengths", "4096",
                 names=["4096", LETTER])
        self.bad(1, "recall", RESCUE, LETTER, "--task", "needle", "--lengths", "20", names=["20"])
        self.bad(1, "calibrate", RESCUE, text("pass-key.txt"), LETTER, "--out", self.path("t.json"),
                 names=[LETTER + ": ", "256"])
        self.assertEqual(os.listdir(self.folder), [])

    def test_outputs(self):
        for out in (self.path("none", "o.npy"), LETTER + "/o.npy", "/proc/o.npy", self.folder):
            self.bad(1, "logits", RESCUE, LETTER, "--out", out, names=[out])
        self.bad(1, "trace", RESCUE, LETTER, "--layer", 0, "--out", LETTER + "/deep",
                 names=[LETTER])
        self.bad(1, "logits", RESCUE, LETTER, "--out", "/dev/full", names=["/dev/full"])

    def test_old_file_survives(self):
        out = self.write("o.npy", "precious")
        self.bad(1, "logits", RESCUE, self.write("bad.txt", b"\xff"), "--out", out)
        with open(out, encoding="utf-8") as file:
            self.assertEqual(file.read(), "precious")

    def test_backends(self):
        document = self.json("devices")
        if any(d["backend"] == "cuda" and d["usable"] for d in document["devices"]):
            self.skipTest("there is a GPU")
        self.bad(1, "generate", RESCUE, LETTER, "--backend", "cuda", names=["cuda"])
        self.bad(1, "generate", RESCUE, LETTER, "--backend", "cpu", "--device", 7, names=["7"])

    def test_tables(self):
        table = self.path("table.json")
        spec = f"longmamba:table={table}"
        tide = text("the-tide-books.txt")

        def refused(*names):
            self.bad(1, "generate", RESCUE, tide, "--filter", spec, names=["table.json", *names])

        refused()
        for raw in (b"", b"{}", b"[]", b"\xff", b"[" * 100000):
            self.write("table.json", raw)
            refused()
        # The table of another model.
        shutil.copytree(RESCUE, self.path("other"), copy_function=shutil.copy)
        weights = self.path("other", "model.safetensors")
        os.chmod(weights, 0o644)
        with open(weights, "r+b") as file:
            file.seek(-2, os.SEEK_END)
            last = file.read(2)
            file.seek(-2, os.SEEK_END)
            file.write(bytes([last[0] ^ 1, last[1]]))
        self.good("calibrate", self.path("other"), tide, "--out", table, "--windows", 1)
        refused("model")

    def test_weights_that_overflow(self):
        """Finite weights whose activations are not: said, not written."""
        config, _ = tiny_models.CASES["mamba2"], None
        folder = self.path("huge")
        tiny_models.write(folder, config, 1)
        tensors = {name: (np.full_like(value, 1e30) if name.endswith("in_proj.weight") else value)
                   for name, value in tiny_models.tensors(config, 1).items()}
        mamba_ref.write_safetensors(os.path.join(folder, "model.safetensors"), tensors)
        self.bad(1, "logits", folder, self.ids(9), "--out", self.path("o.npy"), names=["layer"])
        self.assertNotIn("o.npy", os.listdir(self.folder))

    def test_recipes(self):
        for raw, names in ((b"", []), (b"{", []), (b"[]", []), (b"\xff", []), (b"[" * 100000, []),
                           (b'{"mambascope": 99}', ["mambascope"]),
                           (b'{"mambascope": 1, "panels": 3}', ["panels"]),
                           (b'{"mambascope": 1, "panels": [{"kind": "pie"}]}', ["panels"]),
                           (b'{"mambascope": 1, "colour": "red"}', ["colour"])):
            path = self.write("recipe.json", raw)
            self.bad(1, "figure", path, "--out", self.path("x.png"), names=["recipe.json", *names])
        self.bad(1, "figure", self.path("none.json"), "--out", self.path("x.png"),
                 names=["none.json"])
        self.assertEqual(os.listdir(self.folder), ["recipe.json"])


if __name__ == "__main__":
    main()
