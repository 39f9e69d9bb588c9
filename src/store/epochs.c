/* SPDX-License-Identifier: MIT */
/*
 * Rows and data keys of epochs. Knows no request: handle_renew.c, handle_member.c and handle_company.c seal, handle_complete.c
 * says what waits, erase.c what waits no longer.
 */
#include "store/epochs.h"

#include "record/stored.pb-c.h"
#include "store/jobs.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/wire.h"
#include "trust/company.h"

#define NUMBER_BYTES 4

static struct store_key_name
key_of(const struct id *company, uint32_t number)
{
	return (struct store_key_name){ STORE_KEY_EPOCH, *company, number };
}

static struct store_rowkey
epoch_prefix(const struct id *company, uint32_t number)
{
	struct store_rowkey k = rowkey_of(id_view(company), view_of(NULL, 0));

	rowkey_add_number(&k, number, NUMBER_BYTES);
	return k;
}

static struct store_rowkey
epoch_row(const struct id *company, uint32_t number, const struct id *last)
{
	struct store_rowkey k = epoch_prefix(company, number);

	rowkey_add(&k, id_view(last));
	return k;
}

int
store_epochs_make(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number)
{
	struct store_key_name key = key_of(company, number);

	return store_keys_create(s->keys, tx, &key);
}

int
store_epochs_seal(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number,
    const struct id *holder, ProtobufCBinaryData sealed)
{
	struct store_rowkey row = epoch_row(company, number, holder);
	struct store_key_name key = key_of(company, number);
	Provision__StoredSealedEpoch r = PROVISION__STORED_SEALED_EPOCH__INIT;

	r.sealed = sealed;
	return store_records_put(s, tx, STORE_TABLE_SEALED_EPOCH, rowkey_view(&row), &key, &r.base);
}

void
store_epochs_unseal(struct store_txn *tx, const struct id *company, uint32_t number, const struct id *holder)
{
	struct store_rowkey row = epoch_row(company, number, holder);

	store_records_delete(tx, STORE_TABLE_SEALED_EPOCH, rowkey_view(&row));
}

int
store_epochs_sealed(struct store_call *c, const struct id *company, uint32_t number, const struct id *holder,
    ProtobufCBinaryData *sealed_r)
{
	struct store_rowkey row = epoch_row(company, number, holder);
	Provision__StoredSealedEpoch *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SEALED_EPOCH, rowkey_view(&row), &r);

	if (err == 0)
		*sealed_r = r->sealed;
	return err;
}

/* ---- ended epochs: their only row is under the nobody's id, and they come before the current one ---- */

int
store_epochs_older(struct store_call *c, const struct id *company, uint32_t current, struct store_epochs_list *list_r)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_SEALED_EPOCH, id_view(company), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	int err = 0;

	*list_r = (struct store_epochs_list){ .items = arena_alloc(c->arena, STORE_EPOCHS_OLDER_MAX * sizeof(*list_r->items)) };
	while (err == 0 && list_r->count < STORE_EPOCHS_OLDER_MAX && store_cursor_next(cursor, &key, &value)) {
		Provision__OlderEpoch *item;
		Provision__StoredSealedEpoch *r;
		uint32_t number = (uint32_t)rowkey_number(key, ID_BYTES, NUMBER_BYTES);
		if (number >= current)
			break;
		err = store_records_open(c->store, c->arena, STORE_TABLE_SEALED_EPOCH, key, value, &r);
		if (err != 0) {
			err = err == ERR_NOT_FOUND ? 0 : err;
			continue;
		}
		item = arena_alloc(c->arena, sizeof(*item));
		provision__older_epoch__init(item);
		item->number = number;
		item->sealed = r->sealed;
		list_r->items[list_r->count++] = item;
	}
	store_cursor_close(&cursor);
	return err;
}

/* Members are at most STORE_MEMBERS_MAX, so these rows are few. */
static void
unseal_all(struct store_txn *tx, const struct id *company, uint32_t number)
{
	struct store_rowkey epoch = epoch_prefix(company, number);
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_SEALED_EPOCH, rowkey_view(&epoch), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view row, value;

	while (store_cursor_next(c, &row, &value)) {
		struct store_rowkey k = rowkey_of(row, view_of(NULL, 0));
		store_records_delete(tx, STORE_TABLE_SEALED_EPOCH, rowkey_view(&k));
	}
	store_cursor_close(&c);
}

/* In the list of the request, or NULL. */
static const Provision__OlderEpoch *
find_older(const struct store_epochs_list *given, uint32_t number)
{
	for (size_t i = 0; i < given->count; i++)
		if (given->items[i]->number == number)
			return given->items[i];
	return NULL;
}

