/* SPDX-License-Identifier: MIT */
/*
 * The list of tables. Rows are only added at the end; a name is on disk and in every record's associated data.
 */
#include "store/table.h"

#include "base/fatal.h"

#define SHORT_VALUES 8192      /* indexes and small records */
#define LONG_VALUES 32768      /* records of kilobytes */

static const struct store_table_row rows[] = {
	{ STORE_TABLE_META, "meta", SHORT_VALUES, "name -> format version, counters, clock mark" },
	{ STORE_TABLE_KEYS, "keys", SHORT_VALUES, "name of a data key (kind, owner, day) -> its slot, or dead" },
	{ STORE_TABLE_SPOOL, "spool", SHORT_VALUES, "spool file -> folder, owner" },
	{ STORE_TABLE_DUE, "due", SHORT_VALUES, "class, minute, random number -> what must happen then" },
	{ STORE_TABLE_ACCOUNT, "account", SHORT_VALUES, "account -> profile and keys" },
	{ STORE_TABLE_PINS, "pins", LONG_VALUES, "account -> root of the pin store" },
	{ STORE_TABLE_ADDRESS, "address", SHORT_VALUES, "look-up hash of an address -> account" },
	{ STORE_TABLE_SESSION, "session", SHORT_VALUES, "hash of a token -> session" },
	{ STORE_TABLE_NONCE, "nonce", SHORT_VALUES, "hash of a nonce -> what it was made for" },
	{ STORE_TABLE_REGISTRATION, "registration", LONG_VALUES, "registration -> what the account will be" },
	{ STORE_TABLE_REGISTRATION_OF, "registration_of", SHORT_VALUES, "look-up hash of an address, registration -> nothing" },
	{ STORE_TABLE_PARTY, "party", SHORT_VALUES, "account or company -> counters" },
	{ STORE_TABLE_COMPANY, "company", LONG_VALUES, "company -> name, contact, root, epochs" },
	{ STORE_TABLE_SLUG, "slug", SHORT_VALUES, "look-up hash of a slug -> company" },
	{ STORE_TABLE_MEMBER, "member", LONG_VALUES, "company, account -> role, certificate, sealed root" },
	{ STORE_TABLE_MEMBERSHIP, "membership", SHORT_VALUES, "account, company -> nothing" },
	{ STORE_TABLE_INVITATION, "invitation", SHORT_VALUES, "company, invitation -> role, who joined" },
	{ STORE_TABLE_SUBSCRIPTION, "subscription", SHORT_VALUES, "subscription -> company, customer, state, number" },
	{ STORE_TABLE_SUBSCRIPTION_OF, "subscription_of", SHORT_VALUES, "account or company, subscription -> the other side" },
	{ STORE_TABLE_PAIR, "pair", SHORT_VALUES, "account, company -> subscription" },
	{ STORE_TABLE_NUMBER, "number", SHORT_VALUES, "look-up hash of company and customer number -> subscription" },
	{ STORE_TABLE_ENTRY, "entry", SHORT_VALUES, "subscription, sequence number -> what was written or sent" },
	{ STORE_TABLE_PACKAGE, "package", SHORT_VALUES, "package -> state, parts, comment, receipt, withdrawal, what both sides keep" },
	{ STORE_TABLE_PACKAGE_OF, "package_of", SHORT_VALUES, "subscription, day, package -> where else it stands" },
	{ STORE_TABLE_HEADER, "header", LONG_VALUES, "package -> header with the sealed key" },
	{ STORE_TABLE_FILES, "files", LONG_VALUES, "package, page, piece -> file records" },
	{ STORE_TABLE_PART, "part", SHORT_VALUES, "package, part -> upload and spool file" },
	{ STORE_TABLE_UPLOAD, "upload", SHORT_VALUES, "upload -> package and part" },
	{ STORE_TABLE_INBOX, "inbox", SHORT_VALUES, "account or company, direction, number -> package" },
	{ STORE_TABLE_PROVENANCE, "provenance", SHORT_VALUES, "subscription, day, package or message -> address and user agent" },
	{ STORE_TABLE_MAIL, "mail", SHORT_VALUES, "mail job -> who gets what kind of mail about what" },
	{ STORE_TABLE_MAIL_READY, "mail_ready", SHORT_VALUES, "time, mail job -> nothing" },
	{ STORE_TABLE_SESSION_OF, "session_of", SHORT_VALUES, "account, session's id -> hash of its token" },
	{ STORE_TABLE_HELD, "held", SHORT_VALUES, "package -> account or company it counts for, bytes" },
	{ STORE_TABLE_USAGE, "usage", SHORT_VALUES, "account or company -> packages and bytes that wait" },
	{ STORE_TABLE_SEALED_EPOCH, "sealed_epoch", SHORT_VALUES, "company, epoch, holder -> private key sealed to the holder" },
	{ STORE_TABLE_EPOCH_USE, "epoch_use", SHORT_VALUES, "company, epoch, package that waits for it -> nothing" },
	{ STORE_TABLE_EPOCH_OF, "epoch_of", SHORT_VALUES, "package that waits -> company, epoch" },
	{ STORE_TABLE_CUSTOMER_INVITATION, "customer_invitation", SHORT_VALUES, "company, invitation -> token's hash, reference" },
	{ STORE_TABLE_RESET, "reset", SHORT_VALUES, "reset -> mailed code for a lost password" },
	{ STORE_TABLE_ADDRESS_CHANGE, "address_change", SHORT_VALUES, "change -> mailed code for a new address" },
	{ STORE_TABLE_REPEAT, "repeat", SHORT_VALUES, "account, hash of an idempotency key -> hash of the request, its answer" },
	{ STORE_TABLE_PAST_EPOCH, "past_epoch", SHORT_VALUES, "company, epoch -> statement that is listed no longer, its root" },
	{ STORE_TABLE_TOTP, "totp", SHORT_VALUES, "account -> secret of the second factor, last step, hashes of backup codes" },
	{ STORE_TABLE_APP_PASSWORD, "app_password", SHORT_VALUES, "hash of an app password -> whose it is, its name" },
	{ STORE_TABLE_APP_PASSWORD_OF, "app_password_of", SHORT_VALUES, "account, app password's id -> its hash" },
	{ STORE_TABLE_PIN_PAGE, "pin_page", LONG_VALUES, "account, first place -> page of the pin store" },
	{ STORE_TABLE_EVENT, "event", SHORT_VALUES, "account or company, number -> what happened to which entry" },
	{ STORE_TABLE_ENTRY_DAY, "entry_day", SHORT_VALUES, "subscription, day -> first sequence number" },
	{ STORE_TABLE_MESSAGE, "message", SHORT_VALUES, "subscription, message -> sequence number" },
	{ STORE_TABLE_READ_STATE, "read_state", SHORT_VALUES, "subscription, account -> how far that person has read" },
	{ STORE_TABLE_SUPPORT, "support", SHORT_VALUES, "support request -> who asks what, the answer" },
	{ STORE_TABLE_SUPPORT_OF, "support_of", SHORT_VALUES, "account, support request -> nothing" },
	{ STORE_TABLE_SUPPORT_TIME, "support_time", SHORT_VALUES, "time, support request -> account" },
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == STORE_TABLE_COUNT, "every table has a row");

const struct store_table_row *
store_table_row(enum store_table table)
{
	require(table >= 0 && table < STORE_TABLE_COUNT && rows[table].table == table);
	return &rows[table];
}
