/* SPDX-License-Identifier: MIT */
/*
 * The verbs company recovery-code, recovery-code check and status, and company recover. The code is made here and leaves this
 * process only on the person's screen. What it opens was sealed by owners' clients (cli/renew.c).
 */
#include <string.h>

#include "cli/pins.h"
#include "cli/recover.h"
#include "cli/renew.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "crypt/recovery.h"
#include "trust/fingerprint.h"
#include "trust/recovery.h"
#include "trust/sealed.h"

/* --- making, checking, looking */

int
cli_company_code_make(struct tool_call *c)
{
	struct secret *code = crypt_recovery_new();
	struct cli_renew_wish wish = { .code = code };
	struct cli_session *s = cli_session_of(c);
	const Provision__MembershipRow *row = NULL;
	bool is_checked = false;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &row);
	if (err == 0 && row->role != PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER)
		err = tool_verb_fail(c, ERR_DENIED, "only an owner can make a recovery code of the company");
	if (err == 0)
		err = cli_recover_show(c, code, "the company's keys are lost when all members have lost their passwords; it is valid as "
		    "soon as this command has ended well", &is_checked);
	if (err == 0)
		err = cli_renew_run(c, &wish);
	secret_free(&code);
	return err;
}

/* The membership and the recovery key that the company's epoch names. */
static int
find_code(struct cli_session *s, struct cli_member *member, struct trust_recovery *recovery)
{
	struct tool_call *c = s->call;
	const char *slug;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &member->row);
	if (err != 0)
		return err;
	slug = tool_verb_safe(c, cli_server_view(member->row->company->slug));
	if (member->row->role != PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER)
		return tool_verb_fail(c, ERR_DENIED, "only an owner of %s can do this", slug);
	err = cli_pins_parse_company(member->row->company, &member->company);
	if (err != 0)
		return tool_verb_fail(c, err, "the keys of %s as the server shows them are not valid: %s", slug, err_text(err));
	err = trust_recovery_check(&member->company, cli_server_view(member->row->recovery), recovery);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "%s has no recovery code (make one with: provision company recovery-code)", slug);
	return err == 0 ? 0 : tool_verb_fail(c, err, "the server shows another recovery key of %s than its owner made, or none", slug);
}

/* The keys of the code that the person types, if it is this one. */
static int
ask_code(struct cli_session *s, const struct trust_recovery *recovery, struct trust_keys *keys_r)
{
	struct secret *code = NULL;
	int err = cli_recover_ask(s->call, "Recovery code of the company: ", &code);
	if (err != 0)
		return err;
	trust_recovery_keys(code, &recovery->company, keys_r);
	secret_free(&code);
	if (trust_recovery_owns(recovery, keys_r) == 0)
		return 0;
	trust_keys_deinit(keys_r);
	return tool_verb_fail(s->call, ERR_DENIED, "this is not the recovery code of the company, or no longer");
}

int
cli_company_code_check(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct trust_keys keys = { .seal = NULL };
	struct trust_recovery recovery;
	struct cli_member member;
	bool is_verified;
	int err = find_code(s, &member, &recovery);
	if (err == 0)
		err = cli_pins_meet_company(s, member.row->company, NULL, &member.company, &is_verified);
	if (err == 0)
		err = ask_code(s, &recovery, &keys);
	trust_keys_deinit(&keys);
	return err;
}

int
cli_company_code_status(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct trust_recovery recovery = { .created_ms = 0 };
	struct cli_member member;
	bool is_verified;
	int err = find_code(s, &member, &recovery);
	if (err == 0)
		err = cli_pins_meet_company(s, member.row->company, NULL, &member.company, &is_verified);
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_print_time(c->print, "made", TOOL_SHOW, recovery.created_ms);
	tool_print_close(c->print);
	return 0;
}

/* --- using it */

/*
 * The code vouches for the root that the company had when it was made: what is sealed to the code could be by anybody. A root
 * made later the person has to compare.
 */
static int
expected_root(struct tool_call *c, const struct cli_member *member, const struct trust_recovery *recovery, struct hash *root_r)
{
	const struct hash *shown = &member->company.root.fingerprint;
	*root_r = recovery->root;
	if (c->argument_count > 0)
		return cli_whom_typed_fingerprint(c, 0, root_r);
	if (crypt_hash_equal(&recovery->root, shown))
		return 0;
	return tool_verb_fail(c, ERR_TRUST, "the company's key is newer than the code, which cannot vouch for it. Shown: %s. Compare it with "
	    "what customers and invitations have; if it is right: provision company recover FINGERPRINT",
	    trust_fingerprint_grouped(shown).s);
}

/* The company's keys, opened with the code's. */
static int
open_owner(struct cli_session *s, const struct trust_keys *code, struct cli_renew_owner *o)
{
	Provision__CompanyRecoveryGet m = PROVISION__COMPANY_RECOVERY_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.slug = o->member.row->company->slug;
	int err = cli_session_ask(s, "getCompanyRecovery", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__CompanyRecoveryGetReply *set = (const Provision__CompanyRecoveryGetReply *)reply;
	err = trust_sealed_open_root(&o->member.company.root, cli_server_view(set->sealed_root), code, &o->root_private);
	if (err == 0)
		err = trust_sealed_open_epoch(trust_company_current(&o->member.company), cli_server_view(set->sealed_epoch), code,
		    &o->epoch_keys);
	return err == 0 ? 0 : tool_verb_fail(s->call, ERR_TRUST, "what the server kept for the recovery code is not the company's keys: %s",
	    err_text(err));
}

static int
recover(struct cli_session *s, const struct trust_recovery *recovery, struct cli_renew_owner *o)
{
	struct trust_keys code = { .seal = NULL };
	struct cli_renew_wish wish = { .recovery = &code, .recovered = o };
	struct hash root;
	int err = ask_code(s, recovery, &code);
	if (err == 0)
		err = expected_root(s->call, &o->member, recovery, &root);
	if (err == 0)
		err = cli_pins_meet_company(s, o->member.row->company, &root, &o->member.company, &o->member.is_verified);
	if (err == 0)
		err = open_owner(s, &code, o);
	if (err == 0)
		err = cli_renew_run(s->call, &wish);
	trust_keys_deinit(&code);
	return err;
}

int
cli_company_code_recover(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct trust_recovery recovery;
	struct cli_renew_owner owner;
	memset(&owner, 0, sizeof(owner));
	int err = find_code(s, &owner.member, &recovery);
	if (err == 0)
		err = recover(s, &recovery, &owner);
	if (err == 0)
		tool_verb_say(c, "everything that waits can be received again; who else lost the keys comes back by: provision member invite");
	cli_renew_owner_deinit(&owner);
	return err;
}
