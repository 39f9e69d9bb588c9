/* SPDX-License-Identifier: MIT */
/*
 * The caller's own pin store: root and pages, read and put. What they are is the client's matter (store/pins.h).
 */
#include "record/account.pb-c.h"
#include "store/handle.h"
#include "store/pins.h"
#include "store/service.h"
#include "store/session.h"

int
handle_pins_get(struct store_call *c)
{
	const Provision__PinsGet *m = (const Provision__PinsGet *)c->request;
	Provision__PinsGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	provision__pins_get_reply__init(reply);
	if (err == 0)
		err = store_pins_read(c, &who.account, &reply->version, &reply->pins, &reply->pin_page);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_pins_pages(struct store_call *c)
{
	const Provision__PinPagesGet *m = (const Provision__PinPagesGet *)c->request;
	Provision__PinPagesGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	provision__pin_pages_get_reply__init(reply);
	if (err == 0)
		err = store_pins_pages(c, &who.account, m, reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_pins_put_check(struct store_call *c)
{
	const Provision__PinsPut *m = (const Provision__PinsPut *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

/* Once more with the same bytes is as good: an answer may have been lost. */
int
handle_pins_put(struct store_call *c)
{
	const Provision__PinsPut *m = (const Provision__PinsPut *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_pins_put(c, &who.account, m) : err;
}
