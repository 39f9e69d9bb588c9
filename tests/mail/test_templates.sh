#!/bin/sh
# SPDX-License-Identifier: MIT
# What is wrong with a template stops the build: each fault below must fail, and say in which file.
set -eu
: "${TOP_SRCDIR:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0

table() {
	LC_ALL=C awk -f "$TOP_SRCDIR/src/mail/template_table.awk" "$work"/mail/* > "$work/out" 2> "$work/err"
}

fresh() {
	rm -rf "$work/mail"
	cp -R "$TOP_SRCDIR/conf/mail" "$work/mail"
	chmod -R u+w "$work/mail"
}

# refuse FILE TEXT: appended to FILE, TEXT is an error named with the file.
refuse() {
	fresh
	printf '%s\n' "$2" >> "$work/mail/$1"
	refused "$1: $2" "$1"
}

refused() {
	if table; then
		echo "not refused: $1"
		exit 1
	fi
	if ! grep -qF -e "$2" "$work/err"; then
		echo "refused without a word about $2: $1"
		exit 1
	fi
	passed=$((passed + 1))
}

fresh
table
# subject, text and HTML of every mail in both languages; the frames have no row of their own
test "$(grep -c '^static const struct op [a-z_]*\[\]' "$work/out")" = "$(find "$TOP_SRCDIR/conf/mail" -name '*.*.*' ! -name 'frame.*' | wc -l)"
passed=$((passed + 1))

refuse package.de.txt '{surname}'
refuse package.en.html '<p>{adress}</p>'
refuse verify.de.subject 'a second line'
refuse verify.de.txt '{if link} never closed'
refuse verify.de.txt '{end}'
refuse verify.de.txt '{if link}{if name}x{end}{end}'
refuse verify.de.txt '{if surname}x{end}'
refuse verify.de.txt '{name'
refuse verify.de.html '<p title="{name}">x</p>'
refuse verify.de.html '<a href="{name}">x</a>'
refuse verify.de.html '<a href="https://example.org/{link}">x</a>'
refuse verify.de.html "<a href='{link}'>x</a>"
refuse verify.de.html '<a href="{link}?x">x</a>'
fresh && rm "$work/mail/ended.en.html" && refused 'a missing template' 'ended.en.html'
fresh && cp "$work/mail/ended.en.html" "$work/mail/ended.fr.html" && refused 'a template of no known kind' 'conf/mail'
fresh && sed '/{content}/d' "$TOP_SRCDIR/conf/mail/frame.de.html" > "$work/mail/frame.de.html" &&
	refused 'a frame without a place' 'verify.de.html'
echo "$passed passed, 0 failed"
