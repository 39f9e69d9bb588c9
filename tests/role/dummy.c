/* SPDX-License-Identifier: MIT */
/*
 * A role for tests: provision-store, provision-web or provision-courier by the name it is called with. The
 * store answers Status with what has happened to it and obeys a few requests of provisionctl; the others
 * ask it for its status over their link when they get one.
 *
 * Orders (answered with STATE; requests of provisionctl to the store): QueueFlush = exit 0; ClockAccept = hang; CompanyAdd with slug
 * "crash", "leave" (close the control channel and live on), "open" (a forbidden file), "exit-N", "done" (the courier's batch), "cut" (all links of web).
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <protobuf-c/protobuf-c.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "ipc/client.h"
#include "ipc/server.h"
#include "record/admin.pb-c.h"
#include "record/courier.pb-c.h"
#include "role/role.h"

#define COUNTERS 16

struct dummy {
	struct role *role;
	struct ipc_server *server;       /* of the store */
	struct ipc_client *client;       /* of the others */
	uint64_t link;                   /* of the client */
	struct ipc_request *lease;       /* the courier waits */
	uint64_t web_links[8];
	size_t web_count;
	struct event_timer *slow;        /* a stop that takes its time */
	bool is_courier;
	unsigned attached, detached, lost, reloaded, tickets, asked;
};

static void
add_counter(Provision__Counter *c, const char *name, uint64_t value)
{
	provision__counter__init(c);
	c->name = (ProtobufCBinaryData){ strlen(name), (uint8_t *)(uintptr_t)name };
	c->value = value;
}

static void
answer_status(struct dummy *d, struct ipc_request *r)
{
	Provision__Counter counters[COUNTERS], *list[COUNTERS];
	Provision__StatusReply m = PROVISION__STATUS_REPLY__INIT;
	const struct conf *conf = role_conf(d->role);
	const struct { const char *name; uint64_t value; } values[] = {
		{ "pid", (uint64_t)getpid() }, { "uid", getuid() }, { "gid", getgid() }, { "jailed", role_is_jailed(d->role) },
		{ "attached", d->attached }, { "detached", d->detached }, { "lost", d->lost }, { "reloaded", d->reloaded },
		{ "tickets", d->tickets }, { "asked", d->asked },
		{ "master_key", role_secret(d->role, ROLE_SECRET_MASTER_KEY) != NULL },
		{ "certificate_key", role_secret(d->role, ROLE_SECRET_CERTIFICATE_KEY) != NULL },
		{ "relay_password", role_secret(d->role, ROLE_SECRET_RELAY_PASSWORD) != NULL },
		{ "reserve", conf == NULL ? 0 : conf->disk_reserve_bytes },
	};
	size_t n = sizeof(values) / sizeof(values[0]);
	for (size_t i = 0; i < n; i++) {
		add_counter(&counters[i], values[i].name, values[i].value);
		list[i] = &counters[i];
	}
	m.n_counters = n;
	m.counters = list;
	ipc_server_reply(&r, ERR_OK, &m.base, NULL);
}

static void
obey(struct dummy *d, struct ipc_request *r)
{
	const Provision__CompanyAdd *m = (const Provision__CompanyAdd *)ipc_server_request_message(r);
	struct view order = view_of(m->slug.data, m->slug.len);
	char text[64];
	(void)snprintf(text, sizeof(text), "%.*s", VIEW_FMT(order));
	ipc_server_reply(&r, ERR_STATE, NULL, NULL);
	if (strcmp(text, "done") == 0 && d->lease != NULL)
		ipc_server_reply(&d->lease, ERR_NOT_FOUND, NULL, NULL);
	for (; strcmp(text, "cut") == 0 && d->web_count > 0; d->web_count--)
		ipc_server_drop(d->server, d->web_links[d->web_count - 1]);
	if (strcmp(text, "crash") == 0)
		abort();
	if (strcmp(text, "leave") == 0)
		(void)close(3);
	if (strcmp(text, "open") == 0)
		log_event(LOG_NOTICE, open("/etc/passwd", O_RDONLY) < 0 ? "open-refused" : "open-works");
	if (strncmp(text, "exit-", 5) == 0)
		role_exit(d->role, (int)strtol(text + 5, NULL, 10));
}

