/* SPDX-License-Identifier: MIT */
/* event/tls.h: credentials, what is negotiated, tickets shared by two listeners, reload under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fatal.h"
#include "crypt/init.h"
#include "event/harness.h"

static void
test_credentials(void **state)
{
	(void)state;
	struct event_tls_credentials *c = NULL;
	const struct certs *leaf = harness_leaf(), *ca = harness_authority();
	assert_int_equal(event_tls_credentials_new_server(certs_cert(leaf), certs_key(leaf), &c), 0);
	assert_string_equal(event_tls_credentials_name(c), "server.example");
	uint64_t in_an_hour = ((uint64_t)time(NULL) + 3600) * 1000;
	assert_in_range(event_tls_credentials_expires_ms(c), in_an_hour - 60000, in_an_hour);
	struct event_tls_credentials *again = event_tls_credentials_ref(c);
	event_tls_credentials_free(&c);
	assert_null(c);
	event_tls_credentials_free(&again);
	event_tls_credentials_free(&again);
	assert_int_equal(event_tls_credentials_new_server(certs_cert(leaf), certs_key(ca), &c), ERR_TRUST);
	assert_null(c);
	assert_int_equal(event_tls_credentials_new_server(VIEW_LIT("no PEM"), certs_key(leaf), &c), ERR_SYNTAX);
	assert_int_equal(event_tls_credentials_new_server(certs_cert(leaf), VIEW_LIT("no PEM"), &c), ERR_SYNTAX);
	assert_int_equal(event_tls_credentials_new_server(view_of(NULL, 0), view_of(NULL, 0), &c), ERR_SYNTAX);
	assert_int_equal(event_tls_credentials_new_client(VIEW_LIT("no PEM"), &c), ERR_SYNTAX);
	assert_int_equal(event_tls_credentials_new_client(view_of(NULL, 0), &c), ERR_SYNTAX);
	assert_int_equal(event_tls_credentials_new_client(certs_cert(ca), &c), 0);
	assert_int_equal(event_tls_credentials_expires_ms(c), 0);
	event_tls_credentials_free(&c);
}

/* --- a bare GnuTLS client, for what event_stream does not do */

struct raw {
	struct harness_server *s;       /* to speak to */
	const char *priority;
	gnutls_datum_t session;         /* to resume; filled after each connection */
	int result;                     /* of the handshake */
	bool is_resumed;
	char description[128];
	char alpn[32];
};

static gnutls_session_t
raw_open(struct raw *r, gnutls_certificate_credentials_t x509, int fd)
{
	gnutls_session_t t;
	gnutls_datum_t alpn[2] = { { (unsigned char *)(uintptr_t)"h2", 2 }, { (unsigned char *)(uintptr_t)"http/1.1", 8 } };
	require(gnutls_init(&t, GNUTLS_CLIENT) == 0);
	require(gnutls_priority_set_direct(t, r->priority, NULL) == 0);
	require(gnutls_credentials_set(t, GNUTLS_CRD_CERTIFICATE, x509) == 0);
	require(gnutls_alpn_set_protocols(t, alpn, 2, 0) == 0);
	gnutls_transport_set_int(t, fd);
	if (r->session.data != NULL)
		require(gnutls_session_set_data(t, r->session.data, r->session.size) == 0);
	r->result = gnutls_handshake(t);
	return t;
}

static void
raw_client(void *arg)
{
	struct raw *r = arg;
	gnutls_certificate_credentials_t x509;
	char in[5];
	int fd = harness_connect(r->s->port);
	require(gnutls_certificate_allocate_credentials(&x509) == 0);
	gnutls_session_t t = raw_open(r, x509, fd);
	if (r->result == 0) {
		gnutls_datum_t alpn;
		require(gnutls_record_send(t, "hello", 5) == 5);
		ssize_t n;
		do
			n = gnutls_record_recv(t, in, 5);
		while (n == GNUTLS_E_AGAIN);                   /* a ticket came before */
		require(n == 5);
		r->is_resumed = gnutls_session_is_resumed(t) != 0;
		char *text = gnutls_session_get_desc(t);
		snprintf(r->description, sizeof(r->description), "%s", text);
		gnutls_free(text);
		if (gnutls_alpn_get_selected_protocol(t, &alpn) == 0)
			memcpy(r->alpn, alpn.data, alpn.size);
		gnutls_free(r->session.data);
		r->session.data = NULL;
		require(gnutls_session_get_data2(t, &r->session) == 0);
		gnutls_bye(t, GNUTLS_SHUT_WR);
	}
	gnutls_deinit(t);
	close(fd);
	gnutls_certificate_free_credentials(x509);
	harness_wait(&r->s->n_closed, 1);
}

static void
run_raw(struct raw *r)
{
	r->s->n_closed = 0;
	r->is_resumed = false;
	memset(r->description, 0, sizeof(r->description));
	harness_run(r->s->loop, raw_client, r);
}

