#!/bin/sh
# SPDX-License-Identifier: MIT
# The formats in two implementations, each checking what the other made. Needs node and npm; where npm cannot install, this
# fails: a format that only C has read is not proved. TOP_SRCDIR and TOP_BUILDDIR come from make.
set -eu
src=${TOP_SRCDIR:?}/tests/vectors
build=${TOP_BUILDDIR:?}/tests/vectors
js=$build/js
mkdir -p "$js"
for f in "$src"/*.mjs "$src"/package.json "$src"/package-lock.json "$src"/.npmrc; do
	install -m 644 "$f" "$js"
done
if ! cmp -s "$js/package-lock.json" "$js/installed"; then
	(cd "$js" && npm ci --no-progress --no-update-notifier)
	cp "$js/package-lock.json" "$js/installed"
fi

echo "C makes the committed vectors, byte by byte"
"$build/vectors" make > "$js/made.json"
cmp "$js/made.json" "$src/vectors.json"
echo "C checks both implementations' committed vectors"
"$build/vectors" check "$src/vectors.json" "$src/vectors-js.json"
echo "JavaScript makes new ones"
node "$js/make.mjs" > "$js/made-js.json"
echo "JavaScript checks C's, the committed ones, and its own"
node "$js/check.mjs" "$src/vectors.json" "$src/vectors-js.json" "$js/made-js.json"
echo "C checks JavaScript's"
"$build/vectors" check "$js/made-js.json"
