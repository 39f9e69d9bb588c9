/* SPDX-License-Identifier: MIT */
/* Invitations, links, fingerprints, signed actions. */
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
#include "trust/action.h"
#include "trust/cast.h"
#include "trust/fingerprint.h"
#include "trust/invitation.h"
#include "trust/link.h"

static void
test_invitation(void **state)
{
	struct cast *c = *state;
	struct secret *secret = trust_invitation_secret(), *other = trust_invitation_secret();
	struct trust_invitation i = { id_random(), c->company.root.company, c->company.root.fingerprint, TRUST_ROLE_AGENT };
	struct hash mac = trust_invitation_mac(&i, secret, &c->axel.account);
	assert_int_equal(trust_invitation_check(&i, secret, &c->axel.account, &mac), 0);
	/* the server's own keys, another secret, a better role, another root, another invitation */
	assert_int_equal(trust_invitation_check(&i, secret, &c->rita.account, &mac), ERR_TRUST);
	assert_int_equal(trust_invitation_check(&i, other, &c->axel.account, &mac), ERR_TRUST);
	struct trust_invitation x = i;
	x.role = TRUST_ROLE_OWNER;
	assert_int_equal(trust_invitation_check(&x, secret, &c->axel.account, &mac), ERR_TRUST);
	x = i;
	x.root.bytes[31] ^= 1;
	assert_int_equal(trust_invitation_check(&x, secret, &c->axel.account, &mac), ERR_TRUST);
	x = i;
	x.invitation = id_random();
	assert_int_equal(trust_invitation_check(&x, secret, &c->axel.account, &mac), ERR_TRUST);
	x = i;
	x.company = id_random();
	assert_int_equal(trust_invitation_check(&x, secret, &c->axel.account, &mac), ERR_TRUST);
	mac.bytes[0] ^= 1;
	assert_int_equal(trust_invitation_check(&i, secret, &c->axel.account, &mac), ERR_TRUST);
	secret_free(&secret);
	secret_free(&other);
}

static void
test_customer_link(void **state)
{
	struct cast *c = *state;
	struct trust_link link = { .host = "provision.example:8443", .slug = "kanzlei-2", .root = c->company.root.fingerprint }, again;
	struct buf out;
	buf_init(&out, TRUST_LINK_MAX);
	assert_int_equal(trust_link_make(&link, &out), 0);
	assert_true(view_starts(buf_view(&out), VIEW_LIT("https://provision.example:8443/i/kanzlei-2#")));
	assert_int_equal(trust_link_parse(buf_view(&out), &again), 0);
	assert_string_equal(again.host, link.host);
	assert_string_equal(again.slug, link.slug);
	assert_false(again.is_member);
	assert_true(crypt_hash_equal(&again.root, &link.root));
	trust_link_deinit(&again);
	buf_deinit(&out);
}

static void
test_personal_link(void **state)
{
	struct cast *c = *state;
	struct trust_link link = {
		.host = "localhost", .slug = "k", .root = c->company.root.fingerprint, .is_personal = true,
		.invitation = id_random(), .secret = trust_invitation_secret(),
	}, again;
	struct id other = id_random();
	struct buf out;
	buf_init(&out, TRUST_LINK_MAX);
	assert_int_equal(trust_link_make(&link, &out), 0);
	assert_true(view_starts(buf_view(&out), VIEW_LIT("https://localhost/i/k/")));
	assert_int_equal(trust_link_parse(buf_view(&out), &again), 0);
	assert_true(again.is_personal && !again.is_member);
	assert_true(id_equal(&again.invitation, &link.invitation));
	assert_true(crypt_equal(secret_view(again.secret), secret_view(link.secret)));
	assert_true(crypt_hash_equal(&again.root, &link.root));
	/* the token is the invitation's own */
	struct secret *token = trust_invitation_token(&link.invitation, link.secret);
	struct secret *same = trust_invitation_token(&again.invitation, again.secret);
	struct secret *foreign = trust_invitation_token(&other, link.secret);
	assert_true(crypt_equal(secret_view(token), secret_view(same)));
	assert_false(crypt_equal(secret_view(token), secret_view(foreign)));
	secret_free(&token);
	secret_free(&same);
	secret_free(&foreign);
	trust_link_deinit(&again);
	trust_link_deinit(&link);
	buf_wipe(&out);
	buf_deinit(&out);
}

static void
test_member_link(void **state)
{
	struct cast *c = *state;
	struct trust_link link = {
		.host = "localhost", .slug = "k", .root = c->company.root.fingerprint, .is_member = true,
		.invitation = id_random(), .role = TRUST_ROLE_OWNER, .secret = trust_invitation_secret(),
	}, again;
	struct buf out;
	buf_init(&out, TRUST_LINK_MAX);
	assert_int_equal(buf_append_str(&out, " \n"), 0);
	assert_int_equal(trust_link_make(&link, &out), 0);
	assert_int_equal(buf_append_str(&out, "\r\n"), 0);
	assert_int_equal(trust_link_parse(buf_view(&out), &again), 0);
	assert_true(again.is_member);
	assert_true(id_equal(&again.invitation, &link.invitation));
	assert_int_equal(again.role, TRUST_ROLE_OWNER);
	assert_true(crypt_equal(secret_view(again.secret), secret_view(link.secret)));
	assert_true(crypt_hash_equal(&again.root, &link.root));
	trust_link_deinit(&again);
	trust_link_deinit(&link);
	buf_wipe(&out);
	buf_deinit(&out);
}

#define FP "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq"
#define ID "aaaqeayeaudaocajbifqydiob4"

