/* SPDX-License-Identifier: MIT */
/*
 * The rules of notices; the table in notice.h. Knows neither templates nor how the queue works. Called by the queue before
 * it lends a mail, and by whatever causes notices of packages and texts.
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

#define MEMBER (STORE_RELATION_AGENT | STORE_RELATION_OWNER)
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
	{ KIND(MESSAGE), STORE_NOTICE_ORDINARY },
	{ KIND(SUPPORT_ASKED), STORE_NOTICE_SECURITY },
	{ KIND(SUPPORT_ANSWERED), STORE_NOTICE_SERVICE },
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

static bool
tells_news(Provision__MailKind kind)
{
	return kind == KIND(PACKAGE) || kind == KIND(MESSAGE);
}

/* ERR_NOT_FOUND: a side that was told of this number has looked since, at all or at this conversation. */
static int
check_looked(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	Provision__StoredSubscription *of;
	Provision__StoredParty *party;
	int err;

	if (!tells_news(m->kind))
		return 0;
	err = store_records_get(s, tx, a, STORE_TABLE_PARTY, wire_view(m->company.len != 0 ? m->company : m->account), &party);
	if (err == 0)
		err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, wire_view(m->subscription), &of);
	if (err != 0)
		return err;
	return party->looked >= m->number || (m->company.len != 0 ? of->told_company : of->told_customer) != m->number ?
	    ERR_NOT_FOUND : 0;
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

/* ---- telling ---- */

/* A side of a subscription. */
struct side {
	struct arena *arena;
	struct id subscription, party;
	Provision__StoredSubscription *record;
	bool is_company;
};

static int
side_of(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription, bool is_company, struct side *side)
{
	int err;

	*side = (struct side){ .arena = a, .subscription = *subscription, .is_company = is_company };
	err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, id_view(subscription), &side->record);
	if (err == 0)
		side->party = wire_id(is_company ? side->record->company : side->record->account);
	return err;
}

static int
find_side(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredPackage *package, bool is_sender,
    struct side *side)
{
	struct id subscription = wire_id(package->subscription);

	return side_of(s, tx, a, &subscription, package->is_from_company == is_sender, side);
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

/* To this side, with the other one's name. package NULL: of none. */
static int
queue(struct store *s, struct store_txn *tx, const struct side *side, const struct id *package, Provision__MailKind kind,
    uint64_t number)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = kind;
	mail.subscription = wire_of_id(&side->subscription);
	if (package != NULL)
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

/* package NULL: of a text. */
static int
tell(struct store *s, struct store_txn *tx, const struct side *side, const struct id *package)
{
	Provision__StoredParty *party;
	uint64_t *told = told_of(side);
	int err = store_records_get(s, tx, side->arena, STORE_TABLE_PARTY, id_view(&side->party), &party);

	if (err != 0 || *told > party->looked)
		return err;
	*told = party->inbox;
	err = store_subscription_put(s, tx, &side->subscription, side->record);
	return err == 0 ? queue(s, tx, side, package, package != NULL ? KIND(PACKAGE) : KIND(MESSAGE), *told) : err;
}

int
store_notice_package(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record)
{
	struct arena *a = store_records_arena();
	struct side side;
	int err = find_side(s, tx, a, record, false, &side);

	if (err == 0)
		err = tell(s, tx, &side, package);
	arena_free(&a);
	return err;
}

int
store_notice_message(struct store *s, struct store_txn *tx, const struct id *subscription, bool is_from_company)
{
	struct arena *a = store_records_arena();
	struct side side;
	int err = side_of(s, tx, a, subscription, !is_from_company, &side);

	if (err == 0)
		err = tell(s, tx, &side, NULL);
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
	bool is_of_one;       /* of one conversation: number is what that side was told of in it */
	struct id subscription;
};

/* As if that side had not been told. */
static int
forget_told(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription, bool is_company, uint64_t number)
{
	struct side side;
	int err = side_of(s, tx, a, subscription, is_company, &side);

	if (err != 0 || *told_of(&side) != number || number == 0)
		return err;
	*told_of(&side) = 0;
	return store_subscription_put(s, tx, subscription, side.record);
}

int
store_notice_untold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	struct id subscription = wire_id(m->subscription);
	int err = tells_news(m->kind) ? forget_told(s, tx, a, &subscription, m->company.len != 0, m->number) : 0;

	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
look_apply(struct store_write *w, struct store_txn *tx)
{
	struct look *l = (struct look *)w;
	struct arena *a = store_records_arena();
	int err = l->is_of_one ? forget_told(l->store, tx, a, &l->subscription, l->is_company, l->number) :
	    raise_looked(l->store, tx, a, &l->party, l->is_company, l->number);

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

static void
submit(struct store_call *c, const struct look *what)
{
	struct look *l = mem_alloc(sizeof(*l));

	*l = *what;
	l->write.apply = look_apply;
	l->write.done = look_done;
	l->store = c->store;
	store_committer_submit(c->store->committer, &l->write);
}

void
store_notice_look(struct store_call *c, const struct id *party, bool is_company)
{
	Provision__StoredParty *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PARTY, id_view(party), &r);

	if (err == 0 && r->looked < r->inbox)
		submit(c, &(struct look){ .party = *party, .is_company = is_company, .number = r->inbox });
}

void
store_notice_look_at(struct store_call *c, const struct store_subscription_access *a)
{
	if ((a->relation & STORE_RELATION_CUSTOMER) != 0 && a->record->told_customer != 0)
		submit(c, &(struct look){ .subscription = a->subscription, .is_of_one = true, .number = a->record->told_customer });
	if ((a->relation & MEMBER) != 0 && a->record->told_company != 0)
		submit(c, &(struct look){ .subscription = a->subscription, .is_of_one = true, .is_company = true,
		    .number = a->record->told_company });
}

int
store_notice_read(struct store_call *c, const struct store_subscription_access *a)
{
	int err = 0;

	if ((a->relation & STORE_RELATION_CUSTOMER) != 0)
		err = forget_told(c->store, c->tx, c->arena, &a->subscription, false, a->record->told_customer);
	if (err == 0 && (a->relation & MEMBER) != 0)
		err = forget_told(c->store, c->tx, c->arena, &a->subscription, true, a->record->told_company);
	return err;
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
