/* SPDX-License-Identifier: MIT */
/*
 * provisionctl status, statistics and clock: the service as a whole.
 */
#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"

static struct view
view_of_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

static void
print_counters(struct tool_call *c, Provision__Counter *const *counters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (counters[i]->labels.len == 0)
			tool_print_number(c->print, arena_str(c->arena, view_of_bytes(counters[i]->name)), TOOL_SHOW, counters[i]->value);
}

/* The smallest value of a name over all processes; 0: there is none. */
static uint64_t
least(const Provision__StatusReply *r, const char *name)
{
	uint64_t value = 0;
	for (size_t i = 0; i < r->n_counters; i++)
		if (view_equal_str(view_of_bytes(r->counters[i]->name), name) && (value == 0 || r->counters[i]->value < value))
			value = r->counters[i]->value;
	return value;
}

/* process="web-0": what is between the quotes. */
static struct view
process_of(const Provision__Counter *k)
{
	struct view v = view_of_bytes(k->labels);
	v = view_slice(v, view_find(v, '"') + 1, v.len);
	return view_slice(v, 0, view_find(v, '"'));
}

static void
print_processes(struct tool_call *c, const Provision__StatusReply *r)
{
	tool_print_list(c->print, "processes");
	for (size_t i = 0; i < r->n_counters; i++) {
		if (!view_equal_str(view_of_bytes(r->counters[i]->name), "process_restarts_total"))
			continue;
		tool_print_object(c->print, NULL);
		tool_print_text(c->print, "process", TOOL_SHOW, process_of(r->counters[i]));
		tool_print_number(c->print, "restarts", TOOL_SHOW, r->counters[i]->value);
		tool_print_close(c->print);
	}
	tool_print_close(c->print);
}

int
ctl_service_status(struct tool_call *c)
{
	Provision__Status m = PROVISION__STATUS__INIT;
	const ProtobufCMessage *reply;
	int err = admin_link_ask(c, IPC_STATUS, &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__StatusReply *r = (const void *)reply;
	uint64_t expires_s = least(r, "certificate_expires_timestamp_seconds");
	tool_print_object(c->print, NULL);
	tool_print_bool(c->print, "accepting", TOOL_SHOW, r->is_accepting);
	tool_print_bool(c->print, "clock_held", TOOL_SHOW, r->is_clock_held);
	if (expires_s != 0)
		tool_print_time(c->print, "certificate_expires", TOOL_SHOW, expires_s * 1000);
	print_counters(c, r->counters, r->n_counters);
	print_processes(c, r);
	tool_print_close(c->print);
	return 0;
}

int
ctl_service_statistics(struct tool_call *c)
{
	Provision__Statistics m = PROVISION__STATISTICS__INIT;
	const ProtobufCMessage *reply;
	int err = admin_link_ask(c, IPC_STATISTICS, &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__StatisticsReply *r = (const void *)reply;
	tool_print_object(c->print, NULL);
	print_counters(c, r->counters, r->n_counters);
	tool_print_close(c->print);
	return 0;
}

int
ctl_service_clock_accept(struct tool_call *c)
{
	Provision__ClockAccept m = PROVISION__CLOCK_ACCEPT__INIT;
	const ProtobufCMessage *reply;
	return admin_link_ask(c, IPC_CLOCK_ACCEPT, &m.base, &reply);
}