static void
on_request(void *arg, struct ipc_request *r)
{
	struct dummy *d = arg;
	enum ipc_type type = ipc_server_request_row(r)->type;
	if (type == IPC_STATUS) {
		d->asked += ipc_server_request_role(r) == IPC_ROLE_WEB;
		answer_status(d, r);
	} else if (type == IPC_MAIL_LEASE) {
		if (d->lease != NULL)
			ipc_server_reply(&d->lease, ERR_UNAVAILABLE, NULL, NULL);
		d->lease = r;
	} else if (type == IPC_COMPANY_ADD) {
		obey(d, r);
	} else if (type == IPC_QUEUE_FLUSH) {
		Provision__QueueFlushReply m = PROVISION__QUEUE_FLUSH_REPLY__INIT;
		ipc_server_reply(&r, ERR_OK, &m.base, NULL);
		role_exit(d->role, 0);
	} else if (type == IPC_CLOCK_ACCEPT) {
		ipc_server_reply(&r, ERR_OK, NULL, NULL);
		for (;;)
			(void)sleep(1000);
	} else {
		ipc_server_reply(&r, ERR_UNSUPPORTED, NULL, NULL);
	}
}

static void
on_server_lost(void *arg, uint64_t link, enum ipc_role role, int err)
{
	struct dummy *d = arg;
	(void)err;
	d->lost++;
	log_event(LOG_NOTICE, "dummy-lost", LOG_U("link", link), LOG_I("role", role));
	if (role != IPC_ROLE_CTL)
		role_report_lost(d->role, link);
}

static void
on_client_lost(void *arg, int err)
{
	struct dummy *d = arg;
	(void)err;
	role_report_lost(d->role, d->link);
}

/* The courier's batch is done. */
static void
on_lease(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct dummy *d = arg;
	(void)reply;
	(void)fds;
	if (err == ERR_NOT_FOUND)
		role_exit(d->role, 0);
}

static void
on_status(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct dummy *d = arg;
	(void)reply;
	(void)fds;
	log_event(LOG_NOTICE, "dummy-asked", LOG_U("index", role_index(d->role)), LOG_ERR(err));
}

static int
open_role(struct role *r, void **state_r)
{
	struct dummy *d = mem_alloc(sizeof(*d));
	d->role = r;
	*state_r = d;
	return getenv("HOME") != NULL ? ERR_STATE : ERR_OK;
}

static int
start_store(struct role *r, void *state)
{
	struct dummy *d = state;
	struct ipc_server_options o = { .self = IPC_ROLE_STORE, .inflight_max = 16, .request = on_request, .lost = on_server_lost,
		.arg = d };
	const struct secret *master = role_secret(r, ROLE_SECRET_MASTER_KEY);
	/* a key of zeros is "wrong" */
	static const uint8_t zeros[32];
	if (master != NULL && view_equal(secret_view(master), view_of(zeros, 32)))
		return ERR_CRYPTO;
	d->server = ipc_server_new(role_loop(r), &o);
	return ERR_OK;
}

static int
start_other(struct role *r, struct dummy *d, enum ipc_role self)
{
	struct ipc_client_options o = { .self = self, .peer = IPC_ROLE_STORE, .calls_max = 16, .lost = on_client_lost,
		.arg = d };
	d->client = ipc_client_new(role_loop(r), &o);
	log_event(LOG_NOTICE, "dummy-start", LOG_U("index", role_index(r)), LOG_U("count", role_count(r)),
	    LOG_U("https", role_listener(r, "https", 0) != -1), LOG_U("metrics", role_listener(r, "metrics", 0) != -1),
	    LOG_U("master", role_secret(r, ROLE_SECRET_MASTER_KEY) != NULL),
	    LOG_U("key", role_secret(r, ROLE_SECRET_CERTIFICATE_KEY) != NULL));
	return ERR_OK;
}

static int
start_web(struct role *r, void *state)
{
	return start_other(r, state, IPC_ROLE_WEB);
}

static int
start_courier(struct role *r, void *state)
{
	struct dummy *d = state;
	d->is_courier = true;
	return start_other(r, d, IPC_ROLE_COURIER);
}

