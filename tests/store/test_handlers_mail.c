/* SPDX-License-Identifier: MIT */
/*
 * The mail queue as courier and operator see it (F1): leases, retries, giving up, and mails whose reason has gone.
 */
#include <string.h>

#include "conf/conf.h"
#include "store/call.h"
#include "store/desk_parcel.h"
#include "store/policy.h"
#include "store/retention.h"

#define RETRY PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_RETRY
#define FAILED PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_FAILED
#define SENT PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_SENT

struct cast {
	struct desk *d;
	struct person anna;
	struct id registration;
};

/* One mail waits: Anna's code. */
static int
setup(void **state)
{
	struct cast *c = mem_alloc(sizeof(*c));
	Provision__RegistrationCreateReply *reply;

	c->d = desk_new();
	desk_person_init(&c->anna, "anna@example.org", "Anna", "Schmidt");
	assert_int_equal(desk_web(c->d, IPC_REGISTRATION_CREATE, &desk_registration(c->d, &c->anna)->base, &reply), 0);
	c->registration = wire_id(reply->registration);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	struct cast *c = *state;

	desk_person_deinit(&c->anna);
	desk_free(&c->d);
	mem_free(&c);
	return 0;
}

static void
report(struct desk *d, ProtobufCBinaryData job, Provision__MailOutcome outcome)
{
	Provision__MailResults m = PROVISION__MAIL_RESULTS__INIT;
	Provision__MailResult r = PROVISION__MAIL_RESULT__INIT, *list[1] = { &r };

	r.job = job;
	r.outcome = outcome;
	r.smtp_code = outcome == FAILED ? 550 : 451;
	r.enhanced = wire_str("4.2.0");
	r.text = wire_str("mailbox anna@example.org is busy");
	m.results = list;
	m.n_results = 1;
	assert_int_equal(desk_ask(d, IPC_ROLE_COURIER, IPC_MAIL_RESULTS, &m.base, NULL), 0);
}

static Provision__QueueListReply *
queue(struct desk *d)
{
	Provision__QueueList m = PROVISION__QUEUE_LIST__INIT;
	Provision__QueueListReply *reply;

	m.limit = 100;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_QUEUE_LIST, &m.base, &reply), 0);
	return reply;
}

static uint64_t
counter(struct desk *d, const char *name)
{
	Provision__Status m = PROVISION__STATUS__INIT;
	Provision__StatusReply *reply;

	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_STATUS, &m.base, &reply), 0);
	for (size_t i = 0; i < reply->n_counters; i++)
		if (view_equal_str(wire_view(reply->counters[i]->name), name))
			return reply->counters[i]->value;
	fail_msg("no counter %s", name);
	return 0;
}

/* ---- */

static void
test_sent(void **state)
{
	struct cast *c = *state;
	Provision__MailLeaseReply *mails;

	assert_int_equal(counter(c->d, "mails_waiting"), 1);
	mails = desk_mails(c->d);
	assert_int_equal(mails->n_jobs, 1);
	assert_int_equal(mails->lease_end_ms, desk_now(c->d) + STORE_MAIL_LEASE_MS);
	assert_true(wire_view(mails->jobs[0]->envelope_from).len == 2 + 45 + 10);
	assert_null(desk_mails(c->d));            /* leased: nobody else gets it */
	report(c->d, mails->jobs[0]->job, SENT);
	report(c->d, mails->jobs[0]->job, SENT);  /* once more is no harm */
	assert_int_equal(queue(c->d)->n_items, 0);
	desk_pass(c->d, 2 * RIG_DAY_MS);
	assert_null(desk_mails(c->d));
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	assert_int_equal(counter(c->d, "mails_sent_total"), 1);
	assert_int_equal(counter(c->d, "mails_queued_total"), 1);
}

