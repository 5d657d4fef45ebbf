"""Trains many models side by side, within a given time, and drops the worse settings on the way.

    python train_all.py BOOKS OUT --work DIR --seconds 372 [--runs FILE.json] [--tokenizer FILE]

The runs are those of `settings`, or of a file: a list of {"setting", "family", "seed", "arguments"}. With
CUDA_VISIBLE_DEVICES=0,1 each family has a GPU to itself. When a share of the time in HALVES is over, the better half of a family's settings goes
on, by the mean score of their seeds, and the others end. DIR gets the prepared data and the logs; OUT the best
snapshots so far, log.txt and scores.jsonl, complete whenever the time is cut short. A run that dies does not take the
others with it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
CHECK_SECONDS = 100
FALLBACK = {"wrong": []}
HALVES = {"mamba2": (0.4,), "mamba": (0.4,)}
SEEDS = range(3)


def settings():
    held = ["--skip", 0.5, "--held", "both"]
    slower = ["--skip", 0.25, "--held", "both", "--config", '{"slow_rates": [0.002, 0.02]}']
    of = {"mamba2": {"held": held, "slower": slower}, "mamba": {"held": ["--lengths", "64,128,256", *held]}}
    return [{"setting": setting, "family": family, "seed": seed, "arguments": arguments}
            for family, found in of.items() for setting, arguments in found.items() for seed in SEEDS]


def name(run):
    return f"{run['family']}-{run['setting']}-{run['seed']}"


class All:
    def __init__(self, options, runs):
        self.o, self.runs, self.begun = options, runs, time.time()
        self.work, self.out = options.work, options.out
        self.until = self.begun + options.seconds
        self.processes = {}
        self.families = sorted({run["family"] for run in runs}, reverse=True)
        self.due = {family: list(HALVES[family]) for family in self.families}
        self.work.mkdir(parents=True, exist_ok=True)
        self.out.mkdir(parents=True, exist_ok=True)

    def begin(self, name, script, *arguments, gpu="0"):
        log = open(self.work / f"{name}.log", "w")
        command = [sys.executable, str(HERE / script), *map(str, arguments)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "2",
                       "CUDA_VISIBLE_DEVICES": gpu}
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)

    def begin_all(self):
        tokenizer = ["--tokenizer", self.o.tokenizer] if self.o.tokenizer else []
        self.begin("prepare", "prepare.py", self.o.books, self.work / "data", "--lengths", "64,128,256", *tokenizer)
        there = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")
        gpus = {family: there[k % len(there)] for k, family in enumerate(self.families)}
        for family in self.families:
            self.begin(f"check-{family}", "check.py", "--family", family, "--out", self.work / f"found-{family}.json",
                       gpu=gpus[family])
        for run in self.runs:
            self.begin(name(run), "train.py", self.work / "data", self.work, "--name", name(run), "--family",
                       run["family"], "--seed", run["seed"], "--until", self.until, "--found",
                       self.work / f"found-{run['family']}.json", *run.get("arguments", []), gpu=gpus[run["family"]])

    def go_on_without_check(self, family):
        """A check that hangs or dies must not keep the runs waiting."""
        found, process = self.work / f"found-{family}.json", self.processes[f"check-{family}"]
        late = time.time() - self.begun > CHECK_SECONDS
        if not found.exists() and (late or process.poll() is not None):
            process.kill()
            found.write_text(json.dumps(FALLBACK))

    def scores(self, name):
        path = self.work / f"{name}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line)["score"] for line in lines]

    def halve(self, family):
        """Ends the worse half of the settings that are left."""
        due = self.due[family]
        if not due or time.time() < self.begun + due[0] * self.o.seconds:
            return
        due.pop(0)
        left = {}
        for run in self.runs:
            if run["family"] == family and not (self.work / f"{name(run)}.stop").exists():
                left.setdefault(run["setting"], []).append(max(self.scores(name(run))[-2:], default=-1e3))
        ranked = sorted(left, key=lambda setting: sum(left[setting]) / len(left[setting]), reverse=True)
        worse = ranked[(len(ranked) + 1) // 2:] if len(ranked) > 1 else []
        for run in self.runs:
            if run["family"] == family and run["setting"] in worse:
                (self.work / f"{name(run)}.stop").touch()
        with open(self.work / "halves.log", "a") as log:
            log.write(f"{time.time() - self.begun:.0f} s: {family} {left}, out: {worse}\n")

    def sync(self):
        """Brings every new snapshot among the best, and the logs, to OUT."""
        best = {path.stem: max(self.scores(path.stem), default=-1e9) for path in self.work.glob("*.pt")}
        kept = [stem for family in self.families
                for stem in sorted((s for s in best if s.startswith(family + "-")), key=best.get,
                                   reverse=True)[:self.o.keep // len(self.families)]]
        for path in self.out.glob("*.pt"):
            if path.stem not in kept:
                path.unlink()
        for path in (self.work / f"{stem}.pt" for stem in kept):
            to = self.out / path.name
            if not to.exists() or to.stat().st_mtime < path.stat().st_mtime:
                shutil.copyfile(path, self.out / "part")
                os.replace(self.out / "part", to)
        gather = lambda kind: "".join(f"==== {f.name}\n{f.read_text(errors='replace')}"
                                      for f in sorted(self.work.glob(kind)))
        (self.out / "log.txt").write_text(gather("*.log"))
        (self.out / "scores.jsonl").write_text(gather("*.jsonl"))

    def __call__(self):
        self.begin_all()
        training = [name(run) for run in self.runs]
        while any(self.processes[n].poll() is None for n in training):
            time.sleep(2)
            for family in self.families:
                self.go_on_without_check(family)
                self.halve(family)
            self.sync()
            if self.processes["prepare"].poll():
                break
        self.sync()


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("books", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--seconds", type=float, default=372)
    options.add_argument("--tokenizer", type=Path)
    options.add_argument("--runs", type=Path)
    options.add_argument("--keep", type=int, default=6, help="how many snapshots OUT holds at most")
    options = options.parse_args()
    every = All(options, json.loads(options.runs.read_text()) if options.runs else settings())
    try:
        every()
    finally:
        for process in every.processes.values():
            if process.poll() is None:
                process.kill()
    print((options.out / "scores.jsonl").read_text())


if __name__ == "__main__":
    main()
