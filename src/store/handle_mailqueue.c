/* SPDX-License-Identifier: MIT */
/*
 * The courier's two requests: give me mails, this became of them. The courier is told what one batch needs and nothing
 * else; the relay's password is lent with it.
 */
#include "crypt/secret.h"
#include "record/courier.pb-c.h"
#include "store/clock_guard.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rows.h"
#include "store/wire.h"

/* Mails without reason or in quiet hours that one lease passes over at most: a commit is bounded. */
#define SKIPPED_MAX 400U
/* Messages, with what stands around them, after which a lease is full: a reply is bounded, and so is what the courier holds. */
#define SAID_BYTES_MAX ((size_t)1024 * 1024)

static size_t
said_bytes(const Provision__MailJob *job)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n_said; i++)
		n += job->said[i]->text.len + job->said[i]->author.len + sizeof(*job->said[i]);
	return n;
}

int
handle_mailqueue_lease_check(struct store_call *c)
{
	if (store_mailqueue_is_ready(c->tx))
		return 0;
	c->topic = STORE_TOPIC_MAIL;
	return STORE_CALL_WAIT;
}

/* May be empty: what was ready had no reason any more, or another courier took it. */
int
handle_mailqueue_lease(struct store_call *c)
{
	const Provision__MailLease *m = (const Provision__MailLease *)c->request;
	Provision__MailLeaseReply *reply = arena_alloc(c->arena, sizeof(*reply));
	size_t bytes = 0;
	int err = 0;

	provision__mail_lease_reply__init(reply);
	reply->jobs = arena_alloc(c->arena, m->limit * sizeof(*reply->jobs));
	for (uint32_t i = 0; err >= 0 && reply->n_jobs < m->limit && bytes < SAID_BYTES_MAX && i < m->limit + SKIPPED_MAX; i++) {
		Provision__MailJob *job = arena_alloc(c->arena, sizeof(*job));
		provision__mail_job__init(job);
		err = store_mailqueue_lease(c->store, c->tx, c->arena, job, c->settings);
		if (err == 0) {
			reply->jobs[reply->n_jobs++] = job;
			bytes += said_bytes(job);
		}
	}
	if (err < 0 && err != ERR_NOT_FOUND)
		return err;
	reply->lease_end_ms = store_clock_guard_now_ms(c->store->clock) + STORE_MAIL_LEASE_MS;
	if (c->settings != NULL && c->settings->relay_password != NULL)
		reply->relay_password = wire_bytes(arena_dup(c->arena, secret_view(c->settings->relay_password)));
	c->reply = &reply->base;
	return 0;
}

int
handle_mailqueue_results(struct store_call *c)
{
	const Provision__MailResults *m = (const Provision__MailResults *)c->request;
	int err = 0;

	for (size_t i = 0; err == 0 && i < m->n_results; i++)
		err = store_mailqueue_result(c->store, c->tx, m->results[i]);
	return err;
}
