"""Small tokenizers of every kind that is read, as changes of two bases, and texts to try them on.

BASES are the sample `novel-mamba-6m` (byte-level) and a tokenizer in the manner of Llama that is trained
here on the samples' texts. A kind is a base, root members to change and members of its model to change.
"""

import json
import os

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
PREFIX = {**BYTES, "add_prefix_space": True}
# A blank before each piece shows where a text was cut.
WORDS = {**PREFIX, "use_regex": False}
NEWER = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
HAN = r"[\p{Han}\p{Hiragana}]+|[^\s\p{L}[.,!?]]+|[\u00c0-\u00ff\w]+?(?=e)|\p{Lu}\p{^L}?|^\d{,2}|\S$"
WORD = r"\w{2,}|[\w-]|\W(?=\w)"
BLANK = "\u2581"
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


def kind(base, model=None, **root):
    return {"base": base, "root": root, "model": model or {}}


def cuts(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def norms(*parts):
    return {"type": "Sequence", "normalizers": [{"type": p} if isinstance(p, str) else p for p in parts]}


def replace(content, **pattern):
    return {"type": "Replace", "pattern": pattern, "content": content}


def split(behavior, invert=False, **pattern):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def metaspace(scheme, **more):
    return {"type": "Metaspace", "replacement": BLANK, "prepend_scheme": scheme, **more}


def added(content, token_id, **flags):
    base = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {"id": token_id, "content": content, **base, **flags}


def template(*parts):
    """`parts` are special tokens by name, and None for the text."""
    ids = {"<s>": 1, "</s>": 2, "<|endoftext|>": 0}
    single = [{"SpecialToken": {"id": p, "type_id": 0}} if p else {"Sequence": {"id": "A", "type_id": 0}}
              for p in parts]
    pair = [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]
    special = {p: {"id": p, "ids": [ids[p]], "tokens": [p]} for p in parts if p}
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special}


SPECIAL = [added(content, i, special=True) for i, content in enumerate(("<unk>", "<s>", "</s>"))]
LLAMA_NORM = norms({"type": "Prepend", "prepend": BLANK}, replace(BLANK, String=" "))
LLAMA_DECODER = {"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": BLANK}, "content": " "}, {"type": "ByteFallback"},
    {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
FALCON = cuts({"type": "Punctuation", "behavior": "Contiguous"}, BYTES,
              {"type": "Digits", "individual_digits": False},
              split("Isolated", Regex="[0-9][0-9][0-9]"))


def llama_base(folder):
    """Trained on the samples' texts: a vocabulary of 3 special tokens, 256 bytes and some 400 pieces."""
    import tokenizers
    from tokenizers import models, normalizers, trainers
    learner = tokenizers.Tokenizer(models.BPE())
    learner.normalizer = normalizers.Sequence(
        [normalizers.Prepend(BLANK), normalizers.Replace(" ", BLANK)])
    learner.pre_tokenizer = tokenizers.pre_tokenizers.Split(BLANK, "merged_with_next")
    texts = os.path.join(folder, "..", "texts")
    files = [os.path.join(texts, name) for name in sorted(os.listdir(texts)) if name.endswith(".txt")]
    learner.train(files, trainers.BpeTrainer(vocab_size=420, show_progress=False))
    model = json.loads(learner.to_str())["model"]
    learned = sorted(model["vocab"], key=model["vocab"].get)
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + learned
    # Blanks in a row, which Llama's own vocabulary has, too, and which reach over words.
    tokens += [BLANK * 2, BLANK * 4]
    merges = [" ".join(pair) for pair in model["merges"]]
    merges += [f"{BLANK} {BLANK}", f"{BLANK * 2} {BLANK * 2}"]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": SPECIAL,
        "normalizer": LLAMA_NORM, "pre_tokenizer": None, "post_processor": template("<s>", None),
        "decoder": LLAMA_DECODER,
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True,
                  "ignore_merges": False, "vocab": {token: i for i, token in enumerate(tokens)},
                  "merges": merges},
    }


