"""recall: every trial that --prompts writes is solved from its text alone by a reader that knows the
wordings and nothing else; lengths, depths and seeds; what --answers says against scores computed here."""

import collections
import json
import math
import os
import re

from support import CliTest, main, sample, text

RESCUE, NOVEL = sample("rescue-mamba2-5m"), sample("novel-mamba-6m")
TIDE = text("the-tide-books.txt")

NEEDLES = ["niah_single_1", "niah_single_2", "niah_single_3", "niah_multikey_1", "niah_multikey_2",
           "niah_multikey_3", "niah_multivalue", "niah_multiquery"]
RULER = NEEDLES + ["vt", "cwe", "fwe", "qa_1", "qa_2"]

# Shapes that the defaults do not have.
ODD = ["niah_single_1:tiny", "niah_multikey_1:keys=17:value=word", "niah_multivalue:values=7:queries=3",
       "niah_multiquery:queries=2:key=number:value=uuid:haystack=noise", "niah_multikey_2:values=2:digits=9",
       "niah_single_2:value=word:key=uuid:haystack=needles", "vt:chains=4:hops=3", "vt:tiny",
       "vt:haystack=text:shots=0:chains=2", "cwe:tiny", "cwe:common=4:often=20:seldom=5:shots=0",
       "needle:keys=9", "fwe:tiny", "fwe:alpha=1.4:top=5:letters=7", "qa_1:tiny", "qa_2:tiny"]


def questions(count=30):
    """People, where they were born, and whose children they are: solvable by pattern."""
    names = [f"{a}{b}" for a in ("Ana", "Bor", "Cyr", "Dag", "Eli") for b in ("bel", "dan", "fin", "gus",
                                                                              "hew", "jon")][:count]
    documents, decoys, asked = [], [], []
    for i, name in enumerate(names):
        town = f"{name[::-1].capitalize()}ton"
        documents.append({"title": name, "text": f"{name} was born in {town}. Rain fell all day."})
        asked.append({"question": f"Where was {name} born?", "answers": [town, town.upper()],
                      "documents": [2 * i]})
        # Gives the answer away: it must not stand beside the question.
        decoys.append({"title": f"Of {town.lower()}", "text": "A mill."} if i % 2 else
                      {"title": "A mill", "text": f"There is one in {town.upper()}."})
        parent = names[(i + 7) % count]
        documents.append({"title": f"The parents of {name}", "text": f"{name} is a child of {parent}."})
        asked.append({"question": f"Where was the parent of {name} born?",
                      "answers": [f"{parent[::-1].capitalize()}ton"],
                      "documents": [2 * i + 1, 2 * ((i + 7) % count)]})
    return {"documents": documents + decoys, "questions": asked}


def last(pattern, words):
    found = list(re.finditer(pattern, words))
    assert found, (pattern, words[-300:])
    return found[-1]


def split_list(words):
    return re.split(r", | and ", words)


# -- The readers: from the text of a prompt to what should be answered, and the context without what was
#    hidden in it --


def solve_needles(words):
    asked = last(r"\n\nQuestion: Which (locker code|password|serial number)(s?) of (.+) does the text "
                 r"name\?\nAnswer: The \1\2 of \3 that the text names (is|are)$", words)
    head = re.match(r"Keep in mind every .+ in the text below: the end asks for some of them\.\n", words)
    context = words[head.end():asked.start()]
    values = collections.defaultdict(list)
    pattern = rf" One {asked[1]} of (\S+) is (\S+)\."
    for key, value in re.findall(pattern, context):
        values[key].append(value)
    answers = [value for key in split_list(asked[3]) for value in values[key]]
    assert (len(answers) > 1) == (asked[2] == "s") == (asked[4] == "are")
    return answers, re.sub(pattern, "", context)


