/* SPDX-License-Identifier: MIT */
/*
 * People and companies that use the desk.
 */
#include <string.h>

#include "crypt/password.h"
#include "crypt/random.h"
#include "crypt/sign.h"
#include "store/desk.h"
#include "trust/action.h"

#define BLOB VIEW_LIT("a blob that only the client can open")

static ProtobufCBinaryData
keep(struct desk *d, struct view v)
{
	return wire_bytes(arena_dup(d->arena, v));
}

void
desk_person_init(struct person *p, const char *email, const char *first_name, const char *last_name)
{
	*p = (struct person){ .email = email, .first_name = first_name, .last_name = last_name, .account = id_random() };
	buf_init(&p->statement, TRUST_STATEMENT_MAX);
	buf_init(&p->certificate, TRUST_CERTIFICATE_MAX);
	crypt_random(p->auth_key, sizeof(p->auth_key));
	assert_int_equal(trust_account_make(&p->account, 1, 1700000000000ULL, &p->keys, &p->statement), 0);
	assert_int_equal(trust_account_parse(buf_view(&p->statement), &p->public), 0);
}

void
desk_person_deinit(struct person *p)
{
	trust_keys_deinit(&p->keys);
	buf_deinit(&p->statement);
	buf_deinit(&p->certificate);
}

Provision__RegistrationCreate *
desk_registration(struct desk *d, const struct person *p)
{
	Provision__RegistrationCreate *m = arena_alloc(d->arena, sizeof(*m));
	struct crypt_cost cost = crypt_password_floor();

	provision__registration_create__init(m);
	m->caller = desk_caller(d, NULL);
	m->email = wire_str(p->email);
	m->first_name = wire_str(p->first_name);
	m->last_name = wire_str(p->last_name);
	m->locale = wire_str("de");
	m->time_zone = wire_str("Europe/Berlin");
	m->account = keep(d, id_view(&p->account));
	m->auth_key = keep(d, view_of(p->auth_key, 32));
	m->statement = keep(d, buf_view(&p->statement));
	m->wrapped_keys = m->recovery_wrapped_keys = m->pins = m->pin_page = wire_bytes(BLOB);
	m->recovery_auth_key = keep(d, view_of(p->auth_key, 32));
	m->memory_kib = cost.memory_kib;
	m->passes = cost.passes;
	return m;
}

static void
take_session(struct person *p, const Provision__SessionOpenReply *reply)
{
	assert_int_equal(reply->session.len, 32);
	memcpy(p->session, reply->session.data, 32);
	p->has_session = true;
	assert_true(view_equal(wire_view(reply->account), id_view(&p->account)));
	assert_true(view_equal(wire_view(reply->statement), buf_view(&p->statement)));
	assert_true(view_equal(wire_view(reply->wrapped_keys), BLOB));
}

void
desk_person_join(struct desk *d, struct person *p)
{
	Provision__RegistrationVerify m = PROVISION__REGISTRATION_VERIFY__INIT;
	Provision__RegistrationCreateReply *created;
	Provision__SessionOpenReply *opened;

	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &desk_registration(d, p)->base, &created), 0);
	m.caller = desk_caller(d, NULL);
	m.registration = created->registration;
	m.token = created->token;
	m.code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY)->code;
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &m.base, &opened), 0);
	take_session(p, opened);
}

int
desk_login(struct desk *d, struct person *p)
{
	Provision__SessionOpen m = PROVISION__SESSION_OPEN__INIT;
	Provision__SessionOpenReply *reply;
	int err;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(p->email);
	m.auth_key = wire_bytes(view_of(p->auth_key, 32));
	err = desk_web(d, IPC_SESSION_OPEN, &m.base, &reply);
	if (err == 0)
		take_session(p, reply);
	return err;
}

/* ---- companies ---- */

