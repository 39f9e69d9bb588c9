/* SPDX-License-Identifier: MIT */
/*
 * From references to what a mail says: address, names, language, link, code. Never puts a customer's address into a mail
 * to a company. Knows neither templates nor the queue's states.
 */
#include "store/mailrender.h"

#include <stdbool.h>
#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "store/erasure_receipt.h"
#include "store/hours.h"
#include "store/mailtoken.h"
#include "store/notice.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/wire.h"

#define NAME_MAX_BYTES 200
#define PLAIN_NAME_MAX 80
/* Rows of an inbox that are looked through for one mail. */
#define LATER_MAX 200U

/* At most max bytes, cut between two characters. */
static struct view
cut(struct view v, size_t max)
{
	struct view rest = v;
	size_t end = 0;

	while (rest.len > 0 && text_next_codepoint(&rest) >= 0 && v.len - rest.len <= max)
		end = v.len - rest.len;
	return view_slice(v, 0, end);
}

static struct view
two_words(struct arena *a, struct view first, struct view second)
{
	uint8_t *p = arena_alloc(a, first.len + 1 + second.len);

	memcpy(p, first.data, first.len);
	p[first.len] = ' ';
	memcpy(p + first.len + 1, second.data, second.len);
	return cut(view_of(p, first.len + 1 + second.len), NAME_MAX_BYTES);
}

struct view
store_mailrender_person(struct arena *a, const Provision__StoredAccount *person)
{
	return two_words(a, wire_view(person->first_name), wire_view(person->last_name));
}

/*
 * A mail to an address that nobody has confirmed yet goes to whomever a stranger chose, with a name the stranger chose. So
 * that nobody can send texts and links that way, only what looks like a name is said.
 */
static struct view
plain_name(struct view name)
{
	static const struct view odd = { (const uint8_t *)"/:@\\<>\"!?%&=#0123456789", 23 };

	if (name.len > PLAIN_NAME_MAX)
		return view_of(NULL, 0);
	for (size_t i = 0; i < name.len; i++)
		if (view_find(odd, name.data[i]) < odd.len)
			return view_of(NULL, 0);
	return name;
}

static void
set_zone(struct view time_zone, Provision__MailJob *job)
{
	job->zone_s = store_hours_offset_s(time_zone, job->created_ms);
	job->until_zone_s = job->until_ms == 0 ? 0 : store_hours_offset_s(time_zone, job->until_ms);
}

static void
address_person(struct arena *a, const Provision__StoredAccount *person, Provision__MailJob *job)
{
	set_zone(wire_view(person->time_zone), job);
	job->to = person->email;
	job->name = wire_bytes(store_mailrender_person(a, person));
	job->locale = person->locale;
}

/* In upper case, in two halves: "VL2Q-LV4V". Verification takes it in every spelling. */
static ProtobufCBinaryData
code_for_people(struct arena *a, struct view code)
{
	uint8_t *p = arena_alloc(a, code.len + 1);
	size_t half = code.len / 2;

	for (size_t i = 0; i < code.len; i++) {
		uint8_t b = code.data[i];
		p[i < half ? i : i + 1] = b >= 'a' && b <= 'z' ? (uint8_t)(b - 'a' + 'A') : b;
	}
	p[half] = '-';
	return wire_bytes(view_of(p, code.len + 1));
}

/* ---- who gets it ---- */

static int
to_registration(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    Provision__MailJob *job)
{
	Provision__StoredRegistration *r;
	Provision__StoredAccount *person;
	int err = store_records_get(s, tx, a, STORE_TABLE_REGISTRATION, wire_view(m->registration), &r);

	if (err != 0)
		return err;
	if (m->kind == PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_EXISTS) {
		err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(r->existing), &person);
		if (err == 0)
			address_person(a, person, job);
		return err;
	}
	address_person(a, r->profile, job);
	job->name = wire_bytes(plain_name(wire_view(job->name)));
	job->code = code_for_people(a, wire_view(r->code));
	return 0;
}

/* For an address without an account it has no reason. */
static int
to_reset(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    Provision__MailJob *job)
{
	Provision__StoredReset *r;
	Provision__StoredAccount *person;
	int err = store_records_get(s, tx, a, STORE_TABLE_RESET, wire_view(m->reset), &r);

	if (err == 0)
		err = r->is_void ? ERR_NOT_FOUND : store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(r->account), &person);
	if (err != 0)
		return err;
	address_person(a, person, job);
	job->code = code_for_people(a, wire_view(r->code));
	return 0;
}

