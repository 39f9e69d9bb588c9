/* SPDX-License-Identifier: MIT */
/* event/proxy.h: every header there is, hostile ones, and a reader that takes not one byte more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/proxy.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define TCP4 SIGNATURE "\x21\x11\0\x0c" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1\xbb"
#define TCP6 SIGNATURE "\x21\x21\0\x24" "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7" "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" "\x12\x34\1\xbb"

static struct event_address
peer(void)
{
	struct event_address a;
	assert_int_equal(event_address_parse(VIEW_LIT("10.0.0.1"), 7, &a), 0);
	return a;
}

static void
expect_address(struct view header, const char *text, uint16_t port)
{
	struct event_address proxy = peer(), a;
	assert_int_equal(event_proxy_parse(header, &proxy, &a), 0);
	assert_string_equal(event_address_text(&a).s, text);
	assert_int_equal(a.port, port);
}

static void
names_who_is_behind(void **state)
{
	(void)state;
	expect_address(VIEW_LIT(TCP4), "192.0.2.7", 0x1234);
	expect_address(VIEW_LIT(TCP6), "2001:db8::7", 0x1234);
	/* with something behind the addresses */
	expect_address(VIEW_LIT(SIGNATURE "\x21\x11\0\x0f" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1\xbb" "\4\0\0"), "192.0.2.7", 0x1234);
	/* the proxy's own, or one it knows nothing of */
	expect_address(VIEW_LIT(SIGNATURE "\x20\x00\0\0"), "10.0.0.1", 7);
	expect_address(VIEW_LIT(SIGNATURE "\x20\x11\0\x0c" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1\xbb"), "10.0.0.1", 7);
	expect_address(VIEW_LIT(SIGNATURE "\x21\x00\0\3xyz"), "10.0.0.1", 7);
}

static void
expect_refused(struct view header)
{
	struct event_address proxy = peer(), a;
	assert_int_not_equal(event_proxy_parse(header, &proxy, &a), 0);
}

static void
refuses_everything_else(void **state)
{
	(void)state;
	static const char good[] = TCP4;
	for (size_t n = 0; n < sizeof(good) - 1; n++)
		expect_refused(view_of(good, n));
	expect_refused(VIEW_LIT(TCP4 "x"));
	for (size_t i = 0; i < 14; i++) {
		char bad[sizeof(good)];
		memcpy(bad, good, sizeof(good));
		bad[i] = (char)(bad[i] ^ 0x42);
		expect_refused(view_of(bad, sizeof(good) - 1));
	}
	expect_refused(VIEW_LIT(SIGNATURE "\x21\x12\0\x0c" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1\xbb"));   /* UDP */
	expect_refused(VIEW_LIT(SIGNATURE "\x21\x11\0\x0b" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1"));       /* too short */
	expect_refused(VIEW_LIT(SIGNATURE "\x21\x21\0\x0c" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1\xbb"));   /* the same, IPv6 */
	expect_refused(VIEW_LIT(SIGNATURE "\x21\x31\0\x0c" "\xc0\0\2\7" "\xc6\x33\x64\1" "\x12\x34\1\xbb"));
	expect_refused(VIEW_LIT(SIGNATURE "\x21\x21\0\x24" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1" "\1\1\1\1"));
	expect_refused(VIEW_LIT("PROXY TCP4 192.0.2.7 198.51.100.1 4660 443\r\n"));
	size_t length;
	assert_int_equal(event_proxy_length(VIEW_LIT(SIGNATURE "\x21\x11\xff\xff"), &length), ERR_LIMIT);
	assert_int_equal(event_proxy_length(VIEW_LIT(SIGNATURE "\x21\x11\x07\xf0"), &length), 0);
	assert_int_equal(length, EVENT_PROXY_MAX);
	assert_int_equal(event_proxy_length(VIEW_LIT(SIGNATURE "\x21\x11\x07\xf1"), &length), ERR_LIMIT);
}

/* ---- the reader ---- */

struct reading {
	struct event_loop *loop;
	struct event_proxy *proxy;
	int ours, calls, err, fd;
	struct event_address address;
};

static void
on_header(void *arg, int fd, int err, const struct event_address *address)
{
	struct reading *r = arg;
	r->calls++;
	r->fd = fd;
	r->err = err;
	r->address = *address;
	event_loop_stop(r->loop);
}

static void
begin(struct reading *r, uint32_t timeout_ms)
{
	struct event_address proxy = peer();
	int fds[2];
	*r = (struct reading){ .fd = -1 };
	r->loop = event_loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	r->ours = fds[0];
	r->proxy = event_proxy_start(r->loop, fds[1], &proxy, timeout_ms, on_header, r);
}

static void
say(struct reading *r, struct view v)
{
	assert_int_equal(send(r->ours, v.data, v.len, 0), (ssize_t)v.len);
}

static void
end(struct reading *r)
{
	if (r->fd != -1)
		close(r->fd);
	close(r->ours);
	event_loop_free(&r->loop);
}

static void
leaves_what_follows(void **state)
{
	(void)state;
	struct reading r;
	char next[8];
	begin(&r, 5000);
	say(&r, VIEW_LIT(TCP4 "\x16\3\1"));
	event_loop_run(r.loop);
	assert_int_equal(r.err, 0);
	assert_string_equal(event_address_text(&r.address).s, "192.0.2.7");
	assert_int_equal(recv(r.fd, next, sizeof(next), 0), 3);
	assert_memory_equal(next, "\x16\3\1", 3);
	end(&r);
}

static void
takes_it_byte_by_byte(void **state)
{
	(void)state;
	struct reading r;
	struct view whole = VIEW_LIT(TCP6);
	begin(&r, 5000);
	for (size_t i = 0; i < whole.len; i++) {
		assert_int_equal(r.calls, 0);
		say(&r, view_slice(whole, i, 1));
		event_loop_step(r.loop, true);
	}
	assert_int_equal(r.calls, 1);
	assert_string_equal(event_address_text(&r.address).s, "2001:db8::7");
	end(&r);
}

static void
ends_in_every_way(void **state)
{
	(void)state;
	static const struct {
		struct view said;
		bool is_closed;
		int err;
	} ways[] = {
		{ VIEW_LIT("\x16\3\1\0\xc8\1\0\0\xc4\3\3 no header"), false, ERR_SYNTAX },
		{ VIEW_LIT(SIGNATURE "\x21\x11\xff\xff"), false, ERR_LIMIT },
		{ VIEW_LIT(SIGNATURE), true, ERR_CLOSED },
		{ VIEW_LIT(SIGNATURE), false, ERR_TIMEOUT },
	};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct reading r;
		begin(&r, 50);
		say(&r, ways[i].said);
		if (ways[i].is_closed)
			assert_int_equal(shutdown(r.ours, SHUT_WR), 0);
		event_loop_run(r.loop);
		assert_int_equal(r.err, ways[i].err);
		assert_int_equal(r.fd, -1);
		end(&r);
	}
}

static void
is_cancelled(void **state)
{
	(void)state;
	struct reading r;
	char byte;
	begin(&r, 5000);
	event_proxy_cancel(&r.proxy);
	assert_null(r.proxy);
	assert_int_equal(recv(r.ours, &byte, 1, 0), 0);
	event_proxy_cancel(&r.proxy);
	end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_who_is_behind),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(leaves_what_follows),
		cmocka_unit_test(takes_it_byte_by_byte),
		cmocka_unit_test(ends_in_every_way),
		cmocka_unit_test(is_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