void
desk_firm_init(struct desk *d, struct firm *f, const char *slug, const char *name, bool unlisted)
{
	Provision__CompanyAdd m = PROVISION__COMPANY_ADD__INIT;
	Provision__CompanyAddReply *reply;

	*f = (struct firm){ .slug = slug };
	buf_init(&f->root, TRUST_STATEMENT_MAX);
	buf_init(&f->epoch, TRUST_STATEMENT_MAX);
	m.slug = wire_str(slug);
	m.name = wire_str(name);
	m.contact = wire_str("office@kanzlei.example");
	m.locale = wire_str("de");
	m.unlisted = unlisted;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_COMPANY_ADD, &m.base, &reply), 0);
	f->id = wire_id(reply->company);
	assert_in_range(reply->enrolment.len, 1, 64);
	memcpy(f->enrolment, reply->enrolment.data, reply->enrolment.len);
	/* the client learns the company's id from it */
	struct id from_code;
	assert_int_equal(id_parse(view_of(f->enrolment, ID_TEXT_LEN), &from_code), 0);
	assert_true(id_equal(&from_code, &f->id));
}

void
desk_firm_deinit(struct firm *f)
{
	secret_free(&f->root_private);
	trust_keys_deinit(&f->epoch_keys);
	buf_deinit(&f->root);
	buf_deinit(&f->epoch);
}

void
desk_certify(struct desk *d, const struct firm *f, struct person *member, enum trust_role role)
{
	char name[201];

	(void)snprintf(name, sizeof(name), "%s %s", member->first_name, member->last_name);
	buf_clear(&member->certificate);
	assert_int_equal(trust_certificate_make(&f->public, f->root_private, &member->public, role, view_str(name), desk_now(d),
	    &member->certificate), 0);
}

Provision__CompanyActivate *
desk_activation(struct desk *d, struct firm *f, struct person *owner)
{
	Provision__CompanyActivate *m = arena_alloc(d->arena, sizeof(*m));
	struct trust_root root;
	struct view epoch;

	assert_int_equal(trust_root_make(&f->id, desk_now(d), &f->root_private, &f->root), 0);
	assert_int_equal(trust_root_parse(buf_view(&f->root), &root), 0);
	assert_int_equal(trust_epoch_make(&root, f->root_private, NULL, NULL, desk_now(d), &f->epoch_keys, &f->epoch), 0);
	epoch = buf_view(&f->epoch);
	assert_int_equal(trust_company_load(buf_view(&f->root), &epoch, 1, &f->public), 0);
	desk_certify(d, f, owner, TRUST_ROLE_OWNER);
	provision__company_activate__init(m);
	m->caller = desk_caller(d, owner);
	m->slug = wire_str(f->slug);
	m->enrolment = wire_str(f->enrolment);
	m->root = keep(d, buf_view(&f->root));
	m->epoch = keep(d, epoch);
	m->certificate = keep(d, buf_view(&owner->certificate));
	m->sealed_root = m->sealed_epoch = wire_bytes(BLOB);
	return m;
}

void
desk_firm_open(struct desk *d, struct firm *f, const char *slug, const char *name, struct person *owner)
{
	desk_firm_init(d, f, slug, name, false);
	assert_int_equal(desk_web(d, IPC_COMPANY_ACTIVATE, &desk_activation(d, f, owner)->base, NULL), 0);
}

void
desk_member_add(struct desk *d, struct firm *f, const struct person *owner, struct person *member,
    Provision__MemberRole role)
{
	bool is_owner = role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER;
	Provision__MemberInvite invite = PROVISION__MEMBER_INVITE__INIT;
	Provision__MemberJoin join = PROVISION__MEMBER_JOIN__INIT;
	Provision__MemberSeal seal = PROVISION__MEMBER_SEAL__INIT;
	struct id id = id_random();

	invite.caller = desk_caller(d, owner);
	invite.slug = join.slug = seal.slug = wire_str(f->slug);
	invite.invitation = join.invitation = seal.invitation = keep(d, id_view(&id));
	invite.role = role;
	assert_int_equal(desk_web(d, IPC_MEMBER_INVITE, &invite.base, NULL), 0);
	join.caller = desk_caller(d, member);
	join.mac = keep(d, view_of(member->auth_key, 32));
	assert_int_equal(desk_web(d, IPC_MEMBER_JOIN, &join.base, NULL), 0);
	desk_certify(d, f, member, is_owner ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT);
	seal.caller = desk_caller(d, owner);
	seal.certificate = keep(d, buf_view(&member->certificate));
	seal.sealed_epoch = wire_bytes(BLOB);
	if (is_owner)
		seal.sealed_root = wire_bytes(BLOB);
	assert_int_equal(desk_web(d, IPC_MEMBER_SEAL, &seal.base, NULL), 0);
}

/* ---- subscriptions ---- */

