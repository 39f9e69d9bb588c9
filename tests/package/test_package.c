/* SPDX-License-Identifier: MIT */
/* Whole packages: both directions; no byte of any part may change; nobody else's signature, key, package or receipt passes. */
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
#include "package/decrypt.h"
#include "package/files.h"
#include "package/header.h"
#include "package/lane.h"
#include "package/parcel.h"
#include "package/receipt.h"
#include "package/seal.h"

#define MIB (1 << 20)

static const struct parcel_file files[] = {
	{ "gro\xc3\x9f.bin", 2 * MIB + 5, 1 }, { "leer", 0, 2 }, { "ordner", -1, 0 }, { "ordner/\xf0\x9f\x98\x80 eins", 10, 3 },
	{ "ordner/skript", 1, 7 }, { "zwei", MIB, 5 },
};
static const struct parcel_file small_files[] = { { "a", 3, 1 }, { "b", 70, 2 } };

/* The server's way to the content root. */
static struct hash
root_by_records(const struct package_reader *r)
{
	struct hash root;
	const struct package_manifest *m = package_reader_manifest(r);
	struct package_files *f = package_files_new((uint32_t)package_manifest_count(m));
	for (uint32_t i = 0; i < package_manifest_count(m); i++) {
		const struct package_entry *e = package_manifest_at(m, i);
		struct hash fp = package_reader_fingerprint(r, i);
		bool is_folder = e->kind == PACKAGE_ENTRY_FOLDER;
		char *path = mem_printf("%.*s%s", VIEW_FMT(e->path), is_folder ? "/" : "");
		assert_int_equal(package_files_add(f, view_str(path), e->size,
		    is_folder ? view_of(NULL, 0) : crypt_hash_view(&fp)), 0);
		mem_free(&path);
	}
	assert_int_equal(package_files_root(f, &root), 0);
	package_files_free(&f);
	return root;
}

static void
round_trip(const struct cast *c, bool from_company)
{
	struct parcel p;
	struct package_reader *r;
	parcel_init(&p, c, files, 6, from_company);
	struct package_reader_args args = parcel_args(&p);
	assert_int_equal(package_reader_new(&args, &r), 0);
	assert_int_equal(package_reader_missing(r), 6);
	parcel_expect_contents(&p, r);
	assert_int_equal(package_reader_seal(r)->sequence, 7);
	assert_int_equal(package_reader_seal(r)->sealed_ms, CAST_NOW + 1000);
	const struct trust_certificate *member = package_reader_member(r);
	if (from_company)
		assert_string_equal(member->display_name, "Axel Abt");
	else
		assert_null(member);
	struct hash root = root_by_records(r), signed_root;
	assert_int_equal(package_writer_content_root(p.writer, &signed_root), 0);
	assert_true(crypt_hash_equal(&root, &package_reader_seal(r)->content_root));
	assert_true(crypt_hash_equal(&root, &signed_root));
	for (uint32_t i = 0; i < 6; i++) {
		struct hash a, b = package_reader_fingerprint(r, i);
		assert_int_equal(package_writer_fingerprint(p.writer, i, &a), 0);
		assert_true(crypt_hash_equal(&a, &b));
	}
	package_reader_free(&r);
	parcel_deinit(&p);
}

static void
test_round_trips(void **state)
{
	round_trip(*state, false);
	round_trip(*state, true);
}

/* Only folders and empty files: no chunk, a body of padding alone. */
static void
test_no_contents(void **state)
{
	static const struct parcel_file empty[] = { { "leer", 0, 1 }, { "ordner", -1, 0 }, { "ordner/leer", 0, 2 } };
	struct parcel p;
	struct package_reader *r;
	struct package_sink sink = { NULL, NULL };
	parcel_init(&p, *state, empty, 3, false);
	assert_int_equal(p.body.len, PACKAGE_PADDED_MIN);
	struct package_reader_args args = parcel_args(&p);
	assert_int_equal(package_reader_new(&args, &r), 0);
	assert_int_equal(package_reader_missing(r), 0);
	struct package_decrypt *d = package_decrypt_new(r, &sink, 0, 1);
	assert_int_equal(package_decrypt_write(d, buf_view(&p.body)), 0);
	assert_int_equal(package_decrypt_finish(d), 0);
	package_decrypt_free(&d);
	/* empty files have fingerprints too, each its own */
	struct hash a = package_reader_fingerprint(r, 0), b = package_reader_fingerprint(r, 2);
	assert_false(crypt_hash_equal(&a, &b));
	package_reader_free(&r);
	parcel_deinit(&p);
}

