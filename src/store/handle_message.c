/* SPDX-License-Identifier: MIT */
/*
 * Text messages (D1, D4, D6): written by a customer, or by a member for the company; taken back by whoever wrote one. Cleaning and
 * compressing is prepare's work; the committer appends. The other side is told as of packages (notice.h).
 */
#include "base/text.h"
#include "record/conversation.pb-c.h"
#include "store/access.h"
#include "store/compress.h"
#include "store/entries.h"
#include "store/handle.h"
#include "store/notice.h"
#include "store/provenance.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/wire.h"

#define ACTIVE PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE
#define TEXT PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT
#define MEMBER (STORE_RELATION_AGENT | STORE_RELATION_OWNER)

_Static_assert(STORE_TEXT_MAX == 65536, "the limit of MessageCreate.text");

/* ---- writing ---- */

/* What prepare leaves for apply. */
struct plan {
	struct view text;       /* as it is kept */
	struct view stored;     /* the same, or its zstd frame */
};

static int
may_write(struct store_call *c, const Provision__MessageCreate *m, struct store_who *who, struct store_subscription_access *a)
{
	struct id id = wire_id(m->subscription);
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_subscription(c, who, &id, STORE_ACTION_MESSAGE_WRITE, a);
	if (err != 0)
		return err;
	if ((a->relation & (m->as_company ? MEMBER : STORE_RELATION_CUSTOMER)) == 0)
		return ERR_DENIED;
	return a->record->state == ACTIVE ? 0 : ERR_STATE;
}

int
handle_message_create_check(struct store_call *c)
{
	const Provision__MessageCreate *m = (const Provision__MessageCreate *)c->request;
	struct plan *plan = arena_alloc(c->arena, sizeof(*plan));
	uint8_t *text = arena_alloc(c->arena, m->text.len);
	struct store_subscription_access a;
	struct store_who who;
	int err = may_write(c, m, &who, &a);

	if (err == 0)
		err = store_service_limit_account(c, &who.account);
	if (err != 0)
		return err;
	plan->text = view_of(text, text_strip_controls(wire_view(m->text), text));
	if (plan->text.len == 0)
		return store_call_blame(c, "text", ERR_SYNTAX);
	if (!store_compress(plan->text, c->arena, &plan->stored))
		plan->stored = plan->text;
	c->state = plan;
	return 0;
}

/* That request came before: the same person's same words. ERR_CONFLICT: others. */
static int
answer_again(struct store_call *c, const struct store_who *who, const struct store_subscription_access *a, uint64_t sequence,
    Provision__MessageCreateReply *reply)
{
	const Provision__MessageCreate *m = (const Provision__MessageCreate *)c->request;
	const struct plan *plan = c->state;
	Provision__StoredEntry *r;
	struct view text;
	int err = store_entries_get(c->store, c->tx, c->arena, &a->subscription, sequence, NULL, &r);

	if (err != 0)
		return err;
	if (!view_equal(wire_view(r->author), id_view(&who->account)) || (r->is_from_company != 0) != (m->as_company != 0))
		return ERR_CONFLICT;
	text = wire_view(r->text);
	if (r->text_bytes != 0)
		err = store_decompress(text, r->text_bytes, c->arena, &text);
	if (err == 0 && !r->is_deleted && !view_equal(text, plan->text))
		err = ERR_CONFLICT;
	reply->sequence = sequence;
	reply->time_ms = r->time_ms;
	return err;
}

static int
write_message(struct store_call *c, const struct store_who *who, const struct store_subscription_access *a,
    Provision__MessageCreateReply *reply)
{
	const Provision__MessageCreate *m = (const Provision__MessageCreate *)c->request;
	const struct plan *plan = c->state;
	Provision__StoredEntry r = PROVISION__STORED_ENTRY__INIT;
	struct store_entry_place place;
	struct id id = wire_id(m->message);
	int err;

	r.kind = TEXT;
	r.is_from_company = m->as_company;
	r.author = wire_of_id(&who->account);
	r.text = wire_bytes(plan->stored);
	r.text_bytes = plan->stored.len < plan->text.len ? (uint32_t)plan->text.len : 0;
	err = store_entries_add(c->store, c->tx, c->settings, &a->subscription, a->record, &id, &r, &place);
	if (err == 0)
		err = store_provenance_put(c->store, c->tx, &a->subscription, &id, m->caller, r.time_ms);
	if (err == 0)
		err = store_notice_message(c->store, c->tx, &a->subscription, m->as_company);
	reply->sequence = place.sequence;
	reply->time_ms = r.time_ms;
	return err;
}

int
handle_message_create(struct store_call *c)
{
	const Provision__MessageCreate *m = (const Provision__MessageCreate *)c->request;
	Provision__MessageCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct id id = wire_id(m->message);
	struct store_subscription_access a;
	struct store_who who;
	uint64_t sequence;
	int err = may_write(c, m, &who, &a);

	if (err != 0)
		return err;
	provision__message_create_reply__init(reply);
	c->reply = &reply->base;
	if (store_entries_by_message(c->tx, &a.subscription, &id, &sequence) == 0)
		return answer_again(c, &who, &a, sequence, reply);
	return write_message(c, &who, &a, reply);
}

/* ---- taking back ---- */

static int
may_delete(struct store_call *c, const Provision__MessageDelete *m, struct store_who *who, struct store_subscription_access *a)
{
	struct id id = wire_id(m->subscription);
	Provision__StoredEntry *r;
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_subscription(c, who, &id, STORE_ACTION_MESSAGE_WRITE, a);
	if (err == 0)
		err = store_entries_get(c->store, c->tx, c->arena, &id, m->sequence, NULL, &r);
	if (err == 0 && r->kind != TEXT)
		err = ERR_NOT_FOUND;
	if (err == 0 && !view_equal(wire_view(r->author), id_view(&who->account)))
		err = ERR_DENIED;
	return err;
}

int
handle_message_delete_check(struct store_call *c)
{
	struct store_subscription_access a;
	struct store_who who;
	int err = may_delete(c, (const Provision__MessageDelete *)c->request, &who, &a);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_message_delete(struct store_call *c)
{
	const Provision__MessageDelete *m = (const Provision__MessageDelete *)c->request;
	struct store_subscription_access a;
	struct store_who who;
	int err = may_delete(c, m, &who, &a);

	return err == 0 ? store_entries_take_back(c->store, c->tx, &a.subscription, a.record, m->sequence) : err;
}
