/* SPDX-License-Identifier: MIT */
/*
 * The verb withdraw: takes back a package that nobody has received, or one whose sending was broken off.
 */
#include "cli/action.h"
#include "cli/sending.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "record/package.pb-c.h"
#include "tool/terminal.h"

/* One that is not complete: the service forgets it, and so do we. */
static int
give_up(struct cli_session *s, const struct id *package)
{
	Provision__PackageAbort m = PROVISION__PACKAGE_ABORT__INIT;
	struct cli_sending *kept = NULL;
	int err = cli_sending_find(s, package, NULL, &kept);
	if (err == ERR_BUSY)
		return tool_verb_fail(s->call, err, "another command is sending this package");
	m.package = cli_server_id(package);
	err = cli_session_ask(s, "abortPackage", &m.base, NULL);
	if (err == 0)
		cli_sending_end(&kept);
	cli_sending_close(&kept);
	return err;
}

static int
withdraw(struct cli_session *s, const struct id *package)
{
	Provision__PackageWithdraw m = PROVISION__PACKAGE_WITHDRAW__INIT;
	struct cli_action action;
	int err = tool_terminal_confirm(s->call, "The other side can no longer fetch this package. It is removed at once and for good; the "
	    "history keeps that it was withdrawn.");
	if (err == 0)
		err = cli_action_sign(s, "package-withdraw", package, &action);
	if (err != 0)
		return err;
	m.package = cli_server_id(package);
	m.nonce = action.nonce;
	m.signature = action.signature;
	err = cli_session_ask_but(s, "withdrawPackage", &m.base, NULL, ERR_STATE);
	return err == ERR_STATE ? tool_verb_fail(s->call, err, "it was too late: the package was received or has expired") : err;
}

int
cli_withdraw_run(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__PackageGet m = PROVISION__PACKAGE_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id package;
	if (id_parse(view_str(c->arguments[0]), &package) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a package", tool_verb_safe(c, view_str(c->arguments[0])));
	m.package = cli_server_id(&package);
	int err = cli_session_ask_but(s, "getPackage", &m.base, &reply, ERR_NOT_FOUND);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "there is no package %s of yours", c->arguments[0]);
	if (err != 0)
		return err;
	const Provision__PackageRow *row = ((const Provision__PackageGetReply *)reply)->row;
	if (row->is_incoming)
		return tool_verb_fail(c, ERR_DENIED, "this package was sent to you: only the sender can withdraw it");
	if (row->state == PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING)
		return give_up(s, &package);
	if (row->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING)
		return tool_verb_fail(c, ERR_STATE, "this package is %s: there is nothing to withdraw", cli_server_enum(c, &row->base, "state"));
	return withdraw(s, &package);
}
