/* SPDX-License-Identifier: MIT */
/*
 * Fills paragraphs of plain text. Called by the templates. Knows nothing of mail.
 */
#include "mail/fill.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/encoder.h"

/* Column of a line that ended, so that the next word begins a new one. */
#define FRESH 0

static size_t
columns(struct view v)
{
	size_t n = 0;
	for (size_t i = 0; i < v.len; i++)
		n += (v.data[i] & 0xc0) != 0x80;
	return n;
}

static struct view
take_until(struct view *v, uint8_t c)
{
	struct view part = view_slice(*v, 0, view_find(*v, c));
	*v = view_slice(*v, part.len + 1, v->len);
	return part;
}

/* One line of a paragraph, behind what stands in column *at. */
static void
append_words(struct encoder *out, struct view line, size_t *at)
{
	while (line.len > 0) {
		struct view word = take_until(&line, ' ');
		size_t width = columns(word);
		if (width == 0)
			continue;
		bool is_new_line = *at != FRESH && *at + 1 + width > MAIL_FILL_COLUMNS;
		if (*at != FRESH)
			encoder_u8(out, is_new_line ? '\n' : ' ');
		encoder_view(out, word);
		*at = is_new_line || *at == FRESH ? width : *at + 1 + width;
	}
}

static void
end_line(struct encoder *out, size_t *at)
{
	if (*at != FRESH)
		encoder_u8(out, '\n');
	*at = FRESH;
}

int
mail_fill_append(struct buf *out, struct view text)
{
	struct encoder e = encoder_of(out);
	bool is_kept = false;
	size_t at = FRESH;
	while (text.len > 0) {
		struct view line = take_until(&text, '\n');
		is_kept = is_kept || view_equal_str(line, "-- ");
		if (!is_kept && line.len > 0 && line.data[0] != ' ') {
			append_words(&e, line, &at);
			continue;
		}
		end_line(&e, &at);
		encoder_view(&e, line);
		encoder_u8(&e, '\n');
	}
	end_line(&e, &at);
	return encoder_end(&e);
}
