# SPDX-License-Identifier: MIT
# Turns the mails of conf/mail into the table that mail/template.c includes: subject, plain text and HTML of each, from
# one source a language. Called with all KIND.LOCALE, words.LOCALE, frame.txt and frame.html, in any order.
#
#   mail      = "Subject: " text LF [ "Names: plain" LF ] 1*( LF block )
#   block     = "[" text "]"                    a button that leads to {link}; in plain text the words and the address
#             / "    {code}"                    a code, large
#             / "{texts}"                       what somebody wrote, each with who and when
#             / text                            a paragraph on any number of lines; **strong**
#             / "{if " name "}" text "{end}"    a paragraph that is left out as a whole when the field is empty
#   text      = *( words / field / condition )
#   field     = "{" name "}"                    name: see FIELDS
#   condition = "{if " name "}" text "{end}"    not nested
#
# "Names: plain": the mail goes to an address that nobody has confirmed yet, names that look like more are left out.
# The fields author, when and text belong to one of the texts: they stand in frame.html's section "texts" alone.
# The sections of frame.html ("%% page", ...) and frame.txt say how blocks look; "{content}" is where they go, "{words KEY}"
# is replaced from words.LOCALE (KEY: text, continued on lines that begin with a blank). In HTML a field stands in text,
# or is the whole of href="{link}". A brace followed by anything but a lower-case letter is text (style sheets).
# Anything else, an unknown name, a kind that is not there in each language: the build fails.

function fail(text) {
	print FILE ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

function read_file(path,    line, all, got) {
	all = ""
	while ((got = (getline line < path)) > 0)
		all = all line "\n"
	if (got < 0)
		fail("cannot be read")
	close(path)
	return all
}

# The one place of hole in frame, as text and not as a pattern.
function put_in(frame, hole, body,    at) {
	at = index(frame, hole)
	if (at == 0 || index(substr(frame, at + 1), hole) > 0)
		fail("a frame needs " hole " once")
	return substr(frame, 1, at - 1) body substr(frame, at + length(hole))
}

function replace_all(text, what, by,    done, at) {
	done = ""
	while ((at = index(text, what)) > 0) {
		done = done substr(text, 1, at - 1) by
		text = substr(text, at + length(what))
	}
	return done text
}

function trimmed(text) {
	sub(/^[ \n]+/, "", text)
	sub(/[ \n]+$/, "", text)
	return text
}

# ---- reading

function read_words(locale, text,    lines, n, i, key) {
	n = split(text, lines, "\n")
	words[locale, "lang"] = locale
	for (i = 1; i < n; i++) {
		if (lines[i] ~ /^ ./ && key != "")
			words[locale, key] = words[locale, key] "\n" substr(lines[i], 2)
		else if (match(lines[i], /^[a-z]+: ./)) {
			key = substr(lines[i], 1, RLENGTH - 3)
			words[locale, key] = substr(lines[i], RLENGTH)
		} else
			fail("malformed at " lines[i])
	}
}

function read_sections(text,    lines, n, i, name) {
	n = split(text, lines, "\n")
	for (i = 1; i < n; i++) {
		if (lines[i] ~ /^%% [a-z]+$/)
			name = substr(lines[i], 4)
		else
			section[name] = section[name] lines[i] "\n"
	}
}

function with_words(text, locale, part,    key, done) {
	done = ""
	while (match(text, /\{words [a-z]+\}/)) {
		key = substr(text, RSTART + 7, RLENGTH - 8)
		if (!((locale, key) in words))
			fail("words." locale " lacks " key)
		done = done substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + RLENGTH)
		done = done (part == "html" ? html_of(words[locale, key]) : words[locale, key])
	}
	return done text
}

# ---- blocks

# Words in HTML; names keep their own direction.
function html_of(text,    done) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	text = replace_all(replace_all(text, "{name}", "<bdi>{name}</bdi>"), "{peer}", "<bdi>{peer}</bdi>")
	done = ""
	while (match(text, /\*\*[^*]+\*\*/)) {
		done = done substr(text, 1, RSTART - 1) "<strong>" substr(text, RSTART + 2, RLENGTH - 4) "</strong>"
		text = substr(text, RSTART + RLENGTH)
	}
	return done text
}

function plain_of(text) {
	return replace_all(text, "**", "")
}

# Each text with its head.
function add_texts(locale) {
	BODY["txt"] = BODY["txt"] "{each}{peer}{if author}, {author}{end}, {when}:\n\n{text}\n{next}"
	BODY["html"] = BODY["html"] "{each}" with_words(section["texts"], locale, "html") "{next}"
}

