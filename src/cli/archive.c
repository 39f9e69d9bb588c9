/* SPDX-License-Identifier: MIT */
/*
 * The verb archive: a company's conversations in one file. What is in it is archive/company.c's.
 */
#include "api/ask.h"
#include "archive/company.h"
#include "cli/archive.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "record/account.pb-c.h"
#include "tool/archive.h"

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

int
cli_archive_locale(struct cli_session *s, enum mail_locale *locale_r)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(s, "getAccount", &m.base, &reply);
	*locale_r = MAIL_LOCALE_EN;
	if (err == 0 && mail_locale_parse(cli_server_view(((const Provision__AccountGetReply *)reply)->locale), locale_r) != 0)
		*locale_r = MAIL_LOCALE_EN;
	return err;
}

/* ---- a company's ---- */

struct wish {
	enum mail_locale locale;
	const Provision__MembershipRow *membership;
	const Provision__SubscriptionRow *only;
};

static int
fill(struct tool_call *c, struct archive *a, void *arg)
{
	const struct archive_source source = cli_archive_source(cli_session_of(c));
	const struct wish *w = arg;
	return archive_company_put(a, &source, w->locale, w->membership->company, w->only);
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
	if (err == 0)
		err = cli_archive_locale(s, &w.locale);
	return err == 0 ? tool_archive_make(c, "company", api_client_host(s->client), slug, fill, &w) : err;
}
