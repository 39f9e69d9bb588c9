/* SPDX-License-Identifier: MIT */
/*
 * The verbs reset and delete-account: what goes and what stays is said before anything is asked, and the password is asked
 * again. What this machine kept of it goes too.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/account.h"
#include "cli/erasure_receipt.h"
#include "cli/proof.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "record/erasure.pb-c.h"
#include "tool/terminal.h"

/* What an erasure needs on its way. */
struct erasure {
	struct cli_proof proof;
	struct cli_erasure_receipt receipt;
	struct buf pins, pin_page;
};

static void
erasure_init(struct erasure *e)
{
	memset(e, 0, sizeof(*e));
	buf_init(&e->pins, TRUST_PINS_ROOT_BYTES_MAX);
	buf_init(&e->pin_page, TRUST_PINS_PAGE_BYTES_MAX);
}

static void
erasure_deinit(struct erasure *e)
{
	cli_proof_deinit(&e->proof);
	cli_erasure_receipt_drop(&e->receipt);
	buf_deinit(&e->pins);
	buf_deinit(&e->pin_page);
}

/* ---- saying what happens ---- */

static int
count_one(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	unsigned *n = arg;
	(void)s;
	(void)m;
	(*n)++;
	return 0;
}

/* The last owner is told before the password is asked for. */
static int
count(struct cli_session *s, unsigned *subscriptions, size_t *memberships)
{
	const Provision__MembershipListReply *list = NULL;
	int err = cli_whom_subscriptions(s, NULL, count_one, subscriptions);
	if (err == 0)
		err = cli_whom_memberships(s, &list);
	if (err == 0)
		*memberships = list->n_items;
	return err;
}

static int
confirm(struct cli_session *s, const char *stays)
{
	unsigned subscriptions = 0;
	size_t memberships = 0;
	int err = count(s, &subscriptions, &memberships);
	if (err != 0)
		return err;
	return tool_terminal_confirm(s->call, arena_printf(s->call->arena,
	    "Goes, for you and for the other sides, at once and for good:\n"
	    "  %u subscriptions with all their messages and packages, also those not fetched yet\n"
	    "  %zu memberships of companies; what you wrote for a company stays the company's, its author is \"former member\"\n"
	    "  keys you know, what you have read, requests and changes under way\n"
	    "Stays: %s.\n"
	    "What has left the service stays where it is: mails that were sent, packages that were received.\n"
	    "To keep a copy of everything first: provision export -o FILE.\n"
	    "Go on?", subscriptions, memberships, stays));
}

/* ---- what this machine kept ---- */

static bool
is_kept_of_others(const char *name)
{
	static const char *const prefixes[] = { "seen-", "sending-", "package-", "invitation-" };
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static int
forget_others(struct cli_session *s)
{
	int copy = openat(s->profile->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	if (folder == NULL) {
		file_close(&copy);
		err = ERR_IO;
	}
	while (err == 0 && (d = readdir(folder)) != NULL)
		if (is_kept_of_others(d->d_name) && unlinkat(s->profile->folder, d->d_name, 0) != 0)
			err = ERR_IO;
	if (folder != NULL)
		closedir(folder);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "it is done, but what this machine kept cannot be removed");
}

static int
forget_account(struct cli_profile *p, void *arg)
{
	(void)arg;
	cli_profile_set(&p->email, NULL);
	p->account = (struct id){ { 0 } };
	p->pins_version = 0;
	return 0;
}

static int
note_pins(struct cli_profile *p, void *arg)
{
	p->pins_version = *(const uint64_t *)arg;
	return 0;
}

/* ---- asking ---- */

static int
last_owner(struct tool_call *c, int err)
{
	return err != ERR_STATE ? err : tool_verb_fail(c, err, "you are the last owner of a company: make another member owner first (provision "
	    "member role), or close it");
}

static int
begin(struct cli_session *s, struct erasure *e, const char *stays)
{
	int err = cli_erasure_receipt_begin(s, &e->receipt);
	if (err == 0)
		err = confirm(s, stays);
	return err == 0 ? cli_proof_ask(s, &e->proof) : err;
}

static int
reset(struct cli_session *s, struct erasure *e)
{
	Provision__AccountReset m = PROVISION__ACCOUNT_RESET__INIT;
	const ProtobufCMessage *reply = NULL;
	uint64_t version = s->pins_version + 1;
	int err = cli_account_pins(s, &s->login.account, &s->login.keys, version, &e->pins, &e->pin_page);
	struct view parameters[] = { buf_view(&e->pins), buf_view(&e->pin_page) };
	if (err == 0)
		err = cli_proof_sign(s, &e->proof, "account-reset", parameters, 2);
	if (err != 0)
		return err;
	m.proof = &e->proof.message;
	m.pins = cli_server_bytes(parameters[0]);
	m.pin_page = cli_server_bytes(parameters[1]);
	m.pins_version = version;
	err = last_owner(s->call, cli_proof_send(s, &e->proof, "resetAccount", &m.base, &reply, ERR_STATE));
	if (err == 0)
		err = cli_erasure_receipt_take(s, &e->receipt, cli_server_view(((const Provision__ErasureReply *)reply)->receipt));
	if (err == 0)
		err = cli_profile_change(s->profile, note_pins, &version);
	return err == 0 ? forget_others(s) : err;
}

int
cli_erasure_reset(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct erasure e;
	erasure_init(&e);
	int err = begin(s, &e, "your account with profile, password, keys, second factor, app passwords and sessions");
	if (err == 0)
		err = reset(s, &e);
	erasure_deinit(&e);
	return err;
}

static int
delete_account(struct cli_session *s, struct erasure *e)
{
	Provision__AccountDelete m = PROVISION__ACCOUNT_DELETE__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_proof_sign(s, &e->proof, "account-delete", NULL, 0);
	if (err != 0)
		return err;
	m.proof = &e->proof.message;
	err = last_owner(s->call, cli_proof_send(s, &e->proof, "deleteAccount", &m.base, &reply, ERR_STATE));
	if (err != 0)
		return err;
	cli_login_erase(s->profile, CLI_LOGIN_SESSION);
	err = cli_erasure_receipt_take(s, &e->receipt, cli_server_view(((const Provision__ErasureReply *)reply)->receipt));
	if (err == 0)
		err = cli_profile_change(s->profile, forget_account, NULL);
	return err == 0 ? forget_others(s) : err;
}

int
cli_erasure_delete(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct erasure e;
	erasure_init(&e);
	int err = begin(s, &e, "nothing but billing records as long as the law wants them; your account goes too, with names, address and all "
	    "passwords");
	if (err == 0)
		err = delete_account(s, &e);
	erasure_deinit(&e);
	return err;
}
