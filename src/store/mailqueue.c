/* SPDX-License-Identifier: MIT */
/*
 * The states of a queued mail; the figure in mailqueue.h. Knows nothing of what a mail says (mailrender.c). Called by the
 * handlers that cause mails, by the courier's, and by the due jobs.
 */
#include "store/mailqueue.h"

#include "base/log.h"
#include "base/mem.h"
#include "crypt/random.h"
#include "store/call.h"
#include "store/clock_guard.h"
#include "store/erasure_receipt.h"
#include "store/jobs.h"
#include "store/keys.h"
#include "store/mailrender.h"
#include "store/notice.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/texts.h"
#include "store/wire.h"

static struct store_rowkey
ready_key(uint64_t next_ms, const struct id *id)
{
	struct store_rowkey k = { .len = 0 };

	rowkey_add_number(&k, next_ms, 8);
	rowkey_add(&k, id_view(id));
	return k;
}

/* To the address of an account that is deleted: held for a day at most, under a key of its own. */
static bool
is_last(const Provision__StoredMail *m)
{
	return m->kind == PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_DELETED;
}

static struct store_key_name
own_key(const struct id *id)
{
	return (struct store_key_name){ STORE_KEY_MAIL, *id, 0 };
}

static int
write_mail(struct store *s, struct store_txn *tx, const struct id *id, const Provision__StoredMail *m)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, wire_id(m->account), 0 };

	if (is_last(m))
		key = own_key(id);
	else if (m->registration.len != 0)
		key = (struct store_key_name){ STORE_KEY_REGISTRATION, wire_id(m->registration), 0 };
	else if (m->reset.len != 0)
		key = (struct store_key_name){ STORE_KEY_REGISTRATION, wire_id(m->reset), 0 };
	else if (m->address_change.len != 0)
		key = (struct store_key_name){ STORE_KEY_REGISTRATION, wire_id(m->address_change), 0 };
	else if (m->company.len != 0)
		key = (struct store_key_name){ STORE_KEY_COMPANY, wire_id(m->company), 0 };
	return store_records_put(s, tx, STORE_TABLE_MAIL, id_view(id), &key, &m->base);
}

/* Into the list of ready mails, in order of next_ms. */
static int
make_ready(struct store *s, struct store_txn *tx, const struct id *id, Provision__StoredMail *m, uint64_t now_ms)
{
	struct store_rowkey k = ready_key(now_ms, id);

	m->is_leased = false;
	m->next_ms = now_ms;
	store_index_put(tx, STORE_TABLE_MAIL_READY, rowkey_view(&k), view_of(NULL, 0));
	store_wake_after(s, tx, STORE_TOPIC_MAIL);
	return write_mail(s, tx, id, m);
}

/* Until its time has come, without counting as a try. */
static int
hold(struct store *s, struct store_txn *tx, const struct id *id, Provision__StoredMail *m, uint64_t until_ms)
{
	m->next_ms = until_ms;
	store_jobs_put(s, tx, STORE_JOB_MAIL, until_ms, id_view(id));
	return write_mail(s, tx, id, m);
}

static int
drop(struct store *s, struct store_txn *tx, const struct id *id, const char *why)
{
	struct store_key_name own = own_key(id);

	log_event(LOG_DEBUG, "mail-gone", LOG_ID("mail", id), LOG_S("why", why));
	return store_records_end(s, tx, STORE_TABLE_MAIL, id_view(id), &own);
}

static void
leave_ready(struct store_txn *tx, const struct id *id, const Provision__StoredMail *m)
{
	struct store_rowkey ready = ready_key(m->next_ms, id);

	store_records_delete(tx, STORE_TABLE_MAIL_READY, rowkey_view(&ready));
}

