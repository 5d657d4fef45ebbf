"""LongBench's scores by their definitions (Bai et al. 2023; THUDM/LongBench's metrics.py and eval.py),
with nothing but Python's library: the yardstick of `mambascope-cli longbench`.

Two deviations, which the program has as well: Chinese is cut into characters, where LongBench takes
jieba's words, and long sentences have their ROUGE-L, where the package `rouge` runs out of stack.
"""

import collections
import difflib
import random
import re
import string

DATASETS = {
    "narrativeqa": "qa_f1", "qasper": "qa_f1", "multifieldqa_en": "qa_f1",
    "multifieldqa_zh": "qa_f1_zh_chars", "hotpotqa": "qa_f1", "2wikimqa": "qa_f1", "musique": "qa_f1",
    "dureader": "rouge_l_zh_chars", "gov_report": "rouge_l", "qmsum": "rouge_l", "multi_news": "rouge_l",
    "vcsum": "rouge_l_zh_chars", "trec": "classification", "triviaqa": "qa_f1", "samsum": "rouge_l",
    "lsht": "classification", "passage_count": "count", "passage_retrieval_en": "retrieval",
    "passage_retrieval_zh": "retrieval_zh", "lcc": "code_similarity", "repobench-p": "code_similarity",
}
EXTENDED = ["qasper", "multifieldqa_en", "hotpotqa", "2wikimqa", "gov_report", "multi_news", "trec",
            "triviaqa", "samsum", "passage_count", "passage_retrieval_en", "lcc", "repobench-p"]
FIRST_LINE = {"trec", "triviaqa", "samsum", "lsht"}
CHINESE_PUNCTUATION = set(
    "\uff01\uff1f\uff61\u3002\uff02\uff03\uff04\uff05\uff06\uff07\uff08\uff09\uff0a\uff0b\uff0c\uff0d\uff0f"
    "\uff1a\uff1b\uff1c\uff1d\uff1e\uff20\uff3b\uff3c\uff3d\uff3e\uff3f\uff40\uff5b\uff5c\uff5d\uff5e\uff5f"
    "\uff60\uff62\uff63\uff64\u3001\u3003\u300b\u300c\u300d\u300e\u300f\u3010\u3011\u3014\u3015\u3016\u3017"
    "\u3018\u3019\u301a\u301b\u301c\u301d\u301e\u301f\u3030\u303e\u303f\u2013\u2014\u2018\u2019\u201b\u201c"
    "\u201d\u201e\u201f\u2026\u2027\ufe4f")


def cut_chinese(text):
    """Runs of ASCII letters and digits, and every other character by itself."""
    return re.findall(r"[A-Za-z0-9]+|.", text, re.DOTALL)


def f1(prediction, answer):
    common = sum((collections.Counter(prediction) & collections.Counter(answer)).values())
    if common == 0:
        return 0.0
    p, r = common / len(prediction), common / len(answer)
    return 2 * p * r / (p + r)


