/* SPDX-License-Identifier: MIT */
/*
 * Texts by mail (F1, "with message text"): every one is told, bursts are gathered, and what is gone, or not wanted any more, is in no
 * mail.
 */
#include "store/notice_cast.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/talk.h"
#include "store/texts.h"

#define TEXT PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_TEXT

/* Gives the entry's number. */
static uint64_t
write_text(struct cast *c, const struct person *who, struct view text)
{
	Provision__MessageCreateReply *reply;

	crypt_random(last_id.bytes, ID_BYTES);
	assert_int_equal(say_again(c, who, who != &c->anna, &last_id, text, &reply), 0);
	return reply->sequence;
}

static uint64_t
write_to_anna(struct cast *c, const char *text)
{
	return write_text(c, &c->agent, view_str(text));
}

static void
take_back(struct cast *c, uint64_t sequence)
{
	Provision__MessageDelete m = PROVISION__MESSAGE_DELETE__INIT;

	m.caller = desk_caller(c->d, &c->agent);
	m.subscription = wire_of_id(&c->subscription);
	m.sequence = sequence;
	assert_int_equal(desk_web(c->d, IPC_MESSAGE_DELETE, &m.base, NULL), 0);
}

static void
want_texts(struct cast *c)
{
	take_mails(c);
	choose(c, &c->anna, TEXT, 0, 0);
}

/* Exactly one mail is ready, of that kind; it is leased. */
static Provision__MailJob *
lease(struct cast *c, Provision__MailKind kind)
{
	Provision__MailLeaseReply *mails = desk_mails(c->d);

	assert_non_null(mails);
	assert_int_equal(mails->n_jobs, 1);
	assert_int_equal(mails->jobs[0]->kind, kind);
	return mails->jobs[0];
}

/* A mail with exactly these texts, which is sent. */
static const Provision__MailJob *
assert_told(struct cast *c, size_t n, const char *const *texts)
{
	const Provision__MailJob *mail = desk_mail(c->d, KIND(TEXTS));

	assert_int_equal(mail->n_said, n);
	for (size_t i = 0; i < n; i++)
		assert_true(view_equal_str(wire_view(mail->said[i]->text), texts[i]));
	return mail;
}
#define ASSERT_TOLD(c, ...) assert_told((c), sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ })

static void
assert_nothing_waits(struct cast *c)
{
	desk_pass(c->d, 10 * MINUTE_MS);
	assert_int_equal(mails_of(c, KIND(TEXTS)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
}

/* ---- telling */

/* At once and with everything that a mail says; without a look the next one is told too. */
static void
test_every_text_is_told(void **state)
{
	struct cast *c = *state;
	const Provision__MailJob *mail;

	want_texts(c);
	write_to_anna(c, "eins");
	mail = ASSERT_TOLD(c, "eins");
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->peer), "Kanzlei Müller"));
	assert_true(view_equal_str(wire_view(mail->said[0]->author), "Axel Agent"));
	assert_int_equal(mail->said[0]->time_ms, desk_now(c->d));
	assert_int_equal(mail->said[0]->zone_s, store_hours_offset_s(VIEW_LIT("Europe/Berlin"), desk_now(c->d)));
	assert_true(mail->unsubscribe.len > 0);
	for (int i = 0; i < 3; i++) {
		desk_pass(c->d, 2 * MINUTE_MS);
		write_to_anna(c, "noch einer");
		ASSERT_TOLD(c, "noch einer");
	}
	assert_nothing_waits(c);
}

/* Who is not a member any more has no name; the text is the company's. */
static void
test_former_member(void **state)
{
	struct cast *c = *state;
	struct store_rowkey key = rowkey_ids(&c->firm.id, &c->agent.account);

	want_texts(c);
	write_to_anna(c, "von Axel");
	struct store_txn *tx = store_txn_begin(c->d->rig->store->index);
	store_records_delete(tx, STORE_TABLE_MEMBER, rowkey_view(&key));
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_int_equal(ASSERT_TOLD(c, "von Axel")->said[0]->author.len, 0);
}

