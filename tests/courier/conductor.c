/* SPDX-License-Identifier: MIT */
/*
 * Supervisor and store of one courier, for tests/courier/test_role.py:
 *   conductor CONTROL_FD CONF_FILE [OPTION VALUE]...
 * It sets the courier at the other end of CONTROL_FD up, leases it the jobs that stand on standard input (a
 * line each, eight fields between tabs: kind, locale, to, name, peer, link, message id, envelope sender; the code is
 * always 123-456) and prints what happens, a line each: ready, lease, result ID OUTCOME CODE ENHANCED|- TEXT, lost, told,
 * ping MILLISECONDS (the slowest answer), gone. Options:
 *   unjailed 0|1, lease MS, user U, password P, lose N (the link is cut at the Nth report, which is not answered),
 *   refuse N (the Nth report gets an error), stop MS, reload FILE (at the first report), unlinked 0|1 (after lose: for ever)
 * Further leases wait; when there is a result for every job the courier is stopped.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "crypt/init.h"
#include "event/loop.h"
#include "ipc/client.h"
#include "ipc/link.h"
#include "ipc/server.h"
#include "record/control.pb-c.h"
#include "record/courier.pb-c.h"

#define JOBS_MAX 100
#define FIELDS 8

struct conductor {
	struct event_loop *loop;
	struct ipc_client *courier;
	struct ipc_server *store;
	struct event_timer *stop, *ping, *done;
	struct ipc_request *waiting;  /* a further lease */
	size_t result_count;
	uint64_t link, ping_sent_ms, ping_worst_ms;
	Provision__MailJob jobs[JOBS_MAX];
	uint8_t ids[JOBS_MAX][ID_BYTES];
	size_t job_count;
	unsigned reports;
	bool is_leased;
	/* options */
	unsigned long is_unjailed, lease_ms, lose, refuse, stop_ms, is_unlinked;
	const char *user, *password, *reload;
};

static ProtobufCBinaryData
bytes(const char *s)
{
	return (ProtobufCBinaryData){ strlen(s), (uint8_t *)(uintptr_t)s };
}

static void
say(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
}

static void
read_jobs(struct conductor *c)
{
	char line[4096];
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *field[FIELDS], *at = mem_strdup(line);
		at[strcspn(at, "\n")] = '\0';
		for (int i = 0; i < FIELDS; i++) {
			field[i] = at;
			at += strcspn(at, "\t");
			if (*at != '\0')
				*at++ = '\0';
		}
		require(c->job_count < JOBS_MAX);
		Provision__MailJob *job = &c->jobs[c->job_count];
		provision__mail_job__init(job);
		c->ids[c->job_count][ID_BYTES - 1] = (uint8_t)(c->job_count + 1);
		job->job = (ProtobufCBinaryData){ ID_BYTES, c->ids[c->job_count] };
		job->kind = (Provision__MailKind)strtol(field[0], NULL, 10);
		job->locale = bytes(field[1]);
		job->to = bytes(field[2]);
		job->name = bytes(field[3]);
		job->peer = bytes(field[4]);
		job->link = bytes(field[5]);
		job->message_id = bytes(field[6]);
		job->envelope_from = bytes(field[7]);
		job->code = bytes("123-456");
		job->created_ms = 1798761599123;
		job->until_ms = job->created_ms + 30 * 86400000ULL;
		c->job_count++;
	}
}

/* ---- the supervisor */

static void
on_done(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	(void)reply, (void)fds;
	if (err != 0)
		printf("%s %s\n", (const char *)arg, err_name(err));
	else
		printf("%s\n", (const char *)arg);
	fflush(stdout);
}

static void
on_quiet(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	(void)arg, (void)err, (void)reply, (void)fds;
}

static void
tell_courier(struct conductor *c, enum ipc_type type, const struct ProtobufCMessage *m, const int *fds, const char *what)
{
	ipc_client_call(c->courier, type, m, fds, 20000, what == NULL ? on_quiet : on_done, (void *)(uintptr_t)what);
}

