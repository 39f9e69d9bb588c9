#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs every harness over its inputs in corpus/: what once was found is not found again. FUZZ_HARNESSES: from make.
set -u
failed=0
corpus=$TOP_SRCDIR/tests/fuzz/corpus
for harness in ${FUZZ_HARNESSES:?}; do
	name=${harness#fuzz/}
	if [ -z "$(ls "$corpus/$name" 2>/dev/null)" ]; then
		echo "$name: no inputs in $corpus/$name"
		failed=1
	elif ! log=$("$TOP_BUILDDIR/tests/$harness" "$corpus/$name"/* 2>&1); then
		printf '%s\n%s: failed\n' "$log" "$name"
		failed=1
	fi
done
# A folder that no harness reads would be forgotten.
for folder in "$corpus"/*; do
	name=$(basename "$folder")
	case " $FUZZ_HARNESSES " in
	*" fuzz/$name "*) ;;
	*) echo "$name: inputs without a harness"; failed=1 ;;
	esac
done
exit $failed
