/* SPDX-License-Identifier: MIT */
/*
 * From a configuration file to an open link. The link itself is ipc/call.h's; verbs see only admin_link_ask().
 */
#include "admin/link.h"

#include <unistd.h>

#include "admin/offline.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "ipc/call.h"

#define TIMEOUT_S 30

struct admin_link {
	struct ipc_call *call;
	struct offline *offline;   /* NULL: the daemon's store */
};

int
admin_link_conf(struct tool_call *c, struct conf **conf_r)
{
	struct conf_problem problem;
	const char *file = tool_verb_value(c, "config");
	if (file == NULL)
		file = DEFAULT_CONF;
	int err = conf_parse_file(file, conf_r, &problem);
	return err == 0 ? 0 : tool_verb_fail(c, err, "%s:%s %s%s%s", problem.file,
	    problem.line == 0 ? "" : arena_printf(c->arena, "%u:", problem.line), problem.option,
	    problem.option[0] == '\0' ? "" : ": ", problem.sentence);
}

static int
path_of(struct tool_call *c, const char **path_r)
{
	struct conf *conf = NULL;
	*path_r = tool_verb_value(c, "socket");
	if (*path_r != NULL)
		return 0;
	int err = admin_link_conf(c, &conf);
	if (err != 0)
		return err;
	*path_r = arena_str(c->arena, view_str(conf->control_socket));
	conf_free(&conf);
	return 0;
}

/* is_silent: that no daemon answers is not explained. */
static int
open_running(struct tool_call *c, const char *path, bool is_silent, struct ipc_call **call_r)
{
	const char *shown = tool_verb_safe(c, view_str(path));
	int err = ipc_call_open(path, IPC_ROLE_CTL, IPC_ROLE_STORE, call_r);
	if (err == ERR_LIMIT)
		return tool_verb_fail(c, ERR_USAGE, "%s: the path of a socket has at most 107 bytes", shown);
	if (err == ERR_NOT_FOUND || err == ERR_UNAVAILABLE)
		return is_silent ? ERR_UNAVAILABLE : tool_verb_fail(c, ERR_UNAVAILABLE, "no provisiond answers at %s: is it running?", shown);
	if (err == ERR_DENIED)
		return tool_verb_fail(c, err, "%s is for root and the admin group only", shown);
	if (err != 0)
		return tool_verb_fail(c, err, "%s: %s", shown, err_text(err));
	return 0;
}

static int
open_offline(struct tool_call *c, const char *path, struct admin_link *link)
{
	struct conf *conf = NULL;
	struct problem problem;
	int err = admin_link_conf(c, &conf);
	if (err != 0)
		return err;
	err = offline_open(conf, !tool_verb_is_set(c, "no-jail"), &link->offline, &link->call, &problem);
	if (err == ERR_BUSY)
		err = tool_verb_fail(c, err, "no provisiond answers at %s, and yet a store runs on %s", tool_verb_safe(c, view_str(path)),
		    tool_verb_safe(c, view_str(conf->state_dir)));
	else if (err != 0)
		err = tool_verb_fail(c, err, "%s", problem.text);
	conf_free(&conf);
	return err;
}

int
admin_link_open(struct tool_call *c, enum admin_way way, struct admin_link **link_r)
{
	struct admin_link link = { NULL, NULL };
	const char *path;
	*link_r = NULL;
	int err = path_of(c, &path);
	if (err != 0)
		return err;
	err = open_running(c, path, way != ADMIN_RUNNING, &link.call);
	if (err == 0 && way == ADMIN_OFFLINE) {
		ipc_call_close(&link.call);
		return tool_verb_fail(c, ERR_BUSY, "a provisiond answers at %s: stop it first", tool_verb_safe(c, view_str(path)));
	}
	if (err == ERR_UNAVAILABLE && way != ADMIN_RUNNING)
		err = open_offline(c, path, &link);
	if (err != 0)
		return err;
	*link_r = mem_alloc(sizeof(**link_r));
	**link_r = link;
	return 0;
}

void
admin_link_close(struct admin_link **link)
{
	if (*link == NULL)
		return;
	ipc_call_close(&(*link)->call);
	offline_close(&(*link)->offline);
	mem_free(link);
}

bool
admin_link_is_offline(const struct admin_link *link)
{
	return link->offline != NULL;
}

/* The daemon turns people away before it answers them, and never root. */
static bool
is_turned_away(const struct admin_link *link)
{
	return link->offline == NULL && geteuid() != 0 && !ipc_call_has_answered(link->call);
}

/* fds: IPC_FDS_MAX of them, or NULL. */
static int
ask(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, unsigned timeout_s, struct arena *arena,
    const struct ProtobufCMessage **reply_r, int *fds)
{
	struct admin_link *link = c->context;
	int err = ipc_call(link->call, type, m, timeout_s * 1000, arena, reply_r, fds);
	if (err == ERR_CLOSED && is_turned_away(link))
		return tool_verb_fail(c, ERR_DENIED, "the daemon closed the connection: only root and the admin group may ask");
	if (err == ERR_CLOSED)
		return tool_verb_fail(c, ERR_UNAVAILABLE, "the %s ended before it had answered", link->offline == NULL ? "daemon" : "store");
	if (err == ERR_FULL)
		return tool_verb_fail(c, err, "the disk is nearly full: the daemon takes nothing new");
	if (err == ERR_UNAVAILABLE)
		return tool_verb_fail(c, err, "the daemon takes nothing new: the mirror of the keys cannot be reached");
	return err;
}

int
admin_link_ask_in(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, unsigned timeout_s,
    struct arena *arena, const struct ProtobufCMessage **reply_r)
{
	return ask(c, type, m, timeout_s, arena, reply_r, NULL);
}

int
admin_link_ask_fd(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, struct arena *arena,
    const struct ProtobufCMessage **reply_r, int *fd_r)
{
	int fds[IPC_FDS_MAX] = { -1 };
	int err = ask(c, type, m, TIMEOUT_S, arena, reply_r, fds);
	*fd_r = fds[0];
	return err;
}

int
admin_link_ask(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, const struct ProtobufCMessage **reply_r)
{
	return admin_link_ask_in(c, type, m, TIMEOUT_S, c->arena, reply_r);
}
