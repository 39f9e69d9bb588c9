/* SPDX-License-Identifier: MIT */
/*
 * One child: its state, its control channel, its timers. Knows the table and the context, not the other
 * processes; supervisor.c holds all of them.
 */
#include "config.h"

#include "provisiond/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/client.h"
#include "provisiond/backoff.h"
#include "provisiond/settings.h"
#include "launch/spawn.h"
#include "record/control.pb-c.h"

#define CALLS_MAX 256
/* For everything but Start and Ping: these are answered from the loop at once. */
#define ANSWER_MS 30000

struct process {
	struct event_loop *loop;
	const struct role_row *row;
	size_t row_index;
	unsigned index, count;
	const struct context *context;
	const struct process_events *events;
	void *arg;
	char name[32];
	enum process_state state;
	pid_t pid;               /* 0: not running */
	struct ipc_client *control;
	uint64_t started_ms;
	uint64_t generation;
	uint64_t restarts;
	struct backoff backoff;
	struct event_timer *timer;       /* of the state: until it starts again, is ready, is killed */
	struct event_timer *ping;        /* next ping */
	struct event_timer *grace;       /* its channel is gone, but it is not */
	bool is_reloading;
};

static void
move(struct process *p, enum process_state state)
{
	static const char *const names[] = { "down", "waiting", "starting", "ready", "stopping" };
	log_event(LOG_DEBUG, "process-state", LOG_S("process", p->name), LOG_S("from", names[p->state]), LOG_S("to", names[state]));
	p->state = state;
	event_timer_cancel(&p->timer);
}

void
process_kill(struct process *p, const char *why)
{
	if (p->pid == 0)
		return;
	log_event(LOG_WARNING, "process-kill", LOG_S("process", p->name), LOG_I("child", p->pid), LOG_S("why", why));
	if (kill(p->pid, SIGKILL) != 0)
		log_event(LOG_ERROR, "kill-failed", LOG_S("process", p->name), LOG_ERRNO(errno));
}

/* A message that is answered with Empty; an error or no answer ends the process. */
static void
on_answer(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct process *p = arg;
	(void)reply;
	(void)fds;
	if (err == ERR_OK || err == ERR_UNAVAILABLE)
		return;
	log_event(LOG_ERROR, "process-refuses", LOG_S("process", p->name), LOG_ERR(err));
	process_kill(p, "refused its setting up");
}

static void
call(struct process *p, enum ipc_type type, const struct ProtobufCMessage *m, const int *fds)
{
	(void)ipc_client_call(p->control, type, m, fds, ANSWER_MS, on_answer, p);
}

/* --- pings */

static void send_ping(void *arg);

static void
on_pong(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct process *p = arg;
	(void)reply;
	(void)fds;
	/* without the timer it has been told to stop */
	if (err == ERR_OK && p->ping != NULL)
		event_timer_again(p->ping, table_timing()->ping_ms);
	else if (err != ERR_OK && err != ERR_UNAVAILABLE)
		process_kill(p, "hangs");
}

static void
send_ping(void *arg)
{
	struct process *p = arg;
	Provision__Ping m = PROVISION__PING__INIT;
	(void)ipc_client_call(p->control, IPC_PING, &m.base, NULL, table_timing()->pong_ms, on_pong, p);
}

/* --- start */

static void
on_ready(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct process *p = arg;
	if (err != ERR_OK) {
		on_answer(p, err, reply, fds);
		return;
	}
	/* told to stop meanwhile */
	if (p->state != PROCESS_STARTING)
		return;
	move(p, PROCESS_READY);
	log_event(LOG_INFO, "process-ready", LOG_S("process", p->name), LOG_U("ms", clock_mono_ms() - p->started_ms));
	p->ping = event_timer_start(p->loop, table_timing()->ping_ms, send_ping, p);
	p->events->ready(p->arg, p);
}

static void
on_start_timeout(void *arg)
{
	process_kill(arg, "not ready in time");
}

static void
on_grace_over(void *arg)
{
	process_kill(arg, "left its control channel");
}

static void
on_control_lost(void *arg, int err)
{
	struct process *p = arg;
	(void)err;
	/* usually because it has ended: the signal comes */
	if (p->grace == NULL)
		p->grace = event_timer_start(p->loop, table_timing()->lost_ms, on_grace_over, p);
}

static void
on_told(void *arg, enum ipc_type type, const struct ProtobufCMessage *m)
{
	struct process *p = arg;
	require(type == IPC_LINK_LOST);
	p->events->link_lost(p->arg, p, ((const Provision__LinkLost *)m)->link);
}