# One block in both forms, added to BODY.
function add_block(block, locale,    before, after, kind) {
	before = after = ""
	kind = "paragraph"
	if (match(block, /^\{if [a-z]+\}/) && index(block, "{end}") == length(block) - 4) {
		before = substr(block, 1, RLENGTH)
		after = "{end}"
		block = substr(block, RLENGTH + 1, length(block) - RLENGTH - 5)
	} else if (block ~ /^\[[^\n]*\]$/) {
		kind = "button"
		block = substr(block, 2, length(block) - 2)
	} else if (block == "{texts}") {
		add_texts(locale)
		return
	} else if (block ~ /^    \{[a-z]+\}$/) {
		kind = "code"
	} else if (block ~ /^[ \[]/)
		fail("no such block: " block)
	BODY["txt"] = BODY["txt"] before plain_of(block) (kind == "button" ? ":\n\n    {link}" : "") "\n\n" after
	BODY["html"] = BODY["html"] before put_in(with_words(section[kind], locale, "html"), "{content}", html_of(trimmed(block))) after
}

function read_mail(text, locale,    blocks, n, i, head) {
	n = split(text, blocks, /\n\n+/)
	split(blocks[1], head, "\n")
	if (n < 2 || blocks[1] !~ /^Subject: [^\n]+(\nNames: plain)?$/)
		fail("begins with a subject and an empty line")
	BODY["subject"] = substr(head[1], 10)
	BODY["txt"] = BODY["html"] = ""
	if (l > 1 && is_plain != (2 in head))
		fail("says something else about names than " locales[1])
	is_plain = 2 in head
	sub(/\n$/, "", blocks[n])
	for (i = 2; i <= n; i++)
		add_block(blocks[i], locale)
	BODY["txt"] = put_in(with_words(content["frame.txt"], locale, "txt"), "{content}\n\n", BODY["txt"])
	BODY["html"] = put_in(with_words(section["page"], locale, "html"), "{content}\n", BODY["html"])
}

# ---- the table

function emit_text(text,    out, i, c) {
	if (text == "")
		return
	out = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\n")
			out = out "\\n" (i < length(text) ? "\"\n\t    \"" : "")
		else if (c == "\\" || c == "\"")
			out = out "\\" c
		else
			out = out c
	}
	print "\t{ OP_TEXT, 0, \"" out "\" },"
}

function field_of(name) {
	if (!(name in field))
		fail("unknown field {" name "}")
	return field[name]
}

# done: all text before this place, to know where in the HTML it is.
function emit_field(name, part, done, rest,    tail) {
	if (part == "html") {
		tail = done
		sub(/.*>/, "", tail)
		gsub(/\n/, " ", tail)
		if (index(tail, "<") > 0) {
			if (name !~ /^(link|unsubscribe)$/ || done !~ /<a [^<>]*href="$/ || substr(rest, 1, 1) != "\"")
				fail("{" name "} stands inside a tag")
		}
	}
	print "\t{ OP_FIELD, " field_of(name) ", NULL },"
}

function emit(text, part,    word, done, inside) {
	done = ""
	inside = 0
	while (match(text, /\{[a-z]/)) {
		emit_text(substr(text, 1, RSTART - 1))
		done = done substr(text, 1, RSTART - 1)
		text = substr(text, RSTART)
		if (!match(text, /^\{(if )?[a-z]+\}/))
			fail("malformed at " substr(text, 1, 20))
		word = substr(text, 2, RLENGTH - 2)
		text = substr(text, RLENGTH + 1)
		if (word == "end") {
			if (!inside--)
				fail("{end} without {if}")
			print "\t{ OP_END, 0, NULL },"
		} else if (word == "each")
			print "\t{ OP_EACH, 0, NULL },"
		else if (word == "next")
			print "\t{ OP_NEXT, 0, NULL },"
		else if (word ~ /^if /) {
			if (inside++)
				fail("nested {if}")
			print "\t{ OP_IF, " field_of(substr(word, 4)) ", NULL },"
		} else
			emit_field(word, part, done, text)
	}
	if (inside)
		fail("{if} without {end}")
	emit_text(text)
}

function emit_mail(kind, locale,    id, p) {
	FILE = kind "." locale
	if (!(FILE in content))
		fail("is missing")
	read_mail(content[FILE], locale)
	id = FILE
	gsub(/[.-]/, "_", id)
	for (p = 1; p in parts; p++) {
		print "\nstatic const struct op " id "_" parts[p] "[] = {"
		emit(BODY[parts[p]], parts[p])
		print "\t{ OP_STOP, 0, NULL },\n};"
	}
	return "{ " id "_subject, " id "_txt, " id "_html }"
}

BEGIN {
	split("name peer link code service until unsubscribe receipt author when text", names, " ")
	for (i in names)
		field[names[i]] = "FIELD_" toupper(names[i])
	split("de en", locales, " ")
	split("subject txt html", parts, " ")
	for (i = 1; i < ARGC; i++) {
		FILE = name = ARGV[i]
		sub(/.*\//, "", name)
		if (name in content)
			fail("given twice")
		content[name] = read_file(FILE)
		FILE = name
		if (name ~ /^words\.(de|en)$/)
			read_words(substr(name, 7), content[name])
		else if (name == "frame.html")
			read_sections(content[name])
		else if (name ~ /^[a-z-]+\.(de|en)$/) {
			kind = substr(name, 1, length(name) - 3)
			if (!(kind in known))
				kinds[++count] = kind
			known[kind] = 1
		} else if (name != "frame.txt")
			fail("is no mail and no frame")
	}
	print "/* Generated by template_table.awk from conf/mail: do not edit. */"
	table = ""
	for (k = 1; k <= count; k++) {
		row = "\t{ \"" kinds[k] "\", {\n"
		for (l = 1; l in locales; l++)
			row = row "\t\t[MAIL_LOCALE_" toupper(locales[l]) "] = " emit_mail(kinds[k], locales[l]) ",\n"
		table = table row "\t}, " (is_plain ? "true" : "false") " },\n"
	}
	print "\nstatic const struct mail_template templates[] = {"
	printf "%s};\n", table
	exit 0
}
