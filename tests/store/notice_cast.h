/* SPDX-License-Identifier: MIT */
/*
 * What the tests of notices do: choices, looking, the courier's and the operator's part.
 */
#ifndef TESTS_STORE_NOTICE_CAST_H
#define TESTS_STORE_NOTICE_CAST_H

#include "record/notice.pb-c.h"
#include "store/hours.h"
#include "store/parcel_cast.h"

#define HOUR_MS 3600000ULL
#define MINUTE_MS 60000ULL
#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_##name
#define LINK PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_LINK
#define NONE PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_NONE

/* Takes what waits, nothing of it of interest. */
static inline void
take_mails(struct cast *c)
{
	Provision__MailLeaseReply *mails;

	while ((mails = desk_mails(c->d)) != NULL && mails->n_jobs > 0)
		desk_mails_sent(c->d, mails);
}

/* How many mails of that kind are leased now; all are sent. */
static inline unsigned
mails_of(struct cast *c, Provision__MailKind kind)
{
	Provision__MailLeaseReply *mails;
	unsigned n = 0;

	while ((mails = desk_mails(c->d)) != NULL && mails->n_jobs > 0) {
		for (size_t i = 0; i < mails->n_jobs; i++)
			n += mails->jobs[i]->kind == kind;
		desk_mails_sent(c->d, mails);
	}
	return n;
}

static inline void
send_one(struct cast *c, struct desk_parcel *p, bool to_company_side)
{
	if (to_company_side)
		to_company(c, p);
	else
		to_customer(c, p);
	desk_parcel_send(c->d, p);
}

/* Sends and forgets. */
static inline void
send_away(struct cast *c, bool to_company_side)
{
	struct desk_parcel p;

	send_one(c, &p, to_company_side);
	desk_parcel_deinit(&p);
}

static inline void
look(struct cast *c, const struct person *who, const char *slug)
{
	Provision__InboxListReply *reply;

	assert_int_equal(desk_inbox(c->d, who, slug, false, &reply), 0);
	desk_pass(c->d, 0);
}

static inline void
choose(struct cast *c, const struct person *who, Provision__NoticeChoice choice, unsigned start, unsigned end)
{
	Provision__NoticesPut m = PROVISION__NOTICES_PUT__INIT;

	m.caller = desk_caller(c->d, who);
	m.notices = choice;
	m.quiet_start = start;
	m.quiet_end = end;
	assert_int_equal(desk_web(c->d, IPC_NOTICES_PUT, &m.base, NULL), 0);
}

static inline Provision__NoticeChoice
choice_of(struct cast *c, const struct person *who)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	Provision__AccountGetReply *reply;

	m.caller = desk_caller(c->d, who);
	assert_int_equal(desk_web(c->d, IPC_ACCOUNT_GET, &m.base, &reply), 0);
	return reply->notices;
}

/* The minute of the day in Berlin. */
static inline unsigned
minute_now(struct cast *c)
{
	uint64_t now_ms = desk_now(c->d);

	return (unsigned)((now_ms / 1000 + (uint64_t)store_hours_offset_s(VIEW_LIT("Europe/Berlin"), now_ms)) / 60 % 1440);
}

/* As the company's owner. */
static inline void
set_company(struct cast *c, bool forbids_text_mail, Provision__NoticeChoice choice, unsigned start, unsigned end)
{
	Provision__CompanySettings m = PROVISION__COMPANY_SETTINGS__INIT;

	m.caller = desk_caller(c->d, &c->owner);
	m.slug = wire_str("kanzlei");
	m.is_listed = true;
	m.forbids_text_mail = forbids_text_mail;
	m.notices = choice;
	m.quiet_start = start;
	m.quiet_end = end;
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS, &m.base, NULL), 0);
}

/* The relay refuses a leased mail: for good, or for now. */
static inline void
report_failed(struct cast *c, ProtobufCBinaryData job, bool is_final)
{
	Provision__MailResult result = PROVISION__MAIL_RESULT__INIT, *list = &result;
	Provision__MailResults m = PROVISION__MAIL_RESULTS__INIT;

	result.job = job;
	result.outcome = is_final ? PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_FAILED : PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_RETRY;
	result.smtp_code = is_final ? 550 : 450;
	m.results = &list;
	m.n_results = 1;
	assert_int_equal(desk_ask(c->d, IPC_ROLE_COURIER, IPC_MAIL_RESULTS, &m.base, NULL), 0);
}

/* provisionctl queue retry, drop. */
static inline int
operate(struct cast *c, enum ipc_type type, const struct id *job)
{
	Provision__QueueRetry retry = PROVISION__QUEUE_RETRY__INIT;
	Provision__QueueDrop drop = PROVISION__QUEUE_DROP__INIT;

	retry.job = drop.job = wire_of_id(job);
	return desk_ask(c->d, IPC_ROLE_CTL, type, type == IPC_QUEUE_RETRY ? &retry.base : &drop.base, NULL);
}

#endif