def byte_kinds():
    yield "novel", kind("novel")
    for behavior in BEHAVIORS:
        for invert in (False, True):
            name = f"split {behavior}{' inverted' if invert else ''}"
            yield name, kind("novel", pre_tokenizer=cuts(split(behavior, invert, Regex=r"\s|[0-9]"), WORDS))
        yield f"punctuation {behavior}", kind(
            "novel", pre_tokenizer=cuts({"type": "Punctuation", "behavior": behavior}, WORDS))
    yield "split string next", kind("novel", pre_tokenizer=cuts(split("MergedWithNext", String="th"), PREFIX))
    yield "split string", kind("novel", pre_tokenizer=cuts(split("Isolated", String="."), WORDS))
    yield "split maybe nothing", kind("novel", pre_tokenizer=cuts(split("Isolated", Regex=r"[a-z]*"), WORDS))
    yield "split maybe nothing inverted", kind(
        "novel", pre_tokenizer=cuts(split("MergedWithPrevious", True, Regex=r"[a-z]*"), WORDS))
    yield "newer words", kind("novel", pre_tokenizer=cuts(split("Removed", True, Regex=NEWER),
                                                          {**BYTES, "use_regex": False}))
    yield "scripts", kind("novel", pre_tokenizer=cuts(split("Isolated", Regex=HAN), WORDS))
    yield "word characters", kind("novel", pre_tokenizer=cuts(split("Isolated", Regex=WORD), WORDS))
    yield "digit by digit", kind(
        "novel", pre_tokenizer=cuts({"type": "Digits", "individual_digits": True}, BYTES))
    yield "digits", kind("novel", pre_tokenizer=cuts({"type": "Digits", "individual_digits": False}, PREFIX))
    yield "prefix", kind("novel", pre_tokenizer=PREFIX)
    yield "prefix, no words", kind("novel", pre_tokenizer=WORDS)
    yield "no words", kind("novel", pre_tokenizer={**BYTES, "use_regex": False})
    yield "space split", kind("novel", pre_tokenizer=cuts({"type": "WhitespaceSplit"}, BYTES))
    yield "space", kind("novel", pre_tokenizer=cuts({"type": "Whitespace"}, BYTES))
    yield "bytes, then space", kind("novel", pre_tokenizer=cuts(BYTES, {"type": "Whitespace"}))
    yield "falcon-mamba", kind("novel", pre_tokenizer=FALCON, post_processor={**BYTES})
    yield "whole words", kind("novel", model={"ignore_merges": True},
                              pre_tokenizer=cuts({"type": "WhitespaceSplit"}, BYTES))
    yield "end of text around", kind("novel", post_processor={"type": "Sequence", "processors": [
        BYTES, template("<|endoftext|>", None, "<|endoftext|>", "<|endoftext|>")]})


def added_kinds():
    nfc = {"type": "NFC"}
    for flags in ({}, {"lstrip": True}, {"rstrip": True}, {"single_word": True}, {"normalized": True},
                  {"lstrip": True, "rstrip": True}, {"single_word": True, "lstrip": True}):
        tokens = [added("<x>", 4096, **flags), added("the", 4097, **flags), added("<x>y", 4098)]
        yield f"added {' '.join(flags)}", kind("novel", added_tokens=tokens)
    tokens = [added("<x>", 4096, normalized=True), added("the", 4097, normalized=True), added("<x>y", 4098)]
    yield "added in NFC", kind("novel", normalizer=nfc, added_tokens=tokens)
    yield "added form", kind("novel", normalizer=nfc, added_tokens=[added("cafe\u0301", 4096, normalized=True)])
    yield "added as it is", kind("novel", added_tokens=[added("cafe\u0301", 4096), added("  ", 4097),
                                                        added("   ", 4098)])
    yield "added and prefix", kind("novel", normalizer=nfc, added_tokens=[added("\u00e9", 4096)],
                                   pre_tokenizer=PREFIX)
    yield "added, lower", kind("novel", normalizer={"type": "Lowercase"}, added_tokens=[
        added("X", 4096, normalized=True), added("THE", 4098)])


def norm_kinds():
    for form in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"):
        yield form, kind("novel", normalizer={"type": form})
    yield "plain letters", kind("novel", normalizer=norms("NFKD", "StripAccents", "Lowercase", "NFC"))
    yield "strip left", kind("novel", normalizer={"type": "Strip", "strip_left": True, "strip_right": False})
    yield "strip", kind("novel", normalizer={"type": "Strip", "strip_left": True, "strip_right": True})
    yield "one blank", kind("novel", normalizer=replace(" ", Regex=r"\s+"))
    yield "drop", kind("novel", normalizer=replace("", Regex=r"[aeiou]"))
    yield "quotes", kind("novel", normalizer=norms(replace("''", String='"'), replace("<x>", String="the")))
    yield "prepend", kind("novel", normalizer={"type": "Prepend", "prepend": "x "})