def solve_variables(words):
    asked = last(r"\n\nQuestion: Which (\d+) variables hold (\d+)\?\nAnswer: The \1 variables that hold \2 "
                 r"are$", words)
    head = last(r"The text below sets variables.*\n", words)
    context = words[head.end():asked.start()]
    held = {}
    for name, value in re.findall(r" Let ([A-Z]+) be (\w+)\.", context):
        assert name not in held
        held[name] = value if value.isdigit() else held[value]  # KeyError: used before it is set
    answers = [name for name, value in held.items() if value == asked[2]]
    assert len(answers) == int(asked[1])
    return answers, re.sub(r" Let [A-Z]+ be \w+\.", "", context)


def solve_common(words):
    asked = last(r"\n\nQuestion: Which (\d+) words are the most common ones of the list\?\nAnswer: The \1 "
                 r"most common words are$", words)
    head = last(r"Some words of the list below occur more often than the others\. Find the \d+ most common "
                r"ones\.\n", words)
    items = words[head.end():asked.start()].split(",")
    assert items[-1] == ""
    counts = collections.Counter(item.strip() for item in items[:-1])
    ranked = counts.most_common()
    top = int(asked[1])
    assert len({count for _, count in ranked[:top]}) == 1
    assert len(ranked) == top or ranked[top - 1][1] > ranked[top][1]
    return [word for word, _ in ranked[:top]], ""


def solve_frequent(words):
    asked = last(r"\n\nQuestion: Which (\d+) code words occur most often in the text\?\nAnswer: The \1 most "
                 r"frequent code words are$", words)
    context = words[words.index("\n") + 1:asked.start()]
    counts = collections.Counter(word for word in context.split() if word.strip("."))
    ranked, top = counts.most_common(), int(asked[1])
    assert len(ranked) == top or ranked[top - 1][1] > ranked[top][1]
    return [word for word, _ in ranked[:top]], ""


def solve_question(words):
    asked = last(r"\n\nQuestion: (.+)\nAnswer:$", words)
    context = words[:asked.start()]
    name = re.match(r"Where was (?:the parent of )?(\w+) born\?", asked[1])[1]
    if "parent" in asked[1]:
        (name,) = set(re.findall(rf"\n{name} is a child of (\w+)\.", context))
    towns = re.findall(rf"\n{name} was born in (\w+)\.", context)
    assert len(towns) == 1, "the document that answers stands there once"
    return towns, ""


def solve_passkey(words):
    return re.findall(r"\nThe pass key is (\d{5})\. Remember it\. \1 is the pass key\.\n", words), \
        re.sub(r"\nThe pass key is (\d{5})\. Remember it\. \1 is the pass key\.\n", "",
               words[:-len("\nWhat is the pass key? The pass key is")])


def solve_needle(words):
    key = last(r"\nWhat is the special magic number for (\S+) mentioned in the text\? The special magic "
               r"number for \1 is:$", words)
    pattern = r" One of the special magic numbers for (\S+) is: (\d{5})\.\n"
    context = words[:key.start()]
    return [number for name, number in re.findall(pattern, context) if name == key[1]], \
        re.sub(pattern, "", context)


def solver(task):
    name = task.split(":")[0]
    return {"passkey": solve_passkey, "needle": solve_needle, "vt": solve_variables, "cwe": solve_common,
            "fwe": solve_frequent, "qa_1": solve_question, "qa_2": solve_question}.get(name, solve_needles)


def score(by, said, answers):
    found = [answer.lower() in said.lower() for answer in answers]
    if by == "start":
        return float(said.lstrip(" \n\t").startswith(answers[0]))
    return sum(found) / len(found) if by == "all" else float(any(found))


