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
# subject, text and HTML of every mail in both languages
mails=$(find "$TOP_SRCDIR/conf/mail" -name '*.de' ! -name 'words.*' | wc -l)
test "$(grep -c '^static const struct op [a-z_]*\[\]' "$work/out")" = "$((mails * 6))"
passed=$((passed + 1))

refuse package.de '{surname}'
refuse verify.de '{if link} never closed'
refuse verify.de '{end}'
refuse verify.de '{if link}{if name}x{end}{end}'
refuse verify.de '{if surname}x{end}'
refuse verify.de '{name'
refuse verify.de "$(printf '\n[two\nlines]')"
refuse verify.de "$(printf '\n      {code}')"
refuse words.de 'no key'

# replace FILE SED WORD: FILE changed by SED is an error named with WORD.
replace() {
	fresh
	sed "$2" "$TOP_SRCDIR/conf/mail/$1" > "$work/mail/$1"
	refused "$1 with $2" "$3"
}

replace verify.de '1d' 'verify.de'
replace verify.de '2s/.*/Names: other/' 'verify.de'
replace verify.en '2d' 'verify.en'
replace words.de '/^foot/d' 'foot'
replace frame.html 's/<table role="presentation" width/<table title="{name}" width/' 'accepted.de'
replace frame.html 's/href="{link}"/href="https:\/\/example.org\/{link}"/' 'accepted.de'
replace frame.html "s/href=\"{link}\"/href='{link}'/" 'accepted.de'
replace frame.html 's/href="{link}"/href="{link}?x"/' 'accepted.de'
replace frame.html 's/href="{link}"/href="{name}"/' 'accepted.de'
replace frame.html '0,/{content}/s///' 'accepted.de'
replace frame.txt '/{content}/d' 'accepted.de'
fresh && rm "$work/mail/ended.en" && refused 'a missing mail' 'ended.en'
fresh && cp "$work/mail/ended.en" "$work/mail/ended.fr" && refused 'a mail in no language of ours' 'ended.fr'
echo "$passed passed, 0 failed"
