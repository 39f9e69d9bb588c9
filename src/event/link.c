/* SPDX-License-Identifier: MIT */
/*
 * A socket with or without TLS: the one place that calls GnuTLS's record layer and translates its results.
 * Must not know about loops, time or queues. connection.c (nonblocking) and stream.c (with poll) use it.
 */
#include "event/link.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "event/backend.h"
#include "event/tls_backend.h"

#define REASON_MAX 200
/* Warning alerts are the peer's to send, but not without end. */
#define WARNINGS_MAX 8

struct event_link {
	int fd;
	gnutls_session_t tls;          /* NULL: plain */
	struct event_tls_credentials *credentials;
	bool is_sending;               /* a record is half sent; GnuTLS holds it */
	unsigned warnings;
	char *reason;
};

struct event_link *
event_link_new(int fd)
{
	struct event_link *l = mem_alloc(sizeof(*l));
	l->fd = fd;
	return l;
}

void
event_link_free(struct event_link **l_at)
{
	struct event_link *l = *l_at;
	if (l == NULL)
		return;
	if (l->tls != NULL)
		gnutls_deinit(l->tls);
	event_tls_credentials_free(&l->credentials);
	close(l->fd);
	mem_free(&l->reason);
	mem_free(l_at);
}

void
event_link_cut(struct event_link *l)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	(void)setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

int
event_link_fd(const struct event_link *l)
{
	return l->fd;
}

void
event_link_start_tls(struct event_link *l, struct event_tls_credentials *c, const char *host)
{
	require(l->tls == NULL);
	l->credentials = event_tls_credentials_ref(c);
	l->tls = event_tls_session(c, l->fd, host);
}

bool
event_link_is_tls(const struct event_link *l)
{
	return l->tls != NULL;
}

bool
event_link_is_sending(const struct event_link *l)
{
	return l->is_sending;
}

bool
event_link_is_resumed(const struct event_link *l)
{
	return l->tls != NULL && gnutls_session_is_resumed(l->tls) != 0;
}

static int
want(const struct event_link *l)
{
	return gnutls_record_get_direction(l->tls) == 0 ? EVENT_LINK_WANT_READ : EVENT_LINK_WANT_WRITE;
}

/* For results that mean "go on": interrupted, or one of a few warnings. */
static bool
is_harmless(struct event_link *l, long r)
{
	if (r == GNUTLS_E_WARNING_ALERT_RECEIVED)
		return l->warnings++ < WARNINGS_MAX;
	return r == GNUTLS_E_INTERRUPTED;
}

static int
trust_error(struct event_link *l)
{
	gnutls_datum_t text = { NULL, 0 };
	unsigned status = gnutls_session_get_verify_cert_status(l->tls);
	if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0)
		l->reason = mem_printf("%.*s", REASON_MAX, (const char *)text.data);
	gnutls_free(text.data);
	return ERR_TRUST;
}

int
event_link_handshake(struct event_link *l)
{
	int r;
	do
		r = gnutls_handshake(l->tls);
	while (is_harmless(l, r));
	switch (r) {
	case GNUTLS_E_SUCCESS:
		return 0;
	case GNUTLS_E_AGAIN:
		return want(l);
	case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
		return trust_error(l);
	case GNUTLS_E_PREMATURE_TERMINATION:
		return ERR_CLOSED;
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return ERR_IO;
	default:
		/* Tell the peer why, if the socket takes it. */
		(void)gnutls_alert_send_appropriate(l->tls, r);
		l->reason = mem_printf("%.*s", REASON_MAX, gnutls_strerror(r));
		return ERR_SYNTAX;
	}
}

static int
plain_result(ssize_t r, int want_r, size_t *n_r)
{
	*n_r = r > 0 ? (size_t)r : 0;
	if (r > 0)
		return 0;
	if (r == 0)
		return ERR_CLOSED;
	return errno == EAGAIN || errno == EWOULDBLOCK ? want_r : ERR_IO;
}

static int
recv_plain(struct event_link *l, void *p, size_t n, size_t *n_r)
{
	ssize_t r;
	do
		r = recv(l->fd, p, n, 0);
	while (r < 0 && errno == EINTR);
	return plain_result(r, EVENT_LINK_WANT_READ, n_r);
}

int
event_link_recv(struct event_link *l, void *p, size_t n, size_t *n_r)
{
	if (l->tls == NULL)
		return recv_plain(l, p, n, n_r);
	ssize_t r;
	do
		r = gnutls_record_recv(l->tls, p, n);
	while (is_harmless(l, r));
	*n_r = r > 0 ? (size_t)r : 0;
	if (r > 0)
		return 0;
	if (r == 0)
		return ERR_CLOSED;
	if (r == GNUTLS_E_AGAIN)
		return want(l);
	if (r == GNUTLS_E_PREMATURE_TERMINATION || r == GNUTLS_E_PULL_ERROR || r == GNUTLS_E_PUSH_ERROR)
		return ERR_IO;
	return ERR_SYNTAX;    /* also a renegotiation, which is never allowed */
}

bool
event_link_has_pending(const struct event_link *l)
{
	return l->tls != NULL && gnutls_record_check_pending(l->tls) > 0;
}

static int
send_plain(struct event_link *l, struct view v, size_t *n_r)
{
	ssize_t r;
	do
		r = send(l->fd, v.data, v.len, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return plain_result(r, EVENT_LINK_WANT_WRITE, n_r);
}

int
event_link_send(struct event_link *l, struct view v, size_t *n_r)
{
	if (l->tls == NULL)
		return send_plain(l, v, n_r);
	ssize_t r;
	size_t n = v.len < EVENT_PIECE_BYTES ? v.len : EVENT_PIECE_BYTES;
	do
		r = l->is_sending ? gnutls_record_send(l->tls, NULL, 0) : gnutls_record_send(l->tls, v.data, n);
	while (r == GNUTLS_E_INTERRUPTED);
	l->is_sending = r == GNUTLS_E_AGAIN;
	*n_r = r > 0 ? (size_t)r : 0;
	if (r == GNUTLS_E_AGAIN)
		return want(l);
	return r > 0 ? 0 : ERR_IO;
}

int
event_link_end(struct event_link *l)
{
	int r = 0;
	if (l->tls != NULL) {
		do
			r = gnutls_bye(l->tls, GNUTLS_SHUT_WR);
		while (r == GNUTLS_E_INTERRUPTED);
		if (r == GNUTLS_E_AGAIN)
			return want(l);
	}
	return r == 0 && shutdown(l->fd, SHUT_WR) == 0 ? 0 : ERR_IO;
}

const char *
event_link_reason(const struct event_link *l)
{
	return l->reason == NULL ? "" : l->reason;
}
