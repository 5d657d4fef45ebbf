#!/usr/bin/env python3
"""Writes tokenizer-vectors.json: texts and what Hugging Face's tokenizers make of them.

"vectors" are texts with the ids that the samples' tokenizers give them. "kinds" are those of
tokenizer_kinds.py: what is changed in which of the "bases", the ids of "texts", and where they can be
compared the spans, in characters: begin and end of each token in turn; and for some what the ids decode to.

Needs the Python package `tokenizers` (0.23.3 made the file that is checked in). Texts are our own
sentences and random strings of many scripts; the seed is fixed, so that the file can be made again.

    make_tokenizer_vectors.py SAMPLES/models > tokenizer-vectors.json
"""

import json
import random
import sys

import tokenizers

import tokenizer_kinds

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

TEXTS = [
    "the lamp <x> stood <x>y  there, the other<x>the.", "In 1896, 12 of 3,000 they're 1a2b34",
    "cafe\u0301 caf\u00e9  the   cafe\u0301s\n\n  the\tend ", "weather the_the THE-the X x...!?",
    "\u1e9b\u0323 \u0915\u093c \uac00\u11a8 \u1100\u1161 a\u0323\u0301 \u212b \ufb01\u0130\uff76\uff9e", "\u09c7\u09be",
    " <x> <x>  <x> x<x> y the  the", "WE'LL\r\n we'll  \r\n", "\u0663\u2167\u00bd\u00b2x \u180e\u2003\u4e2d\u3042",
    "<s> \u2581 </s>\U00031350\U0001f680  <0x41>", "\u4e2d\u3001\u30fc\u3042 a\u2e52b\u166dc\u1b7d x\u08d3\u1cf2\u0301",
    # Longer than the words that are remembered whole, with characters that Llama's kind does not know.
    "the  lamp stood where she had left it,    and \u4e2d\u6587 no\u6587body the\u20ac\u20acre had touched it in  \u00e9  the",
]


def encode_kind(bases, name, what):
    root = tokenizer_kinds.build(bases, what)
    reader = tokenizers.Tokenizer.from_str(json.dumps(root))
    codes = [reader.encode(text) for text in TEXTS]
    row = {"name": name, "base": what["base"], "root": {key: root[key] for key in what["root"]},
           "model": what["model"], "ids": [code.ids for code in codes]}
    if name not in tokenizer_kinds.WITHOUT_SPANS:
        row["spans"] = [[place for span in code.offsets for place in span] for code in codes]
    if what["base"] == "llama" and root["decoder"]:
        row["back"] = [reader.decode(code.ids, skip_special_tokens=False) for code in codes]
    return row


def main():
    source = random.Random(20)
    paths = {model: f"{sys.argv[1]}/{model}/tokenizer.json" for model in MODELS}
    readers = {model: tokenizers.Tokenizer.from_file(path) for model, path in paths.items()}
    with open(paths[MODELS[0]], encoding="utf-8") as file:
        bases = {"novel": json.load(file), "llama": tokenizer_kinds.llama_base(sys.argv[1])}
    vectors = []
    for text in SENTENCES + [tokenizer_kinds.random_text(source) for _ in range(220)]:
        ids = {m: r.encode(text, add_special_tokens=False).ids for m, r in readers.items()}
        vectors.append({"text": text, "ids": ids})
    kinds = [encode_kind(bases, name, what) for name, what in tokenizer_kinds.KINDS]
    compact = lambda row: json.dumps(row, separators=(",", ":"))
    lines = lambda rows: ",\n".join(compact(row) for row in rows)
    print(f'{{"texts":{compact(TEXTS)},\n"bases":{{"llama":{compact(bases["llama"])}}},')
    print(f'"vectors":[\n{lines(vectors)}\n],\n"kinds":[\n{lines(kinds)}\n]}}')


main()
