/* SPDX-License-Identifier: MIT */
/*
 * The socket of provisionctl: accepted here, and only for whoever may administer; then the connection is the
 * store's. Nothing is read from it.
 */
#ifndef PROVISIOND_CONTROL_H
#define PROVISIOND_CONTROL_H

#include "event/loop.h"
#include "provisiond/users.h"

struct control;

/* Borrows fd (-1: nothing happens) and users. fn takes each connection of somebody who may. */
struct control *control_start(struct event_loop *loop, int fd, const struct users *users, void (*fn)(void *arg, int fd), void *arg);
/* Takes *c, accepts NULL. */
void control_cancel(struct control **c);

#endif
