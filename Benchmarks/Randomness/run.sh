#!/bin/sh
# Dieharder on a stream of draws: `sh run.sh consecutive` runs all of its tests (an hour), `sh run.sh strata 1 2 8 15` those
# that are named by number. Needs clang, and Debian's package `dieharder`.
set -e
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../Sources/ReuseKernels
what=$1
shift
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
clang -O2 -I"$kernels/include" -o "$build/stream" "$here/stream.c" "$kernels"/*.c -lm
if [ $# -eq 0 ]; then
    "$build/stream" "$what" | dieharder -a -g 200 -k 2 -Y 1
else
    for test in "$@"; do "$build/stream" "$what" | dieharder -d "$test" -g 200 -k 2 -Y 1; done
fi
