/* SPDX-License-Identifier: MIT */
/*
 * Companies and their members (B2, B3).
 */
#include <string.h>

#include "crypt/random.h"
#include "store/company_cast.h"
#include "store/policy.h"
#include "store/retention.h"

#define OWNER PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER
#define AGENT PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT

/* ---- companies ---- */

static int
company_get(struct desk *d, const struct person *p, const char *slug, const struct id *invitation,
    Provision__CompanyGetReply **reply)
{
	Provision__CompanyGet m = PROVISION__COMPANY_GET__INIT;

	m.caller = desk_caller(d, p);
	m.slug = wire_str(slug);
	if (invitation != NULL)
		m.invitation = wire_of_id(invitation);
	return desk_web(d, IPC_COMPANY_GET, &m.base, reply);
}

static Provision__CompanyListReply *
company_list(struct desk *d, const struct person *p, ProtobufCBinaryData cursor, uint32_t limit)
{
	Provision__CompanyList m = PROVISION__COMPANY_LIST__INIT;
	Provision__CompanyListReply *reply;

	m.caller = desk_caller(d, p);
	m.cursor = cursor;
	m.limit = limit;
	assert_int_equal(desk_web(d, IPC_COMPANY_LIST, &m.base, &reply), 0);
	return reply;
}

static int
add(struct desk *d, const char *slug, const char *contact, const char *locale)
{
	Provision__CompanyAdd m = PROVISION__COMPANY_ADD__INIT;

	m.slug = wire_str(slug);
	m.name = wire_str("A Company");
	m.contact = wire_str(contact);
	m.locale = wire_str(locale);
	return desk_ask(d, IPC_ROLE_CTL, IPC_COMPANY_ADD, &m.base, NULL);
}

static void
test_company_add(void **state)
{
	struct cast *c = *state;
	Provision__CompanyOverview m = PROVISION__COMPANY_OVERVIEW__INIT;
	Provision__CompanyOverviewReply *reply;

	assert_int_equal(add(c->d, "kanzlei", "office@kanzlei.example", "de"), 0);
	assert_int_equal(add(c->d, "kanzlei", "office@kanzlei.example", "de"), ERR_EXISTS);
	assert_int_equal(add(c->d, "Kanz lei", "office@kanzlei.example", "de"), ERR_SYNTAX);
	assert_int_equal(add(c->d, "other", "office", "de"), ERR_SYNTAX);
	assert_int_equal(add(c->d, "other", "office@kanzlei.example", "fr"), ERR_SYNTAX);
	assert_int_equal(add(c->d, "other", "office@kanzlei.example", "en"), 0);
	m.limit = 1;
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_COMPANY_OVERVIEW, &m.base, &reply), 0);
	assert_int_equal(reply->n_items, 1);
	m.cursor = reply->next;
	assert_int_equal(m.cursor.len, 16);
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_COMPANY_OVERVIEW, &m.base, &reply), 0);
	assert_int_equal(reply->n_items, 1);
	assert_int_equal(reply->next.len, 0);
	assert_false(reply->items[0]->is_active);
	m.cursor = wire_str("x");
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_COMPANY_OVERVIEW, &m.base, NULL), ERR_SYNTAX);
}

static void
test_activation(void **state)
{
	struct cast *c = *state;
	Provision__CompanyActivate *m;
	Provision__CompanyGetReply *got;
	char enrolment[65];

	desk_firm_init(c->d, &c->firm, "kanzlei", "Kanzlei Müller", false);
	assert_int_equal(company_get(c->d, &c->customer, "kanzlei", NULL, &got), ERR_NOT_FOUND);
	m = desk_activation(c->d, &c->firm, &c->owner);
	m->caller = desk_caller(c->d, NULL);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_LOGIN);
	/* wrong code, unknown company: alike */
	m->caller = desk_caller(c->d, &c->owner);
	memcpy(enrolment, c->firm.enrolment, sizeof(enrolment));
	enrolment[30] = enrolment[30] == 'a' ? 'b' : 'a';
	m->enrolment = wire_str(enrolment);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_NOT_FOUND);
	m->enrolment = wire_str(c->firm.enrolment);
	m->slug = wire_str("unknown");
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_NOT_FOUND);
	m->slug = wire_str("kanzlei");
	/* somebody else's certificate */
	m->caller = desk_caller(c->d, &c->stranger);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_TRUST);
	m->caller = desk_caller(c->d, &c->owner);
	/* a code in capitals is the same */
	for (char *p = enrolment; *p != '\0'; p++)
		*p = 0;
	memcpy(enrolment, c->firm.enrolment, sizeof(enrolment));
	for (char *p = enrolment; *p != '\0'; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	m->enrolment = wire_str(enrolment);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), 0);   /* the answer was lost */
	m->caller = desk_caller(c->d, &c->stranger);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_NOT_FOUND);
	assert_int_equal(company_get(c->d, &c->customer, "kanzlei", NULL, &got), 0);
	assert_true(got->company->is_active);
	assert_int_equal(got->company->n_epochs, 1);
	assert_true(view_equal(wire_view(got->company->root), buf_view(&c->firm.root)));
	/* an owner with another root */
	desk_firm_deinit(&c->firm);
	buf_init(&c->firm.root, TRUST_STATEMENT_MAX);
	buf_init(&c->firm.epoch, TRUST_STATEMENT_MAX);
	m = desk_activation(c->d, &c->firm, &c->owner);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_STATE);
}

