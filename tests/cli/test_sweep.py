"""perplexity as it is run for long: its two protocols, a state that outlives a kill, the figure, and
several ranks under mpirun, one of which may be lost."""

import csv
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import numpy as np

from support import PROGRAM, CliTest, main, mamba_ref, sample, sanitized, text

RESCUE, TIDE = sample("rescue-mamba2-5m"), text("the-tide-books.txt")
LENGTHS, SCORE = (256, 300, 800), 20
SWEEP = ["perplexity", RESCUE, TIDE, "--lengths", "256,300,800", "--score", SCORE, "--windows", 4,
         "--filter", "off", "--filter", "longmamba"]
CELLS = 3 * 4 * 2  # lengths, windows, filters
MPIRUN = shutil.which("mpirun")


def rows(string):
    return list(csv.DictReader(string.splitlines()))


def lines(path):
    """The whole lines of a file that somebody is writing."""
    try:
        with open(path, "rb") as file:
            return file.read().count(b"\n")
    except FileNotFoundError:
        return 0


def wait_for(condition, process):
    """Until CONDITION, or until PROCESS has ended: whichever comes first, within two minutes."""
    limit = time.monotonic() + 120
    while not condition() and process.poll() is None:
        assert time.monotonic() < limit, "nothing happens"
        time.sleep(0.005)


