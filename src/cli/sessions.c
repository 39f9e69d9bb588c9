/* SPDX-License-Identifier: MIT */
/*
 * The verbs sessions, sessions end, sessions end-others: where the person is logged in.
 */
#include <string.h>

#include "cli/pages.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "record/credential.pb-c.h"

static int
print_session(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SessionRow *row = (const Provision__SessionRow *)m;
	struct tool_print *p = s->call->print;
	(void)arg;
	tool_print_object(p, NULL);
	tool_print_id_bytes(p, "session", TOOL_SHOW, cli_server_view(row->session));
	tool_print_bool(p, "this_one", TOOL_SHOW, row->is_current);
	tool_print_time(p, "opened", TOOL_SHOW, row->created_ms);
	tool_print_time(p, "last_use", TOOL_SHOW, row->last_use_ms);
	tool_print_time(p, "end", TOOL_SHOW_JSON, row->end_ms);
	tool_print_str(p, "address", TOOL_SHOW, cli_server_address(s->call, cli_server_view(row->address)));
	tool_print_text(p, "user_agent", TOOL_SHOW, cli_server_view(row->user_agent));
	tool_print_close(p);
	return 0;
}

int
cli_sessions_list(struct tool_call *c)
{
	Provision__SessionList m = PROVISION__SESSION_LIST__INIT;
	tool_print_list(c->print, NULL);
	int err = cli_pages_each(cli_session_of(c), "listSessions", &m.base, 0, print_session, NULL);
	tool_print_close(c->print);
	return err;
}

int
cli_sessions_end(struct tool_call *c)
{
	Provision__SessionEnd m = PROVISION__SESSION_END__INIT;
	struct id id;
	if (id_parse(view_str(c->arguments[0]), &id) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a session", tool_verb_safe(c, view_str(c->arguments[0])));
	m.session = cli_server_id(&id);
	int err = cli_session_ask_but(cli_session_of(c), "endSession", &m.base, NULL, ERR_NOT_FOUND);
	return err == ERR_NOT_FOUND ? tool_verb_fail(c, err, "there is no such session; see provision sessions") : err;
}

int
cli_sessions_end_others(struct tool_call *c)
{
	Provision__SessionEndOthers m = PROVISION__SESSION_END_OTHERS__INIT;
	return cli_session_ask(cli_session_of(c), "endOtherSessions", &m.base, NULL);
}
