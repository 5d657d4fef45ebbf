#!/usr/bin/python3
"""Times the prompt throughput of mamba.c (github.com/kroggen/mamba.c), built by whoever runs this.

    peer_mamba_c.py PROGRAM [--shape mamba-130m] [--tokens 128] [--repeats 3]

PROGRAM is its executable `mamba`. It gets a model file of random weights of the shape and a
vocabulary in which each letter of the prompt is one token, and reports tokens a second itself, from
the second token on. Prints one JSON document of rows like those of `mambascope-cli bench`. Needs
NumPy, and four bytes a weight in a temporary folder.
"""

import argparse
import json
import os
import re
import resource
import statistics
import struct
import subprocess
import tempfile

import numpy as np
from shapes import SHAPES

LETTERS = "abcdefgh"  # in turn; no two of them join to a token


def write_random(file, random, count, low, high):
    """COUNT float32, a block at a time, the block repeated."""
    block = random.uniform(low, high, min(count, 1 << 20)).astype("<f4")
    for begin in range(0, count, len(block)):
        block[: count - begin].tofile(file)


def write_model(path, shape):
    """Its own format: 256 bytes of header, then every kind of tensor for all layers in turn."""
    s, n = shape, shape.n_layer
    random = np.random.default_rng(1)
    rows = -(-s.vocab_size // 8) * 8
    steps = np.exp(random.uniform(np.log(1e-3), np.log(0.1), n * s.d_inner))
    with open(path, "wb") as file:
        header = struct.pack("<Ii8i", 0x4D616D62, 1, n, s.vocab_size, s.d_model, s.d_inner,
                             s.dt_rank, s.d_state, 4, 1)
        file.write(header.ljust(256, b"\0"))
        for count, columns in ((rows * s.d_model, s.d_model),
                               (n * 2 * s.d_inner * s.d_model, s.d_model),
                               (n * s.d_inner * 4, 4), (n * s.d_inner, 100),
                               (n * (s.dt_rank + 2 * s.d_state) * s.d_inner, s.d_inner),
                               (n * s.d_inner * s.dt_rank, s.dt_rank)):
            write_random(file, random, count, -columns**-0.5, columns**-0.5)
        np.log(np.expm1(steps)).astype("<f4").tofile(file)
        np.tile(-np.arange(1, s.d_state + 1, dtype="<f4"), n * s.d_inner).tofile(file)
        np.ones(n * s.d_inner, "<f4").tofile(file)
        write_random(file, random, n * s.d_model * s.d_inner, -0.2 * s.d_inner**-0.5,
                     0.2 * s.d_inner**-0.5)
        np.ones((n + 1) * s.d_model, "<f4").tofile(file)


def write_vocabulary(path, shape):
    names = [letter.encode() for letter in LETTERS]
    tokens = [b"#0"] + names + [b"#%d" % i for i in range(len(names) + 1, shape.vocab_size)]
    with open(path, "wb") as file:
        file.write(struct.pack("<IIII", 0x4D62546B, 1, len(tokens), max(map(len, tokens))))
        for token in tokens:
            file.write(struct.pack("<I", len(token)) + token)


def tokens_per_second(program, model, vocabulary, tokens):
    prompt = (LETTERS * (tokens // len(LETTERS) + 1))[: tokens + 1]
    done = subprocess.run([program, model, "-z", vocabulary, "-t", "0.0", "-n", str(tokens),
                           "-i", prompt], capture_output=True, check=True)
    found = re.search(rb"achieved tok/s: ([0-9.]+)", done.stderr)
    if found is None:
        raise SystemExit(f"{program}: expected 'achieved tok/s', found {done.stderr[-200:]!r}")
    return float(found.group(1))


def processor_ms(program, model, vocabulary, tokens):
    """Milliseconds of all processors for one token: the difference of a long run and a short one."""
    def run(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        tokens_per_second(program, model, vocabulary, count)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return (run(tokens + 4) - run(4)) / tokens * 1e3


def measure(program, shape, tokens, repeats):
    with tempfile.TemporaryDirectory(prefix="mambascope-bench-") as folder:
        model, vocabulary = os.path.join(folder, "model.bin"), os.path.join(folder, "tokenizer.bin")
        write_model(model, shape)
        write_vocabulary(vocabulary, shape)
        # The first run also brings the file to memory.
        runs = [tokens_per_second(program, model, vocabulary, tokens) for _ in range(repeats + 1)]
        cpu = min(processor_ms(program, model, vocabulary, tokens) for _ in range(repeats))
    speed = sorted(runs[1:])
    return {"shape": shape.name, "what": "forward", "case": f"mamba.c, {os.path.basename(program)}",
            "tokens": tokens, "ms": tokens / statistics.median(speed) * 1e3,
            "min_ms": tokens / speed[-1] * 1e3, "cpu_ms": cpu * tokens,
            "tokens_per_s": statistics.median(speed),
            "repeats": repeats, "note": ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--shape", default="mamba-130m",
                        choices=[name for name, shape in SHAPES.items() if not shape.mamba2])
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    row = measure(os.path.abspath(options.program), SHAPES[options.shape], options.tokens,
                  options.repeats)
    print(json.dumps({"peer": "mamba.c", "precision": "fp32", "rows": [row]}))


if __name__ == "__main__":
    main()
