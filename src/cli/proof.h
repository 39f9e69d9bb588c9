/* SPDX-License-Identifier: MIT */
/*
 * The person asked again: before what changes how the account is opened, the password is asked once more and the request
 * is signed with the account's key (trust/FORMAT.md, "Signed action").
 */
#ifndef CLI_PROOF_H
#define CLI_PROOF_H

#include <stddef.h>

#include "base/err.h"
#include "base/view.h"
#include "cli/session.h"
#include "crypt/secret.h"
#include "crypt/sign.h"
#include "mail/address.h"
#include "record/credential.pb-c.h"

struct cli_proof {
	struct mail_address address;   /* of the account */
	struct secret *auth;           /* made from the password */
	uint8_t nonce[32];
	struct signature signature;
	Provision__Proof message;      /* for the request; borrows from here */
};

/* Overwrites and frees; accepts an empty struct. */
void cli_proof_deinit(struct cli_proof *p);
/* Asks for the password of the logged-in person. Errors are told. */
int cli_proof_ask(struct cli_session *s, struct cli_proof *p) ERR_CHECK;
/* Signs the action with its parameters and fills p->message. Errors are told. */
int cli_proof_sign(struct cli_session *s, struct cli_proof *p, const char *action, const struct view *parameters,
    size_t n) ERR_CHECK;
/* Asks the server with a request that has p->message as its proof: a wrong password is told as one, and where the second factor is on
 * its code is asked for. One more expected failure stays untold, unless it is 0. */
int cli_proof_send(struct cli_session *s, struct cli_proof *p, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, int expected) ERR_CHECK;

#endif
