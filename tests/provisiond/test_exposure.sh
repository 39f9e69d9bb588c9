#!/bin/sh
# SPDX-License-Identifier: MIT
# G1: systemd's own judgement of the unit's sandbox: an exposure of at most 2.3. A unit without one sentence of it is above.
set -eu
unit=$TOP_BUILDDIR/contrib/systemd/provisiond.service
command -v systemd-analyze >/dev/null || { echo "skipped: there is no systemd-analyze"; exit 77; }
[ -f "$unit" ] || { echo "skipped: built without systemd"; exit 77; }
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
judge() { systemd-analyze security --offline=true --no-pager --threshold=23 "$1" >"$folder/said" 2>&1; }

judge "$unit" || { cat "$folder/said"; exit 1; }
tail -n 1 "$folder/said"
grep -v '^PrivateMounts=' "$unit" >"$folder/provisiond.service"
if judge "$folder/provisiond.service"; then
	echo "a unit that protects less was not found out"
	exit 1
fi
