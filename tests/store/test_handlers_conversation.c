/* SPDX-License-Identifier: MIT */
/*
 * Conversations: who may write, see and take back what; that texts survive exactly; pages and bounds; that a text, a day or
 * a conversation that has gone left nothing.
 */
#include <string.h>

#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "store/compress.h"
#include "store/entries.h"
#include "store/key_note.h"
#include "store/policy.h"
#include "store/retention.h"
#include "store/talk.h"
#include "store/records.h"

static int
take_back(struct cast *c, const struct person *who, uint64_t sequence)
{
	Provision__MessageDelete m = PROVISION__MESSAGE_DELETE__INIT;

	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(&c->subscription);
	m.sequence = sequence;
	return desk_web(c->d, IPC_MESSAGE_DELETE, &m.base, NULL);
}

static Provision__ReadState *
read_up_to(struct cast *c, const struct person *who, uint64_t sequence)
{
	Provision__ReadStatePut m = PROVISION__READ_STATE_PUT__INIT;
	Provision__ReadState *reply;

	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(&c->subscription);
	m.sequence = sequence;
	assert_int_equal(desk_web(c->d, IPC_READ_STATE_PUT, &m.base, &reply), 0);
	return reply;
}

/* Time goes on; sessions do not. */
static void
pass(struct cast *c, uint64_t ms)
{
	desk_pass(c->d, ms);
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	assert_int_equal(desk_login(c->d, &c->agent), 0);
}

static void
assert_text(const Provision__ConversationEntry *e, const char *text)
{
	if (!view_equal_str(wire_view(e->text), text))
		fail_msg("%.*s instead of %s", (int)e->text.len, (const char *)e->text.data, text);
}

/* ---- both sides ---- */

static void
test_both_sides_write(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *anna, *agent;

	assert_int_equal(say(c, &c->anna, false, "Guten Tag"), 0);
	assert_int_equal(say(c, &c->agent, true, "Grüß Gott"), 0);
	anna = history(c, &c->anna);
	agent = history(c, &c->agent);
	assert_int_equal(anna->n_items, 3);
	assert_int_equal(agent->n_items, 3);
	assert_int_equal(anna->items[0]->sequence, 3);
	assert_int_equal(anna->items[2]->sequence, 1);
	assert_int_equal(anna->items[2]->kind, PROVISION__ENTRY_KIND__ENTRY_KIND_SYSTEM);
	assert_int_equal(anna->items[2]->event, PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_ACCEPTED);
	assert_text(anna->items[0], "Grüß Gott");
	assert_text(anna->items[1], "Guten Tag");
	assert_true(anna->items[0]->is_from_company && !anna->items[0]->is_own);
	assert_true(!anna->items[1]->is_from_company && anna->items[1]->is_own);
	assert_true(agent->items[0]->is_own && !agent->items[1]->is_own);
	assert_true(view_equal_str(wire_view(anna->items[0]->last_name), "Agent"));
	assert_true(view_equal_str(wire_view(agent->items[1]->first_name), "Anna"));
	/* every side has numbers of its own; the company has a conversation more */
	assert_int_equal(anna->items[0]->number, 3);
	assert_int_equal(agent->items[0]->number, 4);
}

static void
test_who_may(void **state)
{
	struct cast *c = *state;
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	Provision__HistoryListReply *reply;

	assert_int_equal(say(c, &c->berta, false, "x"), ERR_NOT_FOUND);
	assert_int_equal(say(c, &c->mallory, true, "x"), ERR_NOT_FOUND);
	assert_int_equal(say(c, &c->anna, true, "x"), ERR_DENIED);
	assert_int_equal(say(c, &c->agent, false, "x"), ERR_DENIED);
	assert_int_equal(list(c, &c->berta, &m, &reply), ERR_NOT_FOUND);
	assert_int_equal(list(c, &c->mallory, &m, &reply), ERR_NOT_FOUND);
	assert_int_equal(list(c, NULL, &m, &reply), ERR_LOGIN);
	assert_int_equal(history(c, &c->owner)->n_items, 1);
}