/* What comes within two minutes of a mail goes together, in order, and waits no longer than that. */
static void
test_bursts_are_gathered(void **state)
{
	struct cast *c = *state;
	uint64_t begun_ms;
	Provision__MailLeaseReply *mails;

	want_texts(c);
	write_to_anna(c, "eins");
	ASSERT_TOLD(c, "eins");
	begun_ms = desk_now(c->d);
	write_to_anna(c, "zwei");
	write_text(c, &c->anna, VIEW_LIT("von Anna"));
	send_away(c, false);
	write_text(c, &c->owner, VIEW_LIT("drei"));
	assert_int_equal(mails_of(c, KIND(TEXTS)), 0);
	desk_pass(c->d, MINUTE_MS / 2);
	write_to_anna(c, "vier");
	while ((mails = desk_mails(c->d)) == NULL)
		desk_pass(c->d, MINUTE_MS / 4);
	assert_in_range(desk_now(c->d) - begun_ms, MINUTE_MS, 2 * MINUTE_MS + MINUTE_MS / 4);
	assert_int_equal(mails->n_jobs, 1);
	assert_int_equal(mails->jobs[0]->n_said, 3);
	assert_true(view_equal_str(wire_view(mails->jobs[0]->said[0]->text), "zwei"));
	assert_true(view_equal_str(wire_view(mails->jobs[0]->said[1]->author), "Olga Owner"));
	assert_true(view_equal_str(wire_view(mails->jobs[0]->said[2]->text), "vier"));
	desk_mails_sent(c->d, mails);
	assert_nothing_waits(c);
}

static struct view
longest_text(struct cast *c)
{
	uint8_t *p = arena_alloc(c->d->arena, STORE_TEXTS_BYTES_MAX);

	memset(p, 'x', STORE_TEXTS_BYTES_MAX);
	return view_of(p, STORE_TEXTS_BYTES_MAX);
}

/* A mail has 64 KiB of text and 50 texts at most; the rest follows at once. */
static void
test_long_texts(void **state)
{
	struct cast *c = *state;
	struct view longest = longest_text(c);
	Provision__MailLeaseReply *mails;

	want_texts(c);
	write_to_anna(c, "kurz");
	ASSERT_TOLD(c, "kurz");
	for (int i = 0; i < 3; i++)
		write_text(c, &c->agent, view_slice(longest, 0, 40000));
	write_text(c, &c->agent, longest);
	for (int i = 0; i < 60; i++)
		write_to_anna(c, "kurz");
	desk_pass(c->d, 2 * MINUTE_MS);
	const struct { size_t texts, bytes; } expected[] = { { 1, 40000 }, { 1, 40000 }, { 1, 40000 }, { 1, 65536 }, { 50, 4 }, { 10, 4 } };
	mails = desk_mails(c->d);
	assert_int_equal(mails->n_jobs, 6);
	for (size_t i = 0; i < mails->n_jobs; i++) {
		assert_int_equal(mails->jobs[i]->n_said, expected[i].texts);
		assert_int_equal(mails->jobs[i]->said[0]->text.len, expected[i].bytes);
	}
	desk_mails_sent(c->d, mails);
	assert_nothing_waits(c);
}

/* Texts are mailed to customers only, and packages are never but linked to, once until somebody looks. */
static void
test_link_only(void **state)
{
	struct cast *c = *state;

	want_texts(c);
	choose(c, &c->agent, TEXT, 0, 0);
	choose(c, &c->owner, TEXT, 0, 0);
	write_text(c, &c->anna, VIEW_LIT("an die Kanzlei"));
	assert_int_equal(desk_mail(c->d, KIND(MESSAGE))->n_said, 0);
	send_away(c, false);
	assert_int_equal(desk_mail(c->d, KIND(PACKAGE))->n_said, 0);
	write_to_anna(c, "eins");
	ASSERT_TOLD(c, "eins");
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
}

static void
test_quiet_hours(void **state)
{
	struct cast *c = *state;
	unsigned now = minute_now(c);

	want_texts(c);
	choose(c, &c->anna, TEXT, (now + 1439) % 1440, (now + 60) % 1440);
	write_to_anna(c, "eins");
	assert_int_equal(mails_of(c, KIND(TEXTS)), 0);
	desk_pass(c->d, HOUR_MS / 2);
	write_to_anna(c, "zwei");
	assert_int_equal(mails_of(c, KIND(TEXTS)), 0);
	desk_pass(c->d, HOUR_MS / 2 + MINUTE_MS);
	ASSERT_TOLD(c, "eins", "zwei");
	assert_nothing_waits(c);
}

