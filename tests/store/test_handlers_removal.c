/* SPDX-License-Identifier: MIT */
/*
 * How packages go: given up, expired, erased with their day or with their subscription (B4, C4, C7, E1).
 */
#include "conf/conf.h"
#include "store/parcel_cast.h"
#include "store/retention.h"

#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING
#define RECEIVED PROVISION__PACKAGE_STATE__PACKAGE_STATE_RECEIVED
#define WITHDRAWN PROVISION__PACKAGE_STATE__PACKAGE_STATE_WITHDRAWN
#define REMINDER PROVISION__MAIL_KIND__MAIL_KIND_REMINDER
#define EXPIRED PROVISION__PACKAGE_STATE__PACKAGE_STATE_EXPIRED

static int
give_up(struct cast *c, const struct person *who, const struct desk_parcel *p)
{
	Provision__PackageAbort m = PROVISION__PACKAGE_ABORT__INIT;

	m.caller = desk_caller(c->d, who);
	m.package = wire_of_id(&p->package);
	return desk_web(c->d, IPC_PACKAGE_ABORT, &m.base, NULL);
}

/* notes: of conversations that live, that they were accepted. */
static void
expect_nothing_left(struct cast *c, unsigned notes)
{
	static const enum store_table tables[] = { STORE_TABLE_PACKAGE, STORE_TABLE_PACKAGE_OF, STORE_TABLE_HEADER,
		STORE_TABLE_FILES, STORE_TABLE_PART, STORE_TABLE_UPLOAD, STORE_TABLE_INBOX, STORE_TABLE_PROVENANCE };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		assert_int_equal(desk_rows(c->d, tables[i]), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY), notes);
	assert_int_equal(spool_files(c), 0);
}

static void
test_giving_up(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p, q;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(c->d, &p)->base, NULL), 0);
	desk_parcel_part(c->d, &p, 2);
	assert_int_equal(give_up(c, &c->berta, &p), ERR_NOT_FOUND);
	assert_int_equal(give_up(c, &c->agent, &p), ERR_NOT_FOUND);
	assert_int_equal(give_up(c, &c->anna, &p), 0);
	assert_int_equal(give_up(c, &c->anna, &p), ERR_NOT_FOUND);
	expect_nothing_left(c, 2);
	to_company(c, &q);
	desk_parcel_send(c->d, &q);
	assert_int_equal(give_up(c, &c->anna, &q), ERR_STATE);
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
}

/* A number that no seal carries yet is used again, and no gap is reported. One that a seal may carry is not. */
static void
test_numbers_of_given_up(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p, q, r;

	to_company(c, &p);
	to_company(c, &q);
	to_company(c, &r);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	desk_parcel_part(c->d, &p, 2);
	assert_int_equal(give_up(c, &c->anna, &p), 0);
	assert_int_equal(desk_parcel_create(c->d, &q), 0);
	assert_int_equal(q.sequence, p.sequence);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(c->d, &q)->base, NULL), 0);
	assert_int_equal(give_up(c, &c->anna, &q), 0);
	assert_int_equal(desk_parcel_create(c->d, &r), 0);
	assert_int_equal(r.sequence, q.sequence + 1);
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
	desk_parcel_deinit(&r);
}

static void
test_incomplete_ones_end(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;

	to_company(c, &p);
	assert_int_equal(desk_parcel_create(c->d, &p), 0);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(c->d, &p)->base, NULL), 0);
	desk_parcel_part(c->d, &p, 2);
	desk_pass(c->d, store_retention_ms(NULL, STORE_RETENTION_ARRIVING) - 60000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 1);
	desk_pass(c->d, 120000);
	expect_nothing_left(c, 2);
	desk_parcel_deinit(&p);
}

/* C4, C7, E1: provenance after 30 days, the package and its history 365 days after its day began. */
static void
test_time_erases(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p, q;
	unsigned keys;

	desk_work(c->d);
	keys = desk_rows(c->d, STORE_TABLE_KEYS);
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	to_customer(c, &q);
	desk_parcel_send(c->d, &q);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &q.package, desk_parcel_fetch(c->d, &q)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 2);
	desk_pass(c->d, 30 * RIG_DAY_MS);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 0);
	assert_int_equal(spool_files(c), 3);
	desk_pass(c->d, 334 * RIG_DAY_MS);
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	assert_int_equal(row_of(c, &c->anna, &p)->state, WAITING);
	assert_int_equal(row_of(c, &c->anna, &q)->state, RECEIVED);
	desk_pass(c->d, RIG_DAY_MS);
	expect_nothing_left(c, 0);
	/* the keys of the accepting's day, too */
	assert_int_equal(desk_rows(c->d, STORE_TABLE_KEYS), keys - 2);
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
}

