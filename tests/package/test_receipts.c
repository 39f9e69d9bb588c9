/* SPDX-License-Identifier: MIT */
/*
 * Who can make a receipt or a withdrawal, and who cannot: the sender, a member without the epoch's key, a removed member, the server
 * alone; and what is
 * kept of a package, and receipts as files. C6, C7.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/init.h"
#include "package/kept.h"
#include "package/keys.h"
#include "package/parcel.h"
#include "package/receiptfile.h"
#include "package/withdrawal.h"
#include "trust/wrap.h"

static const struct parcel_file files[] = { { "a", 3, 1 }, { "b", 70, 2 }, { "ordner", -1, 0 } };

/* Anna's package to the company, and what she kept of it. */
struct sent {
	const struct cast *cast;
	struct parcel parcel;
	struct secret *key, *receipt_key;
	struct package_kept kept;
	struct buf receipt;               /* Olga's, true */
};

static struct package_signer
member(const struct cast *c, const struct cast_person *who, const struct cast_person *certified)
{
	struct package_sender sender = { PACKAGE_PARTY_COMPANY, who->account.account, c->company.root.company, who->account.sign };
	return (struct package_signer){ sender, CAST_NOW + 9, buf_view(&certified->certificate) };
}

static int
setup(void **state)
{
	struct sent *s = mem_alloc(sizeof(*s));
	struct cast *c = mem_alloc(sizeof(*c));
	struct package_reader *r;
	cast_init(c);
	s->cast = c;
	parcel_init(&s->parcel, c, files, 3, false);
	struct package_reader_args args = parcel_args(&s->parcel);
	struct package_signer olga = member(c, &c->olga, &c->olga);
	buf_init(&s->receipt, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_reader_new(&args, &r), 0);
	parcel_expect_contents(&s->parcel, r);
	assert_int_equal(package_reader_receipt(r, &olga.who, c->olga.keys.sign, olga.certificate, olga.time_ms, &s->receipt), 0);
	s->key = package_writer_key(s->parcel.writer);
	s->receipt_key = package_keys_derive(s->key, PACKAGE_KEY_RECEIPT, &s->parcel.package);
	s->kept = (struct package_kept){ s->key, package_reader_seal(r)->header_hash, package_reader_seal(r)->content_root, s->parcel.recipient };
	package_reader_free(&r);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct sent *s = *state;
	struct cast *c = (struct cast *)(uintptr_t)s->cast;
	secret_free(&s->key);
	secret_free(&s->receipt_key);
	buf_deinit(&s->receipt);
	parcel_deinit(&s->parcel);
	cast_deinit(c);
	mem_free(&c);
	mem_free(&s);
	return 0;
}

/* Everything the sender's client checks. */
static int
counts(const struct sent *s, struct view bytes)
{
	struct package_identity company = { .company = &s->cast->company };
	struct package_receipt receipt;
	int err = package_receipt_parse(bytes, &receipt);
	if (err == 0)
		err = package_receipt_check(&receipt, &s->parcel.package, &s->parcel.subscription, &s->kept.header_hash, &s->kept.content_root,
		    &company, NULL);
	return err == 0 ? package_receipt_prove(&receipt, s->receipt_key) : err;
}

/* One that is made by whoever: signed with key, with this proof. */
static int
forged(const struct sent *s, const struct package_signer *signer, const struct secret *key, const struct hash *proof)
{
	struct package_receipt r = { s->parcel.package, s->parcel.subscription, s->kept.header_hash, s->kept.content_root, *proof, *signer };
	struct buf out;
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_receipt_make(&r, key, &out), 0);
	int err = counts(s, buf_view(&out));
	buf_deinit(&out);
	return err;
}

