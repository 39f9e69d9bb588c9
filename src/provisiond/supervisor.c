/* SPDX-License-Identifier: MIT */
/*
 * The state of the whole: which stage is starting or stopping, what a death means, reloads and signals. Knows
 * processes only by process.h; reads nothing from any network.
 */
#include "config.h"

#include "provisiond/supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "event/loop.h"
#include "event/tls.h"
#include "provisiond/control.h"
#include "provisiond/links.h"
#include "provisiond/process.h"
#include "provisiond/reload.h"
#include "provisiond/report.h"
#include "role/notify.h"

#define PROCESSES_MAX 128
#define WAITING_MAX 32           /* messages a process has not answered: then provisionctl is turned away */

enum supervisor_state { SUPERVISOR_STARTING, SUPERVISOR_RUNNING, SUPERVISOR_STOPPING };

struct supervisor {
	struct event_loop *loop;
	struct context *context;
	enum supervisor_state state;
	unsigned stage;              /* highest that has been started, or that is being stopped */
	bool was_ready;              /* everything was, once */
	int exit_code;
	struct process *processes[PROCESSES_MAX];
	size_t count;
	struct links *links;
	struct control *control;
	struct event_signal *signals[4];
	struct event_timer *ticket, *watchdog;
	size_t reloading;            /* processes whose answer to a reload is awaited */
	bool is_reload_refused;      /* the last one, by us or by a process */
	bool is_reload_wanted;       /* another SIGHUP came meanwhile, or before the first start was over */
};

static bool
is_linked(const struct process *a, const struct process *b)
{
	return (process_row(a)->links & IPC_ROLE_BIT(process_row(b)->role)) != 0 ||
	    (process_row(b)->links & IPC_ROLE_BIT(process_row(a)->role)) != 0;
}

static unsigned
last_stage(const struct supervisor *s)
{
	unsigned stage = 0;
	for (size_t i = 0; i < s->count; i++)
		if (process_row(s->processes[i])->stage > stage)
			stage = process_row(s->processes[i])->stage;
	return stage;
}

/* How many of the stage are in this state; of all stages if stage is negative. */
static size_t
count_in(const struct supervisor *s, int stage, enum process_state state)
{
	size_t n = 0;
	for (size_t i = 0; i < s->count; i++)
		if ((stage < 0 || process_row(s->processes[i])->stage == (unsigned)stage) && process_state(s->processes[i]) == state)
			n++;
	return n;
}

static size_t
count_stage(const struct supervisor *s, unsigned stage)
{
	size_t n = 0;
	for (size_t i = 0; i < s->count; i++)
		n += process_row(s->processes[i])->stage == stage;
	return n;
}

/* "2 of 4 processes ready, down: store" */
static void
make_status(const struct supervisor *s, struct buf *out)
{
	size_t ready = count_in(s, -1, PROCESS_READY);
	int err = buf_printf(out, "%zu of %zu processes ready", ready, s->count);
	bool is_first = true;
	for (size_t i = 0; i < s->count && err == ERR_OK; i++) {
		if (process_state(s->processes[i]) == PROCESS_READY)
			continue;
		err = buf_printf(out, "%s %s", is_first ? "; not ready:" : ",", process_name(s->processes[i]));
		is_first = false;
	}
	if (err == ERR_OK && s->is_reload_refused)
		err = buf_append_str(out, "; the last reload was refused, see the log");
	if (err == ERR_OK)
		err = buf_append_u8(out, 0);
	require(err == ERR_OK);
}

static void
tell_status(const struct supervisor *s, void (*tell)(const char *status))
{
	struct buf text;
	buf_init(&text, 64 * PROCESSES_MAX);
	make_status(s, &text);
	tell((const char *)text.data);
	buf_deinit(&text);
}

/* --- the end */

static void
stop_stage(struct supervisor *s)
{
	for (;;) {
		for (size_t i = 0; i < s->count; i++)
			if (process_row(s->processes[i])->stage == s->stage)
				process_stop(s->processes[i]);
		if (count_in(s, (int)s->stage, PROCESS_DOWN) != count_stage(s, s->stage))
			return;
		if (s->stage == 0)
			break;
		s->stage--;
	}
	log_event(LOG_NOTICE, "stopped");
	event_loop_stop(s->loop);
}

