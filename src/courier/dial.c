/* SPDX-License-Identifier: MIT */
/*
 * Resolves and connects. Owns the resolver of this process and the sockets until one is connected. Must not
 * know what is spoken over it. Called by courier/relay.c.
 */
#include "courier/dial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "event/address.h"

#define ADDRESSES_MAX 8
#define STAGGER_MS 250

struct addresses {
	struct event_address at[ADDRESSES_MAX];
	size_t n;
	bool has_refused;    /* some were left out by loopback_only */
};

/* Attempts in the order of their addresses; fd -1: not begun or over. */
struct race {
	struct pollfd fds[ADDRESSES_MAX];
	size_t begun;
	int last_errno;
};

static void
add(struct addresses *a, const struct event_address *address, bool loopback_only)
{
	if (loopback_only && !event_address_is_loopback(address))
		a->has_refused = true;
	else if (a->n < ADDRESSES_MAX)
		a->at[a->n++] = *address;
}

/* The resolver's order (RFC 6724) within each family, the families in turn. */
static void
add_alternating(struct addresses *a, const struct addrinfo *found, uint16_t port, bool loopback_only)
{
	const struct addrinfo *next[2] = { found, found };
	const int family[2] = { found->ai_family, found->ai_family == AF_INET6 ? AF_INET : AF_INET6 };
	for (int turn = 0; next[0] != NULL || next[1] != NULL; turn = !turn) {
		const struct addrinfo *i = next[turn];
		while (i != NULL && i->ai_family != family[turn])
			i = i->ai_next;
		next[turn] = i == NULL ? NULL : i->ai_next;
		if (i == NULL)
			continue;
		struct event_address address = event_address_from_sockaddr(i->ai_addr, i->ai_addrlen);
		address.port = port;
		add(a, &address, loopback_only);
	}
}

static int
resolve(const char *host, uint16_t port, bool loopback_only, struct addresses *a)
{
	struct event_address numeric;
	*a = (struct addresses){ .n = 0 };
	if (event_address_parse(view_str(host), port, &numeric) == 0) {
		add(a, &numeric, loopback_only);
	} else {
		const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
		struct addrinfo *found = NULL;
		int r = getaddrinfo(host, NULL, &hints, &found);
		if (r != 0)
			return r == EAI_NONAME ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
		add_alternating(a, found, port, loopback_only);
		freeaddrinfo(found);
	}
	if (a->n == 0)
		return a->has_refused ? ERR_DENIED : ERR_NOT_FOUND;
	return 0;
}

/* Begins the next attempt. One that fails at once leaves no descriptor. */
static void
begin(struct race *r, const struct event_address *to)
{
	struct sockaddr_storage ss;
	socklen_t len = event_address_to_sockaddr(to, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&ss, len) != 0 && errno != EINPROGRESS) {
		r->last_errno = errno;
		file_close(&fd);
	} else if (fd < 0)
		r->last_errno = errno;
	r->fds[r->begun++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
}

static bool
is_running(const struct race *r)
{
	for (size_t i = 0; i < r->begun; i++)
		if (r->fds[i].fd >= 0)
			return true;
	return false;
}

/* Takes a connected descriptor out of the race; -1: none yet. Those that failed are closed. */
static int
take_winner(struct race *r)
{
	for (size_t i = 0; i < r->begun; i++) {
		struct pollfd *p = &r->fds[i];
		if (p->fd < 0 || p->revents == 0)
			continue;
		int so_error = 0;
		socklen_t len = sizeof(so_error);
		if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &so_error, &len) == 0 && so_error == 0) {
			int fd = p->fd;
			p->fd = -1;
			return fd;
		}
		r->last_errno = so_error;
		file_close(&p->fd);
	}
	return -1;
}

static int
run(struct race *r, const struct addresses *a, uint64_t until_ms, int *fd_r)
{
	*fd_r = -1;
	for (;;) {
		while (r->begun < a->n && !is_running(r))
			begin(r, &a->at[r->begun]);
		if (!is_running(r))
			return r->last_errno == ETIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
		uint64_t now = clock_mono_ms();
		if (now >= until_ms)
			return ERR_TIMEOUT;
		uint64_t wait_ms = r->begun < a->n && until_ms - now > STAGGER_MS ? STAGGER_MS : until_ms - now;
		int n = poll(r->fds, r->begun, (int)wait_ms);
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		*fd_r = n > 0 ? take_winner(r) : -1;
		if (*fd_r >= 0)
			return 0;
		/* Nothing came in time: the next one runs beside those that were begun. */
		if (n == 0 && r->begun < a->n)
			begin(r, &a->at[r->begun]);
	}
}

int
dial(const char *host, uint16_t port, bool loopback_only, uint32_t timeout_ms, struct event_stream **s_r)
{
	struct addresses a;
	struct race race = { .begun = 0 };
	int fd = -1;
	*s_r = NULL;
	int err = resolve(host, port, loopback_only, &a);
	if (err == 0)
		err = run(&race, &a, clock_mono_ms() + timeout_ms, &fd);
	for (size_t i = 0; i < race.begun; i++)
		file_close(&race.fds[i].fd);
	if (err == 0)
		*s_r = event_stream_new(fd, timeout_ms);
	return err;
}
