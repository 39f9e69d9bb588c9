/* SPDX-License-Identifier: MIT */
/*
 * The links between processes: made as socket pairs, both ends handed over, remembered until one end dies.
 */
#ifndef PROVISIOND_LINKS_H
#define PROVISIOND_LINKS_H

#include <stdint.h>

#include "event/loop.h"
#include "provisiond/process.h"

struct links;

struct links *links_new(struct event_loop *loop);
/* Takes *l, accepts NULL. */
void links_free(struct links **l);
/* A new link between two processes that are ready. */
void links_make(struct links *l, struct process *a, struct process *b);
/* A number for an end that is not a process of ours (provisionctl). */
uint64_t links_number(struct links *l);
/* The process is dead: the other ends are told, its links forgotten. */
void links_remove(struct links *l, struct process *dead);
/*
 * p says that a link is gone. If the other end does not turn out to be dead within a moment, one end was cut for breaking a
 * rule: the process of the higher stage is killed, and everything is made anew.
 */
void links_lost(struct links *l, struct process *p, uint64_t number);

#endif
