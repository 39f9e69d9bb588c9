/* SPDX-License-Identifier: MIT */
/*
 * The table of the options, which say what is to be done. The man page is held against it.
 */
#include "janitor/verbs.h"

#include "janitor/run.h"
#include "tool/check.h"

static const struct tool_option options[] = {
	{ "plan", 0, false, NULL, NULL, "only say what is due, by kind" },
	{ "explain", 0, false, "ID", NULL, "say why what has this id is kept, and until when" },
	{ "limit", 0, false, "N", tool_check_number, "work at most N items" },
	{ "config", 'c', false, "FILE", NULL, "configuration of the daemon [" DEFAULT_CONF "]" },
	{ "socket", 0, false, "PATH", NULL, "control socket, instead of the one in the configuration" },
	{ "no-jail", 0, false, NULL, NULL, "without a daemon: no jail around the store, for debuggers" },
	{ "json", 0, false, NULL, NULL, "print the result as JSON" },
	{ "help", 'h', false, NULL, NULL, "print this help" },
	{ "version", 0, false, NULL, NULL, "print the version" },
	{ .name = NULL }
};

static int
choose(struct tool_call *c)
{
	if (tool_verb_is_set(c, "explain"))
		return run_explain(c);
	return tool_verb_is_set(c, "plan") ? run_plan(c) : run_work(c);
}

static const struct tool_verb verbs[] = {
	{ "", NULL, 0, 0, 0, NULL, "Erases what is due, with a running provisiond and without.", choose },
};

const struct tool_verb *
verbs_table(size_t *count_r)
{
	*count_r = sizeof(verbs) / sizeof(verbs[0]);
	return verbs;
}

const struct tool_option *
verbs_options(void)
{
	return options;
}
