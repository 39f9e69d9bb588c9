/* SPDX-License-Identifier: MIT */
/*
 * The last report of each process. Called by the handlers of Report and Status, and by process.c with what provisiond says.
 */
#include "store/report.h"

#include <pthread.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "base/view.h"
#include "store/wire.h"

#define PROCESSES_MAX 128
#define REPORT_BYTES_MAX ((size_t)512 * 1024)

struct report {
	struct arena *memory;            /* NULL: free */
	struct view process;
	Provision__Counter **counters;
	size_t count;
};

struct store_reports {
	pthread_mutex_t lock;
	struct report of[PROCESSES_MAX];
};

struct store_reports *
store_reports_new(void)
{
	struct store_reports *r = mem_alloc(sizeof(*r));

	require(pthread_mutex_init(&r->lock, NULL) == 0);
	return r;
}

void
store_reports_free(struct store_reports **r)
{
	if (*r == NULL)
		return;
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		arena_free(&(*r)->of[i].memory);
	(void)pthread_mutex_destroy(&(*r)->lock);
	mem_free(r);
}

static bool
consists_of(struct view v, const char *allowed)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] == '\0' || strchr(allowed, v.data[i]) == NULL)
			return false;
	return true;
}

static bool
is_printable(const Provision__Counter *c)
{
#define WORD "abcdefghijklmnopqrstuvwxyz_0123456789"
	return consists_of(wire_view(c->name), WORD) && consists_of(wire_view(c->labels), WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZ=\",.+-");
}

static Provision__Counter *
copy_of(struct arena *a, const Provision__Counter *from)
{
	Provision__Counter *to = arena_alloc(a, sizeof(*to));

	provision__counter__init(to);
	to->name = wire_bytes(arena_dup(a, wire_view(from->name)));
	to->labels = wire_bytes(arena_dup(a, wire_view(from->labels)));
	to->value = from->value;
	return to;
}

/* Of this process, or a free one; NULL: there is neither. */
static struct report *
find(struct store_reports *r, struct view process)
{
	struct report *vacant = NULL;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		if (r->of[i].memory != NULL && view_equal(r->of[i].process, process))
			return &r->of[i];
		if (r->of[i].memory == NULL && vacant == NULL)
			vacant = &r->of[i];
	}
	return vacant;
}

int
store_reports_put(struct store_reports *r, const Provision__Report *report)
{
	struct report *place;

	for (size_t i = 0; i < report->n_counters; i++)
		if (!is_printable(report->counters[i]))
			return ERR_SYNTAX;
	pthread_mutex_lock(&r->lock);
	place = find(r, wire_view(report->process));
	if (place != NULL) {
		arena_free(&place->memory);
		*place = (struct report){ .memory = arena_new(REPORT_BYTES_MAX), .count = report->n_counters };
		place->process = arena_dup(place->memory, wire_view(report->process));
		place->counters = arena_alloc(place->memory, (place->count + 1) * sizeof(*place->counters));
		for (size_t i = 0; i < place->count; i++)
			place->counters[i] = copy_of(place->memory, report->counters[i]);
	}
	pthread_mutex_unlock(&r->lock);
	return place != NULL ? 0 : ERR_LIMIT;
}

size_t
store_reports_copy(struct store_reports *r, struct arena *arena, Provision__Counter **out, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		for (size_t k = 0; r->of[i].memory != NULL && k < r->of[i].count && n < max; k++)
			out[n++] = copy_of(arena, r->of[i].counters[k]);
	pthread_mutex_unlock(&r->lock);
	return n;
}
