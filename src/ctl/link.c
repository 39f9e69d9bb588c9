/* SPDX-License-Identifier: MIT */
/*
 * From a configuration file to an open link. The link itself is ipc/call.h's; verbs see only ctl_link_ask().
 */
#include "ctl/link.h"

#include <unistd.h>

#include "conf/conf.h"

#define TIMEOUT_MS 30000

static int
path_of(struct tool_call *c, const char **path_r)
{
	struct conf *conf = NULL;
	struct conf_problem problem;
	const char *file = tool_verb_value(c, "config");
	*path_r = tool_verb_value(c, "socket");
	if (*path_r != NULL)
		return 0;
	if (file == NULL)
		file = DEFAULT_CONF;
	int err = conf_parse_file(file, &conf, &problem);
	if (err != 0)
		return tool_verb_fail(c, err, "%s:%s %s%s%s", problem.file,
		    problem.line == 0 ? "" : arena_printf(c->arena, "%u:", problem.line), problem.option,
		    problem.option[0] == '\0' ? "" : ": ", problem.sentence);
	*path_r = arena_str(c->arena, view_str(conf->control_socket));
	conf_free(&conf);
	return 0;
}

int
ctl_link_open(struct tool_call *c, struct ipc_call **link_r)
{
	const char *path;
	int err = path_of(c, &path);
	if (err != 0)
		return err;
	const char *shown = tool_verb_safe(c, view_str(path));
	err = ipc_call_open(path, IPC_ROLE_CTL, IPC_ROLE_STORE, link_r);
	if (err == ERR_LIMIT)
		return tool_verb_fail(c, ERR_USAGE, "%s: the path of a socket has at most 107 bytes", shown);
	if (err == ERR_NOT_FOUND || err == ERR_UNAVAILABLE)
		return tool_verb_fail(c, ERR_UNAVAILABLE, "no provisiond answers at %s: is it running?", shown);
	if (err == ERR_DENIED)
		return tool_verb_fail(c, err, "%s is for root and the admin group only", shown);
	if (err != 0)
		return tool_verb_fail(c, err, "%s: %s", shown, err_text(err));
	return 0;
}

int
ctl_link_ask(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, const struct ProtobufCMessage **reply_r)
{
	int err = ipc_call(c->context, type, m, TIMEOUT_MS, c->arena, reply_r, NULL);
	/* the daemon turns people away before it answers them, and never root */
	if (err == ERR_CLOSED && (geteuid() == 0 || ipc_call_has_answered(c->context)))
		return tool_verb_fail(c, ERR_UNAVAILABLE, "the daemon ended before it had answered");
	if (err == ERR_CLOSED)
		return tool_verb_fail(c, ERR_DENIED, "the daemon closed the connection: only root and the admin group may ask");
	if (err == ERR_FULL)
		return tool_verb_fail(c, err, "the disk is nearly full: the daemon takes nothing new");
	if (err == ERR_UNAVAILABLE)
		return tool_verb_fail(c, err, "the daemon takes nothing new: the mirror of the keys cannot be reached");
	return err;
}
