/* SPDX-License-Identifier: MIT */
/*
 * Owns the characters of the file: UTF-8, comments, quotes that end on their line. libconfuse 3.3 counts
 * a comment as three lines, takes none in lists, and reads on to the end of the file when a quote or a
 * comment does not end; so it gets none of these to see. Called by the parser alone.
 */
#include "conf/strip.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

static size_t
line_len(struct view rest)
{
	return view_find(rest, '\n');
}

/* Length of the quoted text at the front of a line, or 0 when it does not end there. */
static size_t
quoted_len(struct view line)
{
	for (size_t i = 1; i < line.len; i++) {
		if (line.data[i] == '\\')
			i++;
		else if (line.data[i] == line.data[0])
			return i + 1;
	}
	return 0;
}

static bool
is_foreign_comment(struct view line, size_t at)
{
	struct view v = view_slice(line, at, 2);
	bool is_start = at == 0 || strchr(" \t={},", line.data[at - 1]) != NULL;
	return is_start && (view_equal_str(v, "//") || view_equal_str(v, "/*"));
}

/* Blanks the comment of one line; what is wrong with the line, or NULL. */
static const char *
strip_line(uint8_t *data, size_t len)
{
	struct view line = view_of(data, len);
	if (!text_is_utf8(line) || view_find(line, 0) != len)
		return "the line is not UTF-8 text";
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '#') {
			memset(data + i, ' ', len - i);
		} else if (data[i] == '"' || data[i] == '\'') {
			size_t n = quoted_len(view_slice(line, i, len));
			if (n == 0)
				return "a quoted value does not end on its line";
			i += n - 1;
		} else if (is_foreign_comment(line, i)) {
			return "a comment begins with #";
		}
	}
	return NULL;
}

int
conf_strip_comments(struct view file, struct buf *out, unsigned *line_r, const char **sentence_r)
{
	size_t at = out->len;
	int err = buf_append_view(out, file);
	if (err == 0)
		err = buf_append_u8(out, '\0');
	*line_r = 0;
	for (size_t left = file.len; err == 0 && left != 0;) {
		size_t n = line_len(view_of(out->data + at, left));
		++*line_r;
		*sentence_r = strip_line(out->data + at, n);
		if (*sentence_r != NULL)
			err = ERR_SYNTAX;
		n += n < left;
		at += n;
		left -= n;
	}
	return err;
}
