"""What the reference tests share: running mambascope-cli, comparing, and a table of errors at the end.

Arguments of every test: the path of mambascope-cli, the samples' folder, then the test's own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np


class Cli:
    def __init__(self, program):
        self.program = program
        self.folder = tempfile.TemporaryDirectory(prefix="mambascope-reference-")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def text(self, ids):
        """IDS as a TEXT argument."""
        path = self.path(f"ids-{len(ids)}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump([int(token) for token in ids], file)
        return "@" + path

    def run(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"mambascope-cli {' '.join(map(str, arguments))}\nexited {done.returncode}: "
                     f"{done.stderr.strip()}")
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def array(self, *arguments, precision="fp32"):
        """The .npy that a subcommand with --out writes."""
        path = self.path("out.npy")
        self.run(*arguments, "--out", path, "--precision", precision)
        return load(path, precision)

    def trace(self, model, text, layer, precision="fp32", filter="off"):
        """{name: array} of `trace`."""
        folder = self.path("trace")
        self.run("trace", model, text, "--layer", layer, "--out", folder, "--precision", precision,
                 "--filter", filter)
        return {name: load(os.path.join(folder, name + ".npy"), precision)
                for name in ("delta", "a", "b", "c", "u", "z", "y", "d")}


def load(path, precision):
    array = np.load(path)
    expected = np.float64 if precision == "reference" else np.float32
    if array.dtype != expected:
        sys.exit(f"{path}: expected {expected.__name__}, found {array.dtype}")
    return array


def tokenize(cli, model, text):
    return cli.json("tokenize", model, text)["ids"]


class Report:
    """Rows of (what, error, bound); worse than its bound, or not a number, fails at the end."""

    def __init__(self):
        self.rows, self.begin = [], time.monotonic()

    def check(self, what, error, bound):
        self.rows.append((what, float(error), bound))
        bad = "" if error <= bound else "   <-- FAILED"
        print(f"{what:<66} {error:9.2e}  bound {bound:.0e}{bad}", flush=True)

    def compare(self, what, got, expected, bound, relative=None):
        """Largest |got - expected|, divided by RELATIVE if given."""
        if np.shape(got) != np.shape(expected):
            print(f"{what}: shape {np.shape(got)}, expected {np.shape(expected)}")
            return self.check(what, np.inf, bound)
        error = np.max(np.abs(np.asarray(got, dtype=np.float64) - expected), initial=0.0)
        self.check(what, error / relative if relative else error, bound)

    def equal(self, what, got, expected):
        """As they are, to the bit."""
        self.check(what, 0.0 if np.array_equal(got, expected) else np.inf, 0.0)

    def close(self):
        failed = sum(not error <= bound for _, error, bound in self.rows)
        print(f"{len(self.rows)} comparisons, {failed} failed, "
              f"{time.monotonic() - self.begin:.0f} s")
        sys.exit(1 if failed or not self.rows else 0)