/* Nothing is written before the company has accepted. */
static void
test_pending(void **state)
{
	struct cast *c = *state;
	struct id id;

	assert_int_equal(desk_subscribe(c->d, &c->mallory, &c->firm, &id), 0);
	c->subscription = id;
	assert_int_equal(say(c, &c->mallory, false, "x"), ERR_STATE);
	assert_int_equal(say(c, &c->agent, true, "x"), ERR_STATE);
	assert_int_equal(history(c, &c->mallory)->n_items, 0);
}

/* A package stands where it came, between the texts, and its author is the one who sent it. */
static void
test_packages_are_entries(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *reply;
	struct desk_parcel p;

	assert_int_equal(say(c, &c->anna, false, "davor"), 0);
	to_customer(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(say(c, &c->anna, false, "danach"), 0);
	reply = history(c, &c->anna);
	assert_int_equal(reply->n_items, 4);
	assert_int_equal(reply->items[1]->kind, PROVISION__ENTRY_KIND__ENTRY_KIND_PACKAGE);
	assert_int_equal(reply->items[1]->sequence, 3);
	assert_true(view_equal(wire_view(reply->items[1]->package->package), id_view(&p.package)));
	assert_true(view_equal_str(wire_view(reply->items[1]->package->comment), PARCEL_COMMENT));
	assert_true(view_equal_str(wire_view(reply->items[1]->first_name), "Axel"));
	assert_null(reply->items[0]->package);
	desk_parcel_deinit(&p);
}

static void
test_former_member(void **state)
{
	struct cast *c = *state;
	Provision__ConversationEntry *e;
	struct store_rowkey key = rowkey_ids(&c->firm.id, &c->agent.account);

	assert_int_equal(say(c, &c->agent, true, "von Axel"), 0);
	struct store_txn *tx = store_txn_begin(c->d->rig->store->index);
	store_records_delete(tx, STORE_TABLE_MEMBER, rowkey_view(&key));
	assert_int_equal(store_txn_commit(&tx), 0);
	e = history(c, &c->anna)->items[0];
	assert_text(e, "von Axel");
	assert_true(e->is_former_member);
	assert_int_equal(e->first_name.len + e->last_name.len, 0);
}

/* ---- texts ---- */

static void
test_what_is_kept(void **state)
{
	struct cast *c = *state;
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "a\tb\nc", "a\tb\nc" }, { "a\r\nb", "a\nb" }, { "\x01x\x1b[31m\x1f", "x[31m" },
		{ "\x7f\xc2\x85\xe2\x80\xae\xef\xbf\xbe\xf4\x8f\xbf\xbf", "\x7f\xc2\x85\xe2\x80\xae\xef\xbf\xbe\xf4\x8f\xbf\xbf" },
		{ "e\xcc\x81 \xc3\xa9", "e\xcc\x81 \xc3\xa9" }, { " ", " " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(say(c, &c->anna, false, cases[i].in), 0);
		assert_text(history(c, &c->agent)->items[0], cases[i].out);
	}
	assert_int_equal(say(c, &c->anna, false, "\r\x01"), ERR_SYNTAX);
}

/* The longest, what compresses and what does not, across two data keys of one day. */
static void
test_many_and_long(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *reply;
	char *text = mem_alloc(STORE_TEXT_MAX + 1);

	for (unsigned i = 0; i < 2 * STORE_ENTRIES_A_KEY + 3; i++) {
		memset(text, 'a' + (int)(i % 26), 100 + 10 * i);
		text[100 + 10 * i] = '\0';
		assert_int_equal(say(c, &c->anna, false, text), 0);
	}
	memset(text, 'z', STORE_TEXT_MAX);
	assert_int_equal(say(c, &c->agent, true, text), 0);
	reply = history(c, &c->anna);
	assert_int_equal(reply->items[0]->text.len, STORE_TEXT_MAX);
	assert_int_equal(reply->items[1]->text.len, 100 + 10 * (2 * STORE_ENTRIES_A_KEY + 2));
	assert_int_equal(reply->items[49]->text.len, 100 + 10 * (2 * STORE_ENTRIES_A_KEY + 3 - 49));
	mem_free(&text);
}

