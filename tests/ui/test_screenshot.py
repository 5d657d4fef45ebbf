"""test_screenshot.py MAMBASCOPE: the program's own pictures are whole, as large as asked, the same
twice, and different where the window differs."""
import os
import shutil
import subprocess
import sys
import tempfile

program = sys.argv[1]
samples = os.environ['MAMBASCOPE_SAMPLES']
model, text = f'{samples}/models/rescue-mamba2-5m', f'{samples}/texts/pass-key.txt'
folder = tempfile.mkdtemp(prefix='mambascope-shots-')
# Where it is built with the address sanitizer: whole stacks, which tests/lsan.supp goes by, and no list
# of those that it knows.
environment = dict(os.environ)
for name, more in [('ASAN_OPTIONS', 'fast_unwind_on_malloc=0:malloc_context_size=12'),
                   ('LSAN_OPTIONS', 'print_suppressions=0')]:
    environment[name] = ':'.join(filter(None, [environment.get(name), more]))


def size_of(path):
    with open(path, 'rb') as file:
        head = file.read(24)
    assert head[:8] == b'\x89PNG\r\n\x1a\n', f'{path}: no PNG'
    return int.from_bytes(head[16:20], 'big'), int.from_bytes(head[20:24], 'big')


def shot(name, *arguments, status=0):
    path = f'{folder}/{name}.png'
    done = subprocess.run([program, '--screenshot', path, *arguments], capture_output=True,
                          text=True, timeout=200, env=environment)
    assert done.returncode == status, f'{name}: {done.returncode} {done.stderr}'
    if status != 0:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert not os.path.exists(path)
        return None
    assert done.stderr == '', done.stderr
    with open(path, 'rb') as file:
        return file.read(), size_of(path)


try:
    first, size = shot('map', model, text, '--size', '1024x700')
    assert size == (1024, 700), size
    again, _ = shot('again', model, text, '--size', '1024x700')
    assert first == again, 'the same command gave another picture'
    seen = {first}
    for name, arguments in {'dark': ['--dark'], 'decay': ['--view', 'decay'],
                            'filter': ['--filter', 'on'],
                            'method': ['--filter', 'longmamba-bound'],
                            'zero': ['--layer', '0', '--channel', '0'],
                            'channel zero': ['--channel', '0']}.items():
        other, _ = shot(name, model, text, '--size', '1024x700', *arguments)
        assert other not in seen, f'{name} looks like another picture'
        seen.add(other)
    start, size = shot('start', '--size', '1200x800')
    assert size == (1200, 800), size
    for name in ['about', 'preferences']:
        beside, size = shot(name, model, text, '--scene', name)
        assert size < (1000, 1000) and beside not in seen, f'{name}: {size}'
        seen.add(beside)
    wrong, _ = shot('error', f'{samples}/texts', '--scene', 'error')
    assert wrong != start, 'the error is not shown'
    shot('no-model', f'{samples}/texts', status=1)
    shot('bad-scene', '--scene', 'attic', status=2)
    shot('bad-size', '--size', '10x10', status=2)
    shot('bad-layer', '--layer', 'top', status=2)
    shot('bad-view', '--view', 'attic', status=2)
    print('pictures: ok')
finally:
    shutil.rmtree(folder)
