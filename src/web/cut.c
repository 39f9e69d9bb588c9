/* SPDX-License-Identifier: MIT */
/*
 * List of running downloads. Owned by struct web; entries free themselves when their answer has left.
 * Knows nothing of the store.
 */
#include "web/cut.h"

#include "base/mem.h"

struct web_cut {
	struct web_cuts *cuts;
	struct web_cut *next, **back;    /* *back == this */
	struct http_response_watch *watch;
	struct id package;
};

static void
left(void *arg, int err)
{
	(void)err;
	struct web_cut *c = arg;
	*c->back = c->next;
	if (c->next != NULL)
		c->next->back = c->back;
	mem_free(&c);
}

void
web_cut_watch(struct web_cuts *cuts, const struct id *package, struct http_request *r)
{
	struct web_cut *c = mem_alloc(sizeof(*c));
	c->cuts = cuts;
	c->package = *package;
	c->next = cuts->first;
	c->back = &cuts->first;
	if (c->next != NULL)
		c->next->back = &c->next;
	cuts->first = c;
	c->watch = http_response_watch(r, left, c);
}

void
web_cut_package(struct web_cuts *cuts, const struct id *package)
{
	for (struct web_cut *c = cuts->first; c != NULL; c = c->next)
		if (id_equal(&c->package, package))
			http_response_cut(c->watch);
}

void
web_cut_all(struct web_cuts *cuts)
{
	for (struct web_cut *c = cuts->first; c != NULL; c = c->next)
		http_response_cut(c->watch);
}