/* ---- what is gone */

static void
test_taken_back(void **state)
{
	struct cast *c = *state;
	uint64_t gone;

	want_texts(c);
	gone = write_to_anna(c, "weg");
	write_to_anna(c, "eins");
	take_back(c, gone);
	ASSERT_TOLD(c, "eins");
	desk_pass(c->d, 2 * MINUTE_MS);
	gone = write_to_anna(c, "auch weg");
	take_back(c, gone);
	assert_nothing_waits(c);
	write_to_anna(c, "zwei");
	ASSERT_TOLD(c, "zwei");
}

/* A mail that is tried again has the same texts but for what was taken back; what came later goes in another one. */
static void
test_tried_again(void **state)
{
	struct cast *c = *state;
	struct view message_id;
	Provision__MailJob *mail;
	uint64_t gone;

	want_texts(c);
	gone = write_to_anna(c, "weg");
	write_to_anna(c, "eins");
	mail = lease(c, KIND(TEXTS));
	assert_int_equal(mail->n_said, 2);
	message_id = wire_view(mail->message_id);
	write_to_anna(c, "zwei");
	report_failed(c, mail->job, false);
	take_back(c, gone);
	desk_pass(c->d, 3 * MINUTE_MS);
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	assert_int_equal(mails->n_jobs, 2);
	for (size_t i = 0; i < 2; i++) {
		bool is_first = view_equal(wire_view(mails->jobs[i]->message_id), message_id);
		assert_int_equal(mails->jobs[i]->n_said, 1);
		assert_true(view_equal_str(wire_view(mails->jobs[i]->said[0]->text), is_first ? "eins" : "zwei"));
	}
	desk_mails_sent(c->d, mails);
	assert_nothing_waits(c);
}

static void
test_conversation_ended(void **state)
{
	struct cast *c = *state;

	want_texts(c);
	write_to_anna(c, "eins");
	assert_int_equal(desk_end(c->d, &c->agent, &c->subscription), 0);
	(void)desk_mail(c->d, KIND(SUBSCRIPTION_ENDED));
	assert_nothing_waits(c);
}

/* ---- what is not wanted any more */

static void
lock(struct cast *c, const char *email)
{
	Provision__AccountLock m = PROVISION__ACCOUNT_LOCK__INIT;

	m.email = wire_str(email);
	m.locks = true;
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_ACCOUNT_LOCK, &m.base, NULL), 0);
}

/* Changed while a mail waits: it goes as a link, or not at all. A company forbids it to all, a locked account has no texts. */
static void
test_changed_meanwhile(void **state)
{
	struct cast *c = *state;

	want_texts(c);
	write_to_anna(c, "eins");
	choose(c, &c->anna, LINK, 0, 0);
	assert_int_equal(desk_mail(c->d, KIND(MESSAGE))->n_said, 0);
	choose(c, &c->anna, TEXT, 0, 0);
	write_to_anna(c, "zwei");
	choose(c, &c->anna, NONE, 0, 0);
	assert_nothing_waits(c);
	look(c, &c->anna, "");
	choose(c, &c->anna, TEXT, 0, 0);
	write_to_anna(c, "drei");
	set_company(c, true, LINK, 0, 0);
	assert_int_equal(desk_mail(c->d, KIND(MESSAGE))->n_said, 0);
	write_to_anna(c, "vier");
	assert_nothing_waits(c);                 /* one link until she looks */
	set_company(c, false, LINK, 0, 0);
	write_to_anna(c, "fünf");
	ASSERT_TOLD(c, "fünf");
	look(c, &c->anna, "");
	desk_pass(c->d, 2 * MINUTE_MS);
	write_to_anna(c, "sechs");
	lock(c, "anna@example.org");
	assert_int_equal(mails_of(c, KIND(TEXTS)), 0);
}

/* ---- what goes to nobody */

