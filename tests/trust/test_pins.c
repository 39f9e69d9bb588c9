/* SPDX-License-Identifier: MIT */
/* The pin store: nothing can be changed, rolled back or emptied; what each key change leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
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

/* A store with the real server's part: pages by where they begin. */
struct kept {
	struct buf root;
	struct shelf { uint32_t at; struct buf bytes; } *pages;
	size_t count;
	uint64_t version;
};

static const struct secret *pin_key;
static const struct id *owner;

static void
kept_init(struct kept *k)
{
	*k = (struct kept){ .count = 0 };
	buf_init(&k->root, TRUST_PINS_ROOT_BYTES_MAX);
}

static void
kept_deinit(struct kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		buf_deinit(&k->pages[i].bytes);
	mem_free(&k->pages);
	buf_deinit(&k->root);
}

static struct view
kept_page(const struct kept *k, uint32_t at)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->pages[i].at == at)
			return buf_view(&k->pages[i].bytes);
	return view_of(NULL, 0);
}

static void
keep_page(struct kept *k, uint32_t at, struct view bytes)
{
	size_t i = 0;
	while (i < k->count && k->pages[i].at != at)
		i++;
	if (i == k->count) {
		k->pages = mem_resize(k->pages, ++k->count, sizeof(k->pages[0]));
		k->pages[i].at = at;
		buf_init(&k->pages[i].bytes, TRUST_PINS_PAGE_BYTES_MAX);
	}
	buf_clear(&k->pages[i].bytes);
	assert_int_equal(buf_append_view(&k->pages[i].bytes, bytes), 0);
}

/* The number of pages that were written. */
static size_t
keep(struct kept *k, struct trust_pins *p)
{
	uint32_t at;
	buf_clear(&k->root);
	trust_pins_seal(p, ++k->version, &k->root);
	for (size_t i = 0; i < trust_pins_sealed_count(p); i++) {
		struct view page = trust_pins_sealed_at(p, i, &at);
		keep_page(k, at, page);
	}
	return trust_pins_sealed_count(p);
}

static struct trust_pins *
open_root(const struct kept *k)
{
	struct trust_pins *p = NULL;
	assert_int_equal(trust_pins_open(buf_view(&k->root), owner, k->version, k->version, pin_key, &p), 0);
	return p;
}

/* The number of pages that were read. */
static size_t
take_all(const struct kept *k, struct trust_pins *p)
{
	uint32_t at;
	size_t n = 0;
	for (; trust_pins_lacks_any(p, &at); n++)
		assert_int_equal(trust_pins_take(p, at, kept_page(k, at)), 0);
	return n;
}

static void
put_some(struct trust_pins *p, size_t n, enum trust_pin_kind kind)
{
	for (size_t i = 0; i < n; i++) {
		struct trust_pin pin = some_pin(kind);
		assert_int_equal(trust_pins_put(p, &pin), 0);
	}
}

static int
root_opens(void *arg, struct view bytes)
{
	const struct kept *k = arg;
	struct trust_pins *p;
	int err = trust_pins_open(bytes, owner, k->version, 1, pin_key, &p);
	if (err == 0)
		trust_pins_free(&p);
	return err;
}

static int
page_opens(void *arg, struct view bytes)
{
	struct trust_pins *p = open_root(arg);
	int err = trust_pins_take(p, 0, bytes);
	trust_pins_free(&p);
	return err;
}