int
store_epochs_follow(struct store_call *c, const struct id *company, uint32_t current, const struct store_epochs_list *given)
{
	const struct id nobody = { { 0 } };
	struct store_epochs_list kept;
	const Provision__OlderEpoch *item = find_older(given, current);
	bool is_apply = !store_txn_is_view(c->tx);
	int err = store_epochs_older(c, company, current, &kept);

	if (err == 0 && kept.count == STORE_EPOCHS_OLDER_MAX)
		err = ERR_LIMIT;
	if (err == 0 && item == NULL)
		err = ERR_CONFLICT;
	for (size_t i = 0; err == 0 && i < kept.count; i++) {
		const Provision__OlderEpoch *again = find_older(given, kept.items[i]->number);
		if (again == NULL)
			err = ERR_CONFLICT;
		else if (is_apply)
			err = store_epochs_seal(c->store, c->tx, company, again->number, &nobody, again->sealed);
	}
	if (err != 0 || !is_apply)
		return err;
	unseal_all(c->tx, company, current);
	return store_epochs_seal(c->store, c->tx, company, current, &nobody, item->sealed);
}

/* ---- statements that are listed no longer ---- */

int
store_epochs_retire(struct store_call *c, const struct id *company, uint32_t number, ProtobufCBinaryData epoch, struct view root)
{
	struct store_rowkey row = epoch_prefix(company, number);
	struct store_key_name key = { STORE_KEY_COMPANY, *company, 0 };
	Provision__StoredPastEpoch r = PROVISION__STORED_PAST_EPOCH__INIT;

	r.epoch = epoch;
	r.root = wire_bytes(root);
	return store_records_put(c->store, c->tx, STORE_TABLE_PAST_EPOCH, rowkey_view(&row), &key, &r.base);
}

int
store_epochs_past(struct store_call *c, const struct id *company, uint32_t before, Provision__EpochListReply *reply)
{
	uint32_t number = before > TRUST_EPOCHS_MAX ? before - TRUST_EPOCHS_MAX : 1;
	int err = 0;

	reply->epochs = arena_alloc(c->arena, TRUST_EPOCHS_MAX * sizeof(*reply->epochs));
	reply->roots = arena_alloc(c->arena, TRUST_EPOCHS_MAX * sizeof(*reply->roots));
	for (; err == 0 && number < before; number++) {
		struct store_rowkey row = epoch_prefix(company, number);
		Provision__StoredPastEpoch *r;
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PAST_EPOCH, rowkey_view(&row), &r);
		if (err != 0)
			break;
		reply->epochs[reply->n_epochs++] = r->epoch;
		if (reply->n_roots == 0 || !view_equal(wire_view(r->root), wire_view(reply->roots[reply->n_roots - 1])))
			reply->roots[reply->n_roots++] = r->root;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* ---- what waits ---- */

void
store_epochs_use(struct store_txn *tx, const struct id *company, uint32_t number, const struct id *package)
{
	struct store_rowkey use = epoch_row(company, number, package), epoch = epoch_prefix(company, number);

	store_index_put(tx, STORE_TABLE_EPOCH_USE, rowkey_view(&use), view_of(NULL, 0));
	store_index_put(tx, STORE_TABLE_EPOCH_OF, id_view(package), rowkey_view(&epoch));
}

static bool
is_used(struct store_txn *tx, struct view epoch)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_EPOCH_USE, epoch, view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	bool found = store_cursor_next(c, &key, &value);

	store_cursor_close(&c);
	return found;
}

void
store_epochs_unuse(struct store *s, struct store_txn *tx, const struct id *package)
{
	struct store_rowkey use;
	struct buf epoch;

	buf_init(&epoch, ID_BYTES + NUMBER_BYTES);
	if (store_index_get(tx, STORE_TABLE_EPOCH_OF, id_view(package), &epoch) == 0) {
		use = rowkey_of(buf_view(&epoch), id_view(package));
		store_records_delete(tx, STORE_TABLE_EPOCH_USE, rowkey_view(&use));
		store_records_delete(tx, STORE_TABLE_EPOCH_OF, id_view(package));
		if (!is_used(tx, buf_view(&epoch)))
			store_jobs_put(s, tx, STORE_JOB_EPOCH_END, 0, buf_view(&epoch));
	}
	buf_deinit(&epoch);
}

void
store_epochs_end_soon(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number)
{
	struct store_rowkey epoch = epoch_prefix(company, number);

	store_jobs_put(s, tx, STORE_JOB_EPOCH_END, 0, rowkey_view(&epoch));
}

static int
erase(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number)
{
	struct store_key_name key = key_of(company, number);

	unseal_all(tx, company, number);
	return store_records_destroy_key(s, tx, &key);
}

int
store_epochs_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id company = rowkey_id(item->reference, 0);
	uint32_t number = (uint32_t)rowkey_number(item->reference, ID_BYTES, NUMBER_BYTES);
	struct arena *a = store_records_arena();
	Provision__StoredCompany *record;
	int err = store_records_get(s, tx, a, STORE_TABLE_COMPANY, id_view(&company), &record);

	if (err == 0 && record->epoch_number != number && !is_used(tx, item->reference))
		err = erase(s, tx, &company, number);
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}
