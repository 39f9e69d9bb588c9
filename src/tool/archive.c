/* SPDX-License-Identifier: MIT */
/*
 * From --output to a finished file. Knows nothing of what is in it.
 */
#include "tool/archive.h"

#include <sys/stat.h>

#include "base/clock.h"

/* In a folder it is called after what it is and the day. */
static const char *
path_of(struct tool_call *c, const char *name)
{
	const char *path = tool_verb_value(c, "output");
	char day[CLOCK_RFC3339_LEN + 1];
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return path;
	clock_rfc3339(clock_wall_ms(), day);
	return arena_printf(c->arena, "%s/provision-%s-%.10s.tar", path, name, day);
}

static int
fail(struct tool_call *c, const char *path, int err)
{
	return tool_verb_fail(c, err, "%s cannot be written: %s", tool_verb_safe(c, view_str(path)), err_text(err));
}

static void
print(struct tool_call *c, const char *path, const struct archive_count *count)
{
	struct tool_print *p = c->print;
	tool_print_object(p, NULL);
	tool_print_str(p, "archive", TOOL_SHOW, path);
	tool_print_number(p, "conversations", TOOL_SHOW, count->conversations);
	tool_print_number(p, "entries", TOOL_SHOW, count->entries);
	tool_print_number(p, "letters", TOOL_SHOW_JSON, count->letters);
	tool_print_number(p, "packages", TOOL_SHOW, count->packages);
	tool_print_close(p);
}

int
tool_archive_make(struct tool_call *c, const char *kind, const char *host, const char *name, tool_archive_fill *fill, void *arg)
{
	const char *path = path_of(c, name);
	struct archive *a = NULL;
	int err = archive_begin(path, kind, host, clock_wall_ms(), &a);
	if (err != 0)
		return fail(c, path, err);
	err = fill(c, a, arg);
	struct archive_count count = *archive_count(a);
	if (err == 0)
		err = archive_finish(&a);
	archive_give_up(&a);
	if (err != 0)
		return fail(c, path, err);
	print(c, path, &count);
	return 0;
}