/* 1 minute, doubling, at most 4 hours, a fifth more or less; always the same message id. */
static void
test_retries_back_off(void **state)
{
	struct cast *c = *state;
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	struct view message_id = wire_view(mails->jobs[0]->message_id);
	uint64_t expected_ms = 60000;

	for (uint32_t tries = 0; tries < 10; tries++) {
		assert_int_equal(mails->jobs[0]->tries, tries);
		assert_true(view_equal(wire_view(mails->jobs[0]->message_id), message_id));
		report(c->d, mails->jobs[0]->job, RETRY);
		assert_null(desk_mails(c->d));
		uint64_t next_ms = queue(c->d)->items[0]->next_ms - desk_now(c->d);
		assert_in_range(next_ms, expected_ms * 4 / 5, expected_ms * 6 / 5);
		desk_pass(c->d, next_ms + 60000);
		mails = desk_mails(c->d);
		assert_non_null(mails);
		expected_ms = expected_ms * 2 > 14400000 ? 14400000 : expected_ms * 2;
	}
}

static void
test_permanent_failure(void **state)
{
	struct cast *c = *state;
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	Provision__QueueListReply *list;

	report(c->d, mails->jobs[0]->job, FAILED);
	list = queue(c->d);
	assert_int_equal(list->n_items, 1);
	assert_true(list->items[0]->is_failed);
	assert_int_equal(list->items[0]->smtp_code, 550);
	assert_int_equal(list->items[0]->tries, 1);
	assert_int_equal(counter(c->d, "mails_failed_total"), 1);
	assert_int_equal(counter(c->d, "mails_deferred_total"), 0);
	desk_pass(c->d, RIG_DAY_MS / 2);
	assert_null(desk_mails(c->d));
}

/* A notice to a company that cannot be delivered: five days of tries, then seven for the operator, then gone. */
static void
test_given_up_after_five_days(void **state)
{
	struct cast *c = *state;
	struct person owner;
	struct firm firm;
	struct id id;
	uint64_t started;
	Provision__MailLeaseReply *mails;

	desk_mails_sent(c->d, desk_mails(c->d));
	desk_person_init(&owner, "olga@kanzlei.example", "Olga", "Owner");
	desk_person_join(c->d, &owner);
	desk_firm_open(c->d, &firm, "kanzlei", "Kanzlei Müller", &owner);
	assert_int_equal(desk_subscribe(c->d, &owner, &firm, &id), 0);
	started = desk_now(c->d);
	while (desk_now(c->d) < started + 6 * RIG_DAY_MS) {
		mails = desk_mails(c->d);
		if (mails != NULL)
			report(c->d, mails->jobs[0]->job, RETRY);
		desk_pass(c->d, 3600000);
	}
	assert_int_equal(queue(c->d)->n_items, 1);
	assert_true(queue(c->d)->items[0]->is_failed);
	assert_in_range(queue(c->d)->items[0]->next_ms, started + 11 * RIG_DAY_MS, started + 12 * RIG_DAY_MS + 60000);
	desk_pass(c->d, 6 * RIG_DAY_MS + 120000);
	assert_int_equal(queue(c->d)->n_items, 0);
	desk_firm_deinit(&firm);
	desk_person_deinit(&owner);
}

/* A courier that dies: its mails come back when the lease has run out, also after a restart of the store. */
static void
test_lease_runs_out(void **state)
{
	struct cast *c = *state;
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	ProtobufCBinaryData job = mails->jobs[0]->job;

	desk_restart(c->d);
	desk_pass(c->d, STORE_MAIL_LEASE_MS - 60000);
	assert_null(desk_mails(c->d));
	desk_pass(c->d, 120000);       /* it ends: that was a failed try */
	assert_null(desk_mails(c->d));
	desk_pass(c->d, 120000);
	mails = desk_mails(c->d);
	assert_non_null(mails);
	assert_int_equal(mails->jobs[0]->tries, 1);
	assert_true(view_equal(wire_view(job), wire_view(mails->jobs[0]->job)));
	/* a late report that it was sent is believed */
	report(c->d, job, SENT);
	assert_int_equal(queue(c->d)->n_items, 0);
}