static void
test_negotiated(void **state)
{
	(void)state;
	static const struct { const char *priority; const char *wanted; } ROWS[] = {
		{ "NORMAL", "(TLS1.3)" },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", "(TLS1.2)" },
		{ "NORMAL", "(AES-256-GCM)" },
		{ "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM", "(AES-256-GCM)" },   /* the server chooses */
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM", "(AES-128-GCM)" },
		{ "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305", "(CHACHA20-POLY1305)" },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0", NULL },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-CBC:+AES-128-CBC", NULL },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA:+DHE-RSA", NULL },
		{ "NORMAL:-CIPHER-ALL:+AES-256-CCM:+AES-128-CCM", NULL },
	};
	struct harness_client c;
	harness_client_init(&c, true);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct raw r = { .s = &c.s, .priority = ROWS[i].priority };
		run_raw(&r);
		if (ROWS[i].wanted == NULL ? r.result == 0 : strstr(r.description, ROWS[i].wanted) == NULL)
			fail_msg("%s: %s %s", ROWS[i].priority, gnutls_strerror(r.result), r.description);
		if (ROWS[i].wanted != NULL)
			assert_string_equal(r.alpn, "http/1.1");
		gnutls_free(r.session.data);
	}
	harness_client_deinit(&c);
}

static const uint8_t KEY_ONE[EVENT_TLS_TICKET_KEY_BYTES] = { 1, 2, 3 }, KEY_TWO[EVENT_TLS_TICKET_KEY_BYTES] = { 9 };

static void
test_tickets_across_listeners(void **state)
{
	(void)state;
	static const char *const PRIORITIES[] = { "NORMAL", "NORMAL:-VERS-ALL:+VERS-TLS1.2" };
	for (size_t i = 0; i < 2; i++) {
		struct harness_client one, two;              /* as two processes would have them */
		harness_client_init(&one, true);
		harness_client_init(&two, true);
		event_tls_credentials_set_ticket_key(one.s.credentials, view_of(KEY_ONE, sizeof(KEY_ONE)));
		event_tls_credentials_set_ticket_key(two.s.credentials, view_of(KEY_ONE, sizeof(KEY_ONE)));
		struct raw r = { .s = &one.s, .priority = PRIORITIES[i] };
		run_raw(&r);
		assert_int_equal(r.result, 0);
		assert_false(r.is_resumed);
		r.s = &two.s;
		run_raw(&r);
		assert_int_equal(r.result, 0);
		assert_true(r.is_resumed);
		assert_int_equal(two.s.n_resumed, 1);
		/* A new key: an old ticket is not an error, only a full handshake. */
		event_tls_credentials_set_ticket_key(two.s.credentials, view_of(KEY_TWO, sizeof(KEY_TWO)));
		run_raw(&r);
		assert_int_equal(r.result, 0);
		assert_false(r.is_resumed);
		gnutls_free(r.session.data);
		harness_client_deinit(&one);
		harness_client_deinit(&two);
	}
}

static void
test_no_key_no_tickets(void **state)
{
	(void)state;
	struct harness_client c;
	harness_client_init(&c, true);
	struct raw r = { .s = &c.s, .priority = "NORMAL" };
	run_raw(&r);
	run_raw(&r);
	assert_int_equal(r.result, 0);
	assert_false(r.is_resumed);
	gnutls_free(r.session.data);
	harness_client_deinit(&c);
}

/* --- reload: a connection that exists goes on, a new one sees the new certificate */

static struct certs other_authority, other_leaf;

static void
client_over_reload(void *arg)
{
	struct harness_client *c = arg;
	uint8_t in[5];
	struct event_stream *old = harness_client_open(c);
	require(event_stream_write(old, VIEW_LIT("hello")) == 0);
	harness_read(old, in, 5);
	struct event_tls_credentials *fresh = NULL, *before = c->s.credentials;
	require(event_tls_credentials_new_server(certs_cert(&other_leaf), certs_key(&other_leaf), &fresh) == 0);
	c->s.credentials = fresh;                    /* the loop is at rest: nothing else happens meanwhile */
	event_tls_credentials_free(&before);
	require(event_stream_write(old, VIEW_LIT("again")) == 0);
	harness_read(old, in, 5);
	require(memcmp(in, "again", 5) == 0);

	struct event_address a = harness_address(c->s.port);
	struct event_stream *s = NULL;
	require(event_stream_connect(&a, 5000, &s) == 0);
	require(event_stream_start_tls(s, c->trust, "server.example") == ERR_TRUST);
	event_stream_free(&s);
	struct event_tls_credentials *trust = NULL;
	require(event_tls_credentials_new_client(certs_cert(&other_authority), &trust) == 0);
	require(event_stream_connect(&a, 5000, &s) == 0);
	require(event_stream_start_tls(s, trust, "server.example") == 0);
	event_stream_free(&s);
	event_tls_credentials_free(&trust);
	require(event_stream_write(old, VIEW_LIT("still")) == 0);
	harness_read(old, in, 5);
	event_stream_free(&old);
	harness_wait(&c->s.n_closed, 3);
}

static void
test_reload(void **state)
{
	(void)state;
	struct harness_client c;
	certs_make_authority(&other_authority, "Other");
	certs_make_leaf(&other_leaf, &other_authority, "server.example", -60, 60);
	harness_client_init(&c, true);
	harness_run(c.s.loop, client_over_reload, &c);
	assert_int_equal(c.s.n_ready, 2);
	harness_client_deinit(&c);
}

int
main(void)
{
	require(crypt_init() == 0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credentials), cmocka_unit_test(test_negotiated),
		cmocka_unit_test(test_tickets_across_listeners), cmocka_unit_test(test_no_key_no_tickets),
		cmocka_unit_test(test_reload),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
