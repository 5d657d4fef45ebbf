"""test_minute.py MAMBASCOPE CLI: the first minute, by a real pointer and real keys.

Start, press the first sample, see the map and a wrong answer; read a cell and compare it with the
command line; zoom at the pointer; switch LongMamba on, see another picture and the right answer; export;
close. What the window says is read through its accessibility tree. Exits 77 where a tool is missing.
"""
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

program, cli = map(os.path.abspath, sys.argv[1:3])
samples = os.environ['MAMBASCOPE_SAMPLES']
MODEL, TEXT = f'{samples}/models/rescue-mamba2-5m', f'{samples}/texts/pass-key.txt'

for tool in ['xdotool', 'import', 'convert']:
    if shutil.which(tool) is None:
        print(f'SKIP: {tool} is not installed')
        sys.exit(77)
# The program's; a critical of GLib's ends that and not this process, whose libatspi has some of its own
# when a widget goes away while it is asked for.
environment = dict(os.environ)
os.environ.pop('G_DEBUG', None)
try:
    import pyatspi
except ImportError:
    print('SKIP: pyatspi is not installed')
    sys.exit(77)

import numpy

folder = tempfile.mkdtemp(prefix='mambascope-minute-')


# --- the accessibility tree ---------------------------------------------------------------------------

def walk(node):
    try:
        children = [node[k] for k in range(node.childCount)]
    except Exception:  # a widget that went away meanwhile
        return
    for child in children:
        if child is not None:
            yield child
            yield from walk(child)


def shown(node):
    try:
        states = node.getState()
        return states.contains(pyatspi.STATE_SHOWING) or states.contains(pyatspi.STATE_VISIBLE)
    except Exception:
        return False


def words(node):
    """What a label says: its text, or the name it goes by."""
    try:
        text = node.queryText()
        said = text.getText(0, text.characterCount)
        if said:
            return said
    except (NotImplementedError, Exception):
        pass
    return node.name or ''


def application():
    for app in pyatspi.Registry.getDesktop(0):
        if app is not None and app.name == 'mambascope':
            return app
    return None


def find(test, what, seconds=60):
    """The first visible node that passes TEST, as soon as there is one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app = application()
        for node in walk(app) if app is not None else ():
            try:
                if test(node) and shown(node):
                    return node
            except Exception:
                continue
        time.sleep(0.1)
    tree = '\n'.join(f'{n.getRoleName()}: {words(n)}' for n in walk(application()))
    picture('failed')
    raise AssertionError(f'{what}: not found within {seconds} s in\n{tree}')


def label(pattern, seconds=60):
    expression = re.compile(pattern, re.DOTALL)
    node = find(lambda n: expression.search(words(n)), pattern, seconds)
    return expression.search(words(node))


def named(role, name, seconds=60):
    return find(lambda n: n.getRole() == role and n.name.startswith(name), name, seconds)


# --- pointer, keys, pictures --------------------------------------------------------------------------

def xdotool(*arguments):
    return subprocess.run(['xdotool', *map(str, arguments)], check=True, capture_output=True,
                          text=True).stdout


def extents(node):
    box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    return box.x, box.y, box.width, box.height


def press(node):
    x, y, width, height = extents(node)
    assert width > 0 and height > 0, f'{node.name}: no place on the screen'
    xdotool('mousemove', x + width // 2, y + height // 2)
    time.sleep(0.15)
    xdotool('click', 1)


def picture(name):
    path = f'{folder}/{name}.png'
    subprocess.run(['import', '-window', 'root', path], check=True)
    return path


def pixels(path, box):
    x, y, width, height = box
    raw = subprocess.run(['convert', path, '-crop', f'{width}x{height}+{x}+{y}', '-depth', '8',
                          'rgb:-'], check=True, capture_output=True).stdout
    return numpy.frombuffer(raw, numpy.uint8).reshape(height, width, 3)


def png_is_whole(path):
    """Every chunk's sum, the size, and the rows of the image as zlib gives them."""
    with open(path, 'rb') as file:
        data = file.read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n', 'no PNG'
    at, kinds, rows = 8, [], b''
    while at < len(data):
        length, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack('>I', data[at + 8 + length:at + 12 + length])[0]
        if kind == b'IHDR':
            width, height = struct.unpack('>II', body[:8])
        if kind == b'IDAT':
            rows += body
        kinds.append(kind)
        at += 12 + length
    assert kinds[-1] == b'IEND' and len(zlib.decompress(rows)) > height * width
    return width, height, data


# --- what the command line says -----------------------------------------------------------------------