static void
test_flush(void **state)
{
	struct cast *c = *state;
	Provision__QueueFlush m = PROVISION__QUEUE_FLUSH__INIT;
	Provision__QueueFlushReply *reply;

	report(c->d, desk_mails(c->d)->jobs[0]->job, RETRY);
	assert_null(desk_mails(c->d));
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_FLUSH, &m.base, &reply), 0);
	assert_int_equal(reply->jobs, 1);
	assert_non_null(desk_mails(c->d));
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_FLUSH, &m.base, &reply), 0);
	assert_int_equal(reply->jobs, 0);
	desk_work(c->d);
}

/* The reason has gone before the courier came. */
static void
test_without_reason(void **state)
{
	struct cast *c = *state;
	Provision__MailLeaseReply *mails;

	report(c->d, desk_mails(c->d)->jobs[0]->job, RETRY);
	desk_pass(c->d, store_retention_ms(NULL, STORE_RETENTION_REGISTRATION) + 120000);
	mails = desk_mails(c->d);
	assert_true(mails == NULL || mails->n_jobs == 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL_READY), 0);
}

static void
test_received_before_the_notice_went(void **state)
{
	struct cast *c = *state;
	struct person owner;
	struct firm firm;
	struct desk_parcel p;
	struct id id;
	Provision__MailLeaseReply *mails;

	desk_mails_sent(c->d, desk_mails(c->d));
	desk_person_deinit(&c->anna);
	desk_person_init(&c->anna, "anna2@example.org", "Anna", "Schmidt");
	desk_person_join(c->d, &c->anna);
	desk_person_init(&owner, "olga@kanzlei.example", "Olga", "Owner");
	desk_person_join(c->d, &owner);
	desk_firm_open(c->d, &firm, "kanzlei", "Kanzlei Müller", &owner);
	id = desk_subscription(c->d, &c->anna, &owner, &firm);
	desk_parcel_init(&p, &c->anna, &owner, &firm, &id, false);
	desk_parcel_send(c->d, &p);
	assert_int_equal(desk_parcel_receive(c->d, &owner, &p.package, desk_parcel_fetch(c->d, &p)), 0);
	mails = desk_mails(c->d);
	assert_int_equal(mails->n_jobs, 0);
	assert_null(desk_mails(c->d));
	desk_parcel_deinit(&p);
	desk_firm_deinit(&firm);
	desk_person_deinit(&owner);
}

static int
about(struct desk *d, enum ipc_type type, ProtobufCBinaryData job)
{
	Provision__QueueRetry retry = PROVISION__QUEUE_RETRY__INIT;
	Provision__QueueDrop drop = PROVISION__QUEUE_DROP__INIT;

	retry.job = drop.job = job;
	return desk_ask(d, IPC_ROLE_CTL, type, type == IPC_QUEUE_RETRY ? &retry.base : &drop.base, NULL);
}

/* What was given up is tried again when the operator says so, once; dropped it is gone; what is being sent is let alone. */
static void
test_retry_and_drop(void **state)
{
	struct cast *c = *state;
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	ProtobufCBinaryData job = mails->jobs[0]->job;
	Provision__QueueShow show = PROVISION__QUEUE_SHOW__INIT;
	Provision__QueueShowReply *shown;

	assert_int_equal(about(c->d, IPC_QUEUE_RETRY, job), ERR_STATE);
	assert_int_equal(about(c->d, IPC_QUEUE_DROP, job), ERR_STATE);
	report(c->d, job, FAILED);
	show.job = job;
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_SHOW, &show.base, &shown), 0);
	assert_true(shown->row->is_failed);
	assert_int_equal(about(c->d, IPC_QUEUE_RETRY, job), 0);
	assert_int_equal(about(c->d, IPC_QUEUE_RETRY, job), 0);
	mails = desk_mails(c->d);
	assert_int_equal(mails->n_jobs, 1);
	report(c->d, job, RETRY);
	assert_int_equal(about(c->d, IPC_QUEUE_RETRY, job), 0);
	assert_int_equal(about(c->d, IPC_QUEUE_DROP, job), 0);
	assert_null(desk_mails(c->d));
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL_READY), 0);
	assert_int_equal(about(c->d, IPC_QUEUE_RETRY, job), ERR_NOT_FOUND);
	assert_int_equal(about(c->d, IPC_QUEUE_DROP, job), ERR_NOT_FOUND);
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_SHOW, &show.base, &shown), ERR_NOT_FOUND);
}

