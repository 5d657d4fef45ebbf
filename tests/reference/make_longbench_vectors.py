#!/usr/bin/env python3
"""Writes longbench-vectors.json: predictions, answers and the scores that LongBench's own libraries
give them. Needs rouge and fuzzywuzzy without python-Levenshtein, as LongBench asks for them; rouge
1.0.1 and fuzzywuzzy 0.18.0 under Python 3.11 made the file that is checked in. With --jieba (0.42.1) it
prints instead how far scores by characters are from those by jieba's words.

    make_longbench_vectors.py > longbench-vectors.json
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")  # fuzzywuzzy's, that difflib is slow

from fuzzywuzzy import fuzz  # noqa: E402
from rouge import Rouge  # noqa: E402

import longbench_ref as ref  # noqa: E402

SEED = 20264


def rouge_l(prediction, answer):
    try:
        return Rouge().get_scores([prediction], [answer], avg=True)["rouge-l"]["f"]
    except ValueError:  # no sentence
        return 0.0


METRICS = {
    "rouge_l": rouge_l,
    "rouge_l_zh_chars": lambda said, answer: rouge_l(*(" ".join(ref.cut_chinese(t)) for t in (said, answer))),
    "code_similarity": lambda said, answer: fuzz.ratio(ref.first_code_line(said), answer) / 100,
}


def vectors():
    if "StringMatcher" in fuzz.SequenceMatcher.__module__:
        sys.exit("python-Levenshtein is there: fuzzywuzzy would not go by difflib")
    sys.setrecursionlimit(100000)
    for dataset, said, answers, classes in ref.odd_cases() + ref.random_cases(SEED, 12):
        row = {"dataset": dataset, "pred": said, "answers": answers, "all_classes": classes,
               "score": ref.score(dataset, said, answers, classes, METRICS)}
        own = ref.score(dataset, said, answers, classes)
        if abs(own - row["score"]) > 1e-12:
            sys.exit(f"longbench_ref.py says {own}: {row}")
        yield row


def compare_with_jieba():
    import jieba
    jieba.setLogLevel(60)
    answer = "\u706f\u5854\u5728\u4e00\u516b\u4e5d\u516d\u5e74\u5efa\u6210\uff0c\u7528\u6765\u6307\u5f15\u8fd4\u822a\u7684\u6e14\u8239\u3002"
    for said in ["\u706f\u5854\u4e8e\u4e00\u516b\u4e5d\u516d\u5e74\u5efa\u6210\u3002", "\u706f\u5854\u7528\u6765\u6307\u5f15\u6e14\u8239\u3002", "\u5b83\u662f\u4e00\u5ea7\u6865\u6881\uff0c\u5728\u6cb3\u4e0a\u3002"]:
        cut = [jieba.lcut(said), jieba.lcut(answer)]
        words = [[w for w in c if w not in ref.CHINESE_PUNCTUATION] for c in cut]
        print(f"qa_f1_zh {ref.f1(*words):.3f} jieba, {ref.qa_f1_zh_chars(said, answer):.3f} characters; "
              f"rouge_l_zh {ref.rouge_l(*map(' '.join, cut)):.3f} jieba, "
              f"{ref.rouge_l_zh_chars(said, answer):.3f} characters")


if "--jieba" in sys.argv:
    compare_with_jieba()
else:
    rows = list(vectors())
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")