static void
attach(struct conductor *c)
{
	int pair[2];
	int err = ipc_frame_pair(pair);
	require(err == 0);
	Provision__Attach m = PROVISION__ATTACH__INIT;
	m.role = PROVISION__ROLE__ROLE_STORE;
	m.link = ++c->link;
	ipc_server_add(c->store, pair[0], IPC_ROLE_COURIER, c->link);
	tell_courier(c, IPC_ATTACH, &m.base, &pair[1], NULL);
}

static void
settings_of(const char *path, struct buf *config, Provision__Settings *m)
{
	struct conf *conf = NULL;
	struct conf_problem problem;
	int err = conf_parse_file(path, &conf, &problem);
	if (err != 0)
		conf_problem_print(&problem, stderr);
	require(err == 0);
	buf_init(config, CONF_RECORD_MAX);
	err = conf_encode(conf, CONF_ROLE_COURIER, config);
	require(err == 0);
	conf_free(&conf);
	provision__settings__init(m);
	m->config = (ProtobufCBinaryData){ config->len, config->data };
}

static void
set_up(struct conductor *c, const char *path)
{
	struct buf config;
	Provision__Settings settings;
	Provision__Configure configure = PROVISION__CONFIGURE__INIT;
	Provision__Start start = PROVISION__START__INIT;
	settings_of(path, &config, &settings);
	configure.role = PROVISION__ROLE__ROLE_COURIER;
	configure.count = 1;
	configure.is_unjailed = c->is_unjailed != 0;
	configure.settings = &settings;
	tell_courier(c, IPC_CONFIGURE, &configure.base, NULL, "configured");
	tell_courier(c, IPC_START, &start.base, NULL, "ready");
	attach(c);
	buf_deinit(&config);
}

static void
reload(struct conductor *c)
{
	struct buf config;
	Provision__Settings settings;
	Provision__Reload m = PROVISION__RELOAD__INIT;
	settings_of(c->reload, &config, &settings);
	m.settings = &settings;
	tell_courier(c, IPC_RELOAD, &m.base, NULL, "reloaded");
	buf_deinit(&config);
}

static void
on_told(void *arg, enum ipc_type type, const struct ProtobufCMessage *m)
{
	struct conductor *c = arg;
	(void)m;
	require(type == IPC_LINK_LOST);
	say("told");
	if (!c->is_unlinked)
		attach(c);
}

static void
on_gone(void *arg, int err)
{
	struct conductor *c = arg;
	(void)err;
	printf("ping %lu\n", (unsigned long)c->ping_worst_ms);
	say("gone");
	event_loop_stop(c->loop);
}

static void
on_stop(void *arg)
{
	struct conductor *c = arg;
	Provision__Stop m = PROVISION__STOP__INIT;
	m.timeout_ms = 10000;
	tell_courier(c, IPC_STOP, &m.base, NULL, "stopping");
}

static void
on_pong(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct conductor *c = arg;
	(void)reply, (void)fds;
	uint64_t took = clock_mono_ms() - c->ping_sent_ms;
	if (err == 0 && took > c->ping_worst_ms)
		c->ping_worst_ms = took;
	event_timer_again(c->ping, 50);
}

static void
on_ping(void *arg)
{
	struct conductor *c = arg;
	Provision__Ping m = PROVISION__PING__INIT;
	c->ping_sent_ms = clock_mono_ms();
	ipc_client_call(c->courier, IPC_PING, &m.base, NULL, 20000, on_pong, c);
}

/* ---- the store */

static void
lease(struct conductor *c, struct ipc_request *r)
{
	Provision__MailJob *jobs[JOBS_MAX];
	Provision__MailLeaseReply m = PROVISION__MAIL_LEASE_REPLY__INIT;
	if (c->is_leased) {
		require(c->waiting == NULL);
		c->waiting = r;
		return;
	}
	say("lease");
	c->is_leased = true;
	for (size_t i = 0; i < c->job_count; i++)
		jobs[i] = &c->jobs[i];
	m.n_jobs = c->job_count;
	m.jobs = jobs;
	m.lease_end_ms = clock_wall_ms() + c->lease_ms;
	m.relay_user = bytes(c->user);
	m.relay_password = bytes(c->password);
	ipc_server_reply(&r, 0, &m.base, NULL);
}

