"""What the tests of the command line share: running the program, small models, .npy files.

Arguments of every test: the path of mambascope-cli and the samples' folder. Each test runs the real
program from outside and looks at its exit status, its two streams and its files.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
import mamba_ref  # noqa: E402  (the float64 reference)
import tiny_models  # noqa: E402  (random checkpoints)

PROGRAM, SAMPLES = os.path.abspath(sys.argv[1]), sys.argv[2]

# Every family but Zamba2, groups above 1, odd sizes, every stored type.
SHAPES = {
    "mamba": (tiny_models.CASES["mamba"], "F32"),
    "mamba-odd": (tiny_models.CASES["mamba-odd"], "F16"),
    "mamba-biases": (tiny_models.CASES["mamba-biases-untied"], "BF16"),
    "falcon": (tiny_models.CASES["falcon-biases-untied"], "F32"),
    "mamba2": (tiny_models.CASES["mamba2"], "BF16"),
    "mamba2-groups": (tiny_models.CASES["mamba2-groups-limits"], "F32"),
    "mamba2-odd": (tiny_models.CASES["mamba2-odd"], "F16"),
}


def sample(name):
    return os.path.join(SAMPLES, "models", name)


def text(name):
    return os.path.join(SAMPLES, "texts", name)


def sanitized():
    """Whether the program was built with the address sanitizer: it holds the name of its start."""
    with open(PROGRAM, "rb") as file:
        return b"__asan_init" in file.read()


def read_npy(path):
    """The array, after its header has been held to version 1.0, little-endian, C order."""
    with open(path, "rb") as file:
        raw = file.read()
    assert raw[:8] == b"\x93NUMPY\x01\x00", raw[:8]
    (length,) = struct.unpack("<H", raw[8:10])
    header = raw[10 : 10 + length].decode("ascii")
    assert header.endswith("\n") and (10 + length) % 64 == 0, header
    fields = eval(header, {"__builtins__": {}})  # the format is a Python literal
    assert sorted(fields) == ["descr", "fortran_order", "shape"], fields
    assert fields["fortran_order"] is False and fields["descr"] in ("<f4", "<f8"), fields
    array = np.load(path)
    assert array.shape == fields["shape"]
    assert len(raw) == 10 + length + array.nbytes, "bytes after the array"
    return array


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mambascope-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def model(self, name, seed=1):
        """The folder of a random checkpoint."""
        config, dtype = SHAPES[name]
        return tiny_models.write(self.path(f"{name}-{seed}"), config, seed, dtype)

    def ids(self, count, seed=1):
        """@FILE with COUNT random ids of the tiny vocabulary."""
        ids = tiny_models.ids(seed, count)
        return "@" + self.write(f"ids-{count}-{seed}.json", json.dumps(ids))

    def call(self, *arguments, stdin=None, **options):
        """What subprocess.run gives, with text streams."""
        return subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True,
                              text=True, timeout=300, **options)

    def good(self, *arguments, stdin=None):
        """Standard output of a call that must succeed in silence."""
        done = self.call(*arguments, stdin=stdin)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def json(self, *arguments, stdin=None):
        """The one JSON document of --json."""
        def refuse(constant):
            raise ValueError(f"{constant} is not JSON")
        return json.loads(self.good(*arguments, "--json", stdin=stdin), parse_constant=refuse)

    def bad(self, status, *arguments, names=(), stdin=None):
        """One line on stderr that holds NAMES, nothing on stdout, and the exit status."""
        done = self.call(*arguments, stdin=stdin)
        what = (arguments, done.stderr)
        self.assertEqual(done.returncode, status, what)
        self.assertEqual(done.stdout, "", what)
        self.assertRegex(done.stderr, r"\Amambascope-cli: [^\n]+\n\Z", what)
        for name in names:
            self.assertIn(str(name), done.stderr, what)
        return done.stderr

    def array(self, *arguments, name="out.npy"):
        """The array that a call with --out writes; nothing else may be left beside it."""
        before = set(os.listdir(self.folder))
        self.good(*arguments, "--out", self.path(name))
        self.assertEqual(set(os.listdir(self.folder)) - before - {name}, set())
        return read_npy(self.path(name))


def main():
    del sys.argv[1:3]
    unittest.main(verbosity=2)
