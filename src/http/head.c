/* SPDX-License-Identifier: MIT */
/*
 * The one judge of request heads. llhttp frames what passes here, it does not decide. Must not know routes or
 * connections. server.c calls it with every head; the fuzzer too.
 *
 * head         = request-line *( field CRLF ) CRLF            no other CR, LF or NUL anywhere
 * request-line = method SP path [ "?" query ] SP "HTTP/1." ( "0" / "1" ) CRLF
 * path         = "/" *( pchar / "/" )                          RFC 3986; escapes decoded once: no "/", no control
 *                                                              character, UTF-8; no segment "." or ".."
 * query        = *( pchar / "/" / "?" )
 * field        = token ":" OWS *( VCHAR / SP / HTAB / obs-text ) OWS
 *
 * Beyond the grammar: exactly one Host; none of the fields of the table below twice; no Upgrade; at most one of
 * Content-Length (digits) and Transfer-Encoding ("chunked", HTTP/1.1); Expect only "100-continue".
 */
#include "http/head.h"

#include <string.h>

#include "base/text.h"

#define HOST_MAX 255

static const char *const METHODS[HTTP_METHODS] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

struct parser {
	struct http_head *h;
	struct arena *arena;
	const char *reason;
	int err;
};

static int
refuse(struct parser *p, int err, const char *reason)
{
	p->reason = reason;
	p->err = err;
	return err;
}