struct open_case {
	struct package_reader_args args;
	enum { HEADER, SEAL, MANIFEST } part;
};

static int
opens(void *arg, struct view bytes)
{
	struct open_case *o = arg;
	struct package_reader_args args = o->args;
	struct package_reader *r = NULL;
	*(o->part == HEADER ? &args.header : o->part == SEAL ? &args.seal : &args.manifest) = bytes;
	int err = package_reader_new(&args, &r);
	assert_int_equal(err == 0, r != NULL);
	package_reader_free(&r);
	return err;
}

static void
test_no_byte_may_change(void **state)
{
	struct parcel p;
	struct open_case o;
	parcel_init(&p, *state, small_files, 2, true);
	o.args = parcel_args(&p);
	o.part = HEADER;
	expect_no_change_passes(o.args.header, opens, &o);
	o.part = SEAL;
	expect_no_change_passes(o.args.seal, opens, &o);
	o.part = MANIFEST;
	uint8_t *copy = mem_dup(o.args.manifest.data, o.args.manifest.len);
	for (size_t i = 0; i < o.args.manifest.len; i += 13) {
		copy[i] ^= 0x40;
		assert_int_equal(opens(&o, view_of(copy, o.args.manifest.len)), ERR_CRYPTO);
		copy[i] ^= 0x40;
	}
	mem_free(&copy);
	parcel_deinit(&p);
}

/* The body: every byte of the chunks, and a chunk in the place of another. */
static void
test_chunks(void **state)
{
	struct parcel p;
	struct package_reader *r;
	struct package_chunk a, b;
	uint8_t out[100];
	parcel_init(&p, *state, small_files, 2, false);
	struct package_reader_args args = parcel_args(&p);
	assert_int_equal(package_reader_new(&args, &r), 0);
	struct package_lane *lane = package_lane_of_reader(r);
	assert_true(package_layout_find(package_reader_layout(r), 0, 0, &a));
	assert_true(package_layout_find(package_reader_layout(r), 1, 0, &b));
	for (size_t i = 0; i < b.stored_bytes; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			p.body.data[b.stored_offset + i] ^= (uint8_t)(1U << bit);
			memset(out, 0xff, sizeof(out));
			assert_int_equal(package_lane_decrypt(lane, &b, view_of(p.body.data + b.stored_offset, b.stored_bytes), out),
			    ERR_CRYPTO);
			assert_int_equal(out[0], 0);
			p.body.data[b.stored_offset + i] ^= (uint8_t)(1U << bit);
		}
	assert_int_equal(package_reader_missing(r), 2);
	assert_int_equal(package_lane_decrypt(lane, &a, view_of(p.body.data, a.stored_bytes), out), 0);
	assert_int_equal(package_reader_missing(r), 1);
	/* once only, until it is asked for again */
	assert_int_equal(package_lane_decrypt(lane, &a, view_of(p.body.data, a.stored_bytes), out), ERR_CONFLICT);
	package_reader_forget(r, a.number);
	assert_int_equal(package_lane_decrypt(lane, &a, view_of(p.body.data, a.stored_bytes), out), 0);
	/* what an earlier process wrote counts when it is what was signed, to the last bit */
	assert_int_equal(package_lane_verify(lane, &a, view_of(out, a.plain_bytes)), ERR_CONFLICT);
	package_reader_forget(r, a.number);
	for (size_t i = 0; i < a.plain_bytes; i++) {
		out[i] ^= 1;
		assert_int_equal(package_lane_verify(lane, &a, view_of(out, a.plain_bytes)), ERR_CRYPTO);
		out[i] ^= 1;
	}
	assert_int_equal(package_reader_missing(r), 2);
	assert_int_equal(package_lane_verify(lane, &a, view_of(out, a.plain_bytes)), 0);
	assert_int_equal(package_reader_missing(r), 1);
	package_lane_free(&lane);
	package_reader_free(&r);
	parcel_deinit(&p);
}

