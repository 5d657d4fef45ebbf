"""Ctrl-C stops long work at once, leaves no partial file and says so; the progress bar shows itself on
a terminal only, and only for long work."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from support import PROGRAM, CliTest, main, sample, text

RESCUE, LETTER = sample("rescue-mamba2-5m"), text("the-letter.txt")
LONG = 60000  # tokens: many seconds on any machine


class Signals(CliTest):
    def setUp(self):
        super().setUp()
        self.long = "@" + self.write("long.json", json.dumps([i * 7919 % 4096 for i in range(LONG)]))

    def stop(self, number, after, *arguments):
        """Sends a signal AFTER seconds; returns the seconds that the program then took."""
        before = sorted(os.listdir(self.folder))
        child = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        time.sleep(after)
        self.assertIsNone(child.poll(), "done before it could be stopped")
        begin = time.monotonic()
        child.send_signal(number)
        out, error = child.communicate(timeout=60)
        took = time.monotonic() - begin
        self.assertEqual(child.returncode, 128 + number)
        self.assertEqual((out, error), ("", "mambascope-cli: interrupted\n"))
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return took

    def test_interrupt(self):
        calls = [
            ["logits", RESCUE, self.long, "--out", self.path("o.npy")],
            ["trace", RESCUE, self.long, "--layer", 7, "--out", self.path("t")],
            ["attention", RESCUE, self.long, "--layer", 0, "--channel", 0, "--bins", 2048,
             "--reduce", "absmax", "--out", self.path("o.npy")],
            ["perplexity", RESCUE, self.long, "--lengths", 50000, "--filter", "longmamba-online"],
            ["calibrate", RESCUE, self.long, "--out", self.path("c.json"), "--train-length", 50000],
            ["figure", "--preset", "maps", RESCUE, self.long, "--out", self.path("f.png")],
        ]
        for arguments in calls:
            with self.subTest(command=arguments[0]):
                # The best of some tries: the machine may be busy, the program may not.
                took = [self.stop(signal.SIGINT, after, *arguments) for after in (0.6, 0.9, 1.2)]
                self.assertLess(min(took), 0.2, took)

    def test_terminate(self):
        self.stop(signal.SIGTERM, 0.6, "logits", RESCUE, self.long, "--out", self.path("o.npy"))

    def test_interrupt_while_reading(self):
        """A slow reader of the text: nothing has begun, the program ends at once."""
        child = subprocess.Popen([PROGRAM, "tokenize", RESCUE, "-"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=10), 130)
        self.assertEqual(child.stderr.read(), "mambascope-cli: interrupted\n")
        for stream in (child.stdin, child.stdout, child.stderr):
            stream.close()


class Bar(CliTest):
    def on_terminal(self, *arguments):
        """What the program writes to a terminal on stderr, until it ends or shows a bar."""
        master, slave = pty.openpty()
        child = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL,
                                 stderr=slave)
        os.close(slave)
        seen, end = b"", time.monotonic() + 60
        while time.monotonic() < end and not re.search(rb"\[#*\.*\] +\d+ %", seen):
            if select.select([master], [], [], 0.1)[0]:
                try:
                    seen += os.read(master, 4096)
                except OSError:
                    break
            elif child.poll() is not None:
                break
        child.send_signal(signal.SIGINT)
        child.wait(timeout=60)
        os.close(master)
        return seen

    def test_long_work(self):
        long = "@" + self.write("long.json", json.dumps([i % 4096 for i in range(LONG)]))
        seen = self.on_terminal("logits", RESCUE, long, "--out", self.path("o.npy"))
        self.assertRegex(seen, rb"\[#*\.*\] +\d+ %")

    def test_short_work(self):
        self.assertEqual(self.on_terminal("generate", RESCUE, LETTER, "--tokens", 1), b"")


if __name__ == "__main__":
    main()
