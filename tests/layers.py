#!/usr/bin/python3
"""Holds the sources to the arrows of docs/architecture.md.

    layers.py ROOT

fails when a file includes what its room may not, when a header does not begin with the comment that
documents it, or when a file grows beyond 800 lines. Before looking at ROOT it plants one violation of
each kind in a tree of its own and fails if one of them goes unseen.
"""

import os
import re
import sys
import tempfile

LARGEST = 800  # lines

CORE = ["src/base", "src/model", "src/compute", "src/analysis"]

# Rooms, and the rooms whose headers each may include (itself always).
ROOMS = {
    "src/base": [],
    "src/model": CORE[:1],
    "src/compute": CORE[:2],
    "src/analysis": CORE[:3],
    "export": CORE,
    "src/session": CORE + ["export"],
    "ui": CORE + ["export", "src/session"],
    "src/cli": CORE + ["export"],
    "src/mpi": [],
    "kernels": [],
}
# What the modules may see of the rest: their C ABI alone.
MODULES_SEE = {"kernels": "compute/backend.h", "src/mpi": "cli/transport.h"}

# System headers by family; what belongs to none is C's, C++'s or the system's own.
FAMILIES = {
    "glib": r"glib\.h|glib/.*|gmodule\.h",
    "json": r"json-glib/.*",
    "blas": r"cblas\.h|openblas.*|lapacke?\.h",
    "gobject": r"glib-object\.h|gobject/.*|gio/.*",
    "drawing": r"cairo.*|pango/.*|png\.h",
    "widgets": r"gtk/.*|gdk/.*|gsk/.*|graphene.*|adwaita\.h",
    "cuda": r"cuda.*|cublas.*|cooperative_groups.*|mma\.h|nvtx.*",
    "mpi": r"mpi\.h|mpi/.*",
}
CORE_SEES = {"glib", "json", "blas"}
SEES = {room: CORE_SEES for room in CORE}
SEES["export"] = SEES["src/cli"] = CORE_SEES | {"drawing"}
SEES["src/session"] = SEES["export"] | {"gobject"}
SEES["ui"] = SEES["src/session"] | {"widgets"}
SEES["kernels"] = {"cuda"}
SEES["src/mpi"] = {"mpi"}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def room_of(path):
    """The room of PATH (relative to the root), or None."""
    return next((room for room in ROOMS if path.startswith(room + "/")), None)


def is_made(root, path):
    """Whether the meson.build beside PATH makes it: its name stands there in quotes."""
    build = os.path.join(root, os.path.dirname(path), "meson.build")
    if not os.path.exists(build):
        return False
    with open(build, encoding="utf-8") as file:
        return f"'{os.path.basename(path)}'" in file.read()


def resolve(root, path, name):
    """The file that #include "NAME" in PATH means: beside it, below src/ or below the root."""
    for folder in (os.path.dirname(path), "src", ""):
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.exists(os.path.join(root, candidate)) or is_made(root, candidate):
            return candidate
    return None


def check_system(room, name):
    for family, pattern in FAMILIES.items():
        if re.fullmatch(pattern, name) and family not in SEES[room]:
            return f"<{name}> ({family}) is not for {room}"
    return None


def check_own(root, path, room, name):
    target = resolve(root, path, name)
    if target is None:
        return f'"{name}" is not in the tree'
    other = room_of(target)
    if MODULES_SEE.get(room) == name:
        return None
    if other != room and other not in ROOMS[room]:
        return f'"{name}" (of {other}) is not for {room}'
    if other != room and target.endswith("-private.h"):
        return f'"{name}" is private to {other}'
    return None


def check_file(root, path):
    """Problems of one file, as lines."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        lines = file.read().splitlines()
    problems, room = [], room_of(path)
    if len(lines) > LARGEST:
        problems.append(f"{path}: {len(lines)} lines, at most {LARGEST}")
    if path.endswith((".h", ".cuh")) and not (lines and lines[0].startswith(("/*", "//"))):
        problems.append(f"{path}:1: a header begins with the comment that documents it")
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match is None or room is None:
            continue
        quote, name = match.groups()
        problem = check_system(room, name) if quote == "<" else check_own(root, path, room, name)
        if problem:
            problems.append(f"{path}:{number}: {problem}")
    return problems


def check_tree(root):
    problems, count = [], 0
    for folder in ("src", "export", "ui", "kernels", "tests"):
        for directory, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".cu", ".cuh", ".cpp", ".py", ".sh")):
                    path = os.path.relpath(os.path.join(directory, name), root)
                    problems += check_file(root, path)
                    count += 1
    return problems, count


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


GOOD = {
    "src/base/a.h": "/* A. */\n#include <glib.h>\n",
    "src/base/a-private.h": "/* A's own. */\n",
    "src/base/a.c": '#include "base/a.h"\n#include "base/a-private.h"\n#include <json-glib/json-glib.h>\n',
    "src/compute/backend.h": "/* The ABI. */\n#include <stdint.h>\n",
    "export/e.h": "/* E. */\n#include <cairo.h>\n",
    "src/session/s.h": '/* S. */\n#include <gio/gio.h>\n#include "export/e.h"\n',
    "ui/u.c": '#include <gtk/gtk.h>\n#include "session/s.h"\n#include "made.h"\n',
    "ui/meson.build": "configure_file(output: 'made.h')\n",
    "kernels/k.cu": '#include "compute/backend.h"\n#include <cuda_runtime.h>\n#include <math.h>\n',
}
BAD = {
    "src/base/x.c": '#include "compute/backend.h"\n',       # upwards
    "src/model/x.c": "#include <gio/gio.h>\n",              # GObject in core
    "src/analysis/x.c": '#include "export/e.h"\n',          # figures in core
    "src/analysis/y.c": "#  include <cairo.h>\n",           # drawing in core
    "src/cli/x.c": '#include "session/s.h"\n',              # the command line has no session
    "src/session/x.c": "#include <gtk/gtk.h>\n",            # widgets below ui
    "src/compute/x.c": '#include "base/a-private.h"\n',     # a foreign private header
    "export/x.c": '#include "base/missing.h"\n',            # nowhere
    "kernels/x.cu": '#include "base/a.h"\n',                # the rest of the house
    "kernels/y.cu": "#include <glib.h>\n",                  # GLib in nvcc
    "src/cli/y.c": "#include <mpi.h>\n",                    # MPI in the program
    "src/mpi/x.c": '#include "base/a.h"\n',                # the rest of the house
    "src/base/bare.h": "#pragma once\n",                    # an undocumented header
    "tests/long.c": "int x;\n" * (LARGEST + 1),             # too long
}


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, text in GOOD.items():
            write(root, path, text)
        problems, _ = check_tree(root)
        if problems:
            return "self-test: false alarm: " + problems[0]
        for path, text in BAD.items():
            write(root, path, text)
        problems, _ = check_tree(root)
        found = sorted(problem.split(":")[0] for problem in problems)
        if found != sorted(BAD):
            return f"self-test: planted {sorted(BAD)}, found {found}"
    return None


def main():
    failure = self_test()
    if failure:
        sys.exit(failure)
    problems, count = check_tree(sys.argv[1])
    print("\n".join(problems), end="\n" if problems else "")
    print(f"{count} files, {len(problems)} problems; {len(BAD)} planted ones found")
    sys.exit(1 if problems or count == 0 else 0)


if __name__ == "__main__":
    main()
