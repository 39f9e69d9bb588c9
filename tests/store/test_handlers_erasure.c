/* SPDX-License-Identifier: MIT */
/*
 * Reset and deletion (E3, A9, A13, B2, E5): what goes for whom, what stays, the receipt; and that a copy of every record from before
 * opens no more with all keys that are left.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "record/erasure.pb-c.h"
#include "record/stored.pb-c.h"
#include "record/support.pb-c.h"
#include "store/desk_second.h"
#include "store/entries.h"
#include "store/parcel_cast.h"
#include "store/pins.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/vault.h"
#include "trust/erasure.h"

#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_##name
#define PINS "pins of the new store"
#define PAGE "its only page"
#define COPIES_MAX 2000

/* ---- asking ---- */

static uint64_t
pins_version(struct cast *c, const struct person *p)
{
	Provision__PinsGet m = PROVISION__PINS_GET__INIT;
	Provision__PinsGetReply *reply;

	m.caller = desk_caller(c->d, p);
	assert_int_equal(desk_web(c->d, IPC_PINS_GET, &m.base, &reply), 0);
	return reply->version;
}

static int
ask_reset(struct cast *c, const struct person *p, Provision__ErasureReply **reply_r)
{
	struct view parameters[] = { VIEW_LIT(PINS), VIEW_LIT(PAGE) };
	Provision__AccountReset m = PROVISION__ACCOUNT_RESET__INIT;

	m.caller = desk_caller(c->d, p);
	m.proof = desk_proof(c->d, p, "account-reset", parameters, 2);
	m.pins = wire_bytes(parameters[0]);
	m.pin_page = wire_bytes(parameters[1]);
	m.pins_version = pins_version(c, p) + 1;
	return desk_web(c->d, IPC_ACCOUNT_RESET, &m.base, reply_r);
}

static int
ask_delete(struct cast *c, const struct person *p, Provision__ErasureReply **reply_r)
{
	Provision__AccountDelete m = PROVISION__ACCOUNT_DELETE__INIT;

	m.caller = desk_caller(c->d, p);
	m.proof = desk_proof(c->d, p, "account-delete", NULL, 0);
	return desk_web(c->d, IPC_ACCOUNT_DELETE, &m.base, reply_r);
}

static int
ask_operator(struct cast *c, const struct person *p, bool deletes, Provision__ErasureReply **reply_r)
{
	Provision__AccountErase m = PROVISION__ACCOUNT_ERASE__INIT;

	m.email = wire_str(p->email);
	m.deletes = deletes;
	return desk_ask(c->d, IPC_ROLE_CTL, IPC_ACCOUNT_ERASE, &m.base, reply_r);
}

static struct trust_erasure
receipt_of(struct cast *c, const Provision__ErasureReply *reply)
{
	struct trust_erasure r;

	assert_int_equal(trust_erasure_parse(wire_view(reply->receipt), &r), 0);
	assert_true(crypt_sign_public_equal(&r.key, store_service_sign_public(c->d->rig->store->service)));
	assert_string_equal(r.service, "localhost");
	return r;
}

static uint64_t
gone(const struct trust_erasure *r, enum trust_erasure_kind kind)
{
	return trust_erasure_value(&r->gone, (uint8_t)kind);
}

/* ---- having something ---- */

static int
say(struct cast *c, const struct person *who, const struct id *subscription, bool as_company, const char *text)
{
	Provision__MessageCreate m = PROVISION__MESSAGE_CREATE__INIT;
	struct id id;

	crypt_random(id.bytes, ID_BYTES);
	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(subscription);
	m.message = wire_of_id(&id);
	m.as_company = as_company;
	m.text = wire_str(text);
	return desk_web(c->d, IPC_MESSAGE_CREATE, &m.base, NULL);
}

static int
history(struct cast *c, const struct person *who, const struct id *subscription, Provision__HistoryListReply **reply_r)
{
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;

	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(subscription);
	m.limit = 50;
	return desk_web(c->d, IPC_HISTORY_LIST, &m.base, reply_r);
}