static void
test_enrolment_ends(void **state)
{
	struct cast *c = *state;
	Provision__CompanyActivate *m;

	desk_firm_init(c->d, &c->firm, "kanzlei", "Kanzlei Müller", false);
	desk_pass(c->d, STORE_ENROLMENT_MS);
	assert_int_equal(desk_login(c->d, &c->owner), 0);
	m = desk_activation(c->d, &c->firm, &c->owner);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_NOT_FOUND);
}

static void
test_activation_checks_keys(void **state)
{
	struct cast *c = *state;
	Provision__CompanyActivate *m;
	struct firm other;

	desk_firm_init(c->d, &c->firm, "kanzlei", "Kanzlei Müller", false);
	desk_firm_init(c->d, &other, "other", "Other", false);
	(void)desk_activation(c->d, &other, &c->owner);
	/* another company's root, and an epoch of another root */
	m = desk_activation(c->d, &c->firm, &c->owner);
	m->root = wire_bytes(buf_view(&other.root));
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_TRUST);
	m->epoch = wire_bytes(buf_view(&other.epoch));
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_TRUST);
	/* an agent's certificate */
	m->root = wire_bytes(buf_view(&c->firm.root));
	m->epoch = wire_bytes(buf_view(&c->firm.epoch));
	desk_certify(c->d, &c->firm, &c->owner, TRUST_ROLE_AGENT);
	m->certificate = wire_bytes(buf_view(&c->owner.certificate));
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_TRUST);
	m->certificate = wire_str("no certificate");
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), ERR_SYNTAX);
	desk_certify(c->d, &c->firm, &c->owner, TRUST_ROLE_OWNER);
	m->certificate = wire_bytes(buf_view(&c->owner.certificate));
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &m->base, NULL), 0);
	desk_firm_deinit(&other);
}

static void
test_directory(void **state)
{
	struct cast *c = *state;
	static const char *const names[] = { "beta", "Alpha", "gamma", "Delta" };
	Provision__CompanyListReply *list;
	struct firm firms[4], hidden;

	for (size_t i = 0; i < 4; i++)
		desk_firm_open(c->d, &firms[i], arena_printf(c->d->arena, "slug-%zu", i), names[i], &c->owner);
	desk_firm_init(c->d, &hidden, "hidden", "Hidden", true);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &desk_activation(c->d, &hidden, &c->owner)->base, NULL), 0);
	desk_firm_init(c->d, &c->firm, "asleep", "Asleep", false);

	list = company_list(c->d, &c->customer, (ProtobufCBinaryData){ 0 }, 100);
	assert_int_equal(list->n_items, 4);
	assert_int_equal(list->next.len, 0);
	assert_true(view_equal_str(wire_view(list->items[0]->name), "Alpha"));
	assert_true(view_equal_str(wire_view(list->items[1]->name), "beta"));
	assert_true(view_equal_str(wire_view(list->items[2]->name), "Delta"));
	list = company_list(c->d, &c->customer, (ProtobufCBinaryData){ 0 }, 3);
	assert_int_equal(list->n_items, 3);
	list = company_list(c->d, &c->customer, list->next, 3);
	assert_int_equal(list->n_items, 1);
	assert_true(view_equal_str(wire_view(list->items[0]->name), "gamma"));
	assert_int_equal(list->next.len, 0);
	for (size_t i = 0; i < 4; i++)
		desk_firm_deinit(&firms[i]);
	desk_firm_deinit(&hidden);
}

