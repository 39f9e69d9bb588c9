/* SPDX-License-Identifier: MIT */
/*
 * The members of a company's archive, in order. Knows no verb; called by the tools.
 */
#include "archive/company.h"

#include "archive/conversation.h"
#include "archive/readme.h"
#include "rest/json.h"

struct walk {
	struct archive *archive;
	const struct archive_source *source;
	const Provision__CompanyRow *company;
	enum mail_locale locale;
	struct archive_document *customers;
};

static const char *
string_of(struct arena *arena, ProtobufCBinaryData b)
{
	return arena_str(arena, view_of(b.data, b.len));
}

static int
put_company(struct archive *a, const Provision__CompanyRow *company)
{
	struct archive_document *d;
	int err = archive_document_begin(a, "company.json", &d);
	if (err != 0)
		return err;
	rest_json_write_members(archive_document_json(d), &company->base, NULL);
	return archive_document_end(&d, 0);
}

static int
put_conversation(struct walk *k, const Provision__SubscriptionRow *row)
{
	struct arena *arena = arena_new(8192);
	struct archive_conversation c = {
		.subscription = row->subscription, .locale = k->locale, .has_origin = false,
		.slug = string_of(arena, k->company->slug), .number = string_of(arena, row->number),
		.company = string_of(arena, k->company->name),
		.customer = arena_printf(arena, "%s %s", string_of(arena, row->first_name), string_of(arena, row->last_name)),
	};
	c.folder = arena_printf(arena, "conversations/%s", c.number);
	int err = archive_conversation_put(k->archive, k->source, &c);
	arena_free(&arena);
	return err;
}

/* Who only asked has no conversation. */
static int
put_customer(const ProtobufCMessage *m, void *arg)
{
	static const char *const bound[] = { "company", "read", NULL };
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	struct walk *k = arg;
	struct http_json_write *w = archive_document_json(k->customers);
	http_json_write_object(w, NULL);
	rest_json_write_members(w, m, bound);
	http_json_write_close(w);
	int err = archive_document_item(k->customers);
	if (err == 0 && row->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE)
		err = put_conversation(k, row);
	return err;
}

static int
put_customers(struct walk *k, const Provision__SubscriptionRow *only)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	m.slug = k->company->slug;
	int err = archive_document_begin(k->archive, "customers.json", &k->customers);
	if (err != 0)
		return err;
	http_json_write_array(archive_document_json(k->customers), "items");
	err = only != NULL ? put_customer(&only->base, k) : archive_source_each(k->source, "listCustomers", &m.base, put_customer, k);
	if (err == 0)
		http_json_write_close(archive_document_json(k->customers));
	return archive_document_end(&k->customers, err);
}

int
archive_company_put(struct archive *a, const struct archive_source *s, enum mail_locale locale, const Provision__CompanyRow *company,
    const Provision__SubscriptionRow *only)
{
	struct walk k = { .archive = a, .source = s, .company = company, .locale = locale };
	int err = archive_readme_put(a, locale, ARCHIVE_WORD_README_COMPANY);
	if (err == 0)
		err = put_company(a, company);
	return err == 0 ? put_customers(&k, only) : err;
}