static size_t
support_requests(struct cast *c, const struct person *p)
{
	Provision__SupportList m = PROVISION__SUPPORT_LIST__INIT;
	Provision__SupportListReply *reply;

	m.caller = desk_caller(c->d, p);
	assert_int_equal(desk_web(c->d, IPC_SUPPORT_LIST, &m.base, &reply), 0);
	return reply->n_items;
}

/* Texts, packages in every state, read state, codes under way. */
static void
fill(struct cast *c)
{
	Provision__AddressCreate address = PROVISION__ADDRESS_CREATE__INIT;
	Provision__ResetCreate forgotten = PROVISION__RESET_CREATE__INIT;
	Provision__ReadStatePut read = PROVISION__READ_STATE_PUT__INIT;
	Provision__SupportCreate support = PROVISION__SUPPORT_CREATE__INIT;
	struct desk_parcel waiting, received, arriving;

	assert_int_equal(say(c, &c->anna, &c->subscription, false, "by anna"), 0);
	assert_int_equal(say(c, &c->agent, &c->subscription, true, "to anna"), 0);
	assert_int_equal(say(c, &c->agent, &c->other_subscription, true, "to berta"), 0);
	to_company(c, &waiting);
	desk_parcel_send(c->d, &waiting);
	to_customer(c, &received);
	desk_parcel_send(c->d, &received);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &received.package, desk_parcel_fetch(c->d, &received)), 0);
	to_company(c, &arriving);
	assert_int_equal(desk_parcel_create(c->d, &arriving), 0);
	desk_parcel_part(c->d, &arriving, 2);
	address.caller = forgotten.caller = read.caller = support.caller = desk_caller(c->d, &c->anna);
	address.email = wire_str("annas.neue@example.org");
	assert_int_equal(desk_web(c->d, IPC_ADDRESS_CREATE, &address.base, NULL), 0);
	forgotten.email = wire_str(c->anna.email);
	assert_int_equal(desk_web(c->d, IPC_RESET_CREATE, &forgotten.base, NULL), 0);
	support.text = wire_str("a question to the operator");
	assert_int_equal(desk_web(c->d, IPC_SUPPORT_CREATE, &support.base, NULL), 0);
	read.subscription = wire_of_id(&c->subscription);
	read.sequence = 3;
	assert_int_equal(desk_web(c->d, IPC_READ_STATE_PUT, &read.base, NULL), 0);
	desk_parcel_deinit(&waiting);
	desk_parcel_deinit(&received);
	desk_parcel_deinit(&arriving);
}

static int
filled_setup(void **state)
{
	int err = setup(state);

	fill(*state);
	return err;
}

/* Mails of a kind among those that wait; all are taken. */
static const Provision__MailJob *
take_mail(struct cast *c, Provision__MailKind kind)
{
	const Provision__MailJob *found = NULL;
	Provision__MailLeaseReply *mails;

	while ((mails = desk_mails(c->d)) != NULL) {
		for (size_t i = 0; i < mails->n_jobs; i++)
			if (mails->jobs[i]->kind == kind)
				found = mails->jobs[i];
		desk_mails_sent(c->d, mails);
	}
	return found;
}

/* ---- the attack: a copy of every record from before ---- */

struct copy {
	enum store_table table;
	struct store_rowkey key;
	struct view value;
	bool opened;
};

struct copies {
	struct arena *arena;
	struct copy items[COPIES_MAX];
	size_t count, opened;
};

/* With all keys the store has now. */
static bool
opens(struct cast *c, const struct copy *copy)
{
	struct ProtobufCMessage *record = NULL;
	struct arena *a = store_records_arena();
	int err = store_records_open(c->d->rig->store, a, copy->table, rowkey_view(&copy->key), copy->value, &record);

	arena_free(&a);
	assert_true(err == 0 || err == ERR_NOT_FOUND);
	return err == 0;
}

static bool
is_sealed(enum store_table table, struct view value)
{
	static const enum store_table plain[] = { STORE_TABLE_META, STORE_TABLE_KEYS, STORE_TABLE_SPOOL, STORE_TABLE_DUE };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i] == table)
			return false;
	return value.len > 60 && value.data[0] == 1 && (value.data[1] == 1 || value.data[1] == 2);
}