/* Two chunks of one file and same-sized files: their stored bytes may not change places. */
static void
test_places(void **state)
{
	static const struct parcel_file same[] = { { "a", 2 * MIB, 1 }, { "b", 2 * MIB, 1 } };
	struct parcel p;
	struct package_reader *r;
	uint8_t *out = mem_alloc(PACKAGE_CHUNK_BYTES);
	parcel_init(&p, *state, same, 2, false);
	struct package_reader_args args = parcel_args(&p);
	assert_int_equal(package_reader_new(&args, &r), 0);
	struct package_lane *lane = package_lane_of_reader(r);
	for (uint32_t to = 0; to < 4; to++)
		for (uint32_t from = 0; from < 4; from++) {
			struct package_chunk c = package_layout_chunk(package_reader_layout(r), to);
			struct package_chunk other = package_layout_chunk(package_reader_layout(r), from);
			int err = package_lane_decrypt(lane, &c, view_of(p.body.data + other.stored_offset, c.stored_bytes), out);
			assert_int_equal(err, to == from ? 0 : ERR_CRYPTO);
			package_reader_forget(r, to);
		}
	/* equal files do not look equal */
	struct hash a = package_reader_fingerprint(r, 0), b = package_reader_fingerprint(r, 1);
	assert_false(crypt_hash_equal(&a, &b));
	package_lane_free(&lane);
	package_reader_free(&r);
	parcel_deinit(&p);
	mem_free(&out);
}

static void
expect_refused(const struct package_reader_args *args, int expected)
{
	struct package_reader *r = NULL;
	assert_int_equal(package_reader_new(args, &r), expected);
	assert_null(r);
}

static void
test_wrong_expectations(void **state)
{
	struct cast *c = *state;
	struct parcel p, other;
	parcel_init(&p, c, small_files, 2, true);
	parcel_init(&other, c, small_files, 2, true);
	const struct package_reader_args good = parcel_args(&p), foreign = parcel_args(&other);
	struct package_reader_args a = good;
	a.package = id_random();
	expect_refused(&a, ERR_TRUST);
	a = good;
	a.subscription = id_random();
	expect_refused(&a, ERR_TRUST);
	a = good;
	a.recipient.key_number++;
	expect_refused(&a, ERR_TRUST);
	a = good;
	a.private = c->olga.keys.seal;
	expect_refused(&a, ERR_CRYPTO);
	/* parts of another package of the same people */
	a = good;
	a.seal = foreign.seal;
	expect_refused(&a, ERR_TRUST);
	a = good;
	a.manifest = foreign.manifest;
	expect_refused(&a, ERR_CRYPTO);
	a = good;
	a.header = foreign.header;
	expect_refused(&a, ERR_TRUST);
	a = foreign;
	a.package = p.package;
	expect_refused(&a, ERR_TRUST);
	parcel_deinit(&p);
	parcel_deinit(&other);
}

static void
test_wrong_sender(void **state)
{
	struct cast *c = *state, stranger;
	struct parcel p;
	struct trust_account other = c->anna.account;
	cast_init(&stranger);
	parcel_init(&p, c, small_files, 2, true);
	struct package_reader_args a = parcel_args(&p);
	a.sender = (struct package_identity){ .company = &stranger.company };
	expect_refused(&a, ERR_TRUST);
	a.sender = (struct package_identity){ .account = &c->axel.account };
	expect_refused(&a, ERR_TRUST);
	a.sender = (struct package_identity){ .gateway = &c->axel.account.sign };
	expect_refused(&a, ERR_TRUST);
	a.sender = (struct package_identity){ .company = &c->first };      /* the list without the certificate's epoch */
	expect_refused(&a, ERR_TRUST);
	parcel_deinit(&p);
	parcel_init(&p, c, small_files, 2, false);
	a = parcel_args(&p);
	other.sign = c->olga.account.sign;                                  /* a key the server put in Anna's place */
	a.sender = (struct package_identity){ .account = &other };
	expect_refused(&a, ERR_TRUST);
	a.sender = (struct package_identity){ .account = &c->olga.account };
	expect_refused(&a, ERR_TRUST);
	a.sender = (struct package_identity){ .company = &c->company };
	expect_refused(&a, ERR_TRUST);
	parcel_deinit(&p);
	cast_deinit(&stranger);
}