def llama_kinds():
    yield "llama", kind("llama")
    yield "mistral", kind("llama", normalizer=None, pre_tokenizer=metaspace("first", split=False))
    for scheme in ("always", "first", "never"):
        yield f"metaspace {scheme}", kind("llama", normalizer=None, pre_tokenizer=metaspace(scheme, split=True),
                                          decoder=metaspace(scheme, split=True))
    yield "metaspace and bytes", kind("llama", normalizer=None, pre_tokenizer=metaspace("always"))
    yield "metaspace, older", kind(
        "llama", normalizer=None, post_processor=None,
        pre_tokenizer={"type": "Metaspace", "replacement": BLANK, "add_prefix_space": True},
        decoder={"type": "Metaspace", "replacement": BLANK, "add_prefix_space": True})
    yield "metaspace underline", kind("llama", normalizer=None, pre_tokenizer={
        **metaspace("always", split=True), "replacement": "_"}, decoder=None)
    yield "unknown", kind("llama", {"byte_fallback": False, "fuse_unk": False})
    yield "unknown fused", kind("llama", {"byte_fallback": False})
    yield "unknown fused, cut", kind("llama", {"byte_fallback": False}, normalizer=None,
                                     pre_tokenizer=metaspace("always"))
    yield "unknown dropped", kind("llama", {"byte_fallback": False, "unk_token": None})
    yield "llama whole words", kind("llama", {"ignore_merges": True}, normalizer=None,
                                    pre_tokenizer=metaspace("always"))
    yield "llama around", kind("llama", post_processor=template("<s>", None, "</s>"))
    yield "llama bare", kind("llama", post_processor=None, normalizer=None, decoder=None)
    yield "llama NFKC", kind("llama", normalizer=norms("NFKC", replace(BLANK, Regex=r" {2,}"),
                                                       replace(BLANK, String=" ")))
    flags = {"normalized": True}
    size = 3 + 256
    yield "llama added", kind("llama", added_tokens=SPECIAL + [added("<x>", None, **flags),
                                                               added("the", None), added(BLANK, None)])
    yield "llama punctuation", kind("llama", normalizer=None, pre_tokenizer=cuts(
        {"type": "Punctuation"}, {"type": "Digits", "individual_digits": True}, metaspace("first")))


KINDS = [*byte_kinds(), *added_kinds(), *norm_kinds(), *llama_kinds()]

# Spans are compared where tokenizers gives every character its own: it gives a character that several
# became the place of one of them alone, and loses count after characters that it drops.
WITHOUT_SPANS = {"NFC", "NFKC", "NFD", "NFKD", "plain letters", "one blank", "quotes", "prepend",
                 "unknown dropped", "llama NFKC", "added form", "added in NFC", "added and prefix"}

# They decode an added token as it is once normalised, we as it is written.
WITHOUT_TEXT = {"added, lower"}


def build(bases, what):
    """The tokenizer.json of a kind; ids of added tokens are those that tokenizers gives them."""
    root = json.loads(json.dumps(bases[what["base"]]))
    root.update(json.loads(json.dumps(what["root"])))
    root["model"].update(what["model"])
    vocab = root["model"]["vocab"]
    next_id = len(vocab)
    for token in root["added_tokens"]:
        token["id"] = vocab.get(token["content"])
        if token["id"] is None:
            token["id"], next_id = next_id, next_id + 1
    return root


RANGES = [(0x20, 0x7F)] * 6 + [
    (0x09, 0x0E), (0x80, 0x250), (0x300, 0x370), (0x370, 0x400), (0x400, 0x500), (0x590, 0x700),
    (0x900, 0xA00), (0xC00, 0xD80), (0xE00, 0xE80), (0x1100, 0x1200), (0x1800, 0x1810), (0x1E00, 0x2000),
    (0x2000, 0x2070), (0x2070, 0x2200), (0x2460, 0x2500), (0x2580, 0x2590), (0x3000, 0x3100),
    (0x3130, 0x3190), (0x4E00, 0x4F00), (0xA7C0, 0xA800), (0xAC00, 0xAD00), (0xF900, 0xFB00),
    (0xFE20, 0x10000), (0x10D30, 0x10D90), (0x11380, 0x113E8), (0x11930, 0x11950), (0x1D15E, 0x1D168),
    (0x1D400, 0x1D800), (0x1E030, 0x1E070), (0x1F100, 0x1F270), (0x1F300, 0x1F600), (0x1, 0x110000),
]
PARTS = ["'s", "'t", "'re", " ", "  ", "\n", "\r\n", "<|endoftext|>", "12", "\u00e9", " the", "ing", "<x>",
         "the", "e\u0301", "\u2581", "<s>", "</s>", "   ", "\u0301\u0323", "1234567", "...", "X", "E", "<0x0A>"]


def random_text(source, most=8):
    text = ""
    for _ in range(source.randint(1, most)):
        if source.random() < 0.5:
            text += source.choice(PARTS)
            continue
        low, high = source.choice(RANGES)
        for _ in range(source.randint(1, 4)):
            code = source.randrange(low, high)
            if not 0xD800 <= code < 0xE000:
                text += chr(code)
    return text
