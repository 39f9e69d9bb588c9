/* SPDX-License-Identifier: MIT */
/*
 * The role: batches between the store's link and the sending threads. Owns when what is asked of the store.
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

/* Batches at once. */
#define LANES 4
/* So many mails, then another process takes over. */
#define MAILS_MAX 10000
/* The lease is over for us so much earlier: results have to reach the store before. */
#define LEASE_MARGIN_MS 5000
#define LEASE_MAX_MS (60U * 60 * 1000)
#define REPORT_TIMEOUT_MS 30000
/* After a refused or lost request. */
#define AGAIN_MS 1000
/* How long results wait for a store that is gone. */
#define GIVE_UP_MS 60000

/* One batch at a time: a thread and a connection. */
struct lane {
	struct courier *courier;
	struct batch *batch;             /* NULL: free */
	struct ipc_client_call *call;    /* a report */
	struct event_timer *give_up;     /* runs when the batch is over */
	size_t reported;                 /* results that the store has */
	size_t reporting;                /* more, in the call */
	size_t logged;
};

struct courier {
	struct role *role;
	struct settings settings;
	struct ipc_client *store;
	uint64_t link;
	struct ipc_client_call *lease;
	struct event_timer *again;       /* runs: the store is asked nothing until then */
	struct lane lanes[LANES];
	size_t leased;                   /* mails so far */
	bool is_stopping;
};

static void go_on(void *arg);

int
courier_open(struct role *r, void **state_r)
{
	struct courier *c = mem_alloc(sizeof(*c));
	c->role = r;
	for (size_t i = 0; i < LANES; i++)
		c->lanes[i].courier = c;
	int err = settings_read(role_conf(r), &c->settings);
	/* Read again at a reload. */
	if (err == 0 && c->settings.credentials != NULL)
		role_allow(r, role_conf(r)->ca_file, ROLE_RIGHT_READ);
	*state_r = c;
	return err;
}

static void
try_again(void *arg)
{
	struct courier *c = arg;
	event_timer_cancel(&c->again);
	go_on(c);
}

static void
later(struct courier *c)
{
	event_timer_cancel(&c->again);
	c->again = event_timer_start(role_loop(c->role), AGAIN_MS, try_again, c);
}

/* ---- leasing */

static struct lane *
free_lane(struct courier *c)
{
	for (size_t i = 0; i < LANES; i++)
		if (c->lanes[i].batch == NULL)
			return &c->lanes[i];
	return NULL;
}

static bool
is_idle(const struct courier *c)
{
	for (size_t i = 0; i < LANES; i++)
		if (c->lanes[i].batch != NULL)
			return false;
	return true;
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
	struct lane *lane = free_lane(c);
	require(lane != NULL);
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
		.time_ms = time_left_ms(reply->lease_end_ms), .progress = go_on, .arg = c,
	};
	*lane = (struct lane){ .courier = c, .batch = batch_new(reply->n_jobs) };
	for (size_t i = 0; i < reply->n_jobs; i++)
		*batch_job(lane->batch, i) = job_of(reply->jobs[i]);
	c->leased += reply->n_jobs;
	ipc_message_wipe(&reply->base);
	log_event(LOG_INFO, "batch", LOG_U("mails", reply->n_jobs), LOG_U("time_ms", options.time_ms));
	batch_start(lane->batch, role_loop(c->role), &options);
	settings_deinit(&settings);
}

static void
on_lease(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct courier *c = arg;
	(void)fds;
	c->lease = NULL;
	if (err == 0) {
		const Provision__MailLeaseReply *r = (const Provision__MailLeaseReply *)reply;
		/* None: what was ready had no reason any more. */
		if (r->n_jobs > 0)
			begin_batch(c, r);
		go_on(c);
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
	c->lease = ipc_client_call(c->store, IPC_MAIL_LEASE, &m.base, NULL, 0, on_lease, c);
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
	struct lane *lane = arg;
	(void)reply, (void)fds;
	lane->call = NULL;
	if (err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_BUSY) {
		later(lane->courier);
		return;
	}
	/* What the store does not take now it will not take again: the leases run out. */
	if (err != 0)
		log_event(LOG_ERROR, "report", LOG_ERR(err), LOG_U("results", lane->reporting));
	lane->reported += lane->reporting;
	go_on(lane->courier);
}

static void
report(struct lane *lane, const struct batch_result *results, size_t n)
{
	Provision__MailResult rows[BATCH_MAX];
	Provision__MailResult *pointers[BATCH_MAX];
	Provision__MailResults m = PROVISION__MAIL_RESULTS__INIT;
	for (size_t i = 0; i < n; i++) {
		describe(&results[i], &rows[i]);
		pointers[i] = &rows[i];
	}
	/* A report that has to be made again is not news. */
	for (; lane->logged < lane->reported + n; lane->logged++)
		log_result(&results[lane->logged - lane->reported]);
	m.n_results = n;
	m.results = pointers;
	lane->reporting = n;
	lane->call = ipc_client_call(lane->courier->store, IPC_MAIL_RESULTS, &m.base, NULL, REPORT_TIMEOUT_MS, on_reported, lane);
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
go_on_lane(struct lane *lane)
{
	struct courier *c = lane->courier;
	size_t n = 0;
	if (lane->batch == NULL || lane->call != NULL)
		return;
	/* Asked before the results are counted: what is over has added its last one. */
	bool is_over = batch_is_over(lane->batch);
	const struct batch_result *results = batch_results(lane->batch, lane->reported, &n);
	if (n == 0 && is_over) {
		event_timer_cancel(&lane->give_up);
		batch_free(&lane->batch);
		return;
	}
	if (is_over && lane->give_up == NULL)
		lane->give_up = event_timer_start(role_loop(c->role), GIVE_UP_MS, give_up, c);
	if (n > 0 && c->again == NULL && ipc_client_is_attached(c->store))
		report(lane, results, n);
}

static void
go_on(void *arg)
{
	struct courier *c = arg;
	for (size_t i = 0; i < LANES; i++)
		go_on_lane(&c->lanes[i]);
	bool is_last = c->is_stopping || c->leased >= MAILS_MAX;
	if (is_last && is_idle(c)) {
		ipc_client_cancel(&c->lease);
		role_exit(c->role, EX_OK);
		return;
	}
	if (!is_last && c->lease == NULL && c->again == NULL && free_lane(c) != NULL && ipc_client_is_attached(c->store))
		ask_lease(c);
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
		.self = IPC_ROLE_COURIER, .peer = IPC_ROLE_STORE, .calls_max = LANES + 1, .lost = on_lost, .arg = c,
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
 * now) needs a new process: this one ends when it holds no mails.
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
		c->leased = MAILS_MAX;
		go_on(c);
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
	ipc_client_cancel(&c->lease);
	for (size_t i = 0; i < LANES; i++)
		if (c->lanes[i].batch != NULL)
			batch_stop(c->lanes[i].batch);
	go_on(c);
}

void
courier_close(void *state)
{
	struct courier *c = state;
	event_timer_cancel(&c->again);
	for (size_t i = 0; i < LANES; i++) {
		event_timer_cancel(&c->lanes[i].give_up);
		batch_free(&c->lanes[i].batch);
	}
	ipc_client_free(&c->store);
	settings_deinit(&c->settings);
	mem_free(&c);
}
