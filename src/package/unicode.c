/* SPDX-License-Identifier: MIT */
/*
 * Unicode normal forms by libutf8proc, without its allocations: what is normalised here may be a password. Bounded input, all
 * buffers overwritten.
 */
#include "package/unicode.h"

#include <string.h>
#include <utf8proc.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"

#define DECOMPOSE (UTF8PROC_STABLE | UTF8PROC_DECOMPOSE)
#define COMPOSE (UTF8PROC_STABLE | UTF8PROC_COMPOSE)

/* Code points, and room to encode them in place: utf8proc_reencode() writes UTF-8 and a NUL over them. */
struct points {
	utf8proc_int32_t *at;
	size_t count;
	size_t room;
};

static int
points_init(struct points *p, struct view utf8, int options)
{
	if (utf8.len > PACKAGE_UNICODE_MAX)
		return ERR_LIMIT;
	if (!text_is_utf8(utf8))
		return ERR_SYNTAX;
	utf8proc_ssize_t n = utf8proc_decompose(utf8.data, (utf8proc_ssize_t)utf8.len, NULL, 0, (utf8proc_option_t)options);
	if (n < 0)
		return ERR_SYNTAX;
	p->room = (size_t)n + 1;
	p->at = mem_array(p->room, sizeof(p->at[0]));
	n = utf8proc_decompose(utf8.data, (utf8proc_ssize_t)utf8.len, p->at, n, (utf8proc_option_t)options);
	require(n >= 0 && (size_t)n < p->room);
	p->count = (size_t)n;
	return 0;
}

static void
points_deinit(struct points *p)
{
	secret_wipe(p->at, p->room * sizeof(p->at[0]));
	mem_free(&p->at);
}

/* Encodes in place; the view is valid until points_deinit(). */
static struct view
points_encode(struct points *p, int options)
{
	utf8proc_ssize_t n = utf8proc_reencode(p->at, (utf8proc_ssize_t)p->count, (utf8proc_option_t)options);
	require(n >= 0);
	return view_of(p->at, (size_t)n);
}

int
package_unicode_nfc(struct view utf8, struct secret **nfc_r)
{
	struct points p;
	int err = points_init(&p, utf8, COMPOSE);
	if (err != 0)
		return err;
	*nfc_r = secret_from_view(points_encode(&p, COMPOSE));
	points_deinit(&p);
	return 0;
}

int
package_unicode_fold(struct view utf8, struct buf *out)
{
	struct points p, again;
	int err = points_init(&p, utf8, DECOMPOSE);
	if (err != 0)
		return err;
	/* up and down again: letters with two small forms (sigma) meet */
	for (size_t i = 0; i < p.count; i++)
		p.at[i] = utf8proc_tolower(utf8proc_toupper(p.at[i]));
	/* a folded letter may have a decomposition of its own */
	err = points_init(&again, points_encode(&p, DECOMPOSE), DECOMPOSE);
	if (err == 0) {
		err = buf_append_view(out, points_encode(&again, DECOMPOSE));
		points_deinit(&again);
	}
	points_deinit(&p);
	return err;
}
