/* SPDX-License-Identifier: MIT */
/* Account statements, succession, wrapped keys: what may not be forged, swapped or rolled back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/equal.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "trust/account.h"
#include "trust/cast.h"
#include "trust/wrap.h"

static int
parses(void *arg, struct view bytes)
{
	struct trust_account account;
	(void)arg;
	return trust_account_parse(bytes, &account);
}

static void
test_statement(void **state)
{
	struct cast *c = *state;
	struct cast_person *p = &c->anna;
	assert_int_equal(p->statement.len, 195);
	assert_int_equal(p->account.number, 1);
	assert_false(p->account.is_successor);
	assert_int_equal(trust_account_owns(&p->account, &p->keys), 0);
	assert_int_equal(trust_account_owns(&p->account, &c->olga.keys), ERR_TRUST);
	expect_no_change_passes(buf_view(&p->statement), parses, NULL);
	p->statement.data[5] = 2;
	struct trust_account a;
	assert_int_equal(trust_account_parse(buf_view(&p->statement), &a), ERR_VERSION);
	p->statement.data[5] = 1;
}

static void
test_make_refusals(void **state)
{
	struct id none = { { 0 } }, some = id_random();
	struct trust_keys keys = { NULL, NULL };
	struct buf out;
	(void)state;
	buf_init(&out, 100);
	assert_int_equal(trust_account_make(&none, 1, 1, &keys, &out), ERR_SYNTAX);
	assert_int_equal(trust_account_make(&some, 0, 1, &keys, &out), ERR_SYNTAX);
	assert_int_equal(trust_account_make(&some, 1, 1, &keys, &out), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	assert_null(keys.seal);
	buf_deinit(&out);
}

static int
follows_anna(void *arg, struct view bytes)
{
	const struct trust_account *old = arg;
	struct trust_account next;
	int err = trust_account_parse(bytes, &next);
	return err != 0 ? err : trust_account_follows(&next, &old->account, old->number, &old->fingerprint, &old->sign);
}

static void
test_succession(void **state)
{
	struct cast *c = *state;
	struct trust_account *old = &c->anna.account, next;
	struct trust_keys keys;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_account_succeed(old, &c->olga.keys, CAST_NOW, &keys, &out), ERR_TRUST);
	assert_int_equal(trust_account_succeed(old, &c->anna.keys, CAST_NOW, &keys, &out), 0);
	assert_int_equal(out.len, 259);
	assert_int_equal(trust_account_parse(buf_view(&out), &next), 0);
	assert_int_equal(next.number, 2);
	assert_int_equal(trust_account_owns(&next, &keys), 0);
	expect_no_change_passes(buf_view(&out), follows_anna, old);
	/* not of another key, another account, another number */
	assert_int_equal(trust_account_follows(&next, &old->account, 1, &old->fingerprint, &c->olga.account.sign), ERR_TRUST);
	assert_int_equal(trust_account_follows(&next, &c->olga.account.account, 1, &old->fingerprint, &old->sign), ERR_TRUST);
	assert_int_equal(trust_account_follows(&next, &old->account, 2, &old->fingerprint, &old->sign), ERR_TRUST);
	assert_int_equal(trust_account_follows(&next, &old->account, 1, &next.fingerprint, &old->sign), ERR_TRUST);
	assert_int_equal(trust_account_follows(old, &old->account, 0, &old->fingerprint, &old->sign), ERR_TRUST);
	trust_keys_deinit(&keys);
	buf_deinit(&out);
}

/* The wrapped private key and the successor it makes are somebody else's: the server made new keys for the account. */
static void
test_new_beginning_does_not_follow(void **state)
{
	struct cast *c = *state;
	struct trust_account *old = &c->anna.account, fresh;
	struct trust_keys keys;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_account_make(&old->account, 2, CAST_NOW, &keys, &out), 0);
	assert_int_equal(trust_account_parse(buf_view(&out), &fresh), 0);
	assert_int_equal(trust_account_follows(&fresh, &old->account, 1, &old->fingerprint, &old->sign), ERR_TRUST);
	trust_keys_deinit(&keys);
	buf_deinit(&out);
}

