/* SPDX-License-Identifier: MIT */
/* Company: root, epochs, certificates, sealed keys. Removed members, swapped companies, rollback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/equal.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "crypt/recovery.h"
#include "trust/cast.h"
#include "trust/sealed.h"

static int
root_parses(void *arg, struct view bytes)
{
	struct trust_root root;
	(void)arg;
	return trust_root_parse(bytes, &root);
}

static int
epoch_parses(void *arg, struct view bytes)
{
	struct trust_epoch epoch;
	return trust_epoch_parse(bytes, arg, &epoch);
}

static int
certificate_parses(void *arg, struct view bytes)
{
	struct trust_certificate certificate;
	return trust_certificate_parse(bytes, arg, &certificate);
}

static void
test_no_byte_may_change(void **state)
{
	struct cast *c = *state;
	assert_int_equal(c->root.len, 126);
	assert_int_equal(c->epochs[0].len, 258);
	expect_no_change_passes(buf_view(&c->root), root_parses, NULL);
	expect_no_change_passes(buf_view(&c->epochs[0]), epoch_parses, &c->company.root);
	expect_no_change_passes(buf_view(&c->epochs[1]), epoch_parses, &c->company.root);
	expect_no_change_passes(buf_view(&c->olga.certificate), certificate_parses, &c->company.root);
}

static void
test_chain(void **state)
{
	struct cast *c = *state;
	struct trust_company company;
	struct view one = buf_view(&c->epochs[0]), two = buf_view(&c->epochs[1]), root = buf_view(&c->root);
	assert_int_equal(trust_company_load(root, (struct view[]){ one, two }, 2, &company), 0);
	assert_int_equal(trust_company_current(&company)->number, 2);
	assert_int_equal(trust_company_epoch(&company, 1)->number, 1);
	assert_null(trust_company_epoch(&company, 0));
	assert_null(trust_company_epoch(&company, 3));
	/* old epochs may be gone from the list */
	assert_int_equal(trust_company_load(root, (struct view[]){ two }, 1, &company), 0);
	assert_null(trust_company_epoch(&company, 1));
	assert_int_equal(trust_company_load(root, (struct view[]){ two, one }, 2, &company), ERR_TRUST);
	assert_int_equal(trust_company_load(root, (struct view[]){ one, one }, 2, &company), ERR_TRUST);
	assert_int_equal(trust_company_load(root, NULL, 0, &company), ERR_LIMIT);
	struct view many[TRUST_EPOCHS_MAX + 1];
	for (size_t i = 0; i <= TRUST_EPOCHS_MAX; i++)
		many[i] = one;
	assert_int_equal(trust_company_load(root, many, TRUST_EPOCHS_MAX + 1, &company), ERR_LIMIT);
}

/* A second epoch 2 by the same root (a removed owner's copy of it) does not hang on the same chain as a third. */
static void
test_forks(void **state)
{
	struct cast *c = *state;
	struct trust_keys keys;
	struct trust_epoch fork, third;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_epoch_make(&c->company.root, c->root_private, &c->company.epochs[0], NULL, CAST_NOW + 1, &keys, &out), 0);
	assert_int_equal(trust_epoch_parse(buf_view(&out), &c->company.root, &fork), 0);
	assert_int_equal(trust_epoch_follows(&fork, &c->company.epochs[0]), 0);
	trust_keys_deinit(&keys);
	buf_clear(&out);
	assert_int_equal(trust_epoch_make(&c->company.root, c->root_private, &fork, NULL, CAST_NOW + 2, &keys, &out), 0);
	assert_int_equal(trust_epoch_parse(buf_view(&out), &c->company.root, &third), 0);
	assert_int_equal(trust_epoch_follows(&third, &c->company.epochs[1]), ERR_TRUST);
	trust_keys_deinit(&keys);
	buf_clear(&out);
	/* a clock that went back */
	assert_int_equal(trust_epoch_make(&c->company.root, c->root_private, &fork, NULL, 1, &keys, &out), 0);
	assert_int_equal(trust_epoch_parse(buf_view(&out), &c->company.root, &third), 0);
	assert_int_equal(third.created_ms, fork.created_ms);
	trust_keys_deinit(&keys);
	buf_deinit(&out);
}

