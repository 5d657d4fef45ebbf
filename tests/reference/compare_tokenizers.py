#!/usr/bin/env python3
"""Compares our tokenizer with Hugging Face's tokenizers on random Unicode strings, live: ids, spans and
the text that the ids decode to, for every kind of tokenizer_kinds.py, the samples' files and whatever
tokenizer.json is named. Needs the Python package `tokenizers`.

    compare_tokenizers.py BUILD SAMPLES/models [--strings N] [--seed S] [--only TEXT] [TOKENIZER.json…]

prints for each tokenizer how many strings showed no difference, and the first one that did.
"""

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import tokenizers

import tokenizer_kinds

BATCH = 500


class Ours:
    def __init__(self, program, path):
        self.process = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def numbers(self, count):
        return struct.unpack(f"={count}I", self.process.stdout.read(4 * count))

    def encode(self, text):
        data = text.encode()
        self.process.stdin.write(struct.pack("=I", len(data)) + data)
        self.process.stdin.flush()
        (count,) = self.numbers(1)
        ids, begins, ends = (self.numbers(count) for _ in range(3))
        (length,) = self.numbers(1)
        return ids, list(zip(begins, ends)), self.process.stdout.read(length)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def characters(text, spans):
    """Spans of bytes as spans of characters, those that are cut included; None for an empty one."""
    places, index = [], 0
    for index, character in enumerate(text):
        places += [index] * len(character.encode())
    return [(places[begin], places[end - 1] + 1) if begin < end else None for begin, end in spans]


def difference(text, ours, theirs, decoded, with_spans):
    ids, spans, back = ours
    if list(ids) != theirs.ids:
        return f"ids {list(ids)}, expected {theirs.ids}"
    for i, (ours_at, theirs_at) in enumerate(zip(characters(text, spans), theirs.offsets)):
        if with_spans and ours_at is not None and ours_at != theirs_at:
            return f"token {i} at {ours_at}, expected {theirs_at}"
    if decoded is not None and back.decode(errors="replace") != decoded:
        return f"decodes to {back!r}, expected {decoded!r}"
    return None


def compare(name, root, program, source, strings, with_spans):
    text = json.dumps(root)
    # Their trimming moves spans off blanks; without a decoder they put blanks between tokens.
    untrimmed = json.dumps(root.get("post_processor")).replace('"trim_offsets": true', '"trim_offsets": false')
    reader = tokenizers.Tokenizer.from_str(json.dumps({**root, "post_processor": json.loads(untrimmed)}))
    decodes = root.get("decoder") is not None and name not in tokenizer_kinds.WITHOUT_TEXT
    failed, seen, first = 0, 0, None
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        ours = Ours(program, file.name)
        for start in range(0, strings, BATCH):
            texts = [tokenizer_kinds.random_text(source, 40 if i % 20 == 0 else 8)
                     for i in range(min(BATCH, strings - start))]
            theirs = reader.encode_batch(texts)
            for one, expected in zip(texts, theirs):
                seen += len(one)
                decoded = reader.decode(expected.ids, skip_special_tokens=False) if decodes else None
                wrong = difference(one, ours.encode(one), expected, decoded, with_spans)
                failed += wrong is not None
                first = first or (wrong and (one, wrong))
        if ours.close() != 0:
            sys.exit(f"{name}: the program failed")
    print(f"{strings - failed} of {strings} strings ({seen} characters) without difference: {name}"
          f"{'' if with_spans else ' (ids only)'}", flush=True)
    if first:
        print(f"  first: {first[0]!r}: {first[1]}")
    return failed


def collect(samples, paths):
    """(name, tokenizer.json, with spans) of everything to compare."""
    with open(os.path.join(samples, "novel-mamba-6m", "tokenizer.json"), encoding="utf-8") as file:
        bases = {"novel": json.load(file), "llama": tokenizer_kinds.llama_base(samples)}
    for name, what in tokenizer_kinds.KINDS:
        yield name, tokenizer_kinds.build(bases, what), name not in tokenizer_kinds.WITHOUT_SPANS
    names = [os.path.join(samples, name, "tokenizer.json") for name in sorted(os.listdir(samples))]
    for path in names + paths:
        if not os.path.exists(path):
            print(f"skipped: {path} is not here")
            continue
        with open(path, encoding="utf-8") as file:
            root = json.load(file)
        yield path, root, root.get("normalizer") is None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("samples")
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--strings", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="")
    options = parser.parse_intermixed_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}, tokenizers {tokenizers.__version__}")
    program = os.path.join(options.build, "tests", "reference", "tokenize")
    failed = 0
    for name, root, with_spans in collect(options.samples, options.paths):
        if options.only in name:
            source = random.Random(f"{seed} {name}")
            failed += compare(name, root, program, source, options.strings, with_spans)
    sys.exit(1 if failed else 0)


main()
