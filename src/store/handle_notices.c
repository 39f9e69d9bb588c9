/* SPDX-License-Identifier: MIT */
/*
 * A person's choice of notices and quiet hours, by the person, and turned off by the link in a notice. What it means for a mail
 * is notice.c's.
 */
#include "record/notice.pb-c.h"
#include "store/handle.h"
#include "store/mailtoken.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

static int
write_account(struct store_call *c, const struct id *account, const Provision__StoredAccount *record)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };

	return store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &record->base);
}

int
handle_notices_put_check(struct store_call *c)
{
	const Provision__NoticesPut *m = (const Provision__NoticesPut *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_notices_put(struct store_call *c)
{
	const Provision__NoticesPut *m = (const Provision__NoticesPut *)c->request;
	Provision__StoredAccount *record;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who.account), &record);
	if (err != 0)
		return err;
	record->notices = m->notices;
	record->quiet_start = m->quiet_start;
	record->quiet_end = m->quiet_end;
	return write_account(c, &who.account, record);
}

int
handle_notices_off_check(struct store_call *c)
{
	const Provision__NoticesOff *m = (const Provision__NoticesOff *)c->request;
	Provision__StoredAccount *record;
	struct id account;
	int err = store_mailtoken_off_find(c->store, c->tx, c->arena, wire_view(m->token), &account, &record);


	return err == 0 ? store_service_limit_account(c, &account) : err == ERR_NOT_FOUND ? 0 : err;
}

int
handle_notices_off(struct store_call *c)
{
	const Provision__NoticesOff *m = (const Provision__NoticesOff *)c->request;
	Provision__StoredAccount *record;
	struct id account;
	int err = store_mailtoken_off_find(c->store, c->tx, c->arena, wire_view(m->token), &account, &record);

	if (err == ERR_NOT_FOUND)
		return 0;
	if (err != 0 || record->notices == PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_NONE)
		return err;
	record->notices = PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_NONE;
	return write_account(c, &account, record);
}
