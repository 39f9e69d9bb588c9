/* SPDX-License-Identifier: MIT */
/* The pin store: nothing can be changed, rolled back or emptied; what each key change leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/init.h"
#include "crypt/random.h"
#include "trust/cast.h"
#include "trust/pins.h"
#include "trust/wrap.h"

static struct trust_pin
some_pin(enum trust_pin_kind kind)
{
	struct trust_pin pin;
	memset(&pin, 0, sizeof(pin));
	pin.kind = kind;
	pin.principal = id_random();
	crypt_random(pin.fingerprint.bytes, sizeof(pin.fingerprint.bytes));
	crypt_random(pin.sign.bytes, sizeof(pin.sign.bytes));
	pin.number = 7;
	pin.source = TRUST_PIN_LINK;
	pin.is_verified = true;
	pin.first_seen_ms = CAST_NOW;
	if (kind == TRUST_PIN_COMPANY)
		crypt_random(pin.epoch.bytes, sizeof(pin.epoch.bytes));
	return pin;
}

struct open_case {
	const struct id *account;
	const struct secret *key;
};

static int
opens(void *arg, struct view bytes)
{
	const struct open_case *o = arg;
	struct trust_pins *p;
	int err = trust_pins_open(bytes, o->account, 3, 2, o->key, &p);
	if (err == 0)
		trust_pins_free(&p);
	return err;
}

static void
test_seal_and_open(void **state)
{
	struct cast *c = *state;
	struct secret *key = trust_wrap_pin_key(&c->anna.account, &c->anna.keys);
	struct open_case o = { &c->anna.account.account, key };
	struct trust_pins *p = trust_pins_new(), *again;
	struct buf out;
	uint64_t version;
	buf_init(&out, TRUST_PINS_BYTES_MAX);
	struct trust_pin pins[3] = { some_pin(TRUST_PIN_CUSTOMER), some_pin(TRUST_PIN_COMPANY), some_pin(TRUST_PIN_CUSTOMER) };
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(trust_pins_put(p, &pins[i]), 0);
	assert_int_equal(trust_pins_seal(p, o.account, 3, key, &out), 0);
	assert_int_equal(trust_pins_check(buf_view(&out), &version), 0);
	assert_int_equal(version, 3);
	assert_int_equal(trust_pins_open(buf_view(&out), o.account, 3, 3, key, &again), 0);
	assert_int_equal(trust_pins_count(again), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct trust_pin *pin = trust_pins_find(again, pins[i].kind, &pins[i].principal);
		assert_non_null(pin);
		assert_memory_equal(pin, &pins[i], sizeof(*pin));
	}
	trust_pins_free(&again);
	expect_no_change_passes(buf_view(&out), opens, &o);
	assert_int_equal(trust_pins_open(buf_view(&out), o.account, 3, 4, key, &again), ERR_TRUST);
	assert_int_equal(trust_pins_open(buf_view(&out), o.account, 4, 3, key, &again), ERR_TRUST);
	assert_int_equal(trust_pins_open(buf_view(&out), &c->olga.account.account, 3, 0, key, &again), ERR_CRYPTO);
	assert_int_equal(trust_pins_open(view_of(NULL, 0), o.account, 0, 0, key, &again), ERR_TRUST);
	trust_pins_free(&p);
	secret_free(&key);
	buf_deinit(&out);
}

static void
test_list(void **state)
{
	struct trust_pins *p = trust_pins_new();
	(void)state;
	struct trust_pin a = some_pin(TRUST_PIN_CUSTOMER), b = a;
	assert_null(trust_pins_find(p, a.kind, &a.principal));
	assert_int_equal(trust_pins_put(p, &a), 0);
	b.number = 8;
	assert_int_equal(trust_pins_put(p, &b), 0);
	assert_int_equal(trust_pins_count(p), 1);
	assert_int_equal(trust_pins_at(p, 0)->number, 8);
	b.kind = TRUST_PIN_COMPANY;
	assert_int_equal(trust_pins_put(p, &b), 0);
	assert_int_equal(trust_pins_count(p), 2);
	trust_pins_remove(p, TRUST_PIN_CUSTOMER, &a.principal);
	trust_pins_remove(p, TRUST_PIN_CUSTOMER, &a.principal);
	assert_int_equal(trust_pins_count(p), 1);
	assert_int_equal(trust_pins_at(p, 0)->kind, TRUST_PIN_COMPANY);
	trust_pins_free(&p);
	trust_pins_free(&p);
}

static void
test_full(void **state)
{
	struct cast *c = *state;
	struct secret *key = secret_random(CRYPT_KEY_BYTES);
	struct trust_pins *p = trust_pins_new(), *again;
	struct trust_pin pin = some_pin(TRUST_PIN_CUSTOMER);
	struct buf out;
	int err = 0;
	buf_init(&out, TRUST_PINS_BYTES_MAX);
	while (err == 0) {
		pin.principal = id_random();
		err = trust_pins_put(p, &pin);
	}
	assert_int_equal(err, ERR_LIMIT);
	assert_true(trust_pins_count(p) > 600);
	assert_int_equal(trust_pins_seal(p, &c->anna.account.account, 1, key, &out), 0);
	assert_int_equal(trust_pins_open(buf_view(&out), &c->anna.account.account, 1, 0, key, &again), 0);
	assert_int_equal(trust_pins_count(again), trust_pins_count(p));
	/* a row that is there may still change */
	pin = *trust_pins_at(p, 5);
	pin.number++;
	assert_int_equal(trust_pins_put(p, &pin), 0);
	trust_pins_free(&p);
	trust_pins_free(&again);
	secret_free(&key);
	buf_deinit(&out);
}

