/* SPDX-License-Identifier: MIT */
/*
 * The verb member leave. What the member knew is renewed by an owner later (cli/renew.c).
 */
#include "cli/action.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "tool/terminal.h"

int
cli_leave_run(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__MemberLeave m = PROVISION__MEMBER_LEAVE__INIT;
	const Provision__MembershipRow *row = NULL;
	struct cli_action action;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &row);
	if (err == 0)
		err = tool_terminal_confirm(c, arena_printf(c->arena, "You lose access to everything of %s at once.",
		    tool_verb_safe(c, cli_server_view(row->company->slug))));
	if (err != 0)
		return err;
	struct id company = cli_server_get_id(row->company->company);
	err = cli_action_sign(s, "member-leave", &company, &action);
	if (err != 0)
		return err;
	m.slug = row->company->slug;
	m.nonce = action.nonce;
	m.signature = action.signature;
	err = cli_session_ask_but(s, "leaveCompany", &m.base, NULL, ERR_STATE);
	return err != ERR_STATE ? err : tool_verb_fail(c, err, "you are the last owner: make another member owner first (provision member role)");
}
