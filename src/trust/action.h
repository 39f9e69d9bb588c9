/* SPDX-License-Identifier: MIT */
/*
 * Signed actions: what cannot be undone is asked for with a signature of the account's own key over the action's
 * name, the subject, a nonce of the server, and the request's parameters.
 * Bytes: trust/FORMAT.md, "Signed action".
 */
#ifndef TRUST_ACTION_H
#define TRUST_ACTION_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

#define TRUST_ACTION_NONCE_BYTES 32
#define TRUST_ACTION_NAME_MAX 32

struct trust_action {
	struct view name;           /* [a-z-], for example "subscription-end" */
	struct id account;          /* who asks */
	struct id subject;          /* what about; all zero if nothing but the account */
	struct view nonce;          /* TRUST_ACTION_NONCE_BYTES from the server */
	struct view parameters;     /* canonical bytes of whatever else the request changes; usually empty */
};

/* Parameters of several fields: the blocks of all, in order. ERR_LIMIT: out is full. */
int trust_action_parameters(const struct view *fields, size_t n, struct buf *out) ERR_CHECK;
/* ERR_SYNTAX: name or nonce malformed. */
int trust_action_sign(const struct trust_action *action, const struct secret *sign_private,
    struct signature *sig_r) ERR_CHECK;
/* ERR_SYNTAX as above; ERR_CRYPTO: not signed by key. */
int trust_action_verify(const struct trust_action *action, const struct sign_public *key,
    const struct signature *sig) ERR_CHECK;

#endif