/* An owner goes: the new root's epoch names the former root's last one, and nothing can be added to the former chain. */
static void
test_root_change(void **state)
{
	struct cast *c = *state;
	struct secret *private = NULL;
	struct trust_keys keys, forged_keys;
	struct trust_root root;
	struct trust_company now;
	struct trust_certificate old;
	struct buf root_bytes, epoch, forged;
	buf_init(&root_bytes, TRUST_STATEMENT_MAX);
	buf_init(&epoch, TRUST_STATEMENT_MAX);
	buf_init(&forged, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_root_make(&c->company.root.company, CAST_NOW + 10, &private, &root_bytes), 0);
	assert_int_equal(trust_root_parse(buf_view(&root_bytes), &root), 0);
	assert_int_equal(trust_epoch_make(&root, private, &c->company.epochs[1], NULL, CAST_NOW + 10, &keys, &epoch), 0);
	const struct view former = buf_view(&c->root);
	const struct view list[] = { buf_view(&c->epochs[0]), buf_view(&c->epochs[1]), buf_view(&epoch) };
	assert_int_equal(trust_company_load_former(buf_view(&root_bytes), &former, 1, list, 3, &now), 0);
	assert_int_equal(trust_company_current(&now)->number, 3);
	assert_non_null(trust_company_root(&now, &c->company.root.fingerprint));
	/* what was signed before still counts, nothing after */
	assert_int_equal(trust_certificate_parse_of(buf_view(&c->olga.certificate), &now, &old), 0);
	assert_int_equal(trust_certificate_check(&old, &now, CAST_NOW + 9), 0);
	assert_int_equal(trust_certificate_check(&old, &now, CAST_NOW + 10), ERR_TRUST);
	/* without the former root, with it as the current one, with one that no epoch names */
	assert_int_equal(trust_company_load(buf_view(&root_bytes), list, 3, &now), ERR_TRUST);
	assert_int_equal(trust_company_load(former, list, 3, &now), ERR_TRUST);
	assert_int_equal(trust_company_load_former(buf_view(&root_bytes), &former, 1, list + 2, 1, &now), ERR_TRUST);
	/* the old root signs one more: it is not in the chain */
	assert_int_equal(trust_epoch_make(&c->company.root, c->root_private, &c->company.epochs[1], NULL, CAST_NOW + 5, &forged_keys,
	    &forged), 0);
	const struct view longer[] = { list[0], list[1], buf_view(&forged), list[2] };
	assert_int_equal(trust_company_load_former(buf_view(&root_bytes), &former, 1, longer, 4, &now), ERR_TRUST);
	trust_keys_deinit(&keys);
	trust_keys_deinit(&forged_keys);
	secret_free(&private);
	buf_deinit(&root_bytes);
	buf_deinit(&epoch);
	buf_deinit(&forged);
}

static void
test_other_company(void **state)
{
	struct cast *c = *state, other;
	struct trust_keys keys;
	struct trust_epoch epoch;
	struct trust_certificate certificate;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	cast_init(&other);
	assert_int_equal(trust_epoch_parse(buf_view(&other.epochs[0]), &c->company.root, &epoch), ERR_TRUST);
	assert_int_equal(trust_certificate_parse(buf_view(&other.olga.certificate), &c->company.root, &certificate), ERR_TRUST);
	assert_int_equal(trust_epoch_make(&c->company.root, other.root_private, NULL, NULL, CAST_NOW, &keys, &out), ERR_TRUST);
	assert_int_equal(trust_epoch_make(&c->company.root, c->root_private, &other.company.epochs[0], NULL, CAST_NOW, &keys, &out),
	    ERR_TRUST);
	assert_int_equal(trust_certificate_make(&c->company, other.root_private, &c->anna.account, TRUST_ROLE_AGENT,
	    VIEW_LIT("x"), CAST_NOW, &out), ERR_TRUST);
	/* the company's id copied into a root of one's own */
	struct trust_root fake = other.company.root;
	fake.company = c->company.root.company;
	assert_int_equal(trust_epoch_parse(buf_view(&c->epochs[0]), &fake, &epoch), ERR_TRUST);
	cast_deinit(&other);
	buf_deinit(&out);
}

