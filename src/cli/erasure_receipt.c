/* SPDX-License-Identifier: MIT */
/*
 * The receipt of an erasure on this side. Owns the file "receipt-ID" of the profile. Knows nothing of what was asked for
 * (cli/erasure.c, cli/subscribe.c).
 */
#include "cli/erasure_receipt.h"

#include <string.h>

#include "cli/pins.h"
#include "cli/server.h"
#include "record/account.pb-c.h"
#include "tool/receipt.h"
#include "trust/erasure.h"
#include "trust/fingerprint.h"

/* ---- taking one ---- */

int
cli_erasure_receipt_begin(struct cli_session *s, struct cli_erasure_receipt *r)
{
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = tool_newfile_open(s->call, tool_verb_value(s->call, "output"), &r->file);
	if (err == 0)
		err = cli_session_ask(s, "getServer", &m.base, &reply);
	if (err == 0)
		err = cli_pins_meet_server(s, cli_server_view(((const Provision__ServerInfoReply *)reply)->sign_key));
	if (err == 0)
		memcpy(r->key.bytes, ((const Provision__ServerInfoReply *)reply)->sign_key.data, sizeof(r->key.bytes));
	else
		tool_newfile_drop(&r->file);
	return err;
}

void
cli_erasure_receipt_drop(struct cli_erasure_receipt *r)
{
	tool_newfile_drop(&r->file);
}

/* Even one that says something wrong is kept: it is what the service gave. */
static int
keep(struct cli_session *s, struct cli_erasure_receipt *r, const struct trust_erasure *e, struct view receipt, const char **name_r)
{
	struct buf text;
	buf_init(&text, TRUST_ERASURE_TEXT_MAX);
	*name_r = arena_printf(s->call->arena, "receipt-%s", id_text(&e->receipt).s);
	int err = trust_erasure_armor(receipt, &text);
	if (err == 0)
		err = cli_profile_put(s->profile, *name_r, buf_view(&text));
	if (err == 0)
		err = tool_newfile_write(s->call, &r->file, buf_view(&text));
	buf_deinit(&text);
	return err;
}

int
cli_erasure_receipt_take(struct cli_session *s, struct cli_erasure_receipt *r, struct view receipt)
{
	struct tool_call *c = s->call;
	struct trust_erasure e;
	const char *name = NULL;
	int err = trust_erasure_parse(receipt, &e);
	if (err != 0)
		return tool_verb_fail(c, ERR_TRUST, "it is done, but the server gave no valid receipt: %s", err_text(err));
	err = keep(s, r, &e, receipt, &name);
	if (err != 0)
		return err;
	if (!crypt_sign_public_equal(&e.key, &r->key))
		return tool_verb_fail(c, ERR_TRUST, "it is done, but the receipt is signed with another key than the service's");
	tool_print_object(c->print, NULL);
	tool_receipt_print(c, &e);
	tool_print_str(c->print, "written", TOOL_SHOW, r->file.name != NULL ? r->file.name : name);
	tool_print_close(c->print);
	if (!e.is_complete)
		tool_verb_say(c, "begun: the second copy of the keys cannot be reached at the moment and is overwritten as soon as it can");
	return 0;
}

/* ---- verifying one ---- */

static int
compare_with_pin(struct cli_session *s, const struct trust_erasure *e, const char **known_r)
{
	const struct trust_pin *pin = NULL;
	struct id nothing = { { 0 } };
	struct hash fingerprint = trust_fingerprint_of_server(&e->key);
	bool is_verified;
	int err = cli_session_login(s);
	if (err == 0)
		err = cli_pins_find(s, TRUST_PIN_SERVER, &nothing, &pin);
	if (err != 0)
		return err;
	if (!cli_pins_is_same(pin, &fingerprint, &is_verified))
		return tool_verb_fail(s->call, ERR_TRUST, "this receipt is signed with another key than the one you know of the service");
	*known_r = is_verified ? "verified" : "known";
	return 0;
}

static int
read_text(struct tool_call *c, struct view text, struct trust_erasure *e)
{
	const char *name = tool_verb_safe(c, view_str(c->arguments[0]));
	struct buf bytes;
	buf_init(&bytes, TRUST_ERASURE_BYTES_MAX);
	int err = trust_erasure_unarmor(text, &bytes);
	if (err == ERR_NOT_FOUND)
		err = tool_verb_fail(c, ERR_SYNTAX, "%s is not a receipt", name);
	else if (err == 0)
		err = trust_erasure_parse(buf_view(&bytes), e);
	buf_deinit(&bytes);
	if (err == ERR_VERSION)
		return tool_verb_fail(c, err, "%s was made by a newer version of the service: update this program", name);
	return err == 0 ? 0 : tool_verb_fail(c, ERR_TRUST, "%s proves nothing: it was changed, or never was a true receipt", name);
}

int
cli_erasure_receipt_verify(struct cli_session *s, struct view text)
{
	struct tool_call *c = s->call;
	struct trust_erasure e;
	const char *known = "";
	int err = read_text(c, text, &e);
	if (err == 0 && tool_verb_is_set(c, "known"))
		err = compare_with_pin(s, &e, &known);
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_receipt_print(c, &e);
	tool_print_str(c->print, "known", *known == '\0' ? TOOL_SHOW_JSON : TOOL_SHOW, known);
	tool_print_close(c->print);
	tool_verb_say(c, "proved: who has this key says so. Not proved: that it is the service's key (compare it)");
	return 0;
}