static void
test_repeated(void **state)
{
	struct cast *c = *state;
	Provision__MessageCreateReply *first, *again;
	struct id id = { { 7 } };

	assert_int_equal(say_again(c, &c->anna, false, &id, VIEW_LIT("einmal"), &first), 0);
	desk_pass(c->d, 60000);
	assert_int_equal(say_again(c, &c->anna, false, &id, VIEW_LIT("einmal"), &again), 0);
	assert_int_equal(first->sequence, again->sequence);
	assert_int_equal(first->time_ms, again->time_ms);
	assert_int_equal(history(c, &c->anna)->n_items, 2);
	assert_int_equal(say_again(c, &c->anna, false, &id, VIEW_LIT("anders"), NULL), ERR_CONFLICT);
	assert_int_equal(say_again(c, &c->agent, true, &id, VIEW_LIT("einmal"), NULL), ERR_CONFLICT);
}

/* ---- pages ---- */

static uint64_t
sequence_at(const Provision__HistoryListReply *reply, size_t i)
{
	assert_in_range(i, 0, reply->n_items - 1);
	return reply->items[i]->sequence;
}

static void
test_pages(void **state)
{
	struct cast *c = *state;
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	Provision__HistoryListReply *reply;

	for (unsigned i = 2; i <= 10; i++)
		assert_int_equal(say(c, &c->anna, false, "x"), 0);
	for (unsigned forward = 0; forward < 2; forward++) {
		uint64_t expected = forward ? 1 : 10;
		provision__history_list__init(&m);
		m.oldest_first = forward != 0;
		m.limit = 4;
		do {
			assert_int_equal(list(c, &c->agent, &m, &reply), 0);
			for (size_t i = 0; i < reply->n_items; i++)
				assert_int_equal(sequence_at(reply, i), forward ? expected++ : expected--);
			m.cursor = reply->next;
		} while (reply->next.len != 0);
		assert_int_equal(expected, forward ? 11 : 0);
	}
	provision__history_list__init(&m);
	m.after = 3;
	m.before = 6;
	assert_int_equal(list(c, &c->agent, &m, &reply), 0);
	assert_int_equal(reply->n_items, 2);
	assert_int_equal(sequence_at(reply, 0), 5);
	m.before = UINT64_MAX;
	m.after = UINT64_MAX;
	assert_int_equal(list(c, &c->agent, &m, &reply), 0);
	assert_int_equal(reply->n_items, 0);
}

/* A cursor of another conversation, or of the other direction, is none. */
static void
test_foreign_cursor(void **state)
{
	struct cast *c = *state;
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	Provision__HistoryListReply *reply;

	assert_int_equal(say(c, &c->anna, false, "x"), 0);
	m.limit = 1;
	assert_int_equal(list(c, &c->agent, &m, &reply), 0);
	m.cursor = reply->next;
	m.oldest_first = true;
	assert_int_equal(list(c, &c->agent, &m, &reply), ERR_SYNTAX);
	m.oldest_first = false;
	c->subscription = c->other_subscription;
	assert_int_equal(list(c, &c->agent, &m, &reply), ERR_SYNTAX);
}

static void
test_by_time(void **state)
{
	struct cast *c = *state;
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	Provision__HistoryListReply *reply;
	uint64_t times[6] = { 0 };

	for (unsigned i = 0; i < 6; i++) {
		pass(c, 5 * STORE_HOUR_MS);
		assert_int_equal(say(c, &c->anna, false, "x"), 0);
		times[i] = history(c, &c->anna)->items[0]->time_ms;
	}
	assert_int_equal(take_back(c, &c->anna, 4), 0);
	m.from_ms = times[1];
	m.until_ms = times[4];
	m.oldest_first = true;
	assert_int_equal(list(c, &c->agent, &m, &reply), 0);
	assert_int_equal(reply->n_items, 3);
	assert_int_equal(reply->items[0]->time_ms, times[1]);
	assert_int_equal(reply->items[2]->time_ms, times[3]);
	m.from_ms = times[5] + 1;
	m.until_ms = 0;
	assert_int_equal(list(c, &c->agent, &m, &reply), 0);
	assert_int_equal(reply->n_items, 0);
	m.from_ms = 1;
	assert_int_equal(list(c, &c->agent, &m, &reply), 0);
	assert_int_equal(reply->n_items, 7);
}