static void
test_certificate(void **state)
{
	struct cast *c = *state;
	struct trust_certificate olga, rita;
	assert_int_equal(trust_certificate_parse(buf_view(&c->olga.certificate), &c->company.root, &olga), 0);
	assert_int_equal(trust_certificate_parse(buf_view(&c->rita.certificate), &c->company.root, &rita), 0);
	assert_string_equal(olga.display_name, "Olga Ohm");
	assert_int_equal(olga.role, TRUST_ROLE_OWNER);
	assert_int_equal(olga.epoch, 2);
	assert_int_equal(trust_certificate_is_for(&olga, &c->olga.account), 0);
	assert_int_equal(trust_certificate_is_for(&olga, &c->rita.account), ERR_TRUST);
	assert_int_equal(trust_certificate_check(&olga, &c->company, CAST_NOW), 0);
	assert_int_equal(trust_certificate_check(&olga, &c->company, CAST_NOW - 1), ERR_TRUST);
	/* an older epoch signs nothing new */
	assert_int_equal(trust_certificate_check(&rita, &c->company, CAST_NOW - 1), 0);
	assert_int_equal(trust_certificate_check(&rita, &c->company, CAST_NOW), ERR_TRUST);
	assert_int_equal(trust_certificate_check(&rita, &c->company, CAST_NOW - 5001), ERR_TRUST);
	assert_int_equal(trust_certificate_check(&rita, &c->first, CAST_NOW + 1), 0);
	/* one from the future of this list */
	assert_int_equal(trust_certificate_check(&olga, &c->first, CAST_NOW), ERR_TRUST);
}

static void
test_certificate_refusals(void **state)
{
	struct cast *c = *state;
	char long_name[TRUST_DISPLAY_NAME_MAX + 1];
	struct buf out;
	buf_init(&out, TRUST_CERTIFICATE_MAX);
	memset(long_name, 'x', sizeof(long_name));
	const struct view bad[] = {
		VIEW_LIT(""), VIEW_LIT("a\nb"), VIEW_LIT("\xff"), VIEW_LIT("a\0b"), view_of(long_name, sizeof(long_name)),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(trust_certificate_make(&c->company, c->root_private, &c->anna.account, TRUST_ROLE_AGENT, bad[i],
		    CAST_NOW, &out), ERR_SYNTAX);
	assert_int_equal(trust_certificate_make(&c->company, c->root_private, &c->anna.account, (enum trust_role)3,
	    VIEW_LIT("x"), CAST_NOW, &out), ERR_SYNTAX);
	assert_int_equal(trust_certificate_make(&c->company, c->root_private, &c->anna.account, TRUST_ROLE_AGENT,
	    view_of(long_name, TRUST_DISPLAY_NAME_MAX), CAST_NOW, &out), 0);
	struct trust_certificate certificate;
	assert_int_equal(trust_certificate_parse(buf_view(&out), &c->company.root, &certificate), 0);
	assert_int_equal(strlen(certificate.display_name), TRUST_DISPLAY_NAME_MAX);
	buf_deinit(&out);
}

static int
epoch_opens(void *arg, struct view bytes)
{
	struct cast *c = arg;
	struct trust_keys keys;
	int err = trust_sealed_open_epoch(&c->company.epochs[1], bytes, &c->axel.keys, &keys);
	if (err == 0)
		trust_keys_deinit(&keys);
	return err;
}

static void
test_sealed_epoch(void **state)
{
	struct cast *c = *state;
	struct trust_certificate axel;
	struct trust_keys keys;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_certificate_parse(buf_view(&c->axel.certificate), &c->company.root, &axel), 0);
	assert_int_equal(trust_sealed_epoch(&c->company.epochs[1], &c->epoch_keys[0], &axel, &out), ERR_TRUST);
	assert_int_equal(trust_sealed_epoch(&c->company.epochs[1], &c->epoch_keys[1], &axel, &out), 0);
	assert_int_equal(trust_sealed_open_epoch(&c->company.epochs[1], buf_view(&out), &c->axel.keys, &keys), 0);
	assert_true(crypt_equal(secret_view(keys.seal), secret_view(c->epoch_keys[1].seal)));
	trust_keys_deinit(&keys);
	expect_no_change_passes(buf_view(&out), epoch_opens, c);
	assert_int_equal(trust_sealed_open_epoch(&c->company.epochs[1], buf_view(&out), &c->olga.keys, &keys), ERR_CRYPTO);
	assert_int_equal(trust_sealed_open_epoch(&c->company.epochs[0], buf_view(&out), &c->axel.keys, &keys), ERR_TRUST);
	buf_deinit(&out);
}