static void
copy_table(struct cast *c, enum store_table table, struct copies *copies)
{
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	struct store_cursor *cursor = store_cursor_open_prefix(tx, table, view_of(NULL, 0), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;

	while (store_cursor_next(cursor, &key, &value)) {
		struct copy *copy = &copies->items[copies->count];
		if (!is_sealed(table, value))
			continue;
		assert_in_range(copies->count, 0, COPIES_MAX - 1);
		*copy = (struct copy){ .table = table, .key = rowkey_of(key, view_of(NULL, 0)), .value = arena_dup(copies->arena, value) };
		copy->opened = opens(c, copy);
		copies->opened += copy->opened;
		copies->count++;
	}
	store_cursor_close(&cursor);
	store_txn_abort(&tx);
}

static void
copy_all(struct cast *c, struct copies *copies)
{
	copies->count = copies->opened = 0;
	for (enum store_table table = 0; table < STORE_TABLE_COUNT; table++)
		copy_table(c, table, copies);
}

/* Whether a record lies or lay under a data key of the kind and owner. */
static bool
is_under(struct cast *c, const struct copy *copy, enum store_key_kind kind, const struct id *owner)
{
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	struct store_key_name names[STORE_VAULT_KEYS_MAX];
	bool found = false;
	size_t n;

	(void)store_vault_is_erased(c->d->rig->store->vault, tx, copy->value, names, &n);
	for (size_t i = 0; i < n; i++)
		found |= names[i].kind == kind && id_equal(&names[i].owner, owner);
	store_txn_abort(&tx);
	return found;
}

/* How many of the copies under that key still open. */
static unsigned
left_under(struct cast *c, const struct copies *copies, enum store_key_kind kind, const struct id *owner)
{
	unsigned n = 0;

	for (size_t i = 0; i < copies->count; i++)
		n += copies->items[i].opened && is_under(c, &copies->items[i], kind, owner) && opens(c, &copies->items[i]);
	return n;
}

/* All that was said of the account alone, and of its conversation; the other customer's is untouched. */
static void
expect_erased(struct cast *c, const struct copies *copies)
{
	assert_int_equal(left_under(c, copies, STORE_KEY_ACCOUNT, &c->anna.account), 0);
	assert_int_equal(left_under(c, copies, STORE_KEY_SUBSCRIPTION, &c->subscription), 0);
	assert_int_equal(left_under(c, copies, STORE_KEY_PROVENANCE_DAY, &c->subscription), 0);
	assert_int_not_equal(left_under(c, copies, STORE_KEY_ACCOUNT, &c->berta.account), 0);
	assert_int_not_equal(left_under(c, copies, STORE_KEY_SUBSCRIPTION, &c->other_subscription), 0);
}

/* Rows whose key begins with, or whose value names, the id of what was erased. */
static unsigned
rows_with(struct cast *c, enum store_table table, const struct id *id)
{
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	unsigned n = store_records_count(tx, table, id_view(id));

	store_txn_abort(&tx);
	return n;
}

static void
expect_no_rows(struct cast *c, const struct id *id, const enum store_table *but, size_t but_count)
{
	for (enum store_table table = 0; table < STORE_TABLE_COUNT; table++) {
		bool is_excepted = false;
		for (size_t i = 0; i < but_count; i++)
			is_excepted |= but[i] == table;
		if (!is_excepted && rows_with(c, table, id) != 0)
			fail_msg("rows of %s are left", store_table_row(table)->name);
	}
}

/* ---- what it must come to ---- */

/* The disk of the mirror is not mounted any more. */
static void
lose_mirror(struct cast *c, const char *away)
{
	struct rig *rig = c->d->rig;

	assert_int_equal(rename(rig->mirror, away), 0);
	assert_int_equal(mkdir(rig->mirror, 0700), 0);
	desk_restart(c->d);
	assert_false(store_keys_is_mirrored(rig->store->keys));
}

static void
expect_unknown_to_company(struct cast *c)
{
	Provision__SubscriptionList customers = PROVISION__SUBSCRIPTION_LIST__INIT;
	Provision__SubscriptionListReply *list;
	Provision__HistoryListReply *entries;
	Provision__InboxListReply *inbox;

	customers.caller = desk_caller(c->d, &c->agent);
	customers.slug = wire_str("kanzlei");
	customers.limit = 50;
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &customers.base, &list), 0);
	assert_int_equal(list->n_items, 1);
	assert_true(view_equal_str(wire_view(list->items[0]->first_name), "Berta"));
	assert_int_equal(history(c, &c->agent, &c->subscription, &entries), ERR_NOT_FOUND);
	assert_int_equal(history(c, &c->agent, &c->other_subscription, &entries), 0);
	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), 0);
	assert_int_equal(inbox->n_items, 0);
}