static void
send_configure(struct process *p)
{
	struct settings s;
	Provision__Configure m = PROVISION__CONFIGURE__INIT;
	settings_init(&s, p->row, p->context, true);
	m.role = (Provision__Role)p->row->role;
	m.index = p->index;
	m.count = p->count;
	m.user = p->context->users.of[p->row_index].uid;
	m.group = p->context->users.of[p->row_index].gid;
	m.is_unjailed = p->context->is_unjailed;
	m.is_systemd = p->context->is_systemd;
	m.settings = settings_message(&s);
	call(p, IPC_CONFIGURE, &m.base, NULL);
	settings_deinit(&s);
	p->generation = p->context->generation;
}

static void
send_listeners(struct process *p, const char *const names[TABLE_LISTENERS_MAX])
{
	for (size_t i = 0; i < TABLE_LISTENERS_MAX && names[i] != NULL; i++) {
		int fd;
		for (size_t nth = 0; (fd = listeners_find(&p->context->listeners, names[i], nth)) != -1; nth++) {
			Provision__Listener m = PROVISION__LISTENER__INIT;
			m.name = (ProtobufCBinaryData){ strlen(names[i]), (uint8_t *)(uintptr_t)names[i] };
			int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
			if (copy < 0)
				fatal(EX_OSERR, "no descriptors left: %s", strerror(errno));
			call(p, IPC_LISTENER, &m.base, &copy);
		}
	}
}

static void
on_wait_over(void *arg)
{
	process_start(arg);
}

static void
wait_and_start(struct process *p, uint32_t delay_ms)
{
	move(p, PROCESS_WAITING);
	if (delay_ms != 0)
		log_event(LOG_WARNING, "process-waits", LOG_S("process", p->name), LOG_U("wait_ms", delay_ms));
	p->timer = event_timer_start(p->loop, delay_ms, on_wait_over, p);
}

void
process_start(struct process *p)
{
	char path[SPAWN_PATH_MAX];
	int fd;
	require(p->pid == 0);
	spawn_path(path, p->context->conf->roles_dir, p->row->name);
	p->started_ms = clock_mono_ms();
	if (spawn_program(path, &p->pid, &fd) != ERR_OK) {
		p->pid = 0;
		wait_and_start(p, table_timing()->backoff_max_ms);
		return;
	}
	log_event(LOG_INFO, "process-start", LOG_S("process", p->name), LOG_I("child", p->pid));
	struct ipc_client_options o = { .self = IPC_ROLE_SUPERVISOR, .peer = p->row->role, .calls_max = CALLS_MAX, .told = on_told,
		.lost = on_control_lost, .arg = p };
	p->control = ipc_client_new(p->loop, &o);
	ipc_client_attach(p->control, fd);
	move(p, PROCESS_STARTING);
	p->timer = event_timer_start(p->loop, p->row->ready_ms, on_start_timeout, p);
	send_configure(p);
	send_listeners(p, p->row->listeners);
	if (p->index == 0)
		send_listeners(p, p->row->first_listeners);
	Provision__Start m = PROVISION__START__INIT;
	(void)ipc_client_call(p->control, IPC_START, &m.base, NULL, 0, on_ready, p);
}

/* --- while it runs */

void
process_attach(struct process *p, enum ipc_role peer, unsigned index, uint64_t link, int fd)
{
	Provision__Attach m = PROVISION__ATTACH__INIT;
	require(p->state == PROCESS_READY);
	m.role = (Provision__Role)peer;
	m.index = index;
	m.link = link;
	call(p, IPC_ATTACH, &m.base, &fd);
}

void
process_detach(struct process *p, uint64_t link)
{
	Provision__Detach m = PROVISION__DETACH__INIT;
	m.link = link;
	if (p->control != NULL)
		call(p, IPC_DETACH, &m.base, NULL);
}

static void
on_reloaded(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct process *p = arg;
	(void)reply;
	(void)fds;
	p->is_reloading = false;
	if (err != ERR_OK)
		log_event(LOG_ERROR, "process-reload-failed", LOG_S("process", p->name), LOG_ERR(err));
	p->events->reloaded(p->arg, p, err);
}

void
process_reload(struct process *p)
{
	struct settings s;
	Provision__Reload m = PROVISION__RELOAD__INIT;
	settings_init(&s, p->row, p->context, false);
	m.settings = settings_message(&s);
	p->is_reloading = true;
	p->generation = p->context->generation;
	(void)ipc_client_call(p->control, IPC_RELOAD, &m.base, NULL, ANSWER_MS, on_reloaded, p);
	settings_deinit(&s);
}