/* ---- taken back ---- */

static struct store_slot
slot_of(struct cast *c, uint64_t sequence)
{
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	struct arena *a = store_records_arena();
	struct store_key_name name = { STORE_KEY_ENTRY_DAY, c->subscription, 0 };
	struct store_entry_head head;
	Provision__StoredEntry *r;
	struct store_slot slot;

	assert_int_equal(store_entries_get(c->d->rig->store, tx, a, &c->subscription, sequence, &head, &r), 0);
	name.day = head.key_number;
	assert_int_equal(store_keys_find(c->d->rig->store->keys, tx, &name, &slot), 0);
	arena_free(&a);
	store_txn_abort(&tx);
	return slot;
}

static void
test_taken_back(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *reply;
	struct secret *key = NULL;
	struct store_slot slot;
	struct id id;

	assert_int_equal(say(c, &c->anna, false, "davor"), 0);
	assert_int_equal(say(c, &c->anna, false, "an den Falschen geschrieben"), 0);
	id = last_id;
	assert_int_equal(say(c, &c->agent, true, "danach"), 0);
	slot = slot_of(c, 3);
	assert_int_equal(take_back(c, &c->agent, 3), ERR_DENIED);
	assert_int_equal(take_back(c, &c->berta, 3), ERR_NOT_FOUND);
	assert_int_equal(take_back(c, &c->anna, 1), ERR_NOT_FOUND);
	assert_int_equal(take_back(c, &c->anna, 9), ERR_NOT_FOUND);
	assert_int_equal(take_back(c, &c->anna, 3), 0);
	assert_int_equal(take_back(c, &c->anna, 3), 0);
	for (unsigned i = 0; i < 2; i++) {
		if (i == 1)
			desk_restart(c->d);
		reply = history(c, &c->agent);
		assert_int_equal(reply->n_items, 4);
		assert_text(reply->items[0], "danach");
		assert_text(reply->items[2], "davor");
		assert_true(reply->items[1]->is_deleted);
		assert_int_equal(reply->items[1]->text.len, 0);
		assert_int_equal(reply->items[1]->sequence, 3);
		assert_false(reply->items[0]->is_deleted);
	}
	/* the key that it lay under opens nothing any more */
	assert_int_equal(store_keys_unwrap(c->d->rig->store->keys, &slot, &key), ERR_ERASED);
	/* its id is not free again */
	assert_int_equal(say_again(c, &c->anna, false, &id, VIEW_LIT("an den Falschen geschrieben"), NULL), 0);
	assert_int_equal(history(c, &c->agent)->n_items, 4);
}

/* Only what shares its key is written anew, and all of that. */
static void
test_taken_back_among_many(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *reply;
	struct store_slot first, second;

	for (unsigned i = 0; i < STORE_ENTRIES_A_KEY + 5; i++)
		assert_int_equal(say(c, &c->anna, false, i % 2 == 0 ? "gerade" : "ungerade"), 0);
	first = slot_of(c, 10);
	second = slot_of(c, STORE_ENTRIES_A_KEY + 4);
	assert_int_equal(take_back(c, &c->anna, STORE_ENTRIES_A_KEY), 0);
	assert_int_not_equal(slot_of(c, 10).generation, first.generation);
	assert_int_equal(slot_of(c, STORE_ENTRIES_A_KEY + 4).generation, second.generation);
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	m.oldest_first = true;
	m.after = 1;
	do {
		assert_int_equal(list(c, &c->agent, &m, &reply), 0);
		for (size_t i = 0; i < reply->n_items; i++) {
			uint64_t n = reply->items[i]->sequence;
			assert_text(reply->items[i], n == STORE_ENTRIES_A_KEY ? "" : n % 2 == 0 ? "gerade" : "ungerade");
		}
		m.cursor = reply->next;
	} while (reply->next.len != 0);
}

/* ---- where it came from ---- */

