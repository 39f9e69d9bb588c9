/* SPDX-License-Identifier: MIT */
/*
 * Which states need a proof, and the words for one that is or is not proved. Knows no list of packages; called by every verb that shows
 * one.
 */
#include "cli/state.h"

#include "cli/server.h"

static bool
needs_proof(const Provision__PackageRow *row)
{
	return row->state == (row->is_incoming ? PROVISION__PACKAGE_STATE__PACKAGE_STATE_WITHDRAWN :
	    PROVISION__PACKAGE_STATE__PACKAGE_STATE_RECEIVED);
}

int
cli_state_judge(struct cli_judge *judge, const Provision__PackageRow *row, const Provision__PackageWord *word, bool is_staff,
    struct cli_judgement *j)
{
	static const Provision__PackageWord none = PROVISION__PACKAGE_WORD__INIT;
	*j = (struct cli_judgement){ .verdict = 0 };
	if (!needs_proof(row))
		return 0;
	return (row->is_incoming ? cli_judge_withdrawal : cli_judge_receipt)(judge, row, word == NULL ? &none : word, is_staff, j);
}

static const char *
state_of(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *j, const char *unproved)
{
	bool is_proved = j->verdict != CLI_VERDICT_UNPROVED && j->verdict != CLI_VERDICT_WRONG;
	return arena_printf(c->arena, "%s%s", cli_server_enum(c, &row->base, "state"), is_proved ? "" : unproved);
}

const char *
cli_state_text(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *j)
{
	return state_of(c, row, j, ", not proved");
}

int
cli_state_check(struct cli_session *s, const Provision__PackageRow *row, const struct cli_judgement *j)
{
	if (j->verdict != CLI_VERDICT_WRONG)
		return 0;
	return cli_judge_tell(s, row, row->is_incoming ? "withdrawn" : "received", j);
}

void
cli_state_print(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *j)
{
	tool_print_str(c->print, "state", TOOL_SHOW_JSON, state_of(c, row, j, "-unproved"));
	tool_print_str(c->print, "proof", TOOL_SHOW_JSON, j->verdict == 0 ? "" : cli_judge_name(j->verdict));
}

void
cli_state_print_received(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *j)
{
	tool_print_time(c->print, "received", TOOL_SHOW_JSON, row->received_ms);
	tool_print_text(c->print, "received_by", TOOL_SHOW_JSON,
	    row->is_incoming ? cli_server_view(row->received_by) : view_str(j->member.display_name));
}
