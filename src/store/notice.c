/* SPDX-License-Identifier: MIT */
/*
 * The rules of notices; the table in notice.h. Knows neither templates nor how the queue works. Called by the queue before
 * it lends a mail, and by whatever causes notices of packages.
 */
#include "store/notice.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/zone.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/mailqueue.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/subscription.h"
#include "store/wire.h"

#define MINUTES_OF_DAY 1440
#define MINUTE_S 60
/* Reminders of several packages of one conversation become one. */
#define REMIND_AGAIN_MS (20 * STORE_HOUR_MS)

#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_##name

static const struct row {
	Provision__MailKind kind;
	enum store_notice_class class;
} rows[] = {
	{ KIND(VERIFY), STORE_NOTICE_SECURITY },
	{ KIND(ACCOUNT_EXISTS), STORE_NOTICE_SECURITY },
	{ KIND(PACKAGE), STORE_NOTICE_ORDINARY },
	{ KIND(SUBSCRIPTION_ASKED), STORE_NOTICE_ORDINARY },
	{ KIND(SUBSCRIPTION_DECIDED), STORE_NOTICE_ORDINARY },
	{ KIND(SUBSCRIPTION_ENDED), STORE_NOTICE_SERVICE },
	{ KIND(PASSWORD_CHANGED), STORE_NOTICE_SECURITY },
	{ KIND(MEMBER_REMOVED), STORE_NOTICE_SECURITY },
	{ KIND(MEMBER_LEFT), STORE_NOTICE_SECURITY },
	{ KIND(REDEEMED), STORE_NOTICE_ORDINARY },
	{ KIND(LOST_PASSWORD), STORE_NOTICE_SECURITY },
	{ KIND(NEW_KEYS), STORE_NOTICE_SECURITY },
	{ KIND(SEND_AGAIN), STORE_NOTICE_SERVICE },
	{ KIND(REMINDER), STORE_NOTICE_ORDINARY },
	{ KIND(EXPIRED), STORE_NOTICE_ORDINARY },
	{ KIND(NEW_ADDRESS), STORE_NOTICE_SECURITY },
	{ KIND(ADDRESS_CHANGED), STORE_NOTICE_SECURITY },
	{ KIND(TOTP_ON), STORE_NOTICE_SECURITY },
	{ KIND(TOTP_OFF), STORE_NOTICE_SECURITY },
	{ KIND(BACKUP_CODE_USED), STORE_NOTICE_SECURITY },
	{ KIND(APP_PASSWORD), STORE_NOTICE_SECURITY },
	{ KIND(ACCOUNT_LOCKED), STORE_NOTICE_SECURITY },
	{ KIND(ACCOUNT_UNLOCKED), STORE_NOTICE_SECURITY },
	{ KIND(COMPANY_CODE_MADE), STORE_NOTICE_SECURITY },
	{ KIND(COMPANY_CODE_REPLACED), STORE_NOTICE_SECURITY },
	{ KIND(COMPANY_CODE_USED), STORE_NOTICE_SECURITY },
};

enum store_notice_class
store_notice_class(Provision__MailKind kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].kind == kind)
			return rows[i].class;
	panic("a kind of mail without a class: %d", (int)kind);
}

/* ---- hours ---- */

int32_t
store_notice_offset_s(struct view time_zone, uint64_t wall_ms)
{
	struct zone *zone;
	int32_t offset_s;

	if (zone_open(ZONE_DIR, time_zone, &zone) != 0)
		return 0;
	offset_s = zone_offset_s(zone, (int64_t)(wall_ms / 1000));
	zone_free(&zone);
	return offset_s;
}

/* What clocks there show, in minutes since midnight. */
static unsigned
minute_of_day(uint64_t wall_ms, int32_t offset_s)
{
	int64_t s = (int64_t)(wall_ms / 1000) + offset_s;

	return (unsigned)(s / MINUTE_S % MINUTES_OF_DAY);
}

