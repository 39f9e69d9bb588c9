/* SPDX-License-Identifier: MIT */
/*
 * The role: one batch between the store's link and the sending thread. Owns when what is asked of the store.
 * Must not know SMTP. Called by the skeleton (role/) through main.c.
 */
#include "courier/courier.h"

#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "courier/batch.h"
#include "courier/settings.h"
#include "ipc/client.h"
#include "record/courier.pb-c.h"

/* The lease is over for us so much earlier: results have to reach the store before. */
#define LEASE_MARGIN_MS 5000
#define LEASE_MAX_MS (60U * 60 * 1000)
#define REPORT_TIMEOUT_MS 30000
/* After a refused or lost request. */
#define AGAIN_MS 1000
/* How long results wait for a store that is gone. */
#define GIVE_UP_MS 60000

struct courier {
	struct role *role;
	struct settings settings;
	struct ipc_client *store;
	uint64_t link;
	struct ipc_client_call *call;    /* the lease, or a report */
	struct event_timer *again;
	struct event_timer *give_up;     /* runs when the batch is over */
	struct batch *batch;             /* NULL: nothing was leased yet */
	size_t reported;                 /* results that the store has */
	size_t reporting;                /* more, in the call */
	size_t logged;
	bool is_stopping;
};

static void go_on(void *arg);

int
courier_open(struct role *r, void **state_r)
{
	struct courier *c = mem_alloc(sizeof(*c));
	c->role = r;
	int err = settings_read(role_conf(r), &c->settings);
	/* Read again at a reload. */
	if (err == 0 && c->settings.credentials != NULL)
		role_allow(r, role_conf(r)->ca_file, ROLE_RIGHT_READ);
	*state_r = c;
	return err;
}

static void
later(struct courier *c)
{
	event_timer_cancel(&c->again);
	c->again = event_timer_start(role_loop(c->role), AGAIN_MS, go_on, c);
}

/* ---- leasing */

static void
progress(void *arg)
{
	go_on(arg);
}

static uint32_t
time_left_ms(uint64_t lease_end_ms)
{
	uint64_t end_ms = lease_end_ms > LEASE_MARGIN_MS ? lease_end_ms - LEASE_MARGIN_MS : 0;
	uint64_t now_ms = clock_wall_ms();
	if (end_ms <= now_ms)
		return 0;
	return end_ms - now_ms < LEASE_MAX_MS ? (uint32_t)(end_ms - now_ms) : LEASE_MAX_MS;
}

static void
begin_batch(struct courier *c, const Provision__MailLeaseReply *reply)
{
	struct settings settings = settings_copy(&c->settings);
	/* The store may name another user with its password. */
	if (reply->relay_user.len > 0) {
		require(reply->relay_user.len < sizeof(settings.relay_user));
		memcpy(settings.relay_user, reply->relay_user.data, reply->relay_user.len);
		settings.relay_user[reply->relay_user.len] = '\0';
	}
	const struct batch_options options = {
		.settings = &settings,
		.password = reply->relay_password.len == 0 ? NULL :
		    secret_from_view(view_of(reply->relay_password.data, reply->relay_password.len)),
		.time_ms = time_left_ms(reply->lease_end_ms), .progress = progress, .arg = c,
	};
	c->batch = batch_new(reply->n_jobs);
	for (size_t i = 0; i < reply->n_jobs; i++)
		*batch_job(c->batch, i) = job_of(reply->jobs[i]);
	ipc_message_wipe(&reply->base);
	log_event(LOG_INFO, "batch", LOG_U("mails", reply->n_jobs), LOG_U("time_ms", options.time_ms));
	batch_start(c->batch, role_loop(c->role), &options);
	settings_deinit(&settings);
}

static void
on_lease(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct courier *c = arg;
	(void)fds;
	c->call = NULL;
	if (err == 0) {
		const Provision__MailLeaseReply *r = (const Provision__MailLeaseReply *)reply;
		if (r->n_jobs > 0)
			begin_batch(c, r);
		else
			go_on(c);   /* what was ready had no reason any more */
		return;
	}
	/* A link that is gone comes back with attach. */
	if (err != ERR_UNAVAILABLE)
		log_event(LOG_WARNING, "lease", LOG_ERR(err));
	later(c);
}

static void
ask_lease(struct courier *c)
{
	Provision__MailLease m = PROVISION__MAIL_LEASE__INIT;
	m.limit = BATCH_MAX;
	c->call = ipc_client_call(c->store, IPC_MAIL_LEASE, &m.base, NULL, 0, on_lease, c);
}

/* ---- reporting */

static const char *const outcome_names[] = { [RELAY_SENT] = "sent", [RELAY_RETRY] = "retry", [RELAY_FAILED] = "failed" };

/* Ids and numbers. Our own words about the connection hold nothing personal; the relay's may, so they are not logged. */
static void
log_result(const struct batch_result *r)
{
	bool is_ours = r->result.reply.code == 0;
	log_event(r->result.outcome == RELAY_SENT ? LOG_INFO : LOG_WARNING, "mail", LOG_ID("mail", &r->job),
	    LOG_S("outcome", outcome_names[r->result.outcome]), LOG_U("code", r->result.reply.code),
	    LOG_S("status", r->result.reply.enhanced), LOG_S("why", is_ours ? r->result.reply.text : ""));
}

