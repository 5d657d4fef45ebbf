#!/bin/sh
# Draws the pictures of docs/figures.md anew: make.sh MAMBASCOPE-CLI. The build's target docs-figures
# calls it. Each picture is a living figure: it holds the recipe that made it.
set -eu
program=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
draw () { # NAME DPI
  "$program" figure "samples/recipes/$1.json" --dpi "$2" --out "docs/figures/$1.png" > /dev/null
}
draw maps 120
draw pipeline 120
draw sweep 120
draw decay 90
draw atlas 84
draw layers 120
draw compare 120
draw fields 120
draw norm-lab 120
draw text 120
