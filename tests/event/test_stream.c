/* SPDX-License-Identifier: MIT */
/* event/stream.h: what a client refuses, STARTTLS injection, time-outs, how ends are told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fatal.h"
#include "event/harness.h"

struct refusal {
	struct harness_client c;
	const char *host;
	int result;
	char reason[256];
};

static void
client_of_refusal(void *arg)
{
	struct refusal *r = arg;
	struct event_address a = harness_address(r->c.s.port);
	struct event_stream *s = NULL;
	require(event_stream_connect(&a, 5000, &s) == 0);
	r->result = event_stream_start_tls(s, r->c.trust, r->host);
	snprintf(r->reason, sizeof(r->reason), "%s", event_stream_reason(s));
	event_stream_free(&s);
	harness_wait(&r->c.s.n_closed, 1);
}

/* How a client that trusts our authority and asks for host takes this leaf. */
static int
take(const struct certs *leaf, const char *host, char *reason)
{
	struct refusal r = { .host = host };
	harness_client_init(&r.c, false);
	require(event_tls_credentials_new_server(certs_cert(leaf), certs_key(leaf), &r.c.s.credentials) == 0);
	harness_run(r.c.s.loop, client_of_refusal, &r);
	harness_client_deinit(&r.c);
	if (reason != NULL)
		memcpy(reason, r.reason, sizeof(r.reason));
	return r.result;
}

static void
test_certificates(void **state)
{
	(void)state;
	struct certs leaf, stranger;
	const struct certs *ca = harness_authority();
	char reason[256];
	certs_make_leaf(&leaf, ca, "mail.example", -3600, 3600);
	assert_int_equal(take(&leaf, "mail.example", NULL), 0);
	assert_int_equal(take(&leaf, "MAIL.example", NULL), 0);
	assert_int_equal(take(&leaf, "mail.example.org", reason), ERR_TRUST);
	assert_non_null(strstr(reason, "name"));
	assert_int_equal(take(&leaf, "leaf", NULL), ERR_TRUST);          /* the common name does not count */
	assert_int_equal(take(&leaf, "127.0.0.1", NULL), ERR_TRUST);
	certs_make_leaf(&leaf, ca, "mail.example", -7200, -3600);
	assert_int_equal(take(&leaf, "mail.example", reason), ERR_TRUST);
	assert_non_null(strstr(reason, "expired"));
	certs_make_leaf(&leaf, ca, "mail.example", 3600, 7200);
	assert_int_equal(take(&leaf, "mail.example", reason), ERR_TRUST);
	certs_make_leaf(&leaf, NULL, "mail.example", -3600, 3600);
	assert_int_equal(take(&leaf, "mail.example", NULL), ERR_TRUST);  /* self-signed */
	certs_make_authority(&stranger, "Stranger");
	certs_make_leaf(&leaf, &stranger, "mail.example", -3600, 3600);
	assert_int_equal(take(&leaf, "mail.example", NULL), ERR_TRUST);
	certs_make_leaf(&stranger, ca, "mail.example", -3600, 3600);
	certs_make_leaf(&leaf, &stranger, "mail.example", -3600, 3600);
	assert_int_equal(take(&leaf, "mail.example", NULL), ERR_TRUST);  /* a leaf is no authority */
	certs_make_leaf(&leaf, ca, "127.0.0.1", -3600, 3600);
	assert_int_equal(take(&leaf, "127.0.0.1", NULL), 0);
	assert_int_equal(take(&leaf, "127.0.0.2", NULL), ERR_TRUST);
	certs_make_leaf(&leaf, ca, "*.example", -3600, 3600);
	assert_int_equal(take(&leaf, "a.b.example", NULL), ERR_TRUST);
}

static void
test_injection_before_tls(void **state)
{
	(void)state;
	int fd[2];
	char byte;
	size_t n = 0;
	struct event_tls_credentials *trust = NULL;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(event_tls_credentials_new_client(certs_cert(harness_authority()), &trust), 0);
	struct event_stream *s = event_stream_new(fd[0], 200);
	assert_int_equal(write(fd[1], "k250 injected", 13), 13);
	assert_int_equal(event_stream_read(s, &byte, 1, &n), 0);
	assert_int_equal(event_stream_start_tls(s, trust, "mail.example"), ERR_STATE);
	event_stream_free(&s);
	assert_true(read(fd[1], &byte, 1) <= 0);                        /* no TLS hello was sent */
	close(fd[1]);
	event_tls_credentials_free(&trust);
}

static void
test_timeouts(void **state)
{
	(void)state;
	int fd[2];
	char byte;
	static uint8_t junk[1 << 22];
	size_t n = 0;
	struct event_tls_credentials *trust = NULL;
	assert_int_equal(event_tls_credentials_new_client(certs_cert(harness_authority()), &trust), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	struct event_stream *s = event_stream_new(fd[0], 50);
	assert_int_equal(event_stream_read(s, &byte, 1, &n), ERR_TIMEOUT);
	assert_int_equal(event_stream_write(s, view_of(junk, sizeof(junk))), ERR_TIMEOUT);
	event_stream_free(&s);
	close(fd[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	s = event_stream_new(fd[0], 50);
	assert_int_equal(event_stream_start_tls(s, trust, "mail.example"), ERR_TIMEOUT);
	event_stream_free(&s);
	close(fd[1]);
	event_tls_credentials_free(&trust);
}

static void
test_ends(void **state)
{
	(void)state;
	int fd[2];
	char byte;
	size_t n = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	struct event_stream *s = event_stream_new(fd[0], 1000);
	assert_false(event_stream_is_tls(s));
	assert_int_equal(event_stream_fd(s), fd[0]);
	close(fd[1]);
	assert_int_equal(event_stream_read(s, &byte, 1, &n), ERR_CLOSED);
	assert_int_equal(event_stream_write(s, VIEW_LIT("x")), ERR_CLOSED);
	event_stream_free(&s);
	assert_null(s);
	uint16_t unused;
	close(harness_listen(&unused));
	struct event_address a = harness_address(unused);
	assert_int_equal(event_stream_connect(&a, 1000, &s), ERR_UNAVAILABLE);
	assert_null(s);
}

/* A server that answers the TLS hello with something else. */
static void
test_not_tls(void **state)
{
	(void)state;
	int fd[2];
	struct event_tls_credentials *trust = NULL;
	assert_int_equal(event_tls_credentials_new_client(certs_cert(harness_authority()), &trust), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	struct event_stream *s = event_stream_new(fd[0], 100);
	assert_int_equal(shutdown(fd[1], SHUT_WR), 0);
	assert_int_equal(event_stream_start_tls(s, trust, "mail.example"), ERR_CLOSED);
	event_stream_free(&s);
	close(fd[1]);
	event_tls_credentials_free(&trust);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates), cmocka_unit_test(test_injection_before_tls), cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_ends), cmocka_unit_test(test_not_tls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