struct wrap_case {
	const struct trust_account *account;
	const struct secret *key;
};

static int
unwraps(void *arg, struct view bytes)
{
	const struct wrap_case *w = arg;
	struct trust_keys keys;
	int err = trust_wrap_open(w->account, bytes, TRUST_WRAP_PASSWORD, w->key, &keys);
	if (err == 0)
		trust_keys_deinit(&keys);
	return err;
}

static void
test_wrap(void **state)
{
	struct cast *c = *state;
	struct secret *key = secret_random(CRYPT_KEY_BYTES), *other = secret_random(CRYPT_KEY_BYTES);
	struct trust_keys keys;
	struct buf out;
	struct wrap_case w = { &c->anna.account, key };
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_wrap_seal(&c->anna.account, &c->olga.keys, TRUST_WRAP_PASSWORD, key, &out), ERR_TRUST);
	assert_int_equal(trust_wrap_seal(&c->anna.account, &c->anna.keys, TRUST_WRAP_PASSWORD, key, &out), 0);
	assert_int_equal(out.len, 111);
	assert_int_equal(trust_wrap_open(&c->anna.account, buf_view(&out), TRUST_WRAP_PASSWORD, key, &keys), 0);
	assert_true(crypt_equal(secret_view(keys.seal), secret_view(c->anna.keys.seal)));
	assert_true(crypt_equal(secret_view(keys.sign), secret_view(c->anna.keys.sign)));
	trust_keys_deinit(&keys);
	expect_no_change_passes(buf_view(&out), unwraps, &w);
	/* another password, kind or account */
	assert_int_equal(trust_wrap_open(&c->anna.account, buf_view(&out), TRUST_WRAP_PASSWORD, other, &keys), ERR_CRYPTO);
	assert_int_equal(trust_wrap_open(&c->anna.account, buf_view(&out), TRUST_WRAP_RECOVERY, key, &keys), ERR_SYNTAX);
	out.data[6] = TRUST_WRAP_RECOVERY;
	assert_int_equal(trust_wrap_open(&c->anna.account, buf_view(&out), TRUST_WRAP_RECOVERY, key, &keys), ERR_CRYPTO);
	assert_int_equal(trust_wrap_check(buf_view(&out), TRUST_WRAP_RECOVERY), 0);
	assert_int_equal(trust_wrap_check(buf_view(&out), TRUST_WRAP_PASSWORD), ERR_SYNTAX);
	out.data[6] = TRUST_WRAP_PASSWORD;
	assert_int_equal(trust_wrap_open(&c->olga.account, buf_view(&out), TRUST_WRAP_PASSWORD, key, &keys), ERR_CRYPTO);
	/* the right account with a statement the server replaced: same id, other keys */
	struct trust_account swapped = c->anna.account;
	swapped.seal = c->olga.account.seal;
	assert_int_equal(trust_wrap_open(&swapped, buf_view(&out), TRUST_WRAP_PASSWORD, key, &keys), ERR_TRUST);
	secret_free(&key);
	secret_free(&other);
	buf_deinit(&out);
}

static void
test_pin_key(void **state)
{
	struct cast *c = *state;
	struct secret *a = trust_wrap_pin_key(&c->anna.account, &c->anna.keys);
	struct secret *again = trust_wrap_pin_key(&c->anna.account, &c->anna.keys);
	struct secret *b = trust_wrap_pin_key(&c->olga.account, &c->olga.keys);
	assert_true(crypt_equal(secret_view(a), secret_view(again)));
	assert_false(crypt_equal(secret_view(a), secret_view(b)));
	secret_free(&a);
	secret_free(&again);
	secret_free(&b);
}

static struct cast cast;

static int
setup(void **state)
{
	*state = &cast;
	cast_init(&cast);
	return 0;
}

static int
teardown(void **state)
{
	cast_deinit(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statement),
		cmocka_unit_test(test_make_refusals),
		cmocka_unit_test(test_succession),
		cmocka_unit_test(test_new_beginning_does_not_follow),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_pin_key),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