def qa_words(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def qa_f1(prediction, answer):
    return f1(qa_words(prediction), qa_words(answer))


def qa_f1_zh_chars(prediction, answer):
    def words(text):
        cut = ("".join(c for c in word.lower() if c not in string.punctuation
                       and c not in CHINESE_PUNCTUATION and not c.isspace()) for word in cut_chinese(text))
        return [word for word in cut if word]
    return f1(words(prediction), words(answer))


def lcs_words(x, y):
    """The words on one longest common subsequence: backwards, over X only where that is strictly better."""
    length = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i, a in enumerate(x):
        for j, b in enumerate(y):
            length[i + 1][j + 1] = length[i][j] + 1 if a == b else max(length[i][j + 1], length[i + 1][j])
    words, i, j = set(), len(x), len(y)
    while i and j:
        if x[i - 1] == y[j - 1]:
            words.add(x[i - 1])
            i, j = i - 1, j - 1
        elif length[i - 1][j] > length[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return words


def rouge_l(prediction, answer):
    said, meant = ([part.split() or [""] for part in text.split(".") if part]
                   for text in (prediction, answer))
    if not said or not meant:
        return 0.0
    common = set().union(*(lcs_words(x, y) for x in meant for y in said))
    p = len(common) / len(set(sum(said, [])))
    r = len(common) / len(set(sum(meant, [])))
    return 2 * (p * r / (p + r + 1e-8))


def rouge_l_zh_chars(prediction, answer):
    return rouge_l(" ".join(cut_chinese(prediction)), " ".join(cut_chinese(answer)))


def classification(prediction, answer, classes):
    matches = [name for name in classes if name in prediction]
    at = 0
    while at < len(matches):  # a match that goes takes the turn of the one behind it
        if matches[at] in answer and matches[at] != answer:
            del matches[matches.index(matches[at])]
        at += 1
    return 1 / len(matches) if answer in matches else 0.0


def count(prediction, answer):
    numbers = re.findall(r"\d+", prediction)
    return sum(n == answer for n in numbers) / len(numbers) if numbers else 0.0


def retrieval(prediction, answer):
    return count(prediction, re.search(r"Paragraph (\d+)", answer).group(1))


def retrieval_zh(prediction, answer):
    return count(prediction, re.search("\u6bb5\u843d(\\d+)", answer).group(1))


def first_code_line(prediction):
    lines = prediction.lstrip("\n").split("\n")
    return next((line for line in lines if not re.search("`|#|//", line)), "")


def code_similarity(prediction, answer):
    line = first_code_line(prediction)
    if line == answer:
        return 1.0
    if not line or not answer:
        return 0.0
    return round(100 * difflib.SequenceMatcher(None, line, answer).ratio()) / 100


def first_line(dataset, prediction):
    return prediction.lstrip("\n").split("\n")[0] if dataset in FIRST_LINE else prediction


def score(dataset, prediction, answers, classes, metrics=None):
    """From 0 to 1; METRICS replaces some of this module's functions by name."""
    name = DATASETS[dataset]
    function = (metrics or {}).get(name) or globals()[name]
    extra = (classes,) if name == "classification" else ()
    prediction = first_line(dataset, prediction)
    return max([0.0] + [function(prediction, answer, *extra) for answer in answers])


# -- random cases --

WORDS = """the a an The lamp Lamp lamps stood on table by door . .. , ; don't it's a-b l\u2019a x_y 7 12 12.5
3,000 \u00e9t\u00e9 e\u0301 a\u0301 the\u0301 STRASSE stra\u00dfe \u0130zmir \u039f\u0394\u039f\u03a3 \u03a3 \u03a3\u03b1 \u0391\u03a3. \u01c5
\u0663\u0664 \u00b2 \u00bd \u2167 \U0001f680 \u2014 \u201cthe\u201d \ufb01n ...""".split()
BLANKS = [" "] * 8 + ["  ", "\n", "\t", "\u00a0", "\u2003", "\x1c", "\x85", "\u200b", ""]
CHINESE = list("\u6bb5\u843d\u706f\u5728\u684c\u5b50\u4e0a\u95e8\u7684\u662f") + [
    "\u3002", "\uff0c", "\u300a", "\u300b", "\uff0e", "\u3000", " ", ".", "AB", "ab", "3.5", "12", "\n", "\u3010", "\ufe4f"]
CODE = ["self", ".", "(", ")", " ", "    ", "return", "x", "y", "=", "[0]", ":", "\u00e9", "\u4e2d", ","]
CLASSES = ["Food", "Food and drink", "and", "drink", "Animal", "Number of something", "Number", "\u5176\u4ed6", "\u4f53\u80b2"]


def english(rng, most=30):
    return "".join(rng.choice(WORDS) + rng.choice(BLANKS) for _ in range(rng.randrange(most)))


def chinese(rng, most=30):
    return "".join(rng.choice(CHINESE) for _ in range(rng.randrange(most)))


def code_line(rng, most=30):
    return "".join(rng.choice(CODE) for _ in range(rng.randrange(most)))


def changed(rng, text):
    """A few characters taken out, doubled or moved: what has much in common with TEXT."""
    text = list(text)
    for _ in range(rng.randrange(6)):
        if text:
            at = rng.randrange(len(text))
            piece = text[at : at + rng.randrange(1, 9)]
            del text[at : at + len(piece)]
            if rng.random() < 0.6:
                to = rng.randrange(len(text) + 1)
                text[to:to] = piece
    return "".join(text)


def pair(rng, make):
    answer = make(rng)
    return (make(rng) if rng.random() < 0.4 else changed(rng, answer)), answer


def random_case(rng, dataset):
    """(prediction, answers, classes)."""
    metric, classes, lines = DATASETS[dataset], None, rng.choice(["", "", "\n", "\n\n", " \n"])
    if metric == "classification":
        classes = rng.sample(CLASSES, rng.randrange(1, len(CLASSES)))
        said = [rng.choice(CLASSES) for _ in range(rng.randrange(5))]
        answer = rng.choice(said + CLASSES[:1])
        return lines + " ".join(said[:3]) + "\n" + "".join(said[3:]), [answer], classes
    if metric in ("count", "retrieval", "retrieval_zh"):
        numbers = ["1", "7", "12", "012", "\u0661\u0662", "3.7", "x"]
        said = rng.choice([" ", ", ", "Paragraph "]).join(rng.choice(numbers) for _ in range(rng.randrange(5)))
        mark = {"count": "", "retrieval": "Paragraph ", "retrieval_zh": "\u6bb5\u843d"}[metric]
        return said, [mark + rng.choice(["1", "7", "12", "\u0661\u0662"]) for _ in range(rng.randrange(1, 3))], None
    if metric == "code_similarity":
        # Above 200 characters difflib overlooks the frequent ones.
        said, answer = pair(rng, lambda r: code_line(r, rng.choice([12, 40, 200])))
        before = rng.choice(["", "", "# note\n", "\n\n", "```\n// x\n", "a `b`\n"])
        return before + said + rng.choice(["", "\nmore"]), [answer], None
    make = chinese if metric.endswith("_zh_chars") else english
    pairs = [pair(rng, make) for _ in range(rng.choice([1, 1, 2, 3]))]
    return lines + pairs[0][0], [answer for _, answer in pairs], None


LONG = "the lamp stood by the door and nobody had touched it " * 40
ODD = {
    "qa_f1": [("", ""), ("", "lamp"), ("the", "the"), ("...", "!?"), ("a lamp", "The lamp."),
              ("lamp lamp", "lamp"), ("Lamp", "lamp"), ("an-an", "anan"), ("a", "b"),
              ("l\u2019a", "l\u2019"), ("the\u0301", "\u0301"), ("\u0130", "i\u0307"),
              ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2"), ("\u03a3", "\u03c3"), (LONG, LONG), (LONG, "lamp"),
              ("\n\nlamp\nstood", "lamp")],
    "qa_f1_zh_chars": [("", ""), ("\u3002\uff0c", "\u3002\uff0c"), ("\u706f\u5728\u684c\u4e0a", "\u706f\u5728\u684c\u4e0a\u3002"), ("Ab\u706f", "aB"),
                       ("\u300a\u706f\u300b", "\u300a\u706f"), ("\uff0e", "\uff0e"), ("3.5", "3 5"), ("\u706f" * 900, "\u706f" * 300)],
    "rouge_l": [("", ""), ("", "lamp"), (".", "lamp"), (" ", " "), ("lamp", "lamp"), ("lamp.", "lamp. "),
                ("x. ", "y. "), ("a b c", "c b a"), ("b c b", "c b"), ("a b a b", "b a b a"), ("3.5", "3 5"),
                ("a.b.c", "a b c"), ("Lamp", "lamp"), (LONG[:2000], LONG[:1000])],
    "rouge_l_zh_chars": [("", ""), ("\u706f", "\u706f"), ("\u706f\u5728\u684c\u4e0a\u3002", "\u684c\u4e0a\u6709\u706f\u3002"), ("\u3002", "\u3002"),
                         ("AB12\u706f.", "AB12"), ("\u706f\u5728" * 100, "\u5728\u706f" * 90)],
    "count": [("", "5"), ("5", "5"), ("05", "5"), ("5 and 6", "5"), ("\u0665", "\u0665"), ("5.5", "5"), ("-5", "5"),
              ("\u00b2", "2"), ("5", "")],
    "retrieval": [("Paragraph 3", "Paragraph 3"), ("3 3 4", "Paragraph 3"), ("3", "Paragraph x Paragraph 3"),
                  ("", "Paragraph 3")],
    "retrieval_zh": [("\u6bb5\u843d3", "\u6bb5\u843d3"), ("3, 4", "\u6bb5\u843d\u6bb5\u843d3")],
    "code_similarity": [("", ""), ("", "x"), ("x", ""), ("x = 1", "x = 1"), ("# x\nx = 1", "x = 1"), ("# x", ""),
                        ("`", "x"), ("\n\n\nx = 1\ny", "x = 1"), ("\n \nx", "x"), ("ab", "ba"), ("abcd", "bcde"),
                        ("a" * 300, "a" * 299), ("ab" * 120, "ba" * 120), ("ba" * 30, "ab" * 100),
                        ("ba" * 30, "ab" * 99 + "a"), ("http://x", "x"),
                        # Halves of per cent go to the even one.
                        ("a", "a" + "z" * 398), ("abc", "abc" + "z" * 394), ("abcde", "abcde" + "z" * 390)],
}


def odd_cases():
    """(dataset, prediction, answers, classes), each metric once."""
    by_metric = {metric: dataset for dataset, metric in reversed(list(DATASETS.items()))}
    cases = [(by_metric[metric], said, [answer], None) for metric, odd in ODD.items() for said, answer in odd]
    cases += [("triviaqa", "\n\nlamp\nstood", ["lamp"], None), ("samsum", "\n lamp\nstood", ["lamp stood"], None),
              ("hotpotqa", "\n\nlamp\nstood", ["lamp"], None), ("hotpotqa", "lamp", ["door", "lamp", "table"], None),
              ("hotpotqa", "lamp", ["", ""], None)]
    cases += [("lsht", "\u4f53\u80b2\n\u5176\u4ed6", ["\u4f53\u80b2"], ["\u5176\u4ed6", "\u4f53\u80b2"])]
    nest = ["Food", "and", "drink", "Food and drink"]
    cases += [("trec", said, [answer], names) for said, answer, names in [
        ("", "Food", nest), ("Food and drink", "Food and drink", nest), ("Food and drink", "Food", nest),
        ("Food", "Food and drink", nest), ("Food\nAnimal", "Animal", ["Food", "Animal"]),
        ("\nFood", "Food", ["Food", "Food"]), ("Food Animal", "Animal", ["Food", "Animal"]), ("x", "", ["", "x"]),
        ("Food", "Drink", []), ("a b c d", "abcd", ["a", "b", "c", "d"])]]
    return cases


def random_cases(seed, each):
    rng = random.Random(seed)
    return [(dataset, *random_case(rng, dataset)) for dataset in DATASETS for _ in range(each)]
