/* SPDX-License-Identifier: MIT */
/*
 * The rules in force, for whoever asks: no session, nothing about anyone.
 */
#include "record/retention.pb-c.h"
#include "store/handle.h"
#include "store/retime.h"
#include "store/wire.h"

int
handle_retention_get(struct store_call *c)
{
	Provision__RetentionReply *reply = arena_alloc(c->arena, sizeof(*reply));

	provision__retention_reply__init(reply);
	reply->rules = arena_alloc(c->arena, STORE_RETENTION_COUNT * sizeof(Provision__RetentionRule *));
	for (enum store_retention i = 0; i < STORE_RETENTION_COUNT; i++) {
		const struct store_retention_rule *rule = store_retention_rule(i);
		Provision__RetentionRule *row = reply->rules[reply->n_rules++] = arena_alloc(c->arena, sizeof(*row));
		provision__retention_rule__init(row);
		row->rule = wire_str(rule->name);
		row->seconds = store_retention_ms(c->settings, i) / 1000;
		row->option = wire_str(rule->option == NULL ? "" : rule->option);
		row->erases = wire_str(rule->erases);
		row->from = wire_str(rule->from);
		row->is_for_stored = store_retime_covers(rule);
	}
	c->reply = &reply->base;
	return 0;
}
