/* SPDX-License-Identifier: MIT */
/*
 * Nonces of signed requests: what cannot be undone is asked for with the account's own signature over the action, its
 * subject and a nonce that the store made, once, for exactly that, not long ago.
 */
#ifndef STORE_NONCE_H
#define STORE_NONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "store/call.h"
#include "store/due.h"
#include "store/service.h"

/* apply() only: a nonce for account, action ([a-z-]) and subject (the none id: just the account). */
int store_nonce_make(struct store_call *c, const struct id *account, struct view action, struct id subject,
    uint8_t nonce_r[STORE_TOKEN_BYTES]) ERR_CHECK;
/*
 * Whether a request for action carries a Proof (store/proof.h), which asks for the second factor itself. A nonce for any other is
 * made only for who brings a code where that is on.
 */
bool store_nonce_is_proved(struct view action);
/*
 * Whether the account signed action about subject with this nonce. In apply() the nonce is used up.
 * ERR_TRUST: no such nonce, used, over, or made for something else; or not the account's signature.
 */
int store_nonce_check(struct store_call *c, const struct id *account, const char *action, const struct id *subject,
    struct view nonce, struct view signature) ERR_CHECK;
/* The same for an action whose signature also covers parameters (trust_action_parameters()). */
int store_nonce_check_with(struct store_call *c, const struct id *account, const char *action, const struct id *subject,
    struct view parameters, struct view nonce, struct view signature) ERR_CHECK;

/* The job STORE_JOB_NONCE_END. */
int store_nonce_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
