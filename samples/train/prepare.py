"""Turns books into what train.py reads.

    python prepare.py BOOKS OUT [--tokenizer tokenizer.json] [--lengths 64,128,256] [--exercises 96000] [--select 8]

BOOKS is a folder of .txt files or one .txt or .txt.xz whose books are parted by lines holding a NUL. OUT gets
tokenizer.json, train.npy (token ids), select.npz (books kept for choosing among snapshots), and for each length of
window the exercises rows-LENGTH.npy and kinds-LENGTH.npy: first the easy half, then the half with one question at
the end.
"""

import argparse
import json
import lzma
import multiprocessing
import os
import random
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from recall import Exercises

PIECE = 50_000


def books(path):
    if path.is_dir():
        return [file.read_text(encoding="utf-8") for file in sorted(path.glob("*.txt"))]
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return file.read().split("\n\0\n")


def new_tokenizer(texts):
    """A byte-level BPE of 4,096 entries that keeps digits apart: with entries such as "345" a five-digit number
    would be cut in another way each time."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=4096, special_tokens=["<|endoftext|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(tokenizer, texts):
    pieces = [text[k:k + PIECE] for text in texts for k in range(0, len(text), PIECE)]
    found = [np.array(e.ids, np.uint16) for e in tokenizer.encode_batch(pieces, add_special_tokens=False)]
    return np.concatenate(found)


def rows(job):
    """Some exercises of length + 1 tokens: the window and the token after it."""
    folder, easy, count, length, seed = job
    dice = random.Random(seed)
    ids = np.load(folder / "train.npy", mmap_mode="r")
    exercises = Exercises(Tokenizer.from_file(str(folder / "tokenizer.json")))
    make = exercises.easy if easy else exercises.single
    found, kinds = np.zeros((count, length + 1), np.uint16), np.zeros((count, length + 1), np.uint8)
    for k in range(count):
        start = dice.randrange(len(ids) - length - 1)
        found[k], kinds[k] = make(ids[start:start + length + 1].tolist(), length + 1, dice)
    return found, kinds


def exercises(folder, lengths, count, workers):
    share = -(-count // (2 * workers))
    jobs = [(folder, half == 0, share, length, workers * half + k) for length in lengths for half in range(2)
            for k in range(workers)]
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        found = pool.map(rows, jobs, chunksize=1)
    for k, length in enumerate(lengths):
        ids, kinds = zip(*found[2 * workers * k:2 * workers * (k + 1)])
        np.save(folder / f"rows-{length}.npy", np.concatenate(ids))
        np.save(folder / f"kinds-{length}.npy", np.concatenate(kinds))


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("books", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--tokenizer")
    options.add_argument("--lengths", type=lambda s: [int(x) for x in s.split(",")], default=[256])
    options.add_argument("--exercises", type=int, default=96_000)
    options.add_argument("--select", type=int, default=8)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    options = options.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    texts = books(options.books)
    random.Random(0).shuffle(texts)
    chosen, texts = texts[:options.select], texts[options.select:]
    tokenizer = Tokenizer.from_file(options.tokenizer) if options.tokenizer else new_tokenizer(texts)
    tokenizer.save(str(options.out / "tokenizer.json"))
    np.save(options.out / "train.npy", encode(tokenizer, texts))
    np.savez(options.out / "select.npz", *[encode(tokenizer, [text]) for text in chosen])
    exercises(options.out, options.lengths, options.exercises, options.workers)
    with open(options.out / "ready", "w") as file:
        json.dump({"lengths": options.lengths, "books": len(texts), "selection": len(chosen)}, file)
    print(f"{len(np.load(options.out / 'train.npy', mmap_mode='r'))} tokens of {len(texts)} books", flush=True)


if __name__ == "__main__":
    main()
