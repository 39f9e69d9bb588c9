/* SPDX-License-Identifier: MIT */
/*
 * Tokens that go out with mails, that only this service can make and that nothing has to be stored for: in the link that
 * turns notices off, and in the envelope sender, to which failures are reported.
 *
 *   off    = base32( account[16] mac[16] )         the MAC is over account and e-mail address: another address, another token
 *   bounce = base32( kind[1] id[16] day[2] mac[9] )    whose mail it was, and the day it was made, so that it can end
 */
#ifndef STORE_MAILTOKEN_H
#define STORE_MAILTOKEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/text.h"
#include "record/stored.pb-c.h"
#include "store/index.h"
#include "store/store.h"

#define STORE_MAILTOKEN_OFF_BYTES 32
#define STORE_MAILTOKEN_OFF_CHARS TEXT_BASE32_LEN(STORE_MAILTOKEN_OFF_BYTES)
#define STORE_MAILTOKEN_BOUNCE_BYTES 28
#define STORE_MAILTOKEN_BOUNCE_CHARS TEXT_BASE32_LEN(STORE_MAILTOKEN_BOUNCE_BYTES)

/* Whose mail it was; numbers go out. */
enum store_mailtoken_kind {
	STORE_MAILTOKEN_ACCOUNT = 1,
	STORE_MAILTOKEN_COMPANY = 2,
	STORE_MAILTOKEN_OTHER = 3       /* an address that nobody has confirmed yet: a registration, a change of address */
};

/* In arena memory. */
struct view store_mailtoken_off(struct store *s, struct arena *a, const struct id *account, struct view email);
/* Whose it is, with that account's record. ERR_NOT_FOUND: nobody's, or of a former address. */
int store_mailtoken_off_find(struct store *s, struct store_txn *tx, struct arena *a, struct view token, struct id *account_r,
    Provision__StoredAccount **record_r) ERR_CHECK;
/* For the mails of that day, in arena memory. */
struct view store_mailtoken_bounce(struct store *s, struct arena *a, enum store_mailtoken_kind kind, const struct id *id,
    uint64_t wall_ms);

#endif
