/* SPDX-License-Identifier: MIT */
/*
 * The site of the tests of http/. Handlers are as small as what they show.
 */
#include "http/site.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "http/cookie.h"
#include "http/json.h"
#include "http/json_write.h"
#include "http/response.h"
#include "http/stream.h"
#include "http/token.h"
#include "http/tus.h"

#define ETAG "\"site-1\""
#define STREAM_FOREVER 1000

static char big[500000];

static void
get_hello(struct http_request *r, void *arg)
{
	(void)arg;
	http_response_send(r, 200, HTTP_TYPE_TEXT, VIEW_LIT("hello"));
}

static int
make_file(uint64_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	require(fd >= 0 && ftruncate(fd, (off_t)n) == 0);
	require(file_pwrite_full(fd, "BEGIN", 5, 0) == 0 && file_pwrite_full(fd, "END", 3, n - 3) == 0);
	return fd;
}

static void
on_watched(void *arg, int err)
{
	struct site *s = arg;
	s->watch = NULL;
	s->n_watched++;
	s->watched_err = err;
}

static void
get_file(struct http_request *r, void *arg)
{
	struct site *s = arg;
	if (s->watch == NULL)
		s->watch = http_response_watch(r, on_watched, s);
	http_response_send_range(r, HTTP_TYPE_BYTES, view_of(NULL, 0), make_file(s->file_bytes), s->file_bytes, ETAG);
}

static void
get_prefixed(struct http_request *r, void *arg)
{
	(void)arg;
	http_response_send_range(r, HTTP_TYPE_TEXT, VIEW_LIT("prefix-"), make_file(20), 27, ETAG);
}

static void
post_json(struct http_request *r, void *arg)
{
	struct http_json *doc = NULL;
	struct buf b;
	(void)arg;
	if (http_json_parse(http_request_body(r), 4096, &doc) != 0) {
		http_response_send_problem(r, ERR_SYNTAX, "the body is not JSON", NULL);
		http_json_free(&doc);
		return;
	}
	struct view name = http_json_string(http_json_root(doc), "name", 10);
	int err = http_json_check(doc);
	if (err != 0) {
		http_response_send_problem(r, err, "look at the field", http_json_field(doc));
	} else {
		buf_init(&b, 256);
		struct http_json_write w = http_json_write_to(&b);
		http_json_write_object(&w, NULL);
		http_json_write_string(&w, "hello", name);
		http_json_write_close(&w);
		require(http_json_write_end(&w) == 0);
		http_response_send(r, 200, HTTP_TYPE_JSON, buf_view(&b));
		buf_deinit(&b);
	}
	http_json_free(&doc);
}

static void
post_any(struct http_request *r, void *arg)
{
	char text[64];
	(void)arg;
	int n = snprintf(text, sizeof(text), "%zu", http_request_body(r).len);
	http_response_send(r, 200, HTTP_TYPE_TEXT, view_of(text, (size_t)n));
}

static void
on_uploaded(struct http_request *r, void *arg, int err, uint64_t received)
{
	struct site *s = arg;
	s->n_done++;
	s->done_err = err;
	s->done_received = received;
	if (err == 0)
		http_tus_send_offset(r, http_request_param(r, 0)->number + received, 0);
	else
		http_tus_send_problem(r, err, NULL);
}

static void
patch_upload(struct http_request *r, void *arg)
{
	struct site *s = arg;
	const char *field = "";
	uint64_t offset = 0;
	if (!http_tus_accept(r))
		return;
	int err = http_tus_read_patch(r, &offset, &field);
	if (err == 0 && offset != http_request_param(r, 0)->number)
		err = ERR_CONFLICT;
	if (err != 0)
		http_tus_send_problem(r, err, &(struct http_problem_says){ .field = field });
	else
		http_request_receive_file(r, s->upload, offset, on_uploaded, s);
}

static void
post_upload(struct http_request *r, void *arg)
{
	struct http_tus_creation c;
	const char *field = "";
	(void)arg;
	if (!http_tus_accept(r))
		return;
	int err = http_tus_read_creation(r, 1 << 20, &c, &field);
	if (err != 0) {
		http_tus_send_problem(r, err, &(struct http_problem_says){ .field = field });
		return;
	}
	struct view name = http_tus_metadata(&c, "name");
	http_response_add(r, "X-Name", "%.*s", VIEW_FMT(name));
	http_tus_send_created(r, "/upload/0", 784111777000);
}

static void
head_upload(struct http_request *r, void *arg)
{
	(void)arg;
	if (http_tus_accept(r))
		http_tus_send_state(r, 5, 10, 0);
}

