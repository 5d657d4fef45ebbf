"""display.py [--no-bus] [--screen WxH] COMMAND...: runs COMMAND on a virtual screen of its own, with a
session bus for the accessibility tree unless --no-bus. Exits 77 where a tool is missing, else as COMMAND does."""
import os
import shutil
import subprocess
import sys
import tempfile

arguments = sys.argv[1:]
bus = arguments[0] != '--no-bus'
if not bus:
    arguments = arguments[1:]
screen = '1600x1000'
if arguments[0] == '--screen':
    screen, arguments = arguments[1], arguments[2:]

for tool in ['Xvfb'] + (['dbus-run-session'] if bus else []):
    if shutil.which(tool) is None:
        print(f'SKIP: {tool} is not installed')
        sys.exit(77)


def start_screen():
    """Xvfb and the number of the display that it found free: tests run side by side."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ['Xvfb', '-displayfd', str(writing), '-screen', '0', screen + 'x24', '-nolisten', 'tcp',
         '-noreset'], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    if not number:
        server.wait()
        print('Xvfb did not start')
        sys.exit(1)
    return server, ':' + number


def environment_for(display, home):
    """The renderer that needs no GL, and a quiet desktop: pictures come out the same everywhere."""
    environment = dict(os.environ)
    environment.update(DISPLAY=display, GSK_RENDERER='cairo', GDK_DEBUG='gl-disable',
                       GSETTINGS_BACKEND='memory', GDK_BACKEND='x11', LANG='C.UTF-8',
                       XDG_CONFIG_HOME=home + '/config', XDG_DATA_HOME=home + '/data',
                       XDG_CACHE_HOME=home + '/cache')
    environment.pop('WAYLAND_DISPLAY', None)
    if not bus:
        environment['GTK_A11Y'] = 'none'
    return environment


home = tempfile.mkdtemp(prefix='mambascope-ui-')
server, display = start_screen()
try:
    command = (['dbus-run-session', '--'] if bus else []) + arguments
    status = subprocess.run(command, env=environment_for(display, home)).returncode
finally:
    server.terminate()
    server.wait()
    shutil.rmtree(home, ignore_errors=True)
sys.exit(status if status >= 0 else 128 - status)
