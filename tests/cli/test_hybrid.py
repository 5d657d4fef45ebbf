"""Hybrid models from outside: every subcommand on one, shared attention's maps beside the SSM's, and what
is refused by name."""

import csv
import os

import numpy as np

from support import CliTest, main, read_npy

import tiny_zamba2  # in tests/reference


class Hybrid(CliTest):
    def setUp(self):
        super().setUp()
        self.config = {**tiny_zamba2.CASES["zamba2-adapters"], "train_length": 40}
        self.model = tiny_zamba2.write(self.path("model"), self.config, 5)
        self.text = self.ids(130)
        self.layer = tiny_zamba2.hybrid_layers(self.config)[0]

    def attention(self, layer, channel, *arguments):
        return self.array("attention", self.model, self.text, "--layer", layer, "--channel", channel,
                          "--matrix", "softmax", *arguments)

    def test_info_names_the_layers(self):
        self.assertEqual(self.json("info", self.model)["hybrid_layers"],
                         tiny_zamba2.hybrid_layers(self.config))

    def test_map_and_its_parts(self):
        whole = self.attention(self.layer, 2)
        np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-5)
        part = self.attention(self.layer, 2, "--rows", "100:117", "--cols", "3:90")
        np.testing.assert_allclose(part, whole[100:117, 3:90], atol=1e-6)
        edges = [130 * k // 7 for k in range(8)]
        blocks = self.attention(self.layer, 2, "--bins", 7, "--reduce", "absmax")
        for r in range(7):
            for c in range(7):
                block = whole[edges[r]:edges[r + 1], edges[c]:edges[c + 1]]
                self.assertAlmostEqual(blocks[r, c], block.max(), places=5)

    def test_proof_is_in_the_answer(self):
        proof = self.json("attention", self.model, self.text, "--layer", self.layer, "--channel", 0,
                          "--matrix", "softmax", "--prove", "--out", self.path("a.npy"))["proof"]
        self.assertLess(proof["error"], 1e-5 * proof["scale"])

    def test_refusals(self):
        common = ("attention", self.model, self.text, "--out", self.path("a.npy"), "--matrix", "softmax")
        self.bad(1, *common, "--layer", 0, "--channel", 0, names=("layer 0", "shared attention"))
        self.bad(1, *common, "--layer", self.layer, "--channel", 4, names=("attention head 4",))
        self.bad(2, *common, "--layer", self.layer, "--channel", 0, "--without-delta",
                 names=("--without-delta",))

    def test_trace_has_the_attention_where_there_is_one(self):
        names = {}
        for layer in (0, self.layer):
            out = self.path(f"layer{layer}")
            self.good("trace", self.model, self.text, "--layer", layer, "--out", out)
            names[layer] = set(os.listdir(out))
        self.assertEqual(names[self.layer] - names[0],
                         {"query.npy", "key.npy", "value.npy", "attended.npy"})
        self.assertEqual(read_npy(os.path.join(out, "query.npy")).shape, (130, 24))

    def test_filters_act_on_the_scans(self):
        table = self.path("table.json")
        self.good("calibrate", self.model, self.ids(400), "--out", table, "--theta", 1e-30)
        sheet = self.path("channels.csv")
        self.good("channels", self.model, self.text, "--out", sheet,
                  "--filter", f"longmamba:table={table}")
        with open(sheet, encoding="utf-8", newline="") as file:
            kept = [float(row["kept_fraction"]) for row in csv.DictReader(file)]
        self.assertLess(min(kept), 1)
        plain = self.array("logits", self.model, self.text)
        filtered = self.array("logits", self.model, self.text, "--filter", f"longmamba:table={table}")
        self.assertFalse(np.allclose(plain, filtered, atol=1e-3))
        np.testing.assert_array_equal(
            plain, self.array("logits", self.model, self.text, "--filter", "longmamba:theta=1"))


if __name__ == "__main__":
    main()
