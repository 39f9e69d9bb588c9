/* SPDX-License-Identifier: MIT */
/*
 * How often somebody may try (A8). It slows, it never locks: ERR_BUSY means "later", and no state of it survives a
 * restart. Bounded memory: a fixed table of buckets under a random key, so nobody can aim at a bucket; when it is
 * full the bucket that means least (the one that would be full again soonest) gives way. Thread-safe.
 *
 * A client is its IPv4 /32 or its IPv6 /64; tools on the machine have no address and are one client.
 *
 * Guessing a password. Only failures count: what a try took is given back when it was right. Three things slow
 * a try, all keyed the same whether the address has an account or not (B5):
 *   1. per client, all accounts: against one machine that walks through addresses;
 *   2. per account and client: against one machine that guesses one password;
 *   3. per account, from all clients that are not known to it: against many machines that guess one password.
 * The third alone could be used up by a stranger to keep the owner out. Therefore
 *   a. a client from which that account was logged in within 30 days is known and not subject to 3: the owner at the usual
 *      place does not even notice the attack;
 *   b. every other client has two tries on each account that 3 does not count, and one more every 10 minutes: the owner at a
 *      new place gets in, after one slip even, however many strangers guess meanwhile.
 * What a stranger can still do is share the owner's very client (one NAT): 2 slows both there, to one try in 15 s.
 * An attacker with N clients has N/600 + 1/30 tries a second on one account: each costs him an Argon2id and the password
 * was judged strong (A3).
 *
 * After a restart nobody is known. That keeps nobody out, because of b, and whoever gets in is known again. Known
 * clients are not written down for it: who logged in from where would be kept for a month, for a slip's delay.
 * A restart gives every guesser one burst of 1 to 3 more; nobody but the operator can make restarts.
 */
#ifndef STORE_LIMITER_H
#define STORE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

struct store_limiter;

/* Each has a row (burst, interval) in limiter.c. */
enum store_limit {
	STORE_LIMIT_LOGIN_CLIENT = 0,       /* subject: client */
	STORE_LIMIT_LOGIN_ACCOUNT_CLIENT,   /* account and client */
	STORE_LIMIT_LOGIN_ACCOUNT,          /* account */
	STORE_LIMIT_LOGIN_FREE,             /* account and client: the tries of b */
	STORE_LIMIT_PARAMETERS,             /* client: login parameters */
	STORE_LIMIT_REGISTER,               /* client: registrations */
	STORE_LIMIT_REGISTER_MAIL,          /* mailbox and client: mails a registration causes */
	STORE_LIMIT_REGISTER_MAILBOX,       /* mailbox: the same from everywhere */
	STORE_LIMIT_VERIFY,                 /* registration: codes tried */
	STORE_LIMIT_ENROL,                  /* company and client: enrolment codes tried */
	STORE_LIMIT_ACCOUNT,                /* account: changes it makes */
	STORE_LIMIT_SECOND,                 /* account: wrong codes of the second factor */
	STORE_LIMIT_SUBSCRIBE,              /* account: companies it asks, each of which gets a mail */
	STORE_LIMIT_COUNT
};

/* Returns owned. About 2 MiB. */
struct store_limiter *store_limiter_new(void);
void store_limiter_free(struct store_limiter **l);

/* Takes one try. subject and client are joined; either may be empty. now_ms: monotonic. ERR_BUSY: too often. */
int store_limiter_take(struct store_limiter *l, enum store_limit limit, struct view subject, struct view client,
    uint64_t now_ms) ERR_CHECK;
/* Gives back what a try took. */
void store_limiter_give(struct store_limiter *l, enum store_limit limit, struct view subject, struct view client);

/* A try to log in to account (its address's look-up hash, known or not) from client. ERR_BUSY: too often. */
int store_limiter_login(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms) ERR_CHECK;
/* That try was right: gives back, and the client is known to the account from now on. */
void store_limiter_login_right(struct store_limiter *l, struct view account, struct view client, uint64_t now_ms);

/* How often ERR_BUSY was said. */
uint64_t store_limiter_refused(const struct store_limiter *l);
/* The client of an address of 4, 16 or 0 bytes: the part of it that one party is expected to hold. Borrows. */
struct view store_limiter_client(struct view address);

#endif