static void
test_seal_and_open(void **state)
{
	struct cast *c = *state;
	struct trust_pins *p = trust_pins_new(owner, pin_key), *again;
	struct kept k;
	kept_init(&k);
	struct trust_pin pins[3] = { some_pin(TRUST_PIN_CUSTOMER), some_pin(TRUST_PIN_COMPANY), some_pin(TRUST_PIN_CUSTOMER) };
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(trust_pins_put(p, &pins[i]), 0);
	k.version = 2;
	assert_int_equal(keep(&k, p), 1);
	again = open_root(&k);
	assert_int_equal(take_all(&k, again), 1);
	assert_int_equal(trust_pins_count(again), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct trust_pin *pin = trust_pins_find(again, pins[i].kind, &pins[i].principal);
		assert_non_null(pin);
		assert_memory_equal(pin, &pins[i], sizeof(*pin));
	}
	trust_pins_free(&again);
	expect_no_change_passes(buf_view(&k.root), root_opens, &k);
	expect_no_change_passes(kept_page(&k, 0), page_opens, &k);
	assert_int_equal(trust_pins_open(buf_view(&k.root), owner, 3, 4, pin_key, &again), ERR_TRUST);
	assert_int_equal(trust_pins_open(buf_view(&k.root), owner, 4, 3, pin_key, &again), ERR_TRUST);
	assert_int_equal(trust_pins_open(buf_view(&k.root), &c->olga.account.account, 3, 0, pin_key, &again), ERR_CRYPTO);
	assert_int_equal(trust_pins_open(kept_page(&k, 0), owner, 3, 0, pin_key, &again), ERR_SYNTAX);
	assert_int_equal(trust_pins_open(view_of(NULL, 0), owner, 0, 0, pin_key, &again), ERR_TRUST);
	trust_pins_free(&p);
	kept_deinit(&k);
}

static void
test_list(void **state)
{
	struct trust_pins *p = trust_pins_new(owner, pin_key);
	(void)state;
	struct trust_pin a = some_pin(TRUST_PIN_CUSTOMER), b = a;
	assert_null(trust_pins_find(p, a.kind, &a.principal));
	b.kind = TRUST_PIN_COMPANY;
	assert_int_equal(trust_pins_put(p, &b), 0);
	assert_int_equal(trust_pins_put(p, &a), 0);
	a.number = 8;
	assert_int_equal(trust_pins_put(p, &a), 0);
	assert_int_equal(trust_pins_count(p), 2);
	const struct trust_pin **pins = trust_pins_sorted(p);
	assert_int_equal(pins[0]->kind, TRUST_PIN_CUSTOMER);
	assert_int_equal(pins[0]->number, 8);
	assert_int_equal(pins[1]->kind, TRUST_PIN_COMPANY);
	mem_free(&pins);
	trust_pins_free(&p);
	trust_pins_free(&p);
}

/* Every pin is found with the root and one page; a change writes one page, or two when one was full. */
static void
test_many(void **state)
{
	enum { COUNT = 5000 };
	struct trust_pins *p = trust_pins_new(owner, pin_key), *q;
	struct trust_pin pin = some_pin(TRUST_PIN_COMPANY);
	struct kept k;
	uint32_t at;
	(void)state;
	kept_init(&k);
	put_some(p, COUNT - 1, TRUST_PIN_CUSTOMER);
	assert_int_equal(trust_pins_put(p, &pin), 0);
	assert_in_range(keep(&k, p), 16, 40);
	assert_int_equal(keep(&k, p), 0);
	size_t first = k.count;
	for (int i = 0; i < 400; i++) {
		size_t before = k.count;
		put_some(p, 1, TRUST_PIN_CUSTOMER);
		size_t written = keep(&k, p);
		assert_int_equal(written, k.count > before ? 2 : 1);
	}
	assert_true(k.count > first);
	q = open_root(&k);
	assert_int_equal(trust_pins_count(q), 0);
	assert_true(trust_pins_lacks(q, pin.kind, &pin.principal, &at));
	assert_int_equal(trust_pins_take(q, at, kept_page(&k, at)), 0);
	assert_false(trust_pins_lacks(q, pin.kind, &pin.principal, &at));
	assert_memory_equal(trust_pins_find(q, pin.kind, &pin.principal), &pin, sizeof(pin));
	/* changed with no other page at hand */
	pin.number++;
	assert_int_equal(trust_pins_put(q, &pin), 0);
	assert_int_equal(keep(&k, q), 1);
	trust_pins_free(&q);
	q = open_root(&k);
	assert_int_equal(take_all(&k, q), k.count);
	assert_int_equal(trust_pins_count(q), COUNT + 400);
	assert_int_equal(trust_pins_find(q, pin.kind, &pin.principal)->number, pin.number);
	trust_pins_free(&q);
	trust_pins_free(&p);
	kept_deinit(&k);
}

