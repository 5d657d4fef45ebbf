"""longbench: a small set of our own, answered by the sample, against `generate` and `tokenize` on the same
prompts and against scores in Python; what is gone on with, what is refused, and how it is said."""

import csv
import json
import os
import re
import signal
import subprocess
import time

import numpy as np

from support import PROGRAM, SAMPLES, CliTest, main, sample, text

import longbench_ref  # beside mamba_ref, where support.py looks

RESCUE, OTHER = sample("rescue-mamba2-5m"), sample("novel-mamba-6m")
SHIPPED = os.path.join(SAMPLES, "longbench.json")
COLUMNS = ("dataset,metric,filter,samples,score,samples_0_4k,score_0_4k,samples_4_8k,score_4_8k,"
           "samples_8k,score_8k")
CONFIG = {
    "prompts": {"qasper": "{context}\nWhat is the pass key? The pass key is",
                "samsum": "{context}{input}", "trec": "{context}{input}",
                "multifieldqa_zh": "{context}{{}}{input}"},
    "max_tokens": {"qasper": 6, "samsum": 12, "trec": 5, "multifieldqa_zh": 4},
    "stop_at_newline": ["samsum"],
}


def entry(number, context, answers, **members):
    return {"_id": f"id {number}", "dataset": "", "language": "en", "input": "", "context": context,
            "answers": answers, "length": 10, "all_classes": None, **members}