/* A removed member signs with her certificate of the first epoch, before and after the second began. */
static void
test_removed_member(void **state)
{
	struct cast *c = *state;
	struct parcel p;
	struct package_reader *r;
	parcel_init(&p, c, small_files, 2, true);
	struct package_sender rita = p.sender;
	rita.account = c->rita.account.account;
	rita.key = c->rita.account.sign;
	struct package_identity company = { .company = &c->company };
	struct view certificate = buf_view(&c->rita.certificate);
	assert_int_equal(package_identity_check(&company, &rita, certificate, CAST_NOW - 1, NULL), 0);
	assert_int_equal(package_identity_check(&company, &rita, certificate, CAST_NOW, NULL), ERR_TRUST);
	/* with a colleague's certificate, with none, under a colleague's name */
	assert_int_equal(package_identity_check(&company, &rita, buf_view(&c->olga.certificate), CAST_NOW, NULL), ERR_TRUST);
	assert_int_equal(package_identity_check(&company, &rita, view_of(NULL, 0), CAST_NOW, NULL), ERR_SYNTAX);
	rita.account = c->olga.account.account;
	assert_int_equal(package_identity_check(&company, &rita, buf_view(&c->olga.certificate), CAST_NOW, NULL), ERR_TRUST);
	struct package_reader_args a = parcel_args(&p);
	assert_int_equal(package_reader_new(&a, &r), 0);
	package_reader_free(&r);
	parcel_deinit(&p);
}

static void
test_gateway(void **state)
{
	struct cast *c = *state;
	struct package_sender s = { .kind = PACKAGE_PARTY_GATEWAY, .key = c->olga.account.sign };
	struct package_identity gateway = { .gateway = &c->olga.account.sign }, person = { .account = &c->olga.account };
	assert_int_equal(package_identity_check(&gateway, &s, view_of(NULL, 0), 1, NULL), 0);
	assert_int_equal(package_identity_check(&gateway, &s, VIEW_LIT("x"), 1, NULL), ERR_TRUST);
	assert_int_equal(package_identity_check(&person, &s, view_of(NULL, 0), 1, NULL), ERR_TRUST);
	s.key = c->axel.account.sign;
	assert_int_equal(package_identity_check(&gateway, &s, view_of(NULL, 0), 1, NULL), ERR_TRUST);
}

static void
test_writer_refusals(void **state)
{
	struct cast *c = *state;
	struct parcel p;
	struct buf out;
	struct hash h;
	uint8_t stored[MIB + 28];
	parcel_init(&p, c, small_files, 2, true);
	buf_init(&out, PACKAGE_SEAL_MAX);
	assert_int_equal(package_writer_seal(p.writer, c->olga.keys.sign, p.certificate, 1, 1, &out), ERR_TRUST);
	assert_int_equal(package_writer_seal(p.writer, p.sign_private, view_of(NULL, 0), 1, 1, &out), ERR_SYNTAX);
	assert_int_equal(package_writer_seal(p.writer, p.sign_private, p.certificate, 0, 1, &out), ERR_SYNTAX);
	assert_int_equal(out.len, 0);
	/* other bytes for a chunk that was done, the same ones again */
	struct package_lane *lane = package_lane_of_writer(p.writer);
	struct package_chunk chunk = package_layout_chunk(package_writer_layout(p.writer), 0);
	assert_int_equal(package_lane_encrypt(lane, &chunk, VIEW_LIT("abc"), stored), ERR_CHANGED);
	assert_int_equal(package_lane_hash(lane, &chunk, VIEW_LIT("abc")), ERR_CHANGED);
	uint8_t *bytes = parcel_contents(&small_files[0]);
	assert_int_equal(package_lane_encrypt(lane, &chunk, view_of(bytes, 3), stored), 0);
	assert_memory_equal(stored, p.body.data, 31);
	mem_free(&bytes);
	package_lane_free(&lane);

	/* in another process: same key, header and manifest, no leaf yet */
	struct package_writer *again = NULL;
	struct secret *key = package_writer_key(p.writer), *wrong = secret_random(32), *shorter = secret_new(31);
	struct view header = package_writer_header(p.writer), manifest = package_writer_manifest_bytes(p.writer);
	assert_int_equal(package_writer_resume(wrong, header, manifest, &again), ERR_CRYPTO);
	assert_int_equal(package_writer_resume(shorter, header, manifest, &again), ERR_SYNTAX);
	assert_int_equal(package_writer_resume(key, manifest, header, &again), ERR_SYNTAX);
	assert_int_equal(package_writer_resume(key, header, manifest, &again), 0);
	assert_int_equal(package_writer_missing(again), 2);
	assert_int_equal(package_writer_seal(again, p.sign_private, p.certificate, 1, 1, &out), ERR_STATE);
	assert_int_equal(package_writer_content_root(again, &h), ERR_STATE);
	assert_int_equal(package_writer_fingerprint(again, 0, &h), ERR_STATE);
	assert_int_equal(package_writer_proof(again, &h), ERR_STATE);
	package_writer_free(&again);
	secret_free(&key);
	secret_free(&wrong);
	secret_free(&shorter);
	buf_deinit(&out);
	parcel_deinit(&p);
}

