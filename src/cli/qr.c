/* SPDX-License-Identifier: MIT */
/*
 * Owns libqrencode. Knows nothing of what it shows. cli/fingerprint.c calls it.
 */
#include "cli/qr.h"

#include <qrencode.h>

#include "base/buf.h"

#define QUIET 2       /* modules of light around it */
#define LINE_MAX_BYTES 1024

static bool
is_light(const QRcode *q, int x, int y)
{
	if (x < 0 || y < 0 || x >= q->width || y >= q->width)
		return true;
	return (q->data[y * q->width + x] & 1) == 0;
}

/* Upper and lower module: a light one is drawn, so that a dark terminal shows it the right way round. */
static int
draw_line(const QRcode *q, int y, struct buf *out)
{
	static const char *const blocks[] = { " ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88" };
	int err = 0;
	for (int x = -QUIET; x < q->width + QUIET && err == 0; x++)
		err = buf_append_view(out, view_str(blocks[(is_light(q, x, y) ? 2 : 0) + (is_light(q, x, y + 1) ? 1 : 0)]));
	return err;
}

int
cli_qr_print(struct tool_call *c, const char *text)
{
	QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	struct buf line;
	int err = 0;
	if (q == NULL)
		return tool_verb_fail(c, ERR_LIMIT, "this is too long for a QR code");
	buf_init(&line, LINE_MAX_BYTES);
	for (int y = -QUIET; y < q->width + QUIET && err == 0; y += 2) {
		buf_clear(&line);
		err = draw_line(q, y, &line);
		if (err == 0)
			tool_print_text(c->print, "qr", TOOL_SHOW_ALONE, buf_view(&line));
	}
	buf_deinit(&line);
	QRcode_free(q);
	return err;
}
