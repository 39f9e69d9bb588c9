#!/bin/sh
# SPDX-License-Identifier: MIT
# G1: systemd's own judgement of the unit's sandbox: an exposure of at most 2.3. A unit without one sentence of it is above.
set -eu
command -v systemd-analyze >/dev/null || { echo "skipped: there is no systemd-analyze"; exit 77; }
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
unit=$folder/provisiond.service
judge() { systemd-analyze security --offline=true --no-pager --threshold=23 "$unit" >"$folder/said" 2>&1; }

sed -e 's|@sbindir@|/usr/sbin|g' -e 's|@sysconfdir@|/etc|g' -e 's|@statedir@|/var/lib/provision|g' \
    "$TOP_SRCDIR/contrib/systemd/provisiond.service.in" >"$unit"
judge || { cat "$folder/said"; exit 1; }
tail -n 1 "$folder/said"
sed -i '/^PrivateMounts=/d' "$unit"
if judge; then
	echo "a unit that protects less was not found out"
	exit 1
fi