static void
attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd)
{
	struct dummy *d = state;
	(void)index;
	d->attached++;
	if (d->server != NULL) {
		ipc_server_add(d->server, fd, peer, link);
		if (peer == IPC_ROLE_WEB && d->web_count < sizeof(d->web_links) / sizeof(d->web_links[0]))
			d->web_links[d->web_count++] = link;
		return;
	}
	d->link = link;
	ipc_client_attach(d->client, fd);
	Provision__Status status = PROVISION__STATUS__INIT;
	Provision__MailLease lease = PROVISION__MAIL_LEASE__INIT;
	lease.limit = 1;
	if (d->is_courier)
		(void)ipc_client_call(d->client, IPC_MAIL_LEASE, &lease.base, NULL, 0, on_lease, d);
	else
		(void)ipc_client_call(d->client, IPC_STATUS, &status.base, NULL, 5000, on_status, d);
}

static void
detach(void *state, uint64_t link)
{
	struct dummy *d = state;
	d->detached++;
	log_event(LOG_NOTICE, "dummy-detached", LOG_U("link", link));
	if (d->server != NULL)
		ipc_server_drop(d->server, link);
	else if (link == d->link)
		ipc_client_detach(d->client);
}

static int
reload(struct role *r, void *state)
{
	struct dummy *d = state;
	/* this many bytes are refused: the role goes on with what it had */
	if (role_conf(r) != NULL && role_conf(r)->disk_reserve_bytes == (uint64_t)77 << 20)
		return ERR_CONFIG;
	d->reloaded++;
	log_event(LOG_NOTICE, "dummy-reloaded", LOG_U("index", role_index(r)), LOG_U("reserve", role_conf(r)->disk_reserve_bytes),
	    LOG_U("key_bytes", role_secret(r, ROLE_SECRET_CERTIFICATE) == NULL ? 0 :
	    secret_len(role_secret(r, ROLE_SECRET_CERTIFICATE))));
	return ERR_OK;
}

static void
ticket(struct role *r, void *state)
{
	struct dummy *d = state;
	d->tickets++;
	log_event(LOG_NOTICE, "dummy-ticket", LOG_U("index", role_index(r)),
	    LOG_U("bytes", secret_len(role_secret(r, ROLE_SECRET_TICKET_KEY))));
}

static void
on_slow_stop(void *arg)
{
	struct dummy *d = arg;
	log_event(LOG_NOTICE, "dummy-finished", LOG_U("index", role_index(d->role)));
	role_exit(d->role, 0);
}

/* web takes 100 ms to finish, so that the order can be seen */
static void
stop(struct role *r, void *state, uint64_t timeout_ms)
{
	struct dummy *d = state;
	log_event(LOG_NOTICE, "dummy-stop", LOG_U("timeout_ms", timeout_ms));
	if (d->server != NULL)
		role_exit(r, 0);
	else
		d->slow = event_timer_start(role_loop(r), 100, on_slow_stop, d);
}

static void
close_role(void *state)
{
	struct dummy *d = state;
	event_timer_cancel(&d->slow);
	ipc_client_free(&d->client);
	if (d->lease != NULL)
		ipc_server_reply(&d->lease, ERR_UNAVAILABLE, NULL, NULL);
	ipc_server_free(&d->server);
	mem_free(&d);
}

#define COMMON .open = open_role, .attach = attach, .detach = detach, .reload = reload, .ticket = ticket, .stop = stop, \
	.close = close_role

static const struct role_spec specs[] = {
	{ .name = "store", .role = IPC_ROLE_STORE, .permits = ROLE_PERMIT_FILES_WRITE | ROLE_PERMIT_THREADS, .start = start_store,
	  COMMON },
	{ .name = "web", .role = IPC_ROLE_WEB, .permits = ROLE_PERMIT_ACCEPT, .files_max = 256, .start = start_web, COMMON },
	{ .name = "courier", .role = IPC_ROLE_COURIER, .permits = ROLE_PERMIT_CONNECT, .start = start_courier, COMMON },
};

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '-');
	for (size_t i = 0; name != NULL && i < sizeof(specs) / sizeof(specs[0]); i++)
		if (strcmp(name + 1, specs[i].name) == 0)
			return role_main(&specs[i], argc, argv);
	(void)fprintf(stderr, "called by an unknown name: %s\n", argv[0]);
	return 99;
}
