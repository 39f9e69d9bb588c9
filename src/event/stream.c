/* SPDX-License-Identifier: MIT */
/*
 * The synchronous stream: a link and poll(), nothing between. Must not know about loops or any protocol.
 * Disposable processes (courier) use it beneath their mail library.
 */
#include "event/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "event/link.h"

struct event_stream {
	struct event_link *link;
	uint32_t timeout_ms;
};

struct event_stream *
event_stream_new(int fd, uint32_t timeout_ms)
{
	struct event_stream *s = mem_alloc(sizeof(*s));
	int flags = fcntl(fd, F_GETFL);
	require(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
	s->link = event_link_new(fd);
	s->timeout_ms = timeout_ms;
	/* The protocol above says when it has said enough. Fails for other sockets, which do not wait. */
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return s;
}

void
event_stream_free(struct event_stream **s)
{
	if (*s == NULL)
		return;
	int err = event_link_end((*s)->link);
	(void)err;           /* without the bye the peer sees a cut, which is what it is */
	event_link_free(&(*s)->link);
	mem_free(s);
}

/* Waits until the socket is ready as wanted, at most until the time given (monotonic). */
static int
wait_for(int fd, int want, uint64_t until)
{
	struct pollfd p = { .fd = fd, .events = want == EVENT_LINK_WANT_WRITE ? POLLOUT : POLLIN };
	for (;;) {
		uint64_t now = clock_mono_ms();
		if (now >= until)
			return ERR_TIMEOUT;
		uint64_t left = until - now;
		int r = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return ERR_IO;
	}
}

static uint64_t
until_of(const struct event_stream *s)
{
	return clock_mono_ms() + s->timeout_ms;
}

static int
connect_error(int saved_errno)
{
	return saved_errno == ETIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
}

static int
connect_within(int fd, const struct event_address *peer, uint32_t timeout_ms)
{
	struct sockaddr_storage ss;
	socklen_t len = event_address_to_sockaddr(peer, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return connect_error(errno);
	int err = wait_for(fd, EVENT_LINK_WANT_WRITE, clock_mono_ms() + timeout_ms);
	if (err != 0)
		return err;
	int so_error = 0;
	socklen_t so_len = sizeof(so_error);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &so_error, &so_len) != 0)
		return ERR_IO;
	return so_error == 0 ? 0 : connect_error(so_error);
}

int
event_stream_connect(const struct event_address *peer, uint32_t timeout_ms, struct event_stream **s_r)
{
	*s_r = NULL;
	int family = event_address_is_ipv4(peer) ? AF_INET : AF_INET6;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	int err = connect_within(fd, peer, timeout_ms);
	if (err != 0) {
		close(fd);
		return err;
	}
	*s_r = event_stream_new(fd, timeout_ms);
	return 0;
}

/* True when plain bytes have come that nobody read: a server says nothing before our TLS hello. */
static bool
has_bytes_waiting(int fd)
{
	uint8_t byte;
	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

int
event_stream_start_tls(struct event_stream *s, struct event_tls_credentials *credentials, const char *host)
{
	uint64_t until = until_of(s);
	int fd = event_link_fd(s->link);
	require(host != NULL);
	if (event_link_is_tls(s->link) || has_bytes_waiting(fd))
		return ERR_STATE;
	event_link_start_tls(s->link, credentials, host);
	int r;
	while ((r = event_link_handshake(s->link)) > 0) {
		int err = wait_for(fd, r, until);
		if (err != 0)
			return err;
	}
	return r;
}

bool
event_stream_is_tls(const struct event_stream *s)
{
	return event_link_is_tls(s->link);
}

int
event_stream_read(struct event_stream *s, void *p, size_t n, size_t *n_r)
{
	uint64_t until = until_of(s);
	int r;
	*n_r = 0;
	require(n > 0);
	while ((r = event_link_recv(s->link, p, n, n_r)) > 0) {
		int err = wait_for(event_link_fd(s->link), r, until);
		if (err != 0)
			return err;
	}
	return r;
}

int
event_stream_write(struct event_stream *s, struct view v)
{
	uint64_t until = until_of(s);
	while (v.len > 0) {
		size_t n = 0;
		int r = event_link_send(s->link, v, &n);
		if (r > 0)
			r = wait_for(event_link_fd(s->link), r, until);
		if (r < 0)
			return r == ERR_IO ? ERR_CLOSED : r;
		v = view_slice(v, n, v.len);
	}
	return 0;
}

void
event_stream_set_timeout(struct event_stream *s, uint32_t timeout_ms)
{
	s->timeout_ms = timeout_ms;
}

int
event_stream_fd(const struct event_stream *s)
{
	return event_link_fd(s->link);
}

const char *
event_stream_reason(const struct event_stream *s)
{
	return event_link_reason(s->link);
}
