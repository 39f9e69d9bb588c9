/* SPDX-License-Identifier: MIT */
/*
 * Which message lies in which table. Knows the vault, not what any record means. All handlers and jobs call it.
 */
#include "store/records.h"

#include <string.h>

#include "base/fatal.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/jobs.h"
#include "store/vault.h"

static const ProtobufCMessageDescriptor *const types[STORE_TABLE_COUNT] = {
	[STORE_TABLE_ACCOUNT] = &provision__stored_account__descriptor,
	[STORE_TABLE_PINS] = &provision__stored_pins__descriptor,
	[STORE_TABLE_SESSION] = &provision__stored_session__descriptor,
	[STORE_TABLE_NONCE] = &provision__stored_nonce__descriptor,
	[STORE_TABLE_REGISTRATION] = &provision__stored_registration__descriptor,
	[STORE_TABLE_COMPANY] = &provision__stored_company__descriptor,
	[STORE_TABLE_MEMBER] = &provision__stored_member__descriptor,
	[STORE_TABLE_INVITATION] = &provision__stored_invitation__descriptor,
	[STORE_TABLE_SUBSCRIPTION] = &provision__stored_subscription__descriptor,
	[STORE_TABLE_PARTY] = &provision__stored_party__descriptor,
	[STORE_TABLE_EVENT] = &provision__stored_event__descriptor,
	[STORE_TABLE_PACKAGE] = &provision__stored_package__descriptor,
	[STORE_TABLE_HEADER] = &provision__stored_header__descriptor,
	[STORE_TABLE_FILES] = &provision__stored_file_page__descriptor,
	[STORE_TABLE_UPLOAD] = &provision__stored_upload__descriptor,
	[STORE_TABLE_PROVENANCE] = &provision__stored_provenance__descriptor,
	[STORE_TABLE_SEALED_EPOCH] = &provision__stored_sealed_epoch__descriptor,
	[STORE_TABLE_CUSTOMER_INVITATION] = &provision__stored_customer_invitation__descriptor,
	[STORE_TABLE_ADDRESS_CHANGE] = &provision__stored_address_change__descriptor,
	[STORE_TABLE_PAST_EPOCH] = &provision__stored_past_epoch__descriptor,
	[STORE_TABLE_RESET] = &provision__stored_reset__descriptor,
	[STORE_TABLE_REPEAT] = &provision__stored_repeat__descriptor,
	[STORE_TABLE_TOTP] = &provision__stored_totp__descriptor,
	[STORE_TABLE_APP_PASSWORD] = &provision__stored_app_password__descriptor,
	[STORE_TABLE_SUPPORT] = &provision__stored_support__descriptor,
	[STORE_TABLE_PIN_PAGE] = &provision__stored_pin_page__descriptor,
	[STORE_TABLE_READ_STATE] = &provision__stored_read_state__descriptor,
	[STORE_TABLE_MAIL] = &provision__stored_mail__descriptor,
};

struct arena *
store_records_arena(void)
{
	return arena_new(STORE_CALL_ARENA_MAX);
}

bool
store_records_is_sealed(enum store_table table)
{
	return types[table] != NULL;
}

static const ProtobufCMessageDescriptor *
type_of(enum store_table table)
{
	require((unsigned)table < STORE_TABLE_COUNT && types[table] != NULL);
	return types[table];
}

/* A record whose key is gone is not there for anybody. One that is damaged was logged; for whoever asks it is our failure. */
static int
give(int err, ProtobufCMessage *record, void *record_r)
{
	if (err != 0)
		record = NULL;
	memcpy(record_r, &record, sizeof(record));
	return err == ERR_ERASED ? ERR_NOT_FOUND : err == ERR_CRYPTO ? ERR_IO : err;
}

int
store_records_get(struct store *s, struct store_txn *tx, struct arena *a, enum store_table table, struct view key,
    void *record_r)
{
	ProtobufCMessage *record = NULL;
	int err = store_vault_get(s->vault, tx, table, key, type_of(table), a, &record);

	return give(err, record, record_r);
}

int
store_records_open(struct store *s, struct arena *a, enum store_table table, struct view key, struct view value,
    void *record_r)
{
	ProtobufCMessage *record = NULL;
	int err = store_vault_open_value(s->vault, table, key, value, type_of(table), a, &record);

	return give(err, record, record_r);
}

int
store_records_put(struct store *s, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *name, const struct ProtobufCMessage *record)
{
	require(record->descriptor == type_of(table));
	return store_vault_put(s->vault, tx, table, key, name, 1, record);
}

int
store_records_put2(struct store *s, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *a, const struct store_key_name *b, const struct ProtobufCMessage *record)
{
	struct store_key_name names[2] = { *a, *b };

	require(record->descriptor == type_of(table));
	return store_vault_put(s->vault, tx, table, key, names, 2, record);
}

void
store_records_delete(struct store_txn *tx, enum store_table table, struct view key)
{
	int err = store_index_delete(tx, table, key);

	require(err == 0 || err == ERR_NOT_FOUND);
}

int
store_records_get_id(struct store_txn *tx, enum store_table table, struct view key, struct id *id_r)
{
	struct buf value;
	int err;

	buf_init(&value, ID_BYTES);
	err = store_index_get(tx, table, key, &value);
	if (err == 0)
		err = id_from_view(buf_view(&value), id_r);
	buf_deinit(&value);
	return err;
}

void
store_records_put_id(struct store_txn *tx, enum store_table table, struct view key, const struct id *id)
{
	store_index_put(tx, table, key, id_view(id));
}

int
store_records_destroy_key(struct store *s, struct store_txn *tx, const struct store_key_name *name)
{
	int err = store_keys_destroy(s->keys, tx, name);

	if (err == ERR_NOT_FOUND)
		return 0;
	if (err == 0)
		store_jobs_forget_key(s, tx, name);
	return err;
}

int
store_records_end(struct store *s, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *own)
{
	store_records_delete(tx, table, key);
	return store_records_destroy_key(s, tx, own);
}

uint32_t
store_records_count(struct store_txn *tx, enum store_table table, struct view prefix)
{
	struct store_cursor *cursor = store_cursor_open_prefix(tx, table, prefix, view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	uint32_t n = 0;

	while (n < UINT32_MAX && store_cursor_next(cursor, &key, &value))
		n++;
	store_cursor_close(&cursor);
	return n;
}