/* A company that is not listed is there for members and for whom it invited, and for nobody else. */
static void
test_unlisted(void **state)
{
	struct cast *c = *state;
	Provision__MemberInvite invite = PROVISION__MEMBER_INVITE__INIT;
	Provision__CompanyGetReply *got;
	struct id id = id_random(), other = id_random(), subscription;

	desk_firm_init(c->d, &c->firm, "kanzlei", "Kanzlei Müller", true);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_ACTIVATE, &desk_activation(c->d, &c->firm, &c->owner)->base, NULL), 0);
	assert_int_equal(company_get(c->d, &c->owner, "kanzlei", NULL, &got), 0);
	assert_int_equal(company_get(c->d, &c->customer, "kanzlei", NULL, &got), ERR_NOT_FOUND);
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &subscription), ERR_NOT_FOUND);
	invite.caller = desk_caller(c->d, &c->owner);
	invite.slug = wire_str("kanzlei");
	invite.invitation = wire_of_id(&id);
	invite.role = AGENT;
	assert_int_equal(desk_web(c->d, IPC_MEMBER_INVITE, &invite.base, NULL), 0);
	assert_int_equal(company_get(c->d, &c->agent, "kanzlei", &id, &got), 0);
	assert_int_equal(company_get(c->d, &c->agent, "kanzlei", &other, &got), ERR_NOT_FOUND);
}

/* ---- members ---- */

static int
invite(struct cast *c, const struct person *p, const struct id *id, Provision__MemberRole role)
{
	Provision__MemberInvite m = PROVISION__MEMBER_INVITE__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	m.invitation = wire_of_id(id);
	m.role = role;
	return desk_web(c->d, IPC_MEMBER_INVITE, &m.base, NULL);
}

static int
join(struct cast *c, const struct person *p, const struct id *id)
{
	Provision__MemberJoin m = PROVISION__MEMBER_JOIN__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	m.invitation = wire_of_id(id);
	m.mac = wire_bytes(view_of(p->auth_key, 32));
	return desk_web(c->d, IPC_MEMBER_JOIN, &m.base, NULL);
}

static int
seal_in(struct cast *c, const struct person *p, const struct id *id, struct view certificate, bool root)
{
	Provision__MemberSeal m = PROVISION__MEMBER_SEAL__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	m.invitation = wire_of_id(id);
	m.certificate = wire_bytes(certificate);
	m.sealed_epoch = wire_str("sealed");
	if (root)
		m.sealed_root = wire_str("sealed");
	return desk_web(c->d, IPC_MEMBER_SEAL, &m.base, NULL);
}

static Provision__MembershipListReply *
memberships(struct cast *c, const struct person *p)
{
	Provision__MembershipList m = PROVISION__MEMBERSHIP_LIST__INIT;
	Provision__MembershipListReply *reply;

	m.limit = 100;
	m.caller = desk_caller(c->d, p);
	assert_int_equal(desk_web(c->d, IPC_MEMBERSHIP_LIST, &m.base, &reply), 0);
	return reply;
}

static int
member_list(struct cast *c, const struct person *p, Provision__MemberListReply **reply)
{
	Provision__MemberList m = PROVISION__MEMBER_LIST__INIT;

	m.limit = 100;
	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	return desk_web(c->d, IPC_MEMBER_LIST, &m.base, reply);
}

static void
test_member_is_sealed_in(void **state)
{
	struct cast *c = *state;
	Provision__MemberListReply *list;
	struct view certificate;
	struct id id = id_random();

	desk_firm_open(c->d, &c->firm, "kanzlei", "Kanzlei Müller", &c->owner);
	assert_int_equal(invite(c, &c->owner, &id, AGENT), 0);
	assert_int_equal(invite(c, &c->owner, &id, AGENT), 0);
	assert_int_equal(invite(c, &c->owner, &id, OWNER), ERR_EXISTS);
	desk_certify(c->d, &c->firm, &c->agent, TRUST_ROLE_AGENT);
	certificate = buf_view(&c->agent.certificate);
	assert_int_equal(seal_in(c, &c->owner, &id, certificate, false), ERR_STATE);   /* nobody has joined */
	assert_int_equal(join(c, &c->agent, &id), 0);
	assert_int_equal(join(c, &c->agent, &id), 0);
	assert_int_equal(join(c, &c->stranger, &id), ERR_NOT_FOUND);
	assert_int_equal(member_list(c, &c->owner, &list), 0);
	assert_int_equal(list->n_items, 2);
	assert_true(view_equal_str(wire_view(list->items[0]->first_name), "Olga"));
	assert_int_equal(list->items[0]->role, OWNER);
	assert_true(view_equal_str(wire_view(list->items[1]->first_name), "Axel"));
	assert_int_equal(list->items[1]->certificate.len, 0);
	assert_true(view_equal(wire_view(list->items[1]->mac), view_of(c->agent.auth_key, 32)));
	assert_true(view_equal(wire_view(list->items[1]->statement), buf_view(&c->agent.statement)));
	assert_int_equal(memberships(c, &c->agent)->n_items, 0);

	assert_int_equal(seal_in(c, &c->owner, &id, certificate, true), ERR_SYNTAX);
	assert_int_equal(seal_in(c, &c->owner, &id, buf_view(&c->owner.certificate), false), ERR_TRUST);
	assert_int_equal(seal_in(c, &c->agent, &id, certificate, false), ERR_NOT_FOUND);
	assert_int_equal(seal_in(c, &c->owner, &id, certificate, false), 0);
	assert_int_equal(seal_in(c, &c->owner, &id, certificate, false), 0);           /* the answer was lost */
	assert_int_equal(memberships(c, &c->agent)->n_items, 1);
	assert_int_equal(memberships(c, &c->agent)->items[0]->role, AGENT);
	assert_true(view_equal(wire_view(memberships(c, &c->agent)->items[0]->certificate), certificate));
	assert_int_equal(desk_rows(c->d, STORE_TABLE_INVITATION), 0);
	assert_int_equal(join(c, &c->agent, &id), ERR_NOT_FOUND);
	assert_int_equal(member_list(c, &c->owner, &list), 0);
	assert_int_equal(list->n_items, 2);
}

