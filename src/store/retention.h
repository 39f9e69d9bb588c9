/* SPDX-License-Identifier: MIT */
/*
 * How long every kind of record is kept: one table, from which the jobs take their times, and which clients, the operator and
 * the man page are shown. Nothing else knows a retention time.
 */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/jobs.h"
#include "store/store.h"
#include "store/table.h"

/* The order of the rows. */
enum store_retention {
	STORE_RETENTION_HISTORY,
	STORE_RETENTION_WAITING,
	STORE_RETENTION_ARRIVING,
	STORE_RETENTION_PROVENANCE,
	STORE_RETENTION_EVENT,
	STORE_RETENTION_SESSION_IDLE,
	STORE_RETENTION_SESSION,
	STORE_RETENTION_REGISTRATION,
	STORE_RETENTION_ADDRESS_CHANGE,
	STORE_RETENTION_RESET,
	STORE_RETENTION_NONCE,
	STORE_RETENTION_REPEAT,
	STORE_RETENTION_MEMBER_INVITATION,
	STORE_RETENTION_CUSTOMER_INVITATION,
	STORE_RETENTION_DECLINED,
	STORE_RETENTION_MAIL_FAILED,
	STORE_RETENTION_LAST_MAIL,
	STORE_RETENTION_SUPPORT,
	/* these have no time */
	STORE_RETENTION_SUBSCRIPTION,
	STORE_RETENTION_ACCOUNT,
	STORE_RETENTION_COMPANY,
	STORE_RETENTION_COUNT
};

#define STORE_RETENTION_JOBS 2
#define STORE_RETENTION_TABLES 12

struct store_retention_rule {
	enum store_retention rule;
	const char *name;        /* "history": stable, for programs */
	const char *option;      /* of provision.conf that sets the time; NULL: fixed, or none */
	size_t offset;           /* of its value in struct conf, a uint32_t */
	uint64_t unit_ms;        /* of one of the value; 0: no time */
	uint32_t value;          /* where there is no option, or no configuration (tests) */
	const char *erases;      /* what ends */
	const char *from;        /* from when the time counts; where there is none: what ends it */
	enum store_job jobs[STORE_RETENTION_JOBS];         /* that do it; 0: no more */
	enum store_table tables[STORE_RETENTION_TABLES];   /* in which it lies; STORE_TABLE_META: no more */
};

const struct store_retention_rule *store_retention_rule(enum store_retention rule);
/* The rule a job works for; the first one of several. NULL: it only tidies up. */
const struct store_retention_rule *store_retention_of_job(unsigned job);
/* In force by these settings; 0: no time. */
uint64_t store_retention_ms(const struct store_settings *settings, enum store_retention rule);
/* In force now. Any thread. */
uint64_t store_retention_now_ms(struct store *s, enum store_retention rule);
/* When a UTC day's records end. */
uint64_t store_retention_day_end_ms(const struct store_settings *settings, enum store_retention rule, uint32_t day);

#endif
