/* SPDX-License-Identifier: MIT */
/*
 * Inside event/ only: what its files share of libev.
 */
#ifndef EVENT_BACKEND_H
#define EVENT_BACKEND_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "event/loop.h"

/* One TLS record's worth: pieces are read and sent in this size. */
#define EVENT_PIECE_BYTES 16384

struct ev_loop *event_loop_backend(struct event_loop *loop);
/* EVENT_PIECE_BYTES that everybody may use until returning to the loop: so idle connections hold nothing. */
uint8_t *event_loop_piece(struct event_loop *loop);
/* Connections count themselves, so that a loop is not freed under them. */
void event_loop_count(struct event_loop *loop, int change);

#endif
