/* SPDX-License-Identifier: MIT */
/*
 * The verb archive: a company's conversations in one file. What is in it is archive/company.c's.
 */
#include <sys/stat.h>

#include "api/ask.h"
#include "archive/company.h"
#include "base/clock.h"
#include "cli/archive.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "record/account.pb-c.h"

/* ---- for every archive ---- */

static int
ask(void *arg, const char *operation, const ProtobufCMessage *request, struct arena *arena, const ProtobufCMessage **reply_r)
{
	struct cli_session *s = arg;
	int err = api_ask(s->client, operation, request, arena, reply_r);
	return err == 0 || err == ERR_NOT_FOUND ? err : cli_server_fail(s->call, s->client, err);
}

struct archive_source
cli_archive_source(struct cli_session *s)
{
	return (struct archive_source){ ask, s };
}

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

static int
locale_of(struct cli_session *s, enum mail_locale *locale_r)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(s, "getAccount", &m.base, &reply);
	if (err == 0 && mail_locale_parse(cli_server_view(((const Provision__AccountGetReply *)reply)->locale), locale_r) != 0)
		*locale_r = MAIL_LOCALE_EN;
	return err;
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
cli_archive_make(struct cli_session *s, const char *kind, const char *name, cli_archive_fill *fill, void *arg)
{
	struct tool_call *c = s->call;
	const char *path = path_of(c, name);
	enum mail_locale locale = MAIL_LOCALE_EN;
	struct archive *a = NULL;
	int err = locale_of(s, &locale);
	if (err != 0)
		return err;
	err = archive_begin(path, kind, api_client_host(s->client), clock_wall_ms(), &a);
	if (err != 0)
		return fail(c, path, err);
	err = fill(s, a, locale, arg);
	struct archive_count count = *archive_count(a);
	if (err == 0)
		err = archive_finish(&a);
	archive_give_up(&a);
	if (err != 0)
		return fail(c, path, err);
	print(c, path, &count);
	return 0;
}

/* ---- a company's ---- */

struct wish {
	const Provision__MembershipRow *membership;
	const Provision__SubscriptionRow *only;
};

static int
fill_company(struct cli_session *s, struct archive *a, enum mail_locale locale, void *arg)
{
	const struct archive_source source = cli_archive_source(s);
	const struct wish *w = arg;
	return archive_company_put(a, &source, locale, w->membership->company, w->only);
}

int
cli_archive_run(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const char *with = tool_verb_value(c, "with");
	struct cli_whom whom = { .row = NULL };
	struct wish w = { .only = NULL };
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &w.membership);
	if (err != 0)
		return err;
	const char *slug = cli_whom_string(c, w.membership->company->slug);
	if (with != NULL)
		err = cli_whom_find_active(s, with, slug, &whom);
	w.only = whom.row;
	return err == 0 ? cli_archive_make(s, "company", slug, fill_company, &w) : err;
}
