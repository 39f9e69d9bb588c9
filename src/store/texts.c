/* SPDX-License-Identifier: MIT */
/*
 * Which texts a mail carries; the figure in texts.h. Knows neither who wants them (notice.c) nor the queue's states. Called by
 * notice.c and by the queue.
 */
#include "store/texts.h"

#include "base/zone.h"
#include "store/clock_guard.h"
#include "store/compress.h"
#include "store/entry_form.h"
#include "store/history.h"
#include "store/mailqueue.h"
#include "store/mailrender.h"
#include "store/policy.h"
#include "store/read_state.h"
#include "store/records.h"
#include "store/subscription.h"
#include "store/wire.h"

/* Entries that are looked at for one mail. */
#define ENTRIES_MAX 1000U

/* ---- telling ---- */

static int
queue(struct store *s, struct store_txn *tx, const struct id *subscription, const Provision__StoredSubscription *of, uint64_t at_ms)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_TEXTS;
	mail.subscription = wire_of_id(subscription);
	mail.account = of->account;
	mail.peer_company = of->company;
	mail.texts_from = of->texts_from;
	mail.next_ms = at_ms;
	return store_mailqueue_add(s, tx, &mail);
}

int
store_texts_tell(struct store *s, struct store_txn *tx, const struct id *subscription, Provision__StoredSubscription *of)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	uint64_t last_ms = of->texts_ms < now_ms ? of->texts_ms : now_ms;
	int err;

	if (of->texts_from != 0)
		return 0;
	of->texts_from = of->entries;
	err = store_subscription_put(s, tx, subscription, of);
	return err == 0 ? queue(s, tx, subscription, of, last_ms + STORE_MAIL_GATHER_MS) : err;
}

/* ---- reading ---- */

/* What the company's people wrote from some entry on. */
struct walk {
	struct store *store;
	struct store_txn *tx;
	struct store_entry_opener opener;
	struct store_cursor *cursor;
	struct arena *arena;             /* of one entry */
	uint64_t next;                   /* the first entry that was not passed */
	unsigned seen;
};

/* Up to and with that entry. */
static struct walk
walk_begin(struct store *s, struct store_txn *tx, const struct id *subscription, uint64_t from, uint64_t to)
{
	struct store_rowkey first = store_entry_key(subscription, from), until = store_entry_key(subscription, to + 1);

	return (struct walk){
		.store = s, .tx = tx, .next = from, .arena = store_records_arena(),
		.opener = store_entry_opener_of(s, subscription),
		.cursor = store_cursor_open(tx, STORE_TABLE_ENTRY, rowkey_view(&first), rowkey_view(&until), STORE_FORWARD),
	};
}

static void
walk_end(struct walk *w)
{
	store_cursor_close(&w->cursor);
	store_entry_opener_clear(&w->opener);
	arena_free(&w->arena);
}

/* The next text, until the next call. ERR_NOT_FOUND: no more, or ENTRIES_MAX were seen. */
static int
walk_next(struct walk *w, struct store_entry_head *head_r, Provision__StoredEntry **record_r)
{
	struct view key, value;

	while (w->seen < ENTRIES_MAX && store_cursor_next(w->cursor, &key, &value)) {
		arena_reset(w->arena);
		w->seen++;
		w->next = rowkey_number(key, ID_BYTES, 8) + 1;
		*head_r = store_entry_head_of(value);
		int err = store_entry_open(&w->opener, w->tx, key, value, w->arena, record_r);
		if (err == 0 && (*record_r)->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT && (*record_r)->is_from_company &&
		    !(*record_r)->is_deleted)
			return 0;
		if (err != 0 && err != ERR_NOT_FOUND)
			return err;
	}
	return ERR_NOT_FOUND;
}

/* ---- taking ---- */

/* What a mail gets. */
struct taking {
	struct arena *arena;
	Provision__MailJob *job;
	struct id company;
	struct zone *zone;               /* NULL: not known here */
	size_t bytes;
};