/* What a server can do with pages: show an old one, another one, none. */
static void
test_pages_do_not_mix(void **state)
{
	struct trust_pins *p = trust_pins_new(owner, pin_key), *q;
	struct kept k, old;
	(void)state;
	kept_init(&k);
	kept_init(&old);
	put_some(p, 2000, TRUST_PIN_CUSTOMER);
	(void)keep(&k, p);
	assert_true(k.count >= 2);
	for (size_t i = 0; i < k.count; i++)
		keep_page(&old, k.pages[i].at, buf_view(&k.pages[i].bytes));
	assert_int_equal(buf_append_view(&old.root, buf_view(&k.root)), 0);
	put_some(p, 100, TRUST_PIN_CUSTOMER);
	(void)keep(&k, p);
	uint32_t first = k.pages[0].at, second = k.pages[1].at;
	q = open_root(&k);
	assert_int_equal(trust_pins_take(q, first, kept_page(&old, first)), ERR_TRUST);
	assert_int_equal(trust_pins_take(q, first, kept_page(&k, second)), ERR_TRUST);
	assert_int_equal(trust_pins_take(q, first, view_of(NULL, 0)), ERR_TRUST);
	assert_int_equal(trust_pins_take(q, first + 1, kept_page(&k, first)), ERR_TRUST);
	assert_int_equal(trust_pins_take(q, first, kept_page(&k, first)), 0);
	trust_pins_free(&q);
	/* an old root is refused by its version, and a new page does not suit it */
	assert_int_equal(trust_pins_open(buf_view(&old.root), owner, 1, 2, pin_key, &q), ERR_TRUST);
	old.version = 1;
	q = open_root(&old);
	assert_int_equal(trust_pins_take(q, first, kept_page(&k, first)), ERR_TRUST);
	assert_int_equal(trust_pins_take(q, first, kept_page(&old, first)), 0);
	trust_pins_free(&q);
	trust_pins_free(&p);
	kept_deinit(&k);
	kept_deinit(&old);
}

/* Two clients at once made the same version: what the server refused does not suit the root that it took. */
static void
test_refused_page(void **state)
{
	struct trust_pins *p = trust_pins_new(owner, pin_key), *mine, *theirs;
	struct kept k, refused;
	(void)state;
	kept_init(&k);
	kept_init(&refused);
	put_some(p, 10, TRUST_PIN_CUSTOMER);
	(void)keep(&k, p);
	mine = open_root(&k);
	theirs = open_root(&k);
	(void)take_all(&k, mine);
	(void)take_all(&k, theirs);
	put_some(mine, 1, TRUST_PIN_CUSTOMER);
	put_some(theirs, 1, TRUST_PIN_CUSTOMER);
	refused.version = k.version;
	(void)keep(&refused, theirs);
	(void)keep(&k, mine);
	trust_pins_free(&mine);
	mine = open_root(&k);
	assert_int_equal(trust_pins_take(mine, 0, kept_page(&refused, 0)), ERR_TRUST);
	assert_int_equal(trust_pins_take(mine, 0, kept_page(&k, 0)), 0);
	trust_pins_free(&mine);
	trust_pins_free(&theirs);
	trust_pins_free(&p);
	kept_deinit(&k);
	kept_deinit(&refused);
}

