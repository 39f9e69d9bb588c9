/* SPDX-License-Identifier: MIT */
/*
 * The verb withdraw: takes back a package that nobody has received, or one whose sending was broken off. The withdrawal is
 * signed, so that the recipient's client can tell it from the service's word.
 */
#include "base/clock.h"
#include "cli/judge.h"
#include "cli/sending.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "package/withdrawal.h"
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

/* As a customer in one's own name, as a member with the certificate. */
static int
sign(struct cli_session *s, const Provision__PackageGetReply *reply, struct buf *out)
{
	const Provision__PackageRow *row = reply->row;
	struct package_withdrawal w = { .package = cli_server_get_id(row->package), .subscription = cli_server_get_id(row->subscription) };
	const Provision__MembershipRow *membership = NULL;
	struct cli_member member;
	bool is_staff;
	int err = cli_judge_is_staff(s, row, reply->word, &is_staff);
	w.signer.who = (struct package_sender){ .kind = PACKAGE_PARTY_CUSTOMER, .account = s->login.account.account,
		.key = s->login.account.sign };
	w.signer.time_ms = clock_wall_ms();
	if (err == 0 && is_staff)
		err = cli_whom_membership(s, cli_whom_string(s->call, row->slug), &membership);
	if (err == 0 && is_staff)
		err = cli_whom_open_member(s, membership, &member);
	if (err == 0 && is_staff) {
		w.signer.who.kind = PACKAGE_PARTY_COMPANY;
		w.signer.who.company = member.company.root.company;
		w.signer.certificate = cli_server_view(membership->certificate);
	}
	return err == 0 ? package_withdrawal_make(&w, s->login.keys.sign, out) : err;
}

static int
withdraw(struct cli_session *s, const Provision__PackageGetReply *reply)
{
	Provision__PackageWithdraw m = PROVISION__PACKAGE_WITHDRAW__INIT;
	struct buf withdrawal;
	buf_init(&withdrawal, PACKAGE_RECEIPT_MAX);
	int err = tool_terminal_confirm(s->call, "The other side can no longer fetch this package. It is removed at once and for good; the "
	    "history keeps that it was withdrawn.");
	if (err == 0)
		err = sign(s, reply, &withdrawal);
	m.package = reply->row->package;
	m.withdrawal = cli_server_bytes(buf_view(&withdrawal));
	if (err == 0)
		err = cli_session_ask_but(s, "withdrawPackage", &m.base, NULL, ERR_STATE);
	buf_deinit(&withdrawal);
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
	const Provision__PackageGetReply *r = (const Provision__PackageGetReply *)reply;
	const Provision__PackageRow *row = r->row;
	if (row->is_incoming)
		return tool_verb_fail(c, ERR_DENIED, "this package was sent to you: only the sender can withdraw it");
	if (row->state == PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING)
		return give_up(s, &package);
	if (row->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING)
		return tool_verb_fail(c, ERR_STATE, "this package is %s: there is nothing to withdraw", cli_server_enum(c, &row->base, "state"));
	return withdraw(s, r);
}