static int
name_author(const struct walk *w, const struct taking *t, const Provision__StoredEntry *r, Provision__MailSaid *said)
{
	struct id author = wire_id(r->author);
	Provision__StoredAccount *person;
	int err = store_history_member(w->store, w->tx, w->arena, &t->company, &author, &person);

	if (err == 0)
		said->author = wire_bytes(arena_dup(t->arena, store_mailrender_person(w->arena, person)));
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
add(const struct walk *w, struct taking *t, const Provision__StoredEntry *r)
{
	Provision__MailSaid *said = arena_alloc(t->arena, sizeof(*said));
	struct view text = wire_view(r->text);
	int err = r->text_bytes == 0 ? 0 : store_decompress(text, r->text_bytes, w->arena, &text);

	provision__mail_said__init(said);
	if (err == 0)
		err = name_author(w, t, r, said);
	said->text = wire_bytes(arena_dup(t->arena, text));
	said->time_ms = r->time_ms;
	said->zone_s = t->zone == NULL ? 0 : zone_offset_s(t->zone, (int64_t)(r->time_ms / 1000));
	t->job->said[t->job->n_said++] = said;
	t->bytes += text.len;
	return err == ERR_CRYPTO ? ERR_IO : err;
}

static size_t
text_bytes(const Provision__StoredEntry *r)
{
	return r->text_bytes != 0 ? r->text_bytes : r->text.len;
}

/* As many as a mail holds. *next_r: the first entry that it has not. */
static int
take_from(struct walk *w, struct taking *t, uint64_t *next_r)
{
	struct store_entry_head head;
	Provision__StoredEntry *r;
	int err = 0;

	*next_r = w->next;
	t->job->said = arena_alloc(t->arena, STORE_TEXTS_MAX * sizeof(*t->job->said));
	while (err == 0 && t->job->n_said < STORE_TEXTS_MAX) {
		err = walk_next(w, &head, &r);
		if (err == 0 && t->bytes + text_bytes(r) > STORE_TEXTS_BYTES_MAX)
			return 0;
		*next_r = w->next;
		if (err == 0)
			err = add(w, t, r);
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
take(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, const Provision__StoredSubscription *of,
    Provision__MailJob *job, uint64_t *next_r)
{
	struct taking t = { .arena = a, .job = job, .company = wire_id(of->company) };
	struct id subscription = wire_id(m->subscription);
	struct walk w = walk_begin(s, tx, &subscription, m->texts_from, m->texts_to != 0 ? m->texts_to : of->entries);
	Provision__StoredAccount *person;
	int err = store_records_get(s, tx, w.arena, STORE_TABLE_ACCOUNT, wire_view(m->account), &person);

	if (err == 0 && zone_open(ZONE_DIR, wire_view(person->time_zone), &t.zone) != 0)
		t.zone = NULL;
	if (err == 0)
		err = take_from(&w, &t, next_r);
	walk_end(&w);
	zone_free(&t.zone);
	return err;
}

/* The mail ends before next; what there is behind goes in another one. */
static int
close_at(struct store *s, struct store_txn *tx, Provision__StoredMail *m, Provision__StoredSubscription *of, uint64_t next, bool is_empty)
{
	struct id subscription = wire_id(m->subscription);
	int err;

	m->texts_to = next - 1;
	of->texts_from = next <= of->entries ? next : 0;
	if (!is_empty)
		of->texts_ms = store_clock_guard_now_ms(s->clock);
	err = store_subscription_put(s, tx, &subscription, of);
	return err == 0 && of->texts_from != 0 ? queue(s, tx, &subscription, of, 0) : err;
}

int
store_texts_take(struct store *s, struct store_txn *tx, struct arena *a, Provision__StoredMail *m, Provision__MailJob *job)
{
	Provision__StoredSubscription *of;
	uint64_t next = 0;
	int err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, wire_view(m->subscription), &of);

	if (err == 0)
		err = take(s, tx, a, m, of, job, &next);
	if (err == 0 && m->texts_to == 0)
		err = close_at(s, tx, m, of, next, job->n_said == 0);
	return err == 0 && job->n_said == 0 ? ERR_NOT_FOUND : err;
}

/* ---- forgetting ---- */

/* Whether that side has seen an entry elsewhere: its list of everything, or the conversation up to there. */
static int
find_unseen(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, const Provision__StoredSubscription *of,
    bool *is_there_r)
{
	struct id subscription = wire_id(m->subscription), account = wire_id(m->account);
	struct store_entry_head head;
	Provision__StoredParty *party;
	Provision__StoredEntry *r;
	uint64_t read = 0;
	int err = store_records_get(s, tx, a, STORE_TABLE_PARTY, wire_view(m->account), &party);

	if (err == 0)
		err = store_read_state_get(s, tx, a, &subscription, &account, &read);
	if (err != 0)
		return err;
	struct walk w = walk_begin(s, tx, &subscription, m->texts_from, m->texts_to != 0 ? m->texts_to : of->entries);
	while (!*is_there_r && (err = walk_next(&w, &head, &r)) == 0)
		*is_there_r = w.next - 1 > read && head.customer_number > party->looked;
	walk_end(&w);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
store_texts_forget(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, bool *is_news_r)
{
	struct id subscription = wire_id(m->subscription);
	Provision__StoredSubscription *of;
	int err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, wire_view(m->subscription), &of);

	*is_news_r = false;
	if (err == 0 && m->texts_to == 0 && of->texts_from == m->texts_from) {
		of->texts_from = 0;
		err = store_subscription_put(s, tx, &subscription, of);
	}
	return err == 0 ? find_unseen(s, tx, a, m, of, is_news_r) : err;
}