static bool
is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_one_of(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_tchar(uint8_t c)
{
	return is_alnum(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
}

/* pchar without checking what follows a '%'. */
static bool
is_pchar(uint8_t c)
{
	return is_alnum(c) || is_one_of(c, "-._~!$&'()*+,;=:@%");
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *
http_head_method_name(enum http_method m)
{
	return m < HTTP_METHODS ? METHODS[m] : "?";
}

int
http_head_find_end(struct view bytes, size_t *len_r)
{
	size_t at = 0;
	*len_r = 0;
	if (bytes.len > 0 && (bytes.data[0] < 'A' || bytes.data[0] > 'Z'))
		return ERR_SYNTAX;
	while (at < bytes.len) {
		struct view rest = view_slice(bytes, at, bytes.len);
		size_t lf = view_find(rest, '\n'), cr = view_find(rest, '\r');
		if (view_find(view_slice(rest, 0, lf), 0) < lf)
			return ERR_SYNTAX;
		if (lf == rest.len && cr + 1 < rest.len)
			return ERR_SYNTAX;               /* a CR with something else behind it */
		if (lf < rest.len && cr + 1 != lf)
			return ERR_SYNTAX;               /* an LF without its CR, or a CR before */
		if (lf == rest.len)
			break;
		at += lf + 1;
		if (lf == 1) {                           /* the empty line */
			*len_r = at;
			return at <= HTTP_HEAD_MAX ? 0 : ERR_LIMIT;
		}
	}
	return bytes.len >= HTTP_HEAD_MAX ? ERR_LIMIT : 0;
}

int
http_head_decode(struct view text, bool allow_slash, struct arena *a, struct view *out_r)
{
	uint8_t *out = arena_try(a, text.len == 0 ? 1 : text.len);
	size_t n = 0;
	*out_r = view_of(NULL, 0);
	if (out == NULL)
		return ERR_LIMIT;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (c == '%') {
			int high = i + 1 < text.len ? hex_value(text.data[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_value(text.data[i + 2]) : -1;
			if (high < 0 || low < 0)
				return ERR_SYNTAX;
			c = (uint8_t)(high << 4 | low);
			i += 2;
			if (c == '/' && !allow_slash)
				return ERR_SYNTAX;
		}
		out[n++] = c;
	}
	*out_r = view_of(out, n);
	return !text_is_utf8(*out_r) || text_has_control(*out_r) ? ERR_SYNTAX : 0;
}

static bool
has_dot_segment(struct view path)
{
	while (path.len > 0) {
		struct view rest = view_slice(path, 1, path.len);
		size_t n = view_find(rest, '/');
		struct view segment = view_slice(rest, 0, n);
		if (view_equal_str(segment, ".") || view_equal_str(segment, ".."))
			return true;
		path = view_slice(rest, n, rest.len);
	}
	return false;
}

static int
parse_target(struct parser *p, struct view target)
{
	struct http_head *h = p->h;
	h->target = target;
	if (target.len > HTTP_TARGET_MAX)
		return refuse(p, ERR_LIMIT, "target too long");
	if (target.len == 0 || target.data[0] != '/')
		return refuse(p, ERR_SYNTAX, "target not in origin form");
	size_t question = view_find(target, '?');
	struct view path = view_slice(target, 0, question);
	h->query = view_slice(target, question + 1, target.len);
	for (size_t i = 0; i < path.len; i++)
		if (!is_pchar(path.data[i]) && path.data[i] != '/')
			return refuse(p, ERR_SYNTAX, "character in path");
	for (size_t i = 0; i < h->query.len; i++)
		if (!is_pchar(h->query.data[i]) && !is_one_of(h->query.data[i], "/?"))
			return refuse(p, ERR_SYNTAX, "character in query");
	if (http_head_decode(path, false, p->arena, &h->path) != 0)
		return refuse(p, ERR_SYNTAX, "escape in path");
	if (has_dot_segment(h->path))
		return refuse(p, ERR_SYNTAX, "dot segment in path");
	return 0;
}

static int
parse_request_line(struct parser *p, struct view line)
{
	static const struct view VERSION = { (const uint8_t *)"HTTP/1.", 7 };
	size_t space = view_find(line, ' ');
	struct view method = view_slice(line, 0, space), rest = view_slice(line, space + 1, line.len);
	size_t m = 0;
	while (m < HTTP_METHODS && !view_equal_str(method, METHODS[m]))
		m++;
	if (m == HTTP_METHODS)
		return refuse(p, ERR_SYNTAX, "unknown method");
	p->h->method = (enum http_method)m;
	space = view_find(rest, ' ');
	struct view version = view_slice(rest, space + 1, rest.len);
	if (version.len != VERSION.len + 1 || !view_starts(version, VERSION))
		return refuse(p, ERR_SYNTAX, "version not HTTP/1.0 or HTTP/1.1");
	if (version.data[VERSION.len] != '0' && version.data[VERSION.len] != '1')
		return refuse(p, ERR_SYNTAX, "version not HTTP/1.0 or HTTP/1.1");
	p->h->minor = version.data[VERSION.len] == '1' ? 1 : 0;
	p->h->is_close = p->h->minor == 0;
	return parse_target(p, view_slice(rest, 0, space));
}

/* --- fields whose meaning the framing depends on */

static bool
is_port(struct view v)
{
	uint64_t port;
	return text_u64(v, 65535, &port) == 0 && port > 0;
}

static int
take_host(struct parser *p, struct view v)
{
	bool is_bracketed = v.len > 0 && v.data[0] == '[';
	size_t n = is_bracketed ? 1 : 0;
	if (v.len > HOST_MAX)
		return refuse(p, ERR_SYNTAX, "host too long");
	while (n < v.len && (is_bracketed ? hex_value(v.data[n]) >= 0 || is_one_of(v.data[n], ":.")
	    : is_alnum(v.data[n]) || is_one_of(v.data[n], "-._~")))
		n++;
	if (is_bracketed && (n < 3 || n >= v.len || v.data[n++] != ']'))
		return refuse(p, ERR_SYNTAX, "host");
	struct view port = view_slice(v, n, v.len);
	if (n == 0 || (port.len > 0 && (port.data[0] != ':' || !is_port(view_slice(port, 1, port.len)))))
		return refuse(p, ERR_SYNTAX, "host");
	p->h->host = v;
	return 0;
}

static int
take_length(struct parser *p, struct view v)
{
	p->h->has_length = true;
	if (text_u64(v, INT64_MAX, &p->h->length) != 0)
		return refuse(p, ERR_SYNTAX, "content length");
	return 0;
}

static int
take_encoding(struct parser *p, struct view v)
{
	if (p->h->minor == 0 || !view_equal_nocase(v, VIEW_LIT("chunked")))
		return refuse(p, ERR_SYNTAX, "transfer encoding");
	p->h->is_chunked = true;
	return 0;
}

static int
take_upgrade(struct parser *p, struct view v)
{
	(void)v;
	return refuse(p, ERR_SYNTAX, "upgrade");
}

static int
take_expect(struct parser *p, struct view v)
{
	if (!view_equal_nocase(v, VIEW_LIT("100-continue")))
		return refuse(p, ERR_SYNTAX, "expectation");
	p->h->expects_continue = p->h->minor == 1;
	return 0;
}

static struct view
trim(struct view v)
{
	while (v.len > 0 && is_one_of(v.data[0], " \t"))
		v = view_slice(v, 1, v.len);
	while (v.len > 0 && is_one_of(v.data[v.len - 1], " \t"))
		v.len--;
	return v;
}

static int
take_connection(struct parser *p, struct view v)
{
	while (v.len > 0) {
		size_t comma = view_find(v, ',');
		struct view option = trim(view_slice(v, 0, comma));
		if (view_equal_nocase(option, VIEW_LIT("upgrade")))
			return refuse(p, ERR_SYNTAX, "upgrade");
		if (view_equal_nocase(option, VIEW_LIT("close")))
			p->h->is_close = true;
		v = view_slice(v, comma + 1, v.len);
	}
	return 0;
}

/* What is not in this table may come more than once and means nothing to the framing. */
static const struct known_field {
	const char *name;
	bool is_single;
	int (*take)(struct parser *p, struct view value);
} KNOWN[] = {
	{ "host", true, take_host },
	{ "content-length", true, take_length },
	{ "transfer-encoding", true, take_encoding },
	{ "upgrade", true, take_upgrade },
	{ "expect", true, take_expect },
	{ "connection", false, take_connection },
	{ "authorization", true, NULL },
	{ "content-encoding", true, NULL },
	{ "content-range", true, NULL },
	{ "content-type", true, NULL },
	{ "cookie", true, NULL },
	{ "idempotency-key", true, NULL },
	{ "if-range", true, NULL },
	{ "last-event-id", true, NULL },
	{ "origin", true, NULL },
	{ "range", true, NULL },
	{ "sec-fetch-site", true, NULL },
	{ "tus-resumable", true, NULL },
	{ "upload-length", true, NULL },
	{ "upload-metadata", true, NULL },
	{ "upload-offset", true, NULL },
	{ "user-agent", true, NULL },
	{ "x-csrf-token", true, NULL },
	{ "x-forwarded-for", true, NULL },
	{ "x-http-method-override", true, NULL },
};

#define N_KNOWN (sizeof(KNOWN) / sizeof(KNOWN[0]))
_Static_assert(N_KNOWN <= 64, "one bit each in parse_fields()");

static int
take_known(struct parser *p, struct http_field f, uint64_t *seen)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (!view_equal_nocase(f.name, view_str(KNOWN[i].name)))
			continue;
		if (KNOWN[i].is_single && (*seen & (1ULL << i)) != 0)
			return refuse(p, ERR_SYNTAX, "field given twice");
		*seen |= 1ULL << i;
		return KNOWN[i].take == NULL ? 0 : KNOWN[i].take(p, f.value);
	}
	return 0;
}

static int
parse_field(struct parser *p, struct view line, struct http_field *f_r)
{
	size_t colon = 0;
	while (colon < line.len && is_tchar(line.data[colon]))
		colon++;
	if (colon == 0 || colon == line.len || line.data[colon] != ':')
		return refuse(p, ERR_SYNTAX, "field name");
	f_r->name = view_slice(line, 0, colon);
	f_r->value = trim(view_slice(line, colon + 1, line.len));
	for (size_t i = 0; i < f_r->value.len; i++) {
		uint8_t c = f_r->value.data[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return refuse(p, ERR_SYNTAX, "character in field value");
	}
	if (f_r->name.len > HTTP_FIELD_NAME_MAX || f_r->value.len > HTTP_FIELD_VALUE_MAX)
		return refuse(p, ERR_LIMIT, "field too long");
	return 0;
}

/* Takes one line with its CRLF off *rest. */
static struct view
next_line(struct view *rest)
{
	size_t lf = view_find(*rest, '\n');
	struct view line = view_slice(*rest, 0, lf - 1);
	*rest = view_slice(*rest, lf + 1, rest->len);
	return line;
}

static int
parse_fields(struct parser *p, struct view rest)
{
	struct http_head *h = p->h;
	uint64_t seen = 0;
	for (;;) {
		struct view line = next_line(&rest);
		if (line.len == 0)
			break;
		if (h->n_fields == HTTP_FIELDS_MAX)
			return refuse(p, ERR_LIMIT, "too many fields");
		struct http_field *f = &h->fields[h->n_fields];
		int err = parse_field(p, line, f);
		if (err == 0)
			err = take_known(p, *f, &seen);
		if (err != 0)
			return err;
		h->n_fields++;
	}
	if (h->host.data == NULL)
		return refuse(p, ERR_SYNTAX, "no host");
	if (h->has_length && h->is_chunked)
		return refuse(p, ERR_SYNTAX, "both length and chunked");
	return 0;
}

int
http_head_parse(struct view head, struct arena *a, struct http_head *h_r, const char **reason_r)
{
	struct parser p = { .h = h_r, .arena = a, .reason = "" };
	struct view rest = head;
	size_t end = 0;
	*h_r = (struct http_head){ .method = HTTP_GET };
	int err = http_head_find_end(head, &end);
	if (err != 0 || end != head.len || end == 0)
		refuse(&p, err == 0 ? ERR_SYNTAX : err, "line ends");
	else if (parse_request_line(&p, next_line(&rest)) == 0)
		parse_fields(&p, rest);
	*reason_r = p.reason;
	return p.err;
}

struct view
http_head_field(const struct http_head *h, const char *name)
{
	struct view wanted = view_str(name);
	for (size_t i = 0; i < h->n_fields; i++)
		if (view_equal_nocase(h->fields[i].name, wanted))
			return h->fields[i].value;
	return view_of(NULL, 0);
}