/* A wrong role in the certificate, and a second owner. */
static void
test_second_owner(void **state)
{
	struct cast *c = *state;
	struct id id = id_random();

	desk_firm_open(c->d, &c->firm, "kanzlei", "Kanzlei Müller", &c->owner);
	assert_int_equal(invite(c, &c->owner, &id, OWNER), 0);
	assert_int_equal(join(c, &c->agent, &id), 0);
	desk_certify(c->d, &c->firm, &c->agent, TRUST_ROLE_AGENT);
	assert_int_equal(seal_in(c, &c->owner, &id, buf_view(&c->agent.certificate), true), ERR_TRUST);
	desk_certify(c->d, &c->firm, &c->agent, TRUST_ROLE_OWNER);
	assert_int_equal(seal_in(c, &c->owner, &id, buf_view(&c->agent.certificate), false), ERR_SYNTAX);
	assert_int_equal(seal_in(c, &c->owner, &id, buf_view(&c->agent.certificate), true), 0);
	assert_int_equal(memberships(c, &c->agent)->items[0]->sealed_root.len, 6);
	/* and may do as an owner */
	id = id_random();
	assert_int_equal(invite(c, &c->agent, &id, AGENT), 0);
}

static void
test_who_may_do_what_to_members(void **state)
{
	struct cast *c = *state;
	Provision__MemberListReply *list;
	struct id id = id_random(), subscription;

	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &subscription), 0);
	assert_int_equal(invite(c, &c->agent, &id, AGENT), ERR_DENIED);
	assert_int_equal(invite(c, &c->customer, &id, AGENT), ERR_NOT_FOUND);
	assert_int_equal(invite(c, &c->stranger, &id, AGENT), ERR_NOT_FOUND);
	assert_int_equal(member_list(c, &c->agent, &list), ERR_DENIED);
	assert_int_equal(member_list(c, &c->customer, &list), ERR_NOT_FOUND);
	assert_int_equal(member_list(c, &c->stranger, &list), ERR_NOT_FOUND);
	assert_int_equal(join(c, &c->stranger, &id), ERR_NOT_FOUND);
	/* a member cannot join once more */
	assert_int_equal(invite(c, &c->owner, &id, OWNER), 0);
	assert_int_equal(join(c, &c->agent, &id), ERR_STATE);
	/* an agent, who has the root's signature from somewhere, cannot seal anybody in */
	assert_int_equal(join(c, &c->stranger, &id), 0);
	desk_certify(c->d, &c->firm, &c->stranger, TRUST_ROLE_OWNER);
	assert_int_equal(seal_in(c, &c->agent, &id, buf_view(&c->stranger.certificate), true), ERR_DENIED);
	assert_int_equal(seal_in(c, &c->customer, &id, buf_view(&c->stranger.certificate), true), ERR_NOT_FOUND);
	assert_int_equal(seal_in(c, &c->stranger, &id, buf_view(&c->stranger.certificate), true), ERR_NOT_FOUND);
}

static void
test_invitation_ends(void **state)
{
	struct cast *c = *state;
	struct id id = id_random();

	assert_int_equal(invite(c, &c->owner, &id, AGENT), 0);
	desk_pass(c->d, store_retention_ms(NULL, STORE_RETENTION_MEMBER_INVITATION) + 60000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_INVITATION), 0);
	assert_int_equal(desk_login(c->d, &c->stranger), 0);
	assert_int_equal(join(c, &c->stranger, &id), ERR_NOT_FOUND);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define TEST_OPEN(fn) cmocka_unit_test_setup_teardown(fn, setup_open, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_company_add),
		TEST(test_activation),
		TEST(test_enrolment_ends),
		TEST(test_activation_checks_keys),
		TEST(test_directory),
		TEST(test_unlisted),
		TEST(test_member_is_sealed_in),
		TEST(test_second_owner),
		TEST_OPEN(test_who_may_do_what_to_members),
		TEST_OPEN(test_invitation_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
