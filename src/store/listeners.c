/* SPDX-License-Identifier: MIT */
/*
 * Two chained hash tables over the same objects: listeners by link and number, their places by party. Knows no message but the
 * wake, and nothing of who may listen (handle_events.c). The committer's thread wakes, so everything here is short.
 */
#include "store/listeners.h"

#include <pthread.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "ipc/server.h"
#include "record/event.pb-c.h"

#define BUCKETS 4096U

struct listener;

/* A listener in the list of one party. */
struct place {
	struct place *next, **back;      /* *back == this */
	struct listener *owner;
	struct id party;
};

struct listener {
	struct listener *next, **back;
	uint64_t link, number;
	bool is_woken;                   /* told since it last read */
	struct place self;               /* the account */
	struct place *companies;
	size_t company_count;
};

struct store_listeners {
	struct store *store;
	pthread_mutex_t lock;            /* of all that follows */
	uint32_t count;
	struct listener *by_number[BUCKETS];
	struct place *by_party[BUCKETS];
};

static struct listener **
number_bucket(struct store_listeners *l, uint64_t link, uint64_t number)
{
	return &l->by_number[(link * UINT64_C(0x9e3779b97f4a7c15) + number) % BUCKETS];
}

/* Ids are random. */
static struct place **
party_bucket(struct store_listeners *l, const struct id *party)
{
	uint32_t n;

	memcpy(&n, party->bytes, sizeof(n));
	return &l->by_party[n % BUCKETS];
}

static struct listener *
find(struct store_listeners *l, uint64_t link, uint64_t number)
{
	struct listener *x = *number_bucket(l, link, number);

	while (x != NULL && (x->link != link || x->number != number))
		x = x->next;
	return x;
}

static void
take_place(struct store_listeners *l, struct place *p, struct listener *owner, const struct id *party)
{
	struct place **bucket = party_bucket(l, party);

	*p = (struct place){ .next = *bucket, .back = bucket, .owner = owner, .party = *party };
	if (p->next != NULL)
		p->next->back = &p->next;
	*bucket = p;
}

static void
leave_place(struct place *p)
{
	*p->back = p->next;
	if (p->next != NULL)
		p->next->back = p->back;
}

static void
leave_companies(struct listener *x)
{
	for (size_t i = 0; i < x->company_count; i++)
		leave_place(&x->companies[i]);
	x->company_count = 0;
	mem_free(&x->companies);
}

static void
drop(struct store_listeners *l, struct listener *x)
{
	leave_companies(x);
	leave_place(&x->self);
	*x->back = x->next;
	if (x->next != NULL)
		x->next->back = x->back;
	l->count--;
	mem_free(&x);
}

struct store_listeners *
store_listeners_new(struct store *s)
{
	struct store_listeners *l = mem_alloc(sizeof(*l));

	l->store = s;
	require(pthread_mutex_init(&l->lock, NULL) == 0);
	return l;
}

void
store_listeners_free(struct store_listeners **l_at)
{
	struct store_listeners *l = *l_at;

	if (l == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (l->by_number[i] != NULL)
			drop(l, l->by_number[i]);
	pthread_mutex_destroy(&l->lock);
	mem_free(l_at);
}

static bool
is_crowded(struct store_listeners *l, uint64_t link, const struct id *account)
{
	unsigned of_account = 0, of_link = 0;

	for (const struct place *p = *party_bucket(l, account); p != NULL; p = p->next)
		of_account += id_equal(&p->party, account);
	if (of_account >= STORE_LISTENERS_ACCOUNT_MAX)
		return true;
	if (l->count < STORE_LISTENERS_LINK_MAX)
		return false;
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct listener *x = l->by_number[i]; x != NULL; x = x->next)
			of_link += x->link == link;
	return of_link >= STORE_LISTENERS_LINK_MAX;
}

