/* SPDX-License-Identifier: MIT */
/*
 * Two sorted lists over one set of rows. Knows which row is meant, not what it is good for. cli/whom.c calls it for one, cli/batch.c
 * for all rows of a batch.
 */
#include "cli/directory.h"

#include <stdlib.h>

#include "cli/pages.h"
#include "cli/server.h"

struct list {
	const Provision__SubscriptionRow **rows;
	size_t count;
};

struct cli_directory {
	struct list by_number, by_reference;   /* the second: active ones that have one */
};

static bool
is_active(const Provision__SubscriptionRow *row)
{
	return row->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE;
}

/* An active one comes first. */
static int
compare_numbers(const void *a, const void *b)
{
	const Provision__SubscriptionRow *x = *(const Provision__SubscriptionRow *const *)a, *y = *(const Provision__SubscriptionRow *const *)b;
	int order = view_compare(cli_server_view(x->number), cli_server_view(y->number));
	return order != 0 ? order : (int)is_active(y) - (int)is_active(x);
}

static int
compare_references(const void *a, const void *b)
{
	const Provision__SubscriptionRow *x = *(const Provision__SubscriptionRow *const *)a, *y = *(const Provision__SubscriptionRow *const *)b;
	return view_compare(cli_server_view(x->reference), cli_server_view(y->reference));
}

int
cli_directory_load(struct cli_session *s, const Provision__MembershipRow *membership, struct cli_directory **d_r)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	struct cli_directory *d = arena_alloc(s->call->arena, sizeof(*d));
	struct list *all = &d->by_number, *named = &d->by_reference;
	m.slug = membership->company->slug;
	int err = cli_pages_all(s, "listCustomers", &m.base, 0, &all->rows, &all->count);
	if (err != 0)
		return err;
	named->rows = arena_alloc(s->call->arena, (all->count + 1) * sizeof(named->rows[0]));
	for (size_t i = 0; i < all->count; i++)
		if (is_active(all->rows[i]) && all->rows[i]->reference.len > 0)
			named->rows[named->count++] = all->rows[i];
	if (all->count > 0)
		qsort(all->rows, all->count, sizeof(all->rows[0]), compare_numbers);
	qsort(named->rows, named->count, sizeof(named->rows[0]), compare_references);
	*d_r = d;
	return 0;
}

/* The first row whose field is not before v. */
static size_t
first_of(const struct list *l, ProtobufCBinaryData (*field)(const Provision__SubscriptionRow *row), struct view v)
{
	size_t low = 0, high = l->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (view_compare(cli_server_view(field(l->rows[middle])), v) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static ProtobufCBinaryData
number_of(const Provision__SubscriptionRow *row)
{
	return row->number;
}

static ProtobufCBinaryData
reference_of(const Provision__SubscriptionRow *row)
{
	return row->reference;
}

/* How many rows have it, two at most. */
static size_t
look(const struct list *l, ProtobufCBinaryData (*field)(const Provision__SubscriptionRow *row), struct view v,
    const Provision__SubscriptionRow **row_r)
{
	size_t n = 0;
	for (size_t i = first_of(l, field, v); i < l->count && n < 2 && view_equal(cli_server_view(field(l->rows[i])), v); i++)
		if (n++ == 0)
			*row_r = l->rows[i];
	return n;
}

int
cli_directory_find(struct cli_session *s, const struct cli_directory *d, const char *typed, const Provision__SubscriptionRow **row_r)
{
	const char *shown = tool_verb_safe(s->call, view_str(typed));
	if (look(&d->by_number, number_of, view_str(typed), row_r) > 0)
		return 0;
	size_t n = look(&d->by_reference, reference_of, view_str(typed), row_r);
	if (n > 1)
		return tool_verb_fail(s->call, ERR_USAGE, "several customers have the reference %s: use the customer number", shown);
	return n == 1 ? 0 : tool_verb_fail(s->call, ERR_NOT_FOUND, "there is no customer %s (see: provision customers)", shown);
}