static void
test_sealed_root(void **state)
{
	struct cast *c = *state;
	struct trust_certificate axel, olga;
	struct secret *private = NULL;
	struct trust_keys keys;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_certificate_parse(buf_view(&c->axel.certificate), &c->company.root, &axel), 0);
	assert_int_equal(trust_certificate_parse(buf_view(&c->olga.certificate), &c->company.root, &olga), 0);
	assert_int_equal(trust_sealed_root(&c->company.root, c->root_private, &axel, &out), ERR_DENIED);
	assert_int_equal(trust_sealed_root(&c->company.root, c->axel.keys.sign, &olga, &out), ERR_TRUST);
	assert_int_equal(trust_sealed_root(&c->company.root, c->root_private, &olga, &out), 0);
	assert_int_equal(trust_sealed_open_root(&c->company.root, buf_view(&out), &c->olga.keys, &private), 0);
	assert_true(crypt_equal(secret_view(private), secret_view(c->root_private)));
	secret_free(&private);
	assert_int_equal(trust_sealed_open_root(&c->company.root, buf_view(&out), &c->axel.keys, &private), ERR_CRYPTO);
	/* a root's box is no epoch's */
	assert_int_equal(trust_sealed_open_epoch(&c->company.epochs[1], buf_view(&out), &c->olga.keys, &keys), ERR_TRUST);
	buf_deinit(&out);
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

/* Sixty epochs, of which a client is shown the last 32: it goes back page by page, by hashes alone. */
static void
test_past(void **state)
{
	struct cast *c = *state;
	struct buf statements[60];
	struct view all[60], root = buf_view(&c->root);
	struct trust_epoch before;
	struct trust_company company;
	struct trust_past *past = mem_alloc(2 * sizeof(*past));
	struct trust_keys keys;
	for (size_t i = 0; i < 60; i++) {
		buf_init(&statements[i], TRUST_STATEMENT_MAX);
		assert_int_equal(trust_epoch_make(&c->company.root, c->root_private, i == 0 ? NULL : &before, NULL, CAST_NOW + i, &keys,
		    &statements[i]), 0);
		trust_keys_deinit(&keys);
		all[i] = buf_view(&statements[i]);
		assert_int_equal(trust_epoch_parse(all[i], &c->company.root, &before), 0);
	}
	assert_int_equal(trust_company_load(root, all + 28, 32, &company), 0);
	assert_null(trust_company_epoch(&company, 28));
	/* not right before, none, another company's root, or no root */
	assert_int_equal(trust_company_load_past(&company, &root, 1, all + 4, 23, &past[0]), ERR_TRUST);
	assert_int_equal(trust_company_load_past(&company, &root, 1, all, 0, &past[0]), ERR_LIMIT);
	assert_int_equal(trust_company_load_past(&company, NULL, 0, all + 4, 24, &past[0]), ERR_TRUST);
	/* a fork that the same root has signed */
	assert_int_equal(trust_company_epoch(&company, 29)->number, 29);
	struct view forked[2] = { all[26], buf_view(&c->epochs[1]) };
	assert_int_equal(trust_company_load_past(&company, &root, 1, forked, 2, &past[0]), ERR_TRUST);
	assert_int_equal(trust_company_load_past(&company, &root, 1, all + 4, 24, &past[0]), 0);
	company.past = &past[0];
	assert_int_equal(trust_company_oldest(&company)->number, 5);
	assert_int_equal(trust_company_epoch(&company, 5)->number, 5);
	assert_int_equal(trust_company_epoch(&company, 28)->number, 28);
	assert_int_equal(trust_company_epoch(&company, 60)->number, 60);
	assert_null(trust_company_epoch(&company, 4));
	assert_int_equal(trust_company_load_past(&company, &root, 1, all, 4, &past[1]), 0);
	company.past = &past[1];
	assert_int_equal(trust_company_oldest(&company)->number, 1);
	/* the page's last one is followed by the first of the page after it */
	assert_int_equal(trust_company_epoch(&company, 5)->created_ms, CAST_NOW + 4);
	assert_null(trust_company_epoch(&company, 6));
	for (size_t i = 0; i < 60; i++)
		buf_deinit(&statements[i]);
	mem_free(&past);
}

