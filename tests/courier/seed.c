/* SPDX-License-Identifier: MIT */
/*
 * Puts notices into a state directory, for tests that want many of them without as many people:
 *   seed STATE_DIR MASTER_KEY_FILE COUNT
 * A company, and COUNT customers of it with a package that waits for each: as if it had just been sent, with the store's own
 * functions. Customer n is "Kunde n" with the address "n@kunde.example". No keys of theirs: nobody can log in.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "record/stored.pb-c.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/handlers.h"
#include "store/keys.h"
#include "store/notice.h"
#include "store/packages.h"
#include "store/records.h"
#include "store/recovery.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/wire.h"

#define AT_ONCE 200U

struct seed {
	struct store *store;
	struct id company;
	unsigned long next, end;
};

static uint8_t octet[1];

static int
put_party(struct seed *x, struct store_txn *tx, const struct id *id, const struct store_key_name *key, uint64_t inbox)
{
	Provision__StoredParty r = PROVISION__STORED_PARTY__INIT;
	r.inbox = inbox;
	return store_records_put(x->store, tx, STORE_TABLE_PARTY, id_view(id), key, &r.base);
}

static int
put_company(void *arg, struct store_txn *tx)
{
	struct seed *x = arg;
	struct store_key_name key = { STORE_KEY_COMPANY, x->company, 0 };
	Provision__StoredCompany r = PROVISION__STORED_COMPANY__INIT;
	r.slug = wire_str("kanzlei");
	r.name = wire_str("Kanzlei Müller & Söhne");
	r.contact = wire_str("office@kanzlei.example");
	r.locale = wire_str("de");
	int err = store_keys_create(x->store->keys, tx, &key);
	if (err == 0)
		err = store_records_put(x->store, tx, STORE_TABLE_COMPANY, id_view(&x->company), &key, &r.base);
	return err == 0 ? put_party(x, tx, &x->company, &key, 0) : err;
}

static int
put_account(struct seed *x, struct store_txn *tx, struct arena *a, const struct id *account)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	Provision__StoredAccount r = PROVISION__STORED_ACCOUNT__INIT;
	struct hash any = { { 0 } };
	r.email = wire_str(arena_printf(a, "%lu@kunde.example", x->next));
	r.first_name = wire_str("Kunde");
	r.last_name = wire_str(arena_printf(a, "%lu", x->next));
	r.locale = wire_str(x->next % 2 == 0 ? "de" : "en");
	r.time_zone = wire_str("Europe/Berlin");
	r.auth_hash = r.recovery_auth_hash = wire_of_hash(&any);
	r.statement = r.wrapped_keys = r.recovery_wrapped_keys = (ProtobufCBinaryData){ 1, octet };
	r.memory_kib = r.passes = 1;
	int err = store_keys_create(x->store->keys, tx, &key);
	if (err == 0)
		err = store_records_put(x->store, tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &r.base);
	return err == 0 ? put_party(x, tx, account, &key, 1) : err;
}

static int
put_package(struct seed *x, struct store_txn *tx, const struct id *subscription, const struct id *author)
{
	uint64_t now_ms = store_clock_guard_now_ms(x->store->clock);
	Provision__StoredPackage r = PROVISION__STORED_PACKAGE__INIT;
	Provision__StoredPart parts[3], *list[3];
	struct id package = id_random();
	struct hash any = { { 0 } };
	for (size_t i = 0; i < 3; i++) {
		provision__stored_part__init(&parts[i]);
		list[i] = &parts[i];
	}
	r.subscription = wire_of_id(subscription);
	r.state = PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING;
	r.is_from_company = true;
	r.author = wire_of_id(author);
	r.created_ms = r.completed_ms = now_ms;
	r.expires_ms = now_ms + 30 * CLOCK_DAY_MS;
	r.n_parts = 3;
	r.parts = list;
	r.header_hash = wire_of_hash(&any);
	int err = store_packages_day(x->store, tx, NULL, subscription, clock_day(now_ms));
	if (err == 0)
		err = store_packages_put(x->store, tx, &package, &r);
	return err == 0 ? store_notice_package(x->store, tx, &package, &r) : err;
}

static int
put_some(void *arg, struct store_txn *tx)
{
	struct seed *x = arg;
	int err = 0;
	for (unsigned i = 0; i < AT_ONCE && x->next < x->end && err == 0; i++, x->next++) {
		struct arena *a = arena_new(1 << 16);
		struct id account = id_random(), subscription;
		err = put_account(x, tx, a, &account);
		if (err == 0)
			err = store_subscription_make(x->store, tx, &account, &x->company, &subscription);
		if (err == 0)
			err = put_package(x, tx, &subscription, &account);
		arena_free(&a);
	}
	return err;
}

static struct secret *
read_key(const char *path)
{
	struct buf key;
	buf_init(&key, CRYPT_KEY_BYTES);
	int err = file_read(AT_FDCWD, path, &key);
	require(err == 0);
	struct secret *s = secret_from_view(buf_view(&key));
	buf_wipe(&key);
	buf_deinit(&key);
	return s;
}

int
main(int argc, char **argv)
{
	require(argc == 4 && crypt_init() == 0);
	log_init("seed", LOG_WARNING, false);
	struct store_options o = { .state_path = argv[1], .master = read_key(argv[2]) };
	struct seed x = { .company = id_random(), .next = 0, .end = strtoul(argv[3], NULL, 10) };
	o.due_kinds = store_handlers_due_kinds(&o.due_kind_count);
	require(store_recovery_open(&o, &x.store) == 0 && store_service_open(x.store, &x.store->service) == 0);
	store_recovery_start(x.store);
	int err = store_committer_run(x.store->committer, put_company, &x);
	while (err == 0 && x.next < x.end)
		err = store_committer_run(x.store->committer, put_some, &x);
	require(err == 0);
	store_recovery_stop(x.store);
	store_service_close(&x.store->service);
	store_recovery_close(&x.store);
	return 0;
}
