/* SPDX-License-Identifier: MIT */
/*
 * The second factor as its person sees it (A7): turning it on in two steps, so that nobody is shut out by an app that has not
 * taken the secret; backup codes; turning it off. What codes are good for is second.h's.
 */
#include <string.h>

#include "base/text.h"
#include "crypt/random.h"
#include "crypt/totp.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/policy.h"
#include "store/proof.h"
#include "store/records.h"
#include "store/second.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

#define URI_MAX 1024

int
handle_totp_get(struct store_call *c)
{
	const Provision__TotpGet *m = (const Provision__TotpGet *)c->request;
	Provision__TotpGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredTotp *r;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	provision__totp_get_reply__init(reply);
	if (err == 0)
		err = store_second_get(c, &who.account, &r);
	if (err != 0 && err != ERR_NOT_FOUND)
		return err;
	if (err == 0 && r->is_on) {
		reply->is_on = true;
		reply->since_ms = r->since_ms;
		reply->backup_codes = (uint32_t)r->n_backup_hashes;
	}
	c->reply = &reply->base;
	return 0;
}

/* The person, by a proof of that action. *r_r: the record, NULL: none. */
static int
prove(struct store_call *c, const Provision__Caller *caller, const char *action, const Provision__Proof *proof, struct id *account_r,
    Provision__StoredAccount **record_r, Provision__StoredTotp **r_r)
{
	struct store_proof_of of = { action, NULL, 0 };
	struct store_who who;
	int err = store_session_find(c, caller, &who);

	*r_r = NULL;
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who.account), record_r);
	if (err == 0)
		err = store_proof_check(c, caller, &who, *record_r, &of, proof);
	if (err != 0)
		return err;
	*account_r = who.account;
	err = store_second_get(c, account_r, r_r);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* ---- on ---- */

static int
check_begin(struct store_call *c, struct id *account, Provision__StoredAccount **record_r)
{
	const Provision__TotpBegin *m = (const Provision__TotpBegin *)c->request;
	Provision__StoredTotp *r;
	int err = prove(c, m->caller, "totp-begin", m->proof, account, record_r, &r);

	return err == 0 && r != NULL && r->is_on ? ERR_STATE : err;
}

int
handle_totp_begin_check(struct store_call *c)
{
	Provision__StoredAccount *record;
	struct id account;

	return check_begin(c, &account, &record);
}

/* RFC 3986: all but unreserved characters in percent signs. */
static const char *
escaped(struct arena *a, struct view v)
{
	static const struct view plain = { (const uint8_t *)"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", 66 };
	char *out = arena_alloc(a, 3 * v.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < v.len; i++) {
		if (view_find(plain, v.data[i]) < plain.len) {
			out[n++] = (char)v.data[i];
			continue;
		}
		out[n++] = '%';
		text_hex(view_slice(v, i, 1), out + n);
		n += 2;
	}
	out[n] = '\0';
	return out;
}

/* As apps read it: the Key URI format. A name that makes it too long for a QR code is left out. */
static const char *
uri_of(struct store_call *c, struct view email, const char *secret)
{
	const char *service = escaped(c->arena, view_str(store_policy_service_name(c->settings)));
	const char *tail = arena_printf(c->arena, "?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%u", secret, service,
	    CRYPT_TOTP_DIGITS, CRYPT_TOTP_STEP_MS / 1000);
	const char *uri = arena_printf(c->arena, "otpauth://totp/%s:%s%s", service, escaped(c->arena, email), tail);

	return strlen(uri) <= URI_MAX ? uri : arena_printf(c->arena, "otpauth://totp/Provision?secret=%s", secret);
}

static void
upper(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

int
handle_totp_begin(struct store_call *c)
{
	Provision__TotpBeginReply *reply = arena_alloc(c->arena, sizeof(*reply));
	uint8_t *secret = arena_alloc(c->arena, CRYPT_TOTP_SECRET_BYTES);
	char *text = arena_alloc(c->arena, TEXT_BASE32_LEN(CRYPT_TOTP_SECRET_BYTES) + 1);
	Provision__StoredAccount *record;
	struct id account;
	int err = check_begin(c, &account, &record);

	crypt_random(secret, CRYPT_TOTP_SECRET_BYTES);
	if (err == 0)
		err = store_second_begin(c, &account, wire_bytes(view_of(secret, CRYPT_TOTP_SECRET_BYTES)));
	if (err != 0)
		return err;
	text_base32(view_of(secret, CRYPT_TOTP_SECRET_BYTES), text);
	upper(text);
	provision__totp_begin_reply__init(reply);
	reply->secret = wire_str(text);
	reply->uri = wire_str(uri_of(c, wire_view(record->email), text));
	c->reply = &reply->base;
	return 0;
}

static int
confirm(struct store_call *c, struct id *account_r, Provision__StoredTotp **r_r)
{
	const Provision__TotpConfirm *m = (const Provision__TotpConfirm *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err != 0)
		return err;
	*account_r = who.account;
	err = store_second_get(c, account_r, r_r);
	if (err == ERR_NOT_FOUND || (err == 0 && (*r_r)->is_on))
		return ERR_STATE;
	return err == 0 ? store_second_confirm(c, account_r, *r_r, m->totp) : err;
}

int
handle_totp_confirm_check(struct store_call *c)
{
	Provision__StoredTotp *r;
	struct id account;

	return confirm(c, &account, &r);
}

int
handle_totp_confirm(struct store_call *c)
{
	Provision__BackupCodesReply *reply = NULL;
	Provision__StoredTotp *r;
	struct id account;
	int err = confirm(c, &account, &r);

	if (err == 0)
		err = store_second_backup_codes(c, &account, r, &reply);
	if (err == 0)
		err = store_mailqueue_tell(c->store, c->tx, &account, PROVISION__MAIL_KIND__MAIL_KIND_TOTP_ON);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

/* ---- other backup codes, off ---- */

static int
check_codes(struct store_call *c, struct id *account, Provision__StoredTotp **r_r)
{
	const Provision__BackupCodesCreate *m = (const Provision__BackupCodesCreate *)c->request;
	Provision__StoredAccount *record;
	int err = prove(c, m->caller, "backup-codes", m->proof, account, &record, r_r);

	return err == 0 && (*r_r == NULL || !(*r_r)->is_on) ? ERR_STATE : err;
}

int
handle_totp_codes_check(struct store_call *c)
{
	Provision__StoredTotp *r;
	struct id account;

	return check_codes(c, &account, &r);
}

int
handle_totp_codes(struct store_call *c)
{
	Provision__BackupCodesReply *reply = NULL;
	Provision__StoredTotp *r;
	struct id account;
	int err = check_codes(c, &account, &r);

	if (err == 0)
		err = store_second_backup_codes(c, &account, r, &reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

static int
check_end(struct store_call *c, struct id *account)
{
	const Provision__TotpEnd *m = (const Provision__TotpEnd *)c->request;
	Provision__StoredAccount *record;
	Provision__StoredTotp *r;
	int err = prove(c, m->caller, "totp-end", m->proof, account, &record, &r);

	return err == 0 && (r == NULL || !r->is_on) ? ERR_STATE : err;
}

int
handle_totp_end_check(struct store_call *c)
{
	struct id account;

	return check_end(c, &account);
}

int
handle_totp_end(struct store_call *c)
{
	struct id account;
	int err = check_end(c, &account);

	if (err != 0)
		return err;
	store_records_delete(c->tx, STORE_TABLE_TOTP, id_view(&account));
	return store_mailqueue_tell(c->store, c->tx, &account, PROVISION__MAIL_KIND__MAIL_KIND_TOTP_OFF);
}
