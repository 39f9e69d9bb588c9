/* SPDX-License-Identifier: MIT */
/*
 * The loop, the fake store and the client. Knows no message.
 */
#include "config.h"

#include "web/stage.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/init.h"
#include "crypt/secret.h"
#include "event/certs.h"
#include "ipc/link.h"
#include "record/admin.pb-c.h"
#include "web/call.h"

#define PATIENCE_MS 5000
#define IN_MAX ((size_t)8 << 20)

/* ---- the store ---- */

static void
on_request(void *arg, struct ipc_request *r)
{
	struct stage *s = arg;
	if (ipc_server_request_row(r)->type == IPC_REPORT) {
		Provision__ReportReply m = PROVISION__REPORT_REPLY__INIT;
		m.is_accepting = !s->is_full;
		ipc_server_reply(&r, 0, &m.base, NULL);
		s->reports++;
		return;
	}
	s->asked_count++;
	if (s->answer != NULL) {
		s->answer(s, r);
		return;
	}
	assert_null(s->asked);
	s->asked = r;
}

static void
on_told(void *arg, uint64_t link, enum ipc_type type, const ProtobufCMessage *m)
{
	struct stage *s = arg;
	assert_int_equal(link, s->link);
	assert_non_null(s->told);
	s->told(s, type, m);
}

void
stage_link(struct stage *s)
{
	static uint64_t last;
	int pair[2];
	assert_int_equal(ipc_frame_pair(pair), 0);
	s->link = ++last;
	ipc_server_add(s->store, pair[0], IPC_ROLE_WEB, s->link);
	web_attach(s->web, IPC_ROLE_STORE, 0, s->link, pair[1]);
}

void
stage_unlink(struct stage *s)
{
	ipc_server_drop(s->store, s->link);
	s->link = 0;
}

/* ---- life ---- */

static int
listen_on_loopback(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void
give_role(struct stage *s)
{
	static struct certs ca, leaf;
	if (leaf.cert[0] == '\0') {
		certs_make_authority(&ca, "Test");
		certs_make_leaf(&leaf, &ca, "server.example", -3600, 86400);
	}
	s->role = (struct role){ .loop = s->loop, .https = listen_on_loopback(), .metrics = listen_on_loopback() };
	s->role.conf.url = "https://provision.example";
	s->role.conf.service_name = "Post & <Co>";
	s->role.conf.default_locale = CONF_LOCALE_EN;
	s->role.conf.package_max_bytes = 5000000000;
	s->role.secrets[ROLE_SECRET_CERTIFICATE] = secret_from_view(certs_cert(&leaf));
	s->role.secrets[ROLE_SECRET_CERTIFICATE_KEY] = secret_from_view(certs_key(&leaf));
}

static void
on_late(void *arg)
{
	struct stage *s = arg;
	s->is_late = true;
}

int
stage_setup(void **state)
{
	struct stage *s = mem_alloc(sizeof(*s));
	void *web;
	log_init("test", LOG_ERROR, false);
	assert_int_equal(crypt_init(), 0);
	*s = (struct stage){ .loop = event_loop_new(), .client.fd = -1 };
	const struct ipc_server_options o = { .self = IPC_ROLE_STORE, .inflight_max = 64, .request = on_request, .told = on_told, .arg = s };
	give_role(s);
	s->store = ipc_server_new(s->loop, &o);
	s->patience = event_timer_start(s->loop, PATIENCE_MS, on_late, s);
	assert_int_equal(web_open(&s->role, &web), 0);
	s->web = web;
	assert_int_equal(web_start(&s->role, s->web), 0);
	stage_link(s);
	buf_init(&s->client.in, IN_MAX);
	buf_init(&s->client.body, IN_MAX);
	stage_connect(s, false);
	*state = s;
	return 0;
}

int
stage_teardown(void **state)
{
	struct stage *s = *state;
	stage_disconnect(s);
	if (s->asked != NULL)
		stage_answer(s, ERR_IO, NULL, -1);
	stage_settle(s);
	assert_int_equal(ipc_client_waiting(s->web->store), 0);
	web_close(s->web);
	ipc_server_free(&s->store);
	event_timer_cancel(&s->patience);
	stage_settle(s);
	event_loop_free(&s->loop);
	for (size_t i = 0; i < ROLE_SECRET_COUNT; i++)
		secret_free(&s->role.secrets[i]);
	file_close(&s->role.https);
	file_close(&s->role.metrics);
	buf_deinit(&s->client.in);
	buf_deinit(&s->client.body);
	mem_free(&s);
	return 0;
}

void
stage_hurry(struct stage *s)
{
	struct http_server_options o = http_server_defaults();
	stage_disconnect(s);
	stage_settle(s);
	http_server_free(&s->web->https);
	o.routes = s->web->routes;
	o.n_routes = s->web->route_count;
	o.arg = s->web;
	o.gate = web_call_gate;
	o.body_ms = o.rate_window_ms = 100;
	s->web->https = http_server_new(s->loop, &o);
	stage_connect(s, false);
}

static void
step(struct stage *s)
{
	event_loop_step(s->loop, true);
	if (s->is_late)
		fail_msg("nothing happens: asked %u times, heard \"%.*s\"", s->asked_count, (int)s->client.in.len,
		    (const char *)s->client.in.data);
}

void
stage_settle(struct stage *s)
{
	/* a link, a deferred call, a connection: none takes more rounds than this to pass something on */
	for (int i = 0; i < 20; i++)
		event_loop_step(s->loop, false);
}

/* ---- the client ---- */

static void
on_readable(void *arg, unsigned ready)
{
	struct stage_client *c = arg;
	uint8_t piece[65536];
	(void)ready;
	ssize_t n = recv(c->fd, piece, sizeof(piece), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0) {
		assert_int_equal(buf_append(&c->in, piece, (size_t)n), 0);
		return;
	}
	c->is_over = true;
	event_watch_cancel(&c->watch);
}

void
stage_connect(struct stage *s, bool is_metrics)
{
	static const struct event_address peer = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7 }, 4711 };
	struct stage_client *c = &s->client;
	int pair[2];
	stage_disconnect(s);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	c->fd = pair[0];
	c->is_over = false;
	buf_clear(&c->in);
	c->watch = event_watch_start(s->loop, c->fd, EVENT_READ, on_readable, c);
	http_server_add_connection(is_metrics ? s->web->metrics : s->web->https, pair[1], &peer, false);
}

