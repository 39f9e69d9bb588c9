/* SPDX-License-Identifier: MIT */
/*
 * A whole store, asked as front roles ask it: a request is packed and unpacked by ipc's table, goes through prepare and
 * apply of its row, and the answer is held against its limits. People and companies that know how to use it, with real
 * keys, statements and certificates. Whatever should not fail fails the test.
 */
#ifndef TESTS_STORE_DESK_H
#define TESTS_STORE_DESK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "crypt/secret.h"
#include "ipc/message.h"
#include "record/account.pb-c.h"
#include "record/admin.pb-c.h"
#include "record/company.pb-c.h"
#include "record/courier.pb-c.h"
#include "record/credential.pb-c.h"
#include "record/package.pb-c.h"
#include "record/recovery.pb-c.h"
#include "record/second.pb-c.h"
#include "store/keys.h"
#include "store/rig.h"
#include "store/store.h"
#include "store/wire.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"

#define DESK_LINK 1
/* What every person's requests carry; tests look for it in the state directory. */
#define DESK_AGENT "desk-agent/1.0"

struct desk {
	struct rig *rig;
	struct arena *arena;        /* of replies: lives as long as the desk */
	uint64_t link;              /* that the next request comes over */
	int fd;                     /* that came with the last reply, -1 = none; closed by the next request */
	uint8_t address[4];         /* of the client that asks */
	struct store_settings settings;   /* that requests see; nothing: the defaults */
};

struct person {
	const char *email, *first_name, *last_name;
	struct id account;
	struct trust_keys keys;
	struct buf statement;
	struct trust_account public;
	uint8_t auth_key[32];
	uint8_t session[32];
	bool has_session;
	struct buf certificate;     /* of the one company the person is a member of */
};

struct firm {
	const char *slug;
	struct id id;
	char enrolment[65];
	struct secret *root_private;
	struct buf root, epoch;
	struct trust_keys epoch_keys;
	struct trust_company public;
};

struct desk *desk_new(void);
void desk_free(struct desk **d);
/* The store ends and starts again on the same state directory. */
void desk_restart(struct desk *d);
/* For cmocka: *state is the desk. */
int desk_setup(void **state);
int desk_teardown(void **state);

/* The answer of the store to a role: 0, an enum err or STORE_CALL_WAIT. reply_r: address of a pointer to the reply's type,
 * or NULL. */
int desk_ask(struct desk *d, enum ipc_role role, enum ipc_type type, const struct ProtobufCMessage *m, void *reply_r);
int desk_web(struct desk *d, enum ipc_type type, const struct ProtobufCMessage *m, void *reply_r);
/* The session of a person, or nobody's when p is NULL, as every request carries it; in the desk's arena. */
Provision__Caller *desk_caller(struct desk *d, const struct person *p);
/* Everything that is due now, until nothing is. */
void desk_work(struct desk *d);
/* Time goes on, six hours at a time, and what has become due is worked each time. */
void desk_pass(struct desk *d, uint64_t ms);
uint64_t desk_now(const struct desk *d);
/* A data key as keys.h has it: 0 it lives, ERR_ERASED, or ERR_NOT_FOUND: never made or forgotten. */
int desk_key(struct desk *d, enum store_key_kind kind, const struct id *owner);
/* Rows of a table. */
unsigned desk_rows(struct desk *d, enum store_table table);

/* The mails that wait, leased by the courier; NULL when none is ready. */
Provision__MailLeaseReply *desk_mails(struct desk *d);
/* Reports them all as sent. */
void desk_mails_sent(struct desk *d, const Provision__MailLeaseReply *mails);
/* Exactly one mail of that kind waits: it is taken and reported as sent. */
const Provision__MailJob *desk_mail(struct desk *d, Provision__MailKind kind);

/* Keys and a password for a person nobody knows yet. */
void desk_person_init(struct person *p, const char *email, const char *first_name, const char *last_name);
void desk_person_deinit(struct person *p);
/* The request that registers p; in the desk's arena. */
Provision__RegistrationCreate *desk_registration(struct desk *d, const struct person *p);
/* Registered, verified and logged in. */
void desk_person_join(struct desk *d, struct person *p);
int desk_login(struct desk *d, struct person *p);

/* A company's shell by provisionctl. */
void desk_firm_init(struct desk *d, struct firm *f, const char *slug, const char *name, bool unlisted);
void desk_firm_deinit(struct firm *f);
/* Root, epoch and the owner's certificate, and the request that brings them; in the desk's arena. */
Provision__CompanyActivate *desk_activation(struct desk *d, struct firm *f, struct person *owner);
/* Shell and activation. */
void desk_firm_open(struct desk *d, struct firm *f, const char *slug, const char *name, struct person *owner);
/* Invited, joined, sealed in. */
void desk_member_add(struct desk *d, struct firm *f, const struct person *owner, struct person *member,
    Provision__MemberRole role);
/* A certificate for a member in its company's current epoch. */
void desk_certify(struct desk *d, const struct firm *f, struct person *member, enum trust_role role);

/* Asks; the id goes to *id_r. */
int desk_subscribe(struct desk *d, const struct person *customer, const struct firm *f, struct id *id_r);
/* The number of the customer's only subscription; in the desk's arena. */
const char *desk_number(struct desk *d, const struct person *customer);
int desk_decide(struct desk *d, const struct person *member, const struct firm *f, const char *number, bool accept);
/* Asked and accepted. */
struct id desk_subscription(struct desk *d, const struct person *customer, const struct person *member,
    const struct firm *f);
/* Ends it with a fresh nonce and a signature. */
int desk_end(struct desk *d, const struct person *p, const struct id *subscription);
int desk_nonce(struct desk *d, const struct person *p, const char *action, const struct id *subject, uint8_t nonce[32]);
/* The person's word for an action with parameters, with a fresh nonce; in the desk's arena. */
Provision__Proof *desk_proof(struct desk *d, const struct person *p, const char *action, const struct view *parameters,
    size_t n);

#endif