static void
begin_stop(struct supervisor *s, int exit_code)
{
	if (s->state == SUPERVISOR_STOPPING)
		return;
	s->state = SUPERVISOR_STOPPING;
	s->exit_code = exit_code;
	log_event(LOG_NOTICE, "stopping");
	role_notify_stopping();
	control_cancel(&s->control);
	listeners_close(&s->context->listeners);
	event_timer_cancel(&s->ticket);
	s->stage = last_stage(s);
	stop_stage(s);
}

static void
on_terminate(void *arg)
{
	struct supervisor *s = arg;
	if (s->state != SUPERVISOR_STOPPING) {
		begin_stop(s, EX_OK);
		return;
	}
	/* somebody is impatient */
	for (size_t i = 0; i < s->count; i++)
		process_kill(s->processes[i], "told twice to stop");
	s->exit_code = s->exit_code == EX_OK ? EX_SOFTWARE : s->exit_code;
}

/* --- the start */

static void
start_stage(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (process_row(s->processes[i])->stage == s->stage)
			process_start(s->processes[i]);
}

static void begin_reload(struct supervisor *s);

static void
all_ready(struct supervisor *s)
{
	if (s->state == SUPERVISOR_STARTING) {
		s->state = SUPERVISOR_RUNNING;
		s->was_ready = true;
		log_event(LOG_NOTICE, "ready", LOG_U("processes", s->count));
		tell_status(s, role_notify_ready);
	} else if (s->reloading == 0) {
		tell_status(s, role_notify_status);
	}
	if (s->is_reload_wanted && s->reloading == 0)
		begin_reload(s);
}

static void
on_process_ready(void *arg, struct process *p)
{
	struct supervisor *s = arg;
	if (process_generation(p) != s->context->generation) {
		/* a reload happened while it started */
		s->reloading++;
		process_reload(p);
	}
	for (size_t i = 0; i < s->count; i++)
		if (s->processes[i] != p && process_state(s->processes[i]) == PROCESS_READY && is_linked(p, s->processes[i]))
			links_make(s->links, p, s->processes[i]);
	report_send(s->processes, s->count, s->is_reload_refused);
	bool is_stage_ready = count_in(s, (int)s->stage, PROCESS_READY) == count_stage(s, s->stage);
	if (s->state == SUPERVISOR_STARTING && is_stage_ready && s->stage < last_stage(s)) {
		s->stage++;
		start_stage(s);
	} else if (count_in(s, -1, PROCESS_READY) == s->count) {
		all_ready(s);
	}
}

static void
on_process_gone(void *arg, struct process *p, int code, bool was_ready)
{
	struct supervisor *s = arg;
	links_remove(s->links, p);
	if (s->state == SUPERVISOR_STOPPING) {
		stop_stage(s);
		return;
	}
	if (!s->was_ready && !was_ready && code != EX_OK && code < 128) {
		/* it said why in the log: wrong key, damaged state, no Landlock; another try would say the same */
		log_event(LOG_ERROR, "start-failed", LOG_S("process", process_name(p)), LOG_I("code", code));
		begin_stop(s, code);
		return;
	}
	process_restart(p, was_ready && code == EX_OK && process_row(p)->is_disposable);
	if (s->was_ready && !process_row(p)->is_disposable)
		tell_status(s, role_notify_status);
}

static void
on_link_lost(void *arg, struct process *p, uint64_t number)
{
	struct supervisor *s = arg;
	if (s->state != SUPERVISOR_STOPPING)
		links_lost(s->links, p, number);
}

static void
on_child(void *arg)
{
	struct supervisor *s = arg;
	for (size_t i = 0; i < s->count; i++)
		process_reap(s->processes[i]);
}

/* --- reload and keys */

static void
end_reload(struct supervisor *s)
{
	if (!s->is_reload_refused)
		log_event(LOG_NOTICE, "reloaded");
	report_send(s->processes, s->count, s->is_reload_refused);
	tell_status(s, role_notify_ready);
	if (s->is_reload_wanted)
		begin_reload(s);
}

static void
on_process_reloaded(void *arg, struct process *p, int err)
{
	struct supervisor *s = arg;
	(void)p;
	require(s->reloading > 0);
	s->is_reload_refused = s->is_reload_refused || (err != ERR_OK && err != ERR_UNAVAILABLE);
	if (--s->reloading == 0 && s->state == SUPERVISOR_RUNNING)
		end_reload(s);
}