static void
test_reset(void **state)
{
	static const enum store_table stay[] = { STORE_TABLE_ACCOUNT, STORE_TABLE_PARTY, STORE_TABLE_SESSION_OF, STORE_TABLE_PINS,
		STORE_TABLE_PIN_PAGE, STORE_TABLE_EVENT, STORE_TABLE_SUPPORT_OF };
	struct cast *c = *state;
	struct copies *copies = mem_alloc(sizeof(*copies));
	const char *number = desk_number(c->d, &c->anna);
	Provision__AccountGet get = PROVISION__ACCOUNT_GET__INIT;
	Provision__AccountGetReply *account;
	uint64_t version = pins_version(c, &c->anna);
	Provision__ErasureReply *reply;
	const Provision__MailJob *mail;
	struct trust_erasure r;

	copies->arena = arena_new((size_t)64 << 20);
	(void)take_mail(c, KIND(NONE));
	copy_all(c, copies);
	/* the control: as long as nothing is erased, the attack opens what it has a copy of */
	assert_int_not_equal(left_under(c, copies, STORE_KEY_ACCOUNT, &c->anna.account), 0);
	assert_int_not_equal(left_under(c, copies, STORE_KEY_SUBSCRIPTION, &c->subscription), 0);
	assert_int_equal(ask_reset(c, &c->anna, &reply), 0);
	/* at once, before any job */
	expect_erased(c, copies);
	expect_unknown_to_company(c);
	r = receipt_of(c, reply);
	assert_int_equal(r.occasion, TRUST_ERASURE_RESET);
	assert_true(r.is_complete && id_equal(&r.subject, &c->anna.account));
	assert_int_equal(gone(&r, TRUST_ERASURE_SUBSCRIPTIONS), 1);
	/* accepted, two texts, two packages */
	assert_int_equal(gone(&r, TRUST_ERASURE_ENTRIES), 5);
	assert_int_equal(gone(&r, TRUST_ERASURE_PACKAGES), 3);
	assert_int_equal(gone(&r, TRUST_ERASURE_ACCOUNTS), 0);
	assert_int_equal(r.stays.count, 0);
	assert_int_equal(r.copies.count, 2);
	/* the account stays, with its session, and the pin store is the new one */
	get.caller = desk_caller(c->d, &c->anna);
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_GET, &get.base, &account), 0);
	assert_true(view_equal_str(wire_view(account->first_name), "Anna"));
	assert_int_equal(pins_version(c, &c->anna), version + 1);
	assert_int_equal(support_requests(c, &c->anna), 1);
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	desk_work(c->d);
	expect_erased(c, copies);
	expect_no_rows(c, &c->subscription, NULL, 0);
	expect_no_rows(c, &c->anna.account, stay, sizeof(stay) / sizeof(stay[0]));
	assert_int_equal(desk_rows(c->d, STORE_TABLE_RESET), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ADDRESS_CHANGE), 0);
	assert_int_equal(spool_files(c), 0);
	/* the company is told the number alone */
	mail = take_mail(c, KIND(SUBSCRIPTION_ENDED));
	assert_non_null(mail);
	assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
	assert_true(view_equal_str(wire_view(mail->peer), number));
	arena_free(&copies->arena);
	mem_free(&copies);
}

