/* SPDX-License-Identifier: MIT */
/*
 * People for tests, and the change test. Linked into the tests of trust/, package/ and the vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/random.h"
#include "crypt/recovery.h"
#include "trust/cast.h"

void
cast_person_init(struct cast_person *p)
{
	struct id id = id_random();
	memset(p, 0, sizeof(*p));
	buf_init(&p->statement, TRUST_STATEMENT_MAX);
	buf_init(&p->certificate, TRUST_CERTIFICATE_MAX);
	assert_int_equal(trust_account_make(&id, 1, CAST_NOW - 20000, &p->keys, &p->statement), 0);
	assert_int_equal(trust_account_parse(buf_view(&p->statement), &p->account), 0);
}

void
cast_person_deinit(struct cast_person *p)
{
	trust_keys_deinit(&p->keys);
	buf_deinit(&p->statement);
	buf_deinit(&p->certificate);
}

static void
certify(struct cast *c, const struct trust_company *company, struct cast_person *p, enum trust_role role, const char *name)
{
	uint64_t when = company == &c->first ? CAST_NOW - 5000 : CAST_NOW;
	buf_clear(&p->certificate);
	assert_int_equal(trust_certificate_make(company, c->root_private, &p->account, role, view_str(name), when,
	    &p->certificate), 0);
}

void
cast_init(struct cast *c)
{
	struct id id = id_random();
	struct trust_root root;
	memset(c, 0, sizeof(*c));
	cast_person_init(&c->anna);
	cast_person_init(&c->olga);
	cast_person_init(&c->axel);
	cast_person_init(&c->rita);
	buf_init(&c->root, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_root_make(&id, CAST_NOW - 10000, &c->root_private, &c->root), 0);
	assert_int_equal(trust_root_parse(buf_view(&c->root), &root), 0);
	c->code = secret_random(CRYPT_RECOVERY_BYTES);
	trust_recovery_keys(c->code, &id, &c->code_keys);
	buf_init(&c->code_statement, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_recovery_make(&root, &c->code_keys, CAST_NOW - 500, &c->code_statement), 0);
	assert_int_equal(trust_recovery_parse(buf_view(&c->code_statement), &c->recovery), 0);
	for (size_t i = 0; i < 2; i++) {
		buf_init(&c->epochs[i], TRUST_STATEMENT_MAX);
		assert_int_equal(trust_epoch_make(&root, c->root_private, i == 0 ? NULL : &c->first.epochs[0],
		    i == 0 ? NULL : &c->recovery.fingerprint, i == 0 ? CAST_NOW - 9000 : CAST_NOW, &c->epoch_keys[i], &c->epochs[i]), 0);
		struct view list[2] = { buf_view(&c->epochs[0]), buf_view(&c->epochs[1]) };
		struct trust_company *company = i == 0 ? &c->first : &c->company;
		assert_int_equal(trust_company_load(buf_view(&c->root), list, i + 1, company), 0);
	}
	certify(c, &c->first, &c->rita, TRUST_ROLE_OWNER, "Rita R\xc3\xb6hl");
	certify(c, &c->company, &c->olga, TRUST_ROLE_OWNER, "Olga Ohm");
	certify(c, &c->company, &c->axel, TRUST_ROLE_AGENT, "Axel Abt");
}

void
cast_deinit(struct cast *c)
{
	cast_person_deinit(&c->anna);
	cast_person_deinit(&c->olga);
	cast_person_deinit(&c->axel);
	cast_person_deinit(&c->rita);
	secret_free(&c->root_private);
	buf_deinit(&c->root);
	secret_free(&c->code);
	trust_keys_deinit(&c->code_keys);
	buf_deinit(&c->code_statement);
	for (size_t i = 0; i < 2; i++) {
		buf_deinit(&c->epochs[i]);
		trust_keys_deinit(&c->epoch_keys[i]);
	}
}

void
expect_no_change_passes(struct view bytes, int (*check)(void *arg, struct view changed), void *arg)
{
	uint8_t *copy = mem_alloc(bytes.len + 1);
	assert_int_equal(check(arg, bytes), 0);
	for (size_t i = 0; i < bytes.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(copy, bytes.data, bytes.len);
			copy[i] ^= (uint8_t)(1U << bit);
			if (check(arg, view_of(copy, bytes.len)) == 0)
				fail_msg("bit %u of byte %zu may change", bit, i);
		}
	for (size_t len = 0; len < bytes.len; len++) {
		/* a copy of exactly this size, so that memory checkers see reads beyond */
		uint8_t *part = mem_dup(bytes.data, len);
		if (check(arg, view_of(part, len)) == 0)
			fail_msg("%zu of %zu bytes are enough", len, bytes.len);
		mem_free(&part);
	}
	memcpy(copy, bytes.data, bytes.len);
	copy[bytes.len] = 0;
	if (check(arg, view_of(copy, bytes.len + 1)) == 0)
		fail_msg("a byte more passes");
	mem_free(&copy);
}
