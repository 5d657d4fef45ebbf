"""test_map.py MAMBASCOPE CLI: the map by a real pointer and real keys, and what is then said of it.

The cell under the crosshair, the selection's sums and the colour scale are read through the accessibility
tree and compared with the command line's numbers. Exits 77 where a tool is missing.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

program, cli = map(os.path.abspath, sys.argv[1:3])
samples = os.environ['MAMBASCOPE_SAMPLES']
MODEL, TEXT = f'{samples}/models/rescue-mamba2-5m', f'{samples}/texts/pass-key.txt'

if shutil.which('xdotool') is None:
    print('SKIP: xdotool is not installed')
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

folder = tempfile.mkdtemp(prefix='mambascope-map-')
DIGITS = str.maketrans('⁰¹²³⁴⁵⁶⁷⁸⁹⁻−', '0123456789--')


def number(text):
    """A number as the window writes it."""
    mantissa, _, power = text.translate(DIGITS).replace('\u202f', '').partition('×10')
    return float(mantissa) * 10.0 ** int(power or 0)


def nodes(node):
    for k in range(node.childCount):
        child = node[k]
        if child is not None:
            yield child
            yield from nodes(child)


def find(test, what, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for app in pyatspi.Registry.getDesktop(0):
            if app is None or app.name != 'mambascope':
                continue
            try:
                found = next((n for n in nodes(app) if test(n)), None)
            except Exception:  # a widget that went away meanwhile
                found = None
            if found is not None:
                return found
        time.sleep(0.1)
    raise AssertionError(f'{what}: not found within {seconds} s')


def said(read, pattern, seconds=30):
    """What READ() says once it matches."""
    end, text = time.monotonic() + seconds, None
    while time.monotonic() < end:
        text = read()
        found = re.search(pattern, text, re.DOTALL)
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f'{pattern}: the window says “{text}”')


def settled(read, pattern, seconds=30):
    """What READ() says once it matches and says the same a moment later: events are still under way
    when xdotool returns."""
    end, before = time.monotonic() + seconds, None
    while time.monotonic() < end:
        found = said(read, pattern, max(end - time.monotonic(), 0.1))
        if found.string == before:
            return found
        before = found.string
        time.sleep(1)
    raise AssertionError(f'{pattern}: the window does not come to rest: “{before}”')


def xdotool(*arguments):
    subprocess.run(['xdotool', *map(str, arguments)], check=True, capture_output=True)


def point(x, y):
    xdotool('mousemove', int(x) + 1, int(y))
    xdotool('mousemove', int(x), int(y))
    time.sleep(0.15)


def extents(node):
    box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    return box.x, box.y, box.width, box.height


def rows(layer, head, begin, end):
    """Rows of the map, by the command line."""
    path = f'{folder}/rows.npy'
    subprocess.run([cli, 'attention', MODEL, TEXT, '--layer', str(layer), '--channel', str(head), '--rows',
                    f'{begin}:{end}', '--out', path], check=True, capture_output=True)
    return numpy.abs(numpy.load(path).astype(float)), numpy.load(path)


CELL = r'\(([\d\u202f]+), ([\d\u202f]+)\) α = (\S+): “(.*)” reads “(.*?)”\. (.*)'


def check_cell(area, layer, head, badge):
    found = said(lambda: area.description, CELL + badge)
    i, j = (int(found[k].replace('\u202f', '')) for k in (1, 2))
    exact = float(rows(layer, head, i, i + 1)[1][0, j])
    # Four digits are shown.
    assert abs(number(found[3]) - exact) <= 6e-4 * abs(exact) + 1e-30, (found[0], exact)
    return i, j


def check_selection(area, layer, head):
    x, y, width, height = extents(area)
    point(x + width * 0.30, y + height * 0.50)
    xdotool('keydown', 'shift', 'mousedown', 1)
    for k in range(1, 5):
        point(x + width * (0.30 + 0.02 * k), y + height * (0.50 + 0.02 * k))
    xdotool('mouseup', 1, 'keyup', 'shift')
    found = settled(lambda: area.description,
                    r'\(([\d\u202f]+), ([\d\u202f]+)\).*Selected: (\d+) × (\d+) cells\nmean (\S+) · max (\S+)\n([<>]?)\s?(\S+) % of')
    # The crosshair is at the corner where the drag ended.
    i, j, high, wide = (int(found[k].replace('\u202f', '')) for k in (1, 2, 3, 4))
    assert high > 20 and wide > 20, found[0]
    size, _ = rows(layer, head, i + 1 - high, i + 1)
    part = size[:, j + 1 - wide:j + 1]
    assert abs(number(found[5]) - part.mean()) <= 2e-3 * part.mean(), (found[0], part.mean())
    assert abs(number(found[6]) - part.max()) <= 2e-3 * part.max(), (found[0], part.max())
    share = 100 * part.sum() / size.sum()
    bounds = {'<': share < 1, '>': share > 99, '': abs(float(found[8]) - share) <= 0.51}
    assert bounds[found[7]], (found[0], share)
    xdotool('key', 'Escape')
    end = time.monotonic() + 20
    while 'Selected' in area.description:
        assert time.monotonic() < end, 'Escape leaves the selection'
        time.sleep(0.1)


def check_bar(area):
    """Keys on the map change the norm and ε; the pointer drags the range and gives it back."""
    bar = find(lambda n: n.name.startswith('Colour scale of'), 'the colour bar')
    before = said(lambda: bar.name, r': log, from (\S+) to (\S+)$')
    epsilon = number(said(lambda: bar.description, r'boundary at (\S+)\. ')[1])
    xdotool('key', 'bracketright')
    raised = said(lambda: bar.description, r'boundary at (?!%s)(\S+)\. ' % re.escape('0.001.'))
    assert abs(number(raised[1]) / epsilon - 10 ** 0.1) < 1e-3, raised[1]
    xdotool('key', 'n')
    said(lambda: bar.name, ': symlog, ')
    for _ in range(4):
        xdotool('key', 'n')
        time.sleep(0.3)
    said(lambda: bar.name, r': log, from %s to %s$' % (re.escape(before[1]), re.escape(before[2])))
    x, y, _, _ = extents(bar)
    top = extents(area)[1] + 8
    point(x + 44, top)
    xdotool('mousedown', 1)
    for k in range(1, 6):
        point(x + 44, top + 12 * k)
    xdotool('mouseup', 1)
    after = said(lambda: bar.name, r'to (?!%s$)(\S+)$' % re.escape(before[2]))
    assert number(after[1]) < 0.7 * number(before[2]), (before[0], after[0])
    xdotool('click', '--repeat', 2, '--delay', 60, 1)
    said(lambda: bar.name, r'from %s to %s$' % (re.escape(before[1]), re.escape(before[2])))


def drive():
    area = find(lambda n: 'attention map of layer' in n.name, 'the map')
    said(lambda: area.description, 'exact', 60)
    layer, head = map(int, re.search(r'layer (\d+), head (\d+)', area.name).groups())
    x, y, width, height = extents(area)
    point(x + width * 0.38, y + height * 0.62)
    fitted = check_cell(area, layer, head, r'exact · (?P<side>\d+) × (?P=side)')
    check_selection(area, layer, head)
    point(x + width * 0.38, y + height * 0.62)
    check_bar(area)
    point(x + width * 0.38, y + height * 0.62)
    for _ in range(16):
        xdotool('click', 4)
        time.sleep(0.03)
    near = check_cell(area, layer, head, 'exact · cells')
    assert abs(near[0] - fitted[0]) < 20 and abs(near[1] - fitted[1]) < 20, (fitted, near)
    xdotool('click', 1)  # the arrow keys are the map's
    xdotool('key', 'Up')
    up = said(lambda: area.description, r'\(([\d\u202f]+), ([\d\u202f]+)\)')
    said(lambda: area.description, r'^\(%s, ' % (near[0] - 1))
    check_cell(area, layer, head, 'exact · cells')
    assert up


# Where it is built with the address sanitizer: whole stacks, which tests/lsan.supp goes by.
environment['ASAN_OPTIONS'] = environment.get('ASAN_OPTIONS', '') + \
    ':fast_unwind_on_malloc=0:malloc_context_size=12'
app = subprocess.Popen([program, '--size', '1280x860', MODEL, TEXT], stderr=subprocess.PIPE, text=True,
                       env=environment)
try:
    drive()
    xdotool('key', 'ctrl+q')
    status = app.wait(timeout=60)
    errors = app.stderr.read()
    assert status == 0, f'exit status {status}: {errors}'
    assert 'Sanitizer' not in errors and 'CRITICAL' not in errors, errors
    print('the map: ok')
finally:
    if app.poll() is None:
        app.send_signal(signal.SIGKILL)
        app.wait()
    shutil.rmtree(folder)