static void
test_expiry(void **state)
{
	struct cast *c = *state;
	struct conf conf = { .package_expiry_days = 30, .quota_account_packages = 1 };
	struct desk_parcel p, q;

	c->d->settings.conf = &conf;
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	to_company(c, &q);
	assert_int_equal(desk_parcel_create(c->d, &q), ERR_FULL);
	assert_int_equal(row_of(c, &c->anna, &p)->expires_ms, desk_now(c->d) + 30 * RIG_DAY_MS);
	desk_pass(c->d, 30 * RIG_DAY_MS + 60000);
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	assert_int_equal(desk_login(c->d, &c->agent), 0);
	assert_int_equal(row_of(c, &c->anna, &p)->state, EXPIRED);
	assert_int_equal(desk_part_open(c->d, &c->agent, &p.package, 2), ERR_ERASED);
	assert_int_equal(spool_files(c), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_HEADER), 0);
	/* what has expired counts no longer among what the sender may have waiting */
	assert_int_equal(desk_parcel_create(c->d, &q), 0);
	desk_parcel_deinit(&q);
	desk_parcel_deinit(&p);
}

/* C7: the sending side alone, once, until it is received; removed as by a receipt. */
static void
test_withdrawing(void **state)
{
	struct cast *c = *state;
	Provision__PackageWithdraw *m;
	Provision__PackageGetReply *got;
	struct desk_parcel p, q, other;
	struct view receipt;

	to_company(c, &other);
	assert_int_equal(desk_parcel_create(c->d, &other), 0);
	assert_int_equal(withdraw(c, &c->anna, &other), ERR_STATE);
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	receipt = desk_parcel_fetch(c->d, &p);
	assert_int_equal(withdraw(c, &c->agent, &p), ERR_DENIED);
	assert_int_equal(withdraw(c, &c->berta, &p), ERR_NOT_FOUND);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_WITHDRAW, &withdrawal(c, &c->anna, &c->agent, &p)->base, NULL), ERR_TRUST);
	assert_int_equal(row_of(c, &c->agent, &p)->state, WAITING);
	/* nor with a session of the one and a signature of the other, nor one of another package */
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_WITHDRAW, &withdrawal(c, &c->anna, &c->berta, &p)->base, NULL), ERR_TRUST);
	m = withdrawal(c, &c->anna, &c->anna, &other);
	m->package = wire_of_id(&p.package);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_WITHDRAW, &m->base, NULL), ERR_TRUST);
	m = withdrawal(c, &c->anna, &c->anna, &p);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_WITHDRAW, &m->base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_WITHDRAW, &m->base, NULL), 0);
	/* both see what was signed, and by whom */
	const struct person *sides[] = { &c->anna, &c->agent };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(desk_parcel_get(c->d, sides[i], &p.package, &got), 0);
		assert_true(view_equal(wire_view(got->word->withdrawal), wire_view(m->withdrawal)));
		assert_true(view_equal(wire_view(got->word->statement), buf_view(&c->anna.statement)));
	}
	assert_int_equal(desk_key(c->d, STORE_KEY_PACKAGE, &p.package), ERR_ERASED);
	assert_int_equal(row_of(c, &c->agent, &p)->state, WITHDRAWN);
	assert_int_equal(row_of(c, &c->anna, &p)->ended_ms, desk_now(c->d));
	assert_int_equal(desk_part_open(c->d, &c->agent, &p.package, 2), ERR_ERASED);
	desk_pass(c->d, 1000);
	assert_int_equal(withdraw(c, &c->anna, &p), ERR_CONFLICT);
	/* a receipt that comes too late changes nothing, and the other way round */
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, receipt), ERR_STATE);
	to_customer(c, &q);
	desk_parcel_send(c->d, &q);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &q.package, desk_parcel_fetch(c->d, &q)), 0);
	assert_int_equal(withdraw(c, &c->owner, &q), ERR_STATE);
	assert_int_equal(row_of(c, &c->anna, &q)->state, RECEIVED);
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
	desk_parcel_deinit(&other);
}

