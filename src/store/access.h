/* SPDX-License-Identifier: MIT */
/*
 * Who may do what to which company, subscription or package: one table, action x relation, asked in prepare and again in
 * apply. Whoever has nothing to do with an object gets ERR_NOT_FOUND, exactly as if it did not exist. Only who knows of it
 * anyway (an agent of the company, the other side of a package) is told ERR_DENIED.
 */
#ifndef STORE_ACCESS_H
#define STORE_ACCESS_H

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/session.h"

/* What an account is to an object; a mask of these. */
enum store_relation {
	STORE_RELATION_ANYONE = 1,      /* has a session, and the company is active and listed */
	STORE_RELATION_CUSTOMER = 2,    /* has a subscription to the company, in any state */
	STORE_RELATION_AGENT = 4,
	STORE_RELATION_OWNER = 8,
	STORE_RELATION_SENDER = 16,     /* is of the side that sends this package */
	STORE_RELATION_RECIPIENT = 32,
	STORE_RELATION_AUTHOR = 64      /* is the person who sends it */
};

/* Each has a row in access.c. */
enum store_action {
	STORE_ACTION_COMPANY_SEE = 0,
	STORE_ACTION_COMPANY_SUBSCRIBE,
	STORE_ACTION_MEMBERS_SEE,
	STORE_ACTION_MEMBER_INVITE,
	STORE_ACTION_MEMBER_SEAL,
	STORE_ACTION_MEMBER_LEAVE,
	STORE_ACTION_COMPANY_RENEW,
	STORE_ACTION_COMPANY_SET,
	STORE_ACTION_CUSTOMER_INVITE,
	STORE_ACTION_CUSTOMERS_SEE,
	STORE_ACTION_CUSTOMER_DECIDE,
	STORE_ACTION_INBOX_SEE,
	STORE_ACTION_SUBSCRIPTION_SEE,
	STORE_ACTION_SUBSCRIPTION_END,
	STORE_ACTION_HISTORY_SEE,       /* also: how far one has read */
	STORE_ACTION_MESSAGE_WRITE,     /* also: taking one's own back */
	STORE_ACTION_PACKAGE_SEND,
	STORE_ACTION_PACKAGE_BUILD,     /* parts, file records, completing, giving up */
	STORE_ACTION_PACKAGE_SEE,
	STORE_ACTION_PACKAGE_FETCH,
	STORE_ACTION_PACKAGE_RECEIVE,
	STORE_ACTION_PACKAGE_WITHDRAW,
	STORE_ACTION_COUNT
};

/* What was looked up on the way; records live in the call's arena. */
struct store_company_access {
	struct id company;
	Provision__StoredCompany *record;
	Provision__StoredMember *member;    /* the caller's membership, NULL for others */
	unsigned relation;
};

struct store_subscription_access {
	struct id subscription;
	struct id company;
	struct id customer;                 /* account */
	Provision__StoredSubscription *record;
	Provision__StoredMember *member;
	unsigned relation;
};

struct store_package_access {
	struct id package;
	Provision__StoredPackage *record;
	struct store_subscription_access of;
};

/* By slug. ERR_NOT_FOUND, ERR_DENIED; access_r->record is then the company all the same if there is one (else access_r
 * is untouched), for callers who bring a right of another kind: an invitation, the enrolment code. */
int store_access_company(struct store_call *c, const struct store_who *who, struct view slug, enum store_action action,
    struct store_company_access *access_r) ERR_CHECK;
/* By subscription. A company knows nothing of one it has declined. */
int store_access_subscription(struct store_call *c, const struct store_who *who, const struct id *subscription,
    enum store_action action, struct store_subscription_access *access_r) ERR_CHECK;
/* By package. One that is not complete is known to its author alone. */
int store_access_package(struct store_call *c, const struct store_who *who, const struct id *package,
    enum store_action action, struct store_package_access *access_r) ERR_CHECK;
/* Whether customers can subscribe to it and find it. */
bool store_access_is_public(const Provision__StoredCompany *company);

#endif
