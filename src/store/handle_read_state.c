/* SPDX-License-Identifier: MIT */
/*
 * How far each person has read a conversation (D5). It only goes on. Who has read to the end has looked (notice.h).
 */
#include "record/conversation.pb-c.h"
#include "store/access.h"
#include "store/events.h"
#include "store/handle.h"
#include "store/notice.h"
#include "store/read_state.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/wire.h"

/* The caller's right, and what is stored. */
static int
find(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData subscription, struct store_who *who,
    struct store_subscription_access *a, Provision__ReadState *state)
{
	struct id id = wire_id(subscription);
	int err = store_session_find(c, caller, who);

	provision__read_state__init(state);
	if (err == 0)
		err = store_access_subscription(c, who, &id, STORE_ACTION_HISTORY_SEE, a);
	if (err == 0)
		err = store_read_state_get(c->store, c->tx, c->arena, &id, &who->account, &state->sequence);
	if (err == 0)
		state->newest = a->record->entries;
	return err;
}

int
handle_read_state_get(struct store_call *c)
{
	const Provision__ReadStateGet *m = (const Provision__ReadStateGet *)c->request;
	Provision__ReadState *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_subscription_access a;
	struct store_who who;

	c->reply = &reply->base;
	return find(c, m->caller, m->subscription, &who, &a, reply);
}

int
handle_read_state_put_check(struct store_call *c)
{
	const Provision__ReadStatePut *m = (const Provision__ReadStatePut *)c->request;
	struct store_subscription_access a;
	Provision__ReadState state;
	struct store_who who;
	int err = find(c, m->caller, m->subscription, &who, &a, &state);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

/* Each person's reading is its own: nobody else is told, also not of the same company. */
static int
tell_own_clients(struct store_call *c, const struct store_subscription_access *a, const struct store_who *who, uint64_t sequence)
{
	struct store_event event = { .kind = PROVISION__EVENT_KIND__EVENT_KIND_READ, .subscription = a->subscription,
		.customer = who->account, .sequence = sequence };

	return store_events_put(c->store, c->tx, &event);
}

int
handle_read_state_put(struct store_call *c)
{
	const Provision__ReadStatePut *m = (const Provision__ReadStatePut *)c->request;
	Provision__ReadState *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_subscription_access a;
	struct store_who who;
	uint64_t wanted;
	int err = find(c, m->caller, m->subscription, &who, &a, reply);

	if (err != 0)
		return err;
	c->reply = &reply->base;
	wanted = m->sequence < reply->newest ? m->sequence : reply->newest;
	if (wanted <= reply->sequence)
		return 0;
	reply->sequence = wanted;
	err = store_read_state_put(c, &a.subscription, &who.account, wanted);
	if (err == 0)
		err = tell_own_clients(c, &a, &who, wanted);
	return err == 0 && wanted == reply->newest ? store_notice_read(c, &a) : err;
}
