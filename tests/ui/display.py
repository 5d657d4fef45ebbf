"""display.py [--no-bus] COMMAND...: runs COMMAND on a virtual screen of its own, with a session bus for
the accessibility tree unless --no-bus. Exits 77 where a tool is missing, else as COMMAND does."""
import os
import shutil
import sys
import tempfile

arguments = sys.argv[1:]
bus = arguments[0] != '--no-bus'
if not bus:
    arguments = arguments[1:]

for tool in ['xvfb-run', 'xauth'] + (['dbus-run-session'] if bus else []):
    if shutil.which(tool) is None:
        print(f'SKIP: {tool} is not installed')
        sys.exit(77)

environment = dict(os.environ)
# The renderer that needs no GL, and a quiet desktop: pictures come out the same everywhere.
environment.update(GSK_RENDERER='cairo', GDK_DEBUG='gl-disable', GSETTINGS_BACKEND='memory',
                   GDK_BACKEND='x11', LANG='C.UTF-8', NO_AT_BRIDGE='0')
environment.pop('WAYLAND_DISPLAY', None)
if not bus:
    environment['GTK_A11Y'] = 'none'
home = tempfile.mkdtemp(prefix='mambascope-ui-')
environment.update(XDG_CONFIG_HOME=home + '/config', XDG_DATA_HOME=home + '/data',
                   XDG_CACHE_HOME=home + '/cache')
command = (['dbus-run-session', '--'] if bus else []) + [
    'xvfb-run', '-a', '-s', '-screen 0 1600x1000x24 -nolisten tcp'] + arguments
status = os.spawnvpe(os.P_WAIT, command[0], command, environment)
shutil.rmtree(home, ignore_errors=True)
sys.exit(status if status >= 0 else 128 - status)