static void
test_bad_links(void **state)
{
	static const char *const bad[] = {
		"", "https://", "http://h/i/s#" FP, "https:///i/s#" FP, "https://h/i/s#", "https://h/i/s" FP, "https://h/i/#" FP,
		"https://h/i/-s#" FP, "https://h/i/S#" FP, "https://H/i/s#" FP, "https://h:/i/s#" FP, "https://h:0/i/s#" FP,
		"https://h:65536/i/s#" FP, "https://u@h/i/s#" FP, "https://h/j/s#" FP, "https://h/i/s#" FP "a",
		"https://h/i/s#Aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq", "https://h/i/s/x#" FP, "https://h/i/s?x#" FP,
		"https://h/m/s#" FP, "https://h/m/s/" ID "#" FP, "https://h/m/s/" ID "#agent." ID, "https://h/m/s/" ID "#agent." FP,
		"https://h/m/s/" ID "#boss." ID "." FP, "https://h/m/s/" ID "#agent." ID "." FP ".", "https://h/m/s/#agent." ID "." FP,
		"https://h/m/s/" ID "#agent.." FP,
	};
	struct trust_link link = { .is_member = false };
	(void)state;
	assert_int_equal(trust_link_parse(VIEW_LIT("https://h/i/s#" FP), &link), 0);
	assert_int_equal(trust_link_parse(VIEW_LIT("https://h/m/s/" ID "#agent." ID "." FP), &link), 0);
	trust_link_deinit(&link);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (trust_link_parse(view_str(bad[i]), &link) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	char *long_one = mem_printf("https://h/i/%0600d#" FP, 0);
	assert_int_equal(trust_link_parse(view_str(long_one), &link), ERR_SYNTAX);
	mem_free(&long_one);
	assert_null(link.secret);
}

static void
test_fingerprint(void **state)
{
	struct cast *c = *state;
	struct hash h, counting;
	for (size_t i = 0; i < sizeof(counting.bytes); i++)
		counting.bytes[i] = (uint8_t)i;
	struct trust_fingerprint_text one = trust_fingerprint_text(&counting), grouped = trust_fingerprint_grouped(&counting);
	assert_string_equal(one.s, FP);
	assert_string_equal(grouped.s, "aaaq eaye auda ocaj bifq ydio b4ib ceqt cqkr mfyy denb wha5 dypq");
	assert_int_equal(trust_fingerprint_parse(view_str(grouped.s), &h), 0);
	assert_true(crypt_hash_equal(&h, &counting));
	assert_int_equal(trust_fingerprint_parse(VIEW_LIT("AAAQ-EAYEaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5DYPQ "), &h), 0);
	assert_true(crypt_hash_equal(&h, &counting));
	assert_int_equal(trust_fingerprint_parse(VIEW_LIT(""), &h), ERR_SYNTAX);
	assert_int_equal(trust_fingerprint_parse(VIEW_LIT(FP "a"), &h), ERR_SYNTAX);
	assert_int_equal(trust_fingerprint_parse(view_of(FP, 51), &h), ERR_SYNTAX);
	/* the last character has bits to spare, which must be zero */
	assert_int_equal(trust_fingerprint_parse(VIEW_LIT("aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypr"), &h), ERR_SYNTAX);
	struct hash a = trust_fingerprint_of_server(&c->anna.account.sign), b = trust_fingerprint_of_server(&c->olga.account.sign);
	assert_false(crypt_hash_equal(&a, &b));
}

static void
test_action(void **state)
{
	struct cast *c = *state;
	uint8_t nonce[TRUST_ACTION_NONCE_BYTES];
	struct signature sig;
	crypt_random(nonce, sizeof(nonce));
	const struct trust_action good = {
		VIEW_LIT("subscription-end"), c->anna.account.account, id_random(), view_of(nonce, sizeof(nonce)), VIEW_LIT("p"),
	};
	const struct sign_public *key = &c->anna.account.sign;
	assert_int_equal(trust_action_sign(&good, c->anna.keys.sign, &sig), 0);
	assert_int_equal(trust_action_verify(&good, key, &sig), 0);
	assert_int_equal(trust_action_verify(&good, &c->olga.account.sign, &sig), ERR_CRYPTO);
	struct trust_action x = good;
	x.name = VIEW_LIT("account-delete");
	assert_int_equal(trust_action_verify(&x, key, &sig), ERR_CRYPTO);
	x = good;
	x.account = id_random();
	assert_int_equal(trust_action_verify(&x, key, &sig), ERR_CRYPTO);
	x = good;
	x.subject = id_random();
	assert_int_equal(trust_action_verify(&x, key, &sig), ERR_CRYPTO);
	x = good;
	x.parameters = VIEW_LIT("q");
	assert_int_equal(trust_action_verify(&x, key, &sig), ERR_CRYPTO);
	x = good;
	x.nonce = view_of(nonce, sizeof(nonce) - 1);
	assert_int_equal(trust_action_verify(&x, key, &sig), ERR_SYNTAX);
	x.nonce = good.nonce;
	nonce[5] ^= 1;
	assert_int_equal(trust_action_verify(&x, key, &sig), ERR_CRYPTO);
	static const char *const bad_names[] = { "", "End", "a b", "abcdefghijklmnopqrstuvwxyzabcdefg" };
	for (size_t i = 0; i < 4; i++) {
		x.name = view_str(bad_names[i]);
		assert_int_equal(trust_action_sign(&x, c->anna.keys.sign, &sig), ERR_SYNTAX);
	}
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
		cmocka_unit_test(test_invitation),
		cmocka_unit_test(test_customer_link),
		cmocka_unit_test(test_personal_link),
		cmocka_unit_test(test_member_link),
		cmocka_unit_test(test_bad_links),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_action),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