struct receipt_case {
	const struct parcel *p;
	struct package_identity receiver;
	struct hash header_hash, root;
};

static int
receipt_counts(void *arg, struct view bytes)
{
	const struct receipt_case *rc = arg;
	struct package_receipt receipt;
	int err = package_receipt_parse(bytes, &receipt);
	return err != 0 ? err : package_receipt_check(&receipt, &rc->p->package, &rc->p->subscription, &rc->header_hash, &rc->root,
	    &rc->receiver, NULL);
}

static void
expect_receipt(const struct cast *c, bool from_company)
{
	struct parcel p;
	struct package_reader *r;
	struct package_receipt receipt;
	struct hash proof;
	struct buf out;
	const struct cast_person *who = from_company ? &c->anna : &c->olga;
	struct package_sender receiver = { PACKAGE_PARTY_CUSTOMER, who->account.account, { { 0 } }, who->account.sign };
	struct view certificate = buf_view(&who->certificate);
	struct receipt_case rc = { .p = &p };
	if (from_company) {
		rc.receiver.account = &c->anna.account;
	} else {
		receiver.kind = PACKAGE_PARTY_COMPANY;
		receiver.company = c->company.root.company;
		rc.receiver.company = &c->company;
	}
	parcel_init(&p, c, small_files, 2, from_company);
	struct package_reader_args a = parcel_args(&p);
	assert_int_equal(package_reader_new(&a, &r), 0);
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_reader_receipt(r, &receiver, who->keys.sign, certificate, CAST_NOW + 9, &out), ERR_STATE);
	parcel_expect_contents(&p, r);
	assert_int_equal(package_reader_receipt(r, &receiver, c->rita.keys.sign, certificate, CAST_NOW + 9, &out), ERR_TRUST);
	assert_int_equal(package_reader_receipt(r, &receiver, who->keys.sign, certificate, CAST_NOW + 9, &out), 0);
	rc.header_hash = package_header_hash(package_writer_header(p.writer));
	assert_int_equal(package_writer_content_root(p.writer, &rc.root), 0);
	expect_no_change_passes(buf_view(&out), receipt_counts, &rc);
	assert_int_equal(package_receipt_parse(buf_view(&out), &receipt), 0);
	assert_int_equal(package_writer_proof(p.writer, &proof), 0);
	assert_true(crypt_hash_equal(&proof, &receipt.proof));
	/* for another package, contents, person */
	struct hash x = rc.root;
	x.bytes[0] ^= 1;
	struct id other = id_random();
	assert_int_equal(package_receipt_check(&receipt, &other, &p.subscription, &rc.header_hash, &rc.root, &rc.receiver, NULL),
	    ERR_TRUST);
	assert_int_equal(package_receipt_check(&receipt, &p.package, &other, &rc.header_hash, &rc.root, &rc.receiver, NULL),
	    ERR_TRUST);
	assert_int_equal(package_receipt_check(&receipt, &p.package, &p.subscription, &x, &rc.root, &rc.receiver, NULL), ERR_TRUST);
	assert_int_equal(package_receipt_check(&receipt, &p.package, &p.subscription, &rc.header_hash, &x, &rc.receiver, NULL),
	    ERR_TRUST);
	struct package_identity sender = p.identity;
	assert_int_equal(package_receipt_check(&receipt, &p.package, &p.subscription, &rc.header_hash, &rc.root, &sender, NULL),
	    ERR_TRUST);
	package_reader_free(&r);
	buf_deinit(&out);
	parcel_deinit(&p);
}

static void
test_receipts(void **state)
{
	expect_receipt(*state, false);
	expect_receipt(*state, true);
}

