/* SPDX-License-Identifier: MIT */
/*
 * Walks the rows "membership" of an account. Knows who is an owner, not how a member is taken out (handle_renew.c). Called where an
 * account loses its keys, is reset or deleted.
 */
#include "store/membership.h"

#include "record/stored.pb-c.h"
#include "store/handle.h"
#include "store/records.h"
#include "store/rowkey.h"

#define OWNER PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER

int
store_membership_each(struct store_call *c, const struct id *account,
    int (*fn)(struct store_call *c, const struct id *company, const struct id *account, void *arg), void *arg)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_MEMBERSHIP, id_view(account),
	    view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		struct id company = rowkey_id(key, ID_BYTES);
		err = fn(c, &company, account, arg);
	}
	store_cursor_close(&cursor);
	return err;
}

bool
store_membership_has_other_owner(struct store_call *c, const struct id *company, const struct id *account)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_MEMBER, id_view(company), view_of(NULL, 0),
	    STORE_FORWARD);
	struct arena *scratch = store_records_arena();
	struct view key, value;
	bool found = false;

	while (!found && store_cursor_next(cursor, &key, &value)) {
		struct id id = rowkey_id(key, ID_BYTES);
		Provision__StoredMember *r;
		arena_reset(scratch);
		if (!id_equal(&id, account) && store_records_open(c->store, scratch, STORE_TABLE_MEMBER, key, value, &r) == 0)
			found = r->role == OWNER;
	}
	arena_free(&scratch);
	store_cursor_close(&cursor);
	return found;
}

static int
check_one(struct store_call *c, const struct id *company, const struct id *account, void *arg)
{
	struct store_rowkey key = rowkey_ids(company, account);
	Provision__StoredMember *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_MEMBER, rowkey_view(&key), &r);

	(void)arg;
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	return r->role == OWNER && !store_membership_has_other_owner(c, company, account) ? ERR_STATE : 0;
}

int
store_membership_check_owner(struct store_call *c, const struct id *account)
{
	return store_membership_each(c, account, check_one, NULL);
}

static int
end_one(struct store_call *c, const struct id *company, const struct id *account, void *arg)
{
	uint64_t *count = arg;
	int err = handle_renew_take_out(c, company, account);

	(*count)++;
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
store_membership_end_all(struct store_call *c, const struct id *account, uint64_t *count)
{
	return store_membership_each(c, account, end_one, count);
}
