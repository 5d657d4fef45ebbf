#!/usr/bin/env python3
"""Writes tokenizer-vectors.json: texts and what Hugging Face's tokenizers make of them.

"vectors" are texts with the ids that the samples' tokenizers give them. "variants" change members of
the first one's tokenizer.json (pre-tokenizers, normalizers, added tokens), so that every kind that is
read is also compared.

Needs the Python package `tokenizers` (0.23.3 made the file that is checked in). Texts are our own
sentences and random strings of many scripts; the seed is fixed, so that the file can be made again.

    make_tokenizer_vectors.py SAMPLES/models > tokenizer-vectors.json
"""

import json
import random
import sys

import tokenizers

MODELS = ["novel-mamba-6m", "rescue-mamba2-5m"]

SENTENCES = [
    " ", "  ", "   ", "\t", "\n", "\n\n", " \n ", "\r\n", "a", " a", "a ", "'", "''", "'s", "' s",
    "The lamp stood where she'd left it; nobody'd touched it, they're sure.",
    "We've said it, I'll say it again, you're late, it's 9:45, I'm off, he'd better, don't!",
    "WE'VE SAID IT, DON'T", "'tis 'twas 'll've", "x'sx 'rest 'mine 'dare",
    "In 1896, 12 of 3,000 boats (0.4%) came back.  Twice.   Thrice.",
    "The pass key is 58213. Remember it. 58213 is the pass key.",
    "tabs\tand\t\tnewlines\n\nand trailing space   ",
    "   leading space, then words", "end with blanks and newline  \n", "no-break\u00a0space\u2003em",
    "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> ", "<|endoftext", "<<|endoftext|>>",
    "<|endoftext|><|endoftext|>", "caf\u00e9 cafe\u0301", "na\u00efve fa\u00e7ade", "Stra\u00dfe \u00d6l",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u3053\u3093\u306b\u3061\u306f",
    "\uc548\ub155\ud558\uc138\uc694", "\u0645\u0631\u062d\u0628\u0627 \u0663\u0664", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u2167 \u00bd \u00b2 \u2460 \u0967",
    "\U0001f680\U0001f469\u200d\U0001f52c\ufe0f", "\u2028\u2029\u0085\u200b\ufeff", "e\u0301\u0323 \u1e9b\u0323",
    "12345678901234567890", "3.14159e-10", "x=1;y=[2,3]", "__init__(self, *args)", "a" * 70, " " * 40,
]

RANGES = [(0x20, 0x7F)] * 6 + [
    (0x09, 0x0E), (0x80, 0x250), (0x300, 0x370), (0x370, 0x400), (0x400, 0x500), (0x590, 0x700),
    (0x900, 0xA00), (0xE00, 0xE80), (0x1100, 0x1200), (0x2000, 0x2070), (0x2100, 0x2200),
    (0x3000, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0x1F300, 0x1F600), (0x1, 0x110000),
]
PARTS = ["'s", "'t", "'re", " ", "  ", "\n", "\r\n", "<|endoftext|>", "12", "\u00e9", " the", "ing"]


def random_text(source):
    text = ""
    for _ in range(source.randint(1, 8)):
        if source.random() < 0.5:
            text += source.choice(PARTS)
            continue
        low, high = source.choice(RANGES)
        for _ in range(source.randint(1, 4)):
            code = source.randrange(low, high)
            if not 0xD800 <= code < 0xE000:
                text += chr(code)
    return text


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
PREFIX = {**BYTES, "add_prefix_space": True}
# A blank before each piece shows where a text was cut.
WORDS = {**PREFIX, "use_regex": False}
NFC = {"type": "NFC"}
NEWER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def split(behavior, invert=False, **pattern):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def added(content, token_id, **flags):
    base = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {"id": token_id, "content": content, **base, **flags}


