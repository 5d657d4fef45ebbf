"""Memory: what `info` foretells against what the system measures, `--memory` kept, ids of a cache."""

import json
import os
import shutil
import subprocess
import sys
import unittest
import unittest.mock

import numpy as np

from support import PROGRAM, CliTest, main, read_npy, sample, sanitized

MODEL = sample("novel-mamba-6m")


def peak_of(arguments):
    """The most memory that the program had, in bytes, as the system counts it."""
    code = ("import resource, subprocess, sys\n"
            "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)\n"
            "sys.exit(done.returncode)")
    done = subprocess.run([sys.executable, "-c", code, PROGRAM, *map(str, arguments)],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


class Memory(CliTest):
    def cpu(self, length):
        memory = self.json("info", MODEL, "--length", length)
        self.assertEqual(memory["memory_length"], length)
        return next(device for device in memory["memory"] if device["backend"] == "cpu")

    def long_ids(self, count):
        tokens = np.random.RandomState(1).randint(0, 4096, count).tolist()
        return "@" + self.write(f"long-{count}.json", json.dumps(tokens))

    def trace(self, count, *options):
        return ["trace", MODEL, self.long_ids(count), "--layer", 1, "--out", self.path("trace"),
                "--backend", "cpu", *options]

    @unittest.skipIf(sanitized(), "the address sanitizer keeps freed memory and adds its own")
    def test_estimate_is_what_is_measured(self):
        # The growth from one length to another: the program itself, its libraries and the mapped
        # file are the same in both. A tenth, and 4 MiB, for the heap's own habits.
        short, long = 2000, 16000
        foretold = self.cpu(long)["peak"] - self.cpu(short)["peak"]
        measured = peak_of(self.trace(long)) - peak_of(self.trace(short))
        self.assertGreater(foretold, 50 << 20)
        self.assertLess(abs(measured - foretold), foretold / 10 + (4 << 20))

    def test_limit(self):
        count = 4000
        need = self.cpu(count)
        least = need["weights"] + need["trace"] + need["layer"]
        refused = self.bad(1, *self.trace(count, "--memory", least))
        self.assertRegex(refused, "4000 tokens need [0-9.]+ MB of memory, but only [0-9.]+ MB are "
                                  "allowed: weights and what is kept ")
        self.assertFalse(os.path.exists(self.path("trace")))
        self.good(*self.trace(count))
        free = {name: read_npy(self.path("trace", name + ".npy")) for name in ("delta", "y")}
        self.good(*self.trace(count, "--memory", least + (2 << 20)))
        for name, expected in free.items():
            got = read_npy(self.path("trace", name + ".npy"))
            # Other chunks: sums in float32 in another order, through one layer.
            self.assertLess(np.abs(got - expected).max(), 1e-4 * np.abs(expected).max())

    def test_weights_above_the_limit(self):
        said = self.bad(1, "logits", MODEL, self.long_ids(3), "--out", self.path("x.npy"),
                        "--memory", "1MiB")
        self.assertRegex(said, "the weights need [0-9.]+ MB of memory, but only 1.0 MB are allowed")

    def test_figures_keep_it_too(self):
        # The model that a recipe names is opened elsewhere than the one of the command line.
        recipe = {"mambascope": 1, "model": MODEL, "text": self.long_ids(300),
                  "panels": [{"kind": "decay", "layer": 0}]}
        path = self.write("recipe.json", json.dumps(recipe))
        self.good("figure", path, "--out", self.path("f.svg"), "--memory", "1GiB")
        self.bad(1, "figure", path, "--out", self.path("g.svg"), "--memory", "1MiB",
                 names=["the weights need"])

    def test_sizes(self):
        for size in ("2 GiB", "GiB", "-1", "0", "1e30", "2gib", "nan", "0x10", ""):
            self.bad(2, "info", MODEL, "--memory", size, names=["expected a size such as 2GiB"])
        for size in ("2GiB", "1.5GB", "100000", "64MiB"):
            self.good("info", MODEL, "--memory", size)

    def test_id_of_the_cache(self):
        cache = self.path("cache")
        snapshot = os.path.join(cache, "models--someone--tiny", "snapshots", "abc")
        shutil.copytree(self.model("mamba"), snapshot)
        with unittest.mock.patch.dict(os.environ, {"HF_HUB_CACHE": cache}):
            done = self.json("info", "someone/tiny")
            self.assertEqual((done["name"], done["model"]), ("tiny", snapshot))
            said = self.bad(1, "info", "someone/huge", names=[f"looked in {cache}, "])
        self.assertTrue(said.endswith("to fetch it: hf download someone/huge\n"), said)


if __name__ == "__main__":
    main()