int
desk_subscribe(struct desk *d, const struct person *customer, const struct firm *f, struct id *id_r)
{
	Provision__SubscriptionCreate m = PROVISION__SUBSCRIPTION_CREATE__INIT;
	Provision__SubscriptionCreateReply *reply;
	int err;

	m.caller = desk_caller(d, customer);
	m.slug = wire_str(f->slug);
	err = desk_web(d, IPC_SUBSCRIPTION_CREATE, &m.base, &reply);
	if (err == 0)
		*id_r = wire_id(reply->subscription);
	return err;
}

const char *
desk_number(struct desk *d, const struct person *customer)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	Provision__SubscriptionListReply *reply;

	m.caller = desk_caller(d, customer);
	m.limit = 100;
	assert_int_equal(desk_web(d, IPC_SUBSCRIPTION_LIST, &m.base, &reply), 0);
	assert_int_equal(reply->n_items, 1);
	return arena_str(d->arena, wire_view(reply->items[0]->number));
}

int
desk_decide(struct desk *d, const struct person *member, const struct firm *f, const char *number, bool accept)
{
	Provision__SubscriptionDecide m = PROVISION__SUBSCRIPTION_DECIDE__INIT;

	m.caller = desk_caller(d, member);
	m.slug = wire_str(f->slug);
	m.number = wire_str(number);
	m.accept = accept;
	return desk_web(d, IPC_SUBSCRIPTION_DECIDE, &m.base, NULL);
}

struct id
desk_subscription(struct desk *d, const struct person *customer, const struct person *member, const struct firm *f)
{
	struct id id;

	assert_int_equal(desk_subscribe(d, customer, f, &id), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ASKED);
	assert_int_equal(desk_decide(d, member, f, desk_number(d, customer), true), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_DECIDED);
	return id;
}

int
desk_nonce(struct desk *d, const struct person *p, const char *action, const struct id *subject, uint8_t nonce[32])
{
	Provision__NonceCreate m = PROVISION__NONCE_CREATE__INIT;
	Provision__NonceCreateReply *reply;
	int err;

	m.caller = desk_caller(d, p);
	m.action = wire_str(action);
	if (!id_is_none(subject))
		m.subject = wire_of_id(subject);
	err = desk_web(d, IPC_NONCE_CREATE, &m.base, &reply);
	if (err == 0)
		memcpy(nonce, reply->nonce.data, 32);
	return err;
}

int
desk_end(struct desk *d, const struct person *p, const struct id *subscription)
{
	Provision__SubscriptionEnd m = PROVISION__SUBSCRIPTION_END__INIT;
	struct signature sig;
	uint8_t nonce[32];

	assert_int_equal(desk_nonce(d, p, "subscription-end", subscription, nonce), 0);
	struct trust_action action = { VIEW_LIT("subscription-end"), p->account, *subscription, view_of(nonce, 32),
		view_of(NULL, 0) };
	assert_int_equal(trust_action_sign(&action, p->keys.sign, &sig), 0);
	m.caller = desk_caller(d, p);
	m.subscription = wire_of_id(subscription);
	m.nonce = wire_bytes(view_of(nonce, 32));
	m.signature = wire_bytes(view_of(sig.bytes, sizeof(sig.bytes)));
	return desk_web(d, IPC_SUBSCRIPTION_END, &m.base, NULL);
}

Provision__Proof *
desk_proof(struct desk *d, const struct person *p, const char *action, const struct view *parameters, size_t n)
{
	Provision__Proof *proof = arena_alloc(d->arena, sizeof(*proof));
	struct id nothing = { { 0 } };
	struct signature sig;
	struct buf bytes;
	uint8_t nonce[32];

	buf_init(&bytes, 8192);
	assert_int_equal(desk_nonce(d, p, action, &nothing, nonce), 0);
	assert_int_equal(trust_action_parameters(parameters, n, &bytes), 0);
	struct trust_action signed_action = { view_str(action), p->account, nothing, view_of(nonce, 32), buf_view(&bytes) };
	assert_int_equal(trust_action_sign(&signed_action, p->keys.sign, &sig), 0);
	buf_deinit(&bytes);
	provision__proof__init(proof);
	proof->auth_key = keep(d, view_of(p->auth_key, 32));
	proof->nonce = keep(d, view_of(nonce, 32));
	proof->signature = keep(d, view_of(sig.bytes, sizeof(sig.bytes)));
	return proof;
}