void
stage_disconnect(struct stage *s)
{
	event_watch_cancel(&s->client.watch);
	file_close(&s->client.fd);
}

void
stage_say_bytes(struct stage *s, struct view v)
{
	while (v.len > 0) {
		ssize_t n = send(s->client.fd, v.data, v.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return;          /* a server that refuses may have closed: the answer tells */
		v = view_slice(v, n < 0 ? 0 : (size_t)n, v.len);
		step(s);
	}
}

__attribute__((format(printf, 2, 0)))
static void
say(struct stage *s, const char *fmt, va_list ap)
{
	struct buf b;
	buf_init(&b, IN_MAX);
	assert_int_equal(buf_vprintf(&b, fmt, ap), 0);
	stage_say_bytes(s, buf_view(&b));
	buf_deinit(&b);
}

void
stage_say(struct stage *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(s, fmt, ap);
	va_end(ap);
}

const char *
stage_field(const struct stage *s, const char *name)
{
	static char value[1024];
	size_t len = strlen(name);
	value[0] = '\0';
	for (const char *line = strstr(s->client.head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
			(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + len + 4, "\r"), line + len + 4);
	return value;
}

const char *
stage_body(const struct stage *s)
{
	return (const char *)s->client.body.data;
}

/* Takes one answer from the front of what has come. */
static bool
take_answer(struct stage *s, bool is_head)
{
	struct stage_client *c = &s->client;
	const char *end = c->in.len == 0 ? NULL : memmem(c->in.data, c->in.len, "\r\n\r\n", 4);
	if (end == NULL)
		return false;
	size_t head = (size_t)(end - (const char *)c->in.data) + 4;
	assert_true(head < sizeof(c->head));
	memcpy(c->head, c->in.data, head);
	c->head[head] = '\0';
	c->status = (int)strtol(c->head + 9, NULL, 10);
	size_t body = is_head || c->status == 204 || c->status == 304 ? 0 : strtoul(stage_field(s, "Content-Length"), NULL, 10);
	if (c->in.len < head + body)
		return false;
	buf_clear(&c->body);
	assert_int_equal(buf_append(&c->body, c->in.data + head, body), 0);
	assert_int_equal(buf_append_u8(&c->body, 0), 0);
	c->body.len--;
	buf_consume(&c->in, head + body);
	return true;
}

int
stage_hear(struct stage *s, bool is_head)
{
	while (!take_answer(s, is_head)) {
		if (s->client.is_over)
			return 0;
		step(s);
	}
	return s->client.status;
}

int
stage_ask(struct stage *s, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(s, fmt, ap);
	va_end(ap);
	return stage_hear(s, false);
}

void
stage_expect_problem(const struct stage *s, int status, const char *name, const char *field)
{
	char text[128];
	assert_int_equal(s->client.status, status);
	assert_string_equal(stage_field(s, "Content-Type"), "application/problem+json");
	(void)snprintf(text, sizeof(text), "\"urn:provision:problem:%s\"", name);
	assert_non_null(strstr(stage_body(s), text));
	(void)snprintf(text, sizeof(text), "\"field\":\"%s\"", field == NULL ? "" : field);
	if (field == NULL)
		assert_null(strstr(stage_body(s), "\"field\""));
	else if (strstr(stage_body(s), text) == NULL)
		fail_msg("%s is not about %s", stage_body(s), field);
}

/* ---- what the store is asked ---- */

const ProtobufCMessage *
stage_wait_asked(struct stage *s, enum ipc_type type)
{
	while (s->asked == NULL)
		step(s);
	assert_string_equal(ipc_server_request_row(s->asked)->name, ipc_message_find(type)->name);
	return ipc_server_request_message(s->asked);
}

void
stage_answer(struct stage *s, int err, const ProtobufCMessage *m, int fd)
{
	ipc_server_reply(&s->asked, err, m, fd == -1 ? NULL : &fd);
}
