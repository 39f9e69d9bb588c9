/* SPDX-License-Identifier: MIT */
/*
 * For tests of conversations: a person of the cast says something, and sees what there is.
 */
#ifndef TESTS_STORE_TALK_H
#define TESTS_STORE_TALK_H

#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "store/parcel_cast.h"

/* Of the text that say() wrote. */
static struct id last_id;

static inline int
say_again(struct cast *c, const struct person *who, bool as_company, const struct id *id, struct view text,
    Provision__MessageCreateReply **reply_r)
{
	Provision__MessageCreate m = PROVISION__MESSAGE_CREATE__INIT;
	Provision__MessageCreateReply *reply;
	int err;

	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(&c->subscription);
	m.message = wire_of_id(id);
	m.as_company = as_company;
	m.text = wire_bytes(text);
	err = desk_web(c->d, IPC_MESSAGE_CREATE, &m.base, &reply);
	if (reply_r != NULL)
		*reply_r = reply;
	return err;
}

static inline int
say(struct cast *c, const struct person *who, bool as_company, const char *text)
{
	crypt_random(last_id.bytes, ID_BYTES);
	return say_again(c, who, as_company, &last_id, view_str(text), NULL);
}

static inline int
list(struct cast *c, const struct person *who, Provision__HistoryList *m, Provision__HistoryListReply **reply_r)
{
	m->caller = desk_caller(c->d, who);
	m->subscription = wire_of_id(&c->subscription);
	if (m->limit == 0)
		m->limit = 50;
	return desk_web(c->d, IPC_HISTORY_LIST, &m->base, reply_r);
}

/* All of it, newest first. */
static inline Provision__HistoryListReply *
history(struct cast *c, const struct person *who)
{
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	Provision__HistoryListReply *reply;

	m.origin = true;
	assert_int_equal(list(c, who, &m, &reply), 0);
	return reply;
}

#endif