/* When the quiet hours under way end, 0: there are none now. A change of clocks in between counts. */
static uint64_t
quiet_until_ms(const Provision__StoredAccount *person, uint64_t now_ms)
{
	unsigned start = person->quiet_start, end = person->quiet_end;

	if (start == end)
		return 0;
	int32_t offset_s = store_notice_offset_s(wire_view(person->time_zone), now_ms);
	unsigned now = minute_of_day(now_ms, offset_s);
	bool is_quiet = start < end ? now >= start && now < end : now >= start || now < end;
	if (!is_quiet)
		return 0;
	uint64_t minutes = (end + MINUTES_OF_DAY - now) % MINUTES_OF_DAY;
	uint64_t until_ms = (now_ms / STORE_MINUTE_MS + minutes) * STORE_MINUTE_MS;
	int64_t change_ms = ((int64_t)offset_s - store_notice_offset_s(wire_view(person->time_zone), until_ms)) * 1000;
	until_ms = (uint64_t)((int64_t)until_ms + change_ms);
	return until_ms > now_ms ? until_ms : 0;
}

/* ---- judging ---- */

/* ERR_NOT_FOUND: a side that was told of this number has looked since. */
static int
check_looked(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	Provision__StoredParty *party;
	int err;

	if (m->kind != KIND(PACKAGE))
		return 0;
	err = store_records_get(s, tx, a, STORE_TABLE_PARTY, wire_view(m->company.len != 0 ? m->company : m->account), &party);
	return err == 0 && party->looked >= m->number ? ERR_NOT_FOUND : err;
}

int
store_notice_judge(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    uint64_t *later_ms_r)
{
	enum store_notice_class class = store_notice_class(m->kind);
	Provision__StoredAccount *person;
	int err;

	*later_ms_r = 0;
	if (class == STORE_NOTICE_SECURITY)
		return 0;
	err = check_looked(s, tx, a, m);
	if (err == 0 && m->company.len == 0) {
		err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(m->account), &person);
		if (err == 0 && class == STORE_NOTICE_ORDINARY && person->notices == PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_NONE)
			err = ERR_NOT_FOUND;
		if (err == 0)
			*later_ms_r = quiet_until_ms(person, store_clock_guard_now_ms(s->clock));
	}
	return err;
}

/* ---- packages ---- */

/* A side of a subscription. */
struct side {
	struct arena *arena;
	struct id subscription, party;
	Provision__StoredSubscription *record;
	bool is_company;
};

static int
find_side(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredPackage *package, bool is_sender,
    struct side *side)
{
	int err;

	*side = (struct side){ .arena = a, .subscription = wire_id(package->subscription) };
	side->is_company = package->is_from_company == is_sender;
	err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, wire_view(package->subscription), &side->record);
	if (err == 0)
		side->party = wire_id(side->is_company ? side->record->company : side->record->account);
	return err;
}

static uint64_t *
told_of(const struct side *side)
{
	return side->is_company ? &side->record->told_company : &side->record->told_customer;
}

static uint64_t *
reminded_of(const struct side *side)
{
	return side->is_company ? &side->record->reminded_company_ms : &side->record->reminded_customer_ms;
}

/* To this side, with the other one's name. */
static int
queue(struct store *s, struct store_txn *tx, const struct side *side, const struct id *package, Provision__MailKind kind,
    uint64_t number)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = kind;
	mail.subscription = wire_of_id(&side->subscription);
	mail.package = wire_of_id(package);
	mail.number = number;
	if (side->is_company) {
		mail.company = side->record->company;
		mail.peer_account = side->record->account;
	} else {
		mail.account = side->record->account;
		mail.peer_company = side->record->company;
	}
	return store_mailqueue_add(s, tx, &mail);
}

static int
tell_package(struct store *s, struct store_txn *tx, const struct side *side, const struct id *package)
{
	Provision__StoredParty *party;
	uint64_t *told = told_of(side);
	int err = store_records_get(s, tx, side->arena, STORE_TABLE_PARTY, id_view(&side->party), &party);

	if (err != 0 || *told > party->looked)
		return err;
	*told = party->inbox;
	err = store_subscription_put(s, tx, &side->subscription, side->record);
	return err == 0 ? queue(s, tx, side, package, KIND(PACKAGE), *told) : err;
}