def tool(*arguments):
    done = subprocess.run([cli, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


SUPERSCRIPTS = str.maketrans('⁰¹²³⁴⁵⁶⁷⁸⁹⁻', '0123456789-')


def number(text):
    """A number as the window writes it."""
    text = text.replace('−', '-').replace('\u202f', '')
    power = re.fullmatch(r'(.*)×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)', text)
    if power:
        return float(power[1]) * 10.0 ** int(power[2].translate(SUPERSCRIPTS))
    return float(text)


def selection():
    """(layer, channel) from the map's own name."""
    found = label(r'map of layer (\d+), head (\d+): ([\d\u202f]+) by')
    return int(found[1]), int(found[2])


def labels():
    """What the labels say, one by one."""
    out = []
    for node in walk(application()):
        try:
            if node.getRole() == pyatspi.ROLE_LABEL:
                out.append(words(node))
        except Exception:  # a widget that went away meanwhile
            continue
    return out


def cell_shown(row, column):
    """The inspector's (token that reads, token that is read, value) for a cell known by its indices."""
    end = time.monotonic() + 20
    indices = {str(index) for index in (row, column)}
    while time.monotonic() < end:
        said = labels()
        if indices <= set(said):
            tokens = [s for s in said if s.startswith('“') and s.endswith('”')]
            values = [s for s in said if s.startswith('α = ')]
            if len(tokens) >= 2 and values:
                return tokens[0][1:-1], tokens[1][1:-1], number(values[0][4:])
        time.sleep(0.1)
    raise AssertionError(f'the inspector does not show cell ({row}, {column}): {said}')


def cell_read():
    """(row, column) that the inspector shows now, or None."""
    said = labels()
    at = next((k for k, s in enumerate(said) if s.startswith('α = ')), None)
    if at is None:
        return None
    indices = [int(s.replace('\u202f', '')) for s in said[at:at + 8] if re.fullmatch(r'[\d\u202f]+', s)]
    return tuple(indices[:2]) if len(indices) >= 2 else None


def cell_once(test, what, seconds=40):
    """The cell that the inspector shows once TEST holds for it, twice in a row."""
    end, before = time.monotonic() + seconds, None
    while time.monotonic() < end:
        cell = cell_read()
        if cell is not None and cell == before and test(*cell):
            return cell
        before = cell
        time.sleep(0.2)
    picture('failed')
    raise AssertionError(f'{what}: the inspector shows cell {before}')


def point(px, py):
    """A pointer that really moves."""
    xdotool('mousemove', px + 1, py)
    xdotool('mousemove', px, py)


def zoom(clicks):
    """Turns the wheel towards the map; returns once the zoom has come to rest."""
    before = label(r'(px/cell|cells/px)$').string
    for _ in range(clicks):
        xdotool('click', 4)
        time.sleep(0.03)
    last, end = None, time.monotonic() + 40
    while time.monotonic() < end:
        now = label(r'(px/cell|cells/px)$').string
        if now == last and now != before:
            return
        last = now
        time.sleep(0.4)
    raise AssertionError(f'the wheel did not zoom: {before}')


def check_cell(row, column, layer, head, tokens):
    reads, is_read, value = cell_shown(row, column)
    assert reads == tokens[row], (reads, tokens[row])
    assert is_read == tokens[column], (is_read, tokens[column])
    path = f'{folder}/cell.npy'
    tool('attention', MODEL, TEXT, '--layer', layer, '--channel', head, '--rows', f'{row}:{row + 1}',
         '--cols', f'{column}:{column + 1}', '--out', path)
    exact = float(numpy.load(path)[0, 0])
    # Four digits are shown.
    assert abs(value - exact) <= 6e-4 * abs(exact) + 1e-30, (value, exact)
    return value


def token_strings():
    """The tokens as the window writes them, from the command line's list."""
    spans = json.loads(tool('tokenize', MODEL, TEXT, '--json'))['spans']
    with open(TEXT, 'rb') as file:
        text = file.read()
    return [text[begin:end].decode().replace('\n', '⏎').replace('\t', '⇥') for begin, end in spans]


# --- the minute ---------------------------------------------------------------------------------------

def main():
    with open(TEXT) as file:
        key = re.search(r'The pass key is (\d{5})\.', file.read())[1]
    begin = time.monotonic()
    # Where it is built with the address sanitizer: whole stacks, which tests/lsan.supp goes by.
    environment['ASAN_OPTIONS'] = environment.get('ASAN_OPTIONS', '') + \
        ':fast_unwind_on_malloc=0:malloc_context_size=12'
    # In an empty folder: GTK's file chooser leaks the names of the folders that it lists.
    os.mkdir(f'{folder}/empty')
    app = subprocess.Popen([program, '--size', '1280x860'], stderr=subprocess.PIPE, text=True,
                           env=environment, cwd=f'{folder}/empty')
    try:
        press(named(pyatspi.ROLE_PUSH_BUTTON, 'The lost pass key'))
        pressed = time.monotonic()
        label(r'^Ready · read')
        print(f'start {pressed - begin:.1f} s, sample to rest {time.monotonic() - pressed:.1f} s')
        layer, head = selection()
        drive(app, key, layer, head)
        xdotool('key', 'ctrl+q')
        status = app.wait(timeout=60)
        errors = app.stderr.read()
        assert status == 0, f'exit status {status}: {errors}'
        assert 'Sanitizer' not in errors and 'CRITICAL' not in errors, errors
        print('the minute: ok')
    finally:
        if app.poll() is None:
            app.send_signal(signal.SIGKILL)
            app.wait()


def drive(app, key, layer, head):
    # The answer as trained does not hold the key.
    wrong = label(r'^As trained: (.*)$', 60)[1]
    assert key not in wrong, wrong
    area = find(lambda n: 'attention map of layer' in n.name, 'the map')
    x, y, width, height = extents(area)
    before = picture('before')

    # A cell in the lower left, which a causal map always has.
    px, py = x + int(width * 0.38), y + int(height * 0.70)
    point(px, py)
    row, column = cell_once(lambda i, j: True, 'the pointer')
    tokens = token_strings()
    check_cell(row, column, layer, head, tokens)

    # The wheel zooms at the pointer: what was under it stays, but for one pixel's worth of cells at
    # the scale before.
    per_pixel = len(tokens) / min(width, height)
    zoom(12)
    point(px, py)
    zoomed = cell_once(lambda i, j: abs(i - row) <= per_pixel + 2 and abs(j - column) <= per_pixel + 2,
                       f'zoomed at {row}, {column}')
    label(r'px/cell$')
    check_cell(*zoomed, layer, head, tokens)
    near = picture('near')
    assert (pixels(before, (x, y, width, height)) != pixels(near, (x, y, width, height))).any()

    # Deep enough for single tokens: still the same cell.
    zoom(8)
    point(px, py)
    deep = cell_once(lambda i, j: abs(i - zoomed[0]) <= 1 and abs(j - zoomed[1]) <= 1,
                     f'zoomed deep at {zoomed}')

    # An arrow key moves the crosshair by one cell.
    xdotool('key', 'Up')
    cell_once(lambda i, j: (i, j) == (deep[0] - 1, min(deep[1], deep[0] - 1)), f'up from {deep}')
    xdotool('key', 'ctrl+0')
    label(r'cells/px$')
    time.sleep(1)

    # The switch: another picture, and the right answer.
    fitted = picture('fitted')
    press(named(pyatspi.ROLE_CHECK_BOX, 'LongMamba'))
    right = label(r'^LongMamba: (.*)$', 60)[1]
    assert key in right.rsplit('key is', 1)[-1], right
    label(r'^Ready · read.*LongMamba filtered')
    xdotool('mousemove', x + 2, y + 2)
    time.sleep(1)
    filtered = picture('filtered')
    changed = (pixels(fitted, (x, y, width, height)) != pixels(filtered, (x, y, width, height)))
    assert changed.any(axis=2).mean() > 0.05, 'the switch hardly changes the picture'
    # Both answers stay in sight.
    assert key not in label(r'^As trained: (.*)$')[1]
    export()


def export():
    # A bare name, in the folder where the chooser opens: a path would list the folders on its way.
    path = f'{folder}/empty/figure.png'
    xdotool('key', 'ctrl+e')
    label(r'^89\.0 × [0-9.]+ mm · 100 %')
    label(r'^Preflight: nothing')
    xdotool('key', 'ctrl+s')
    label(r'^Save$')
    time.sleep(1)
    xdotool('key', 'ctrl+a')
    xdotool('type', '--delay', '20', os.path.basename(path))
    xdotool('key', 'Return')
    end = time.monotonic() + 60
    while not os.path.exists(path):
        assert time.monotonic() < end, 'no figure was written'
        time.sleep(0.2)
    label(r'Saved “figure.png”')
    width, height, data = png_is_whole(path)
    assert width > 600 and height > 300, (width, height)
    assert b'rescue-mamba2-5m' in data and b'longmamba' in data, 'no provenance in the figure'
    if shutil.which('pngcheck'):
        subprocess.run(['pngcheck', '-q', path], check=True)


try:
    main()
finally:
    if os.environ.get('KEEP_PICTURES'):
        print(folder)
    else:
        shutil.rmtree(folder)
