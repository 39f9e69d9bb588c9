/* SPDX-License-Identifier: MIT */
/*
 * Asking for a mailed code: limits, data key, code, mail. Knows neither what the code opens nor whose address it is. Handlers of
 * registrations, resets and new addresses call it.
 */
#include "store/mailed.h"

#include "base/clock.h"
#include "store/address.h"
#include "store/code.h"
#include "store/limiter.h"
#include "store/mailqueue.h"
#include "store/records.h"
#include "store/service.h"
#include "store/wire.h"

bool
store_mailed_allows(struct store_call *c, const struct hash *address, struct view client)
{
	struct store_limiter *l = store_service_limiter(c->store->service);
	struct view mailbox = crypt_hash_view(address);

	return store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, mailbox, client, clock_mono_ms()) == 0 &&
	    store_limiter_take(l, STORE_LIMIT_REGISTER_MAILBOX, mailbox, view_of(NULL, 0), clock_mono_ms()) == 0;
}

int
store_mailed_check(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData email)
{
	struct view client = store_limiter_client(wire_view(caller->address));
	struct store_mailed *asked = arena_alloc(c->arena, sizeof(*asked));
	struct mail_address_text address;
	int err = store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_REGISTER, view_of(NULL, 0), client,
	    clock_mono_ms());

	if (err == 0)
		err = store_call_blame(c, "email", store_address_parse(wire_view(email), &address));
	if (err != 0)
		return err;
	asked->address = store_address_hash(c->store, &address);
	asked->is_mailed = store_mailed_allows(c, &asked->address, client);
	c->state = asked;
	return 0;
}

struct store_key_name
store_mailed_key(const struct id *id)
{
	return (struct store_key_name){ STORE_KEY_REGISTRATION, *id, 0 };
}

int
store_mailed_begin(struct store_call *c, const struct id *id, Provision__StoredMail *mail, struct view *code_r)
{
	const struct store_mailed *asked = c->state;
	struct store_key_name key = store_mailed_key(id);
	char *code = arena_alloc(c->arena, STORE_CODE_CHARS + 1);
	int err = store_keys_create(c->store->keys, c->tx, &key);

	if (err == 0 && asked->is_mailed)
		err = store_mailqueue_add(c->store, c->tx, mail);
	store_code_make(code);
	*code_r = view_str(code);
	return err;
}

int
store_mailed_end(struct store *s, struct store_txn *tx, enum store_table table, const struct id *id)
{
	struct store_key_name key = store_mailed_key(id);

	return store_records_end(s, tx, table, id_view(id), &key);
}
