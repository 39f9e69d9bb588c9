/* SPDX-License-Identifier: MIT */
/*
 * What the handlers leave to be done at some time: the kinds of due items, and how to put each. The table is
 * store_handlers_due_kinds(). Every job looks at the record first and does nothing when that is gone or has another time.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "store/due.h"
#include "store/index.h"
#include "store/keys.h"
#include "store/store.h"

/* On disk: never change or reuse a number. */
enum store_job {
	STORE_JOB_KEY_FORGET = 1,       /* kind, owner, day of a destroyed data key */
	STORE_JOB_REGISTRATION_END,     /* registration */
	STORE_JOB_SESSION_END,          /* session's hash */
	STORE_JOB_NONCE_END,            /* nonce's hash */
	STORE_JOB_INVITATION_END,       /* company, invitation */
	STORE_JOB_DECLINED_END,         /* subscription */
	STORE_JOB_SUBSCRIPTION_REMOVE,  /* subscription */
	STORE_JOB_DAY_END,              /* subscription, day */
	STORE_JOB_PROVENANCE_END,       /* subscription, day */
	STORE_JOB_PACKAGE_GIVE_UP,      /* package */
	STORE_JOB_PACKAGE_EXPIRE,       /* package */
	STORE_JOB_MAIL,                 /* mail job: next try, end of a lease, end of a failed one */
	STORE_JOB_MAIL_FLUSH,           /* nothing: the rest of a flush */
	STORE_JOB_EPOCH_END,            /* company, epoch: its private keys go when nothing waits for them */
	STORE_JOB_CUSTOMER_INVITATION_END, /* company, invitation */
	STORE_JOB_RESET_END,       /* reset */
	STORE_JOB_KEYS_LOST,            /* account, time, subscription and package after which it goes on */
	STORE_JOB_PACKAGE_REMIND,       /* package */
	STORE_JOB_ADDRESS_CHANGE_END,   /* change */
	STORE_JOB_REPEAT_END,           /* account, hash of an idempotency key */
	STORE_JOB_EVENTS_END,           /* account or company, day: its old events */
	STORE_JOB_ENTRIES_END,          /* subscription, day */
	STORE_JOB_KEY_NOTE,             /* event, account or company, subscription after which it goes on */
	STORE_JOB_SUPPORT_END,          /* support request */
	STORE_JOB_RETIME,               /* key in "due" behind which it goes on: a shorter time counts for what is stored */
	STORE_JOB_RESET_LATER,          /* account: its other data key, when one can be made */
	STORE_JOB_BELONGINGS_REMOVE     /* account, row of belongings.c, key after which it goes on */
};

/* at_ms 0: at once. */
void store_jobs_put(struct store *s, struct store_txn *tx, enum store_job job, uint64_t at_ms, struct view reference);
/* A day's key of name->owner, made when there is none, with the job that ends it (reference: owner, day). ERR_ERASED: ended. */
int store_jobs_day_key(struct store *s, struct store_txn *tx, const struct store_key_name *name, uint32_t day, enum store_job job,
    uint64_t end_ms) ERR_CHECK;
/* Forgets a destroyed key's name a little later. */
void store_jobs_forget_key(struct store *s, struct store_txn *tx, const struct store_key_name *name);

/* The job STORE_JOB_KEY_FORGET. */
int store_jobs_key_forget(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
