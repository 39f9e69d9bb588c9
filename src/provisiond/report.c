/* SPDX-License-Identifier: MIT */
/*
 * Writes the supervisor's report. Called by supervisor.c whenever something in it changed. Decides nothing.
 */
#include "config.h"

#include "provisiond/report.h"

#include <string.h>

#include "base/arena.h"
#include "record/admin.pb-c.h"

#define REPORT_BYTES_MAX ((size_t)128 * 1024)

static ProtobufCBinaryData
bytes_of(const char *s)
{
	return (ProtobufCBinaryData){ strlen(s), (uint8_t *)(uintptr_t)s };
}

static void
add(Provision__Report *m, struct arena *a, const char *name, const char *labels, uint64_t value)
{
	Provision__Counter *c = arena_alloc(a, sizeof(*c));
	provision__counter__init(c);
	c->name = bytes_of(name);
	c->labels = bytes_of(labels);
	c->value = value;
	m->counters[m->n_counters++] = c;
}

void
report_send(struct process *const *processes, size_t count, bool is_reload_refused)
{
	struct process *store = NULL;
	for (size_t i = 0; i < count; i++)
		if (process_row(processes[i])->role == IPC_ROLE_STORE && process_state(processes[i]) == PROCESS_READY)
			store = processes[i];
	if (store == NULL)
		return;
	struct arena *a = arena_new(REPORT_BYTES_MAX);
	Provision__Report m = PROVISION__REPORT__INIT;
	m.process = bytes_of("provisiond");
	m.counters = arena_alloc(a, (count + 2) * sizeof(*m.counters));
	add(&m, a, "build_info", "version=\"" PACKAGE_VERSION "\"", 1);
	add(&m, a, "reload_refused", "", is_reload_refused);
	for (size_t i = 0; i < count; i++)
		add(&m, a, "process_restarts_total", arena_printf(a, "process=\"%s\"", process_name(processes[i])),
		    process_restarts(processes[i]));
	Provision__SupervisorReport whole = PROVISION__SUPERVISOR_REPORT__INIT;
	whole.report = &m;
	process_report(store, &whole.base);
	arena_free(&a);
}