/* It is told by a link, once; the operator can still have the texts sent. */
static void
test_failed(void **state)
{
	struct cast *c = *state;
	Provision__MailJob *mail;
	struct id job;

	want_texts(c);
	write_to_anna(c, "eins");
	mail = lease(c, KIND(TEXTS));
	job = wire_id(mail->job);
	report_failed(c, mail->job, true);
	assert_int_equal(desk_mail(c->d, KIND(MESSAGE))->n_said, 0);
	assert_int_equal(operate(c, IPC_QUEUE_RETRY, &job), 0);
	ASSERT_TOLD(c, "eins");
	desk_pass(c->d, 2 * MINUTE_MS);
	write_to_anna(c, "zwei");
	mail = lease(c, KIND(TEXTS));
	report_failed(c, mail->job, true);
	assert_null(desk_mails(c->d));            /* told by a link, and she has not looked */
	desk_pass(c->d, 2 * MINUTE_MS);
	write_to_anna(c, "drei");
	ASSERT_TOLD(c, "drei");
}

static void
test_dropped(void **state)
{
	struct cast *c = *state;
	Provision__QueueList m = PROVISION__QUEUE_LIST__INIT;
	Provision__QueueListReply *list;
	struct id job;

	want_texts(c);
	write_to_anna(c, "eins");
	m.limit = 10;
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_LIST, &m.base, &list), 0);
	assert_int_equal(list->n_items, 1);
	job = wire_id(list->items[0]->job);
	assert_int_equal(operate(c, IPC_QUEUE_DROP, &job), 0);
	(void)desk_mail(c->d, KIND(MESSAGE));
	write_to_anna(c, "zwei");
	ASSERT_TOLD(c, "zwei");
}

/* Who has seen them elsewhere is told nothing. */
static void
test_failed_but_seen(void **state)
{
	struct cast *c = *state;
	Provision__ReadStatePut m = PROVISION__READ_STATE_PUT__INIT;
	Provision__ReadState *reply;
	Provision__MailJob *mail;

	want_texts(c);
	write_to_anna(c, "eins");
	mail = lease(c, KIND(TEXTS));
	look(c, &c->anna, "");
	report_failed(c, mail->job, true);
	assert_null(desk_mails(c->d));
	desk_pass(c->d, 2 * MINUTE_MS);
	m.sequence = write_to_anna(c, "zwei");
	mail = lease(c, KIND(TEXTS));
	m.caller = desk_caller(c->d, &c->anna);
	m.subscription = wire_of_id(&c->subscription);
	assert_int_equal(desk_web(c->d, IPC_READ_STATE_PUT, &m.base, &reply), 0);
	report_failed(c, mail->job, true);
	assert_null(desk_mails(c->d));
}

/* What she read is mailed all the same: every text is. To be mailed is not to have looked, and no look ends it. */
static void
test_looking(void **state)
{
	struct cast *c = *state;

	want_texts(c);
	write_to_anna(c, "eins");
	look(c, &c->anna, "");
	ASSERT_TOLD(c, "eins");
	send_away(c, false);
	(void)desk_mail(c->d, KIND(PACKAGE));
	desk_pass(c->d, 2 * MINUTE_MS);
	write_to_anna(c, "zwei");
	ASSERT_TOLD(c, "zwei");
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
}

/* A lease holds a bounded amount of text; nothing is lost. */
static void
test_many_conversations(void **state)
{
	struct cast *c = *state;
	struct view longest = longest_text(c);
	Provision__MailLeaseReply *mails;
	size_t told = 0, leases = 0;

	want_texts(c);
	for (int i = 0; i < 40; i++)
		write_text(c, &c->agent, longest);
	while ((mails = desk_mails(c->d)) != NULL) {
		assert_true(mails->n_jobs <= 16);
		told += mails->n_jobs;
		leases++;
		desk_mails_sent(c->d, mails);
	}
	assert_int_equal(told, 40);
	assert_int_equal(leases, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_every_text_is_told),
		TEST(test_former_member),
		TEST(test_bursts_are_gathered),
		TEST(test_long_texts),
		TEST(test_link_only),
		TEST(test_quiet_hours),
		TEST(test_taken_back),
		TEST(test_tried_again),
		TEST(test_conversation_ended),
		TEST(test_changed_meanwhile),
		TEST(test_failed),
		TEST(test_dropped),
		TEST(test_failed_but_seen),
		TEST(test_looking),
		TEST(test_many_conversations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
