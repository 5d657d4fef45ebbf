"""gallery.py [--jobs N] MAMBASCOPE FOLDER [NAME...]: pictures of every view and of every window and state
beside them (or of those named), light and dark, at one and at two device pixels a pixel, at 1024x700 and at
1920x1200, as FOLDER/NAME-SIZE-STYLE-SCALE.png; and each once more at twice the text's size, in high
contrast, light and dark, from right to left, and in a window of 480 pixels.

Each is made by the program's own --screenshot, so that it shows a window that has come to rest, in the
project's own font. It runs under `display.py --no-bus --screen 3840x2400`. Exits 1 if a picture is missing,
is not as large as it should be, or comes with a word on standard error.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

arguments = sys.argv[1:]
jobs = 1
if arguments[0] == '--jobs':
    jobs, arguments = int(arguments[1]), arguments[2:]
program, folder = map(os.path.abspath, arguments[:2])
samples = os.environ['MAMBASCOPE_SAMPLES']
RESCUE = [f'{samples}/models/rescue-mamba2-5m', f'{samples}/texts/pass-key.txt']
NOVEL = [f'{samples}/models/novel-mamba-6m', f'{samples}/texts/the-tide-books.txt']
SIZES = ['1024x700', '1920x1200']
# GTK's own fault, whenever a label has no room at all.
KNOWN = re.compile(r'GtkLabel .* reported min width -\d+, but sizes must be >= 0')


def long_text(scratch):
    """Long enough to be caught while it is read."""
    path = f'{scratch}/long.txt'
    with open(f'{samples}/texts/the-tide-books.txt') as book, open(path, 'w') as out:
        out.write(8 * book.read())
    return path


def all_views():
    """The program says them itself, when it is asked for one that there is not."""
    said = subprocess.run([program, '--screenshot', '/dev/null', '--view', '?', *RESCUE],
                          capture_output=True, text=True, timeout=120).stderr
    found = re.search(r'expected (?:one of )?(.*), found', said)
    assert found, said
    return re.findall(r'[a-z]+', found[1].replace(' or ', ' '))


def session(scratch, name, told, **parameters):
    """What only a session file can say; TOLD is the model and the text."""
    path = f'{scratch}/{name}.mambascope'
    said = {name.replace('_', '.', 1).replace('_', '-'): value for name, value in parameters.items()}
    with open(path, 'w') as out:
        json.dump({'schema': 'mambascope-session', 'version': 1, 'model': {'path': told[0]},
                   'text': {'path': told[1]}, 'parameters': said}, out)
    return [path]


# What views show beside what they begin with. The cell: the last token reads the pass key.
SESSIONS = {
    'map-cell': dict(window_view='map', selection_layer=1, selection_channel=1,
                     selection_cell=[4095, 524], filter_on=True),
    'map-tokens': dict(window_view='map', selection_cell=[560, 524], selection_layer=0,
                       map_view=[545, 534, 22], inspector_channel=False),
    'map-what-if': dict(window_view='map', selection_layer=1, selection_channel=1,
                        selection_cell=[4095, 524], inspector_cell=False,
                        inspector_channel=False, inspector_filter=False, inspector_what_if=True,
                        inspector_map=True),
    'compare-beside': dict(window_view='compare', compare_mode=1, selection_layer=1,
                           selection_channel=1, selection_cell=[4095, 524]),
    'compare-difference': dict(window_view='compare', compare_mode=3, selection_layer=1,
                               selection_channel=1, selection_cell=[4095, 524]),
    'compare-decay': dict(window_view='compare', compare_page=1),
    'compare-text': dict(window_view='compare', compare_page=2),
    'text-surprisal': dict(window_view='text', text_colour=3, selection_cell=[524, 520]),
}


def subjects(scratch):
    """name -> (what the program is told, whether the size is ours)"""
    found = {}
    for view in all_views():
        # The atlas shows most where there are many channels.
        found[view] = (['--view', view, *(NOVEL if view == 'atlas' else RESCUE)], True)
        found[f'{view}-filtered'] = (['--view', view, '--filter', 'on', *RESCUE], True)
    for name, parameters in SESSIONS.items():
        found[name] = (session(scratch, name, RESCUE, **parameters), True)
    found['atlas-model'] = (session(scratch, 'atlas-model', NOVEL, window_view='atlas', atlas_scope=1,
                                    atlas_cell_size=64), True)
    for name in ['about', 'composer', 'export', 'preferences', 'shortcuts', 'survey']:
        found[name] = (['--scene', name, *RESCUE], False)
    # The same view once it has measured, which takes a few seconds.
    found['sweep-measured'] = (['--view', 'sweep', '--scene', 'sweep', *RESCUE], True)
    found['start'] = ([], True)
    found['no-text'] = (RESCUE[:1], True)
    found['busy'] = (['--scene', 'busy', NOVEL[0], long_text(scratch)], True)
    found['error'] = (['--scene', 'error', f'{samples}/texts'], True)
    return found


def shape(path):
    with open(path, 'rb') as file:
        head = file.read(24)
    return int.from_bytes(head[16:20], 'big'), int.from_bytes(head[20:24], 'big')


def variants():
    """What a picture is called after, its size, further options, and its environment."""
    for size in SIZES:
        for style in ['light', 'dark']:
            for scale in [1, 2]:
                yield (f'{size}-{style}-{scale}x', size, ['--dark'] if style == 'dark' else [],
                       {'GDK_SCALE': str(scale)}, scale)
    yield ('text-200', '1280x900', ['--large-text'], {}, 1)
    for style in ['light', 'dark']:
        yield (f'contrast-{style}', '1024x700', ['--dark'] if style == 'dark' else [],
               {'ADW_DEBUG_HIGH_CONTRAST': '1'}, 1)
    yield ('right-to-left', '1024x700', [], {'LC_ALL': 'C.UTF-8', 'LANGUAGE': 'he'}, 1)
    yield ('narrow', '480x700', [], {}, 1)


def shoot(name, told, ours, variant):
    label, size, options, environment, scale = variant
    path = f'{folder}/{name}-{label}.png'
    # No picture has what another has measured.
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run([program, '--screenshot', path, '--size', size, *options, *told],
                              capture_output=True, text=True, timeout=300,
                              env=dict(os.environ, XDG_CACHE_HOME=cache, **environment))
    said = [line for line in done.stderr.splitlines() if line and not KNOWN.search(line)]
    wanted = tuple(scale * int(side) for side in size.split('x'))
    if done.returncode or said or (ours and shape(path) != wanted):
        return f'{path}: {said or shape(path)}', False
    return path, True


os.makedirs(folder, exist_ok=True)
with tempfile.TemporaryDirectory() as scratch:
    known = subjects(scratch)
    for name in arguments[2:]:
        assert name in known, f'{name}: expected one of {", ".join(known)}'
    tasks = [(name, *known[name], variant) for name in arguments[2:] or known
             for variant in variants()]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda task: shoot(*task), tasks))
for words, well in results:
    print(words, file=sys.stdout if well else sys.stderr)
sys.exit(0 if all(well for _, well in results) else 1)