def list_variants():
    behaviors = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    for behavior in behaviors:
        for invert in (False, True):
            yield {"pre_tokenizer": sequence(split(behavior, invert, Regex=r"\s|[0-9]"), WORDS)}
    yield {"pre_tokenizer": sequence(split("MergedWithNext", String="th"), PREFIX)}
    yield {"pre_tokenizer": sequence(split("Isolated", String="."), WORDS)}
    yield {"pre_tokenizer": sequence(split("Isolated", Regex=r"[a-z]*"), WORDS)}
    yield {"pre_tokenizer": sequence(split("MergedWithPrevious", True, Regex=r"[a-z]*"), WORDS)}
    yield {"pre_tokenizer": sequence(split("Removed", True, Regex=NEWER), WORDS)}
    yield {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": True}, BYTES)}
    yield {"pre_tokenizer": sequence({"type": "Digits", "individual_digits": False}, PREFIX)}
    yield {"pre_tokenizer": PREFIX}
    yield {"pre_tokenizer": WORDS}
    yield {"pre_tokenizer": {**BYTES, "use_regex": False}}
    yield {"normalizer": NFC}
    yield {"normalizer": {"type": "Sequence", "normalizers": [NFC]}, "pre_tokenizer": PREFIX}
    for flags in ({}, {"lstrip": True}, {"rstrip": True}, {"single_word": True}, {"normalized": True},
                  {"lstrip": True, "rstrip": True}, {"single_word": True, "lstrip": True}):
        tokens = [added("<x>", 4096, **flags), added("the", 4097, **flags), added("<x>y", 4098)]
        yield {"normalizer": NFC, "added_tokens": tokens}
    yield {"normalizer": NFC, "added_tokens": [added("cafe\u0301", 4096, normalized=True)]}
    yield {"added_tokens": [added("cafe\u0301", 4096), added("  ", 4097), added("   ", 4098)]}
    yield {"normalizer": NFC, "added_tokens": [added("\u00e9", 4096)], "pre_tokenizer": PREFIX}


VARIANT_TEXTS = [
    "the lamp <x> stood <x>y  there, the other<x>the.", "In 1896, 12 of 3,000 they're 1a2b34",
    "cafe\u0301 caf\u00e9  the   cafe\u0301s\n\n  the\tend ", "th3 th th", "weather the_the the-the",
    "\u1e9b\u0323 \u0915\u093c \uac00\u11a8 \u1100\u1161 a\u0323\u0301 \u212b", "\u09c7\u09be \u0cc6\u0cc2",
    "<x> <x>  <x> x<x> y the  the", "WE'LL\r\n we'll  \r\n", "\u0663\u2167\u00bd x",
]


def encode_variant(path, change):
    with open(path, encoding="utf-8") as file:
        reader = json.load(file)
    vocab = reader["model"]["vocab"]
    next_id = 4096
    for token in change.get("added_tokens", []):
        token["id"] = vocab.get(token["content"])
        if token["id"] is None:
            token["id"], next_id = next_id, next_id + 1
    reader.update(change)
    reader = tokenizers.Tokenizer.from_str(json.dumps(reader))
    return [reader.encode(text, add_special_tokens=False).ids for text in VARIANT_TEXTS]


def main():
    source = random.Random(20)
    paths = {model: f"{sys.argv[1]}/{model}/tokenizer.json" for model in MODELS}
    readers = {model: tokenizers.Tokenizer.from_file(path) for model, path in paths.items()}
    vectors, variants = [], []
    for text in SENTENCES + [random_text(source) for _ in range(220)]:
        ids = {m: r.encode(text, add_special_tokens=False).ids for m, r in readers.items()}
        vectors.append({"text": text, "ids": ids})
    for change in list_variants():
        ids = encode_variant(paths[MODELS[0]], change)
        variants.append({"change": change, "ids": ids})
    lines = lambda rows: ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    print(f'{{"texts":{json.dumps(VARIANT_TEXTS)},\n"vectors":[\n{lines(vectors)}\n],')
    print(f'"variants":[\n{lines(variants)}\n]}}')


main()
