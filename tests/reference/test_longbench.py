"""The scores of `mambascope-cli longbench`: those of LongBench's libraries (longbench-vectors.json) and,
on random texts, those of longbench_ref.py; totals by range of length and averages; identities.

    test_longbench.py CLI
"""

import json
import os
import random
import sys

import longbench_ref as ref
from harness import Cli, Report

SEED = int(os.environ.get("SCOPE_TEST_SEED", 20265))
# The program prints a hundred times a double in the digits that read back the same; what is left is the
# order in which a handful of doubles is multiplied.
TOLERANCE = 1e-12


def document(cli, lines):
    path = cli.path("predictions.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return json.loads(cli.run("longbench", "--predictions", path, "--json"))["rows"]


def scores(cli, cases):
    """Of each case by itself: every one stands under a filter of its own, and so in a row of its own."""
    lines = [{"dataset": dataset, "_id": "1", "filter": f"case {n}", "pred": said, "answers": answers,
              "all_classes": classes} for n, (dataset, said, answers, classes) in enumerate(cases)]
    rows = {row["filter"]: row["score"] / 100 for row in document(cli, lines) if row["metric"]}
    return [rows[f"case {n}"] for n in range(len(cases))]


def check_scores(cli, report, what, cases, expected):
    got = scores(cli, cases)
    worst = max(range(len(cases)), key=lambda n: abs(got[n] - expected[n]))
    if abs(got[worst] - expected[worst]) > TOLERANCE:
        print(f"  {cases[worst]}: found {got[worst]}, expected {expected[worst]}")
    report.check(what, abs(got[worst] - expected[worst]), TOLERANCE)
    report.equal(f"{what}: from 0 to 1", all(0 <= score <= 1 for score in got), True)
    return got


def check_identities(cli, report, rng):
    texts = {"qa_f1": lambda: ref.english(rng) + "lamp", "qa_f1_zh_chars": lambda: ref.chinese(rng) + "\u706f",
             "rouge_l": lambda: ref.english(rng) + "lamp", "rouge_l_zh_chars": lambda: ref.chinese(rng) + "\u706f",
             "code_similarity": lambda: ref.code_line(rng) + "x", "count": lambda: "12"}
    cases = []
    for dataset, metric in ref.DATASETS.items():
        for _ in range(4 if metric in texts else 0):
            said = texts[metric]().replace("\n", " ")  # or its first line might have no word
            cases.append((dataset, said, [said], None))
    # ROUGE-L of a text with itself is 1 / (1 + 5e-9).
    report.equal("a text with itself", all(score > 1 - 1e-8 for score in scores(cli, cases)), True)

    pairs = [ref.pair(rng, make) for make in (ref.english, ref.chinese) for _ in range(20)]
    there = [("qasper" if n < 20 else "multifieldqa_zh", x, [y], None) for n, (x, y) in enumerate(pairs)]
    back = [(dataset, y[0], [x], None) for dataset, x, y, _ in there]
    report.equal("F1 is symmetric", scores(cli, there), scores(cli, back))

    many = [case for case in ref.random_cases(SEED + 1, 6) if len(case[2]) > 1]
    turned = [(dataset, said, rng.sample(answers, len(answers)), classes) for dataset, said, answers, classes in many]
    first = [(dataset, said, answers[:1], classes) for dataset, said, answers, classes in many]
    report.equal("the order of answers", scores(cli, many), scores(cli, turned))
    report.equal("one more answer is never worse", all(a >= b for a, b in zip(scores(cli, many), scores(cli, first))), True)


def check_totals(cli, report, rng):
    lines, lengths = [], [0, 3999, 4000, 7999, 8000, 123456]
    for n, (dataset, said, answers, classes) in enumerate(ref.random_cases(SEED + 2, 9)):
        for name in (dataset, dataset + "_e") if dataset in ref.EXTENDED else (dataset,):
            lines.append({"dataset": name, "_id": str(n), "filter": rng.choice(["off", "longmamba"]), "pred": said,
                          "answers": answers, "all_classes": classes, "length": rng.choice(lengths)})
    rng.shuffle(lines)
    lines.append({"dataset": "qasper", "pred": "lamp", "answers": ["lamp"], "filter": "off"})
    rows = {(row["dataset"], row["filter"]): row for row in document(cli, lines)}
    ranges = {"": (-1, 1e9), "_0_4k": (0, 4000), "_4_8k": (4000, 8000), "_8k": (8000, 1e9)}
    means, worst, samples = {}, 0.0, True
    for key, row in rows.items():
        for name, (low, high) in ranges.items():
            hits = [100 * ref.score(line["dataset"].removesuffix("_e"), line["pred"], line["answers"], line.get("all_classes"))
                    for line in lines if (line["dataset"], line["filter"]) == key and low <= line.get("length", -1) < high]
            if not row["metric"]:
                continue
            samples &= row["samples" + name] == len(hits) and (row["score" + name] is None) == (not hits)
            if hits:
                means[(*key, name)] = sum(hits) / len(hits)
                worst = max(worst, abs(row["score" + name] - means[(*key, name)]))
    report.check("means of sets and ranges", worst, 1e-9)
    report.equal("samples", samples, True)
    worst = 0.0
    for filter in ("off", "longmamba"):
        for family, extended in (("average", False), ("average_e", True)):
            for name in ranges:
                mine = [m for (d, f, r), m in means.items() if f == filter and r == name and d.endswith("_e") == extended]
                worst = max(worst, abs(rows[family, filter]["score" + name] - sum(mine) / len(mine)))
    report.check("averages over sets", worst, 1e-9)


def main():
    cli, report, rng = Cli(sys.argv[1]), Report(), random.Random(SEED)
    print(f"seed {SEED}")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "longbench-vectors.json"), encoding="utf-8") as file:
        vectors = json.load(file)
    cases = [(v["dataset"], v["pred"], v["answers"], v["all_classes"]) for v in vectors]
    check_scores(cli, report, "LongBench's libraries", cases, [v["score"] for v in vectors])
    cases = ref.odd_cases() + ref.random_cases(SEED, 60)
    got = check_scores(cli, report, "random texts", cases, [ref.score(*case) for case in cases])
    report.equal("not all or nothing", sum(0 < score < 1 for score in got) > len(got) // 3, True)
    check_identities(cli, report, rng)
    check_totals(cli, report, rng)
    report.close()


if __name__ == "__main__":
    main()