int
store_mailqueue_add(struct store *s, struct store_txn *tx, Provision__StoredMail *m)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct id id = id_random();
	struct store_key_name own = own_key(&id);
	int err = is_last(m) ? store_keys_create(s->keys, tx, &own) : 0;

	if (err != 0)
		return err;
	m->created_ms = now_ms;
	if (is_last(m))
		store_jobs_put(s, tx, STORE_JOB_MAIL, now_ms + store_retention_now_ms(s, STORE_RETENTION_LAST_MAIL), id_view(&id));
	store_index_count(tx, VIEW_LIT("mails_queued"));
	return m->next_ms > now_ms ? hold(s, tx, &id, m, m->next_ms) : make_ready(s, tx, &id, m, now_ms);
}

/* ---- leasing ---- */

static bool
first_ready(struct store_txn *tx, struct id *id_r, struct store_rowkey *key_r)
{
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_MAIL_READY, view_of(NULL, 0), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	bool found = store_cursor_next(c, &key, &value);

	if (found) {
		*id_r = rowkey_id(key, 8);
		*key_r = rowkey_of(key, view_of(NULL, 0));
	}
	store_cursor_close(&c);
	return found;
}

bool
store_mailqueue_is_ready(struct store_txn *tx)
{
	struct store_rowkey key;
	struct id id;

	return first_ready(tx, &id, &key);
}

int
store_mailqueue_tell(struct store *s, struct store_txn *tx, const struct id *account, Provision__MailKind kind)
{
	Provision__StoredMail m = PROVISION__STORED_MAIL__INIT;

	m.kind = kind;
	m.account = wire_of_id(account);
	return store_mailqueue_add(s, tx, &m);
}

uint64_t
store_mailqueue_oldest_ms(struct store *s, struct store_txn *tx)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock), since_ms;
	struct store_rowkey key;
	struct id id;

	if (!first_ready(tx, &id, &key))
		return 0;
	since_ms = rowkey_number(rowkey_view(&key), 0, 8);
	return now_ms > since_ms ? now_ms - since_ms : 0;
}

static int
lease(struct store *s, struct store_txn *tx, const struct id *id, Provision__StoredMail *m)
{
	m->is_leased = true;
	m->next_ms = store_clock_guard_now_ms(s->clock) + STORE_MAIL_LEASE_MS;
	store_jobs_put(s, tx, STORE_JOB_MAIL, m->next_ms, id_view(id));
	return write_mail(s, tx, id, m);
}

/* Nobody gets it. */
static int
drop_untold(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id, const Provision__StoredMail *m, const char *why)
{
	int err = store_notice_untold(s, tx, a, m);

	return err == 0 ? drop(s, tx, id, why) : err;
}

/* A receipt says that all copies of the keys are overwritten: while one cannot be reached it waits, but not for ever. 0: it goes. */
static uint64_t
wait_for_copies(struct store *s, const Provision__StoredMail *m)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);

	if (m->receipt.len == 0 || store_erasure_receipt_is_complete(s) || now_ms >= m->created_ms + STORE_MAIL_RECEIPT_MS)
		return 0;
	return now_ms + STORE_MINUTE_MS;
}

/* Records that are read for it alone do not fill the lease's arena. */
static int
judge(struct store *s, struct store_txn *tx, const Provision__StoredMail *m, uint64_t *later_ms_r)
{
	struct arena *a = store_records_arena();
	int err = store_notice_judge(s, tx, a, m, later_ms_r);

	arena_free(&a);
	return err;
}

/* What the courier gets. ERR_NOT_FOUND: its reason has gone. */
static int
describe(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id, Provision__StoredMail *m,
    const struct store_settings *settings, Provision__MailJob *job)
{
	int err = m->kind == PROVISION__MAIL_KIND__MAIL_KIND_TEXTS ? store_texts_take(s, tx, a, m, job) : 0;

	return err == 0 ? store_mailrender(s, tx, a, id, m, settings, job) : err;
}

