/* SPDX-License-Identifier: MIT */
/*
 * provisionctl status and clock: the service as a whole.
 */
#include "ctl/link.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"

int
ctl_service_status(struct tool_call *c)
{
	Provision__Status m = PROVISION__STATUS__INIT;
	const ProtobufCMessage *reply;
	int err = ctl_link_ask(c, IPC_STATUS, &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__StatusReply *r = (const void *)reply;
	tool_print_object(c->print, NULL);
	tool_print_bool(c->print, "accepting", TOOL_SHOW, r->is_accepting);
	tool_print_bool(c->print, "clock_held", TOOL_SHOW, r->is_clock_held);
	for (size_t i = 0; i < r->n_counters; i++) {
		const Provision__Counter *k = r->counters[i];
		tool_print_number(c->print, arena_str(c->arena, view_of(k->name.data, k->name.len)), TOOL_SHOW, k->value);
	}
	tool_print_close(c->print);
	return 0;
}

int
ctl_service_clock_accept(struct tool_call *c)
{
	Provision__ClockAccept m = PROVISION__CLOCK_ACCEPT__INIT;
	const ProtobufCMessage *reply;
	return ctl_link_ask(c, IPC_CLOCK_ACCEPT, &m.base, &reply);
}
