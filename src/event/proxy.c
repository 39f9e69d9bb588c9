/* SPDX-License-Identifier: MIT */
/*
 * The header of the PROXY protocol: parser, and the reader in front of it. Must not know who is trusted (http/preface.c
 * asks only for those). The grammar:
 *
 *   signature (12) | version 2 << 4 + command | family << 4 + transport | length (2)  | addresses | TLVs, skipped
 */
#include "event/proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "base/network.h"

#define SIGNATURE VIEW_LIT("\r\n\r\n\0\r\nQUIT\n")
#define AT_COMMAND 12
#define AT_FAMILY 13
#define AT_LENGTH 14
#define COMMAND_LOCAL 0x20
#define COMMAND_PROXY 0x21

/* What may stand in the byte of family and transport. */
static const struct family {
	uint8_t byte;
	uint8_t address_bytes;     /* of one of the two addresses; 0: none that is an IP address */
	uint8_t block_bytes;       /* of both with their ports */
} FAMILIES[] = {
	{ 0x00, 0, 0 },            /* UNSPEC */
	{ 0x11, 4, 12 },           /* TCP over IPv4 */
	{ 0x21, 16, 36 },          /* TCP over IPv6 */
	{ 0x31, 0, 216 },          /* UNIX stream */
};

int
event_proxy_length(struct view start, size_t *length_r)
{
	require(start.len == EVENT_PROXY_START);
	uint8_t command = start.data[AT_COMMAND];

	if (!view_starts(start, SIGNATURE) || (command != COMMAND_LOCAL && command != COMMAND_PROXY))
		return ERR_SYNTAX;
	*length_r = EVENT_PROXY_START + (size_t)(start.data[AT_LENGTH] << 8 | start.data[AT_LENGTH + 1]);
	return *length_r > EVENT_PROXY_MAX ? ERR_LIMIT : 0;
}

static int
address_of(const struct family *f, const uint8_t *block, struct event_address *address_r)
{
	static const uint8_t NONE[16];
	struct event_address a = { .port = 0 };
	const uint8_t *port = block + (size_t)2 * f->address_bytes;

	if (f->address_bytes == 4)
		network_map_ipv4(block, a.ip);
	else
		memcpy(a.ip, block, sizeof(a.ip));
	a.port = (uint16_t)(port[0] << 8 | port[1]);
	if (memcmp(a.ip, NONE, sizeof(NONE)) == 0)
		return ERR_SYNTAX;
	*address_r = a;
	return 0;
}

int
event_proxy_parse(struct view header, const struct event_address *peer, struct event_address *address_r)
{
	const struct family *f = NULL;
	size_t length;
	int err = header.len < EVENT_PROXY_START ? ERR_SYNTAX :
	    event_proxy_length(view_slice(header, 0, EVENT_PROXY_START), &length);

	if (err != 0)
		return err;
	if (length != header.len)
		return ERR_SYNTAX;
	*address_r = *peer;
	if (header.data[AT_COMMAND] == COMMAND_LOCAL)
		return 0;
	for (size_t i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++)
		if (FAMILIES[i].byte == header.data[AT_FAMILY])
			f = &FAMILIES[i];
	if (f == NULL || header.len - EVENT_PROXY_START < f->block_bytes)
		return ERR_SYNTAX;
	return f->address_bytes == 0 ? 0 : address_of(f, header.data + EVENT_PROXY_START, address_r);
}

/* ---- reading ---- */

struct event_proxy {
	int fd;
	struct event_address peer;
	struct event_watch *watch;
	struct event_timer *timer;
	void (*fn)(void *arg, int fd, int err, const struct event_address *address);
	void *arg;
	size_t got, wanted;
	uint8_t bytes[EVENT_PROXY_MAX];
};

/* The descriptor is the caller's from here on. */
static int
let_go(struct event_proxy **p)
{
	int fd = (*p)->fd;

	event_watch_cancel(&(*p)->watch);
	event_timer_cancel(&(*p)->timer);
	mem_free(p);
	return fd;
}

void
event_proxy_cancel(struct event_proxy **p)
{
	if (*p != NULL)
		close(let_go(p));
}

static void
finish(struct event_proxy *p, int err, const struct event_address *address)
{
	void (*fn)(void *, int, int, const struct event_address *) = p->fn;
	void *arg = p->arg;
	int fd = let_go(&p);

	if (err != 0) {
		close(fd);
		fd = -1;
	}
	fn(arg, fd, err, address);
}

/* ERR_BUSY: more must come. */
static int
take(struct event_proxy *p)
{
	ssize_t n = recv(p->fd, p->bytes + p->got, p->wanted - p->got, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? ERR_BUSY : ERR_IO;
	if (n == 0)
		return ERR_CLOSED;
	p->got += (size_t)n;
	if (p->got < p->wanted)
		return ERR_BUSY;
	return p->wanted == EVENT_PROXY_START ? event_proxy_length(view_of(p->bytes, p->got), &p->wanted) : 0;
}

static void
on_readable(void *arg, unsigned ready)
{
	struct event_proxy *p = arg;
	struct event_address address = p->peer;
	int err;

	(void)ready;
	do
		err = take(p);
	while (err == 0 && p->got < p->wanted);
	if (err == ERR_BUSY)
		return;
	if (err == 0)
		err = event_proxy_parse(view_of(p->bytes, p->got), &p->peer, &address);
	finish(p, err, &address);
}

static void
on_late(void *arg)
{
	struct event_proxy *p = arg;
	struct event_address peer = p->peer;

	finish(p, ERR_TIMEOUT, &peer);
}

struct event_proxy *
event_proxy_start(struct event_loop *loop, int fd, const struct event_address *peer, uint32_t timeout_ms,
    void (*fn)(void *arg, int fd, int err, const struct event_address *address), void *arg)
{
	struct event_proxy *p = mem_alloc(sizeof(*p));

	p->fd = fd;
	p->peer = *peer;
	p->fn = fn;
	p->arg = arg;
	p->wanted = EVENT_PROXY_START;
	p->watch = event_watch_start(loop, fd, EVENT_READ, on_readable, p);
	p->timer = event_timer_start(loop, timeout_ms, on_late, p);
	return p;
}
