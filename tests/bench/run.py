#!/usr/bin/python3
"""Runs mambascope-cli's bench and its peers on one machine in one run, and writes one table.

    run.py PROGRAM [--backend cuda|cpu] [--torch PYTHON] [--mamba-ssm PYTHON] [--mamba-c MAMBA]
           [--tokens 512] [--rounds 3] [--repeats 11] [--json F.json] [--markdown F.md]

PROGRAM is mambascope-cli. --torch is an interpreter with PyTorch and transformers, --mamba-ssm one
that imports mamba_ssm and causal_conv1d, MAMBA the executable of mamba.c; a peer that is not given is
left out. With --backend cuda the rows are those of the project's speed table, each beside its bar, the
peers of the same run and what the fastest public implementation was once measured at (quoted:
another run, one H200); the files are written anew after each program, so that a run that is cut short
leaves what it has. With --backend cpu ours and the peers take turns, --rounds times, and each row is
the best of its rounds: other work on the machine only ever makes a round slower. What all rounds gave
is in the JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "..", "..", "samples")

# The table for one GPU: what, case, shape, tokens, precision, bar (where there is one) and quoted
# milliseconds.
FORWARD = "with logits"
BARS = (
    ("forward", FORWARD, "mamba-130m", 16384, "fp32", None, 88),
    ("forward", FORWARD, "mamba-130m", 60000, "fp32", None, 317),
    ("forward", FORWARD, "mamba-130m", 2048, "tf32", 2.5, 13.9),
    ("forward", FORWARD, "mamba-130m", 2048, "bf16", 2.5, 16.3),
    ("forward", FORWARD, "mamba-130m", 16384, "tf32", 18, 36.7),
    ("forward", FORWARD, "mamba-130m", 16384, "bf16", 10, 20.6),
    ("forward", FORWARD, "mamba-130m", 60000, "tf32", 66, 131),
    ("forward", FORWARD, "mamba-130m", 60000, "bf16", 37, 102),
    ("forward", FORWARD, "mamba-1.4b", 16384, "tf32", 175, 254),
    ("forward", FORWARD, "mamba-1.4b", 16384, "bf16", 95, 137),
    ("forward", FORWARD, "mamba2-130m", 16384, "tf32", 18, 45.8),
    ("forward", FORWARD, "mamba2-130m", 16384, "bf16", 10, 28.9),
    ("forward", FORWARD, "mamba2-1.3b", 16384, "bf16", 80, 102),
    ("map", "one channel", "mamba-130m", 2048, "tf32", 0.05, 0.96),
    ("map", "one channel", "mamba-130m", 16384, "tf32", 1, 47.6),
    ("overview", "mean", "mamba-130m", 16384, "tf32", 0.5, None),
    ("overview", "absmean", "mamba-130m", 16384, "tf32", 0.5, None),
    ("overview", "absmax", "mamba-130m", 16384, "tf32", 0.5, None),
    ("thumbnails", "mean", "mamba-130m", 2048, "tf32", 15, None),
    ("thumbnails", "absmean", "mamba-130m", 2048, "tf32", 15, None),
    ("thumbnails", "absmax", "mamba-130m", 2048, "tf32", 15, None),
    ("fields", "1536 channels at 2048 rows", "mamba-130m", 2048, "tf32", 15, None),
    ("toggle", "longmamba", "mamba-130m", 2048, "tf32", 50, None),
)
OTHERS = "map,overview,thumbnails,fields,toggle"


def call(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def ours(options, shape, what, tokens, precision="fp32", repeats=7):
    document = json.loads(call(options.program, "bench", "--json", "--backend", options.backend,
                               "--precision", precision, "--shape", shape, "--what", what,
                               "--tokens", ",".join(map(str, tokens)), "--repeats", repeats))
    for row in document["rows"]:
        row["precision"] = precision
    return document


def torch_peer(python, *arguments):
    if python is None:
        return []
    command = [python, os.path.join(HERE, "peer_torch.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:  # ours are worth a table without it
        print(f"{python}: {done.stderr.strip()[-2000:]}", file=sys.stderr)
        return []
    document = json.loads(done.stdout)
    return [dict(row, precision=document["precision"], peer=document["peer"])
            for row in document["rows"]]


def find(rows, what, case, shape, tokens, precision):
    """The row, or None; CASE is how the case begins."""
    return next((row for row in rows
                 if row["what"] == what and row["case"].startswith(case) and row["shape"] == shape
                 and row["tokens"] == tokens and row["precision"] == precision), None)


def words(value):
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def markdown(header, lines):
    rows = [header, ["---"] * len(header), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def write(options, document, table):
    for path, text in ((options.json, json.dumps(document, indent=1)), (options.markdown, table)):
        if path is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)


# ---- One GPU


def best_peer(rows, what, shape, tokens, precision):
    """The row of the fastest peer of this run for the same work, or None."""
    same = [row for row in rows if row["what"] == what and row["shape"] == shape
            and row["tokens"] == tokens and row["precision"] == precision
            and row["ms"] is not None]
    return min(same, key=lambda row: row["ms"], default=None)


def forward_cases():
    """(precision, shape, [tokens]) of every pass in the table."""
    cases = {}
    for what, _, shape, tokens, precision, _, _ in BARS:
        if what == "forward":
            cases.setdefault((precision, shape), []).append(tokens)
    return [(precision, shape, tokens) for (precision, shape), tokens in cases.items()]


def gpu_documents(options):
    for precision, shape, tokens in forward_cases():
        rest = precision == "tf32" and shape == "mamba-130m"
        what = "forward,ops" + ("," + OTHERS if rest else "")
        yield ours(options, shape, what, tokens, precision, options.repeats)


def gpu_peers(options):
    for precision, shape, tokens in forward_cases():
        yield torch_peer(options.mamba_ssm, "--device", "cuda", "--precision", precision,
                         "--shape", shape, "--tokens", ",".join(map(str, tokens)),
                         "--what", "forward", "--by", "mamba-ssm", "--repeats", options.repeats)
    for precision, what in (("tf32", "map"), ("tf32", "forward"), ("bf16", "forward")):
        yield torch_peer(options.torch, "--device", "cuda", "--precision", precision, "--what", what,
                         "--shape", "mamba-130m", "--shape", "mamba2-130m", "--tokens", "2048,16384",
                         "--by", "transformers,hand", "--repeats", 3, "--seconds", 5)


def gpu_lines(rows, peers):
    for what, case, shape, tokens, precision, bar, quoted in BARS:
        row = find(rows, what, case, shape, tokens, precision)
        label = f"{what}, {row['case'] if row else case}"
        took = row["ms"] if row else None
        best = best_peer(peers, what, shape, tokens, precision)
        yield [label, shape, str(tokens), precision,
               words(took) if took else (row or {}).get("note") or "–", words(bar),
               words(took / bar) if took and bar else "–",
               words(row["over_floor"]) if took else "–",
               f"{words(best['ms'])} ({best['case']})" if best else "–",
               words(best["ms"] / took) if best and took else "–", words(quoted)]


def gpu_table(documents, peers):
    rows = [row for document in documents for row in document["rows"]]
    return markdown(["work", "shape", "tokens", "precision", "ours, ms", "bar, ms", "ours / bar",
                     "ours / floor", "best peer of this run, ms", "times ours", "quoted, ms"],
                    list(gpu_lines(rows, peers)))


def run_gpu(options):
    documents, peers, begin = [], [], time.monotonic()

    def finish():
        """The document and the table of what is there; both are written too."""
        document, table = {"ours": documents, "peers": peers}, gpu_table(documents, peers)
        write(options, document, table)
        print(f"{len(documents)} documents, {len(peers)} rows of peers, "
              f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
        return document, table

    for document in gpu_documents(options):
        documents.append(document)
        finish()
    for rows in gpu_peers(options):
        peers.extend(rows)
        finish()
    return finish()


# ---- The CPU, where other work disturbs: all take turns


def first_map_ms(options):
    """From the program's start to a map of the first sample on the disk: opening, network, map."""
    with tempfile.TemporaryDirectory() as folder:
        begin, before = time.perf_counter(), os.times()
        call(options.program, "attention", os.path.join(SAMPLES, "models", "rescue-mamba2-5m"),
             os.path.join(SAMPLES, "texts", "pass-key.txt"), "--layer", 4, "--channel", 3,
             "--bins", 512, "--reduce", "absmean", "--out", os.path.join(folder, "map.npy"),
             "--backend", "cpu")
        wall, after = time.perf_counter() - begin, os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    return wall * 1e3, spent * 1e3


