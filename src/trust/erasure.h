/* SPDX-License-Identifier: MIT */
/*
 * The receipt of an erasure: the service's signature over what went, when, what stays and until when, and what had left the service
 * before. It names nobody: ids and numbers only. Bytes and text form: trust/FORMAT.md, "Erasure receipt". The store makes them;
 * whoever was given one checks it.
 */
#ifndef TRUST_ERASURE_H
#define TRUST_ERASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

#define TRUST_ERASURE_BYTES_MAX 1024
/* Its text form. */
#define TRUST_ERASURE_TEXT_MAX 2048
#define TRUST_ERASURE_ITEMS_MAX 16
#define TRUST_ERASURE_SERVICE_MAX 255

enum trust_erasure_occasion {
	TRUST_ERASURE_ENDED = 1,      /* a subscription; the subject is its id */
	TRUST_ERASURE_RESET,          /* an account was reset; the subject is the account */
	TRUST_ERASURE_DELETED,        /* an account was deleted; the same */
	TRUST_ERASURE_CLOSED          /* a company was closed; the subject is its id */
};

enum trust_erasure_by {
	TRUST_ERASURE_BY_PERSON = 1,
	TRUST_ERASURE_BY_OPERATOR,    /* in the person's place */
	TRUST_ERASURE_BY_SERVICE      /* because a time was over */
};

/* What went. Numbers are never used for something else; readers take unknown ones (this and the next two). */
enum trust_erasure_kind {
	TRUST_ERASURE_SUBSCRIPTIONS = 1,
	TRUST_ERASURE_ENTRIES,        /* of conversations: texts, packages and notes */
	TRUST_ERASURE_PACKAGES,
	TRUST_ERASURE_MEMBERSHIPS,
	TRUST_ERASURE_ACCOUNTS,
	TRUST_ERASURE_SESSIONS,
	TRUST_ERASURE_APP_PASSWORDS,
	TRUST_ERASURE_COMPANIES,
	TRUST_ERASURE_SUPPORT_REQUESTS
};

/* What stays for now. */
enum trust_erasure_stay {
	TRUST_ERASURE_LAST_MAIL = 1,  /* the address, for the mail with this receipt */
	TRUST_ERASURE_ADDRESS_HASH,   /* a keyed hash of the address in free space of the look-up table, until the janitor's next run */
	TRUST_ERASURE_PROOFS,         /* receipts that a member signed for a company, with the name in the certificate */
	TRUST_ERASURE_BILLING         /* by law */
};

/* What had left the service before and is out of its reach. */
enum trust_erasure_copy {
	TRUST_ERASURE_MAILS = 1,      /* that the service sent: with names, and with texts where somebody chose that */
	TRUST_ERASURE_FETCHED,        /* packages that the other side has received */
	TRUST_ERASURE_MAILBOX         /* a company's mailbox that takes part */
};

/* A kind with a number, or with the time until which it stays (0: not known beforehand). */
struct trust_erasure_item {
	uint8_t kind;                 /* 1.. */
	uint64_t value;
};

struct trust_erasure_list {
	size_t count;
	struct trust_erasure_item items[TRUST_ERASURE_ITEMS_MAX];   /* kinds ascend */
};

struct trust_erasure {
	struct id receipt;            /* its own name */
	enum trust_erasure_occasion occasion;
	enum trust_erasure_by by;
	struct id subject;
	uint64_t time_ms;             /* since when nothing of it can be opened */
	bool is_complete;             /* every copy of the data keys is overwritten; false: begun, the second copy cannot be reached yet */
	struct trust_erasure_list gone, stays;
	struct trust_erasure_list copies;       /* values are 0 */
	char service[TRUST_ERASURE_SERVICE_MAX + 1];   /* host name */
	struct sign_public key;       /* the service's */
};

/* Sets the value of a kind, in its place. The list must have room (panic). */
void trust_erasure_put(struct trust_erasure_list *list, uint8_t kind, uint64_t value);
/* Adds to the number of a kind; nothing for 0. */
void trust_erasure_add(struct trust_erasure_list *list, uint8_t kind, uint64_t number);
/* The value of a kind, 0: it is not there. */
uint64_t trust_erasure_value(const struct trust_erasure_list *list, uint8_t kind);

/* sign_private: that of r->key. Appends at most TRUST_ERASURE_BYTES_MAX bytes. ERR_LIMIT. */
int trust_erasure_make(const struct trust_erasure *r, const struct secret *sign_private, struct buf *out) ERR_CHECK;
/* Form, and the signature by the key that it names; whose key that is remains to be compared. ERR_SYNTAX, ERR_VERSION, ERR_CRYPTO. */
int trust_erasure_parse(struct view bytes, struct trust_erasure *r_r) ERR_CHECK;

/* As text: words of at most 64 letters, digits, "-" and "_", one on a line. Appends. ERR_LIMIT. */
int trust_erasure_words(struct view bytes, struct buf *out) ERR_CHECK;
/* The same between the two lines that frame it, as a file has it. Appends. ERR_LIMIT. */
int trust_erasure_armor(struct view bytes, struct buf *out) ERR_CHECK;
/* Finds such a frame in any text, also in a mail that was quoted, and appends what it holds. ERR_NOT_FOUND: there is none.
 * ERR_SYNTAX, ERR_LIMIT: it is damaged. */
int trust_erasure_unarmor(struct view text, struct buf *out) ERR_CHECK;

#endif
