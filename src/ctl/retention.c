/* SPDX-License-Identifier: MIT */
/*
 * provisionctl retention: how long what is kept, by the configuration in force.
 */
#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/retention.pb-c.h"

static struct view
view_of_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

/* "365 days": in the largest unit that divides it. */
static const char *
spell(struct tool_call *c, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *one, *many;
	} units[] = { { 86400, "day", "days" }, { 3600, "hour", "hours" }, { 60, "minute", "minutes" }, { 1, "second", "seconds" } };
	size_t i = 0;
	if (seconds == 0)
		return "-";
	while (seconds % units[i].seconds != 0)
		i++;
	uint64_t n = seconds / units[i].seconds;
	return arena_printf(c->arena, "%llu %s", (unsigned long long)n, n == 1 ? units[i].one : units[i].many);
}

int
ctl_retention(struct tool_call *c)
{
	Provision__RetentionGet m = PROVISION__RETENTION_GET__INIT;
	const ProtobufCMessage *reply;
	int err = admin_link_ask(c, IPC_RETENTION_GET, &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__RetentionReply *r = (const void *)reply;
	struct tool_print *p = c->print;
	tool_print_list(p, NULL);
	for (size_t i = 0; i < r->n_rules; i++) {
		const Provision__RetentionRule *rule = r->rules[i];
		tool_print_object(p, NULL);
		tool_print_text(p, "rule", TOOL_SHOW, view_of_bytes(rule->rule));
		tool_print_number(p, "seconds", TOOL_SHOW_JSON, rule->seconds);
		tool_print_str(p, "time", TOOL_SHOW_TEXT, spell(c, rule->seconds));
		tool_print_text(p, "from", TOOL_SHOW, view_of_bytes(rule->from));
		tool_print_text(p, "option", TOOL_SHOW, view_of_bytes(rule->option));
		tool_print_text(p, "erases", TOOL_SHOW, view_of_bytes(rule->erases));
		tool_print_bool(p, "for_stored", TOOL_SHOW_JSON, rule->is_for_stored);
		tool_print_close(p);
	}
	tool_print_close(p);
	return 0;
}
