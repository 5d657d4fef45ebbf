"""gallery.py MAMBASCOPE FOLDER [VIEW...]: pictures of every view (or of those named), light and dark, at one
and at two device pixels a pixel, at 1024x700 and at 1920x1200, as FOLDER/VIEW-SIZE-STYLE-SCALE.png.

Each is made by the program's own --screenshot, so that it shows a window that has come to rest, in the
project's own font. It runs under `display.py --no-bus --screen 3840x2400`. Exits 1 if a picture is missing
or is not as large as it should be.
"""
import os
import re
import subprocess
import sys

program, folder = map(os.path.abspath, sys.argv[1:3])
samples = os.environ['MAMBASCOPE_SAMPLES']
MODEL, TEXT = f'{samples}/models/rescue-mamba2-5m', f'{samples}/texts/pass-key.txt'
SIZES = ['1024x700', '1920x1200']


def all_views():
    """The program says them itself, when it is asked for one that there is not."""
    said = subprocess.run([program, '--screenshot', '/dev/null', '--view', '?', MODEL, TEXT],
                          capture_output=True, text=True, timeout=120).stderr
    found = re.search(r'expected (?:one of )?(.*), found', said)
    assert found, said
    return re.findall(r'[a-z]+', found[1].replace(' or ', ' '))


def shape(path):
    with open(path, 'rb') as file:
        head = file.read(24)
    return int.from_bytes(head[16:20], 'big'), int.from_bytes(head[20:24], 'big')


def shoot(view, size, style, scale):
    path = f'{folder}/{view}-{size}-{style}-{scale}x.png'
    arguments = [program, '--screenshot', path, '--size', size, '--view', view]
    arguments += ['--dark'] if style == 'dark' else []
    # The atlas shows most where there are many channels.
    model, text = (f'{samples}/models/novel-mamba-6m', f'{samples}/texts/the-tide-books.txt') \
        if view == 'atlas' else (MODEL, TEXT)
    done = subprocess.run(arguments + [model, text], capture_output=True, text=True, timeout=300,
                          env=dict(os.environ, GDK_SCALE=str(scale)))
    wanted = tuple(scale * int(side) for side in size.split('x'))
    if done.returncode or shape(path) != wanted:
        print(f'{path}: {done.stderr.strip() or shape(path)}', file=sys.stderr)
        return False
    if done.stderr:
        print(f'{path}: {done.stderr.strip()}', file=sys.stderr)
        return False
    print(path)
    return True


os.makedirs(folder, exist_ok=True)
views = sys.argv[3:] or all_views()
well = [shoot(view, size, style, scale) for view in views for size in SIZES
        for style in ['light', 'dark'] for scale in [1, 2]]
sys.exit(0 if all(well) else 1)
