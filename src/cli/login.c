/* SPDX-License-Identifier: MIT */
/*
 * Sealing and opening of what stays between two commands. Owns the files "session" and "pending"; knows no server. cli/
 * session.c and cli/account.c call it.
 */
#include "cli/login.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/file.h"
#include "cli/keyring.h"
#include "crypt/derive.h"
#include "crypt/random.h"
#include "crypt/record.h"
#include "trust/wrap.h"

#define MAGIC "PVcl"
#define VERSION 1
#define FILE_MAX 8192

static const struct {
	const char *file, *key;
} names[] = {
	[CLI_LOGIN_SESSION] = { "session", "session.key" },
	[CLI_LOGIN_PENDING] = { "pending", "pending.key" },
};

void
cli_login_deinit(struct cli_login *l)
{
	trust_keys_deinit(&l->keys);
	secret_free(&l->token);
}

int
cli_login_set_statement(struct cli_login *l, struct view statement)
{
	if (statement.len > sizeof(l->statement))
		return ERR_LIMIT;
	int err = trust_account_parse(statement, &l->account);
	if (err != 0)
		return err;
	memcpy(l->statement, statement.data, statement.len);
	l->statement_len = statement.len;
	return 0;
}

/* Key -> sealed bytes behind everything else. */
static int
put_secrets(struct encoder *e, const struct cli_login *l, const struct secret *key)
{
	struct buf wrapped, token;
	buf_init(&wrapped, TRUST_STATEMENT_MAX);
	buf_init(&token, API_SESSION_BYTES + CRYPT_RECORD_OVERHEAD);
	struct secret *token_key = crypt_derive(key, "provision/1/local-token", view_of(NULL, 0));
	int err = trust_wrap_seal(&l->account, &l->keys, TRUST_WRAP_SESSION, key, &wrapped);
	if (err == 0) {
		encoder_block(e, buf_view(&wrapped));
		err = crypt_record_seal(token_key, encoder_so_far(e), secret_view(l->token), &token);
	}
	encoder_block(e, buf_view(&token));
	secret_free(&token_key);
	buf_deinit(&wrapped);
	buf_deinit(&token);
	return err;
}

static int
encode(const struct cli_login *l, const struct id *id, const struct secret *key, struct buf *out)
{
	struct encoder e = encoder_of(out);
	encoder_view(&e, VIEW_LIT(MAGIC));
	encoder_u16(&e, VERSION);
	encoder_view(&e, id_view(id));
	encoder_view(&e, id_view(&l->registration));
	encoder_u64(&e, l->end_ms);
	encoder_u32(&e, l->cost.memory_kib);
	encoder_u32(&e, l->cost.passes);
	encoder_block(&e, view_str(l->host));
	encoder_block(&e, view_str(l->email));
	encoder_block(&e, view_of(l->statement, l->statement_len));
	encoder_fail(&e, put_secrets(&e, l, key));
	return encoder_end(&e);
}

int
cli_login_save(const struct cli_profile *p, enum cli_login_kind kind, const struct cli_login *l)
{
	struct buf out;
	struct secret *key = NULL;
	struct id id = id_random();
	buf_init(&out, FILE_MAX);
	cli_login_erase(p, kind);
	int err = cli_keyring_make(p->folder, names[kind].key, &id, l->end_ms, &key);
	if (err == 0)
		err = encode(l, &id, key, &out);
	if (err == 0)
		err = cli_profile_put(p, names[kind].file, buf_view(&out));
	if (err != 0)
		cli_keyring_erase(p->folder, names[kind].key, &id);
	secret_free(&key);
	buf_deinit(&out);
	return err;
}

static void
get_string(struct cursor *c, char *out, size_t size)
{
	struct view v = cursor_block(c, size - 1);
	if (v.len > 0)
		memcpy(out, v.data, v.len);
	out[v.len] = '\0';
}

static int
get_secrets(struct cursor *c, struct view whole, struct cli_login *l, const struct secret *key)
{
	struct view wrapped = cursor_block(c, TRUST_STATEMENT_MAX);
	struct view before = view_slice(whole, 0, whole.len - c->rest.len);
	struct view token = cursor_block(c, API_SESSION_BYTES + CRYPT_RECORD_OVERHEAD);
	int err = cursor_end(c);
	if (err != 0)
		return err;
	struct secret *token_key = crypt_derive(key, "provision/1/local-token", view_of(NULL, 0));
	err = crypt_record_open_secret(token_key, before, token, &l->token);
	secret_free(&token_key);
	if (err == 0 && secret_len(l->token) != API_SESSION_BYTES)
		err = ERR_SYNTAX;
	if (err == 0)
		err = trust_wrap_open(&l->account, wrapped, TRUST_WRAP_SESSION, key, &l->keys);
	return err;
}

/* The head up to the id of the key. */
static int
get_head(struct cursor *c, struct id *id_r)
{
	cursor_expect(c, VIEW_LIT(MAGIC));
	uint16_t version = cursor_u16(c);
	cursor_copy(c, id_r->bytes, ID_BYTES);
	if (c->err != 0)
		return c->err;
	return version == VERSION ? 0 : ERR_VERSION;
}

static int
decode(const struct cli_profile *p, enum cli_login_kind kind, struct view whole, struct cli_login *l)
{
	struct cursor c = cursor_of(whole);
	struct secret *key = NULL;
	struct id id;
	int err = get_head(&c, &id);
	if (err != 0)
		return err;
	cursor_copy(&c, l->registration.bytes, ID_BYTES);
	l->end_ms = cursor_u64(&c);
	l->cost.memory_kib = cursor_u32(&c);
	l->cost.passes = cursor_u32(&c);
	get_string(&c, l->host, sizeof(l->host));
	get_string(&c, l->email, sizeof(l->email));
	struct view statement = cursor_block(&c, TRUST_STATEMENT_MAX);
	err = c.err != 0 ? c.err : cli_login_set_statement(l, statement);
	if (err == 0 && (err = cli_keyring_get(p->folder, names[kind].key, &id, &key)) == ERR_NOT_FOUND)
		err = ERR_LOGIN;
	if (err == 0)
		err = get_secrets(&c, whole, l, key);
	secret_free(&key);
	return err;
}

int
cli_login_load(const struct cli_profile *p, enum cli_login_kind kind, struct cli_login *l_r)
{
	struct buf content;
	memset(l_r, 0, sizeof(*l_r));
	buf_init(&content, FILE_MAX);
	int err = file_read(p->folder, names[kind].file, &content);
	if (err == 0)
		err = decode(p, kind, buf_view(&content), l_r);
	if (err != 0)
		cli_login_deinit(l_r);
	buf_deinit(&content);
	return err;
}

void
cli_login_erase(const struct cli_profile *p, enum cli_login_kind kind)
{
	struct buf content;
	struct id id;
	buf_init(&content, FILE_MAX);
	int err = file_read(p->folder, names[kind].file, &content);
	struct cursor c = cursor_of(buf_view(&content));
	if (err == 0 && get_head(&c, &id) == 0)
		cli_keyring_erase(p->folder, names[kind].key, &id);
	buf_deinit(&content);
	if (err != ERR_NOT_FOUND)
		err = file_unlink(p->folder, names[kind].file, FILE_DURABLE);
	(void)err;
}
