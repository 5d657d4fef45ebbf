#!/bin/bash
# Builds Mambascope if need be and opens it. Installs what is missing on Debian 12.
#
#   ./mambascope.sh [MODEL [TEXT]]      default: the rescue sample on the pass-key text
#
# Without a display it renders that sample's figures instead, before and after LongMamba, into
# figures/ of the build folder.
set -u -o pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
. "$root/.ci/setup.sh"

build=$root/build
model=$root/samples/models/rescue-mamba2-5m
text=$root/samples/texts/pass-key.txt
need_packages "${program_packages[@]}" || exit 1
configure "$build" --buildtype=release -Dui=enabled -Dtests=false || exit 1
compile "$build" || exit 1

if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
  [ $# -gt 0 ] || set -- "$model" "$text"
  MAMBASCOPE_SAMPLES=${MAMBASCOPE_SAMPLES:-$root/samples} exec "$build/ui/mambascope" "$@"
fi

model=${1:-$model}
text=${2:-$text}
figures=$build/figures
mkdir -p "$figures" || exit 1
for preset in maps decay; do
  for filter in off longmamba; do
    "$build/src/cli/mambascope-cli" figure --preset "$preset" "$model" "$text" --filter "$filter" \
      --out "$figures/$preset-$filter.png" >/dev/null || exit 1
  done
done
echo "No display: figures written to $figures"