/* To an address nobody has confirmed yet: as to_registration(). One that has an account gets nothing. */
static int
to_new_address(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    Provision__MailJob *job)
{
	Provision__StoredAddressChange *r;
	Provision__StoredAccount *person;
	int err = store_records_get(s, tx, a, STORE_TABLE_ADDRESS_CHANGE, wire_view(m->address_change), &r);

	if (err == 0)
		err = r->is_void ? ERR_NOT_FOUND : store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(r->account), &person);
	if (err != 0)
		return err;
	address_person(a, person, job);
	job->to = r->email;
	job->name = wire_bytes(plain_name(wire_view(job->name)));
	job->code = code_for_people(a, wire_view(r->code));
	return 0;
}

static ProtobufCBinaryData
off_link(struct store *s, struct arena *a, const Provision__StoredMail *m, const Provision__StoredAccount *person,
    const struct store_settings *settings)
{
	struct id account = wire_id(m->account);
	struct view token = store_mailtoken_off(s, a, &account, wire_view(person->email));

	return wire_str(arena_printf(a, "%s/u/%.*s", store_policy_url(settings), (int)token.len, (const char *)token.data));
}

static int
to_account(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    const struct store_settings *settings, Provision__MailJob *job)
{
	Provision__StoredAccount *person;
	int err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(m->account), &person);

	if (err != 0)
		return err;
	address_person(a, person, job);
	if (m->address.len != 0)
		job->to = m->address;
	if (store_notice_class(m->kind) == STORE_NOTICE_ORDINARY)
		job->unsubscribe = off_link(s, a, m, person, settings);
	return 0;
}

/* It has no account any more, and no name. */
static int
to_last_address(const Provision__StoredMail *m, Provision__MailJob *job)
{
	job->to = m->address;
	job->locale = m->locale;
	set_zone(view_str(STORE_HOURS_SERVICE_ZONE), job);
	return 0;
}

static int
to_company(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    Provision__MailJob *job)
{
	Provision__StoredCompany *company;
	int err = store_records_get(s, tx, a, STORE_TABLE_COMPANY, wire_view(m->company), &company);

	if (err != 0)
		return err;
	job->to = company->contact;
	job->name = company->name;
	job->locale = company->locale;
	set_zone(view_str(STORE_HOURS_SERVICE_ZONE), job);
	return 0;
}

/* By which id the question is found; what it is stays here. */
static void
to_operator(struct arena *a, const Provision__StoredMail *m, const struct store_settings *settings, Provision__MailJob *job)
{
	struct id request = wire_id(m->support);

	job->to = wire_str(arena_printf(a, "%s", store_policy_operator_mail(settings)));
	job->locale = wire_str(arena_printf(a, "%s", store_policy_locale(settings)));
	job->code = wire_str(arena_printf(a, "%s", id_text(&request).s));
	set_zone(view_str(STORE_HOURS_SERVICE_ZONE), job);
}

/* ---- about whom and what ---- */

static int
name_peer(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    Provision__MailJob *job)
{
	Provision__StoredCompany *company;
	Provision__StoredAccount *person;
	int err = 0;

	if (m->peer_company.len != 0) {
		err = store_records_get(s, tx, a, STORE_TABLE_COMPANY, wire_view(m->peer_company), &company);
		if (err == 0)
			job->peer = company->name;
	} else if (m->peer_account.len != 0) {
		err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, wire_view(m->peer_account), &person);
		if (err == 0)
			job->peer = wire_bytes(store_mailrender_person(a, person));
		else if (err == ERR_NOT_FOUND && m->kind == PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_LEFT)
			err = 0;        /* who it was is gone; that keys are to be renewed is not */
	} else {
		job->peer = m->peer;
	}
	return err;
}

static bool
is_still(const Provision__StoredMail *m, const Provision__StoredPackage *package)
{
	return package->state == (m->kind == PROVISION__MAIL_KIND__MAIL_KIND_EXPIRED ?
	    PROVISION__PACKAGE_STATE__PACKAGE_STATE_EXPIRED : PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING);
}

/*
 * A first notice speaks for all packages of its conversation: where the one it was made for is gone, one that came later and
 * waits takes its place. ERR_NOT_FOUND: none does.
 */
static int
find_later(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, struct id *package_r,
    Provision__StoredPackage **record_r)
{
	struct store_rowkey prefix = rowkey_of(wire_view(m->company.len != 0 ? m->company : m->account), view_of(NULL, 0));
	struct store_rowkey from;
	struct view key, value;
	unsigned seen = 0;
	int err = ERR_NOT_FOUND;

	rowkey_add_number(&prefix, 0, 1);
	from = prefix;
	rowkey_add_number(&from, m->number, 8);
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_INBOX, rowkey_view(&prefix), rowkey_view(&from),
	    STORE_FORWARD);
	while (err == ERR_NOT_FOUND && seen++ < LATER_MAX && store_cursor_next(c, &key, &value)) {
		*package_r = rowkey_id(value, 0);
		err = store_records_get(s, tx, a, STORE_TABLE_PACKAGE, value, record_r);
		if (err == 0 && !(is_still(m, *record_r) && view_equal(wire_view((*record_r)->subscription), wire_view(m->subscription))))
			err = ERR_NOT_FOUND;
	}
	store_cursor_close(&c);
	return err;
}