def wilson(p, n):
    """The roots of n (x - p)^2 = z^2 x (1 - x)."""
    z2 = 1.959963984540054 ** 2
    a, b, c = n + z2, -(2 * n * p + z2), n * p * p
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Recall(CliTest):
    def prompts(self, model, tasks, lengths, *options, name="p.jsonl"):
        path = self.path(name)
        self.good("recall", model, TIDE, "--task", tasks, "--lengths", lengths, "--prompts", path,
                  "--questions", self.write("q.json", json.dumps(questions())), *options)
        return read_lines(path)

    def check_solved(self, trial):
        what = (trial["task"], trial["length"], trial["trial"], trial["seed"])
        answers, rest = solver(trial["task"])(trial["prompt"])
        if trial["score_by"] == "part":
            self.assertIn(answers[0], trial["answers"], what)
        else:
            self.assertEqual(sorted(answers), sorted(trial["answers"]), what)
        said = " " + ", ".join(answers).swapcase() if trial["score_by"] != "start" else " " + answers[0]
        self.assertEqual(score(trial["score_by"], said, trial["answers"]), 1, what)
        self.assertEqual(score(trial["score_by"], " nothing, 00000 and none", trial["answers"]), 0, what)
        return rest

    def check_length(self, trial):
        what = (trial["task"], trial["length"], trial["tokens"])
        name = trial["task"].split(":")[0]
        room = trial["length"] - trial["generate"] - trial["tokens"]
        if name in ("passkey", "needle"):
            # What is free is the answer's: a space, five digits and a full stop, in tokens.
            self.assertIn(trial["length"] - trial["tokens"], range(3, 8), what)
        else:
            self.assertGreaterEqual(room, 0, what)
            self.assertLess(room, 12 if name in ("cwe", "fwe") else 1, what)

    def check_unique(self, trial):
        """What is asked for stands in a haystack once."""
        name = trial["task"].split(":")[0]
        if name in NEEDLES or name.startswith("qa"):
            for answer in trial["answers"]:
                self.assertEqual(trial["prompt"].lower().count(answer.lower()), 1, trial["task"])
        if name in NEEDLES:
            self.assertEqual(len(trial["places"]), len(trial["answers"]))

    def test_solved(self):
        with open(TIDE, encoding="utf-8") as file:
            tide = file.read()
        tasks = ",".join(["passkey", "needle"] + RULER + ODD)
        for model in (RESCUE, NOVEL):
            for seed in (1, 4294967295):
                trials = self.prompts(model, tasks, "3997,2503", "--trials", 4, "--seed", seed)
                self.assertEqual(len(trials), (15 + len(ODD)) * 2 * 4)
                for trial in trials:
                    rest = self.check_solved(trial)
                    self.check_length(trial)
                    self.check_unique(trial)
                    own = trial["task"].split(":")[0]
                    if own in ("passkey", "needle") or own in NEEDLES[1:4] + NEEDLES[6:] and \
                            "haystack" not in trial["task"]:
                        self.assertIn(rest, tide, trial["task"])  # nothing lost, nothing added

    def test_repeat(self):
        """A text that is too short goes round, and a row says so; one that is long enough is as ever."""
        with open(TIDE, encoding="utf-8") as file:
            tide = file.read()
        tasks = "passkey,needle:keys=3,niah_single_2,niah_multikey_1,vt:haystack=text,niah_single_1"
        trials = self.prompts(RESCUE, tasks, "9001", "--trials", 3, "--repeat")
        for trial in trials:
            rest = self.check_solved(trial)
            self.check_length(trial)
            self.check_unique(trial)
            if trial["task"] in tasks.split(",")[:4]:
                self.assertIn(rest, tide * 4, trial["task"])
                self.assertNotIn(rest, tide, trial["task"])
        mine = self.prompts(RESCUE, tasks, "2001", "--trials", 3, "--repeat")
        self.assertEqual(mine, self.prompts(RESCUE, tasks, "2001", "--trials", 3))
        options = ["recall", RESCUE, self.write("short.txt", tide[:2000]), "--task",
                   "passkey,niah_single_1:tiny", "--lengths", "256,2001", "--trials", 1, "--repeat"]
        lines = self.good(*options).splitlines()
        self.assertEqual(lines[0], "task,length,filter,trials,accuracy,ci_low,ci_high,haystack")
        self.assertEqual([line.rpartition(",")[2] for line in lines[1:]],
                         ["whole", "repeated", "made", "made"])
        self.assertIn("repeated", self.good(*options, "--out", self.path("r.csv")))
        self.assertIs(self.json(*options)["repeat"], True)

    def test_tokens(self):
        """The text of a prompt has as many tokens, but for joints where whole text is merged."""
        for trial in self.prompts(RESCUE, "niah_multiquery,vt,fwe,qa_1", "1201", "--trials", 1):
            path = self.write("prompt.txt", trial["prompt"])
            tokens = self.json("tokenize", RESCUE, path)["tokens"]
            self.assertLessEqual(tokens, trial["tokens"])
            self.assertLess(trial["tokens"] - tokens, 10, trial["task"])

    def test_depth(self):
        for depth in (0, 25, 50, 100):
            for trial in self.prompts(RESCUE, f"niah_single_1:depth={depth},niah_single_2:depth={depth},"
                                      f"passkey:depth={depth},qa_2:depth={depth}", "3001", "--trials", 2):
                first = min(trial["places"], key=lambda place: abs(place["depth"] - depth / 100))
                # A sentence of prose is up to 64 tokens away, a document is about 30.
                self.assertLess(abs(first["depth"] - depth / 100), 0.03, trial["task"])
                at = trial["prompt"].lower().index(trial["answers"][0].lower())
                if trial["task"].startswith(("niah", "passkey")):
                    self.assertAlmostEqual(at / len(trial["prompt"]), depth / 100, delta=0.12)
        # Spread evenly over the trials.
        trials = self.prompts(RESCUE, "niah_single_1", "3001", "--trials", 8)
        for k, trial in enumerate(trials):
            self.assertLess(abs(trial["places"][0]["depth"] - (k + 0.5) / 8), 0.01)

    def test_seed(self):
        tasks, options = ",".join(RULER), ("--trials", 3)
        for name in ("a", "b"):
            self.prompts(RESCUE, tasks, "2503,3001", *options, name=name)
        with open(self.path("a"), "rb") as a, open(self.path("b"), "rb") as b:
            self.assertEqual(a.read(), b.read())
        mine = read_lines(self.path("a"))
        others = self.prompts(RESCUE, tasks, "2503,3001", *options, "--seed", 2)
        facts = collections.defaultdict(set)
        for one, other in zip(mine, others):
            self.assertNotEqual(one["prompt"], other["prompt"])
            facts[one["task"], one["trial"]].add(tuple(sorted(one["answers"])))
        self.assertEqual({len(found) for found in facts.values()}, {1})  # the same at every length
        self.assertGreater(len(set().union(*facts.values())), 30)

    def test_least(self):
        """The message's minimum is one: that length does, a token less does not."""
        for task in RULER + ODD:
            words = self.bad(1, "recall", RESCUE, TIDE, "--task", task, "--lengths", "9,4000", "--prompts",
                             self.path("p"), names=[task])
            least = int(re.search(r"at least (\d+) tokens, found 9\b", words)[1])
            self.bad(1, "recall", RESCUE, TIDE, "--task", task, "--lengths", least - 1, "--prompts",
                     self.path("p"), names=[least, least - 1])
            path = self.path("p")
            self.good("recall", RESCUE, TIDE, "--task", task, "--lengths", least, "--prompts", path)
            for trial in read_lines(path):
                self.assertLessEqual(trial["tokens"] + trial["generate"], least)
                if not task.startswith("qa"):  # whose built-in questions are none of ours
                    self.check_solved(trial)
            os.remove(path)

    def test_scores(self):
        """CSV from the lines of --answers, and these from what was said."""
        out, said = self.path("r.csv"), self.path("a.jsonl")
        tasks = "passkey,niah_multivalue:tiny:digits=1,cwe:tiny:generate=60,fwe:tiny:top=1,qa_1:tiny"
        words = self.good("recall", RESCUE, TIDE, "--task", tasks, "--lengths", "300,501", "--trials", 4,
                          "--filter", "off", "--filter", "longmamba", "--out", out, "--answers", said)
        lines = read_lines(said)
        self.assertEqual(len(lines), 5 * 2 * 4 * 2)
        scores = collections.defaultdict(list)
        for line in lines:
            self.assertAlmostEqual(line["score"], score(line["score_by"], line["text"], line["answers"]),
                                   places=12)
            scores[line["task"], str(line["length"]), line["filter"]].append(line["score"])
        self.assertTrue(any(0 < line["score"] < 1 for line in lines), "no part of an answer was ever found")
        with open(out, encoding="utf-8") as file:
            rows = [line.split(",") for line in file.read().splitlines()[1:]]
        self.assertEqual([tuple(row[:3]) for row in rows], list(dict.fromkeys(
            (task, length, spec) for task in tasks.split(",") for length in ("300", "501")
            for spec in ("off", "longmamba"))))
        for row in rows:
            got = scores[tuple(row[:3])]
            mean = sum(got) / len(got)
            self.assertEqual((int(row[3]), len(got)), (4, 4))
            for cell, expected in zip(row[4:], (mean, *wilson(mean, len(got)))):
                self.assertAlmostEqual(float(cell), expected, delta=1e-8)
        for task, spec in ((t, s) for t in tasks.split(",") for s in ("off", "longmamba")):
            cells = "".join(rf"\s+{sum(scores[task, n, spec]) / 4:.2f} \(\S+\)" for n in ("300", "501"))
            self.assertRegex(words, rf"(?m)^{task}\s+{spec}{cells}$")
        self.assertRegex(words, r"(?m)^mean of the tasks\s+off\s+0\.\d\d")

    def test_list(self):
        words = self.good("recall", "--list")
        document = self.json("recall", "--list")
        names = [task["name"] for task in document["tasks"]]
        self.assertEqual(names, ["passkey", "needle"] + RULER)
        for task in document["tasks"]:
            self.assertIn(f"{task['name']}: {task['summary']}\n", words)
            for parameter in task["parameters"]:
                option = f"{task['name']}:{parameter['name']}="
                if parameter["choices"]:
                    self.assertIn(parameter["default"], parameter["choices"].split("|"))
                    wrong = ["none"]
                else:
                    wrong = [parameter["low"] - 1, parameter["high"] + 1]
                    wrong += [1.5] if parameter["whole"] else []
                for value in wrong:
                    self.bad(2, "recall", RESCUE, TIDE, "--task", f"{option}{value}", "--lengths", 4000,
                             names=[parameter["name"], value])

    def test_refusals(self):
        self.bad(2, "recall", names=["MODEL"], *["--task", "vt", "--lengths", "900"])
        self.bad(2, "recall", RESCUE, "--task", "vt,niah_single_2", "--lengths", "900",
                 names=["niah_single_2", "TEXT"])
        self.good("recall", RESCUE, "--task", "vt,cwe:tiny,fwe,qa_1,qa_2,niah_single_1", "--lengths", 900,
                  "--prompts", self.path("p"))
        self.bad(2, "recall", RESCUE, "--task", "vt", "--lengths", "900", "--prompts", "p", "--out", "o",
                 names=["--prompts"])
        self.bad(1, "recall", RESCUE, TIDE, "--task", "niah_single_2", "--lengths", "40000",
                 names=["40000", TIDE, "niah_single_2", "--repeat"])
        self.bad(1, "recall", RESCUE, self.write("none.txt", ""), "--task", "passkey", "--lengths", "256",
                 "--repeat", names=["none.txt"])
        self.bad(1, "recall", RESCUE, "--task", "niah_multikey_2:digits=2", "--lengths", "4000",
                 names=["niah_multikey_2:digits=2", "2 digits"])
        one = questions()
        one["questions"] = one["questions"][:1]
        path = self.write("one.json", json.dumps(one))
        self.bad(1, "recall", RESCUE, "--task", "qa_2", "--lengths", "900", "--questions", path,
                 names=["one.json", "qa_2", "two or more"])
        one["documents"] = one["documents"][:1]
        path = self.write("one.json", json.dumps(one))
        self.bad(1, "recall", RESCUE, "--task", "qa_1", "--lengths", "900", "--questions", path,
                 names=["one.json", "questions[0]"])
        path = self.write("bad.json", "{")
        self.bad(1, "recall", RESCUE, "--task", "qa_1", "--lengths", "900", "--questions", path,
                 names=["bad.json"])


if __name__ == "__main__":
    main()