/* C7: a colleague may, it is the company's package. */
static void
test_a_colleague_withdraws(void **state)
{
	struct cast *c = *state;
	Provision__PackageGetReply *got;
	struct desk_parcel p;

	to_customer(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(withdraw(c, &c->anna, &p), ERR_DENIED);
	/* each in person */
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_WITHDRAW, &withdrawal(c, &c->owner, &c->agent, &p)->base, NULL), ERR_TRUST);
	assert_int_equal(withdraw(c, &c->owner, &p), 0);
	assert_int_equal(desk_parcel_get(c->d, &c->anna, &p.package, &got), 0);
	assert_int_equal(got->row->state, WITHDRAWN);
	assert_int_equal(got->word->statement.len, 0);
	desk_parcel_deinit(&p);
}

static void
take_mails(struct cast *c)
{
	Provision__MailLeaseReply *mails;

	while ((mails = desk_mails(c->d)) != NULL)
		desk_mails_sent(c->d, mails);
}

/* C7: after 3, 14 and 30 days to the recipient, as long as it waits; at its end to the sender. */
static void
test_reminders(void **state)
{
	struct cast *c = *state;
	struct conf conf = { .package_expiry_days = 40 };
	const Provision__MailJob *mail;
	struct desk_parcel p, q;
	static const unsigned days[] = { 3, 11, 16 };

	c->d->settings.conf = &conf;
	take_mails(c);
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	to_customer(c, &q);
	desk_parcel_send(c->d, &q);
	take_mails(c);
	assert_int_equal(withdraw(c, &c->agent, &q), 0);
	for (size_t i = 0; i < 3; i++) {
		desk_pass(c->d, (days[i] - 1) * RIG_DAY_MS);
		assert_null(desk_mails(c->d));
		desk_pass(c->d, RIG_DAY_MS + 60000);
		mail = desk_mail(c->d, REMINDER);
		assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
		assert_true(view_equal_str(wire_view(mail->peer), "Anna Schmidt"));
	}
	desk_pass(c->d, 10 * RIG_DAY_MS);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_EXPIRED);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->peer), "Kanzlei Müller"));
	desk_pass(c->d, 30 * RIG_DAY_MS);
	assert_null(desk_mails(c->d));
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
}

/* C7: nobody is reminded of what ends within a day, with its own limit or with its day of the history. */
static void
test_no_reminder_at_the_end(void **state)
{
	static const struct {
		struct conf conf;
		bool is_reminded;
	} cases[] = { { { .package_expiry_days = 30 }, false }, { { .package_expiry_days = 31 }, true },
		{ { .package_expiry_days = 365, .history_days = 31 }, false } };
	struct cast *c = *state;
	struct desk_parcel p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c->d->settings.conf = &cases[i].conf;
		to_company(c, &p);
		desk_parcel_send(c->d, &p);
		/* not the first moment of a day, so that the third ends in less than 31 days */
		assert_int_not_equal(desk_now(c->d) % RIG_DAY_MS, 0);
		desk_pass(c->d, 29 * RIG_DAY_MS);
		take_mails(c);
		desk_pass(c->d, RIG_DAY_MS + 60000);
		Provision__MailLeaseReply *mails = desk_mails(c->d);
		bool is_reminded = mails != NULL && mails->jobs[0]->kind == REMINDER;
		assert_int_equal(is_reminded, cases[i].is_reminded);
		assert_int_equal(desk_login(c->d, &c->anna), 0);
		take_mails(c);
		desk_parcel_deinit(&p);
	}
}

/* After a long stop one reminder, not all that were missed; none at all once it has expired or was received. */
static void
test_no_burst(void **state)
{
	struct cast *c = *state;
	struct conf conf = { .package_expiry_days = 40 };
	struct desk_parcel p, q;

	c->d->settings.conf = &conf;
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	to_customer(c, &q);
	desk_parcel_send(c->d, &q);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &q.package, desk_parcel_fetch(c->d, &q)), 0);
	take_mails(c);
	rig_pass(c->d->rig, 20 * RIG_DAY_MS);
	(void)store_clock_guard_tick(c->d->rig->store->clock);
	desk_work(c->d);
	(void)desk_mail(c->d, REMINDER);
	assert_null(desk_mails(c->d));
	desk_pass(c->d, 10 * RIG_DAY_MS + 60000);
	(void)desk_mail(c->d, REMINDER);
	rig_pass(c->d->rig, 20 * RIG_DAY_MS);
	(void)store_clock_guard_tick(c->d->rig->store->clock);
	desk_work(c->d);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_EXPIRED);
	assert_null(desk_mails(c->d));
	desk_parcel_deinit(&p);
	desk_parcel_deinit(&q);
}

