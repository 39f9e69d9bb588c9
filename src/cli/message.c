/* SPDX-License-Identifier: MIT */
/*
 * The verbs say and delete: text messages. They are readable by the service, and whoever writes is told so, once a conversation. Many
 * at once are cli/batch.h's.
 */
#include "cli/message.h"

#include "base/text.h"
#include "cli/batch.h"
#include "cli/seen.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "tool/terminal.h"
#include "tool/typed.h"

#define TEXT_MAX ((size_t)64 * 1024)

void
cli_message_warn(struct tool_call *c)
{
	tool_verb_say(c, "text messages can be read by the operator of the service: put no personal data in, send such as a file");
}

/* D1, once a conversation. */
static int
warn(struct cli_session *s, const struct cli_whom *whom)
{
	struct id subscription = cli_server_get_id(whom->row->subscription);
	int err = cli_seen_warn(s->profile, &subscription);
	if (err == 0)
		cli_message_warn(s->call);
	return err == 0 || err == ERR_EXISTS ? 0 : tool_verb_fail(s->call, err, "the profile cannot be written: %s", err_text(err));
}

int
cli_message_create(struct cli_session *s, const struct cli_whom *whom, const struct id *id, struct view text, uint64_t *sequence_r,
    uint64_t *time_ms_r)
{
	Provision__MessageCreate m = PROVISION__MESSAGE_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	m.subscription = whom->row->subscription;
	m.message = cli_server_id(id);
	m.as_company = whom->membership != NULL;
	m.text = cli_server_bytes(text);
	int err = cli_session_ask(s, "createMessage", &m.base, &reply);
	if (err == 0) {
		const Provision__MessageCreateReply *r = (const Provision__MessageCreateReply *)reply;
		*sequence_r = r->sequence;
		*time_ms_r = r->time_ms;
	}
	return err;
}

static int
say_one(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	uint64_t sequence = 0, time_ms = 0;
	struct cli_whom whom;
	struct view text;
	struct id id = id_random();
	if (tool_verb_value(c, "to") == NULL || c->argument_count == 0)
		return tool_verb_fail(c, ERR_USAGE, "say: missing: %s (or --batch FILE)", c->argument_count == 0 ? "TEXT|-" : "--to WHOM");
	int err = tool_typed_text(c, c->arguments[0], TEXT_MAX, "there is nothing to say",
	    "a message has at most 64 KiB: send a longer text as a file", &text);
	if (err == 0)
		err = cli_whom_find_active(s, tool_verb_value(c, "to"), tool_verb_value(c, "company"), &whom);
	if (err == 0)
		err = warn(s, &whom);
	if (err == 0)
		err = cli_message_create(s, &whom, &id, text, &sequence, &time_ms);
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_print_number(c->print, "seq", TOOL_SHOW, sequence);
	tool_print_time(c->print, "time", TOOL_SHOW_JSON, time_ms);
	tool_print_id(c->print, "message", TOOL_SHOW_JSON, &id);
	tool_print_close(c->print);
	return 0;
}

int
cli_message_say(struct tool_call *c)
{
	return tool_verb_is_set(c, "batch") ? cli_batch_run(c, cli_batch_say_kind()) : say_one(c);
}

int
cli_message_delete(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__MessageDelete m = PROVISION__MESSAGE_DELETE__INIT;
	struct cli_whom whom;
	if (text_u64(view_str(c->arguments[0]), INT64_MAX, &m.sequence) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the number of an entry", tool_verb_safe(c, view_str(c->arguments[0])));
	int err = cli_whom_find(s, tool_verb_value(c, "with"), tool_verb_value(c, "company"), &whom);
	if (err == 0)
		err = tool_terminal_confirm(c, "The text is gone for both sides, at once and for good; that there was one is seen until its day ends.");
	if (err != 0)
		return err;
	m.subscription = whom.row->subscription;
	err = cli_session_ask_but(s, "deleteMessage", &m.base, NULL, ERR_DENIED);
	return err == ERR_DENIED ? tool_verb_fail(c, err, "somebody else wrote this: only its author can take it back") : err;
}
