#!/bin/sh
# SPDX-License-Identifier: MIT
# limits.awk takes what is annotated and refuses, with file and line, what is not.
here=${TOP_SRCDIR:-${srcdir:-.}/..}
awk_file=$here/src/record/limits.awk
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
failed=0

# takes NAME PROTO: must be accepted; the table must hold PATTERN
takes() {
	printf '%b' "$2" >"$work/in.proto"
	if ! LC_ALL=C "${AWK:-awk}" -f "$awk_file" "$work/in.proto" >"$work/out" 2>"$work/err"; then
		echo "FAIL $1: refused:"; cat "$work/err"; failed=1
	elif ! grep -qF -- "$3" "$work/out"; then
		echo "FAIL $1: no '$3' in:"; cat "$work/out"; failed=1
	fi
}

# refuses NAME PROTO PATTERN: must be refused with PATTERN
refuses() {
	printf '%b' "$2" >"$work/in.proto"
	if LC_ALL=C "${AWK:-awk}" -f "$awk_file" "$work/in.proto" >"$work/out" 2>"$work/err"; then
		echo "FAIL $1: taken"; failed=1
	elif ! grep -qF -- "$3" "$work/err"; then
		echo "FAIL $1: no '$3' in:"; cat "$work/err"; failed=1
	fi
}

takes id 'message A {\n\tbytes x = 1; // {id}\n}\n' '{ 1, LIMITS_BYTES, 16, 16, 0, 0,'
takes optional-key 'message A {\n\tbytes x = 1; // {key?}\n}\n' '{ 1, LIMITS_OPTIONAL_BYTES, 32, 32, 0, 0,'
takes utf8 'message A {\n\tbytes x = 7; // {utf8 1..254} mail\n}\n' '{ 7, LIMITS_UTF8, 1, 254, 0, 0,'
takes text 'message A {\n\tbytes x = 1; // {text 0..65536}\n}\n' '{ 1, LIMITS_TEXT, 0, 65536, 0, 0,'
takes enum 'enum E {\n\tNO = 0;\n}\nmessage A {\n\tE x = 1; // {1..3}\n}\n' '{ 1, LIMITS_VALUE, 1u, 3u, 0, 0,'
takes enum-open 'enum E {\n\tNO = 0;\n\tYES = 7; // yes\n\tPERHAPS = 3;\n}\nmessage A {\n\tE x = 1; // {1..}\n}\n' '{ 1, LIMITS_VALUE, 1u, 7u, 0, 0,'
takes list 'message A {\n\trepeated bytes x = 1; // {list 0..9 of 1..512}\n}\n' '{ 1, LIMITS_LIST, 1, 512, 0, 9,'
takes nested 'message B {\n}\nmessage A {\n\trepeated B x = 1; // {list 1..9}\n\tB y = 2; // {optional}\n}\n' '{ 2, LIMITS_OPTIONAL, 0, 0, 0, 0,'

refuses bare 'message A {\n\tbytes x = 1;\n}\n' 'in.proto:2: field x has no annotation'
refuses string 'message A {\n\tstring x = 1; // {utf8 1..2}\n}\n' 'type string'
refuses float 'message A {\n\tdouble x = 1; // {any}\n}\n' 'type double'
refuses recursive 'message A {\n\tA x = 1; // {optional}\n}\n' 'type A is not declared above'
refuses forward 'message A {\n\tB x = 1; // {optional}\n}\nmessage B {\n}\n' 'type B is not declared above'
refuses oneof 'message A {\n\toneof x {\n\t\tbytes y = 1; // {id}\n\t}\n}\n' 'in.proto:2'
refuses map 'message A {\n\tmap<uint32, bytes> x = 1; // {any}\n}\n' 'in.proto:2'
refuses wrong-kind 'message A {\n\tuint32 x = 1; // {key}\n}\n' 'does not fit'
refuses enum-any 'enum E {\n\tNO = 0;\n}\nmessage A {\n\tE x = 1; // {any}\n}\n' 'does not fit'
refuses integer-open 'message A {\n\tuint32 x = 1; // {1..}\n}\n' 'does not fit'
refuses bytes-any 'message A {\n\tbytes x = 1; // {any}\n}\n' 'does not fit'
refuses reversed 'message A {\n\tbytes x = 1; // {9..2}\n}\n' 'does not fit'
refuses list-plain 'message A {\n\trepeated bytes x = 1; // {list 0..9}\n}\n' 'does not fit'
refuses list-missing 'message B {\n}\nmessage A {\n\trepeated B x = 1; // {required}\n}\n' 'needs {list'
refuses integers 'message A {\n\trepeated uint32 x = 1; // {list 0..9}\n}\n' 'does not fit'
refuses order 'message A {\n\tbool x = 2; // {any}\n\tbool y = 1; // {any}\n}\n' 'ascend'
exit $failed