int
store_mailqueue_lease(struct store *s, struct store_txn *tx, struct arena *a, Provision__MailJob *job,
    const struct store_settings *settings)
{
	Provision__StoredMail *m;
	struct store_rowkey key;
	uint64_t later_ms = 0;
	struct id id;

	if (!first_ready(tx, &id, &key))
		return ERR_NOT_FOUND;
	store_records_delete(tx, STORE_TABLE_MAIL_READY, rowkey_view(&key));
	int err = store_records_get(s, tx, a, STORE_TABLE_MAIL, id_view(&id), &m);
	if (err == ERR_NOT_FOUND) {
		err = drop(s, tx, &id, "reason");
		return err == 0 ? STORE_MAILQUEUE_SKIPPED : err;
	}
	if (err == 0)
		err = judge(s, tx, m, &later_ms);
	if (err == 0 && later_ms == 0)
		later_ms = wait_for_copies(s, m);
	if (err == 0 && later_ms == 0)
		err = describe(s, tx, a, &id, m, settings, job);
	if (err == 0 && later_ms == 0)
		return lease(s, tx, &id, m);
	if (err == 0)
		err = hold(s, tx, &id, m, later_ms);
	else if (err == ERR_NOT_FOUND)
		err = drop_untold(s, tx, a, &id, m, "reason");
	return err == 0 ? STORE_MAILQUEUE_SKIPPED : err;
}

/* ---- outcomes ---- */

/* 1 minute, doubled with each failed try, 4 hours at most; a fifth more or less, so that they do not come together. */
static uint64_t
back_off_ms(uint32_t tries)
{
	uint64_t ms = STORE_MAIL_FIRST_RETRY_MS;

	for (uint32_t i = 1; i < tries && ms < STORE_MAIL_LAST_RETRY_MS; i++)
		ms *= 2;
	if (ms > STORE_MAIL_LAST_RETRY_MS)
		ms = STORE_MAIL_LAST_RETRY_MS;
	return ms - ms / 5 + crypt_random_below((uint32_t)(2 * ms / 5));
}

static int
give_up(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id, Provision__StoredMail *m, uint64_t now_ms)
{
	m->is_failed = true;
	m->next_ms = now_ms + store_retention_now_ms(s, STORE_RETENTION_MAIL_FAILED);
	store_index_count(tx, VIEW_LIT("mails_failed"));
	log_event(LOG_WARNING, "mail-failed", LOG_ID("mail", id), LOG_U("tries", m->tries), LOG_U("code", m->smtp_code));
	return store_notice_untold(s, tx, a, m);
}

static int
try_later(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id, Provision__StoredMail *m, bool is_final)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	int err = 0;

	m->is_leased = false;
	m->tries++;
	m->next_ms = now_ms + back_off_ms(m->tries);
	if (is_last(m) && (is_final || m->next_ms >= m->created_ms + store_retention_now_ms(s, STORE_RETENTION_LAST_MAIL))) {
		store_index_count(tx, VIEW_LIT("mails_failed"));
		return drop(s, tx, id, "undeliverable");
	}
	if (is_final || m->next_ms >= m->created_ms + STORE_MAIL_GIVE_UP_MS)
		err = give_up(s, tx, a, id, m, now_ms);
	else
		store_index_count(tx, VIEW_LIT("mails_deferred"));
	store_jobs_put(s, tx, STORE_JOB_MAIL, m->next_ms, id_view(id));
	return err == 0 ? write_mail(s, tx, id, m) : err;
}

int
store_mailqueue_result(struct store *s, struct store_txn *tx, const Provision__MailResult *r)
{
	struct arena *a = store_records_arena();
	struct id id = wire_id(r->job);
	Provision__StoredMail *m;
	int err = store_records_get(s, tx, a, STORE_TABLE_MAIL, id_view(&id), &m);

	if (err == ERR_NOT_FOUND) {
		err = 0;   /* its reason has gone while it was on its way */
		store_records_delete(tx, STORE_TABLE_MAIL, id_view(&id));
	} else if (err == 0 && r->outcome == PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_SENT) {
		leave_ready(tx, &id, m);
		store_index_count(tx, VIEW_LIT("mails_sent"));
		err = drop(s, tx, &id, "sent");
	} else if (err == 0 && m->is_leased) {
		m->smtp_code = r->smtp_code;
		m->enhanced = r->enhanced;
		m->text = r->text;
		err = try_later(s, tx, a, &id, m, r->outcome == PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_FAILED);
	}
	arena_free(&a);
	return err;
}