static void
test_meet_account(void **state)
{
	struct cast *c = *state;
	struct trust_pins *p = trust_pins_new();
	struct trust_account *anna = &c->anna.account, next, stranger;
	struct trust_keys keys, stranger_keys;
	struct buf out;
	enum trust_pin_verdict v;
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_pins_meet_account(p, anna, 5, &v), 0);
	assert_int_equal(v, TRUST_PIN_NEW);
	assert_false(trust_pins_find(p, TRUST_PIN_CUSTOMER, &anna->account)->is_verified);
	assert_int_equal(trust_pins_meet_account(p, anna, 6, &v), 0);
	assert_int_equal(v, TRUST_PIN_SAME);
	assert_int_equal(trust_pins_accept_account(p, anna, &c->olga.account.fingerprint, 7), ERR_TRUST);
	assert_int_equal(trust_pins_accept_account(p, anna, &anna->fingerprint, 7), 0);
	assert_true(trust_pins_find(p, TRUST_PIN_CUSTOMER, &anna->account)->is_verified);

	assert_int_equal(trust_account_succeed(anna, &c->anna.keys, CAST_NOW, &keys, &out), 0);
	assert_int_equal(trust_account_parse(buf_view(&out), &next), 0);
	assert_int_equal(trust_pins_meet_account(p, &next, 8, &v), 0);
	assert_int_equal(v, TRUST_PIN_ADVANCED);
	const struct trust_pin *pin = trust_pins_find(p, TRUST_PIN_CUSTOMER, &anna->account);
	assert_true(pin->is_verified);
	assert_int_equal(pin->number, 2);
	assert_int_equal(pin->source, TRUST_PIN_SUCCESSION);
	/* back to the old one, and on to one that nobody signed */
	assert_int_equal(trust_pins_meet_account(p, anna, 9, &v), ERR_TRUST);
	buf_clear(&out);
	assert_int_equal(trust_account_make(&anna->account, 3, CAST_NOW, &stranger_keys, &out), 0);
	assert_int_equal(trust_account_parse(buf_view(&out), &stranger), 0);
	assert_int_equal(trust_pins_meet_account(p, &stranger, 9, &v), ERR_TRUST);
	assert_int_equal(trust_pins_find(p, TRUST_PIN_CUSTOMER, &anna->account)->number, 2);
	assert_int_equal(trust_pins_accept_account(p, &stranger, &stranger.fingerprint, 10), 0);
	assert_int_equal(trust_pins_meet_account(p, &stranger, 11, &v), 0);
	assert_int_equal(v, TRUST_PIN_SAME);
	trust_keys_deinit(&keys);
	trust_keys_deinit(&stranger_keys);
	trust_pins_free(&p);
	buf_deinit(&out);
}

