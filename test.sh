#!/bin/bash
# Builds Mambascope with its tests and runs them all. Installs what is missing on Debian 12.
#
#   ./test.sh [ARGUMENTS OF `meson test`]      for one suite: ./test.sh --suite analysis
#
# The last line is "N passed, N failed, N skipped"; the exit status is 0 if none failed and some ran.
set -u -o pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
. "$root/.ci/setup.sh"

build=$root/build-test
need_packages "${program_packages[@]}" "${test_packages[@]}" || exit 1
configure "$build" -Dui=enabled || exit 1
compile "$build" || exit 1

rm -f "$build/meson-logs/testlog.json"
meson test -C "$build" --no-rebuild --print-errorlogs "$@" </dev/null >&2
status=$?
read -r passed failed skipped < <(count "$build" testlog)
echo "${passed:-0} passed, ${failed:-0} failed, ${skipped:-0} skipped"
[ "$status" -eq 0 ] && [ "${failed:-1}" -eq 0 ] && [ "${passed:-0}" -gt 0 ]