static void
take_results(struct conductor *c, struct ipc_request *r)
{
	const Provision__MailResults *m = (const Provision__MailResults *)ipc_server_request_message(r);
	c->reports++;
	if (c->reports == 1 && c->reload != NULL)
		reload(c);
	if (c->reports == c->lose) {
		say("lost");
		ipc_server_drop(c->store, c->link);
		ipc_server_reply(&r, 0, NULL, NULL);
		if (c->waiting != NULL)
			ipc_server_reply(&c->waiting, ERR_UNAVAILABLE, NULL, NULL);
		return;
	}
	for (size_t i = 0; i < m->n_results; i++) {
		const Provision__MailResult *x = m->results[i];
		printf("result %u %d %u %.*s %.*s\n", x->job.data[ID_BYTES - 1], (int)x->outcome, x->smtp_code,
		    x->enhanced.len == 0 ? 1 : (int)x->enhanced.len, x->enhanced.len == 0 ? "-" : (const char *)x->enhanced.data,
		    (int)x->text.len, x->text.len == 0 ? "" : (const char *)x->text.data);
	}
	fflush(stdout);
	c->result_count += m->n_results;
	if (c->result_count >= c->job_count && c->done == NULL)
		c->done = event_timer_start(c->loop, 1, on_stop, c);
	ipc_server_reply(&r, c->reports == c->refuse ? ERR_CONFLICT : 0, NULL, NULL);
}

static void
on_request(void *arg, struct ipc_request *r)
{
	struct conductor *c = arg;
	if (ipc_server_request_row(r)->type == IPC_MAIL_LEASE)
		lease(c, r);
	else if (ipc_server_request_row(r)->type == IPC_MAIL_RESULTS)
		take_results(c, r);
	else
		panic("unexpected request");
}

static void
read_options(struct conductor *c, int argc, char **argv)
{
	const struct row {
		const char *name;
		unsigned long *number;
		const char **text;
	} rows[] = {
		{ "unjailed", &c->is_unjailed, NULL }, { "lease", &c->lease_ms, NULL }, { "lose", &c->lose, NULL },
		{ "refuse", &c->refuse, NULL }, { "stop", &c->stop_ms, NULL }, { "unlinked", &c->is_unlinked, NULL },
		{ "user", NULL, &c->user }, { "password", NULL, &c->password }, { "reload", NULL, &c->reload },
	};
	for (int i = 0; i + 1 < argc; i += 2) {
		bool is_known = false;
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			if (strcmp(argv[i], rows[k].name) != 0)
				continue;
			is_known = true;
			if (rows[k].number != NULL)
				*rows[k].number = strtoul(argv[i + 1], NULL, 10);
			else
				*rows[k].text = argv[i + 1];
		}
		require(is_known);
	}
}

int
main(int argc, char **argv)
{
	static struct conductor c = { .lease_ms = 30000, .user = "", .password = "" };
	require(argc >= 3 && crypt_init() == 0);
	log_init("conductor", LOG_ERROR, false);
	read_options(&c, argc - 3, argv + 3);
	read_jobs(&c);
	c.loop = event_loop_new();
	const struct ipc_client_options courier = {
		.self = IPC_ROLE_SUPERVISOR, .peer = IPC_ROLE_COURIER, .calls_max = 16, .told = on_told, .lost = on_gone, .arg = &c,
	};
	const struct ipc_server_options store = {
		.self = IPC_ROLE_STORE, .inflight_max = 4, .request = on_request, .arg = &c,
	};
	c.courier = ipc_client_new(c.loop, &courier);
	c.store = ipc_server_new(c.loop, &store);
	ipc_client_attach(c.courier, (int)strtol(argv[1], NULL, 10));
	set_up(&c, argv[2]);
	c.ping = event_timer_start(c.loop, 50, on_ping, &c);
	if (c.stop_ms != 0)
		c.stop = event_timer_start(c.loop, c.stop_ms, on_stop, &c);
	event_loop_run(c.loop);
	event_timer_cancel(&c.ping);
	event_timer_cancel(&c.stop);
	event_timer_cancel(&c.done);
	if (c.waiting != NULL)
		ipc_server_reply(&c.waiting, ERR_UNAVAILABLE, NULL, NULL);
	ipc_server_free(&c.store);
	ipc_client_free(&c.courier);
	event_loop_free(&c.loop);
	return 0;
}
