"""The form of the command line: help, version, usage errors, options anywhere, streams, JSON."""

import json
import os
import subprocess

from support import PROGRAM, CliTest, main, sample, text

COMMANDS = ["devices", "info", "tokenize", "logits", "trace", "attention", "decay", "channels",
            "calibrate", "sensitivity", "filters", "generate", "perplexity", "recall", "rescue",
            "longbench", "figure", "bench"]
RESCUE = sample("rescue-mamba2-5m")
LETTER = text("the-letter.txt")


class Help(CliTest):
    def test_global(self):
        for option in ("--help", "-h"):
            out = self.good(option)
            self.assertIn("Usage: mambascope-cli", out)
            for command in COMMANDS:
                self.assertRegex(out, rf"(?m)^  {command} ")

    def test_each(self):
        for command in COMMANDS:
            out = self.good(command, "--help")
            self.assertIn(f"Usage: mambascope-cli {command}", out)
            self.assertIn("Example:", out)
            for option in ("--backend", "--precision", "--threads", "--filter", "--json"):
                self.assertIn(option, out)
            self.assertLessEqual(max(map(len, out.splitlines())), 112, command)

    def test_version(self):
        self.assertRegex(self.good("--version"), r"\Amambascope-cli \d+\.\d+\.\d+\n\Z")

    def test_no_display_is_needed(self):
        environment = {"PATH": os.environ.get("PATH", "")}
        done = self.call("devices", env=environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Usage(CliTest):
    def test_errors(self):
        out = self.path("o.npy")
        cases = [
            ([], ["subcommand"]),
            (["nonsense"], ["nonsense"]),
            (["bench", "a"], ["TEXT"]),
            (["--nonsense"], ["--nonsense"]),
            (["info"], ["MODEL"]),
            (["info", "a", "b"], ["b"]),
            (["info", "a", "--nonsense"], ["--nonsense"]),
            (["tokenize", "a"], ["TEXT"]),
            (["logits", "a", "b"], ["--out"]),
            (["logits", "a", "b", "--out"], ["--out"]),
            (["logits", "a", "b", "--out", out, "--last", "x"], ["--last", "x"]),
            (["logits", "a", "b", "--out", out, "--last", "0"], ["--last"]),
            (["logits", "a", "b", "--out", out, "--last", "-3"], ["--last", "-3"]),
            (["logits", "a", "b", "--out", out, "--last", "1e3"], ["--last", "1e3"]),
            (["logits", "a", "b", "--out", out, "--last", "99999999999999999999"], ["--last"]),
            (["logits", "a", "b", "--out", out, "--precision", "fp8"], ["fp8"]),
            (["logits", "a", "b", "--out", out, "--backend", "tpu"], ["tpu"]),
            (["logits", "a", "b", "--out", out, "--threads", "two"], ["two"]),
            (["logits", "a", "b", "--out", out, "--device", "-1"], ["--device"]),
            (["logits", "a", "b", "--out", out, "--train-length", "0"], ["--train-length"]),
            (["logits", "a", "b", "--out", out, "--filter", "nonsense"], ["nonsense"]),
            (["logits", "a", "b", "--out", out, "--filter", "longmamba:theta=2"], ["theta"]),
            (["logits", "a", "b", "--out", out, "--filter", "longmamba:colour=2"], ["colour"]),
            (["logits", "a", "b", "--out", out, "--filter", "off", "--filter", "off"],
             ["--filter"]),
            (["trace", "a", "b", "--out", out], ["--layer"]),
            (["trace", "a", "b", "--layer", "1"], ["--out"]),
            (["trace", "a", "b", "--layer", "-1", "--out", out], ["--layer", "-1"]),
            (["decay", "a", "b"], ["--out"]),
            (["channels", "a", "b", "--layer", "x"], ["--layer"]),
            (["calibrate", "a", "b"], ["--out"]),
            (["calibrate", "a", "b", "--out", out, "--top", "1.5"], ["--top", "1.5"]),
            (["calibrate", "a", "b", "--out", out, "--theta", "nan"], ["--theta", "nan"]),
            (["calibrate", "a", "b", "--out", out, "--lengths", "1,,2"], ["--lengths"]),
            (["calibrate", "a", "b", "--out", out, "--filter", "longmamba"], ["--filter"]),
            (["calibrate", "a", "--out", out], ["text", "--import"]),
            (["calibrate", "a", "b", "--out", out, "--import", "c"], ["--import"]),
            (["calibrate", "a", "--out", out, "--import", "c", "--windows", "3"], ["--windows"]),
            (["sensitivity", "a", "b", "--thetas", "1e-5,,2"], ["--thetas"]),
            (["sensitivity", "a", "b", "--tops", "0,1.5"], ["--tops", "1.5"]),
            (["sensitivity", "a", "b", "--tops", ""], ["--tops"]),
            (["sensitivity", "a", "b", "--filter", "longmamba"], ["--filter"]),
            (["logits", "a", "b", "--out", out, "--filter", "upi:share=2"], ["share", "0 to 1"]),
            (["generate", "a", "b", "--tokens", "0"], ["--tokens"]),
            (["perplexity", "a", "b"], ["--lengths"]),
            (["perplexity", "a", "b", "--lengths", ""], ["--lengths"]),
            (["perplexity", "a", "b", "--lengths", "10,x"], ["--lengths", "x"]),
            (["perplexity", "a", "b", "--lengths", "1"], ["--lengths", "1"]),
            (["perplexity", "a", "b", "--lengths", "10", "--score", "0"], ["--score"]),
            (["longbench"], ["MODEL"]),
            (["longbench", "a"], ["DATA"]),
            (["longbench", "a", "b"], ["--config"]),
            (["longbench", "a", "b", "--config", "c", "--max-tokens", "1"], ["--max-tokens"]),
            (["longbench", "a", "b", "--config", "c", "--limit", "0"], ["--limit"]),
            (["longbench", "a", "b", "--config", "c", "--datasets", "nq"], ["--datasets", "nq"]),
            (["longbench", "a", "b", "--config", "c", "--datasets", ""], ["--datasets"]),
            (["longbench", "a", "b", "--config", "c", "--filter", "off", "--filter", "off"], ["--filter", "off"]),
            (["longbench", "--predictions", "p", "--limit", "3"], ["--limit", "MODEL"]),
            (["recall", "a", "b", "--lengths", "256"], ["--task"]),
            (["recall", "a", "b", "--task", "passkey"], ["--lengths"]),
            (["recall", "a", "b", "--task", "puzzle", "--lengths", "256"], ["puzzle", "passkey"]),
            (["recall", "a", "b", "--task", "passkey", "--lengths", "256", "--seed", "-1"],
             ["--seed"]),
            (["rescue", "a"], ["MODEL TEXT"]),
            (["rescue", "a", "b", "c"], ["c"]),
            (["rescue", "a", "b", "--lengths", "256,1"], ["--lengths", "1"]),
            (["rescue", "a", "b", "--task", "puzzle"], ["--task", "puzzle"]),
            (["rescue", "a", "b", "--trials", "0"], ["--trials"]),
            (["figure", "--preset", "maps", "a", "b"], ["--out"]),
            (["figure", "--preset", "pie", "a", "b", "--out", "x.png"], ["pie", "maps", "decay"]),
            (["figure", "--preset", "maps", "a", "b", "--out", "x.bmp"], ["x.bmp", ".svg"]),
            (["figure", "--preset", "maps", "a", "--out", "x.png"], ["MODEL TEXT"]),
            (["figure", "a", "b", "--out", "x.png"], ["--preset"]),
            (["figure", "--preset", "maps", "a", "b", "--out", "x.png", "--palette", "jet"],
             ["jet", "viridis"]),
            (["figure", "--preset", "maps", "a", "b", "--out", "x.png", "--dpi", "0"], ["--dpi"]),
        ]
        for arguments, names in cases:
            with self.subTest(arguments=arguments):
                self.bad(2, *arguments, names=names)
        self.assertEqual(os.listdir(self.folder), [])

    def test_attention(self):
        base = ["attention", "a", "b", "--layer", "0", "--channel", "0", "--out", self.path("o.npy")]
        cases = [
            (base[:3] + base[5:], ["--layer"]),
            (base[:5] + base[7:], ["--channel"]),
            (base[:7], ["--out"]),
            (base + ["--bins", "4", "--rows", "0:2"], ["--bins", "--rows"]),
            (base + ["--bins", "4", "--cols", "0:2"], ["--bins", "--cols"]),
            (base + ["--bins", "0"], ["--bins"]),
            (base + ["--reduce", "mean"], ["--reduce", "--bins"]),
            (base + ["--bins", "4", "--reduce", "median"], ["median", "absmax"]),
            (base + ["--matrix", "s7"], ["s7", "full"]),
            (base + ["--lane", "0"], ["--lane", "full"]),
            (base + ["--without-delta", "--matrix", "skip"], ["--without-delta"]),
        ]
        for arguments, names in cases:
            with self.subTest(arguments=arguments):
                self.bad(2, *arguments, names=names)

    def test_ranges(self):
        base = ["attention", RESCUE, LETTER, "--layer", 0, "--channel", 0, "--out", self.path("o.npy")]
        for rows, status in (("5", 2), ("a:b", 2), ("1:2:3", 2), ("7:7", 2), ("8:7", 2), ("-1:7", 2),
                             ("0:9999", 1), ("9999:", 1)):
            self.bad(status, *base, "--rows", rows, names=["--rows", rows])
        self.assertEqual(os.listdir(self.folder), [])


class Form(CliTest):
    def test_options_anywhere(self):
        expected = self.json("tokenize", RESCUE, LETTER)["ids"]
        orders = [
            ["--json", "tokenize", RESCUE, LETTER],
            ["tokenize", "--json", RESCUE, LETTER],
            ["tokenize", RESCUE, "--json", LETTER],
            ["--backend", "cpu", "tokenize", RESCUE, "--threads=1", LETTER, "--json"],
            ["--backend=cpu", "--precision", "fp32", "tokenize", "--json", RESCUE, LETTER],
        ]
        for order in orders:
            self.assertEqual(json.loads(self.good(*order))["ids"], expected, order)

    def test_threads_change_nothing(self):
        arrays = [self.array("logits", RESCUE, LETTER, "--threads", n, name=f"{n}.npy")
                  for n in (1, 2)]
        # Threads split rows and columns; a sum is never split another way by more than rounding.
        self.assertLess(abs(arrays[0] - arrays[1]).max(), 1e-4)

    def test_json_documents(self):
        out = self.path("o")
        tide = text("the-tide-books.txt")
        calls = {
            "devices": [],
            "info": [RESCUE],
            "tokenize": [RESCUE, LETTER],
            "logits": [RESCUE, LETTER, "--out", out + ".npy"],
            "trace": [RESCUE, LETTER, "--layer", 1, "--out", out],
            "attention": [RESCUE, LETTER, "--layer", 1, "--channel", 2, "--out", out + ".npy",
                          "--prove"],
            "decay": [RESCUE, LETTER, "--out", out + ".npy"],
            "channels": [RESCUE, LETTER],
            "calibrate": [RESCUE, tide, "--out", out + ".json", "--windows", 2],
            "sensitivity": [RESCUE, tide, "--tops", "0,0.1", "--thetas", "1e-5"],
            "filters": [],
            "generate": [RESCUE, LETTER, "--tokens", 3],
            "perplexity": [RESCUE, LETTER, "--lengths", 50, "--score", 1, "--windows", 1],
            "recall": [RESCUE, tide, "--task", "passkey", "--lengths", 128, "--trials", 1],
            "rescue": [RESCUE, tide, "--lengths", 128, "--windows", 1, "--task", "passkey", "--trials", 1],
            "longbench": ["--predictions", self.write("qasper.jsonl", '{"pred": "", "answers": ["a"]}\n')],
            "figure": ["--preset", "decay", RESCUE, LETTER, "--out", out + ".svg"],
            "bench": ["--shape", "sample", "--tokens", 16, "--what", "copy", "--repeats", 1],
        }
        self.assertEqual(sorted(calls), sorted(COMMANDS))
        for command, arguments in calls.items():
            with self.subTest(command=command):
                document = self.json(command, *arguments)
                self.assertEqual(document["command"], command)
                if "--out" in arguments:
                    self.assertEqual(document["out"], arguments[arguments.index("--out") + 1])
                # The same in words.
                self.assertNotEqual(self.good(command, *arguments), "")

    def test_precision_of_the_processor(self):
        for asked, used in (("tf32", "fp32"), ("bf16", "fp32"), ("reference", "reference")):
            document = self.json("generate", RESCUE, LETTER, "--tokens", 1, "--backend", "cpu",
                                 "--precision", asked)
            self.assertEqual(document["precision"], used)
        self.assertIn("run as fp32", self.good("devices"))

    def test_full_output(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "tokenize", RESCUE, LETTER], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\Amambascope-cli: [^\n]+\n\Z")


if __name__ == "__main__":
    main()