static int
recovery_parses(void *arg, struct view changed)
{
	struct trust_recovery recovery;
	(void)arg;
	return trust_recovery_parse(changed, &recovery);
}

/* The current epoch says which recovery key there is: another one, an old one and none are told. */
static void
test_recovery(void **state)
{
	struct cast *c = *state;
	struct secret *wrong = secret_random(CRYPT_RECOVERY_BYTES);
	struct view statement = buf_view(&c->code_statement), none = view_of(NULL, 0);
	struct trust_recovery recovery;
	struct trust_keys keys;
	struct buf other;
	expect_no_change_passes(statement, recovery_parses, NULL);
	assert_int_equal(trust_recovery_check(&c->company, statement, &recovery), 0);
	assert_true(crypt_hash_equal(&recovery.root, &c->company.root.fingerprint));
	assert_int_equal(trust_recovery_owns(&recovery, &c->code_keys), 0);
	assert_int_equal(trust_recovery_check(&c->company, none, &recovery), ERR_TRUST);
	assert_int_equal(trust_recovery_check(&c->first, none, &recovery), ERR_NOT_FOUND);
	assert_int_equal(trust_recovery_check(&c->first, statement, &recovery), ERR_TRUST);
	trust_recovery_keys(wrong, &c->company.root.company, &keys);
	assert_int_equal(trust_recovery_owns(&recovery, &keys), ERR_TRUST);
	buf_init(&other, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_recovery_make(&c->company.root, &keys, CAST_NOW, &other), 0);
	assert_int_equal(trust_recovery_check(&c->company, buf_view(&other), &recovery), ERR_TRUST);
	trust_keys_deinit(&keys);
	/* the same code stands for other keys at another company */
	struct id elsewhere = id_random();
	trust_recovery_keys(c->code, &elsewhere, &keys);
	assert_int_equal(trust_recovery_owns(&c->recovery, &keys), ERR_TRUST);
	trust_keys_deinit(&keys);
	secret_free(&wrong);
	buf_deinit(&other);
}

static void
test_sealed_to_code(void **state)
{
	struct cast *c = *state;
	const struct trust_epoch *current = trust_company_current(&c->company);
	struct secret *root;
	struct trust_keys keys;
	struct buf out, again;
	buf_init(&out, TRUST_STATEMENT_MAX);
	buf_init(&again, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_sealed_root_to(&c->company.root, c->root_private, &c->recovery.seal, &out), 0);
	assert_int_equal(trust_sealed_open_root(&c->company.root, buf_view(&out), &c->code_keys, &root), 0);
	assert_int_equal(trust_sealed_open_root(&c->company.root, buf_view(&out), &c->olga.keys, &root), ERR_CRYPTO);
	secret_free(&root);
	/* a root is no epoch */
	assert_int_equal(trust_sealed_again(&current->company, buf_view(&out), &c->code_keys, &current->seal, &again), ERR_TRUST);
	/* an older epoch goes from key to key */
	buf_clear(&out);
	assert_int_equal(trust_sealed_epoch_to(&c->company.epochs[0], &c->epoch_keys[1], &current->seal, &out), ERR_TRUST);
	assert_int_equal(trust_sealed_epoch_to(&c->company.epochs[0], &c->epoch_keys[0], &current->seal, &out), 0);
	assert_int_equal(trust_sealed_again(&current->company, buf_view(&out), &c->olga.keys, &c->recovery.seal, &again), ERR_CRYPTO);
	assert_int_equal(trust_sealed_again(&c->axel.account.account, buf_view(&out), &c->epoch_keys[1], &c->recovery.seal, &again),
	    ERR_TRUST);
	assert_int_equal(trust_sealed_again(&current->company, buf_view(&out), &c->epoch_keys[1], &c->recovery.seal, &again), 0);
	assert_int_equal(trust_sealed_open_epoch(&c->company.epochs[0], buf_view(&again), &c->code_keys, &keys), 0);
	trust_keys_deinit(&keys);
	buf_deinit(&out);
	buf_deinit(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_byte_may_change),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_forks),
		cmocka_unit_test(test_other_company),
		cmocka_unit_test(test_root_change),
		cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_certificate_refusals),
		cmocka_unit_test(test_sealed_epoch),
		cmocka_unit_test(test_sealed_root),
		cmocka_unit_test(test_past),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_sealed_to_code),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