static void
test_origin(void **state)
{
	struct cast *c = *state;
	Provision__ConversationEntry *e;

	assert_int_equal(say(c, &c->anna, false, "x"), 0);
	e = history(c, &c->anna)->items[0];
	assert_int_equal(e->address.len, 4);
	assert_true(view_equal_str(wire_view(e->user_agent), DESK_AGENT));
	assert_int_equal(history(c, &c->agent)->items[0]->address.len, 0);
	assert_int_equal(history(c, &c->agent)->items[0]->user_agent.len, 0);
	pass(c, store_retention_ms(NULL, STORE_RETENTION_PROVENANCE) + CLOCK_DAY_MS);
	e = history(c, &c->anna)->items[0];
	assert_text(e, "x");
	assert_int_equal(e->address.len, 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 0);
}

/* ---- new keys ---- */

static int
put_notes(void *arg, struct store_txn *tx)
{
	struct cast *c = arg;

	store_key_note(c->d->rig->store, tx, &c->firm.id, PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_COMPANY_KEY);
	store_key_note(c->d->rig->store, tx, &c->anna.account, PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_CUSTOMER_KEY);
	return 0;
}

/* Every conversation of whoever has a new key says so once, however many there are; those that are not accepted do not. */
static void
test_new_keys_are_noted(void **state)
{
	struct cast *c = *state;
	Provision__HistoryListReply *reply;
	struct id id;
	unsigned company = 0, customer = 0;

	assert_int_equal(desk_subscribe(c->d, &c->mallory, &c->firm, &id), 0);
	assert_int_equal(store_committer_run(c->d->rig->store->committer, put_notes, c), 0);
	desk_work(c->d);
	reply = history(c, &c->anna);
	assert_int_equal(reply->n_items, 3);
	for (size_t i = 0; i < 2; i++) {
		company += reply->items[i]->event == PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_COMPANY_KEY;
		customer += reply->items[i]->event == PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_CUSTOMER_KEY;
	}
	assert_int_equal(company, 1);
	assert_int_equal(customer, 1);
	c->subscription = c->other_subscription;
	assert_int_equal(history(c, &c->berta)->n_items, 2);
	c->subscription = id;
	assert_int_equal(history(c, &c->mallory)->n_items, 0);
}

/* ---- the end ---- */

/* 365 days after its day began an entry is gone, those of the next day are not. */
static void
test_days_end(void **state)
{
	struct cast *c = *state;
	uint64_t start_ms = desk_now(c->d);
	Provision__HistoryListReply *reply;

	assert_int_equal(say(c, &c->anna, false, "erster Tag"), 0);
	assert_int_equal(say(c, &c->anna, false, "erster Tag"), 0);
	pass(c, CLOCK_DAY_MS);
	assert_int_equal(say(c, &c->agent, true, "zweiter Tag"), 0);
	pass(c, (clock_day(start_ms) + 365) * CLOCK_DAY_MS - STORE_MINUTE_MS - desk_now(c->d));
	assert_int_equal(history(c, &c->anna)->n_items, 4);
	pass(c, 3 * STORE_MINUTE_MS);
	reply = history(c, &c->anna);
	assert_int_equal(reply->n_items, 1);
	assert_text(reply->items[0], "zweiter Tag");
	assert_int_equal(reply->items[0]->sequence, 4);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MESSAGE), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY_DAY), 1);
	/* numbers do not come back */
	assert_int_equal(say(c, &c->anna, false, "später"), 0);
	assert_int_equal(history(c, &c->anna)->items[0]->sequence, 5);
	desk_pass(c->d, 366 * CLOCK_DAY_MS);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY_DAY), 0);
}

static void
test_subscription_ends(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;

	for (unsigned i = 0; i < 250; i++)
		assert_int_equal(say(c, i % 2 == 0 ? &c->anna : &c->agent, i % 2 != 0, "x"), 0);
	to_customer(c, &p);
	desk_parcel_send(c->d, &p);
	(void)read_up_to(c, &c->anna, 5);
	assert_int_equal(desk_end(c->d, &c->agent, &c->subscription), 0);
	assert_int_equal(say(c, &c->anna, false, "x"), ERR_NOT_FOUND);
	desk_work(c->d);
	/* what is left is the other customer's */
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY_DAY), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MESSAGE), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_READ_STATE), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 0);
	assert_int_equal(desk_key(c->d, STORE_KEY_SUBSCRIPTION, &c->subscription), ERR_NOT_FOUND);
	desk_parcel_deinit(&p);
}

