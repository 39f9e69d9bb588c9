/* SPDX-License-Identifier: MIT */
/*
 * Who is linked to whom. A link number is never used twice, so that a late word about an old link cannot be
 * mistaken. Used by supervisor.c.
 */
#include "provisiond/links.h"

#include "base/log.h"
#include "base/mem.h"
#include "ipc/link.h"

struct link {
	struct link *next;
	struct links *all;
	uint64_t number;
	struct process *a, *b;
	struct event_timer *lost;    /* somebody said it is gone */
};

struct links {
	struct event_loop *loop;
	struct link *first;
	uint64_t last_number;
};

struct links *
links_new(struct event_loop *loop)
{
	struct links *l = mem_alloc(sizeof(*l));
	l->loop = loop;
	return l;
}

static void
forget(struct link **at)
{
	struct link *k = *at;
	*at = k->next;
	event_timer_cancel(&k->lost);
	mem_free(&k);
}

void
links_free(struct links **links)
{
	if (*links == NULL)
		return;
	while ((*links)->first != NULL)
		forget(&(*links)->first);
	mem_free(links);
}

uint64_t
links_number(struct links *l)
{
	return ++l->last_number;
}

void
links_make(struct links *l, struct process *a, struct process *b)
{
	int fds[2];
	if (ipc_frame_pair(fds) != ERR_OK) {
		/* no descriptors: without its link a process is of no use, and its restart tries again */
		process_kill(process_row(a)->stage > process_row(b)->stage ? a : b, "no link for it");
		return;
	}
	struct link *k = mem_alloc(sizeof(*k));
	*k = (struct link){ .next = l->first, .all = l, .number = links_number(l), .a = a, .b = b };
	l->first = k;
	log_event(LOG_DEBUG, "link-make", LOG_U("link", k->number), LOG_S("a", process_name(a)), LOG_S("b", process_name(b)));
	process_attach(a, process_row(b)->role, process_index(b), k->number, fds[0]);
	process_attach(b, process_row(a)->role, process_index(a), k->number, fds[1]);
}

void
links_remove(struct links *l, struct process *dead)
{
	struct link **at = &l->first;
	while (*at != NULL) {
		struct link *k = *at;
		if (k->a != dead && k->b != dead) {
			at = &k->next;
			continue;
		}
		process_detach(k->a == dead ? k->b : k->a, k->number);
		forget(at);
	}
}

static void
on_still_there(void *arg)
{
	const struct link *k = arg;
	log_event(LOG_WARNING, "link-cut", LOG_U("link", k->number), LOG_S("a", process_name(k->a)), LOG_S("b", process_name(k->b)));
	struct process *front = process_row(k->a)->stage > process_row(k->b)->stage ? k->a : k->b;
	process_kill(front, "its link was cut");
}

void
links_lost(struct links *l, struct process *p, uint64_t number)
{
	for (struct link *k = l->first; k != NULL; k = k->next) {
		if (k->number != number || (k->a != p && k->b != p) || k->lost != NULL)
			continue;
		/* mostly because the other end has ended, which is told on its own */
		log_event(LOG_DEBUG, "link-lost", LOG_U("link", number), LOG_S("process", process_name(p)));
		k->lost = event_timer_start(l->loop, table_timing()->lost_ms, on_still_there, k);
	}
}