static void
begin_reload(struct supervisor *s)
{
	s->is_reload_wanted = false;
	role_notify_reloading();
	s->is_reload_refused = reload_context(s->context) != ERR_OK;
	if (!s->is_reload_refused) {
		for (size_t i = 0; i < s->count; i++) {
			if (process_state(s->processes[i]) != PROCESS_READY)
				continue;
			s->reloading++;
			process_reload(s->processes[i]);
		}
	}
	if (s->reloading == 0)
		end_reload(s);
}

static void
on_hangup(void *arg)
{
	struct supervisor *s = arg;
	if (s->state == SUPERVISOR_RUNNING && s->reloading == 0)
		begin_reload(s);
	else if (s->state != SUPERVISOR_STOPPING)
		s->is_reload_wanted = true;
}

static void
on_ticket(void *arg)
{
	struct supervisor *s = arg;
	struct secret **key = &s->context->material.secrets[ROLE_SECRET_TICKET_KEY];
	secret_free(key);
	*key = secret_random(EVENT_TLS_TICKET_KEY_BYTES);
	for (size_t i = 0; i < s->count; i++)
		process_send_ticket(s->processes[i]);
	log_event(LOG_INFO, "ticket-key-changed");
	event_timer_again(s->ticket, table_timing()->ticket_ms);
}

static void
on_watchdog(void *arg)
{
	struct supervisor *s = arg;
	role_notify_watchdog();
	event_timer_again(s->watchdog, role_notify_watchdog_ms());
}

/* Somebody who may administer: the store answers, if it is there and keeps up. */
static void
on_control(void *arg, int fd)
{
	struct supervisor *s = arg;
	for (size_t i = 0; i < s->count; i++) {
		struct process *p = s->processes[i];
		if (process_row(p)->role != IPC_ROLE_STORE || process_state(p) != PROCESS_READY ||
		    process_waiting(p) >= WAITING_MAX)
			continue;
		process_attach(p, IPC_ROLE_CTL, 0, links_number(s->links), fd);
		return;
	}
	file_close(&fd);
}

static const struct process_events events = {
	.ready = on_process_ready, .gone = on_process_gone, .link_lost = on_link_lost, .reloaded = on_process_reloaded,
};

static void
make_processes(struct supervisor *s)
{
	size_t n;
	const struct role_row *roles = table_roles(&n);
	for (size_t i = 0; i < n; i++) {
		unsigned count = roles[i].count(s->context->conf);
		for (unsigned k = 0; k < count; k++) {
			require(s->count < PROCESSES_MAX);
			s->processes[s->count++] = process_new(s->loop, &roles[i], i, k, count, s->context, &events, s);
		}
	}
}

static void
watch(struct supervisor *s)
{
	s->signals[0] = event_signal_start(s->loop, SIGTERM, on_terminate, s);
	s->signals[1] = event_signal_start(s->loop, SIGINT, on_terminate, s);
	s->signals[2] = event_signal_start(s->loop, SIGHUP, on_hangup, s);
	s->signals[3] = event_signal_start(s->loop, SIGCHLD, on_child, s);
	s->control = control_start(s->loop, listeners_find(&s->context->listeners, "control", 0), &s->context->users, on_control, s);
	s->ticket = event_timer_start(s->loop, table_timing()->ticket_ms, on_ticket, s);
	if (role_notify_watchdog_ms() != 0)
		s->watchdog = event_timer_start(s->loop, 0, on_watchdog, s);
}

static void
clean_up(struct supervisor *s)
{
	for (size_t i = 0; i < s->count; i++)
		process_free(&s->processes[i]);
	for (size_t i = 0; i < sizeof(s->signals) / sizeof(s->signals[0]); i++)
		event_signal_cancel(&s->signals[i]);
	event_timer_cancel(&s->ticket);
	event_timer_cancel(&s->watchdog);
	control_cancel(&s->control);
	links_free(&s->links);
	event_loop_free(&s->loop);
}

int
supervisor_run(struct context *context)
{
	struct supervisor s = { .loop = event_loop_new(), .context = context };
	s.links = links_new(s.loop);
	make_processes(&s);
	watch(&s);
	start_stage(&s);
	event_loop_run(s.loop);
	clean_up(&s);
	return s.exit_code;
}
