"""bench: its rows, its JSON and its refusals. How long anything takes is no one's business here."""

import json
import math

from support import CliTest, main, sample, text

RESCUE = sample("rescue-mamba2-5m")
LETTER = text("the-letter.txt")
QUICK = ("--repeats", 2, "--tokens", 65)


class Bench(CliTest):
    def bench(self, *arguments):
        """The document, after what holds for every row has been held."""
        document = self.json("bench", *arguments)
        self.assertEqual(document["command"], "bench")
        self.assertIn(document["backend"], document["device"].lower())
        for row in document["rows"]:
            self.check(row, document)
        return document

    def check(self, row, document):
        if row["note"]:
            self.assertIsNone(row["ms"], row)
            self.assertEqual(row["calls"], 0, row)
            return
        self.assertGreater(row["calls"], 0, row)
        self.assertTrue(0 < row["min_ms"] <= row["q1_ms"] <= row["ms"] <= row["q3_ms"], row)
        self.assertGreater(row["cpu_ms"], 0, row)
        if row["tokens"] is not None:
            self.assertAlmostEqual(row["tokens_per_s"] * row["ms"], row["tokens"] * 1e3, 3, row)
        self.assertAlmostEqual(row["over_floor"] * row["floor_ms"], row["ms"], 6, row)
        if row["what"] == "op":  # one operation: the slower of its bytes and its products
            bytes_ms = row["gbytes"] * 1e12 / document["copy_bytes_per_s"]
            flop_ms = (row["gflop"] or 0) * 1e12 / document["product_flop_per_s"]
            self.assertTrue(math.isclose(row["floor_ms"], max(bytes_ms, flop_ms)), row)

    def cases(self, document, what):
        return [row["case"] for row in document["rows"] if row["what"] == what]

    def test_rates_come_first(self):
        document = self.bench("--shape", "sample", "--what", "copy", "--repeats", 1)
        self.assertEqual([row["what"] for row in document["rows"]], ["copy", "copy", "product"])
        rates = [row["gbytes"] * 1e12 / row["ms"] for row in document["rows"][:2]]
        self.assertAlmostEqual(max(rates) / document["copy_bytes_per_s"], 1, 6)

    def test_operations_of_both_families(self):
        mamba = ["norm", "in_proj", "conv", "x_proj", "dt_proj", "scan", "out_proj", "head"]
        mamba2 = ["norm", "in_proj", "conv", "scan", "gate", "out_proj", "head"]
        document = self.bench("--shape", "sample", "--what", "ops,scan", *QUICK)
        self.assertEqual(self.cases(document, "op"), mamba)
        document = self.bench(RESCUE, LETTER, "--what", "ops", "--repeats", 1)
        self.assertEqual(self.cases(document, "op"), mamba2)

    def test_work_is_counted(self):
        """Bytes and FLOP by hand: T 65, D 256, E 512, N 16, rank 16, vocabulary 4096, float32."""
        document = self.bench("--shape", "sample", "--what", "ops", *QUICK)
        rows = {row["case"]: row for row in document["rows"] if row["what"] == "op"}
        flop = {"in_proj": 2 * 65 * 256 * 1024, "x_proj": 2 * 65 * 512 * 48,
                "dt_proj": 2 * 65 * 16 * 512, "out_proj": 2 * 65 * 512 * 256,
                "head": 2 * 65 * 256 * 4096}
        for name, row in rows.items():
            self.assertAlmostEqual((row["gflop"] or 0) * 1e9, flop.get(name, 0), 0, name)
        self.assertAlmostEqual(rows["conv"]["gbytes"] * 1e9, 4 * 65 * 2 * 512, 0)
        scan = 65 * (4 * 512 + 2 * 16) + 2 * 512 * 16  # Δ, u, gate, y; B, C; the state twice
        self.assertAlmostEqual(rows["scan"]["gbytes"] * 1e9, 4 * scan, 0)
        self.assertAlmostEqual(rows["head"]["gbytes"] * 1e9, 4 * (65 * 256 + 4096 * (256 + 65)), 0)

    def test_whole_network(self):
        document = self.bench("--shape", "sample", "--what", "forward,calibrate,toggle", *QUICK,
                              "--tokens", "65,7")
        rows = [row for row in document["rows"] if row["what"] == "forward"]
        self.assertEqual([(row["case"], row["tokens"]) for row in rows],
                         [("with logits", 65), ("without logits", 65),
                          ("with logits", 7), ("without logits", 7)])
        head = 2 * 65 * 256 * 4096
        layers = 12 * 2 * 65 * (256 * 1024 + 512 * 48 + 16 * 512 + 512 * 256)
        self.assertAlmostEqual(rows[0]["gflop"] * 1e9, layers + head, -1)
        self.assertAlmostEqual(rows[1]["gflop"] * 1e9, layers, -1)
        self.assertEqual(self.cases(document, "toggle"), ["longmamba", "longmamba-online"])
        self.assertEqual(self.cases(document, "calibrate"), ["one window"])

    def test_maps_of_a_text(self):
        document = self.bench(RESCUE, LETTER, "--repeats", 1,
                              "--what", "map,overview,thumbnails,fields")
        self.assertEqual(document["model"], RESCUE)
        tokens = document["tokens"]
        rows = [row for row in document["rows"] if row["tokens"] is not None]
        self.assertEqual({row["tokens"] for row in rows}, {tokens})
        self.assertEqual({row["what"] for row in rows}, {"map", "overview", "thumbnails", "fields"})
        self.assertTrue(rows[0]["case"] == "one channel" and rows[0]["gbytes"] * 1e9
                        == 4 * tokens * tokens, rows[0])

    def test_table_and_file(self):
        path = self.path("bench.json")
        out = self.good("bench", "--shape", "sample", "--what", "scan", *QUICK, "--out", path)
        lines = out.splitlines()
        self.assertRegex(lines[0], r"copies .* GB/s, products .* TFLOP/s")
        self.assertRegex(lines[-1], r"^sample +op +scan +65 ")
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        self.assertEqual([row["what"] for row in document["rows"]],
                         ["copy", "copy", "product", "op"])

    def test_refusals(self):
        cases = [
            (["--shape", "mamba-7b"], ["mamba-7b", "mamba2-2.7b"]),
            (["--shape", "sample", RESCUE, LETTER], ["--shape"]),
            ([RESCUE], ["TEXT"]),
            (["--shape", "sample", "--what", "scan,dance"], ["dance", "thumbnails"]),
            (["--shape", "sample", "--what", ""], ["--what"]),
            (["--shape", "sample", "--repeats", 0], ["--repeats"]),
            (["--shape", "sample", "--tokens", "8,x"], ["--tokens", "x"]),
            (["--shape", "sample", "--tokens", 1 << 40], ["--tokens"]),
        ]
        for arguments, names in cases:
            self.bad(2, "bench", *arguments, names=names)
        self.bad(1, "bench", "--shape", "sample", "--out", self.path("no", "o.json"), names=["no"])


if __name__ == "__main__":
    main()