/* ---- read, told ---- */

static void
test_read_state(void **state)
{
	struct cast *c = *state;
	Provision__ReadState *s;

	assert_int_equal(say(c, &c->anna, false, "x"), 0);
	assert_int_equal(say(c, &c->anna, false, "y"), 0);
	s = read_up_to(c, &c->agent, 2);
	assert_int_equal(s->sequence, 2);
	assert_int_equal(s->newest, 3);
	assert_int_equal(read_up_to(c, &c->agent, 1)->sequence, 2);
	assert_int_equal(read_up_to(c, &c->owner, 0)->sequence, 0);
	assert_int_equal(read_up_to(c, &c->agent, 99)->sequence, 3);
	assert_int_equal(read_up_to(c, &c->agent, 0)->sequence, 3);
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	Provision__SubscriptionListReply *reply;
	m.caller = desk_caller(c->d, &c->anna);
	m.limit = 100;
	(void)read_up_to(c, &c->anna, 1);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &m.base, &reply), 0);
	assert_int_equal(reply->items[0]->newest, 3);
	assert_int_equal(reply->items[0]->read, 1);
}

/* One mail a conversation until that side has looked. */
static void
test_told_once(void **state)
{
	struct cast *c = *state;
	const Provision__MailJob *mail;

	assert_int_equal(say(c, &c->agent, true, "geheim"), 0);
	assert_int_equal(say(c, &c->agent, true, "noch eins"), 0);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->peer), "Kanzlei Müller"));
	(void)read_up_to(c, &c->anna, 2);
	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	assert_null(desk_mails(c->d));
	(void)read_up_to(c, &c->anna, 4);
	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
	/* the company, told at its contact, has looked when any member has */
	assert_int_equal(say(c, &c->anna, false, "x"), 0);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
	assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
	(void)read_up_to(c, &c->owner, 6);
	assert_int_equal(say(c, &c->anna, false, "x"), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
}

static unsigned
mails_waiting(struct cast *c)
{
	const Provision__MailLeaseReply *mails = desk_mails(c->d);

	return mails == NULL ? 0 : (unsigned)mails->n_jobs;
}

/* Who lists the newest entries, or the inbox, has looked; what was looked at before its mail went is not told any more. */
static void
test_listing_is_looking(void **state)
{
	struct cast *c = *state;
	Provision__InboxListReply *inbox;

	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	(void)history(c, &c->agent);
	desk_pass(c->d, 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
	(void)history(c, &c->anna);
	desk_pass(c->d, 0);
	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	(void)history(c, &c->anna);
	desk_pass(c->d, 0);
	assert_int_equal(mails_waiting(c), 0);
	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
	assert_int_equal(desk_inbox(c->d, &c->anna, "", false, &inbox), 0);
	desk_pass(c->d, 0);
	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
}

/* Texts and packages of a conversation are told together. */
static void
test_told_once_with_packages(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;

	assert_int_equal(say(c, &c->agent, true, "x"), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MESSAGE);
	to_customer(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(mails_waiting(c), 0);
	desk_parcel_deinit(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_both_sides_write), TEST(test_who_may), TEST(test_pending), TEST(test_packages_are_entries),
		TEST(test_former_member), TEST(test_what_is_kept), TEST(test_many_and_long), TEST(test_repeated), TEST(test_pages),
		TEST(test_foreign_cursor), TEST(test_by_time), TEST(test_taken_back), TEST(test_taken_back_among_many),
		TEST(test_origin), TEST(test_new_keys_are_noted), TEST(test_days_end), TEST(test_subscription_ends), TEST(test_read_state), TEST(test_told_once),
		TEST(test_listing_is_looking), TEST(test_told_once_with_packages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