/* The relay's password is lent with the batch, and the configured names are used. */
static void
test_settings(void **state)
{
	struct cast *c = *state;
	struct conf conf = { .url = "https://provision.example", .mail_domain = "provision.example",
		.bounce_address = "bounces@provision.example" };
	struct secret *password = secret_from_view(VIEW_LIT("relay password"));
	Provision__MailLeaseReply *mails;

	c->d->settings = (struct store_settings){ &conf, password };
	mails = desk_mails(c->d);
	assert_true(view_equal_str(wire_view(mails->relay_password), "relay password"));
	assert_true(view_equal_str(wire_view(mails->jobs[0]->link), "https://provision.example/v"));
	assert_true(view_equal_str(wire_view(mails->jobs[0]->envelope_from), "bounces@provision.example"));
	struct view id = wire_view(mails->jobs[0]->message_id);
	assert_true(view_equal_str(view_slice(id, ID_TEXT_LEN, id.len), "@provision.example"));
	secret_free(&password);
}

static void
test_queue_is_paged(void **state)
{
	struct cast *c = *state;
	Provision__QueueList m = PROVISION__QUEUE_LIST__INIT;
	Provision__QueueListReply *reply;
	uint64_t last_ms = 0;
	unsigned seen = 0;

	for (unsigned i = 0; i < 6; i++) {
		struct person p;
		desk_person_init(&p, arena_printf(c->d->arena, "p%u@example.org", i), "Person", "Many");
		assert_int_equal(desk_web(c->d, IPC_REGISTRATION_CREATE, &desk_registration(c->d, &p)->base, NULL), 0);
		desk_person_deinit(&p);
		desk_pass(c->d, 1000);
	}
	m.limit = 3;
	do {
		assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_LIST, &m.base, &reply), 0);
		for (size_t i = 0; i < reply->n_items; i++, seen++) {
			assert_in_range(reply->items[i]->next_ms, last_ms, UINT64_MAX);
			last_ms = reply->items[i]->next_ms;
		}
		m.cursor = reply->next;
	} while (m.cursor.len != 0);
	assert_int_equal(seen, 7);
	m.cursor = wire_str("x");
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_QUEUE_LIST, &m.base, NULL), ERR_SYNTAX);
}

static void
test_status_and_clock(void **state)
{
	struct cast *c = *state;
	Provision__Status m = PROVISION__STATUS__INIT;
	Provision__ClockAccept accept = PROVISION__CLOCK_ACCEPT__INIT;
	Provision__StatusReply *reply;

	assert_int_equal(desk_web(c->d, IPC_STATUS, &m.base, &reply), 0);
	assert_true(reply->is_accepting);
	assert_false(reply->is_clock_held);
	/* the wall clock jumps ten days: erasing by time waits until the operator accepts */
	c->d->rig->wall_ms += 10 * RIG_DAY_MS;
	(void)store_clock_guard_tick(c->d->rig->store->clock);
	desk_work(c->d);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_REGISTRATION), 1);
	assert_int_equal(desk_web(c->d, IPC_STATUS, &m.base, &reply), 0);
	assert_true(reply->is_clock_held);
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_CLOCK_ACCEPT, &accept.base, NULL), 0);
	desk_work(c->d);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_REGISTRATION), 0);
	assert_int_equal(desk_web(c->d, IPC_STATUS, &m.base, &reply), 0);
	assert_false(reply->is_clock_held);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sent),
		TEST(test_retries_back_off),
		TEST(test_permanent_failure),
		TEST(test_given_up_after_five_days),
		TEST(test_lease_runs_out),
		TEST(test_flush),
		TEST(test_without_reason),
		TEST(test_received_before_the_notice_went),
		TEST(test_retry_and_drop),
		TEST(test_settings),
		TEST(test_queue_is_paged),
		TEST(test_status_and_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
