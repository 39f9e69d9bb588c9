/* SPDX-License-Identifier: MIT */
/*
 * Links that carry trust in their fragment, which browsers do not send to the server:
 *
 *     customer  https://HOST/i/SLUG#FINGERPRINT                   root's fingerprint
 *     personal  https://HOST/i/SLUG/INVITATION#SECRET.FINGERPRINT   for one customer
 *     member    https://HOST/m/SLUG/INVITATION#ROLE.SECRET.FINGERPRINT
 *
 * HOST = host name in lower case with an optional ":port"; SLUG = [a-z0-9] then [a-z0-9-], 1..63;
 * INVITATION, SECRET, FINGERPRINT = lower-case base32 of 16, 16 and 32 bytes; ROLE = "owner" or "agent".
 */
#ifndef TRUST_LINK_H
#define TRUST_LINK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "trust/certificate.h"

#define TRUST_LINK_MAX 512
#define TRUST_SLUG_MAX 63
#define TRUST_HOST_MAX 261   /* 255, ":" and a port */

struct trust_link {
	char host[TRUST_HOST_MAX + 1];
	char slug[TRUST_SLUG_MAX + 1];
	struct hash root;             /* fingerprint */
	bool is_member;
	bool is_personal;
	struct id invitation;         /* member and personal */
	enum trust_role role;         /* member */
	struct secret *secret;        /* member and personal; owned: trust_link_deinit() */
};

bool trust_link_is_slug(struct view v);
/* Appends the link (is_member and is_personal say which). One with a secret: wipe the buffer. */
int trust_link_make(const struct trust_link *link, struct buf *out) ERR_CHECK;
/* Accepts exactly the form above, spaces around it ignored. ERR_SYNTAX. */
int trust_link_parse(struct view text, struct trust_link *link_r) ERR_CHECK;
void trust_link_deinit(struct trust_link *link);

#endif