int
store_notice_untold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	struct side side = { .arena = a, .subscription = wire_id(m->subscription), .is_company = m->company.len != 0 };
	int err;

	if (m->kind != KIND(PACKAGE))
		return 0;
	err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, wire_view(m->subscription), &side.record);
	if (err != 0 || *told_of(&side) != m->number)
		return err == ERR_NOT_FOUND ? 0 : err;
	*told_of(&side) = 0;
	return store_subscription_put(s, tx, &side.subscription, side.record);
}

int
store_notice_package(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record)
{
	struct arena *a = store_records_arena();
	struct side side;
	int err = find_side(s, tx, a, record, false, &side);

	if (err == 0)
		err = tell_package(s, tx, &side, package);
	arena_free(&a);
	return err;
}

int
store_notice_remind(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct arena *a = store_records_arena();
	struct side side;
	int err = find_side(s, tx, a, record, false, &side);

	if (err == 0 && now_ms >= *reminded_of(&side) + REMIND_AGAIN_MS) {
		*reminded_of(&side) = now_ms;
		err = store_subscription_put(s, tx, &side.subscription, side.record);
		if (err == 0)
			err = queue(s, tx, &side, package, KIND(REMINDER), 0);
	}
	arena_free(&a);
	return err;
}

int
store_notice_expired(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record)
{
	struct arena *a = store_records_arena();
	struct side side;
	int err = find_side(s, tx, a, record, true, &side);

	if (err == 0)
		err = queue(s, tx, &side, package, KIND(EXPIRED), 0);
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* ---- having looked ---- */

static int
raise_looked(struct store *s, struct store_txn *tx, struct arena *a, const struct id *party, bool is_company, uint64_t number)
{
	struct store_key_name key = { is_company ? STORE_KEY_COMPANY : STORE_KEY_ACCOUNT, *party, 0 };
	Provision__StoredParty *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_PARTY, id_view(party), &r);

	if (err != 0 || r->looked >= number)
		return err;
	r->looked = number;
	return store_records_put(s, tx, STORE_TABLE_PARTY, id_view(party), &key, &r->base);
}

/* A write of its own, so that whoever reads does not wait for the disk. */
struct look {
	struct store_write write;
	struct store *store;
	struct id party;
	bool is_company;
	uint64_t number;      /* what was listed: what came after it was not seen */
};

static int
look_apply(struct store_write *w, struct store_txn *tx)
{
	struct look *l = (struct look *)w;
	struct arena *a = store_records_arena();
	int err = raise_looked(l->store, tx, a, &l->party, l->is_company, l->number);

	arena_free(&a);
	return err;
}

static void
look_done(struct store_write *w, int err)
{
	struct look *l = (struct look *)w;

	(void)err;   /* gone meanwhile: nobody to tell */
	mem_free(&l);
}

void
store_notice_look(struct store_call *c, const struct id *party, bool is_company)
{
	Provision__StoredParty *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PARTY, id_view(party), &r);

	if (err != 0 || r->looked >= r->inbox)
		return;
	struct look *l = mem_alloc(sizeof(*l));
	l->write.apply = look_apply;
	l->write.done = look_done;
	l->store = c->store;
	l->party = *party;
	l->is_company = is_company;
	l->number = r->inbox;
	store_committer_submit(c->store->committer, &l->write);
}

int
store_notice_received(struct store *s, struct store_txn *tx, const Provision__StoredPackage *record)
{
	struct arena *a = store_records_arena();
	struct side side;
	int err = find_side(s, tx, a, record, false, &side);

	if (err == 0)
		err = raise_looked(s, tx, a, &side.party, side.is_company, *told_of(&side));
	arena_free(&a);
	return err;
}