class Protocols(CliTest):
    def nll(self, ids, end, length):
        """Of the last SCORE predictions of the window that ends at END."""
        window = ids[end - length : end]
        passage = "@" + self.write("window.json", json.dumps(window))
        logits = self.array("logits", RESCUE, passage, "--last", SCORE + 1, "--precision",
                            "reference")
        return mamba_ref.nll(logits[:-1], np.array(window[-SCORE:])).mean()

    def test_windows(self):
        """Each protocol's mean over windows that are cut out here."""
        ids = self.json("tokenize", RESCUE, TIDE)["ids"][:1000]
        passage = "@" + self.write("p.json", json.dumps(ids))
        options = [passage, "--lengths", "256,600", "--score", SCORE, "--windows", 2, "--precision",
                   "reference"]
        # strict: from the longest length to the end. paper: from the start, two equal steps.
        ends = {"strict": {256: (600, 1000), 600: (600, 1000)},
                "paper": {256: (256, 256 + 744 // 2), 600: (600, 800)}}
        for protocol, places in ends.items():
            got = rows(self.good("perplexity", RESCUE, *options, "--protocol", protocol))
            self.assertEqual([r["protocol"] for r in got], [protocol] * 2)
            for row in got:
                length = int(row["length"])
                mean = np.mean([self.nll(ids, end, length) for end in places[length]])
                self.assertEqual(row["windows"], "2")
                # Nine digits are printed.
                self.assertAlmostEqual(np.log(float(row["perplexity"])), mean, delta=1e-7)

    def test_names(self):
        """The default is the strict one, and adds no column; JSON names it in any case."""
        plain = self.good(*SWEEP)
        named = self.good(*SWEEP, "--protocol", "strict")
        self.assertEqual([line + ",strict" for line in plain.splitlines()[1:]],
                         named.splitlines()[1:])
        self.assertEqual(self.json(*SWEEP)["protocol"], "strict")
        self.bad(2, *SWEEP, "--protocol", "loose", names=("strict", "paper", "loose"))
        paper = self.json("perplexity", RESCUE, TIDE, "--lengths", "256", "--protocol", "paper",
                          "--score", 1)
        self.assertEqual((paper["protocol"], paper["rows"][0]["windows"]), ("paper", 10))


class Resume(CliTest):
    def test_killed(self):
        """Killed in the middle, it goes on and prints the same bytes; what was done is not redone."""
        expected, state = self.good(*SWEEP), self.path("state.jsonl")
        words = [PROGRAM, *map(str, SWEEP), "--resume", state]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
            wait_for(lambda: lines(state) > 1 + CELLS // 2, process)
            process.send_signal(signal.SIGKILL)
        done = lines(state)
        self.assertGreater(done, CELLS // 2)
        with open(state, "rb") as file:
            before = file.read()
        with open(state, "ab") as file:
            file.write(b'{"text":0,"length":80')  # the line that the kill cut short
        self.assertEqual(self.good(*SWEEP, "--resume", state), expected)
        with open(state, "rb") as file:
            after = file.read()
        whole = before[: before.rindex(b"\n") + 1]
        self.assertTrue(after.startswith(whole))
        self.assertEqual(after.count(b"\n"), 1 + CELLS)
        self.assertEqual(self.good(*SWEEP, "--resume", state), expected)
        with open(state, "rb") as file:
            self.assertEqual(file.read(), after)

    def test_refused(self):
        """Of another sweep: what differs is named, and the file stays as it is."""
        table, state = self.path("table.json"), self.path("state.jsonl")
        shutil.copy(os.path.join(RESCUE, "longmamba.json"), table)
        sweep = ["perplexity", RESCUE, TIDE, "--lengths", "300", "--windows", 1, "--score", 5,
                 "--resume", state]
        filters = ["--filter", f"longmamba:table={table}"]
        self.good(*sweep, *filters)
        with open(state, "rb") as file:
            kept = file.read()
        for names, change in (
            (("protocol", "strict", "paper"), [*filters, "--protocol", "paper"]),
            (("filters",), [*filters, "--filter", "off"]),
            (("scored", "5", "6"), [*filters, "--score", 6]),
            (("lengths", "301"), [*filters, "--lengths", "301"]),
            (("precision", "reference"), [*filters, "--precision", "reference"]),
            (("training length", "200"), [*filters, "--train-length", 200]),
            (("memory",), [*filters, "--memory", "1GiB"]),
        ):
            self.bad(1, *sweep, *change, names=(state, "another sweep", *names))
        other = ["perplexity", sample("novel-mamba2-6m"), *sweep[2:], "--filter", "off"]
        self.bad(1, *other, names=(state, "model"))
        self.bad(1, *sweep[:2], text("pass-key.txt"), *sweep[3:], *filters, names=(state, "texts"))
        with open(table, encoding="utf-8") as file:
            changed = json.load(file)
        changed["theta"] = changed["theta"] / 2
        self.write("table.json", json.dumps(changed))
        self.bad(1, *sweep, *filters, names=(state, "files"))
        with open(state, "rb") as file:
            self.assertEqual(file.read(), kept)

    def test_broken(self):
        """Files that are none of ours are refused by line and member, and stay as they are."""
        state = self.path("state.jsonl")
        sweep = ["perplexity", RESCUE, TIDE, "--lengths", "30", "--windows", 1, "--score", 2,
                 "--resume", state]
        self.good(*sweep)
        with open(state, encoding="utf-8") as file:
            head, line = file.read().splitlines()
        for tail, names in (
            (line.replace('"window":0', '"window":1'), ("line 2", "window")),
            (line.replace('"text":0', '"text":1'), ("line 2", "$.text")),
            (line.replace('"acted":false', '"acted":0'), ("line 2", "$.acted")),
            (line[: line.index("[")] + "[1.0]}", ("line 2", "$.nll", "2", "1")),
            (line[: line.index("[")] + "[1.0,null]}", ("line 2", "$.nll")),
            ("{}", ("line 2", "missing")),
            ("no", ("line 2", "JSON")),
        ):
            broken = self.write("state.jsonl", f"{head}\n{tail}\n")
            self.bad(1, *sweep, names=names)
            with open(broken, encoding="utf-8") as file:
                self.assertEqual(file.read(), f"{head}\n{tail}\n")
        for content in ("a letter\n", "a letter", '{"schema":"other"}\n'):
            self.write("state.jsonl", content)
            self.bad(1, *sweep, names=("state.jsonl",))
        self.bad(1, *sweep[:-1], self.path("no", "folder.jsonl"), names=("folder",))


class Figure(CliTest):
    def test_one_command(self):
        """Curves and numbers of one run: the figure's data are the CSV's, and `figure` makes the same
        file again from what is inside."""
        sweep = ["perplexity", RESCUE, TIDE, "--lengths", "512,256", "--windows", 2, "--score", 20,
                 "--filter", "off", "--filter", "decimamba:base=200", "--filter", "longmamba"]
        picture, again = self.path("sweep.svg"), self.path("again.svg")
        printed = self.good(*sweep)
        self.good(*sweep, "--out", self.path("sweep.csv"), "--figure", picture)
        with open(self.path("sweep.csv"), encoding="utf-8", newline="") as file:
            self.assertEqual(file.read(), printed)
        caption = self.good("figure", picture, "--out", again, "--data", self.path("data"))
        self.assertIn("strict protocol", caption)
        with open(picture, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())
        data = [name for name in os.listdir(self.path("data")) if name.endswith(".csv")]
        with open(self.path("data", data[0]), encoding="utf-8") as file:
            shown = file.read()
        for row in rows(printed):
            self.assertIn(row["perplexity"], shown)
        self.good(*sweep, "--out", self.path("p.csv"), "--figure", picture, "--protocol", "paper")
        self.assertIn("LongMamba's protocol", self.good("figure", picture, "--out", again))
        self.bad(2, *sweep, "--figure", self.path("sweep.txt"), names=("--figure", ".png"))
        self.bad(2, *sweep[:3], TIDE, *sweep[3:], "--figure", picture, names=("--figure", "one TEXT"))


class Devices(CliTest):
    def test_recall(self):
        """Rows and answers, in their order, by one worker and by three."""
        recall = ["recall", RESCUE, TIDE, "--task", "passkey,niah_single_1", "--lengths", "256,700",
                  "--trials", 3, "--filter", "off", "--filter", "longmamba", "--backend", "cpu"]
        told = []
        for devices in ([], ["--devices", "0"], ["--devices", "0,0,0"]):
            answers = self.path(f"answers-{len(told)}.jsonl")
            printed = self.good(*recall, *devices, "--answers", answers)
            with open(answers, encoding="utf-8") as file:
                told.append((printed, file.read()))
        self.assertEqual(len(told[0][1].splitlines()), 2 * 2 * 3 * 2)
        self.assertEqual(told[1:], told[:1] * 2)


class Ranks(CliTest):
    """Under mpirun, where it is installed and the program has its module."""

    def setUp(self):
        super().setUp()
        mpi = json.loads(self.good("devices", "--json"))["mpi"]
        self.assertEqual(mpi["usable"], mpi["reason"] is None)
        if MPIRUN is None or not mpi["usable"]:
            self.skipTest(f"mpirun: {MPIRUN}; module: {mpi['reason']}")
        self.environment = dict(
            os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
            OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none",
            OMPI_MCA_btl_vader_single_copy_mechanism="none",  # which a container may forbid
            HWLOC_COMPONENTS="-gl",  # no X server of another test is asked for GPUs
            TMPDIR=self.folder)  # sockets' paths must be short
        if sanitized():  # what MPI leaves behind is none of ours
            self.environment["ASAN_OPTIONS"] = "detect_leaks=0"

    def words(self, *arguments):
        return [PROGRAM, *map(str, arguments)]

    def mpirun(self, *arguments):
        return subprocess.run([MPIRUN, *arguments], env=self.environment, capture_output=True,
                              text=True, timeout=250)

    def test_same_bytes(self):
        expected = self.good(*SWEEP)
        for ranks in ("1", "2", "3"):
            done = self.mpirun("-n", ranks, *self.words(*SWEEP))
            self.assertEqual((done.returncode, done.stdout), (0, expected), done.stderr)
        out = self.path("out.csv")  # rank 0 alone writes, and prints one table
        done = self.mpirun("-n", "2", *self.words(*SWEEP, "--out", out))
        self.assertEqual(len(done.stdout.splitlines()), 1 + 6, done.stdout)
        with open(out, encoding="utf-8", newline="") as file:
            self.assertEqual(file.read(), expected)
        # The folder may be missing where the others are.
        done = self.mpirun("-n", "1", *self.words(*SWEEP, "--out", out), ":", "-n", "1",
                           *self.words(*SWEEP, "--out", self.path("no", "out.csv")))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("lost", done.stderr)

    def test_lost_at_start(self):
        """A rank without the model, and one with another command line: named, and done without."""
        expected = self.good(*SWEEP)
        for other, reason in ((["perplexity", "/nowhere", *SWEEP[2:]], "/nowhere"),
                              ([*SWEEP, "--score", "21"], "scored tokens")):
            done = self.mpirun("-n", "1", *self.words(*SWEEP), ":", "-n", "1", *self.words(*other))
            self.assertEqual((done.returncode, done.stdout), (0, expected), done.stderr)
            self.assertRegex(done.stderr, r"mambascope-cli: warning: rank 1 on \S+ is lost: .*" + reason + ".* window")

    def start(self, *options):
        """A longer sweep of two ranks, in which some windows are done, and rank 1's process id."""
        state = self.path("state.jsonl")
        process = subprocess.Popen(
            [MPIRUN, *options, "-n", "2", *self.words(*LONG, "--resume", state)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.communicate()))
        wait_for(lambda: lines(state) > 4, process)
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    said = file.read().split(b"\0")
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if b"OMPI_COMM_WORLD_RANK=1" in said and state.encode() in words:
                return process, int(name), state
        self.fail("rank 1 is nowhere")

    def test_killed_rank(self):
        """With --enable-recovery the others do its windows; without, mpirun ends them all, and the
        state goes on."""
        expected = self.good(*LONG)
        process, rank, _ = self.start("--enable-recovery")
        os.kill(rank, signal.SIGKILL)
        printed, said = process.communicate(timeout=250)
        self.assertEqual((process.returncode, printed), (0, expected), said)
        self.assertRegex(said, r"mambascope-cli: warning: rank 1 on \S+ is lost: .* window \d+ of length \d+ is done")
        os.remove(self.path("state.jsonl"))
        process, rank, state = self.start()
        os.kill(rank, signal.SIGKILL)
        process.communicate(timeout=250)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(self.good(*LONG, "--resume", state), expected)

    def test_errors(self):
        """What is wrong everywhere is said once."""
        done = self.mpirun("-n", "2", *self.words("perplexity", RESCUE, "/nowhere", "--lengths", "9"))
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("mambascope-cli: "), 1, done.stderr)
        done = self.mpirun("-n", "2", *self.words("perplexity", RESCUE, "-", "--lengths", "9"))
        self.assertIn("standard input", done.stderr)

    def test_no_module(self):
        """Started as one of several without MPI: refused, or each would do the whole."""
        environment = dict(os.environ, OMPI_COMM_WORLD_SIZE="2", MAMBASCOPE_MODULE_DIR=self.folder)
        shutil.copyfile(__file__, self.path("scope-mpi.so"))  # which is no library
        done = self.call(*SWEEP, env=environment)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\Amambascope-cli: started as one of several ranks: [^\n]+\n\Z")


LONG = ["perplexity", RESCUE, TIDE, "--lengths", "256,700,1000", "--windows", 4, "--filter", "off",
        "--filter", "longmamba"]

if __name__ == "__main__":
    main()