/* With the second factor on: its code is asked for, and it stays. */
static void
test_reset_keeps_how_one_gets_in(void **state)
{
	struct cast *c = *state;
	struct view parameters[] = { VIEW_LIT(PINS), VIEW_LIT(PAGE) };
	Provision__AccountReset m = PROVISION__ACCOUNT_RESET__INIT;
	Provision__AppPasswordCreateReply *program;
	struct id account;
	struct app app;

	(void)take_mail(c, KIND(NONE));
	program = desk_second_app_password(c->d, &c->anna, (ProtobufCBinaryData){ 0, NULL });
	(void)desk_second_turn_on(c->d, &c->anna, &app);
	m.caller = desk_caller(c->d, &c->anna);
	m.proof = desk_proof(c->d, &c->anna, "account-reset", parameters, 2);
	m.pins = wire_bytes(parameters[0]);
	m.pin_page = wire_bytes(parameters[1]);
	m.pins_version = pins_version(c, &c->anna) + 1;
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_RESET, &m.base, NULL), ERR_SECOND);
	m.proof->totp = desk_second_code(c->d, &app, 1);
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_RESET, &m.base, NULL), 0);
	desk_work(c->d);
	assert_int_equal(desk_login(c->d, &c->anna), ERR_SECOND);
	rig_pass(c->d->rig, 90000);
	assert_int_equal(desk_second_login(c->d, &c->anna, desk_second_code(c->d, &app, 1)), 0);
	assert_int_equal(desk_second_check(c->d, c->anna.email, program->password, &account), 0);
	assert_true(id_equal(&account, &c->anna.account));
}

/* A second one has nothing to erase; nothing is done for who does not prove to be it. */
static void
test_proof(void **state)
{
	struct cast *c = *state;
	struct view parameters[] = { VIEW_LIT(PINS), VIEW_LIT(PAGE) };
	Provision__AccountReset m = PROVISION__ACCOUNT_RESET__INIT;
	Provision__AccountDelete other = PROVISION__ACCOUNT_DELETE__INIT;
	Provision__ErasureReply *reply;
	struct trust_erasure r;

	m.caller = other.caller = desk_caller(c->d, &c->anna);
	m.pins = wire_bytes(parameters[0]);
	m.pin_page = wire_str("another page");
	m.pins_version = pins_version(c, &c->anna) + 1;
	m.proof = desk_proof(c->d, &c->anna, "account-reset", parameters, 2);
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_RESET, &m.base, NULL), ERR_TRUST);
	m.pin_page = wire_bytes(parameters[1]);
	m.pins_version++;
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_RESET, &m.base, NULL), ERR_CONFLICT);
	m.pins_version--;
	m.proof->auth_key = wire_bytes(view_of(c->berta.auth_key, 32));
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_RESET, &m.base, NULL), ERR_DENIED);
	/* the word for one is none for the other */
	other.proof = desk_proof(c->d, &c->anna, "account-reset", parameters, 2);
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_DELETE, &other.base, NULL), ERR_TRUST);
	other.caller = desk_caller(c->d, NULL);
	other.proof = desk_proof(c->d, &c->anna, "account-delete", NULL, 0);
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_DELETE, &other.base, NULL), ERR_LOGIN);
	assert_int_equal(desk_key(c->d, STORE_KEY_SUBSCRIPTION, &c->subscription), 0);
	assert_int_equal(ask_reset(c, &c->anna, &reply), 0);
	assert_int_equal(ask_reset(c, &c->anna, &reply), 0);
	r = receipt_of(c, reply);
	assert_int_equal(r.gone.count, 0);
}

