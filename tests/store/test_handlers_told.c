/* SPDX-License-Identifier: MIT */
/*
 * Whom a mail has told (F1): nobody, where it failed for good or the operator removed it; companies' contact mailboxes, as their
 * owner chose; and the two mails that no choice ends (B4, A4).
 */
#include "store/notice.h"
#include "store/notice_cast.h"

/* ---- what goes to nobody */

enum fate { FAILED, DROPPED };

/* A notice that the relay refuses for good, or that the operator removes. Gives its job. */
static struct id
lose_notice(struct cast *c, enum fate fate)
{
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	struct id job;

	assert_non_null(mails);
	assert_int_equal(mails->n_jobs, 1);
	job = wire_id(mails->jobs[0]->job);
	report_failed(c, mails->jobs[0]->job, fate == FAILED);
	if (fate == DROPPED)
		assert_int_equal(operate(c, IPC_QUEUE_DROP, &job), 0);
	return job;
}

/* Has told nobody: the next package is told, without a look in between; and only one of them. */
static void
test_lost_notice_told_nobody(void **state)
{
	struct cast *c = *state;

	for (enum fate fate = FAILED; fate <= DROPPED; fate++)
		for (int to_company_side = 0; to_company_side <= 1; to_company_side++) {
			take_mails(c);
			look(c, &c->anna, "");
			look(c, &c->agent, "kanzlei");
			send_away(c, to_company_side);
			(void)lose_notice(c, fate);
			send_away(c, to_company_side);
			assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
			send_away(c, to_company_side);
			assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
		}
}

/* The operator has the failed one tried again: it goes, and tells, so that the next package is not told. */
static void
test_failed_notice_goes_again(void **state)
{
	struct cast *c = *state;
	struct id job;

	take_mails(c);
	send_away(c, false);
	job = lose_notice(c, FAILED);
	assert_int_equal(operate(c, IPC_QUEUE_RETRY, &job), 0);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
}

/* But not after a look, nor when what came later was told meanwhile. */
static void
test_failed_notice_without_reason(void **state)
{
	struct cast *c = *state;
	struct id job;

	take_mails(c);
	send_away(c, false);
	job = lose_notice(c, FAILED);
	look(c, &c->anna, "");
	assert_int_equal(operate(c, IPC_QUEUE_RETRY, &job), 0);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	send_away(c, false);
	job = lose_notice(c, FAILED);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	assert_int_equal(operate(c, IPC_QUEUE_RETRY, &job), 0);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
}

/* ---- companies' mailboxes */

static void
test_contact_mailbox(void **state)
{
	struct cast *c = *state;
	unsigned now = minute_now(c);

	take_mails(c);
	set_company(c, false, NONE, 0, 0);
	send_away(c, true);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	set_company(c, false, LINK, (now + 1439) % 1440, (now + 60) % 1440);
	send_away(c, true);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);      /* the customer's */
	desk_pass(c->d, HOUR_MS + MINUTE_MS);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
}

/* Only an owner sees and sets it, and what is set is what is shown. */
static void
test_company_settings(void **state)
{
	struct cast *c = *state;
	Provision__CompanySettingsGet get = PROVISION__COMPANY_SETTINGS_GET__INIT;
	Provision__CompanySettingsGetReply *reply;

	get.slug = wire_str("kanzlei");
	get.caller = desk_caller(c->d, &c->agent);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS_GET, &get.base, &reply), ERR_DENIED);
	get.caller = desk_caller(c->d, &c->anna);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS_GET, &get.base, &reply), ERR_NOT_FOUND);
	get.caller = desk_caller(c->d, &c->owner);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS_GET, &get.base, &reply), 0);
	assert_true(reply->is_listed && !reply->forbids_text_mail && reply->notices == LINK && reply->quiet_start == reply->quiet_end);
	set_company(c, true, NONE, 60, 120);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS_GET, &get.base, &reply), 0);
	assert_true(reply->is_listed && reply->forbids_text_mail && reply->notices == NONE);
	assert_int_equal(reply->quiet_start, 60);
	assert_int_equal(reply->quiet_end, 120);
}

/* B4, A4: that a subscription has ended and that something has to be sent again comes also to who wants no notices, after quiet hours. */
static void
test_service_mails_come_all_the_same(void **state)
{
	struct cast *c = *state;
	unsigned now = minute_now(c);

	assert_int_equal(store_notice_class(KIND(SUBSCRIPTION_ENDED)), STORE_NOTICE_SERVICE);
	assert_int_equal(store_notice_class(KIND(SEND_AGAIN)), STORE_NOTICE_SERVICE);
	take_mails(c);
	choose(c, &c->anna, NONE, (now + 1439) % 1440, (now + 60) % 1440);
	set_company(c, false, NONE, (now + 1439) % 1440, (now + 60) % 1440);
	assert_int_equal(desk_end(c->d, &c->anna, &c->subscription), 0);
	assert_int_equal(desk_end(c->d, &c->agent, &c->other_subscription), 0);
	assert_int_equal(mails_of(c, KIND(SUBSCRIPTION_ENDED)), 1);      /* Berta's */
	desk_pass(c->d, HOUR_MS + MINUTE_MS);
	assert_int_equal(mails_of(c, KIND(SUBSCRIPTION_ENDED)), 1);      /* the company's */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lost_notice_told_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_notice_goes_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_notice_without_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contact_mailbox, setup, teardown),
		cmocka_unit_test_setup_teardown(test_company_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_service_mails_come_all_the_same, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
