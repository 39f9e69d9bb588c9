/* SPDX-License-Identifier: MIT */
/*
 * The rules. Data, and the arithmetic of one row; which job erases what is in the families' own files.
 */
#include "store/retention.h"

#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "conf/conf.h"
#include "store/policy.h"
#include "store/settings.h"

#define SECOND_MS 1000ULL
#define OPTION(name) .option = #name, .offset = offsetof(struct conf, name)
#define JOBS(...) .jobs = { __VA_ARGS__ }
#define TABLES(...) .tables = { __VA_ARGS__ }

static const struct store_retention_rule rules[] = {
	{ STORE_RETENTION_HISTORY, "history", OPTION(history_days), .unit_ms = CLOCK_DAY_MS, .value = 365,
	    .erases = "texts, and what a conversation shows of packages: names and fingerprints of files, comments, receipts",
	    .from = "the beginning of the UTC day of the entry",
	    JOBS(STORE_JOB_ENTRIES_END, STORE_JOB_DAY_END),
	    TABLES(STORE_TABLE_ENTRY, STORE_TABLE_ENTRY_DAY, STORE_TABLE_MESSAGE, STORE_TABLE_PACKAGE, STORE_TABLE_PACKAGE_OF,
	    STORE_TABLE_FILES, STORE_TABLE_INBOX) },
	{ STORE_RETENTION_WAITING, "waiting", OPTION(package_expiry_days), .unit_ms = CLOCK_DAY_MS, .value = 365,
	    .erases = "packages that nobody fetched: content and sealed keys",
	    .from = "its sending was complete; never later than its entry",
	    JOBS(STORE_JOB_PACKAGE_EXPIRE), TABLES(STORE_TABLE_HEADER, STORE_TABLE_HELD) },
	{ STORE_RETENTION_ARRIVING, "arriving", OPTION(arriving_days), .unit_ms = CLOCK_DAY_MS, .value = 7,
	    .erases = "packages whose sending was not completed",
	    .from = "its sending began",
	    JOBS(STORE_JOB_PACKAGE_GIVE_UP), TABLES(STORE_TABLE_PART, STORE_TABLE_UPLOAD) },
	{ STORE_RETENTION_PROVENANCE, "provenance", OPTION(provenance_days), .unit_ms = CLOCK_DAY_MS, .value = 30,
	    .erases = "IP address and user agent of what was sent",
	    .from = "the beginning of the UTC day of the sending",
	    JOBS(STORE_JOB_PROVENANCE_END), TABLES(STORE_TABLE_PROVENANCE) },
	{ STORE_RETENTION_EVENT, "event", OPTION(event_days), .unit_ms = CLOCK_DAY_MS, .value = 7,
	    .erases = "the log of live events, which holds ids only",
	    .from = "the end of the UTC day of the event",
	    JOBS(STORE_JOB_EVENTS_END), TABLES(STORE_TABLE_EVENT) },
	{ STORE_RETENTION_SESSION_IDLE, "session-idle", OPTION(session_idle_s), .unit_ms = SECOND_MS, .value = 12 * 3600,
	    .erases = "sessions, with the IP address and user agent of the login",
	    .from = "its last use",
	    JOBS(STORE_JOB_SESSION_END), TABLES(STORE_TABLE_SESSION, STORE_TABLE_SESSION_OF) },
	{ STORE_RETENTION_SESSION, "session", OPTION(session_max_s), .unit_ms = SECOND_MS, .value = 7 * 86400,
	    .erases = "sessions, used or not",
	    .from = "the login",
	    JOBS(STORE_JOB_SESSION_END), TABLES(STORE_TABLE_SESSION, STORE_TABLE_SESSION_OF) },
	{ STORE_RETENTION_REGISTRATION, "registration", OPTION(registration_hours), .unit_ms = STORE_HOUR_MS, .value = 24,
	    .erases = "registrations whose address was not verified",
	    .from = "it was asked for",
	    JOBS(STORE_JOB_REGISTRATION_END), TABLES(STORE_TABLE_REGISTRATION, STORE_TABLE_REGISTRATION_OF) },
	{ STORE_RETENTION_ADDRESS_CHANGE, "address-change", .unit_ms = STORE_HOUR_MS, .value = 24,
	    .erases = "changes of an address that were not verified",
	    .from = "it was asked for",
	    JOBS(STORE_JOB_ADDRESS_CHANGE_END), TABLES(STORE_TABLE_ADDRESS_CHANGE) },
	{ STORE_RETENTION_RESET, "reset", .unit_ms = STORE_HOUR_MS, .value = 1,
	    .erases = "mailed codes for a lost password",
	    .from = "it was asked for",
	    JOBS(STORE_JOB_RESET_END), TABLES(STORE_TABLE_RESET) },
	{ STORE_RETENTION_NONCE, "nonce", .unit_ms = STORE_MINUTE_MS, .value = 10,
	    .erases = "numbers that a signed action uses once",
	    .from = "it was given out",
	    JOBS(STORE_JOB_NONCE_END), TABLES(STORE_TABLE_NONCE) },
	{ STORE_RETENTION_REPEAT, "repeat", .unit_ms = STORE_HOUR_MS, .value = 24,
	    .erases = "answers to requests with an idempotency key",
	    .from = "the request",
	    JOBS(STORE_JOB_REPEAT_END), TABLES(STORE_TABLE_REPEAT) },
	{ STORE_RETENTION_MEMBER_INVITATION, "member-invitation", OPTION(member_invitation_days), .unit_ms = CLOCK_DAY_MS, .value = 14,
	    .erases = "invitations of members that were not finished",
	    .from = "it was made",
	    JOBS(STORE_JOB_INVITATION_END), TABLES(STORE_TABLE_INVITATION) },
	{ STORE_RETENTION_CUSTOMER_INVITATION, "customer-invitation", OPTION(customer_invitation_days), .unit_ms = CLOCK_DAY_MS, .value = 30,
	    .erases = "personal invitations of customers that nobody used, with the company's reference",
	    .from = "it was made",
	    JOBS(STORE_JOB_CUSTOMER_INVITATION_END), TABLES(STORE_TABLE_CUSTOMER_INVITATION) },
	{ STORE_RETENTION_DECLINED, "declined", OPTION(declined_days), .unit_ms = CLOCK_DAY_MS, .value = 30,
	    .erases = "requests of customers that a company declined",
	    .from = "it was declined",
	    JOBS(STORE_JOB_DECLINED_END), TABLES(STORE_TABLE_SUBSCRIPTION) },
	{ STORE_RETENTION_MAIL_FAILED, "mail-failed", OPTION(failed_mail_days), .unit_ms = CLOCK_DAY_MS, .value = 7,
	    .erases = "mails that could not be delivered: who and about what, never text",
	    .from = "it was given up, at most 5 days after it was queued; a mail that went out ends at once",
	    JOBS(STORE_JOB_MAIL), TABLES(STORE_TABLE_MAIL, STORE_TABLE_MAIL_READY) },
	{ STORE_RETENTION_LAST_MAIL, "last-mail", .unit_ms = STORE_HOUR_MS, .value = 24,
	    .erases = "the address of a deleted account, for the one mail with the receipt",
	    .from = "the deletion, at the latest; when the mail went out, at once",
	    JOBS(STORE_JOB_MAIL), TABLES(STORE_TABLE_MAIL, STORE_TABLE_MAIL_READY) },
	{ STORE_RETENTION_SUPPORT, "support", OPTION(support_days), .unit_ms = CLOCK_DAY_MS, .value = 90,
	    .erases = "what a person asked the operator, and the answer",
	    .from = "it was filed or answered",
	    JOBS(STORE_JOB_SUPPORT_END), TABLES(STORE_TABLE_SUPPORT, STORE_TABLE_SUPPORT_OF, STORE_TABLE_SUPPORT_TIME) },

	{ STORE_RETENTION_SUBSCRIPTION, "subscription",
	    .erases = "who is subscribed where, with customer number, reference, and how far one has read",
	    .from = "either side ends it",
	    JOBS(STORE_JOB_SUBSCRIPTION_REMOVE),
	    TABLES(STORE_TABLE_SUBSCRIPTION, STORE_TABLE_SUBSCRIPTION_OF, STORE_TABLE_PAIR, STORE_TABLE_NUMBER, STORE_TABLE_READ_STATE) },
	{ STORE_RETENTION_ACCOUNT, "account",
	    .erases = "profile, address, keys, pins, second factor, app passwords, numbers of what waits",
	    .from = "the person deletes the account",
	    JOBS(STORE_JOB_BELONGINGS_REMOVE, STORE_JOB_RESET_LATER),
	    TABLES(STORE_TABLE_ACCOUNT, STORE_TABLE_ADDRESS, STORE_TABLE_PINS, STORE_TABLE_PIN_PAGE, STORE_TABLE_TOTP, STORE_TABLE_APP_PASSWORD,
	    STORE_TABLE_APP_PASSWORD_OF, STORE_TABLE_PARTY, STORE_TABLE_USAGE, STORE_TABLE_MEMBERSHIP) },
	{ STORE_RETENTION_COMPANY, "company",
	    .erases = "a company's record, members and keys; an older key as soon as nothing waits for it",
	    .from = "the company is closed",
	    JOBS(STORE_JOB_EPOCH_END),
	    TABLES(STORE_TABLE_COMPANY, STORE_TABLE_SLUG, STORE_TABLE_MEMBER, STORE_TABLE_SEALED_EPOCH, STORE_TABLE_PAST_EPOCH,
	    STORE_TABLE_EPOCH_USE, STORE_TABLE_EPOCH_OF) },
};