static void
test_deletion(void **state)
{
	static const enum store_table left[] = { STORE_TABLE_READ_STATE };
	struct cast *c = *state;
	struct copies *copies = mem_alloc(sizeof(*copies));
	Provision__ErasureReply *reply;
	const Provision__MailJob *mail;
	struct trust_erasure r;
	struct person again;

	copies->arena = arena_new((size_t)64 << 20);
	copy_all(c, copies);
	assert_int_equal(ask_delete(c, &c->anna, &reply), 0);
	expect_erased(c, copies);
	expect_unknown_to_company(c);
	r = receipt_of(c, reply);
	assert_int_equal(r.occasion, TRUST_ERASURE_DELETED);
	assert_int_equal(gone(&r, TRUST_ERASURE_ACCOUNTS), 1);
	assert_int_equal(gone(&r, TRUST_ERASURE_SESSIONS), 1);
	assert_int_equal(gone(&r, TRUST_ERASURE_SUPPORT_REQUESTS), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_SUPPORT_TIME), 0);
	assert_int_equal(trust_erasure_value(&r.stays, TRUST_ERASURE_LAST_MAIL), desk_now(c->d) + RIG_DAY_MS);
	assert_int_equal(desk_second_session(c->d, &c->anna), ERR_LOGIN);
	assert_int_equal(desk_login(c->d, &c->anna), ERR_LOGIN);
	desk_work(c->d);
	expect_no_rows(c, &c->subscription, NULL, 0);
	expect_no_rows(c, &c->anna.account, left, 1);
	assert_int_equal(desk_key(c->d, STORE_KEY_ACCOUNT, &c->anna.account), ERR_NOT_FOUND);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_RESET), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ADDRESS_CHANGE), 0);
	assert_int_equal(spool_files(c), 0);
	/* one last mail, with the receipt and without a name */
	mail = take_mail(c, KIND(ACCOUNT_DELETED));
	assert_non_null(mail);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_int_equal(mail->name.len, 0);
	assert_true(mail->receipt.len > 100);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	/* the address is free */
	desk_person_init(&again, "anna@example.org", "Anna", "Andere");
	desk_person_join(c->d, &again);
	desk_person_deinit(&again);
	arena_free(&copies->arena);
	mem_free(&copies);
}

/* E5: the address of the last mail is held for a day at most, whatever the relay does. */
static void
test_last_mail_ends(void **state)
{
	struct cast *c = *state;
	unsigned keys;

	(void)take_mail(c, KIND(NONE));
	desk_work(c->d);
	keys = desk_rows(c->d, STORE_TABLE_KEYS);
	assert_int_equal(ask_delete(c, &c->mallory, NULL), 0);
	desk_pass(c->d, RIG_DAY_MS - 120000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 1);
	desk_pass(c->d, 180000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL_READY), 0);
	/* the account's; the mail's came and went */
	assert_int_equal(desk_rows(c->d, STORE_TABLE_KEYS), keys - 1);
}

