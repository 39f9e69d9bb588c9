/* SPDX-License-Identifier: MIT */
/*
 * The verb send: what is asked for, or what was broken off of it, and what is told at the end. The way of a package is cli/delivery.h's,
 * that of many cli/batch.h's.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/delivery.h"
#include "cli/sending.h"
#include "cli/session.h"
#include "cli/verbs.h"

/* The request as typed, with absolute paths, so that it can be repeated from anywhere. */
static int
take_request(struct cli_session *s, struct cli_delivery *d)
{
	struct tool_call *c = s->call;
	const char **paths = arena_alloc(c->arena, (c->argument_count + 1) * sizeof(*paths));
	char *here = realpath(".", NULL);
	if (tool_verb_value(c, "to") == NULL || c->argument_count == 0 || here == NULL) {
		free(here);
		return tool_verb_fail(c, ERR_USAGE, "send: missing: %s (or --resume)", c->argument_count == 0 ? "FILE..." : "--to WHOM");
	}
	for (size_t i = 0; i < c->argument_count; i++)
		paths[i] = c->arguments[i][0] == '/' ? c->arguments[i] : arena_printf(c->arena, "%s/%s", here, c->arguments[i]);
	free(here);
	d->request = (struct cli_sending_request){ .to = tool_verb_value(c, "to"), .company = tool_verb_value(c, "company"),
		.comment = tool_verb_value(c, "comment"), .paths = paths, .path_count = c->argument_count };
	int err = cli_sending_find(s, NULL, &d->request, &d->kept);
	return err == ERR_NOT_FOUND || err == ERR_BUSY ? 0 : err;
}

static int
take_kept(struct cli_session *s, struct cli_delivery *d)
{
	struct tool_call *c = s->call;
	struct id package;
	bool is_named = c->argument_count == 1;
	if (c->argument_count > 1 || tool_verb_value(c, "to") != NULL || tool_verb_value(c, "comment") != NULL)
		return tool_verb_fail(c, ERR_USAGE, "--resume takes a PACKAGE or nothing");
	if (is_named && id_parse(view_str(c->arguments[0]), &package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	int err = cli_sending_find(s, is_named ? &package : NULL, NULL, &d->kept);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "nothing is kept here of a sending that was broken off");
	if (err == ERR_BUSY)
		return tool_verb_fail(c, err, "another command is sending this package");
	if (err != 0)
		return tool_verb_fail(c, err, "what was kept of this sending cannot be read: %s", err_text(err));
	d->request = *cli_sending_request(d->kept);
	return 0;
}

/* Strings of the request live in what was kept: copies, before that goes. */
static void
own_request(struct cli_session *s, struct cli_delivery *d)
{
	struct arena *a = s->call->arena;
	const struct cli_sending_request *q = cli_sending_request(d->kept);
	const char **paths = arena_alloc(a, q->path_count * sizeof(*paths) + 1);
	for (size_t i = 0; i < q->path_count; i++)
		paths[i] = arena_str(a, view_str(q->paths[i]));
	d->request = (struct cli_sending_request){ .to = arena_str(a, view_str(q->to)), .paths = paths, .path_count = q->path_count,
		.company = q->company == NULL ? NULL : arena_str(a, view_str(q->company)),
		.comment = q->comment == NULL ? NULL : arena_str(a, view_str(q->comment)) };
}

static void
print(struct cli_session *s, struct cli_delivery *d)
{
	struct tool_call *c = s->call;
	if (d->was_delivered)
		tool_verb_say(c, "it was delivered already");
	cli_delivery_end(s, d);
	tool_print_object(c->print, NULL);
	tool_print_id(c->print, "package", TOOL_SHOW_ALONE, &d->package);
	tool_print_close(c->print);
}

static int
send_one(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct cli_delivery d = { .whom = NULL };
	int err = tool_verb_is_set(c, "resume") ? take_kept(s, &d) : take_request(s, &d);
	if (err == 0 && d.kept != NULL)
		own_request(s, &d);
	if (err == 0)
		err = cli_delivery_run(s, &d);
	if (err == 0)
		print(s, &d);
	else if (d.can_go_on)
		tool_verb_say(c, "to go on: provision send --resume %s", id_text(cli_sending_package(d.kept)).s);
	cli_delivery_close(&d);
	return err;
}

int
cli_send_run(struct tool_call *c)
{
	return tool_verb_is_set(c, "batch") ? cli_batch_run(c, cli_batch_send_kind()) : send_one(c);
}