/* B4: at once for both, whatever was under way. */
static void
test_ending_removes_everything(void **state)
{
	struct cast *c = *state;
	struct desk_parcel waiting, received, arriving;
	Provision__InboxListReply *inbox;
	unsigned keys;
	Provision__PackageGetReply *got;
	Provision__UploadReply *upload;

	desk_work(c->d);
	keys = desk_rows(c->d, STORE_TABLE_KEYS);
	to_company(c, &waiting);
	desk_parcel_send(c->d, &waiting);
	to_customer(c, &received);
	desk_parcel_send(c->d, &received);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &received.package, desk_parcel_fetch(c->d, &received)), 0);
	to_company(c, &arriving);
	assert_int_equal(desk_parcel_create(c->d, &arriving), 0);
	assert_int_equal(desk_upload_create(c->d, &c->anna, &arriving.package, 2, arriving.parts[1].len, &upload), 0);
	assert_int_equal(desk_upload_open(c->d, &c->anna, upload->upload, 0), 0);
	assert_int_equal(desk_end(c->d, &c->anna, &c->subscription), 0);

	/* the keys are gone before the answer: nothing can be read any more, whatever still lies there */
	assert_int_equal(desk_key(c->d, STORE_KEY_SUBSCRIPTION, &c->subscription), ERR_ERASED);
	assert_int_equal(desk_key(c->d, STORE_KEY_PACKAGE, &waiting.package), ERR_ERASED);
	assert_int_equal(desk_key(c->d, STORE_KEY_PACKAGE, &arriving.package), ERR_ERASED);
	assert_int_equal(desk_parcel_get(c->d, &c->agent, &waiting.package, &got), ERR_NOT_FOUND);
	assert_int_equal(desk_parcel_get(c->d, &c->anna, &received.package, &got), ERR_NOT_FOUND);
	assert_int_equal(desk_part_open(c->d, &c->agent, &waiting.package, 2), ERR_NOT_FOUND);
	assert_int_equal(desk_upload_close(c->d, &c->anna, upload->upload, &upload), ERR_NOT_FOUND);
	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), 0);
	assert_int_equal(inbox->n_items, 0);
	expect_nothing_left(c, 1);
	desk_work(c->d);
	expect_nothing_left(c, 1);
	/* and no slot stays taken: two less than before, the subscription's own and its day's */
	assert_int_equal(desk_rows(c->d, STORE_TABLE_KEYS), keys - 2);
	desk_parcel_deinit(&waiting);
	desk_parcel_deinit(&received);
	desk_parcel_deinit(&arriving);
}

/* More packages than one step takes: invisible at once, gone by the job. */
static void
test_ending_a_large_one(void **state)
{
	struct cast *c = *state;
	Provision__InboxListReply *inbox;

	for (unsigned i = 0; i < 30; i++) {
		struct desk_parcel p;
		to_company(c, &p);
		desk_parcel_send(c->d, &p);
		desk_parcel_deinit(&p);
	}
	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), 0);
	assert_int_equal(inbox->n_items, 30);
	assert_int_equal(inbox->items[0]->number, 32);
	assert_int_equal(inbox->items[29]->number, 3);
	assert_int_equal(desk_end(c->d, &c->agent, &c->subscription), 0);
	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), 0);
	assert_int_equal(inbox->n_items, 0);
	assert_int_not_equal(desk_rows(c->d, STORE_TABLE_PACKAGE_OF), 0);
	desk_work(c->d);
	expect_nothing_left(c, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_giving_up),
		TEST(test_numbers_of_given_up),
		TEST(test_incomplete_ones_end),
		TEST(test_time_erases),
		TEST(test_withdrawing),
		TEST(test_a_colleague_withdraws),
		TEST(test_reminders),
		TEST(test_no_reminder_at_the_end),
		TEST(test_no_burst),
		TEST(test_expiry),
		TEST(test_ending_removes_everything),
		TEST(test_ending_a_large_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
