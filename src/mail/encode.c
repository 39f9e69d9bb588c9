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

static void
append(struct encoder *out, const char *s, size_t n, size_t *column)
{
	encoder_bytes(out, s, n);
	*column += n;
}

static void
append_str(struct encoder *out, const char *s, size_t *column)
{
	append(out, s, strlen(s), column);
}

static void
fold(struct encoder *out, size_t *column)
{
	encoder_view(out, VIEW_LIT("\r\n "));
	*column = 1;
}

/* At least one encoded-word; a new one, on a new line, whenever the next character does not fit. */
static void
append_encoded(struct encoder *out, struct view text, size_t *column)
{
	if (*column + WORD_OVERHEAD + CHARACTER_MAX > MAIL_ENCODE_LINE)
		fold(out, column);
	append_str(out, WORD_START, column);
	while (text.len > 0) {
		char encoded[CHARACTER_MAX];
		struct view here = text;
		if (text_next_codepoint(&text) < 0) {
			encoder_fail(out, ERR_SYNTAX);
			return;
		}
		here.len -= text.len;
		size_t n = put_character(here, encoded);
		if (*column + n + sizeof(WORD_END) - 1 > MAIL_ENCODE_LINE) {
			append_str(out, WORD_END, column);
			fold(out, column);
			append_str(out, WORD_START, column);
		}
		append(out, encoded, n, column);
	}
	append_str(out, WORD_END, column);
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
static void
append_plain(struct encoder *out, struct view text, size_t *column)
{
	for (bool is_first = true; text.len > 0; is_first = false) {
		struct view word = view_slice(text, 0, view_find(text, ' '));
		text = view_slice(text, word.len + 1, text.len);
		if (*column + 1 + word.len > MAIL_ENCODE_LINE)
			fold(out, column);
		else if (!is_first)
			append_str(out, " ", column);
		append(out, (const char *)word.data, word.len, column);
	}
}

void
mail_encode_unstructured(struct encoder *out, struct view text, size_t *column)
{
	if (is_plain(text))
		append_plain(out, text, column);
	else
		append_encoded(out, text, column);
}

static bool
consists_of_atoms(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_letter_or_digit(text.data[i]) && text.data[i] != ' ' && text.data[i] != '-' && text.data[i] != '\'')
			return false;
	return true;
}

void
mail_encode_phrase(struct encoder *out, struct view text, size_t *column)
{
	bool needs_escape = view_find(text, '"') < text.len || view_find(text, '\\') < text.len;
	if (is_plain(text) && consists_of_atoms(text)) {
		append_plain(out, text, column);
	} else if (is_plain(text) && !needs_escape && text.len + 2 <= PLAIN_WORD_MAX) {
		/* Not folded, therefore short. */
		append_str(out, "\"", column);
		append(out, (const char *)text.data, text.len, column);
		append_str(out, "\"", column);
	} else {
		append_encoded(out, text, column);
	}
}

/* The last blank of a line must not stand there bare: relays take it away (RFC 2045 6.7 (3)). */
static bool
is_bare_in_body(uint8_t c, bool is_last)
{
	if (c == ' ' || c == '\t')
		return !is_last;
	return c > ' ' && c <= '~' && c != '=';
}

/* How many bytes the character has that begins at text[i]; 1 in the middle of one. */
static size_t
character_len(struct view text, size_t i)
{
	size_t n = 1;
	while (text.data[i] >= 0xc0 && i + n < text.len && (text.data[i + n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* One line without its end. The courier's library stuffs dots. */
static void
append_body_line(struct encoder *out, struct view line)
{
	size_t column = 0;
	for (size_t i = 0; i < line.len; i++) {
		char encoded[3] = { (char)line.data[i] };
		size_t n = is_bare_in_body(line.data[i], i + 1 == line.len) ? 1 : put_hex(line.data[i], encoded);
		/* Room for the "=" of a soft line break, and a character of several bytes stays together. */
		if (column + n * character_len(line, i) > MAIL_ENCODE_LINE - 1) {
			encoder_view(out, VIEW_LIT("=\r\n"));
			column = 0;
		}
		append(out, encoded, n, &column);
	}
	encoder_view(out, VIEW_LIT("\r\n"));
}

void
mail_encode_body(struct encoder *out, struct view text)
{
	while (text.len > 0) {
		struct view line = view_slice(text, 0, view_find(text, '\n'));
		text = view_slice(text, line.len + 1, text.len);
		append_body_line(out, line);
	}
}