static void
test_only_the_recipient_can_receive(void **state)
{
	const struct sent *s = *state;
	const struct cast *c = s->cast;
	struct hash none = { { 0 } }, proof = package_keys_proof_by(s->receipt_key, &s->kept.header_hash, &s->kept.content_root);
	struct package_signer olga = member(c, &c->olga, &c->olga), axel = member(c, &c->axel, &c->axel), rita = member(c, &c->rita, &c->rita);
	struct package_signer anna = { s->parcel.sender, CAST_NOW + 9, { NULL, 0 } };
	/* the control: the true one, and what the recipient could make again */
	assert_int_equal(counts(s, buf_view(&s->receipt)), 0);
	assert_int_equal(forged(s, &olga, c->olga.keys.sign, &proof), 0);
	/* a member without the epoch's key signs rightly, but has not the package's */
	assert_int_equal(forged(s, &axel, c->axel.keys.sign, &none), ERR_TRUST);
	/* a removed member, even with the key of an epoch */
	assert_int_equal(forged(s, &rita, c->rita.keys.sign, &proof), ERR_TRUST);
	/* the sender has the package's key, but is not the recipient: as oneself, and under a member's certificate */
	assert_int_equal(forged(s, &anna, c->anna.keys.sign, &proof), ERR_TRUST);
	struct package_signer borrowed = member(c, &c->anna, &c->olga);
	assert_int_equal(forged(s, &borrowed, c->anna.keys.sign, &proof), ERR_TRUST);
	/* the server alone has neither: as a member whom it names */
	struct package_signer stolen = olga;
	stolen.who.key = c->rita.account.sign;
	assert_int_equal(forged(s, &stolen, c->rita.keys.sign, &none), ERR_TRUST);
	assert_int_equal(forged(s, &olga, c->rita.keys.sign, &proof), ERR_CRYPTO);
}

/* --- withdrawals */

static int
takes_back(void *arg, struct view bytes)
{
	const struct sent *s = arg;
	struct package_identity anna = { .account = &s->cast->anna.account };
	struct package_withdrawal w;
	int err = package_withdrawal_parse(bytes, &w);
	return err == 0 ? package_withdrawal_check(&w, &s->parcel.package, &s->parcel.subscription, &anna, NULL) : err;
}

static int
withdrawn_by(struct sent *s, const struct id *package, const struct package_signer *signer, const struct secret *key)
{
	struct package_withdrawal w = { *package, s->parcel.subscription, *signer };
	struct buf out;
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_withdrawal_make(&w, key, &out), 0);
	int err = takes_back(s, buf_view(&out));
	if (err == 0)
		expect_no_change_passes(buf_view(&out), takes_back, s);
	buf_deinit(&out);
	return err;
}

static void
test_only_the_sender_withdraws(void **state)
{
	struct sent *s = *state;
	const struct cast *c = s->cast;
	struct id other = s->parcel.package;
	struct package_signer anna = { s->parcel.sender, CAST_NOW + 9, { NULL, 0 } }, olga = member(c, &c->olga, &c->olga);
	other.bytes[0] ^= 1;
	assert_int_equal(withdrawn_by(s, &s->parcel.package, &anna, c->anna.keys.sign), 0);
	assert_int_equal(withdrawn_by(s, &other, &anna, c->anna.keys.sign), ERR_TRUST);
	assert_int_equal(withdrawn_by(s, &s->parcel.package, &olga, c->olga.keys.sign), ERR_TRUST);
	assert_int_equal(withdrawn_by(s, &s->parcel.package, &anna, c->olga.keys.sign), ERR_CRYPTO);
	/* a receipt is none */
	assert_int_equal(takes_back(s, buf_view(&s->receipt)), ERR_SYNTAX);
}

/* --- what is kept */

struct keeping {
	const struct sent *sent;
	struct secret *key;
};

static int
opens(void *arg, struct view bytes)
{
	const struct keeping *k = arg;
	struct package_kept kept;
	int err = package_kept_open(bytes, &k->sent->parcel.package, k->key, &kept);
	if (err == 0)
		secret_free(&kept.key);
	return err;
}