def cpu_round(options):
    """Of each work: its milliseconds by the clock, and of all processors; for one token of a prompt."""
    values = {}
    document = ours(options, "mamba-130m", "forward,overview", [options.tokens], repeats=3)
    for row in document["rows"]:
        if row["what"] in ("forward", "overview"):
            count = row["tokens"] if row["what"] == "forward" else 1
            values[f"{row['what']}, {row['case']}"] = row["min_ms"] / count, row["cpu_ms"] / count
    peers = torch_peer(options.torch, "--device", "cpu", "--shape", "mamba-130m", "--what", "forward",
                       "--tokens", options.tokens, "--repeats", 1)
    if options.mamba_c is not None:
        peers += json.loads(call("/usr/bin/python3", os.path.join(HERE, "peer_mamba_c.py"),
                                 options.mamba_c, "--tokens", 16, "--repeats", 3))["rows"]
    for row in peers:
        name = row["case"].split(",")[0]
        values[name] = row["min_ms"] / row["tokens"], row["cpu_ms"] / row["tokens"]
    values["first map"] = first_map_ms(options)
    return values, document["device"]


def cpu_lines(options, best):
    wall, cpu = best["forward, " + FORWARD]
    yield ["prompt, logits of all tokens", "Mambascope", f"{1e3 / wall:.0f} tokens/s",
           f"{cpu:.2f} ms", "", "", ""]
    for name, least in (("transformers", 5), ("mamba.c", 10)):
        if name in best:
            peer_wall, peer_cpu = best[name]
            yield ["", name, f"{1e3 / peer_wall:.3g} tokens/s", f"{peer_cpu:.1f} ms",
                   f"at least {least} times", f"{peer_wall / wall:.1f} times",
                   f"{peer_cpu / cpu:.1f} times"]
    for name in (name for name in best if name.startswith("overview")):
        wall, cpu = best[name]
        yield [f"{name}, 16,384 tokens", "Mambascope", f"{wall:.1f} ms", f"{cpu:.1f} ms",
               "50 ms", words(wall / 50), ""]
    wall, cpu = best["first map"]
    yield ["sample opened, run and first map written", "Mambascope", f"{wall:.0f} ms",
           f"{cpu:.0f} ms", "1,000 ms", words(wall / 1000), ""]


def run_cpu(options):
    rounds, device = [], ""
    for _ in range(options.rounds):
        values, device = cpu_round(options)
        rounds.append(values)
    best = {name: [min(values[name][kind] for values in rounds) for kind in (0, 1)]
            for name in rounds[0]}
    table = markdown(["work", "by", "measured", "of all processors, a token or in all", "bar",
                      "ours to it, by the clock", "by processor time"],
                     list(cpu_lines(options, best)))
    return {"device": device, "tokens": options.tokens, "rounds": rounds, "best": best}, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--backend", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--torch", metavar="PYTHON")
    parser.add_argument("--mamba-ssm", metavar="PYTHON")
    parser.add_argument("--mamba-c", metavar="MAMBA")
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--json")
    parser.add_argument("--markdown")
    options = parser.parse_args()
    document, table = (run_gpu if options.backend == "cuda" else run_cpu)(options)
    write(options, document, table)
    print(table, end="")


if __name__ == "__main__":
    main()
