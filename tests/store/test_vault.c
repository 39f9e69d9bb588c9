/* SPDX-License-Identifier: MIT */
/*
 * Sealed records: they come back, only in their place, only while all their keys live; nothing of them lies open.
 */
#include "config.h"

#include "store/rig.h"

#include <string.h>

#include "record/common.pb-c.h"
#include "store/vault.h"

static const struct store_key_name sub = { STORE_KEY_SUBSCRIPTION, { { 1 } }, 0 };
static const struct store_key_name day = { STORE_KEY_SUBSCRIPTION_DAY, { { 1 } }, 20000 };

struct write {
	struct rig *rig;
	struct view key;
	size_t names;
	size_t length;
	bool is_insert;
};

static int
make_keys(void *arg, struct store_txn *tx)
{
	struct rig *r = arg;
	int err = store_keys_create(r->store->keys, tx, &sub);
	return err != 0 ? err : store_keys_create(r->store->keys, tx, &day);
}

static int
write_record(void *arg, struct store_txn *tx)
{
	struct write *w = arg;
	struct store_key_name names[] = { sub, day };
	Provision__Caller m = PROVISION__CALLER__INIT;
	static uint8_t agent[256];
	memset(agent, 'A', sizeof(agent));
	m.user_agent.data = agent;
	m.user_agent.len = w->length;
	return (w->is_insert ? store_vault_insert : store_vault_put)(w->rig->store->vault, tx, STORE_TABLE_SPOOL, w->key,
	    names, w->names, &m.base);
}

/* Length of what is read back, or the error. */
static int
read_record(struct rig *r, enum store_table table, struct view key)
{
	struct arena *a = arena_new(1 << 16);
	struct ProtobufCMessage *m = NULL;
	struct store_txn *tx = store_txn_view(r->store->index);
	int err = store_vault_get(r->store->vault, tx, table, key, &provision__caller__descriptor, a, &m);
	int len = err != 0 ? err : (int)((Provision__Caller *)m)->user_agent.len;
	store_txn_abort(&tx);
	arena_free(&a);
	return len;
}

static void
write_one(struct rig *r, const char *key, size_t names, size_t length)
{
	struct write w = { r, view_str(key), names, length, false };
	assert_int_equal(RIG_RUN(r, write_record, &w), 0);
}

static void
test_round_trip(void **state)
{
	struct rig *r = *state;
	assert_int_equal(RIG_RUN(r, make_keys, r), 0);
	for (size_t length = 0; length <= 256; length += 32) {
		write_one(r, "one", 1, length);
		write_one(r, "two", 2, length);
		assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("one")), length);
		assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("two")), length);
	}
	assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("none")), ERR_NOT_FOUND);
	struct write again = { r, VIEW_LIT("one"), 1, 5, true };
	assert_int_equal(RIG_RUN(r, write_record, &again), ERR_EXISTS);
	rig_restart(r);
	assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("two")), 256);
}

static void
raw_value(struct rig *r, enum store_table table, struct view key, struct buf *out)
{
	struct store_txn *tx = store_txn_view(r->store->index);
	assert_int_equal(store_index_get(tx, table, key, out), 0);
	store_txn_abort(&tx);
}

struct copy {
	enum store_table table;
	struct view key;
	struct buf value;
};

static int
put_copy(void *arg, struct store_txn *tx)
{
	struct copy *c = arg;
	store_index_put(tx, c->table, c->key, buf_view(&c->value));
	return 0;
}