class LongbenchTest(CliTest):
    def lines(self, name, rows):
        return self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def setUp(self):
        super().setUp()
        with open(text("the-tide-books.txt"), encoding="utf-8") as file:
            prose = file.read()[:6000]
        paragraph = prose[: prose.index("\n", prose.index("a library of it"))][-300:]
        key = "The pass key is 58213. Remember it. 58213 is the pass key.\n"
        self.config = self.write("config.json", json.dumps(CONFIG))
        os.mkdir(self.path("data"))
        sets = {
            # Within the training length of 256 tokens, and beyond it.
            "qasper_e": [entry(1, prose[:205] + key, ["58213", "the key 58213"], dataset="qasper"),
                         entry(2, prose[:205] + key + prose, ["58213"], dataset="qasper", length=5000)],
            "samsum": [entry(1, paragraph, ["the tide", "a \u706f"], dataset="samsum", length=9000)],
            "trec": [entry(1, prose[:120], ["The"], input="Type: ", dataset="trec", all_classes=["The", "Sea"])],
            "multifieldqa_zh": [entry(1, "\u706f\u5728\u684c\u4e0a\u3002", ["\u684c\u4e0a"], input="\u706f\u5728\u54ea\u91cc\uff1f",
                                      dataset="multifieldqa_zh")],
        }
        self.sets = {name: (self.lines(f"data/{name}.jsonl", rows), rows) for name, rows in sets.items()}
        self.data = self.path("data")

    def predictions(self, name="p.jsonl"):
        with open(self.path(name), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return lines[0], lines[1:]

    def prompt(self, dataset, row):
        template = CONFIG["prompts"][dataset.removesuffix("_e")]
        return template.format(context=row["context"], input=row["input"])


class Answers(LongbenchTest):
    filters = ["--filter", "off", "--filter", "longmamba"]

    def test_against_generate(self):
        """Each answer is what `generate` says to the same prompt, cut by `tokenize`'s ids."""
        for cut in (0, 101):
            options = ["--max-tokens", cut] if cut else []
            name = f"p{cut}.jsonl"
            self.good("longbench", RESCUE, self.data, "--config", self.config, *self.filters, *options,
                      "--predictions", self.path(name), "--out", self.path("s.csv"))
            header, lines = self.predictions(name)
            self.assertEqual(header["max_tokens"], cut)
            self.assertEqual(len(lines), 2 * sum(len(rows) for _, rows in self.sets.values()))
            entries = {(set_, row["_id"]): row for set_, (_, rows) in self.sets.items() for row in rows}
            for line in lines:
                set_, row = line["dataset"], entries[line["dataset"], line["_id"]]
                for member in ("answers", "all_classes", "length"):
                    self.assertEqual(line[member], row[member])
                ids = self.json("tokenize", RESCUE, "-", stdin=self.prompt(set_, row))["ids"]
                whole = len(ids)
                if cut and whole > cut:
                    ids = ids[: cut // 2] + ids[-(cut // 2):]
                self.assertEqual((line["prompt_tokens"], line["cut_tokens"]), (len(ids), whole - len(ids)))
                if set_ == "samsum":
                    self.assertRegex(line["pred"], r"\A[^\n]+\n?\Z")
                    continue
                tokens = CONFIG["max_tokens"][set_.removesuffix("_e")]
                document = self.json("generate", RESCUE, "@" + self.write("i.json", json.dumps(ids)), "--tokens",
                                     tokens, "--stop", "--filter", line["filter"])
                self.assertEqual(line["pred"], document["continuation"].removesuffix("<|endoftext|>"))

    def test_one_line(self):
        """An answer of one line does not begin with the newline that the model would put first."""
        row, kept = self.sets["samsum"][1][0], self.path("p.jsonl")
        prompt = self.write("prompt.txt", self.prompt("samsum", row))
        self.assertEqual(self.good("generate", RESCUE, prompt, "--tokens", 1), "\n\n")
        self.good("longbench", RESCUE, self.data, "--config", self.config, "--datasets", "samsum", "--predictions", kept)
        newline = self.json("tokenize", RESCUE, "-", stdin="\n")["ids"][-1]
        logits = self.array("logits", RESCUE, prompt, "--last", 1)[0]
        logits[[newline, 0]] = -np.inf  # 0 is the end of the text
        ids = self.json("tokenize", RESCUE, prompt)["ids"] + [int(np.argmax(logits))]
        rest = self.json("generate", RESCUE, "@" + self.write("i.json", json.dumps(ids)), "--tokens", 11)
        first = self.json("tokenize", RESCUE, "@" + self.write("f.json", json.dumps(ids[-1:])))["pieces"][0]
        line = re.match(r"[^\n]*\n?", first + rest["continuation"])[0]
        self.assertEqual(self.predictions()[1][0]["pred"], line)
        self.assertTrue(line.strip())

    def test_end_of_text(self):
        """The token that ends a text ends the answer, and is not in it."""
        row = self.sets["trec"][1][0]
        prompt = self.write("prompt.txt", self.prompt("trec", row))
        document = self.json("generate", RESCUE, prompt, "--tokens", 5)
        last = next(n for n in range(1, 5) if document["ids"][n] not in document["ids"][:n])
        folder, kept = self.path("model"), self.path("p.jsonl")
        os.mkdir(folder)
        for name in ("model.safetensors", "tokenizer.json"):
            os.symlink(os.path.join(RESCUE, name), os.path.join(folder, name))
        with open(os.path.join(RESCUE, "config.json"), encoding="utf-8") as file:
            config = dict(json.load(file), eos_token_id=document["ids"][last])
        self.write("model/config.json", json.dumps(config))
        self.good("longbench", folder, self.data, "--config", self.config, "--datasets", "trec", "--predictions", kept)
        self.assertEqual(self.predictions()[1][0]["pred"], "".join(document["pieces"][:last]))

    def test_scores(self):
        """The table, the CSV and the JSON say what longbench_ref.py makes of the predictions."""
        arguments = [RESCUE, self.data, "--config", self.config, *self.filters]
        kept = self.path("p.jsonl")
        words = self.good("longbench", *arguments, "--predictions", kept, "--out", self.path("s.csv"))
        self.assertIn(f"10 new predictions in {kept}\n", words)
        with open(self.path("s.csv"), encoding="utf-8", newline="") as file:
            content = file.read()
        self.assertEqual(content.splitlines()[0], COLUMNS)
        self.assertEqual(self.good("longbench", *arguments), content)  # in memory alone
        self.assertEqual(self.good("longbench", "--predictions", kept), content)
        rows = list(csv.DictReader(content.splitlines()))
        sets = ["multifieldqa_zh", "trec", "samsum", "qasper_e", "average"]
        self.assertEqual([(r["dataset"], r["filter"]) for r in rows],
                         [(s, f) for s in sets for f in self.filters[1::2]])
        _, lines = self.predictions()
        for row in rows[:8]:
            mine = [100 * longbench_ref.score(x["dataset"].removesuffix("_e"), x["pred"], x["answers"], x["all_classes"])
                    for x in lines if (x["dataset"], x["filter"]) == (row["dataset"], row["filter"])]
            self.assertEqual(int(row["samples"]), len(mine))
            self.assertAlmostEqual(float(row["score"]), sum(mine) / len(mine), delta=1e-6)
            self.assertEqual(row["metric"], longbench_ref.DATASETS[row["dataset"].removesuffix("_e")])
            self.assertEqual(sum(int(row[f"samples_{b}"]) for b in ("0_4k", "4_8k", "8k")), len(mine))
        document = self.json("longbench", "--predictions", kept)
        for row, other in zip(rows, document["rows"]):
            self.assertEqual({k: v for k, v in row.items()},
                             {k: "nan" if v is None else f"{v:.9g}" if isinstance(v, float) else str(v)
                              for k, v in other.items()})
        # The sample's point: the key is found beyond the training length with the filter alone.
        off, on = (next(r for r in rows if (r["dataset"], r["filter"]) == ("qasper_e", f)) for f in self.filters[1::2])
        self.assertEqual((off["score_0_4k"], off["score_4_8k"]), ("100", "0"))
        self.assertEqual((on["score_0_4k"], on["score_4_8k"]), ("100", "100"))

    def test_choice(self):
        kept = self.path("p.jsonl")
        document = self.json("longbench", RESCUE, self.data, "--config", self.config, "--predictions", kept,
                             "--datasets", "qasper_e,trec", "--limit", 1)
        self.assertEqual(document["new_predictions"], 2)
        self.assertEqual([r["dataset"] for r in document["rows"]], ["trec", "qasper_e"])
        document = self.json("longbench", "--predictions", kept, "--datasets", "trec")
        self.assertEqual([r["dataset"] for r in document["rows"]], ["trec"])

    def test_shipped_config(self):
        """The config that is shipped asks every dataset, and a file may be given by itself."""
        row = entry(1, "Paragraph 1: the lamp.", ["Paragraph 1"], dataset="passage_retrieval_en_e", input="A lamp.")
        path = self.lines("mine.jsonl", [row])
        rows = self.json("longbench", RESCUE, path, "--config", SHIPPED)["rows"]
        self.assertEqual([(r["dataset"], r["metric"]) for r in rows], [("passage_retrieval_en_e", "retrieval")])
        with open(SHIPPED, encoding="utf-8") as file:
            shipped = json.load(file)
        for member in ("prompts", "max_tokens"):
            self.assertEqual(sorted(shipped[member]), sorted(longbench_ref.DATASETS))


class Resume(LongbenchTest):
    def test_resume(self):
        kept, whole = self.path("p.jsonl"), self.path("whole.jsonl")
        arguments = ["longbench", RESCUE, self.data, "--config", self.config]
        both = ["--filter", "off", "--filter", "longmamba"]
        self.assertEqual(self.json(*arguments, "--filter", "off", "--predictions", kept)["new_predictions"], 5)
        document = self.json(*arguments, *both, "--predictions", kept)
        self.assertEqual(document["new_predictions"], 5)
        self.json(*arguments, *both, "--predictions", whole)
        (header, lines), (header_, lines_) = self.predictions(), self.predictions("whole.jsonl")
        self.assertEqual(header, header_)
        key = lambda line: (line["dataset"], line["_id"], line["filter"])  # noqa: E731
        self.assertEqual(sorted(lines, key=key), sorted(lines_, key=key))
        self.assertEqual(self.json(*arguments, *both, "--predictions", kept)["new_predictions"], 0)

    def test_interrupted(self):
        """What is whole when the program is told to stop is there, and is not made again."""
        long = [entry(n, "the tide came in and went out again " * 300, ["x"], dataset="qasper") for n in range(200)]
        data, kept = self.lines("qasper.jsonl", long), self.path("p.jsonl")
        with subprocess.Popen([PROGRAM, "longbench", RESCUE, data, "--config", self.config, "--predictions", kept],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            end = time.monotonic() + 120
            while time.monotonic() < end and not (os.path.exists(kept) and os.path.getsize(kept) > 1000):
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            out, told = child.communicate(timeout=120)
        self.assertEqual((child.returncode, out, told), (130, "", "mambascope-cli: interrupted\n"))
        _, lines = self.predictions()
        self.assertTrue(0 < len(lines) < len(long))
        document = self.json("longbench", RESCUE, data, "--config", self.config, "--predictions", kept, "--limit",
                             len(lines) + 1)
        self.assertEqual(document["new_predictions"], 1)

    def test_refused(self):
        kept = self.path("p.jsonl")
        arguments = ["--config", self.config, "--predictions", kept, "--datasets", "trec"]
        self.good("longbench", RESCUE, self.data, *arguments)
        before = os.path.getsize(kept)
        place = f"{kept} line 1: $."
        self.bad(1, "longbench", OTHER, self.data, *arguments, names=[place + "model_hash"])
        self.bad(1, "longbench", RESCUE, self.data, *arguments, "--max-tokens", 50, names=[place + "max_tokens"])
        self.bad(1, "longbench", RESCUE, self.data, *arguments, "--train-length", 50, names=[place + "train_length"])
        self.bad(1, "longbench", RESCUE, self.data, *arguments, "--precision", "reference",
                 names=[place + "precision", "fp32"])
        other = dict(CONFIG, max_tokens=dict(CONFIG["max_tokens"], trec=6))
        arguments[1] = self.write("other.json", json.dumps(other))
        self.bad(1, "longbench", RESCUE, self.data, *arguments, names=[place + "config_hash"])
        self.assertEqual(os.path.getsize(kept), before)


class Hostile(LongbenchTest):
    def refuse(self, data, *names, config=None):
        self.bad(1, "longbench", RESCUE, data, "--config", config or self.config, names=names)

    def test_data(self):
        good = json.dumps(entry(1, "c", ["a"], dataset="qasper"))
        path = self.write("qasper.jsonl", good + "\n\n" + good[:-5] + "\n")
        self.refuse(path, "qasper.jsonl line 3: invalid JSON")
        self.write("qasper.jsonl", good + "\n" + good + "\n")
        self.refuse(path, "qasper.jsonl line 2: $._id", "twice")
        self.write("qasper.jsonl", good.replace("qasper", "trec"))
        self.refuse(path, "qasper.jsonl line 1: $.dataset", "qasper", "trec")
        self.write("qasper.jsonl", b"\xff\xfe")
        self.refuse(path, "qasper.jsonl line 1:")
        self.write("qasper.jsonl", "\n")
        self.refuse(path, "qasper.jsonl: holds no entry")
        self.refuse(self.path("nothing"), self.path("nothing"))
        os.mkdir(self.path("empty"))
        self.refuse(self.path("empty"), self.path("empty"), "hotpotqa.jsonl")
        empty = self.lines("lcc.jsonl", [entry(1, "", ["a"], dataset="lcc")])
        config = self.write("e.json", '{"prompts": {"lcc": "{context}{input}"}, "max_tokens": {"lcc": 1}}')
        self.refuse(empty, 'lcc\'s "id 1": the prompt is empty', config=config)

    def test_config(self):
        trec = self.sets["trec"][0]
        self.refuse(trec, "none.json", config=self.path("none.json"))
        config = self.write("c.json", '{"prompts": {"trec": "{contxt}"}, "max_tokens": {"trec": 1}}')
        self.refuse(trec, "c.json: $.prompts.trec: byte 0", "{contxt}", config=config)
        config = self.write("c.json", '{"prompts": {}, "max_tokens": {}}')
        self.refuse(trec, "c.json: $.prompts: trec is missing", config=config)

    def test_model(self):
        """Without a tokenizer there is no prompt."""
        self.bad(1, "longbench", self.model("mamba2"), self.data, "--config", self.config, names=["tokenizer.json"])

    def test_predictions(self):
        path = self.write("p.jsonl", '{"pred": "x", "answers": ["x"], "dataset": "lcc"}\n{"pred": "x"}\n')
        self.bad(1, "longbench", "--predictions", path, names=["p.jsonl line 2: $.dataset is missing"])
        path = self.write("lcc.jsonl", '{"pred": 1, "answers": ["x"]}\n')
        self.bad(1, "longbench", "--predictions", path, names=["lcc.jsonl line 1: $.pred: expected a string"])
        self.bad(1, "longbench", "--predictions", self.write("none.jsonl", ""), names=["none.jsonl", "no prediction"])
        self.bad(1, "longbench", "--predictions", self.path("x.jsonl"), names=["x.jsonl"])

    def test_surprising_names(self):
        """A filter's table may lie anywhere; what is written is JSON all the same."""
        table = os.path.join(RESCUE, "longmamba.json")
        strange = os.fsencode(self.path("t")) + b"\xe9\n.json"
        os.symlink(os.fsencode(table), strange)
        kept = self.path("p.jsonl")
        for expected in (1, 0):
            done = subprocess.run([PROGRAM, "longbench", RESCUE, self.sets["trec"][0], "--config", self.config,
                                   "--predictions", kept, "--filter", b"longmamba:table=" + strange, "--json"],
                                  capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertEqual(json.loads(done.stdout)["new_predictions"], expected)
        self.assertTrue(re.search("\ufffd\n", self.predictions()[1][0]["filter"]))


if __name__ == "__main__":
    main()
