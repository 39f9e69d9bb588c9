/* SPDX-License-Identifier: MIT */
/*
 * Owns llhttp: one parser a request, fed with a head that was checked already and then with the body. Must not
 * know connections. conn.c feeds it.
 *
 * chunked-body = *( size CRLF octets CRLF ) "0" CRLF CRLF,  size = 1*16HEXDIG: no extensions, no trailers.
 */
#include "http/frame.h"

#include <llhttp.h>
#include <string.h>

#include "base/mem.h"

/* CRLF, 16 digits, CRLF: the most that may stand between two pieces of a chunked body. */
#define FRAMING_RUN_MAX 20

struct http_frame {
	llhttp_t parser;
	int (*body)(void *arg, struct view bytes);
	void *arg;
	int err;                  /* of body, or ERR_SYNTAX for framing */
	bool is_complete;
	bool in_head;
	const char *checked;      /* framing up to here has been looked at, in the bytes that are being fed */
	uint8_t last;             /* the framing byte before */
	size_t run;               /* framing bytes since the last piece of the body */
};

static bool
is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The bytes of a chunked body that are not the body: CR only before LF, LF only after CR, else hexadecimal digits. */
static void
check_framing(struct http_frame *f, const char *end)
{
	for (; f->checked < end; f->checked++) {
		uint8_t c = (uint8_t)*f->checked;
		bool is_ok = f->last == '\r' ? c == '\n' : c == '\r' || is_hex(c);
		if (!is_ok || ++f->run > FRAMING_RUN_MAX)
			f->err = ERR_SYNTAX;
		f->last = c;
	}
}

static int
on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct http_frame *f = parser->data;
	check_framing(f, at);
	f->checked = at + len;
	f->run = 0;
	f->last = 0;
	if (f->err == 0)
		f->err = f->body(f->arg, view_of(at, len));
	return f->err == 0 ? 0 : HPE_USER;
}

static int
on_message_complete(llhttp_t *parser)
{
	struct http_frame *f = parser->data;
	f->is_complete = true;
	return HPE_PAUSED;
}

/* Trailers come here after the body; the head's own fields were judged before. */
static int
on_header_field(llhttp_t *parser, const char *at, size_t len)
{
	struct http_frame *f = parser->data;
	(void)at;
	(void)len;
	if (!f->in_head)
		f->err = ERR_SYNTAX;
	return f->err == 0 ? 0 : HPE_USER;
}

static const llhttp_settings_t SETTINGS = {
	.on_header_field = on_header_field,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

struct http_frame *
http_frame_new(int (*body)(void *arg, struct view bytes), void *arg)
{
	struct http_frame *f = mem_alloc(sizeof(*f));
	llhttp_init(&f->parser, HTTP_REQUEST, &SETTINGS);
	f->parser.data = f;
	f->body = body;
	f->arg = arg;
	return f;
}

void
http_frame_free(struct http_frame **f)
{
	mem_free(f);
}

int
http_frame_head(struct http_frame *f, struct view bytes, bool is_chunked, uint64_t length)
{
	bool has_body = is_chunked || length > 0;
	f->in_head = true;
	llhttp_errno_t e = llhttp_execute(&f->parser, (const char *)bytes.data, bytes.len);
	f->in_head = false;
	if (e != HPE_OK && e != HPE_PAUSED)
		return ERR_SYNTAX;
	if (f->is_complete == has_body || f->parser.upgrade != 0)
		return ERR_SYNTAX;
	if (((f->parser.flags & F_CHUNKED) != 0) != is_chunked)
		return ERR_SYNTAX;
	if (!is_chunked && has_body && f->parser.content_length != length)
		return ERR_SYNTAX;
	return 0;
}

int
http_frame_feed(struct http_frame *f, struct view bytes, size_t *used_r)
{
	const char *start = (const char *)bytes.data, *end = start + bytes.len;
	*used_r = 0;
	if (f->is_complete || bytes.len == 0)
		return 0;
	f->checked = start;
	llhttp_errno_t e = llhttp_execute(&f->parser, start, bytes.len);
	if (e == HPE_PAUSED && f->is_complete)
		end = llhttp_get_error_pos(&f->parser);
	else if (e != HPE_OK)
		return f->err != 0 ? f->err : ERR_SYNTAX;
	check_framing(f, end);
	*used_r = (size_t)(end - start);
	return f->err;
}

bool
http_frame_is_complete(const struct http_frame *f)
{
	return f->is_complete;
}