void
process_send_ticket(struct process *p)
{
	const struct secret *key = p->context->material.secrets[ROLE_SECRET_TICKET_KEY];
	if (p->state != PROCESS_READY || (p->row->secrets & 1u << ROLE_SECRET_TICKET_KEY) == 0)
		return;
	Provision__TicketKey m = PROVISION__TICKET_KEY__INIT;
	m.key = (ProtobufCBinaryData){ secret_len(key), (uint8_t *)(uintptr_t)secret_view(key).data };
	call(p, IPC_TICKET_KEY, &m.base, NULL);
}

/* --- the end */

static void
on_stop_timeout(void *arg)
{
	process_kill(arg, "did not finish in time");
}

void
process_stop(struct process *p)
{
	if (p->state == PROCESS_WAITING)
		move(p, PROCESS_DOWN);
	if (p->state != PROCESS_STARTING && p->state != PROCESS_READY)
		return;
	bool is_ready = p->state == PROCESS_READY;
	move(p, PROCESS_STOPPING);
	event_timer_cancel(&p->ping);
	if (!is_ready) {
		/* it has nothing in flight, and may be busy for long */
		process_kill(p, "not needed any more");
		return;
	}
	Provision__Stop m = PROVISION__STOP__INIT;
	m.timeout_ms = table_timing()->stop_ms;
	call(p, IPC_STOP, &m.base, NULL);
	p->timer = event_timer_start(p->loop, table_timing()->stop_ms, on_stop_timeout, p);
}

static void
end_channel(struct process *p)
{
	event_timer_cancel(&p->ping);
	event_timer_cancel(&p->grace);
	ipc_client_free(&p->control);
}

void
process_reap(struct process *p)
{
	int status;
	if (p->pid == 0 || waitpid(p->pid, &status, WNOHANG) != p->pid)
		return;
	bool was_ready = p->state == PROCESS_READY, was_stopping = p->state == PROCESS_STOPPING, was_reloading = p->is_reloading;
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	bool is_good = was_stopping || (was_ready && code == EX_OK && p->row->is_disposable);
	log_event(is_good ? LOG_INFO : LOG_ERROR, "process-end", LOG_S("process", p->name), LOG_I("child", p->pid),
	    WIFSIGNALED(status) ? LOG_I("signal", WTERMSIG(status)) : LOG_I("code", WEXITSTATUS(status)),
	    LOG_U("lived_ms", clock_mono_ms() - p->started_ms));
	p->pid = 0;
	p->is_reloading = false;
	end_channel(p);
	move(p, PROCESS_DOWN);
	if (was_reloading)
		p->events->reloaded(p->arg, p, ERR_UNAVAILABLE);
	p->events->gone(p->arg, p, code, was_ready);
}

void
process_restart(struct process *p, bool is_done)
{
	uint32_t delay_ms = is_done ? 0 : backoff_after(&p->backoff, table_timing(), clock_mono_ms() - p->started_ms);
	require(p->state == PROCESS_DOWN);
	p->restarts += !is_done;
	wait_and_start(p, delay_ms);
}

struct process *
process_new(struct event_loop *loop, const struct role_row *row, size_t row_index, unsigned index, unsigned count,
    const struct context *context, const struct process_events *events, void *arg)
{
	struct process *p = mem_alloc(sizeof(*p));
	*p = (struct process){ .loop = loop, .row = row, .row_index = row_index, .index = index, .count = count,
		.context = context, .events = events, .arg = arg };
	if (count > 1)
		(void)snprintf(p->name, sizeof(p->name), "%s-%u", row->name, index);
	else
		(void)snprintf(p->name, sizeof(p->name), "%s", row->name);
	return p;
}

void
process_free(struct process **process)
{
	struct process *p = *process;
	if (p == NULL)
		return;
	process_kill(p, "supervisor ends");
	end_channel(p);
	event_timer_cancel(&p->timer);
	mem_free(process);
}

enum process_state
process_state(const struct process *p)
{
	return p->state;
}

const struct role_row *
process_row(const struct process *p)
{
	return p->row;
}

unsigned
process_index(const struct process *p)
{
	return p->index;
}

const char *
process_name(const struct process *p)
{
	return p->name;
}

pid_t
process_pid(const struct process *p)
{
	return p->pid;
}

size_t
process_waiting(const struct process *p)
{
	return p->control == NULL ? 0 : ipc_client_waiting(p->control);
}

uint64_t
process_restarts(const struct process *p)
{
	return p->restarts;
}

void
process_report(struct process *p, const struct ProtobufCMessage *report)
{
	require(p->state == PROCESS_READY);
	call(p, IPC_SUPERVISOR_REPORT, report, NULL);
}

uint64_t
process_generation(const struct process *p)
{
	return p->generation;
}
