/* SPDX-License-Identifier: MIT */
/*
 * Credentials and the one place where TLS is configured: versions, ciphers, tickets, verification. Opens no
 * file: everything comes as bytes. link.c makes sessions from it; roles load and replace credentials.
 */
#include "event/tls.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/secret.h"
#include "event/tls_backend.h"

/* AES-GCM first: GnuTLS does it several times faster than ChaCha20-Poly1305, which is for peers without AES in hardware. */
static const char PRIORITY[] =
	"NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:+AEAD"
	":+ECDHE-ECDSA:+ECDHE-RSA:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"
	":+SIGN-EDDSA-ED25519:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384"
	":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512"
	":+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512"
	":+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512"
	":+CTYPE-X509:+COMP-NULL:%SERVER_PRECEDENCE:%SAFE_RENEGOTIATION:%PROFILE_MEDIUM";

#define NAME_MAX_BYTES 255
/* A client's handshake messages are small; certificates of clients are not asked for. */
#define SERVER_HANDSHAKE_MAX 16384

struct event_tls_credentials {
	unsigned refs;
	bool is_server;
	gnutls_certificate_credentials_t x509;
	gnutls_priority_t priority;
	struct secret *ticket_key;
	uint64_t expires_ms;
	char name[NAME_MAX_BYTES + 1];
};

static gnutls_datum_t
datum_of(struct view v)
{
	return (gnutls_datum_t){ (unsigned char *)(uintptr_t)v.data, (unsigned)v.len };
}

static struct event_tls_credentials *
credentials_new(bool is_server)
{
	struct event_tls_credentials *c = mem_alloc(sizeof(*c));
	const char *at = NULL;
	c->refs = 1;
	c->is_server = is_server;
	require(gnutls_certificate_allocate_credentials(&c->x509) == 0);
	int r = gnutls_priority_init(&c->priority, PRIORITY, &at);
	if (r != 0)
		fatal(78, "GnuTLS refuses the priorities at \"%s\": %s", at == NULL ? "" : at, gnutls_strerror(r));
	return c;
}

/* Takes expiry and first DNS name of the leaf. */
static int
describe_leaf(struct event_tls_credentials *c, const gnutls_datum_t *chain)
{
	gnutls_x509_crt_t *certs = NULL;
	unsigned n = 0;
	if (gnutls_x509_crt_list_import2(&certs, &n, chain, GNUTLS_X509_FMT_PEM, 0) < 0 || n == 0)
		return ERR_SYNTAX;
	time_t expires = gnutls_x509_crt_get_expiration_time(certs[0]);
	c->expires_ms = expires <= 0 ? 0 : (uint64_t)expires * 1000;
	for (unsigned i = 0; c->name[0] == '\0'; i++) {
		size_t len = sizeof(c->name);
		int type = gnutls_x509_crt_get_subject_alt_name(certs[0], i, c->name, &len, NULL);
		if (type != GNUTLS_SAN_DNSNAME)
			c->name[0] = '\0';
		if (type < 0)
			break;
	}
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(certs[i]);
	gnutls_free(certs);
	return 0;
}

int
event_tls_credentials_new_server(struct view chain_pem, struct view key_pem, struct event_tls_credentials **c_r)
{
	struct event_tls_credentials *c = credentials_new(true);
	gnutls_datum_t chain = datum_of(chain_pem), key = datum_of(key_pem);
	int err = describe_leaf(c, &chain);
	if (err == 0) {
		int r = gnutls_certificate_set_x509_key_mem2(c->x509, &chain, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
		err = r >= 0 ? 0 : r == GNUTLS_E_CERTIFICATE_KEY_MISMATCH ? ERR_TRUST : ERR_SYNTAX;
	}
	if (err != 0)
		event_tls_credentials_free(&c);
	*c_r = c;
	return err;
}

int
event_tls_credentials_new_client(struct view ca_pem, struct event_tls_credentials **c_r)
{
	struct event_tls_credentials *c = credentials_new(false);
	gnutls_datum_t ca = datum_of(ca_pem);
	int err = 0;
	if (gnutls_certificate_set_x509_trust_mem(c->x509, &ca, GNUTLS_X509_FMT_PEM) <= 0) {
		event_tls_credentials_free(&c);
		err = ERR_SYNTAX;
	}
	*c_r = c;
	return err;
}

struct event_tls_credentials *
event_tls_credentials_ref(struct event_tls_credentials *c)
{
	c->refs++;
	return c;
}

void
event_tls_credentials_free(struct event_tls_credentials **c_at)
{
	struct event_tls_credentials *c = *c_at;
	*c_at = NULL;
	if (c == NULL || --c->refs > 0)
		return;
	gnutls_certificate_free_credentials(c->x509);
	gnutls_priority_deinit(c->priority);
	secret_free(&c->ticket_key);
	mem_free(&c);
}

void
event_tls_credentials_set_ticket_key(struct event_tls_credentials *c, struct view key)
{
	require(key.len == EVENT_TLS_TICKET_KEY_BYTES);
	secret_free(&c->ticket_key);
	c->ticket_key = secret_from_view(key);
}

uint64_t
event_tls_credentials_expires_ms(const struct event_tls_credentials *c)
{
	return c->expires_ms;
}

const char *
event_tls_credentials_name(const struct event_tls_credentials *c)
{
	return c->name;
}

static bool
is_numeric(const char *host)
{
	uint8_t ip[16];
	return inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1;
}

static void
configure_server(struct event_tls_credentials *c, gnutls_session_t s)
{
	static const char HTTP_1_1[] = "http/1.1";
	gnutls_datum_t alpn = { (unsigned char *)(uintptr_t)HTTP_1_1, sizeof(HTTP_1_1) - 1 };
	require(gnutls_alpn_set_protocols(s, &alpn, 1, 0) == 0);
	gnutls_certificate_server_set_request(s, GNUTLS_CERT_IGNORE);
	gnutls_handshake_set_max_packet_length(s, SERVER_HANDSHAKE_MAX);
	if (c->ticket_key != NULL) {
		gnutls_datum_t key = datum_of(secret_view(c->ticket_key));
		require(gnutls_session_ticket_enable_server(s, &key) == 0);
		gnutls_db_set_cache_expiration(s, EVENT_TLS_TICKET_LIFE_S);
	}
}

static void
configure_client(gnutls_session_t s, const char *host)
{
	if (!is_numeric(host))
		require(gnutls_server_name_set(s, GNUTLS_NAME_DNS, host, strlen(host)) == 0);
	gnutls_session_set_verify_cert(s, host, 0);
}

gnutls_session_t
event_tls_session(struct event_tls_credentials *c, int fd, const char *host)
{
	gnutls_session_t s;
	unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL;
	require(c->is_server == (host == NULL));
	if (c->is_server)
		flags |= GNUTLS_SERVER | (c->ticket_key == NULL ? (unsigned)GNUTLS_NO_TICKETS : 0u);
	else
		flags |= GNUTLS_CLIENT | GNUTLS_NO_TICKETS;
	require(gnutls_init(&s, flags) == 0);
	require(gnutls_priority_set(s, c->priority) == 0);
	require(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, c->x509) == 0);
	gnutls_handshake_set_timeout(s, GNUTLS_INDEFINITE_TIMEOUT);
	gnutls_transport_set_int(s, fd);
	if (c->is_server)
		configure_server(c, s);
	else
		configure_client(s, host);
	return s;
}
