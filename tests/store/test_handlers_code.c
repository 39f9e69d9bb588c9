/* SPDX-License-Identifier: MIT */
/*
 * The company's recovery code (B6) as the store sees it: what every renewal must bring for it, who gets what it opens, who is told.
 */
#include "crypt/secret.h"
#include "store/renew_cast.h"
#include "trust/recovery.h"

struct code {
	struct trust_keys keys;
	struct buf statement;
	struct trust_recovery public;
};

static void
code_init(struct cast *c, struct code *code)
{
	struct secret *typed = secret_random(16);

	buf_init(&code->statement, TRUST_STATEMENT_MAX);
	trust_recovery_keys(typed, &c->firm.id, &code->keys);
	assert_int_equal(trust_recovery_make(&c->firm.public.root, &code->keys, desk_now(c->d), &code->statement), 0);
	assert_int_equal(trust_recovery_parse(buf_view(&code->statement), &code->public), 0);
	secret_free(&typed);
}

static void
code_deinit(struct code *code)
{
	trust_keys_deinit(&code->keys);
	buf_deinit(&code->statement);
}

/* A renewal that seals to the code. */
static Provision__CompanyRenew *
renewal_for(struct cast *c, const struct code *code)
{
	Provision__CompanyRenew *m = renewal_with(c->d, &c->firm, &c->owner, false, &code->public.fingerprint);

	remains(c->d, m, &c->firm, &c->owner, OWNER);
	remains(c->d, m, &c->firm, &c->agent, AGENT);
	m->recovery_epoch = m->recovery_root = wire_bytes(SEALED);
	return m;
}

static void
prove(struct cast *c, Provision__CompanyRenew *m, const struct code *code)
{
	struct trust_action action = { VIEW_LIT("company-recover"), c->owner.account, c->firm.id, wire_view(m->nonce), wire_view(m->epoch) };
	struct signature sig;

	assert_int_equal(trust_action_sign(&action, code->keys.sign, &sig), 0);
	m->proof = keep(c->d, view_of(sig.bytes, sizeof(sig.bytes)));
}

static int
get_code(struct cast *c, const struct person *p, Provision__CompanyRecoveryGetReply **reply)
{
	Provision__CompanyRecoveryGet m = PROVISION__COMPANY_RECOVERY_GET__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str(c->firm.slug);
	return desk_web(c->d, IPC_COMPANY_RECOVERY_GET, &m.base, reply);
}

/* What waits in the queue is one mail of that kind to the contact and one to each of so many owners, the first among them. */
static void
expect_mails(struct cast *c, Provision__MailKind kind, size_t owners)
{
	const Provision__MailLeaseReply *mails = desk_mails(c->d);
	size_t to_owner = 0;

	assert_int_equal(mails->n_jobs, 1 + owners);
	for (size_t i = 0; i < mails->n_jobs; i++) {
		assert_int_equal(mails->jobs[i]->kind, kind);
		assert_string_equal(arena_str(c->d->arena, wire_view(mails->jobs[i]->peer)), "Kanzlei Müller");
		to_owner += view_equal_str(wire_view(mails->jobs[i]->to), c->owner.email);
	}
	assert_int_equal(to_owner, 1);
	desk_mails_sent(c->d, mails);
}

static void
test_code(void **state)
{
	struct cast *c = *state;
	Provision__CompanyRecoveryGetReply *got;
	struct code first, second;

	code_init(c, &first);
	code_init(c, &second);
	assert_int_equal(get_code(c, &c->owner, &got), ERR_NOT_FOUND);
	Provision__CompanyRenew *m = renewal_for(c, &first);
	/* the epoch must name what is kept */
	m->recovery = keep(c->d, buf_view(&second.statement));
	assert_int_equal(ask(c, m), ERR_TRUST);
	m->recovery = keep(c->d, buf_view(&first.statement));
	m->recovery_root.len = 0;
	assert_int_equal(ask(c, m), ERR_SYNTAX);
	m->recovery_root = wire_bytes(SEALED);
	assert_int_equal(ask(c, m), 0);
	expect_mails(c, PROVISION__MAIL_KIND__MAIL_KIND_COMPANY_CODE_MADE, 1);
	assert_int_equal(get_code(c, &c->owner, &got), 0);
	assert_true(view_equal(wire_view(got->recovery), buf_view(&first.statement)));
	assert_int_equal(get_code(c, &c->agent, &got), ERR_DENIED);
	assert_int_equal(get_code(c, &c->mallory, &got), ERR_NOT_FOUND);
	assert_true(membership(c->d, &c->owner)->recovery.len > 0);
	assert_int_equal(membership(c->d, &c->agent)->recovery.len, 0);
	/* a renewal can neither drop it nor forget to seal to it */
	m = renewal(c->d, &c->firm, &c->owner, false);
	remains(c->d, m, &c->firm, &c->owner, OWNER);
	remains(c->d, m, &c->firm, &c->agent, AGENT);
	assert_int_equal(ask(c, m), ERR_SYNTAX);
	m->recovery_epoch = m->recovery_root = wire_bytes(SEALED);
	assert_int_equal(ask(c, m), ERR_TRUST);
	c->firm.public.epoch_count--;
	desk_work(c->d);
	m = renewal_for(c, &first);
	assert_int_equal(ask(c, m), 0);
	desk_work(c->d);
	m = renewal_for(c, &second);
	m->recovery = keep(c->d, buf_view(&second.statement));
	assert_int_equal(ask(c, m), 0);
	expect_mails(c, PROVISION__MAIL_KIND__MAIL_KIND_COMPANY_CODE_REPLACED, 1);
	code_deinit(&first);
	code_deinit(&second);
}

/* An owner has left, so the next root is due; with the code the present one may go on once more. */
static void
test_code_used(void **state)
{
	struct cast *c = *state;
	Provision__CompanyRenew *m;
	struct code code, other;

	code_init(c, &code);
	code_init(c, &other);
	m = renewal_for(c, &code);
	m->recovery = keep(c->d, buf_view(&code.statement));
	m->n_members = 1;
	remains(c->d, m, &c->firm, &c->agent, OWNER);
	assert_int_equal(ask(c, m), 0);
	expect_mails(c, PROVISION__MAIL_KIND__MAIL_KIND_COMPANY_CODE_MADE, 2);
	assert_int_equal(leave(c, &c->agent), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_LEFT);
	desk_work(c->d);
	m = renewal_for(c, &code);
	m->n_members = 1;
	assert_int_equal(ask(c, m), ERR_STATE);
	prove(c, m, &other);
	assert_int_equal(ask(c, m), ERR_TRUST);
	prove(c, m, &code);
	m->proof.len--;
	assert_int_equal(ask(c, m), ERR_TRUST);
	m->proof.len++;
	assert_int_equal(ask(c, m), 0);
	expect_mails(c, PROVISION__MAIL_KIND__MAIL_KIND_COMPANY_CODE_USED, 1);
	assert_int_equal(membership(c->d, &c->owner)->renewal, PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_ROOT);
	code_deinit(&code);
	code_deinit(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_code, setup, teardown),
		cmocka_unit_test_setup_teardown(test_code_used, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