static void
delete_upload(struct http_request *r, void *arg)
{
	(void)arg;
	if (http_tus_accept(r))
		http_tus_send_deleted(r);
}

static void
options_upload(struct http_request *r, void *arg)
{
	(void)arg;
	http_tus_send_options(r, 1 << 20);
}

/* --- answers that come later */

struct later {
	struct site *s;
	struct http_request *r;
	struct event_timer *timer;
};

static void
end_later(struct later *l)
{
	event_timer_cancel(&l->timer);
	mem_free(&l);
}

static void
on_later(void *arg)
{
	struct later *l = arg;
	http_response_send(l->r, 200, HTTP_TYPE_TEXT, VIEW_LIT("later"));
	end_later(l);
}

static void
on_cancel(struct http_request *r, void *arg)
{
	struct later *l = arg;
	require(http_request_is_gone(r));
	__atomic_add_fetch(&l->s->n_cancelled, 1, __ATOMIC_SEQ_CST);
	http_response_send_empty(r, 200);    /* goes nowhere */
	end_later(l);
}

static void
get_later(struct http_request *r, void *arg)
{
	struct site *s = arg;
	struct later *l = mem_alloc(sizeof(*l));
	l->s = s;
	l->r = r;
	l->timer = event_timer_start(s->loop, http_request_param(r, 0)->number, on_later, l);
	http_request_on_cancel(r, on_cancel, l);
}

/* --- an answer without an end */

struct streaming {
	struct site *s;
	struct http_stream *stream;
	uint64_t left;
};

static void
end_streaming(struct streaming *x)
{
	http_stream_end(&x->stream);
	mem_free(&x);
}

/* A piece as soon as the last one has left, so many; then the end. */
static void
on_stream_drained(void *arg)
{
	struct streaming *x = arg;
	require(http_stream_is_drained(x->stream));
	if (x->left == STREAM_FOREVER)
		return;
	if (x->left-- == 0)
		end_streaming(x);
	else
		require(http_stream_write(x->stream, VIEW_LIT("piece")) == 0);
}

static void
on_stream_closed(void *arg, int err)
{
	struct streaming *x = arg;
	struct site *s = x->s;
	require(http_stream_write(x->stream, VIEW_LIT("late")) == ERR_CLOSED);
	end_streaming(x);
	s->streamed_err = err;
	__atomic_add_fetch(&s->n_streamed, 1, __ATOMIC_SEQ_CST);
}

static const struct http_stream_handler STREAMING = { on_stream_drained, on_stream_closed };

static void
get_stream(struct http_request *r, void *arg)
{
	struct streaming *x = mem_alloc(sizeof(*x));
	x->s = arg;
	x->left = http_request_param(r, 0)->number;
	http_response_add(r, "X-Stream", "yes");
	x->stream = http_stream_start(r, HTTP_TYPE_TEXT, &STREAMING, x);
	require(http_stream_write(x->stream, VIEW_LIT("")) == 0 && http_stream_write(x->stream, VIEW_LIT("first")) == 0);
}

/* More than a client that does not read can be held for. */
static void
get_flood(struct http_request *r, void *arg)
{
	struct site *s = arg;
	struct streaming *x = mem_alloc(sizeof(*x));
	x->s = s;
	x->left = STREAM_FOREVER;
	x->stream = http_stream_start(r, HTTP_TYPE_BYTES, &STREAMING, x);
	int err = 0;
	while (err == 0)
		err = http_stream_write(x->stream, view_of(big, 10000));
	require(err == ERR_LIMIT);
	s->n_refused++;
}

/* --- what arrives */

static void
get_echo(struct http_request *r, void *arg)
{
	struct view q, token = { NULL, 0 }, cookie = { NULL, 0 };
	struct buf b;
	(void)arg;
	int q_err = http_request_query(r, "q", &q);
	int token_err = http_token_bearer(http_request_field(r, "authorization"), &token);
	int cookie_err = http_cookie_get(r, "__Host-session", &cookie);
	http_cookie_set(r, "__Host-session", VIEW_LIT("abc"), 0);
	http_cookie_set(r, "__Host-address", VIEW_LIT("a@b"), 60);
	buf_init(&b, 1024);
	require(buf_printf(&b, "q=%d:%.*s token=%d:%.*s cookie=%d:%.*s slug=%.*s", q_err, VIEW_FMT(q), token_err, VIEW_FMT(token),
	    cookie_err, VIEW_FMT(cookie), VIEW_FMT(http_request_param(r, 0)->text)) == 0);
	http_response_send(r, 200, HTTP_TYPE_TEXT, buf_view(&b));
	buf_deinit(&b);
}

