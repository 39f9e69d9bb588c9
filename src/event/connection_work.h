/* SPDX-License-Identifier: MIT */
/*
 * Inside event/ only: what a connection is (connection.c makes and changes it) and the machine that moves it
 * (connection_work.c).
 */
#ifndef EVENT_CONNECTION_WORK_H
#define EVENT_CONNECTION_WORK_H

#include "base/buf.h"
#include "event/backend.h"
#include "event/connection.h"
#include "event/link.h"
#include "event/output.h"
#include "event/pace.h"

enum event_connection_state {
	EVENT_STATE_CONNECTING,
	EVENT_STATE_HANDSHAKE,
	EVENT_STATE_OPEN,
	EVENT_STATE_CLOSING,         /* sends what is queued, then the bye */
	EVENT_STATE_LINGER,          /* waits for the peer's end, so that a reset does not eat our last bytes */
	EVENT_STATE_DEAD,            /* socket closed; closed callback due or done */
};

struct event_connection {
	struct event_loop *loop;
	struct event_link *link;             /* NULL when dead */
	ev_io io;
	ev_timer timer;
	ev_timer kick;
	uint64_t timer_at;                   /* what timer is armed for; EVENT_PACE_NEVER: not armed */
	struct event_address peer;
	struct event_limiter *limiter;
	const struct event_connection_handler *handler;
	void *arg;
	enum event_connection_state state;
	int err;                             /* why it is dead */
	int want;                            /* of handshake, recv or bye: EVENT_LINK_WANT_WRITE needs write readiness */
	struct buf input;                    /* invariant: empty of memory when len is 0 */
	struct event_output output;
	size_t output_max, held_max, held;   /* held: by upper layers */
	uint32_t handshake_ms, linger_ms;
	uint64_t received, sent, acked;      /* acked: what the kernel said last */
	struct event_pace pace;              /* of the owner */
	uint64_t state_deadline;             /* of the present state; 0: none */
	struct event_tls_credentials *upgrade;  /* TLS to be started when output is empty; NULL: none */
	char *host;
	bool counts_acked;                   /* TCP: sending counts when the peer has it, not when the kernel has it */
	bool is_paused, is_expecting, is_undelivered;
	bool is_working, is_freed, is_reported;
};

/* Enters a state that may last limit_ms (0: no limit). */
void event_connection_set_state(struct event_connection *c, enum event_connection_state state, uint32_t limit_ms);
/* The end: the socket goes at once, the closed callback comes from the loop. */
void event_connection_die(struct event_connection *c, int err);
/* TLS with the credentials in upgrade, which are taken. */
void event_connection_start_handshake(struct event_connection *c);
/* Asks for work in the next round; nothing to do while working. */
void event_connection_kick(struct event_connection *c);
/* Asks the loop for what the connection now waits for. */
void event_connection_update(struct event_connection *c);
/* Prepares the loop's watchers for fd. */
void event_connection_watch(struct event_connection *c, int fd);
/* Frees everything at once; not while working. */
void event_connection_destroy(struct event_connection *c);

#endif
