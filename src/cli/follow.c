/* SPDX-License-Identifier: MIT */
/*
 * Events say only that there is something to read (api/follow.h); what it is the verb asks for, over a connection of its own. Knows no
 * list.
 */
#include "cli/follow.h"

#include <stdio.h>

#include "api/follow.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "tool/print.h"

#define LOOK_ARENA_MAX ((size_t)64 << 20)

struct follow {
	struct cli_session *session;
	const struct id *subscription;
	cli_follow_look *look;
	void *arg;
};

static int
look_now(struct follow *f, const Provision__EventRow *event)
{
	struct tool_call *c = f->session->call;
	struct arena *outer = c->arena;
	const Provision__MembershipListReply *memberships = f->session->memberships;
	c->arena = arena_new(LOOK_ARENA_MAX);
	cli_pins_forget(f->session);
	int err = f->look(f->session, event, f->arg);
	arena_free(&c->arena);
	c->arena = outer;
	f->session->memberships = memberships;    /* what was asked for meanwhile is gone */
	return err;
}

static int
on_connected(void *arg)
{
	return look_now(arg, NULL);
}

static int
on_event(void *arg, const Provision__EventRow *row)
{
	struct follow *f = arg;
	struct id id = cli_server_get_id(row->subscription);
	if (row->kind == PROVISION__EVENT_KIND__EVENT_KIND_RESYNC)
		return look_now(f, NULL);
	if (row->kind == PROVISION__EVENT_KIND__EVENT_KIND_READ)
		return 0;
	return f->subscription == NULL || id_equal(&id, f->subscription) ? look_now(f, row) : 0;
}

int
cli_follow(struct cli_session *s, const struct id *subscription, cli_follow_look *look, void *arg)
{
	static const struct api_follow_handler handler = { on_connected, on_event };
	struct follow f = { s, subscription, look, arg };
	struct tool_call *c = s->call;
	struct api_client *client = NULL;
	int err = cli_server_connect(c, s->profile, NULL, &client);
	if (err != 0)
		return err;
	api_client_set_session(client, s->login.token);
	cli_server_stay(client);
	cli_server_stay(s->client);
	err = api_follow(client, 0, &handler, &f);
	if (!c->is_told)
		err = cli_server_fail(c, client, err);
	api_client_free(&client);
	return err;
}

int
cli_follow_print(struct cli_session *s, cli_pages_row *print, const ProtobufCMessage *row, void *arg)
{
	struct tool_call *c = s->call;
	struct tool_print *outer = c->print;
	bool is_json = tool_print_is_json(outer);
	c->print = tool_print_new(is_json ? TOOL_PRINT_JSON : TOOL_PRINT_TEXT);
	int err = print(s, row, arg);
	if (err == 0 && (tool_print_end(c->print) != 0 || (!is_json && (putchar('\n') == EOF || fflush(stdout) != 0))))
		err = tool_verb_fail(c, ERR_IO, "the result could not be written to standard output");
	tool_print_free(&c->print);
	c->print = outer;
	return err;
}