static void
get_split(struct http_request *r, void *arg)
{
	(void)arg;
	http_response_add(r, "X-Bad", "a\r\nSet-Cookie: evil");
	http_response_send_empty(r, 204);
}

static void
get_static(struct http_request *r, void *arg)
{
	(void)arg;
	http_response_add(r, "Cache-Control", "max-age=60");
	http_response_add(r, "Content-Security-Policy", "default-src 'self'");
	http_response_send_static(r, 200, HTTP_TYPE_TEXT, view_of(big, sizeof(big)));
}

static void
get_too_big(struct http_request *r, void *arg)
{
	(void)arg;
	http_response_send(r, 200, HTTP_TYPE_TEXT, view_of(big, sizeof(big)));
}

static const struct http_route ROUTES[] = {
	{ HTTP_GET, "/", 0, HTTP_BODY_NONE, 0, get_hello, "root" },
	{ HTTP_GET, "/hello", 0, HTTP_BODY_NONE, 0, get_hello, "hello" },
	{ HTTP_GET, "/file", 0, HTTP_BODY_NONE, 0, get_file, "file" },
	{ HTTP_GET, "/prefixed", 0, HTTP_BODY_NONE, 0, get_prefixed, "prefixed" },
	{ HTTP_POST, "/json", 0, HTTP_BODY_JSON, 4096, post_json, "json" },
	{ HTTP_POST, "/any", 0, HTTP_BODY_ANY, 65536, post_any, "any" },
	{ HTTP_POST, "/any-login", HTTP_ROUTE_LOGIN, HTTP_BODY_ANY, 1 << 20, post_any, "any-login" },
	{ HTTP_PATCH, "/upload/{number}", 0, HTTP_BODY_STREAM, 1ULL << 40, patch_upload, "upload" },
	{ HTTP_POST, "/upload", 0, HTTP_BODY_NONE, 0, post_upload, "create" },
	{ HTTP_HEAD, "/upload/{number}", 0, HTTP_BODY_NONE, 0, head_upload, "state" },
	{ HTTP_DELETE, "/upload/{number}", 0, HTTP_BODY_NONE, 0, delete_upload, "remove" },
	{ HTTP_OPTIONS, "/upload", 0, HTTP_BODY_NONE, 0, options_upload, "options" },
	{ HTTP_GET, "/later/{number}", 0, HTTP_BODY_NONE, 0, get_later, "later" },
	{ HTTP_GET, "/echo/{slug}", 0, HTTP_BODY_NONE, 0, get_echo, "echo" },
	{ HTTP_GET, "/stream/{number}", 0, HTTP_BODY_NONE, 0, get_stream, "stream" },
	{ HTTP_GET, "/flood", 0, HTTP_BODY_NONE, 0, get_flood, "flood" },
	{ HTTP_GET, "/split", 0, HTTP_BODY_NONE, 0, get_split, "split" },
	{ HTTP_GET, "/static", HTTP_ROUTE_CACHED, HTTP_BODY_NONE, 0, get_static, "static" },
	{ HTTP_GET, "/too-big", 0, HTTP_BODY_NONE, 0, get_too_big, "too-big" },
};

/* Credentials must be there where the route asks for them. */
static int
gate(struct http_request *r, void *arg)
{
	struct site *s = arg;
	struct view token;
	s->n_gated++;
	if ((http_request_route(r)->flags & HTTP_ROUTE_LOGIN) == 0)
		return 0;
	return http_token_bearer(http_request_field(r, "authorization"), &token) == 0 ? 0 : ERR_LOGIN;
}

void
site_init(struct site *s, struct event_loop *loop, struct http_server_options o)
{
	*s = (struct site){ .loop = loop, .file_bytes = 1 << 20 };
	s->upload = memfd_create("upload", MFD_CLOEXEC);
	o.routes = ROUTES;
	o.n_routes = sizeof(ROUTES) / sizeof(ROUTES[0]);
	o.arg = s;
	o.gate = gate;
	s->server = http_server_new(loop, &o);
}

void
site_deinit(struct site *s)
{
	if (s->server != NULL)
		require(http_server_counts(s->server).requests <= http_server_counts(s->server).connections);
	http_server_free(&s->server);
	for (int i = 0; i < 3; i++)          /* calls that are still due */
		event_loop_step(s->loop, false);
	close(s->upload);
}

void
site_cut(struct site *s)
{
	if (s->watch != NULL)
		http_response_cut(s->watch);
}