/* A relay that refuses it for good: nothing is kept for the operator to look at. */
static void
test_last_mail_refused(void **state)
{
	struct cast *c = *state;
	Provision__MailResults m = PROVISION__MAIL_RESULTS__INIT;
	Provision__MailResult result = PROVISION__MAIL_RESULT__INIT, *results[] = { &result };
	Provision__MailLeaseReply *mails;

	(void)take_mail(c, KIND(NONE));
	assert_int_equal(ask_delete(c, &c->mallory, NULL), 0);
	mails = desk_mails(c->d);
	assert_int_equal(mails->n_jobs, 1);
	result.job = mails->jobs[0]->job;
	result.outcome = PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_FAILED;
	m.results = results;
	m.n_results = 1;
	assert_int_equal(desk_ask(c->d, IPC_ROLE_COURIER, IPC_MAIL_RESULTS, &m.base, NULL), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
}

/* E3: what a member wrote for the company stays, by a former member; the last owner stays too (B2). */
static void
test_members(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *entries;
	Provision__ErasureReply *reply;
	struct trust_erasure r;
	unsigned seen = 0;

	assert_int_equal(ask_reset(c, &c->owner, NULL), ERR_STATE);
	assert_int_equal(ask_delete(c, &c->owner, NULL), ERR_STATE);
	assert_int_equal(ask_operator(c, &c->owner, true, NULL), ERR_STATE);
	(void)take_mail(c, KIND(NONE));
	assert_int_equal(ask_delete(c, &c->agent, &reply), 0);
	r = receipt_of(c, reply);
	assert_int_equal(gone(&r, TRUST_ERASURE_MEMBERSHIPS), 1);
	assert_int_equal(gone(&r, TRUST_ERASURE_SUBSCRIPTIONS), 0);
	assert_int_not_equal(trust_erasure_value(&r.stays, TRUST_ERASURE_PROOFS), 0);
	desk_work(c->d);
	assert_int_equal(history(c, &c->anna, &c->subscription, &entries), 0);
	for (size_t i = 0; i < entries->n_items; i++) {
		const Provision__ConversationEntry *e = entries->items[i];
		if (e->kind != PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT || !e->is_from_company)
			continue;
		seen++;
		assert_true(view_equal_str(wire_view(e->text), "to anna"));
		assert_true(e->is_former_member);
		assert_int_equal(e->first_name.len + e->last_name.len, 0);
	}
	assert_int_equal(seen, 1);
	/* the company hears that keys are to be renewed, and no name */
	const Provision__MailJob *mail = take_mail(c, KIND(MEMBER_LEFT));
	assert_non_null(mail);
	assert_int_equal(mail->peer.len, 0);
}

/* A13: without the person's client the pin store stays, which only that can open. */
static void
test_operator(void **state)
{
	struct cast *c = *state;
	uint64_t version = pins_version(c, &c->anna);
	Provision__ErasureReply *reply;
	const Provision__MailJob *mail;
	struct trust_erasure r;

	(void)take_mail(c, KIND(NONE));
	assert_int_equal(ask_operator(c, &c->anna, false, &reply), 0);
	r = receipt_of(c, reply);
	assert_int_equal(r.by, TRUST_ERASURE_BY_OPERATOR);
	assert_int_equal(gone(&r, TRUST_ERASURE_SUBSCRIPTIONS), 1);
	assert_int_equal(pins_version(c, &c->anna), version);
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	mail = take_mail(c, KIND(ACCOUNT_RESET));
	assert_non_null(mail);
	assert_true(view_equal_str(wire_view(mail->name), "Anna Schmidt"));
	assert_int_equal(ask_operator(c, &c->anna, true, &reply), 0);
	assert_int_equal(ask_operator(c, &c->anna, true, NULL), ERR_NOT_FOUND);
	assert_int_equal(desk_login(c->d, &c->anna), ERR_LOGIN);
}

/* The receipt is what its mail says, word for word. */
static void
test_mail_and_answer_are_one(void **state)
{
	struct cast *c = *state;
	Provision__ErasureReply *reply;
	const Provision__MailJob *mail;
	struct buf text, bytes;

	assert_int_equal(ask_reset(c, &c->anna, &reply), 0);
	mail = take_mail(c, KIND(ACCOUNT_RESET));
	assert_non_null(mail);
	buf_init(&text, 4096);
	buf_init(&bytes, 4096);
	assert_int_equal(buf_append_str(&text, "Dies ist der Beleg: -----BEGIN PROVISION ERASURE RECEIPT----- "), 0);
	assert_int_equal(buf_append_view(&text, wire_view(mail->receipt)), 0);
	assert_int_equal(buf_append_str(&text, "-----END PROVISION ERASURE RECEIPT-----\n"), 0);
	assert_int_equal(trust_erasure_unarmor(buf_view(&text), &bytes), 0);
	assert_true(view_equal(buf_view(&bytes), wire_view(reply->receipt)));
	buf_deinit(&text);
	buf_deinit(&bytes);
}

/* The mirror of the keys is away: begun, and completed by itself when it is back. */
static void
test_begun(void **state)
{
	struct cast *c = *state;
	struct rig *rig = c->d->rig;
	struct copies *copies = mem_alloc(sizeof(*copies));
	char *away = mem_printf("%s.away", rig->mirror);
	Provision__ErasureReply *reply;
	struct trust_erasure r;

	copies->arena = arena_new((size_t)64 << 20);
	rig->options.mirror_path = rig->mirror;
	desk_restart(c->d);
	(void)take_mail(c, KIND(NONE));
	copy_all(c, copies);
	lose_mirror(c, away);
	assert_int_equal(ask_reset(c, &c->anna, &reply), 0);
	r = receipt_of(c, reply);
	assert_false(r.is_complete);
	expect_unknown_to_company(c);
	assert_int_equal(left_under(c, copies, STORE_KEY_SUBSCRIPTION, &c->subscription), 0);
	assert_int_equal(ask_delete(c, &c->mallory, &reply), 0);
	r = receipt_of(c, reply);
	assert_false(r.is_complete);
	assert_null(take_mail(c, KIND(ACCOUNT_RESET)));
	assert_int_equal(rmdir(rig->mirror), 0);
	assert_int_equal(rename(away, rig->mirror), 0);
	store_keys_tend(rig->store->keys);
	desk_pass(c->d, 10 * STORE_MINUTE_MS);
	expect_erased(c, copies);
	assert_non_null(take_mail(c, KIND(ACCOUNT_RESET)));
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	arena_free(&copies->arena);
	mem_free(&copies);
	mem_free(&away);
}

/* ---- many ---- */

#define MANY 100U
#define ENTRIES 70U

/* A company that is there for its subscription alone. */
static int
make_company(struct cast *c, struct store_txn *tx, const struct id *company)
{
	struct store_key_name key = { STORE_KEY_COMPANY, *company, 0 };
	Provision__StoredCompany r = PROVISION__STORED_COMPANY__INIT;
	Provision__StoredParty party = PROVISION__STORED_PARTY__INIT;
	int err = store_keys_create(c->d->rig->store->keys, tx, &key);

	r.slug = wire_str("viele");
	r.name = wire_str("Viele GmbH");
	r.contact = wire_str("viele@example.org");
	r.locale = wire_str("de");
	if (err == 0)
		err = store_records_put(c->d->rig->store, tx, STORE_TABLE_COMPANY, id_view(company), &key, &r.base);
	return err == 0 ? store_records_put(c->d->rig->store, tx, STORE_TABLE_PARTY, id_view(company), &key, &party.base) : err;
}

static int
add_one(void *arg, struct store_txn *tx)
{
	struct cast *c = arg;
	struct store *s = c->d->rig->store;
	struct arena *a = store_records_arena();
	struct id company = id_random(), subscription;
	Provision__StoredSubscription *r;
	int err = make_company(c, tx, &company);

	if (err == 0)
		err = store_subscription_make(s, tx, &c->anna.account, &company, &subscription);
	if (err == 0)
		err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, id_view(&subscription), &r);
	if (err == 0)
		r->state = PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE;
	for (unsigned i = 0; err == 0 && i < ENTRIES; i++)
		err = store_entries_note(s, tx, &c->d->settings, &subscription, r, PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_ACCEPTED);
	arena_free(&a);
	return err;
}