static void
describe(const struct batch_result *r, Provision__MailResult *m)
{
	static const Provision__MailOutcome outcomes[] = {
		[RELAY_SENT] = PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_SENT,
		[RELAY_RETRY] = PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_RETRY,
		[RELAY_FAILED] = PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_FAILED,
	};
	const struct reply *reply = &r->result.reply;
	provision__mail_result__init(m);
	m->job = (ProtobufCBinaryData){ sizeof(r->job.bytes), (uint8_t *)r->job.bytes };
	m->outcome = outcomes[r->result.outcome];
	m->smtp_code = reply->code;
	m->enhanced = (ProtobufCBinaryData){ strlen(reply->enhanced), (uint8_t *)reply->enhanced };
	m->text = (ProtobufCBinaryData){ strlen(reply->text), (uint8_t *)reply->text };
}

static void
on_reported(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct courier *c = arg;
	(void)reply, (void)fds;
	c->call = NULL;
	if (err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_BUSY) {
		later(c);
		return;
	}
	/* What the store does not take now it will not take again: the leases run out. */
	if (err != 0)
		log_event(LOG_ERROR, "report", LOG_ERR(err), LOG_U("results", c->reporting));
	c->reported += c->reporting;
	go_on(c);
}

static void
report(struct courier *c, const struct batch_result *results, size_t n)
{
	Provision__MailResult rows[BATCH_MAX];
	Provision__MailResult *pointers[BATCH_MAX];
	Provision__MailResults m = PROVISION__MAIL_RESULTS__INIT;
	for (size_t i = 0; i < n; i++) {
		describe(&results[i], &rows[i]);
		pointers[i] = &rows[i];
	}
	/* A report that has to be made again is not news. */
	for (; c->logged < c->reported + n; c->logged++)
		log_result(&results[c->logged - c->reported]);
	m.n_results = n;
	m.results = pointers;
	c->reporting = n;
	c->call = ipc_client_call(c->store, IPC_MAIL_RESULTS, &m.base, NULL, REPORT_TIMEOUT_MS, on_reported, c);
}

static void
give_up(void *arg)
{
	struct courier *c = arg;
	log_event(LOG_ERROR, "results-lost", LOG_S("why", "the store does not answer"));
	role_exit(c->role, EX_TEMPFAIL);
}

/* ---- what to do next */

static void
go_on(void *arg)
{
	struct courier *c = arg;
	size_t n = 0;
	/* Asked before the results are counted: what is over has added its last one. */
	bool is_over = c->batch == NULL ? c->is_stopping : batch_is_over(c->batch);
	const struct batch_result *results = c->batch == NULL ? NULL : batch_results(c->batch, c->reported, &n);
	if (c->call != NULL)
		return;
	if (n == 0 && is_over) {
		role_exit(c->role, EX_OK);
		return;
	}
	if (is_over && c->give_up == NULL)
		c->give_up = event_timer_start(role_loop(c->role), GIVE_UP_MS, give_up, c);
	if (!ipc_client_is_attached(c->store))
		return;
	if (c->batch == NULL)
		ask_lease(c);
	else if (n > 0)
		report(c, results, n);
}

/* ---- the skeleton's callbacks */

static void
on_lost(void *arg, int err)
{
	struct courier *c = arg;
	log_event(LOG_NOTICE, "store-lost", LOG_ERR(err));
	role_report_lost(c->role, c->link);
}

int
courier_start(struct role *r, void *state)
{
	struct courier *c = state;
	const struct ipc_client_options options = {
		.self = IPC_ROLE_COURIER, .peer = IPC_ROLE_STORE, .calls_max = 2, .lost = on_lost, .arg = c,
	};
	c->store = ipc_client_new(role_loop(r), &options);
	return 0;
}

void
courier_attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd)
{
	struct courier *c = state;
	(void)index;
	if (peer != IPC_ROLE_STORE) {
		file_close(&fd);
		return;
	}
	c->link = link;
	ipc_client_attach(c->store, fd);
	go_on(c);
}

void
courier_detach(void *state, uint64_t link)
{
	struct courier *c = state;
	if (link == c->link)
		ipc_client_detach(c->store);
}

/*
 * What is being sent goes on as it began. An authority that the jail does not let us read (ca_file names another one
 * now) needs a new process: this one ends if it holds no mails.
 */
int
courier_reload(struct role *r, void *state)
{
	struct courier *c = state;
	struct settings settings;
	int err = settings_read(role_conf(r), &settings);
	if (err == 0) {
		settings_deinit(&c->settings);
		c->settings = settings;
	} else if (err == ERR_DENIED) {
		if (c->batch == NULL)
			role_exit(r, EX_OK);
		err = 0;
	}
	return err;
}

void
courier_stop(struct role *r, void *state, uint64_t timeout_ms)
{
	struct courier *c = state;
	(void)r, (void)timeout_ms;
	c->is_stopping = true;
	if (c->batch == NULL)
		ipc_client_cancel(&c->call);
	else
		batch_stop(c->batch);
	go_on(c);
}

void
courier_close(void *state)
{
	struct courier *c = state;
	event_timer_cancel(&c->again);
	event_timer_cancel(&c->give_up);
	batch_free(&c->batch);
	ipc_client_free(&c->store);
	settings_deinit(&c->settings);
	mem_free(&c);
}
