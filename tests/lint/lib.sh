# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by every check of this folder. A check prints one line a finding, "PATH:LINE: what is wrong", and
# hands them to verdict(); lines that begin with "note:" are shown and do not count.
# TOP is the tree that is judged, BUILD where it was built, LINT this folder with its tables.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C
LINT=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "${TOP_SRCDIR:-$LINT/../..}" && pwd -P)
BUILD=${TOP_BUILDDIR:-$TOP/build}
[ ! -d "$BUILD" ] || BUILD=$(cd "$BUILD" && pwd -P)
cd "$TOP"
# A check that breaks says so.
trap 'status=$?; [ $status -eq 0 ] || [ $status -eq 77 ] || [ -n "${is_judged:-}" ] || echo "$(basename "$0"): broke with $status"' EXIT

# The sources whose path matches the extended regular expression: what git knows or would add, else what is there.
files() {
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
		git ls-files -co --exclude-standard
	else
		find . \( -path './build*' -o -path "./${BUILD#"$TOP"/}" -o -name '*.pb-c.[ch]' -o -path ./.git -o -name node_modules -o -path ./contrib/aux -o -path './contrib/m4/*.m4' \
		    -o -name autom4te.cache -o -name aclocal.m4 -o -name 'configure*' ! -name configure.ac -o -name 'config.h.in*' \
		    -o -name Makefile.in \) -prune -o -type f -print | sed 's|^\./||'
	fi | { grep -E "$1" || true; } | sort | while read -r f; do
		if [ -f "$f" ]; then echo "$f"; fi
	done
}

# A table without its comments and empty lines.
table() {
	sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' "$LINT/$1"
}

# Ends as "skipped" (automake's 77) when a program is missing: for builders; contrib/check installs all.
need() {
	for program in "$@"; do
		if ! command -v "$program" >/dev/null 2>&1; then
			echo "skipped: there is no $program (contrib/install-packages test)"
			exit 77
		fi
	done
}

verdict() {
	is_judged=yes
	[ -z "$1" ] || printf '%s\n' "$1"
	count=$(printf '%s\n' "$1" | awk '!/^note:/ && /./ { n++ } END { print n + 0 }')
	[ "$count" -eq 0 ] && exit 0
	echo "$(basename "$0"): $count found"
	exit 1
}