/* Moved to another key or table, or changed in any byte, it does not open. */
static void
test_place_and_bytes(void **state)
{
	struct rig *r = *state;
	struct copy c = { STORE_TABLE_SPOOL, VIEW_LIT("two"), { 0 } };
	assert_int_equal(RIG_RUN(r, make_keys, r), 0);
	write_one(r, "one", 2, 10);
	buf_init(&c.value, 4096);
	raw_value(r, STORE_TABLE_SPOOL, VIEW_LIT("one"), &c.value);
	assert_int_equal(RIG_RUN(r, put_copy, &c), 0);
	assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("two")), ERR_CRYPTO);
	c.table = STORE_TABLE_META;
	c.key = VIEW_LIT("one");
	assert_int_equal(RIG_RUN(r, put_copy, &c), 0);
	assert_int_equal(read_record(r, STORE_TABLE_META, VIEW_LIT("one")), ERR_CRYPTO);
	c.table = STORE_TABLE_SPOOL;
	for (size_t i = 0; i < c.value.len; i += 3) {
		c.value.data[i] ^= 1;
		assert_int_equal(RIG_RUN(r, put_copy, &c), 0);
		int rc = read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("one"));
		assert_true(rc == ERR_CRYPTO || rc == ERR_ERASED);
		c.value.data[i] ^= 1;
	}
	size_t whole = c.value.len;
	for (c.value.len = 0; c.value.len < whole; c.value.len += 7) {
		assert_int_equal(RIG_RUN(r, put_copy, &c), 0);
		assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("one")), ERR_CRYPTO);
	}
	buf_deinit(&c.value);
}

static void
test_nothing_lies_open(void **state)
{
	struct rig *r = *state;
	struct buf a, b;
	buf_init(&a, 4096);
	buf_init(&b, 4096);
	assert_int_equal(RIG_RUN(r, make_keys, r), 0);
	write_one(r, "one", 1, 30);
	write_one(r, "two", 1, 55);
	raw_value(r, STORE_TABLE_SPOOL, VIEW_LIT("one"), &a);
	raw_value(r, STORE_TABLE_SPOOL, VIEW_LIT("two"), &b);
	assert_null(memmem(a.data, a.len, "AAAA", 4));
	assert_int_equal(a.len, b.len);     /* padded */
	buf_deinit(&a);
	buf_deinit(&b);
}

static int
destroy_day(void *arg, struct store_txn *tx)
{
	return store_keys_destroy(((struct rig *)arg)->store->keys, tx, &day);
}

static int
destroy_sub(void *arg, struct store_txn *tx)
{
	return store_keys_destroy(((struct rig *)arg)->store->keys, tx, &sub);
}

static void
test_erasure(void **state)
{
	struct rig *r = *state;
	assert_int_equal(RIG_RUN(r, make_keys, r), 0);
	write_one(r, "one", 1, 10);
	write_one(r, "two", 2, 10);
	assert_int_equal(RIG_RUN(r, destroy_day, r), 0);
	assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("one")), 10);
	assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("two")), ERR_ERASED);
	struct write w = { r, VIEW_LIT("three"), 2, 1, false };
	assert_int_equal(RIG_RUN(r, write_record, &w), ERR_ERASED);
	assert_int_equal(RIG_RUN(r, destroy_sub, r), 0);
	assert_int_equal(read_record(r, STORE_TABLE_SPOOL, VIEW_LIT("one")), ERR_ERASED);
}

static void
test_service(void **state)
{
	struct rig *r = *state;
	struct hash a = store_vault_lookup(r->store->vault, "address", VIEW_LIT("anna@example.org"));
	struct hash b = store_vault_lookup(r->store->vault, "session", VIEW_LIT("anna@example.org"));
	struct secret *k = store_vault_service_key(r->store->vault, "provision/1/store/test");
	assert_false(crypt_hash_equal(&a, &b));
	rig_restart(r);
	struct hash c = store_vault_lookup(r->store->vault, "address", VIEW_LIT("anna@example.org"));
	struct secret *l = store_vault_service_key(r->store->vault, "provision/1/store/test");
	struct secret *other = store_vault_service_key(r->store->vault, "provision/1/store/other");
	assert_true(crypt_hash_equal(&a, &c));
	assert_true(view_equal(secret_view(k), secret_view(l)));
	assert_false(view_equal(secret_view(k), secret_view(other)));
	secret_free(&k);
	secret_free(&l);
	secret_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_place_and_bytes, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_nothing_lies_open, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_erasure, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_service, rig_setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