_Static_assert(sizeof(rules) / sizeof(rules[0]) == STORE_RETENTION_COUNT, "every rule has a row");

const struct store_retention_rule *
store_retention_rule(enum store_retention rule)
{
	require(rule < STORE_RETENTION_COUNT && rules[rule].rule == rule);
	return &rules[rule];
}

const struct store_retention_rule *
store_retention_of_job(unsigned job)
{
	for (size_t i = 0; i < STORE_RETENTION_COUNT; i++)
		for (size_t k = 0; k < STORE_RETENTION_JOBS; k++)
			if (rules[i].jobs[k] == job)
				return &rules[i];
	return NULL;
}

uint64_t
store_retention_ms(const struct store_settings *settings, enum store_retention rule)
{
	const struct store_retention_rule *r = store_retention_rule(rule);
	uint32_t value = r->value;

	if (r->option != NULL && settings != NULL && settings->conf != NULL) {
		uint32_t configured;
		memcpy(&configured, (const uint8_t *)settings->conf + r->offset, sizeof(configured));
		value = configured != 0 ? configured : value;
	}
	return value * r->unit_ms;
}

uint64_t
store_retention_now_ms(struct store *s, enum store_retention rule)
{
	const struct store_settings *settings = store_settings_get(s->settings);
	uint64_t ms = store_retention_ms(settings, rule);

	store_settings_put(s->settings, &settings);
	return ms;
}

uint64_t
store_retention_day_end_ms(const struct store_settings *settings, enum store_retention rule, uint32_t day)
{
	return day * CLOCK_DAY_MS + store_retention_ms(settings, rule);
}
