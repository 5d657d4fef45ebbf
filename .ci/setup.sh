# What mambascope.sh, test.sh and .ci/run share; sourced by bash, with $root set.

# What the program is built from, and what it needs at run time: fonts, icons and their loader.
program_packages=(
  gcc libc6-dev pkg-config meson ninja-build
  libglib2.0-dev libjson-glib-dev libopenblas-dev zlib1g-dev
  libcairo2-dev libpango1.0-dev libpng-dev libgtk-4-dev libadwaita-1-dev
  adwaita-icon-theme librsvg2-common fonts-cantarell fonts-dejavu-core
)

# What the tests run besides: NumPy for the references, a display without a screen, a pointer, an
# accessibility bus, readers of PNG, PDF and SVG, MPI for sweeps over several ranks.
test_packages=(
  python3 python3-numpy python3-gi python3-pyatspi gir1.2-atspi-2.0 at-spi2-core dbus
  xvfb xauth xdotool x11-apps imagemagick poppler-utils librsvg2-bin pngcheck qpdf
  libopenmpi-dev openmpi-bin
)

# What only CI runs.
check_packages=(g++ clang clang-tidy libclang-rt-dev llvm)

say () {
  printf '%s\n' "$*" >&2
}

# Runs a command; its output is shown only if it fails.
quietly () {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    say "failed ($status): $*"
  fi
  rm -f "$log"
  return "$status"
}

# Installs those of the named Debian packages that are not there; asks nothing and needs no network
# if all are. Elsewhere than on Debian it leaves the matter to Meson, which names what it misses.
need_packages () {
  local missing=() have package as_root=()
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$have" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "missing packages; as root: apt-get install ${missing[*]}"
      return 1
    fi
    as_root=(sudo)
  fi
  say "installing: ${missing[*]}"
  quietly "${as_root[@]}" apt-get -q update || say "the package lists could not be renewed: trying with the old"
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "${missing[@]}"
}

# configure BUILD [OPTIONS]: sets the build folder up if it is not, or if that was cut short.
configure () {
  local build=$1
  shift
  [ -f "$build/build.ninja" ] && return 0
  rm -rf "$build"
  say "configuring $build"
  quietly meson setup "$build" "$root" "$@"
}

# compile BUILD [TARGETS]
compile () {
  local build=$1
  shift
  ninja -C "$build" -n "$@" 2>/dev/null | grep -q 'no work to do' && return 0
  say "building $build"
  quietly ninja --quiet -C "$build" "$@"
}

# count BUILD NAME: prints "passed failed skipped" of the last `meson test` with that log name.
count () {
  python3 - "$1/meson-logs/$2.json" <<'PYTHON'
import collections, json, sys
results = collections.Counter()
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        results[json.loads(line)["result"]] += 1
passed = results.pop("OK", 0) + results.pop("EXPECTEDFAIL", 0)
skipped = results.pop("SKIP", 0)
print(passed, sum(results.values()), skipped)
PYTHON
}
