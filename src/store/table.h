/* SPDX-License-Identifier: MIT */
/*
 * The tables of the index: one row each in table.c, the same rows in spool/README.md (a test compares them).
 * A table is a file of the Berkeley DB environment. Its page size is fixed when the file is made. Keys are
 * opaque ids, numbers big-endian, or keyed hashes (vault.h), never anything about a person: Berkeley DB
 * keeps old keys. Order is that of memcmp.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum store_table {
	STORE_TABLE_META = 0,   /* infrastructure: format version, clock mark, counters */
	STORE_TABLE_KEYS,       /* infrastructure: names of data keys -> slots (keys.h) */
	STORE_TABLE_SPOOL,      /* infrastructure: spool files that something names (spool.h) */
	STORE_TABLE_DUE,        /* infrastructure: what must happen at some time (due.h) */
	/* people */
	STORE_TABLE_ACCOUNT,
	STORE_TABLE_PINS,
	STORE_TABLE_ADDRESS,
	STORE_TABLE_SESSION,
	STORE_TABLE_NONCE,
	STORE_TABLE_REGISTRATION,
	STORE_TABLE_REGISTRATION_OF,
	STORE_TABLE_PARTY,
	/* companies and subscriptions */
	STORE_TABLE_COMPANY,
	STORE_TABLE_SLUG,
	STORE_TABLE_MEMBER,
	STORE_TABLE_MEMBERSHIP,
	STORE_TABLE_INVITATION,
	STORE_TABLE_SUBSCRIPTION,
	STORE_TABLE_SUBSCRIPTION_OF,
	STORE_TABLE_PAIR,
	STORE_TABLE_NUMBER,
	/* packages */
	STORE_TABLE_ENTRY,
	STORE_TABLE_PACKAGE,
	STORE_TABLE_PACKAGE_OF,
	STORE_TABLE_HEADER,
	STORE_TABLE_FILES,
	STORE_TABLE_PART,
	STORE_TABLE_UPLOAD,
	STORE_TABLE_INBOX,
	STORE_TABLE_PROVENANCE,
	/* mail */
	STORE_TABLE_MAIL,
	STORE_TABLE_MAIL_READY,
	STORE_TABLE_SESSION_OF,
	STORE_TABLE_HELD,
	STORE_TABLE_USAGE,
	/* epochs and invitations */
	STORE_TABLE_SEALED_EPOCH,
	STORE_TABLE_EPOCH_USE,
	STORE_TABLE_EPOCH_OF,
	STORE_TABLE_CUSTOMER_INVITATION,
	STORE_TABLE_RESET,
	STORE_TABLE_ADDRESS_CHANGE,
	STORE_TABLE_REPEAT,
	STORE_TABLE_PAST_EPOCH,
	STORE_TABLE_TOTP,
	STORE_TABLE_APP_PASSWORD,
	STORE_TABLE_APP_PASSWORD_OF,
	STORE_TABLE_PIN_PAGE,
	STORE_TABLE_EVENT,
	/* conversations */
	STORE_TABLE_ENTRY_DAY,
	STORE_TABLE_MESSAGE,
	STORE_TABLE_READ_STATE,
	/* support */
	STORE_TABLE_SUPPORT,
	STORE_TABLE_SUPPORT_OF,
	STORE_TABLE_SUPPORT_TIME,
	STORE_TABLE_COUNT
};

struct store_table_row {
	enum store_table table;
	const char *name;       /* file name below index/ and part of every record's associated data: never changes */
	uint32_t page_bytes;    /* 8192 for short values, 32768 where values are kilobytes */
	const char *purpose;    /* one line, as in spool/README.md: key -> value */
};

/* The row of a table (panic on anything else). */
const struct store_table_row *store_table_row(enum store_table table);

#endif