int
store_listeners_enter(struct store_listeners *l, uint64_t link, uint64_t number, const struct id *account)
{
	struct listener **bucket = number_bucket(l, link, number), *x;
	int err = 0;

	pthread_mutex_lock(&l->lock);
	x = find(l, link, number);
	/* the number of another account's stream: a confused process, whose stream begins anew */
	if (x != NULL && !id_equal(&x->self.party, account)) {
		drop(l, x);
		x = NULL;
	}
	if (x != NULL) {
		x->is_woken = false;
	} else if (is_crowded(l, link, account)) {
		err = ERR_BUSY;
	} else {
		x = mem_alloc(sizeof(*x));
		*x = (struct listener){ .next = *bucket, .back = bucket, .link = link, .number = number };
		if (x->next != NULL)
			x->next->back = &x->next;
		*bucket = x;
		take_place(l, &x->self, x, account);
		l->count++;
	}
	pthread_mutex_unlock(&l->lock);
	return err;
}

static bool
has_just(const struct listener *x, const struct id *companies, size_t n)
{
	bool is_same = x->company_count == n;

	for (size_t i = 0; is_same && i < n; i++)
		is_same = id_equal(&x->companies[i].party, &companies[i]);
	return is_same;
}

void
store_listeners_set(struct store_listeners *l, uint64_t link, uint64_t number, const struct id *companies, size_t n)
{
	struct listener *x;

	pthread_mutex_lock(&l->lock);
	x = find(l, link, number);
	if (x != NULL && !has_just(x, companies, n)) {
		leave_companies(x);
		x->companies = n == 0 ? NULL : mem_alloc(n * sizeof(*x->companies));
		x->company_count = n;
		for (size_t i = 0; i < n; i++)
			take_place(l, &x->companies[i], x, &companies[i]);
	}
	pthread_mutex_unlock(&l->lock);
}

void
store_listeners_leave(struct store_listeners *l, uint64_t link, uint64_t number)
{
	struct listener *x;

	pthread_mutex_lock(&l->lock);
	x = find(l, link, number);
	if (x != NULL)
		drop(l, x);
	pthread_mutex_unlock(&l->lock);
}

void
store_listeners_link_gone(struct store_listeners *l, uint64_t link)
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct listener *x = l->by_number[i], *next; x != NULL; x = next) {
			next = x->next;
			if (x->link == link)
				drop(l, x);
		}
	pthread_mutex_unlock(&l->lock);
}

static void
tell(struct store_listeners *l, struct listener *x)
{
	Provision__EventWake wake = PROVISION__EVENT_WAKE__INIT;

	if (x->is_woken || l->store->server == NULL)
		return;
	x->is_woken = true;
	wake.listener = x->number;
	ipc_server_tell_link(l->store->server, x->link, IPC_EVENT_WAKE, &wake.base);
}

void
store_listeners_wake(struct store_listeners *l, const struct id *party)
{
	pthread_mutex_lock(&l->lock);
	for (struct place *p = *party_bucket(l, party); p != NULL; p = p->next)
		if (id_equal(&p->party, party))
			tell(l, p->owner);
	pthread_mutex_unlock(&l->lock);
}

struct wake {
	struct store_listeners *listeners;
	struct id party;
};

static int
wake_now(void *arg)
{
	const struct wake *w = arg;

	store_listeners_wake(w->listeners, &w->party);
	return 0;
}

void
store_listeners_wake_after(struct store *s, struct store_txn *tx, const struct id *party)
{
	struct wake *w;

	if (s->listeners == NULL)
		return;
	w = arena_alloc(store_txn_arena(tx), sizeof(*w));
	*w = (struct wake){ s->listeners, *party };
	store_txn_hook(tx, STORE_AFTER_COMMIT, wake_now, w);
}

uint32_t
store_listeners_count(struct store_listeners *l)
{
	pthread_mutex_lock(&l->lock);
	uint32_t n = l->count;
	pthread_mutex_unlock(&l->lock);
	return n;
}