/* Time has come: a try, the end of a lease nobody reported on, the end of a failed mail. */
static int
wake_up(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id, Provision__StoredMail *m)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);

	if (is_last(m) && now_ms >= m->created_ms + store_retention_now_ms(s, STORE_RETENTION_LAST_MAIL)) {
		leave_ready(tx, id, m);
		return drop(s, tx, id, "kept long enough");
	}
	if (now_ms < m->next_ms)
		return 0;   /* another item comes then */
	if (m->is_failed)
		return drop(s, tx, id, "kept long enough");
	if (m->is_leased)
		return try_later(s, tx, a, id, m, false);
	struct store_rowkey k = ready_key(m->next_ms, id);
	if (store_index_has(tx, STORE_TABLE_MAIL_READY, rowkey_view(&k)))
		return 0;
	return make_ready(s, tx, id, m, now_ms);
}

int
store_mailqueue_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	struct id id = rowkey_id(item->reference, 0);
	Provision__StoredMail *m;
	int err = store_records_get(s, tx, a, STORE_TABLE_MAIL, id_view(&id), &m);

	if (err == 0)
		err = wake_up(s, tx, a, &id, m);
	else if (err == ERR_NOT_FOUND)
		store_records_delete(tx, STORE_TABLE_MAIL, id_view(&id));
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* ---- flushing ---- */

static bool
flush_one(struct store *s, struct store_txn *tx, struct arena *a, struct view key, struct view value)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct id id = rowkey_id(key, 0);
	Provision__StoredMail *m;

	if (store_records_open(s, a, STORE_TABLE_MAIL, key, value, &m) != 0 || m->is_leased || m->is_failed ||
	    m->next_ms <= now_ms)
		return false;
	return make_ready(s, tx, &id, m, now_ms) == 0;
}

bool
store_mailqueue_flush(struct store *s, struct store_txn *tx, struct id *after, uint32_t limit, uint32_t *flushed_r)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_MAIL, view_of(NULL, 0),
	    id_is_none(after) ? view_of(NULL, 0) : id_view(after), STORE_FORWARD);
	struct view key, value;
	uint32_t seen = 0;
	bool more = false;

	*flushed_r = 0;
	while ((more = store_cursor_next(c, &key, &value)) && seen++ < limit) {
		struct arena *a = store_records_arena();
		*after = rowkey_id(key, 0);
		if (flush_one(s, tx, a, key, value))
			(*flushed_r)++;
		arena_free(&a);
	}
	store_cursor_close(&c);
	return more;
}

int
store_mailqueue_flush_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id after = rowkey_id(item->reference, 0);
	uint32_t flushed;

	if (store_mailqueue_flush(s, tx, &after, 200, &flushed))
		store_jobs_put(s, tx, STORE_JOB_MAIL_FLUSH, 0, id_view(&after));
	return 0;
}

/* ---- one of them ---- */

static int
find_free(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id, Provision__StoredMail **m_r)
{
	int err = store_records_get(s, tx, a, STORE_TABLE_MAIL, id_view(id), m_r);

	return err == 0 && (*m_r)->is_leased ? ERR_STATE : err;
}

int
store_mailqueue_retry(struct store *s, struct store_txn *tx, const struct id *id)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct arena *a = store_records_arena();
	Provision__StoredMail *m;
	int err = find_free(s, tx, a, id, &m);

	/* one that is ready already stays as it is */
	if (err == 0 && m->is_failed)
		err = store_notice_retold(s, tx, a, m);
	if (err == 0 && (m->is_failed || m->next_ms > now_ms)) {
		m->is_failed = false;
		err = make_ready(s, tx, id, m, now_ms);
	}
	arena_free(&a);
	return err;
}

int
store_mailqueue_drop(struct store *s, struct store_txn *tx, const struct id *id)
{
	struct arena *a = store_records_arena();
	Provision__StoredMail *m;
	int err = find_free(s, tx, a, id, &m);

	if (err == 0) {
		leave_ready(tx, id, m);
		err = drop_untold(s, tx, a, id, m, "operator");
	}
	arena_free(&a);
	return err;
}