/* Which package the mail is about, none for most kinds. */
static int
check_reason(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, struct id *package_r,
    Provision__MailJob *job)
{
	Provision__StoredSubscription *subscription;
	Provision__StoredPackage *package;
	Provision__StoredSupport *support;
	int err = 0;

	*package_r = wire_id(m->package);
	if (m->subscription.len != 0)
		err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, wire_view(m->subscription), &subscription);
	if (err == 0 && m->support.len != 0)
		err = store_records_get(s, tx, a, STORE_TABLE_SUPPORT, wire_view(m->support), &support);
	if (err != 0 || m->package.len == 0)
		return err;
	err = store_records_get(s, tx, a, STORE_TABLE_PACKAGE, wire_view(m->package), &package);
	if (err == 0 && !is_still(m, package))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND && m->kind == PROVISION__MAIL_KIND__MAIL_KIND_PACKAGE)
		err = find_later(s, tx, a, m, package_r, &package);
	if (err == 0)
		job->until_ms = package->expires_ms;
	return err;
}

static ProtobufCBinaryData
link_of(struct arena *a, const Provision__StoredMail *m, const struct id *package, const struct store_settings *settings)
{
	const char *url = store_policy_url(settings);

	if (m->kind == PROVISION__MAIL_KIND__MAIL_KIND_VERIFY)
		return wire_str(arena_printf(a, "%s/v", url));
	if (m->kind == PROVISION__MAIL_KIND__MAIL_KIND_PACKAGE || m->kind == PROVISION__MAIL_KIND__MAIL_KIND_REMINDER)
		return wire_str(arena_printf(a, "%s/p/%s", url, id_text(package).s));
	return wire_str(arena_printf(a, "%s/", url));
}

static ProtobufCBinaryData
bounce_address(struct store *s, struct arena *a, const Provision__StoredMail *m, const struct store_settings *settings)
{
	struct view address = view_str(store_policy_bounce_address(settings));
	size_t star = view_find(address, '*');
	bool is_operator = m->kind == PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ASKED;
	bool is_account = m->account.len != 0 && !is_operator, is_company = m->company.len != 0;
	struct id id = wire_id(is_account ? m->account : is_company ? m->company : is_operator ? m->support :
	    m->registration.len != 0 ? m->registration : m->reset.len != 0 ? m->reset : m->address_change);
	struct view token;

	if (star == address.len)
		return wire_bytes(arena_dup(a, address));
	token = store_mailtoken_bounce(s, a, is_account ? STORE_MAILTOKEN_ACCOUNT : is_company ? STORE_MAILTOKEN_COMPANY :
	    STORE_MAILTOKEN_OTHER, &id, m->created_ms);
	return wire_str(arena_printf(a, "%.*s%.*s%s", (int)star, (const char *)address.data, (int)token.len,
	    (const char *)token.data, (const char *)address.data + star + 1));
}

int
store_mailrender(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id,
    const Provision__StoredMail *m, const struct store_settings *settings, Provision__MailJob *job)
{
	struct id package;
	int err;

	job->created_ms = m->created_ms;
	err = check_reason(s, tx, a, m, &package, job);
	if (err == 0 && m->kind == PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_DELETED)
		err = to_last_address(m, job);
	else if (err == 0 && m->registration.len != 0)
		err = to_registration(s, tx, a, m, job);
	else if (err == 0 && m->reset.len != 0)
		err = to_reset(s, tx, a, m, job);
	else if (err == 0 && m->address_change.len != 0)
		err = to_new_address(s, tx, a, m, job);
	else if (err == 0 && m->company.len != 0)
		err = to_company(s, tx, a, m, job);
	else if (err == 0 && m->kind == PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ASKED)
		to_operator(a, m, settings, job);
	else if (err == 0)
		err = to_account(s, tx, a, m, settings, job);
	if (err == 0)
		err = name_peer(s, tx, a, m, job);
	if (err == 0)
		err = store_erasure_receipt_words(s, a, wire_view(m->receipt), &job->receipt);
	if (err != 0)
		return err;
	job->job = wire_bytes(arena_dup(a, id_view(id)));
	job->kind = m->kind;
	job->link = link_of(a, m, &package, settings);
	/* The same at every try, so that a mail that was taken twice can be told. */
	job->message_id = wire_str(arena_printf(a, "%s@%s", id_text(id).s, store_policy_mail_domain(settings)));
	job->envelope_from = bounce_address(s, a, m, settings);
	job->tries = m->tries;
	job->is_accepted = m->is_accepted;
	return 0;
}
