"""Trains the models side by side on one GPU, within a given time.

    python train_all.py BOOKS OUT --work DIR --seconds 1200 [--tokenizer FILE] [--runs FILE.json]

Three seeds of each family, unless --runs names others: a list of {"name", "family", "seed", "arguments"}. DIR
gets the prepared data and the logs; OUT the best snapshots so far and log.txt, complete whenever the time is cut
short. A run that dies does not take the others with it.
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
CHECK_SECONDS = 75
FALLBACK = {"wrong": [], "scan": {}}


class All:
    def __init__(self, options):
        self.o, self.begun = options, time.time()
        self.work, self.out = options.work, options.out
        self.until = self.begun + options.seconds
        self.processes = {}
        self.work.mkdir(parents=True, exist_ok=True)
        self.out.mkdir(parents=True, exist_ok=True)

    def begin(self, name, script, *arguments):
        log = open(self.work / f"{name}.log", "w")
        command = [sys.executable, str(HERE / script), *map(str, arguments)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "2"}
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)

    def begin_all(self, runs):
        tokenizer = ["--tokenizer", self.o.tokenizer] if self.o.tokenizer else []
        self.begin("prepare", "prepare.py", self.o.books, self.work / "data", *tokenizer)
        for family in sorted({run["family"] for run in runs}):
            self.begin(f"check-{family}", "check.py", "--family", family, "--out", self.work / f"found-{family}.json")
        for run in runs:
            self.begin(run["name"], "train.py", self.work / "data", self.work, "--name", run["name"], "--family",
                       run["family"], "--seed", run["seed"], "--until", self.until, "--found",
                       self.work / f"found-{run['family']}.json", *run.get("arguments", []))

    def go_on_without_check(self, family):
        """A check that hangs or dies must not keep the runs waiting."""
        found, process = self.work / f"found-{family}.json", self.processes[f"check-{family}"]
        late = time.time() - self.begun > CHECK_SECONDS
        if not found.exists() and (late or process.poll() is not None):
            process.kill()
            found.write_text(json.dumps(FALLBACK))

    def score(self, name):
        path = self.work / f"{name}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return max((json.loads(line)["score"] for line in lines), default=-1e9)

    def sync(self):
        """Brings every new snapshot among the best, and the logs, to OUT."""
        ranked = sorted((path.stem for path in self.work.glob("*.pt")), key=self.score, reverse=True)
        for name in ranked[self.o.keep:]:
            (self.out / f"{name}.pt").unlink(missing_ok=True)
        for path in (self.work / f"{name}.pt" for name in ranked[:self.o.keep]):
            to = self.out / path.name
            if not to.exists() or to.stat().st_mtime < path.stat().st_mtime:
                part = self.work / "copied"
                shutil.copyfile(path, part)
                os.replace(part, to) if part.stat().st_dev == self.out.stat().st_dev else shutil.move(part, to)
        text = "".join(f"==== {log.name}\n{log.read_text(errors='replace')}" for log in sorted(self.work.glob("*.log")))
        (self.out / "log.txt").write_text(text)

    def __call__(self, runs):
        self.begin_all(runs)
        training = [run["name"] for run in runs]
        while any(self.processes[name].poll() is None for name in training):
            time.sleep(2)
            for family in {run["family"] for run in runs}:
                self.go_on_without_check(family)
            self.sync()
            if self.processes["prepare"].poll():
                break
        self.sync()


def summary(work, names):
    for name in names:
        path = work / f"{name}.jsonl"
        print(f"{name}:")
        for line in path.read_text().splitlines() if path.exists() else ["nothing"]:
            print("  ", line)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("books", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--seconds", type=float, default=1200)
    options.add_argument("--tokenizer", type=Path)
    options.add_argument("--runs", type=Path)
    options.add_argument("--keep", type=int, default=6, help="how many snapshots OUT holds at most")
    options = options.parse_args()
    runs = json.loads(options.runs.read_text()) if options.runs else [
        {"name": f"{family}-{seed}", "family": family, "seed": seed} for family in ("mamba2", "mamba") for seed in range(3)]
    every = All(options)
    try:
        every(runs)
    finally:
        for process in every.processes.values():
            if process.poll() is None:
                process.kill()
    for name in ["prepare"] + [n for n in every.processes if n.startswith("check")]:
        print((options.work / f"{name}.log").read_text(errors="replace")[-1500:])
    summary(options.work, [run["name"] for run in runs])


if __name__ == "__main__":
    main()
