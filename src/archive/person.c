/* SPDX-License-Identifier: MIT */
/*
 * The members of a person's archive, in order. Knows no verb; called by the tools.
 */
#include "archive/person.h"

#include "archive/item.h"
#include "archive/readme.h"
#include "record/account.pb-c.h"
#include "record/company.pb-c.h"
#include "record/credential.pb-c.h"
#include "record/held.pb-c.h"
#include "record/second.pb-c.h"
#include "record/support.pb-c.h"
#include "rest/json.h"

struct walk {
	struct archive *archive;
	const struct archive_source *source;
	enum mail_locale locale;
	const char *name;                    /* the person's */
	archive_conversation_package *package;
	void *arg;
	struct archive_document *subscriptions;
};

static const char *
string_of(struct arena *arena, ProtobufCBinaryData b)
{
	return arena_str(arena, view_of(b.data, b.len));
}

/* ---- the account ---- */

/* Keys of companies that are sealed to the person are no data about the person. */
static int
put_account(struct walk *k)
{
	static const char *const company_keys[] = { "sealed_epoch", "sealed_root", "older", "recovery", "renewal", NULL };
	Provision__AccountGet account = PROVISION__ACCOUNT_GET__INIT;
	Provision__SessionList sessions = PROVISION__SESSION_LIST__INIT;
	Provision__AppPasswordList passwords = PROVISION__APP_PASSWORD_LIST__INIT;
	Provision__TotpGet totp = PROVISION__TOTP_GET__INIT;
	Provision__MembershipList memberships = PROVISION__MEMBERSHIP_LIST__INIT;
	Provision__HeldList held = PROVISION__HELD_LIST__INIT;
	int err = archive_item_single(k->archive, k->source, "account.json", "getAccount", &account.base, NULL);
	if (err == 0)
		err = archive_item_list(k->archive, k->source, "sessions.json", "listSessions", &sessions.base, NULL);
	if (err == 0)
		err = archive_item_all(k->archive, k->source, "app-passwords.json", "getAppPasswords", &passwords.base);
	if (err == 0)
		err = archive_item_single(k->archive, k->source, "totp.json", "getTotp", &totp.base, NULL);
	if (err == 0)
		err = archive_item_list(k->archive, k->source, "memberships.json", "listMemberships", &memberships.base, company_keys);
	return err == 0 ? archive_item_list(k->archive, k->source, "held.json", "listHeld", &held.base, NULL) : err;
}

/* ---- support requests ---- */

static int
put_request(struct walk *k, struct archive_document *d, const Provision__SupportHead *head, struct arena *arena)
{
	static const char *const bound[] = { "head", NULL };
	struct http_json_write *w = archive_document_json(d);
	Provision__SupportShow m = PROVISION__SUPPORT_SHOW__INIT;
	const ProtobufCMessage *reply = NULL;
	m.request = head->request;
	int err = archive_source_ask(k->source, "getSupportRequest", &m.base, arena, &reply);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	http_json_write_object(w, NULL);
	rest_json_write_members(w, &((const Provision__SupportShowReply *)reply)->head->base, NULL);
	rest_json_write_members(w, reply, bound);
	http_json_write_close(w);
	return archive_document_item(d);
}

static int
put_requests(struct walk *k)
{
	Provision__SupportList m = PROVISION__SUPPORT_LIST__INIT;
	struct arena *arena = arena_new(ARCHIVE_SOURCE_ARENA);
	struct archive_document *d = NULL;
	const ProtobufCMessage *reply = NULL;
	int err = archive_source_ask(k->source, "getSupportRequests", &m.base, arena, &reply);
	if (err == 0)
		err = archive_document_begin(k->archive, "support.json", &d);
	if (err == 0) {
		const Provision__SupportListReply *r = (const Provision__SupportListReply *)reply;
		http_json_write_array(archive_document_json(d), "items");
		for (size_t i = 0; err == 0 && i < r->n_items; i++)
			err = put_request(k, d, r->items[i], arena);
		if (err == 0)
			http_json_write_close(archive_document_json(d));
		err = archive_document_end(&d, err);
	}
	arena_free(&arena);
	return err;
}

/* ---- conversations ---- */

static int
put_conversation(struct walk *k, const Provision__SubscriptionRow *row)
{
	struct arena *arena = arena_new(8192);
	struct archive_conversation c = {
		.subscription = row->subscription, .locale = k->locale, .has_origin = true,
		.slug = string_of(arena, row->company->slug), .number = string_of(arena, row->number),
		.company = string_of(arena, row->company->name), .customer = k->name, .package = k->package, .arg = k->arg,
	};
	c.folder = arena_printf(arena, "conversations/%s", c.slug);
	int err = archive_conversation_put(k->archive, k->source, &c);
	arena_free(&arena);
	return err;
}

static int
put_subscription(const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	struct walk *k = arg;
	struct http_json_write *w = archive_document_json(k->subscriptions);
	http_json_write_object(w, NULL);
	archive_item_members(w, m, NULL);
	http_json_write_close(w);
	int err = archive_document_item(k->subscriptions);
	if (err == 0 && row->company != NULL && row->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE)
		err = put_conversation(k, row);
	return err;
}

static int
put_subscriptions(struct walk *k)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	int err = archive_document_begin(k->archive, "subscriptions.json", &k->subscriptions);
	if (err != 0)
		return err;
	http_json_write_array(archive_document_json(k->subscriptions), "items");
	err = archive_source_each(k->source, "listSubscriptions", &m.base, put_subscription, k);
	if (err == 0)
		http_json_write_close(archive_document_json(k->subscriptions));
	return archive_document_end(&k->subscriptions, err);
}

int
archive_person_put(struct archive *a, const struct archive_source *s, enum mail_locale locale, archive_conversation_package *package, void *arg)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	struct walk k = { .archive = a, .source = s, .locale = locale, .package = package, .arg = arg };
	struct arena *arena = arena_new((size_t)64 * 1024);
	const ProtobufCMessage *reply = NULL;
	int err = archive_source_ask(s, "getAccount", &m.base, arena, &reply);
	if (err == 0)
		err = archive_readme_put(a, locale, ARCHIVE_WORD_README_PERSON);
	if (err == 0)
		err = put_account(&k);
	if (err == 0)
		err = put_requests(&k);
	if (err == 0) {
		const Provision__AccountGetReply *r = (const Provision__AccountGetReply *)reply;
		k.name = arena_printf(arena, "%s %s", string_of(arena, r->first_name), string_of(arena, r->last_name));
		err = put_subscriptions(&k);
	}
	arena_free(&arena);
	return err;
}
