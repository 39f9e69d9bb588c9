/* SPDX-License-Identifier: MIT */
/*
 * The operator's view of quotas, and other limits for some. Counting is in quota.c.
 */
#include "record/admin.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/address.h"
#include "store/handle.h"
#include "store/quota.h"
#include "store/records.h"
#include "store/vault.h"
#include "store/wire.h"

struct party {
	struct id id;
	bool is_company;
};

/* ERR_SYNTAX: one of the two must be given. ERR_NOT_FOUND. */
static int
find_party(struct store_call *c, ProtobufCBinaryData slug, ProtobufCBinaryData email, struct party *p_r)
{
	struct hash hash;

	if ((slug.len == 0) == (email.len == 0))
		return ERR_SYNTAX;
	p_r->is_company = slug.len != 0;
	if (!p_r->is_company)
		return store_address_find(c->store, c->tx, wire_view(email), &p_r->id);
	hash = store_vault_lookup(c->store->vault, "slug", wire_view(slug));
	return store_records_get_id(c->tx, STORE_TABLE_SLUG, crypt_hash_view(&hash), &p_r->id);
}

static int
answer(struct store_call *c, const struct party *p)
{
	Provision__QuotaReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_quota q;
	int err = store_quota_read(c, &p->id, p->is_company, &q);

	if (err != 0)
		return err;
	provision__quota_reply__init(reply);
	reply->bytes = q.bytes;
	reply->bytes_max = q.bytes_max;
	reply->packages = q.packages;
	reply->packages_max = q.packages_max;
	c->reply = &reply->base;
	return 0;
}

int
handle_quota_get(struct store_call *c)
{
	const Provision__QuotaGet *m = (const Provision__QuotaGet *)c->request;
	struct party p;
	int err = find_party(c, m->slug, m->email, &p);

	return err == 0 ? answer(c, &p) : err;
}

int
handle_quota_set(struct store_call *c)
{
	const Provision__QuotaSet *m = (const Provision__QuotaSet *)c->request;
	struct store_key_name key = { .kind = STORE_KEY_ACCOUNT };
	Provision__StoredParty *r;
	struct party p;
	int err = find_party(c, m->slug, m->email, &p);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PARTY, id_view(&p.id), &r);
	if (err != 0)
		return err;
	if (m->sets_bytes)
		r->quota_bytes = m->bytes;
	if (m->sets_packages)
		r->quota_packages = m->packages;
	key.kind = p.is_company ? STORE_KEY_COMPANY : STORE_KEY_ACCOUNT;
	key.owner = p.id;
	err = store_records_put(c->store, c->tx, STORE_TABLE_PARTY, id_view(&p.id), &key, &r->base);
	return err == 0 ? answer(c, &p) : err;
}