static void
test_kept(void **state)
{
	const struct sent *s = *state;
	const struct cast *c = s->cast;
	struct keeping anna = { s, trust_wrap_kept_key(&c->anna.account, &c->anna.keys) };
	struct keeping olga = { s, trust_wrap_kept_key(&c->olga.account, &c->olga.keys) };
	struct id other = s->parcel.package;
	struct package_kept kept;
	struct buf out;
	buf_init(&out, PACKAGE_KEPT_BYTES);
	assert_int_equal(package_kept_seal(&s->kept, &s->parcel.package, anna.key, &out), 0);
	assert_int_equal(out.len, PACKAGE_KEPT_BYTES);
	assert_int_equal(package_kept_open(buf_view(&out), &s->parcel.package, anna.key, &kept), 0);
	assert_true(view_equal(secret_view(kept.key), secret_view(s->key)));
	assert_true(crypt_hash_equal(&kept.header_hash, &s->kept.header_hash));
	assert_true(crypt_hash_equal(&kept.content_root, &s->kept.content_root));
	assert_true(package_format_recipient_equal(&kept.recipient, &s->parcel.recipient));
	secret_free(&kept.key);
	expect_no_change_passes(buf_view(&out), opens, &anna);
	/* not by others, nor for another package */
	assert_int_equal(opens(&olga, buf_view(&out)), ERR_CRYPTO);
	other.bytes[3] ^= 1;
	assert_int_equal(package_kept_open(buf_view(&out), &other, anna.key, &kept), ERR_TRUST);
	assert_int_equal(package_kept_seal(&s->kept, &s->parcel.package, anna.key, &out), ERR_LIMIT);
	buf_deinit(&out);
	secret_free(&anna.key);
	secret_free(&olga.key);
}

/* --- receipts as files */

static int
proves(void *arg, struct view bytes)
{
	struct package_receiptfile f;
	struct package_receiptfile_proof *proof = arg;
	int err = package_receiptfile_parse(bytes, &f);
	return err == 0 ? package_receiptfile_check(&f, proof) : err;
}

/* File records in an order: of the whole package, or with one left out. */
static void
put_records(const struct sent *s, uint32_t from, struct buf *records)
{
	const struct package_manifest *m = package_writer_manifest(s->parcel.writer);
	for (uint32_t i = from; i < package_manifest_count(m); i++) {
		const struct package_entry *e = package_manifest_at(m, i);
		bool is_folder = e->kind == PACKAGE_ENTRY_FOLDER;
		struct hash fingerprint;
		char *path = mem_printf("%.*s%s", VIEW_FMT(e->path), is_folder ? "/" : "");
		assert_int_equal(package_writer_fingerprint(s->parcel.writer, i, &fingerprint), 0);
		struct package_receiptfile_record record = { view_str(path), e->size, is_folder ? view_of(NULL, 0) : crypt_hash_view(&fingerprint) };
		assert_int_equal(package_receiptfile_add(&record, records), 0);
		mem_free(&path);
	}
}

static void
test_file(void **state)
{
	const struct sent *s = *state;
	const struct cast *c = s->cast;
	struct package_receiptfile_proof *proof = mem_alloc(sizeof(*proof));
	struct package_receiptfile f = { .receipt = buf_view(&s->receipt), .receipt_key = secret_view(s->receipt_key),
		.root = buf_view(&c->root), .epochs = { buf_view(&c->epochs[0]), buf_view(&c->epochs[1]) }, .epoch_count = 2, .record_count = 3 };
	struct buf records, out;
	buf_init(&records, 4096);
	buf_init(&out, 8192);
	put_records(s, 0, &records);
	f.records = buf_view(&records);
	assert_int_equal(package_receiptfile_put(&f, &out), 0);
	assert_int_equal(proves(proof, buf_view(&out)), 0);
	assert_true(proof->is_company);
	assert_int_equal(proof->plain_bytes, 73);
	assert_int_equal(proof->receipt.receiver.time_ms, CAST_NOW + 9);
	assert_true(id_equal(&proof->member.account, &c->olga.account.account));
	expect_no_change_passes(buf_view(&out), proves, proof);
	/* the sender alone cannot say that it was about other files, nor make up the receiver */
	buf_clear(&records);
	buf_clear(&out);
	put_records(s, 1, &records);
	f.records = buf_view(&records);
	f.record_count = 2;
	assert_int_equal(package_receiptfile_put(&f, &out), 0);
	assert_int_equal(proves(proof, buf_view(&out)), ERR_TRUST);
	f = (struct package_receiptfile){ .receipt = buf_view(&s->receipt), .receipt_key = secret_view(s->receipt_key),
		.statement = buf_view(&c->anna.statement) };
	buf_clear(&out);
	assert_int_equal(package_receiptfile_put(&f, &out), 0);
	assert_int_equal(proves(proof, buf_view(&out)), ERR_TRUST);
	buf_deinit(&records);
	buf_deinit(&out);
	mem_free(&proof);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_only_the_recipient_can_receive),
		TEST(test_only_the_sender_withdraws),
		TEST(test_kept),
		TEST(test_file),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