static void
test_meet_company(void **state)
{
	struct cast *c = *state, other;
	struct trust_pins *p = trust_pins_new();
	const struct hash *root = &c->company.root.fingerprint;
	enum trust_pin_verdict v;
	assert_int_equal(trust_pins_meet_company(p, &c->first, &c->anna.account.fingerprint, 5, &v), ERR_TRUST);
	assert_int_equal(trust_pins_count(p), 0);
	assert_int_equal(trust_pins_meet_company(p, &c->first, NULL, 5, &v), 0);
	assert_int_equal(v, TRUST_PIN_NEW);
	assert_false(trust_pins_at(p, 0)->is_verified);
	/* a link that came later verifies what the directory said */
	assert_int_equal(trust_pins_meet_company(p, &c->first, root, 6, &v), 0);
	assert_int_equal(v, TRUST_PIN_SAME);
	assert_true(trust_pins_at(p, 0)->is_verified);
	assert_int_equal(trust_pins_meet_company(p, &c->company, NULL, 7, &v), 0);
	assert_int_equal(v, TRUST_PIN_ADVANCED);
	assert_int_equal(trust_pins_at(p, 0)->number, 2);
	assert_true(trust_pins_at(p, 0)->is_verified);
	/* back to the first epoch: a removed member's */
	assert_int_equal(trust_pins_meet_company(p, &c->first, NULL, 8, &v), ERR_TRUST);
	/* another root for the same company */
	cast_init(&other);
	struct trust_company fake = other.company;
	fake.root.company = c->company.root.company;
	assert_int_equal(trust_pins_meet_company(p, &fake, NULL, 8, &v), ERR_TRUST);
	assert_int_equal(trust_pins_accept_company(p, &fake, root, 9), ERR_TRUST);
	assert_int_equal(trust_pins_accept_company(p, &fake, &fake.root.fingerprint, 9), 0);
	assert_int_equal(trust_pins_meet_company(p, &fake, NULL, 10, &v), 0);
	/* another epoch of the same number */
	fake.epochs[1].fingerprint.bytes[0] ^= 1;
	assert_int_equal(trust_pins_meet_company(p, &fake, NULL, 11, &v), ERR_TRUST);
	assert_int_equal(trust_pins_own_company(p, &c->company, 12), 0);
	assert_int_equal(trust_pins_at(p, 0)->source, TRUST_PIN_OWN);
	cast_deinit(&other);
	trust_pins_free(&p);
}

static void
test_meet_server(void **state)
{
	struct cast *c = *state;
	struct trust_pins *p = trust_pins_new();
	enum trust_pin_verdict v;
	assert_int_equal(trust_pins_meet_server(p, &c->anna.account.sign, 5, &v), 0);
	assert_int_equal(v, TRUST_PIN_NEW);
	assert_int_equal(trust_pins_meet_server(p, &c->anna.account.sign, 6, &v), 0);
	assert_int_equal(v, TRUST_PIN_SAME);
	assert_int_equal(trust_pins_meet_server(p, &c->olga.account.sign, 7, &v), ERR_TRUST);
	trust_pins_free(&p);
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
		cmocka_unit_test(test_seal_and_open),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_meet_account),
		cmocka_unit_test(test_meet_company),
		cmocka_unit_test(test_meet_server),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
