/* SPDX-License-Identifier: MIT */
/*
 * Puts the parts together: links into the server, its requests into the workers, and all of it down
 * again in the right order. Knows no message and no record.
 */
#include "store/process.h"

#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/zone.h"
#include "conf/conf.h"
#include "ipc/server.h"
#include "record/event.pb-c.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/due.h"
#include "store/handlers.h"
#include "store/listeners.h"
#include "store/recovery.h"
#include "store/report.h"
#include "store/reserve.h"
#include "store/retime.h"
#include "store/service.h"
#include "store/settings.h"
#include "store/upkeep.h"
#include "store/worker.h"

/* Requests of one link that are worked at once; further ones stay in its socket. */
#define LINK_INFLIGHT 256
#define STOP_POLL_MS 20

struct process {
	struct role *role;
	struct store *store;
	struct ipc_server *server;
	struct store_upkeep *upkeep;
	struct event_timer *stopping;
	uint64_t stop_end_ms;
};

/* ---- outside the jail ---- */

int
store_process_open(struct role *r, void **state_r)
{
	const struct conf *conf = role_conf(r);
	struct process *p = mem_alloc(sizeof(*p));
	p->role = r;
	store_clock_guard_learn_boot();
	*state_r = p;
	if (access(conf->state_dir, F_OK) != 0) {
		log_event(LOG_ERROR, "state-directory", LOG_S("state_dir", conf->state_dir),
		    LOG_S("message", "there is no such folder: make it, owned by the store's user, mode 0700"));
		return ERR_CONFIG;
	}
	role_allow(r, conf->state_dir, ROLE_RIGHT_READ | ROLE_RIGHT_WRITE);
	if (access(ZONE_DIR, F_OK) == 0)
		role_allow(r, ZONE_DIR, ROLE_RIGHT_READ);
	/* one that is not there now is away until the next start; the store says so and runs */
	if (conf->key_mirror_dir != NULL && access(conf->key_mirror_dir, F_OK) == 0)
		role_allow(r, conf->key_mirror_dir, ROLE_RIGHT_READ | ROLE_RIGHT_WRITE);
	return 0;
}

/* ---- inside ---- */

static void
on_request(void *arg, struct ipc_request *request)
{
	struct process *p = arg;
	store_worker_submit(p->store->worker, request);
}

static void
on_told(void *arg, uint64_t link, enum ipc_type type, const ProtobufCMessage *m)
{
	struct process *p = arg;
	if (type == IPC_EVENT_LEAVE)
		store_listeners_leave(p->store->listeners, link, ((const Provision__EventLeave *)(const void *)m)->listener);
}

static void
on_lost(void *arg, uint64_t link, enum ipc_role role, int err)
{
	struct process *p = arg;
	/* a process that ends closes its link */
	log_event(err == ERR_CLOSED ? LOG_DEBUG : LOG_WARNING, "link-lost", LOG_U("link", link), LOG_S("role", ipc_message_role_name(role)), LOG_ERR(err));
	/* a tool is nobody's process: no detach will follow */
	if (role == IPC_ROLE_CTL)
		store_worker_link_gone(p->store->worker, link);
	else
		role_report_lost(p->role, link);
}

static int
open_store(struct process *p)
{
	const struct conf *conf = role_conf(p->role);
	struct secret *master = role_secret_take(p->role, ROLE_SECRET_MASTER_KEY);
	if (master == NULL) {
		log_event(LOG_ERROR, "master-key", LOG_S("message", "the store was given no master key"));
		return ERR_CONFIG;
	}
	struct secret *next = role_secret_take(p->role, ROLE_SECRET_NEXT_MASTER_KEY);
	struct store_options o = { .state_path = conf->state_dir, .mirror_path = conf->key_mirror_dir, .master = master, .next_master = next,
	    .cache_bytes = conf->store_cache_bytes, .reserve_bytes = conf->disk_reserve_bytes,
	    .conf = conf, .relay_password = role_secret(p->role, ROLE_SECRET_RELAY_PASSWORD) };
	o.due_kinds = store_handlers_due_kinds(&o.due_kind_count);
	int err = store_recovery_open(&o, &p->store);
	if (err == 0)
		err = store_service_open(p->store, &p->store->service);
	if (err == 0)
		err = store_committer_run_alone(p->store->index, store_retime_note, p->store);
	secret_free(&master);
	secret_free(&next);
	return err;
}

int
store_process_start(struct role *r, void *state)
{
	struct process *p = state;
	int err = open_store(p);
	if (err != 0)
		return err;
	struct ipc_server_options so = { .self = IPC_ROLE_STORE, .inflight_max = LINK_INFLIGHT, .request = on_request,
	    .told = on_told, .lost = on_lost, .arg = p };
	p->server = p->store->server = ipc_server_new(role_loop(r), &so);
	p->store->listeners = store_listeners_new(p->store);
	store_recovery_start(p->store);
	struct store_worker_options wo = { 0 };
	wo.handlers = store_handlers_table(&wo.handler_count);
	p->store->worker = store_worker_new(p->store, &wo);
	if (!role_is_offline(r))
		store_due_start(p->store->due, role_loop(r));
	p->upkeep = store_upkeep_start(p->store, role_loop(r));
	return 0;
}

void
store_process_attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd)
{
	struct process *p = state;
	(void)index;
	ipc_server_add(p->server, fd, peer, link);
}

void
store_process_detach(void *state, uint64_t link)
{
	struct process *p = state;
	ipc_server_drop(p->server, link);
	store_worker_link_gone(p->store->worker, link);
}

int
store_process_reload(struct role *r, void *state)
{
	struct process *p = state;
	store_settings_replace(p->store->settings, role_conf(r), role_secret(r, ROLE_SECRET_RELAY_PASSWORD));
	store_reserve_set(p->store->reserve, role_conf(r)->disk_reserve_bytes);
	return store_committer_run(p->store->committer, store_retime_note, p->store);
}

void
store_process_report(void *state, const struct ProtobufCMessage *m)
{
	struct process *p = state;
	int err = store_reports_put(store_service_reports(p->store->service), ((const Provision__SupervisorReport *)m)->report);
	require(err == 0);
}

/* ---- end ---- */

static void
on_stopping(void *arg)
{
	struct process *p = arg;
	bool is_done = ipc_server_inflight(p->server) == 0 && ipc_server_unsent(p->server) == 0;
	if (is_done || clock_mono_ms() >= p->stop_end_ms)
		role_exit(p->role, EX_OK);
	else
		event_timer_again(p->stopping, STOP_POLL_MS);
}

void
store_process_stop(struct role *r, void *state, uint64_t timeout_ms)
{
	struct process *p = state;
	ipc_server_pause(p->server, true);
	store_worker_quiesce(p->store->worker);
	p->stop_end_ms = clock_mono_ms() + timeout_ms;
	p->stopping = event_timer_start(role_loop(r), 0, on_stopping, p);
}

void
store_process_close(void *state)
{
	struct process *p = state;
	event_timer_cancel(&p->stopping);
	if (p->store != NULL) {
		store_worker_free(&p->store->worker);
		store_recovery_stop(p->store);
		store_due_stop(p->store->due);
	}
	store_upkeep_stop(&p->upkeep);
	if (p->store != NULL)
		store_listeners_free(&p->store->listeners);
	ipc_server_free(&p->server);
	if (p->store != NULL)
		store_service_close(&p->store->service);
	store_recovery_close(&p->store);
	mem_free(&p);
}
