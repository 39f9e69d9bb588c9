/* SPDX-License-Identifier: MIT */
/*
 * Owns how a choice of notices and quiet hours is written, of a person and of a company's contact mailbox. Called by the verbs
 * profile, subscribe, redeem and company settings.
 */
#include "cli/notices.h"

#include "base/text.h"
#include "cli/server.h"
#include "record/notice.pb-c.h"
#include "tool/terminal.h"

#define ANSWER_MAX 16
#define LINK PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_LINK
#define NONE PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_NONE
#define TEXT PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_TEXT

static const struct {
	const char *name;
	Provision__NoticeChoice choice;
} choices[] = { { "link", LINK }, { "text", TEXT }, { "none", NONE } };

static int
parse_choice(struct view v, Provision__NoticeChoice *choice_r)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (view_equal_str(v, choices[i].name)) {
			*choice_r = choices[i].choice;
			return 0;
		}
	return ERR_SYNTAX;
}

/* Of somebody who was never asked: link. */
static const char *
choice_name(Provision__NoticeChoice choice)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (choices[i].choice == choice)
			return choices[i].name;
	return choices[0].name;
}

/* hh:mm */
static int
parse_time(struct view v, uint32_t *minute_r)
{
	if (v.len != 5 || v.data[2] != ':')
		return ERR_SYNTAX;
	for (size_t i = 0; i < v.len; i++)
		if (i != 2 && (v.data[i] < '0' || v.data[i] > '9'))
			return ERR_SYNTAX;
	unsigned hour = (unsigned)(v.data[0] - '0') * 10 + v.data[1] - '0', minute = (unsigned)(v.data[3] - '0') * 10 + v.data[4] - '0';
	*minute_r = hour * 60 + minute;
	return hour < 24 && minute < 60 ? 0 : ERR_SYNTAX;
}

/* "22:00-07:00", or "none": both the same. */
static int
parse_hours(struct view v, uint32_t *start_r, uint32_t *end_r)
{
	*start_r = *end_r = 0;
	if (view_equal_str(v, "none"))
		return 0;
	if (v.len != 11 || v.data[5] != '-')
		return ERR_SYNTAX;
	int err = parse_time(view_slice(v, 0, 5), start_r);
	if (err == 0)
		err = parse_time(view_slice(v, 6, 5), end_r);
	return err == 0 && *start_r == *end_r ? ERR_SYNTAX : err;
}

const char *
cli_notices_check(struct view value)
{
	Provision__NoticeChoice choice;
	return parse_choice(value, &choice) == 0 ? NULL : "must be link, text or none";
}

const char *
cli_notices_check_contact(struct view value)
{
	Provision__NoticeChoice choice;
	return parse_choice(value, &choice) == 0 && choice != TEXT ? NULL : "must be link or none";
}

const char *
cli_notices_check_hours(struct view value)
{
	uint32_t start, end;
	return parse_hours(value, &start, &end) == 0 ? NULL : "must be like 22:00-07:00, or none";
}

int
cli_notices_read(struct tool_call *c, Provision__NoticeChoice *choice, uint32_t *start, uint32_t *end)
{
	const char *given = tool_verb_value(c, "notices"), *hours = tool_verb_value(c, "quiet-hours");
	int err = given != NULL ? parse_choice(view_str(given), choice) : 0;
	if (err == 0 && hours != NULL)
		err = parse_hours(view_str(hours), start, end);
	return err;
}

int
cli_notices_change(struct cli_session *s, const Provision__AccountGetReply *present)
{
	Provision__NoticesPut m = PROVISION__NOTICES_PUT__INIT;
	m.notices = present->notices == PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_UNASKED ? LINK : present->notices;
	m.quiet_start = present->quiet_start;
	m.quiet_end = present->quiet_end;
	int err = cli_notices_read(s->call, &m.notices, &m.quiet_start, &m.quiet_end);
	return err == 0 ? cli_session_ask(s, "putNotices", &m.base, NULL) : err;
}

/* Until the answer is one; nothing but Enter is link. */
static int
ask(struct cli_session *s, Provision__NoticeChoice *choice_r)
{
	int err = ERR_SYNTAX;
	tool_verb_say(s->call, "Which mails do you want when something arrives for you? link: who has written or sent files, with a link. "
	    "text: also the words of messages; your mail provider can then read them. none: no such mails.");
	while (err == ERR_SYNTAX) {
		struct secret *line = NULL;
		err = tool_terminal_line(s->call, "[link/text/none, Enter is link] ", false, ANSWER_MAX, &line);
		if (err == 0)
			err = parse_choice(secret_view(line).len == 0 ? view_str(choice_name(LINK)) : secret_view(line), choice_r);
		secret_free(&line);
	}
	return err;
}

int
cli_notices_ask(struct cli_session *s)
{
	const char *given = tool_verb_value(s->call, "notices");
	Provision__AccountGet get = PROVISION__ACCOUNT_GET__INIT;
	Provision__NoticesPut m = PROVISION__NOTICES_PUT__INIT;
	const ProtobufCMessage *reply = NULL;
	if (given == NULL && !tool_terminal_is_there())
		return 0;
	int err = cli_session_ask(s, "getAccount", &get.base, &reply);
	if (err != 0)
		return err;
	const Provision__AccountGetReply *r = (const Provision__AccountGetReply *)reply;
	if (given == NULL && r->notices != PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_UNASKED)
		return 0;
	err = given != NULL ? parse_choice(view_str(given), &m.notices) : ask(s, &m.notices);
	m.quiet_start = r->quiet_start;
	m.quiet_end = r->quiet_end;
	return err == 0 ? cli_session_ask(s, "putNotices", &m.base, NULL) : err;
}

void
cli_notices_print(struct tool_call *c, Provision__NoticeChoice choice, uint32_t start, uint32_t end)
{
	const char *hours = start == end ? "none" : arena_printf(c->arena, "%02u:%02u-%02u:%02u", start / 60, start % 60, end / 60, end % 60);
	tool_print_str(c->print, "notices", TOOL_SHOW, choice_name(choice));
	tool_print_str(c->print, "quiet_hours", TOOL_SHOW, hours);
}