static int
header_parses(void *arg, struct view bytes)
{
	struct package_header h;
	(void)arg;
	return package_header_parse(bytes, &h);
}

/* What the server can check without a key: sums and limits of the header, form of the seal from its first bytes. */
static void
test_server_checks(void **state)
{
	struct parcel p;
	struct package_header h, back;
	struct package_seal s;
	struct buf out;
	parcel_init(&p, *state, files, 6, true);
	struct view header = package_writer_header(p.writer);
	assert_int_equal(header.len, 334);
	assert_int_equal(package_header_parse(header, &h), 0);
	assert_int_equal(h.plain_bytes, 3 * MIB + 16);
	assert_int_equal(h.body_bytes, p.body.len);
	static const struct { size_t offset; uint64_t add; int err; } bad[] = {
		{ 230, 4, ERR_SYNTAX }, { 234, 1, ERR_SYNTAX }, { 242, 1, ERR_SYNTAX }, { 242, (uint64_t)-1, ERR_SYNTAX },
		{ 222, 16 << 20, ERR_LIMIT }, { 226, 1 << 18, ERR_LIMIT }, { 230, (1 << 20) + 1, ERR_LIMIT }, { 226, (uint64_t)-6, ERR_SYNTAX },
	};
	buf_init(&out, PACKAGE_HEADER_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		back = h;
		back.manifest_bytes += bad[i].offset == 222 ? (uint32_t)bad[i].add : 0;
		back.entry_count += bad[i].offset == 226 ? (uint32_t)bad[i].add : 0;
		back.chunk_count += bad[i].offset == 230 ? (uint32_t)bad[i].add : 0;
		back.plain_bytes += bad[i].offset == 234 ? (1 << 16) : 0;
		back.body_bytes += bad[i].offset == 242 ? bad[i].add : 0;
		buf_clear(&out);
		assert_int_equal(package_header_put(&back, &out), 0);
		assert_int_equal(header_parses(NULL, buf_view(&out)), bad[i].err);
	}
	back = h;
	back.suite = PACKAGE_SUITE_HYBRID;
	buf_clear(&out);
	assert_int_equal(package_header_put(&back, &out), 0);
	assert_int_equal(header_parses(NULL, buf_view(&out)), ERR_VERSION);
	assert_int_equal(package_seal_parse(view_slice(buf_view(&p.seal), 0, PACKAGE_SEAL_HEAD_MAX), &s), 0);
	assert_int_equal(package_seal_bytes(&s), p.seal.len);
	assert_int_equal(package_seal_matches(&s, header), 0);
	buf_deinit(&out);
	parcel_deinit(&p);
}

static void
test_order(void **state)
{
	(void)state;
	assert_int_equal(package_seal_order(0, 1), PACKAGE_ORDER_NEXT);
	assert_int_equal(package_seal_order(4, 5), PACKAGE_ORDER_NEXT);
	assert_int_equal(package_seal_order(4, 6), PACKAGE_ORDER_GAP);
	assert_int_equal(package_seal_order(4, 4), PACKAGE_ORDER_LATE);
	assert_int_equal(package_seal_order(4, 1), PACKAGE_ORDER_LATE);
	assert_int_equal(package_seal_order(UINT64_MAX, UINT64_MAX), PACKAGE_ORDER_LATE);
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

static void
ids_are_bound_to_their_subscription(void **state)
{
	(void)state;
	struct id subscription = id_random(), other = id_random();
	struct id package = package_header_new_id(&subscription), second = package_header_new_id(&subscription);
	assert_true(package_header_is_bound(&package, &subscription));
	assert_false(package_header_is_bound(&package, &other));
	assert_false(id_equal(&package, &second));
	for (size_t i = 0; i < ID_BYTES; i++) {
		struct id changed = package;
		changed.bytes[i] ^= 1;
		assert_false(package_header_is_bound(&changed, &subscription));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_bound_to_their_subscription),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_no_contents),
		cmocka_unit_test(test_no_byte_may_change),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_wrong_expectations),
		cmocka_unit_test(test_wrong_sender),
		cmocka_unit_test(test_removed_member),
		cmocka_unit_test(test_gateway),
		cmocka_unit_test(test_writer_refusals),
		cmocka_unit_test(test_receipts),
		cmocka_unit_test(test_server_checks),
		cmocka_unit_test(test_order),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
