"""figure: every preset and sample recipe, figures made again, the preflight, the files beside a figure,
and that the published schema and the parser know the same members."""

import csv
import glob
import json
import os
import struct

from support import CliTest, main, sample, text

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMA = os.path.join(PROJECT, "docs", "recipe.schema.json")
RESCUE = sample("rescue-mamba2-5m")
KEY = text("pass-key.txt")


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Figures(CliTest):
    def short(self):
        """1,024 tokens of the story: four training lengths, and quick."""
        ids = json.loads(self.good("tokenize", RESCUE, KEY, "--json"))["ids"][:1024]
        return "@" + self.write("short.json", json.dumps(ids))

    def test_presets(self):
        short = self.short()
        subjects = {"maps": "Implicit attention", "pipeline": "Implicit attention",
                    "sweep": "Perplexity", "decay": "Cumulative decay",
                    "atlas": "Implicit attention", "layers": "Share of global",
                    "compare": "Implicit attention"}
        for preset, subject in subjects.items():
            with self.subTest(preset=preset):
                out = self.path(preset + ".svg")
                document = self.json("figure", "--preset", preset, RESCUE, short, "--out", out)
                self.assertTrue(document["caption"].startswith(subject), document["caption"])
                self.assertEqual(document["preflight"], [])

    def test_story(self):
        """Layer 1 is where global heads lose their fields: the README's table says so."""
        caption = self.good("figure", "--preset", "maps", RESCUE, KEY, "--out", self.path("m.pdf"))
        self.assertIn("in layer 1 of rescue", caption)

    def test_again(self):
        short = self.short()
        for ending in ("png", "pdf", "svg"):
            with self.subTest(ending=ending):
                first, second = self.path("first." + ending), self.path("second." + ending)
                self.good("figure", "--preset", "compare", RESCUE, short, "--filter", "longmamba",
                          "--title", "α; (b) %", "--dpi", 90, "--out", first)
                self.good("figure", first, "--out", second)
                self.assertEqual(read(first), read(second))
                other = self.path("other.svg")
                self.good("figure", first, "--out", other)
                self.assertTrue(read(other).startswith(b"<?xml"))

    def test_changed(self):
        short, out, again = self.short(), self.path("f.png"), self.path("g.png")
        self.good("figure", "--preset", "decay", RESCUE, short, "--out", out, "--dpi", 60)
        with open(short[1:], encoding="utf-8") as file:
            ids = json.load(file)
        self.write("short.json", json.dumps(ids[:-1] + [ids[0]]))
        self.bad(1, "figure", out, "--out", again, names=["--force", "short.json", "text"])
        self.assertNotIn("g.png", os.listdir(self.folder))
        self.good("figure", out, "--out", again, "--force")
        self.assertNotEqual(read(out), read(again))

    def test_no_figure(self):
        path = self.write("x.png", b"\x89PNG\r\n\x1a\nnothing")
        self.bad(1, "figure", path, "--out", self.path("y.png"), names=["x.png", "recipe"])

    def test_preflight(self):
        short, out = self.short(), self.path("f.png")
        options = ["figure", "--preset", "decay", RESCUE, short, "--out", out, "--dpi", 100]
        document = self.json(*options)
        self.assertEqual([flaw["flaw"] for flaw in document["preflight"]], ["image"])
        os.remove(out)
        self.bad(1, *options, "--strict", names=["100 dpi", "--mend"])
        self.assertNotIn("f.png", os.listdir(self.folder))
        self.assertEqual(self.json(*options, "--strict", "--mend")["preflight"], [])
        at = read(out).index(b"pHYs") + 4
        self.assertEqual(struct.unpack(">II", read(out)[at:at + 8]), (23622, 23622))  # 600 dpi

    def test_beside(self):
        short, data = self.short(), self.path("data")
        caption = self.good("figure", "--preset", "maps", RESCUE, short, "--out", self.path("f.pdf"),
                            "--caption", self.path("c.txt"), "--latex", self.path("f.tex"), "--data",
                            data)
        self.assertEqual(read(self.path("c.txt")).decode(), caption)
        self.assertIn(b"\\includegraphics[width=183.00mm]{\\detokenize{f.pdf}}",
                      read(self.path("f.tex")))
        names = set(os.listdir(data))
        for panel in "abcdefghij":
            self.assertLessEqual({panel + end for end in (".npy", ".csv", ".tex", "-cells.png")}, names)

    def test_sorted_atlas(self):
        """The order is that of the table of channels, and so are the classes."""
        folder, out, short = self.path("numbers"), self.path("atlas.png"), self.short()
        told = ["figure", "--preset", "atlas", RESCUE, short, "--layer", 1, "--out", out, "--dpi", 60]
        self.good("channels", RESCUE, short, "--layer", 1, "--out", self.path("channels.csv"))
        with open(self.path("channels.csv"), encoding="utf-8") as file:
            table = list(csv.DictReader(file))
        for sort, column in (("field", "field_length"), ("half-life", "half_life"),
                             ("decay", "ln_decay")):
            self.good(*told, "--sort", sort, "--ascending", "--first", 1, "--data", folder)
            with open(os.path.join(folder, "a.csv"), encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            expected = sorted(table, key=lambda row: (float(row[column]), int(row["channel"])))[1:]
            self.assertEqual([row["channel"] for row in rows], [row["channel"] for row in expected])
        self.good(*told, "--sort", "index", "--classes", "local", "--data", folder)
        self.good(*told, "--sort", "similarity", "--like", "0,1")
        for wrong, name in ((["--sort", "size"], "--sort: expected decay"),
                            (["--sort", "similarity"], "go together"),
                            (["--sort", "similarity", "--like", "3"], "a layer and a channel"),
                            (["--sort", "field", "--classes", "both"], "--classes: expected all"),
                            (["--first", "2"], "need --sort"),
                            (["--sort", "decay", "--count", "0"], "--count")):
            self.bad(2, *told, *wrong, names=[name])
        self.bad(1, *told, "--sort", "similarity", "--like", "99,1", names=["like: expected a layer"])

    def test_samples(self):
        """The recipes that come along name folders of this project; two of them are run here."""
        recipes = sorted(glob.glob(os.path.join(PROJECT, "samples", "recipes", "*.json")))
        self.assertGreaterEqual(len(recipes), 8)
        before = os.getcwd()
        os.chdir(PROJECT)
        try:
            for name in ("text", "norm-lab"):
                path = os.path.join(PROJECT, "samples", "recipes", name + ".json")
                self.assertIn(path, recipes)
                self.good("figure", path, "--out", self.path(name + ".pdf"), "--strict")
        finally:
            os.chdir(before)

    def schema(self):
        with open(SCHEMA, encoding="utf-8") as file:
            return json.load(file)

    def refuse(self, recipe, *names):
        path = self.write("recipe.json", json.dumps(recipe))
        self.bad(1, "figure", path, "--out", self.path("x.png"), names=names)

    def test_schema_members(self):
        """A member of the schema with a wrong value is refused by its path, not as unknown; one that
        the schema does not have is unknown."""
        definitions = self.schema()["$defs"]
        wrong = {"not": "a value"}
        for kind, definition in definitions.items():
            if kind == "style":
                continue
            panel = {"kind": kind, "layer": 0, "channel": 0, "lengths": [64], "thetas": [0.1]}
            panel = {key: value for key, value in panel.items() if key in definition["properties"]}
            for member in definition["properties"]:
                if member != "kind":
                    with self.subTest(kind=kind, member=member):
                        self.refuse({"mambascope": 1, "panels": [{**panel, member: wrong}]},
                                    "$.panels[0]." + member + ": expected")
            self.refuse({"mambascope": 1, "panels": [{**panel, "colour": 1}]},
                        "$.panels[0].colour: unknown member")

    def test_schema_style(self):
        style = self.schema()["$defs"]["style"]["properties"]
        for member in style:
            with self.subTest(member=member):
                self.refuse({"mambascope": 1, "style": {member: {}},
                             "panels": [{"kind": "decay", "layer": 0}]},
                            "$.style." + member + ": expected")

    def test_schema_lists(self):
        """What the parser says it knows is what the schema has."""
        definitions = self.schema()["$defs"]
        for kind, definition in definitions.items():
            recipe = {"mambascope": 1, "panels": [{"kind": kind, "zzz": 1}]}
            if kind == "style":
                recipe = {"mambascope": 1, "style": {"zzz": 1}}
            path = self.write("recipe.json", json.dumps(recipe))
            line = self.bad(1, "figure", path, "--out", self.path("x.png"))
            known = line.split("the known ones are ")[1].strip().split(", ")
            self.assertEqual(sorted(known), sorted(definition["properties"]), kind)


if __name__ == "__main__":
    main()
