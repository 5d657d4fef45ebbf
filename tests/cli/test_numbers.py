"""What the subcommands write, on random models of both families: shapes, types, values against the
float64 reference, and that different ways of asking give the same."""

import csv
import json
import os

import numpy as np

from support import SHAPES, CliTest, main, mamba_ref, read_npy, sample, text, tiny_models

RESCUE = sample("rescue-mamba2-5m")
# Two layers of sums over at most 24 float32 terms of size about 1.
FP32 = 2e-4
# The same in double.
REFERENCE = 1e-11


def close(test, got, expected, bound, what=""):
    test.assertEqual(got.shape, expected.shape, what)
    scale = max(1.0, np.abs(expected).max())
    test.assertLessEqual(np.abs(got - expected).max() / scale, bound, what)


class Arrays(CliTest):
    def test_logits(self):
        for name in SHAPES:
            folder = self.model(name)
            for count in (1, 2, 19):
                ids = tiny_models.ids(count, count)
                expected = mamba_ref.Model(folder).forward(ids).logits
                got = self.array("logits", folder, self.ids(count, count))
                self.assertEqual(got.dtype, np.float32)
                close(self, got, expected, FP32, name)
                got = self.array("logits", folder, self.ids(count, count), "--precision",
                                 "reference")
                self.assertEqual(got.dtype, np.float64)
                close(self, got, expected, REFERENCE, name)
                last = self.array("logits", folder, self.ids(count, count), "--last", 2,
                                  "--precision", "reference")
                close(self, last, expected[-2:], REFERENCE, name)

    def test_surprisal(self):
        for name in SHAPES:
            for count in (1, 2, 23):
                folder, ids = self.model(name), tiny_models.ids(3, count)
                logits = mamba_ref.Model(folder).forward(ids).logits
                p = np.exp(logits - logits.max(axis=1, keepdims=True))
                p /= p.sum(axis=1, keepdims=True)
                expected = -np.log(p[np.arange(count - 1), ids[1:]])
                got = self.array("logits", folder, self.ids(count, 3), "--surprisal", "--precision",
                                 "reference")
                self.assertEqual(got.shape, (count, 1))
                self.assertTrue(np.isnan(got[0, 0]))
                if count > 1:
                    close(self, got[1:, 0], expected, REFERENCE, name)
                last = self.array("logits", folder, self.ids(count, 3), "--surprisal", "--last", 1,
                                  "--precision", "reference")
                self.assertEqual(last.shape, (1, 1))
                np.testing.assert_array_equal(last[0], got[-1])

    def test_trace(self):
        for name in SHAPES:
            folder, ids = self.model(name), tiny_models.ids(3, 23)
            model = mamba_ref.Model(folder)
            layer = model.forward(ids, keep=True).layers[1]
            rates = layer.a[:, 0] if model.mamba2 else layer.a
            expected = {"delta": layer.delta, "a": rates, "b": layer.b, "c": layer.c, "u": layer.u,
                        "z": layer.z, "y": layer.y, "d": layer.d}
            for precision, bound in (("fp32", FP32), ("reference", REFERENCE)):
                out = self.path("deep", f"{name}-{precision}")
                self.good("trace", folder, self.ids(23, 3), "--layer", 1, "--out", out,
                          "--precision", precision)
                self.assertEqual(sorted(os.listdir(out)), sorted(k + ".npy" for k in expected))
                for part, values in expected.items():
                    close(self, read_npy(os.path.join(out, part + ".npy")), values, bound,
                          (name, part))

    def test_attention(self):
        for name in SHAPES:
            folder, ids = self.model(name), tiny_models.ids(4, 29)
            model = mamba_ref.Model(folder)
            layer = model.forward(ids, keep=True).layers[1]
            channel = model.channels - 1
            base = ["attention", folder, self.ids(29, 4), "--layer", 1, "--channel", channel]
            for kind in ("s6", "skip", "full"):
                dense = layer.attention(channel, kind=kind)
                scale = np.abs(dense).max()
                for precision, bound in (("fp32", 1e-4), ("reference", 1e-11)):
                    options = [*base, "--matrix", kind, "--precision", precision]
                    got = self.array(*options)
                    self.assertEqual(got.dtype, np.dtype("f4" if precision == "fp32" else "f8"))
                    close(self, got / scale, dense / scale, bound, (name, kind))
                    self.assertTrue(np.all(np.triu(got, 1) == 0))
                    part = self.array(*options, "--rows", "7:20", "--cols", ":11")
                    close(self, part / scale, dense[7:20, :11] / scale, bound, (name, kind))
                    part = self.array(*options, "--rows=28:", "--cols=3:29")
                    close(self, part / scale, dense[28:, 3:] / scale, bound, (name, kind))

    def test_overviews(self):
        reduce = {"mean": np.mean, "absmean": lambda x: np.mean(np.abs(x)),
                  "absmax": lambda x: np.max(np.abs(x))}
        for name in ("mamba", "mamba2-groups"):
            base = ["attention", self.model(name), self.ids(31, 5), "--layer", 0, "--channel", 2]
            for kind in ("s6", "skip", "full"):
                dense = self.array(*base, "--matrix", kind, "--precision", "reference")
                for bins in (1, 7, 31):
                    edges = [31 * k // bins for k in range(bins + 1)]
                    for how, function in reduce.items():
                        expected = np.array([[function(dense[r0:r1, c0:c1])
                                              for c0, c1 in zip(edges, edges[1:])]
                                             for r0, r1 in zip(edges, edges[1:])])
                        got = self.array(*base, "--matrix", kind, "--bins", bins, "--reduce", how,
                                         "--precision", "reference")
                        close(self, got, expected, 1e-12, (name, kind, bins, how))
            default = self.array(*base, "--bins", 5)
            mean = self.array(*base, "--bins", 5, "--reduce", "mean")
            self.assertTrue(np.array_equal(default, mean))

    def test_blocks_of_a_large_map(self):
        """4,096 rows are written in more than one block; each row is the same asked for alone."""
        base = ["attention", RESCUE, text("pass-key.txt"), "--layer", 2, "--channel", 1]
        whole = self.array(*base)
        self.assertEqual(whole.shape, (4096, 4096))
        scale = np.abs(whole).max()
        for begin, end in ((0, 3), (2040, 2056), (4093, 4096)):
            rows = self.array(*base, "--rows", f"{begin}:{end}", name="rows.npy")
            close(self, rows / scale, whole[begin:end] / scale, 1e-5)

    def test_attention_without_delta(self):
        folder = self.model("mamba2")
        base = ["attention", folder, self.ids(17), "--layer", 1, "--channel", 3, "--precision",
                "reference"]
        self.good("trace", folder, self.ids(17), "--layer", 1, "--out", self.path("t"),
                  "--precision", "reference")
        delta = read_npy(self.path("t", "delta.npy"))[:, 3]
        close(self, self.array(*base, "--without-delta") * delta, self.array(*base), 1e-12)

    def test_lanes(self):
        folder = self.model("mamba2-odd")
        base = ["attention", folder, self.ids(13), "--layer", 0, "--channel", 1, "--matrix", "full",
                "--precision", "reference"]
        lanes = [self.array(*base, "--lane", lane) for lane in range(9)]
        close(self, np.mean(lanes, axis=0), self.array(*base), 1e-12)

    def test_decay(self):
        for name in SHAPES:
            folder, ids = self.model(name), tiny_models.ids(6, 21)
            run = mamba_ref.Model(folder).forward(ids, keep=True)
            parts = [run.layers[k].decay() for k in (0, 1)]
            text_argument = self.ids(21, 6)
            for k in (0, 1):
                got = self.array("decay", folder, text_argument, "--layer", k)
                self.assertEqual(got.dtype, np.float32)
                close(self, got, parts[k], FP32, name)
            both = self.array("decay", folder, text_argument, "--precision", "reference")
            close(self, both, np.hstack(parts), REFERENCE, name)

    def test_decay_of_some(self):
        folder = self.model(next(iter(SHAPES)))
        text = self.ids(23, 3)
        every = self.array("decay", folder, text, "--layer", 1)
        some = self.array("decay", folder, text, "--layer", 1, "--channels", "3,0")
        np.testing.assert_array_equal(some, every[:, [3, 0]])
        out = self.path("x.npy")
        self.bad(2, "decay", folder, text, "--channels", "0", "--out", out, names=["needs --layer"])
        self.bad(1, "decay", folder, text, "--layer", 1, "--channels", "0,9999", "--out", out,
                 names=["channel", "9999"])

    def test_channels(self):
        folder, ids = self.model("mamba2-groups"), tiny_models.ids(7, 40)
        run = mamba_ref.Model(folder).forward(ids, keep=True)
        out = self.path("channels.csv")
        self.good("channels", folder, self.ids(40, 7), "--precision", "reference", "--out", out)
        with open(out, encoding="utf-8", newline="") as file:
            lines = file.read().split("\n")
        self.assertEqual(lines[0],
                         "layer,channel,ln_decay,class,field_length,half_life,kept_fraction,"
                         "delta_sum,delta_target,delta_ratio")
        rows = list(csv.DictReader(lines))
        self.assertEqual([(int(r["layer"]), int(r["channel"])) for r in rows],
                         [(l, c) for l in range(2) for c in range(6)])
        for row in rows:
            layer, channel = run.layers[int(row["layer"])], int(row["channel"])
            decay = layer.decay()[-1, channel]
            self.assertAlmostEqual(float(row["ln_decay"]), decay, delta=1e-8 * max(1, abs(decay)))
            self.assertAlmostEqual(float(row["half_life"]), np.log(2) * 40 / -decay, delta=1e-6)
            self.assertEqual(int(row["field_length"]), layer.field_lengths(39)[channel])
            self.assertEqual(float(row["kept_fraction"]), 1)
            # Without a table or a filter, the target is what the text's own beginning has: all of it.
            total = layer.delta[:, channel].sum()
            self.assertAlmostEqual(float(row["delta_sum"]), total, delta=1e-8 * total)
            self.assertAlmostEqual(float(row["delta_target"]), total, delta=1e-8 * total)
            self.assertAlmostEqual(float(row["delta_ratio"]), 1, delta=1e-8)
            self.assertIn(row["class"], ("global", "local"))
        printed = self.good("channels", folder, self.ids(40, 7), "--precision", "reference")
        self.assertEqual(printed.split("\n"), lines)
        one = self.good("channels", folder, self.ids(40, 7), "--precision", "reference", "--layer", 1)
        self.assertEqual(one.split("\n"), lines[:1] + lines[7:])


class Texts(CliTest):
    def test_tokenize(self):
        string = "Día 1\t– naïve 😀!\n"
        path = self.write("t.txt", string)
        document = self.json("tokenize", RESCUE, path)
        raw = string.encode()
        self.assertEqual(document["tokens"], len(document["ids"]))
        spans = document["spans"]
        self.assertEqual(len(spans), document["tokens"])
        self.assertEqual(b"".join(raw[b:e] for b, e in spans), raw)
        self.assertEqual([b for b, _ in spans[1:]], [e for _, e in spans[:-1]])
        lines = self.good("tokenize", RESCUE, path).splitlines()
        self.assertEqual(len(lines), document["tokens"])
        for k, line in enumerate(lines):
            fields = line.split("\t")
            self.assertEqual([int(f) for f in fields[:4]], [k, document["ids"][k], *spans[k]])
            self.assertEqual(fields[4], document["pieces"][k])

    def test_three_ways_to_give_a_text(self):
        with open(text("the-letter.txt"), encoding="utf-8") as file:
            string = file.read()
        by_file = self.json("tokenize", RESCUE, text("the-letter.txt"))
        by_stdin = self.json("tokenize", RESCUE, "-", stdin=string)
        by_ids = self.json("tokenize", RESCUE,
                           "@" + self.write("ids.json", json.dumps(by_file["ids"])))
        for key in ("ids", "spans", "pieces"):
            self.assertEqual(by_file[key], by_stdin[key])
            self.assertEqual(by_file[key], by_ids[key])


class Facts(CliTest):
    def test_info(self):
        for name, (config, dtype) in SHAPES.items():
            document = self.json("info", self.model(name))
            mamba2 = config["model_type"] == "mamba2"
            self.assertEqual(document["family"], config["model_type"])
            self.assertEqual(document["layers"], 2)
            self.assertEqual(document["d_model"], config["hidden_size"])
            self.assertEqual(document["d_inner"], config["hidden_size"] * config["expand"])
            self.assertEqual(document["channels"],
                             config["num_heads"] if mamba2 else document["d_inner"])
            self.assertEqual(document["tied_embeddings"], config["tie_word_embeddings"])
            self.assertFalse(document["tokenizer"])
            self.assertIsNone(document["table"])
            self.assertEqual(document["train_length"], 2000)
            self.assertEqual(set(document["dtypes"].split()), {dtype, "F32"})
            tensors = tiny_models.tensors(config, 1)
            self.assertEqual(document["parameters"], sum(t.size for t in tensors.values()))
            self.assertEqual(document["bias"], config["use_bias"])
            self.assertEqual(document["norm_eps"], config["layer_norm_epsilon"])
            self.assertEqual(document["layout"], "Hugging Face")
            self.assertEqual("gate_norm" in document, mamba2)
            self.assertEqual("dt_rank" in document, not mamba2)
        words = self.good("info", RESCUE)
        self.assertRegex(words, r"(?m)^train_length +256$")
        self.assertRegex(words, r"(?m)^family +mamba2$")

    def test_info_of_other_families(self):
        def info(case):
            config = tiny_models.CASES[case]
            return self.json("info", tiny_models.write(self.path(case), config, 1))

        falcon = info("falcon-biases-untied")
        self.assertEqual((falcon["family"], falcon["mixer_norm_eps"]), ("falcon_mamba", 0.03))
        original = info("original-no-gate-norm")
        self.assertEqual((original["family"], original["layout"], original["norm"]),
                         ("mamba2", "state-spaces", "LayerNorm"))
        self.assertEqual(original["vocab_size"], tiny_models.VOCAB)  # padded
        self.assertFalse(original["gate_norm"])
        self.assertTrue(info("original-norm-first")["norm_before_gate"])
        limits = info("mamba2-groups-limits")
        self.assertEqual((limits["delta_min"], limits["delta_max"]), (0.05, 0.4))
        self.assertIsNone(info("mamba2")["delta_max"])

    def test_devices(self):
        document = self.json("devices")
        cpu = [d for d in document["devices"] if d["backend"] == "cpu"]
        self.assertTrue(cpu and cpu[0]["usable"])
        for device in document["devices"]:
            self.assertEqual(device["usable"], device["reason"] is None)
        self.assertEqual(len(self.good("devices").splitlines()), len(document["devices"]))


if __name__ == "__main__":
    main()
