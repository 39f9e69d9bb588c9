/* SPDX-License-Identifier: MIT */
/*
 * The person asked again (A7): before what changes how an account is opened, a session is not enough. The proof holds the
 * authentication key made from the password, the account's signature over the action with a nonce, and a code where the second
 * factor is on. Guesses are slowed like those of a login.
 */
#ifndef STORE_PROOF_H
#define STORE_PROOF_H

#include <stddef.h>

#include "base/err.h"
#include "base/view.h"
#include "record/credential.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/session.h"

/* What is proved: an action about the account, with what the request changes. */
struct store_proof_of {
	const char *action;
	const struct view *parameters;
	size_t count;
};

/*
 * caller: with the address that guesses are counted by. ERR_DENIED: wrong password. ERR_TRUST: nonce or signature.
 * ERR_SECOND: then, no code or a wrong one. ERR_BUSY: too many guesses. In apply() nonce and code are used up. record: the account's.
 */
int store_proof_check(struct store_call *c, const Provision__Caller *caller, const struct store_who *who,
    const Provision__StoredAccount *record, const struct store_proof_of *of, const Provision__Proof *proof) ERR_CHECK;

#endif
