#!/bin/sh
# SPDX-License-Identifier: MIT
# G1, G2: systemd's own judgement of the units' sandboxes: an exposure of at most 2.3 each. The daemon's without one sentence of
# it is above.
set -eu
command -v systemd-analyze >/dev/null || { echo "skipped: there is no systemd-analyze"; exit 77; }
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
judge() { systemd-analyze security --offline=true --no-pager --threshold=23 "$folder/$1" >"$folder/said" 2>&1; }

for unit in provision-janitor.service provisiond.service; do
	sed -e 's|@sbindir@|/usr/sbin|g' -e 's|@sysconfdir@|/etc|g' -e 's|@statedir@|/var/lib/provision|g' \
	    "$TOP_SRCDIR/contrib/systemd/$unit.in" >"$folder/$unit"
	judge "$unit" || { cat "$folder/said"; exit 1; }
	tail -n 1 "$folder/said"
done
sed -i '/^PrivateMounts=/d' "$folder/provisiond.service"
if judge provisiond.service; then
	echo "a unit that protects less was not found out"
	exit 1
fi
