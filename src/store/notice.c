/* SPDX-License-Identifier: MIT */
/*
 * The rules of notices; the table in notice.h. Knows neither templates nor how the queue works. Called by the queue before
 * it lends a mail, and by whatever causes notices of packages and texts.
 */
#include "store/notice.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/hours.h"
#include "store/mailqueue.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/subscription.h"
#include "store/texts.h"
#include "store/wire.h"

/* Reminders of several packages of one conversation become one. */
#define REMIND_AGAIN_MS (20 * STORE_HOUR_MS)

#define MEMBER (STORE_RELATION_AGENT | STORE_RELATION_OWNER)
#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_##name
#define CHOICE(name) PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_##name

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
	{ KIND(TEXTS), STORE_NOTICE_ORDINARY },
	{ KIND(ACCOUNT_RESET), STORE_NOTICE_SECURITY },
	{ KIND(ACCOUNT_DELETED), STORE_NOTICE_SECURITY },
};

enum store_notice_class
store_notice_class(Provision__MailKind kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].kind == kind)
			return rows[i].class;
	panic("a kind of mail without a class: %d", (int)kind);
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

/* Whether the customer is mailed texts: has chosen it, the company allows it, and the operator has not locked the account. */
static int
wants_texts(struct store *s, struct store_txn *tx, struct arena *a, ProtobufCBinaryData account, ProtobufCBinaryData company, bool *wants_r)
{
	Provision__StoredAccount *person;
	Provision__StoredCompany *writer;
	int err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(account), &person);

	*wants_r = false;
	if (err != 0 || person->notices != CHOICE(TEXT) || person->locked_ms != 0)
		return err;
	err = store_records_get(s, tx, a, STORE_TABLE_COMPANY, wire_view(company), &writer);
	*wants_r = err == 0 && !writer->forbids_text_mail;
	return err;
}

/* ERR_NOT_FOUND: a mail with texts that are not wanted any more. */
static int
check_wanted(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	bool is_wanted = true;
	int err = m->kind == KIND(TEXTS) ? wants_texts(s, tx, a, m->account, m->peer_company, &is_wanted) : 0;

	return err == 0 && !is_wanted ? ERR_NOT_FOUND : err;
}

/* What whoever gets a mail has chosen. */
static int
read_choice(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, Provision__NoticeChoice *choice_r,
    struct store_hours *hours_r)
{
	Provision__StoredCompany *company;
	Provision__StoredAccount *person;
	int err;

	if (m->company.len != 0) {
		err = store_records_get(s, tx, a, STORE_TABLE_COMPANY, wire_view(m->company), &company);
		if (err == 0) {
			*choice_r = company->notices;
			*hours_r = (struct store_hours){ view_str(STORE_HOURS_SERVICE_ZONE), company->quiet_start, company->quiet_end };
		}
		return err;
	}
	err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(m->account), &person);
	if (err == 0) {
		*choice_r = person->notices;
		*hours_r = (struct store_hours){ wire_view(person->time_zone), person->quiet_start, person->quiet_end };
	}
	return err;
}

int
store_notice_judge(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    uint64_t *later_ms_r)
{
	enum store_notice_class class = store_notice_class(m->kind);
	Provision__NoticeChoice choice = CHOICE(UNASKED);
	struct store_hours hours;
	int err;

	*later_ms_r = 0;
	if (class == STORE_NOTICE_SECURITY)
		return 0;
	err = check_looked(s, tx, a, m);
	if (err == 0)
		err = check_wanted(s, tx, a, m);
	if (err == 0)
		err = read_choice(s, tx, a, m, &choice, &hours);
	if (err == 0 && class == STORE_NOTICE_ORDINARY && choice == CHOICE(NONE))
		err = ERR_NOT_FOUND;
	if (err == 0)
		*later_ms_r = store_hours_quiet_until_ms(&hours, store_clock_guard_now_ms(s->clock));
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

/* protobuf-c's bool */
static protobuf_c_boolean *
untold_of(const struct side *side)
{
	return side->is_company ? &side->record->is_untold_company : &side->record->is_untold_customer;
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

	if (err != 0 || (*told > party->looked && !*untold_of(side)))
		return err;
	*told = party->inbox;
	*untold_of(side) = false;
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
	bool wants = false;
	struct side side;
	int err = side_of(s, tx, a, subscription, !is_from_company, &side);

	if (err == 0 && is_from_company)
		err = wants_texts(s, tx, a, side.record->account, side.record->company, &wants);
	if (err == 0)
		err = wants ? store_texts_tell(s, tx, subscription, side.record) : tell(s, tx, &side, NULL);
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

/* ---- what goes to nobody ---- */

/* Notes it of the news that side was told of last, unless it has looked or was told again since. */
static int
set_untold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, bool is_untold)
{
	struct id subscription = wire_id(m->subscription);
	struct side side;
	int err = side_of(s, tx, a, &subscription, m->company.len != 0, &side);

	if (err != 0 || *told_of(&side) != m->number || *untold_of(&side) == is_untold)
		return err;
	*untold_of(&side) = is_untold;
	return store_subscription_put(s, tx, &subscription, side.record);
}

/* Texts are told by a link instead. */
static int
tell_otherwise(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	struct id subscription = wire_id(m->subscription);
	bool is_news = false;
	struct side side;
	int err = store_texts_forget(s, tx, a, m, &is_news);

	if (err == 0 && is_news)
		err = side_of(s, tx, a, &subscription, false, &side);
	return err == 0 && is_news ? tell(s, tx, &side, NULL) : err;
}

int
store_notice_untold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	int err = 0;

	if (tells_news(m->kind))
		err = set_untold(s, tx, a, m, true);
	else if (m->kind == KIND(TEXTS))
		err = tell_otherwise(s, tx, a, m);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
store_notice_retold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m)
{
	int err = tells_news(m->kind) ? set_untold(s, tx, a, m, false) : 0;

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
