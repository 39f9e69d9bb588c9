/* SPDX-License-Identifier: MIT */
/*
 * Writes text into headers and bodies. Called by mail/compose.c alone. Must not know what fields there are.
 */
#include "mail/encode.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define WORD_START "=?UTF-8?Q?"
#define WORD_END "?="
#define WORD_OVERHEAD (sizeof(WORD_START) - 1 + sizeof(WORD_END) - 1)
/* One character of UTF-8 is at most four bytes, "=XX" each. */
#define CHARACTER_MAX 12
/* A word of ASCII longer than this does not fit a line behind any field name of ours. */
#define PLAIN_WORD_MAX 60

static bool
is_letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static size_t
put_hex(uint8_t c, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	out[0] = '=';
	out[1] = digits[c >> 4];
	out[2] = digits[c & 15];
	return 3;
}

/* One character in Q encoding, as strict as a phrase wants it (RFC 2047 5 (3)). Returns its length. */
static size_t
put_character(struct view c, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < c.len; i++) {
		if (c.data[i] == ' ')
			out[n++] = '_';
		else if (is_letter_or_digit(c.data[i]))
			out[n++] = (char)c.data[i];
		else
			n += put_hex(c.data[i], out + n);
	}
	return n;
}

static int
append_counted(struct buf *out, const char *s, size_t n, size_t *column)
{
	*column += n;
	return buf_append(out, s, n);
}

static int
fold(struct buf *out, size_t *column)
{
	*column = 1;
	return buf_append_str(out, "\r\n ");
}

/* At least one encoded-word; a new one, on a new line, whenever the next character does not fit. */
static int
append_encoded(struct buf *out, struct view text, size_t *column)
{
	int err = 0;
	if (*column + WORD_OVERHEAD + CHARACTER_MAX > MAIL_ENCODE_LINE)
		err = fold(out, column);
	if (err == 0)
		err = append_counted(out, WORD_START, sizeof(WORD_START) - 1, column);
	while (text.len > 0 && err == 0) {
		struct view here = text;
		if (text_next_codepoint(&text) < 0)
			return ERR_SYNTAX;
		here.len -= text.len;
		char encoded[CHARACTER_MAX];
		size_t n = put_character(here, encoded);
		if (*column + n + sizeof(WORD_END) - 1 > MAIL_ENCODE_LINE) {
			err = buf_append_str(out, WORD_END);
			if (err == 0)
				err = fold(out, column);
			if (err == 0)
				err = append_counted(out, WORD_START, sizeof(WORD_START) - 1, column);
		}
		if (err == 0)
			err = append_counted(out, encoded, n, column);
	}
	return err == 0 ? append_counted(out, WORD_END, sizeof(WORD_END) - 1, column) : err;
}

/* Printable ASCII, nothing a reader could take for an encoded-word, no word too long for a line. */
static bool
is_plain(struct view text)
{
	size_t word = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (c < ' ' || c > '~' || (c == '=' && i + 1 < text.len && text.data[i + 1] == '?'))
			return false;
		word = c == ' ' ? 0 : word + 1;
		if (word > PLAIN_WORD_MAX)
			return false;
	}
	return true;
}

/* Words of plain text, folded between them. */
static int
append_plain(struct buf *out, struct view text, size_t *column)
{
	int err = 0;
	bool is_first = true;
	while (text.len > 0 && err == 0) {
		struct view word = view_slice(text, 0, view_find(text, ' '));
		text = view_slice(text, word.len + 1, text.len);
		if (*column + 1 + word.len > MAIL_ENCODE_LINE)
			err = fold(out, column);
		else if (!is_first)
			err = append_counted(out, " ", 1, column);
		if (err == 0)
			err = append_counted(out, (const char *)word.data, word.len, column);
		is_first = false;
	}
	return err;
}

int
mail_encode_unstructured(struct buf *out, struct view text, size_t *column)
{
	return is_plain(text) ? append_plain(out, text, column) : append_encoded(out, text, column);
}

static bool
consists_of_atoms(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_letter_or_digit(text.data[i]) && text.data[i] != ' ' && text.data[i] != '-' && text.data[i] != '\'')
			return false;
	return true;
}

int
mail_encode_phrase(struct buf *out, struct view text, size_t *column)
{
	if (!is_plain(text) || memchr(text.data, '"', text.len) != NULL || memchr(text.data, '\\', text.len) != NULL)
		return append_encoded(out, text, column);
	if (consists_of_atoms(text))
		return append_plain(out, text, column);
	/* A quoted string is not folded: what does not fit a line is encoded. */
	if (text.len + 2 > PLAIN_WORD_MAX)
		return append_encoded(out, text, column);
	int err = append_counted(out, "\"", 1, column);
	if (err == 0)
		err = append_counted(out, (const char *)text.data, text.len, column);
	return err == 0 ? append_counted(out, "\"", 1, column) : err;
}

/* The last blank of a line must not stand there bare: relays take it away (RFC 2045 6.7 (3)). */
static bool
is_bare_in_body(uint8_t c, bool is_last)
{
	if (c == ' ' || c == '\t')
		return !is_last;
	return c > ' ' && c <= '~' && c != '=';
}

/* One line without its end. A line that begins with "From " or "." is none of our business: the courier stuffs dots. */
static int
append_body_line(struct buf *out, struct view line)
{
	size_t column = 0;
	int err = 0;
	for (size_t i = 0; i < line.len && err == 0; i++) {
		char encoded[3] = { (char)line.data[i] };
		size_t n = is_bare_in_body(line.data[i], i + 1 == line.len) ? 1 : put_hex(line.data[i], encoded);
		/* Room for the "=" of a soft line break, and a character of several bytes stays together. */
		size_t rest = 0;
		while (i + rest + 1 < line.len && (line.data[i + rest + 1] & 0xc0) == 0x80 && line.data[i] >= 0xc0)
			rest++;
		if (column + n * (rest + 1) > MAIL_ENCODE_LINE - 1) {
			err = buf_append_str(out, "=\r\n");
			column = 0;
		}
		if (err == 0)
			err = append_counted(out, encoded, n, &column);
	}
	return err == 0 ? buf_append_str(out, "\r\n") : err;
}

int
mail_encode_body(struct buf *out, struct view text)
{
	int err = 0;
	while (text.len > 0 && err == 0) {
		struct view line = view_slice(text, 0, view_find(text, '\n'));
		text = view_slice(text, line.len + 1, text.len);
		err = append_body_line(out, line);
	}
	return err;
}
