/* SPDX-License-Identifier: MIT */
/*
 * Inviting a member. The owner's client makes a 128-bit secret that is passed on outside the service; the new
 * member's public keys come back with a MAC under it, so that the server can put nobody else's keys in their
 * place, and the link tells the new member which root to expect. Bytes: trust/FORMAT.md, "Member invitation".
 */
#ifndef TRUST_INVITATION_H
#define TRUST_INVITATION_H

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "trust/account.h"
#include "trust/certificate.h"

#define TRUST_INVITATION_SECRET_BYTES 16

/* What an invitation binds. */
struct trust_invitation {
	struct id invitation;       /* chosen by the owner's client */
	struct id company;
	struct hash root;           /* fingerprint */
	enum trust_role role;
};

struct secret *trust_invitation_secret(void);
/* What redeems a personal invitation of a customer; secret: 16 bytes (panic). Returns owned, CRYPT_KEY_BYTES long. */
struct secret *trust_invitation_token(const struct id *invitation, const struct secret *secret);
/* The new member's client: MAC over the invitation and its own statement. secret: 16 bytes (panic). */
struct hash trust_invitation_mac(const struct trust_invitation *invitation, const struct secret *secret,
    const struct trust_account *member);
/* The owner's client, before it issues a certificate. ERR_TRUST: not made by whoever got the secret. */
int trust_invitation_check(const struct trust_invitation *invitation, const struct secret *secret,
    const struct trust_account *member, const struct hash *mac) ERR_CHECK;

#endif