/* At once for the eye whatever it is; the rest in bounded steps. */
static void
test_many(void **state)
{
	struct cast *c = *state;
	Provision__ErasureReply *reply;
	struct trust_erasure r;
	uint64_t begun_ms;

	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(RIG_RUN(c->d->rig, add_one, c), 0);
	begun_ms = clock_mono_ms();
	assert_int_equal(ask_reset(c, &c->anna, &reply), 0);
	print_message("%u subscriptions with %u entries: %u ms\n", MANY, MANY * ENTRIES, (unsigned)(clock_mono_ms() - begun_ms));
	assert_int_equal(rows_with(c, STORE_TABLE_SUBSCRIPTION_OF, &c->anna.account), 0);
	assert_int_equal(rows_with(c, STORE_TABLE_PAIR, &c->anna.account), 0);
	r = receipt_of(c, reply);
	assert_int_equal(gone(&r, TRUST_ERASURE_SUBSCRIPTIONS), MANY + 1);
	assert_int_equal(gone(&r, TRUST_ERASURE_ENTRIES), MANY * ENTRIES + 5);
	begun_ms = clock_mono_ms();
	desk_work(c->d);
	print_message("and all rows: %u ms\n", (unsigned)(clock_mono_ms() - begun_ms));
	assert_int_equal(rows_with(c, STORE_TABLE_ENTRY, &c->subscription), 0);
	/* of the other customer, and nothing else */
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY), 2);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY_DAY), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_SUBSCRIPTION), 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, filled_setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reset),
		TEST(test_reset_keeps_how_one_gets_in),
		TEST(test_proof),
		TEST(test_deletion),
		cmocka_unit_test_setup_teardown(test_last_mail_ends, setup, teardown),
		TEST(test_last_mail_refused),
		TEST(test_members),
		TEST(test_operator),
		TEST(test_mail_and_answer_are_one),
		TEST(test_begun),
		TEST(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