/* Where a pin lies depends on the key: the server cannot tell whose page was asked for. */
static void
test_places_are_keyed(void **state)
{
	struct secret *other = secret_random(CRYPT_KEY_BYTES);
	struct trust_pins *p[2] = { trust_pins_new(owner, pin_key), trust_pins_new(owner, other) };
	size_t same = 0;
	(void)state;
	for (size_t i = 0; i < 2; i++)
		put_some(p[i], 4000, TRUST_PIN_CUSTOMER);
	for (size_t i = 0; i < 200; i++) {
		struct id id = id_random();
		uint32_t at[2];
		for (size_t k = 0; k < 2; k++)
			(void)trust_pins_lacks(p[k], TRUST_PIN_CUSTOMER, &id, &at[k]);
		same += at[0] == at[1];
	}
	assert_in_range(same, 0, 60);
	for (size_t i = 0; i < 2; i++)
		trust_pins_free(&p[i]);
	secret_free(&other);
}

static void
test_meet_account(void **state)
{
	struct cast *c = *state;
	struct trust_pins *p = trust_pins_new(owner, pin_key);
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

static const struct trust_pin *
only(const struct trust_pins *p)
{
	const struct trust_pin **pins = trust_pins_sorted(p), *pin = pins[0];
	assert_int_equal(trust_pins_count(p), 1);
	mem_free(&pins);
	return pin;
}

static void
test_meet_company(void **state)
{
	struct cast *c = *state, other;
	struct trust_pins *p = trust_pins_new(owner, pin_key);
	const struct hash *root = &c->company.root.fingerprint;
	enum trust_pin_verdict v;
	assert_int_equal(trust_pins_meet_company(p, &c->first, &c->anna.account.fingerprint, 5, &v), ERR_TRUST);
	assert_int_equal(trust_pins_count(p), 0);
	assert_int_equal(trust_pins_meet_company(p, &c->first, NULL, 5, &v), 0);
	assert_int_equal(v, TRUST_PIN_NEW);
	assert_false(only(p)->is_verified);
	/* a link that came later verifies what the directory said */
	assert_int_equal(trust_pins_meet_company(p, &c->first, root, 6, &v), 0);
	assert_int_equal(v, TRUST_PIN_SAME);
	assert_true(only(p)->is_verified);
	assert_int_equal(trust_pins_meet_company(p, &c->company, NULL, 7, &v), 0);
	assert_int_equal(v, TRUST_PIN_ADVANCED);
	assert_int_equal(only(p)->number, 2);
	assert_true(only(p)->is_verified);
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
	assert_int_equal(only(p)->source, TRUST_PIN_OWN);
	cast_deinit(&other);
	trust_pins_free(&p);
}

static void
test_meet_server(void **state)
{
	struct cast *c = *state;
	struct trust_pins *p = trust_pins_new(owner, pin_key);
	enum trust_pin_verdict v;
	assert_int_equal(trust_pins_meet_server(p, &c->anna.account.sign, 5, &v), 0);
	assert_int_equal(v, TRUST_PIN_NEW);
	assert_int_equal(trust_pins_meet_server(p, &c->anna.account.sign, 6, &v), 0);
	assert_int_equal(v, TRUST_PIN_SAME);
	assert_int_equal(trust_pins_meet_server(p, &c->olga.account.sign, 7, &v), ERR_TRUST);
	trust_pins_free(&p);
}

static struct cast cast;
static struct secret *kept_key;

static int
setup(void **state)
{
	*state = &cast;
	cast_init(&cast);
	owner = &cast.anna.account.account;
	kept_key = trust_wrap_pin_key(&cast.anna.account, &cast.anna.keys);
	pin_key = kept_key;
	return 0;
}

static int
teardown(void **state)
{
	cast_deinit(*state);
	secret_free(&kept_key);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_and_open),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_pages_do_not_mix),
		cmocka_unit_test(test_refused_page),
		cmocka_unit_test(test_places_are_keyed),
		cmocka_unit_test(test_meet_account),
		cmocka_unit_test(test_meet_company),
		cmocka_unit_test(test_meet_server),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
