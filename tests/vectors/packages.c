/* SPDX-License-Identifier: MIT */
/*
 * Packages among the vectors: made from formula contents, and checked whoever made them, by decrypting and by making the same body
 * again from key and contents.
 */
#include <string.h>

#include "base/mem.h"
#include "crypt/digest.h"
#include "package/files.h"
#include "package/kept.h"
#include "package/header.h"
#include "package/lane.h"
#include "package/parcel.h"
#include "package/receipt.h"
#include "package/withdrawal.h"
#include "vectors/json.h"
#include "vectors/vectors.h"
#include "trust/wrap.h"

#define BODY_SHOWN 16384       /* bodies up to this size stand in the document */

static const struct parcel_file small_files[] = {
	{ "Brief \xc3\xa4.txt", 5, 1 }, { "leer", 0, 2 }, { "roh\xff", 40000, 3 }, { "ordner", -1, 0 }, { "ordner/skript", 7, 7 },
};
static const struct parcel_file one_file[] = { { "a", 1, 9 } };
static const struct parcel_file large_files[] = {
	{ "zwei", (2 << 20) + 17, 4 }, { "genau", 1 << 20, 5 }, { "rest", 70000, 6 },
};

static void
put_files(json_t *o, const struct parcel *p)
{
	const struct package_manifest *m = package_writer_manifest(p->writer);
	const uint32_t *order = package_manifest_order(m);
	json_t *files = put_array(o, "files");
	for (uint32_t i = 0; i < package_manifest_count(m); i++) {
		const struct package_entry *e = package_manifest_at(m, i);
		struct hash fingerprint;
		json_t *f = add_object(files);
		want_ok(package_writer_fingerprint(p->writer, i, &fingerprint), "fingerprint");
		put_hex(f, "path", e->path);
		put_int(f, "is_folder", e->kind == PACKAGE_ENTRY_FOLDER);
		put_int(f, "is_executable", e->is_executable);
		put_int(f, "size", e->size);
		put_int(f, "mtime_ms_plus_2000", (uint64_t)(e->mtime_ms + 2000));
		put_int(f, "seed", p->files[order[i]].seed);
		put_hex(f, "fingerprint", e->kind == PACKAGE_ENTRY_FOLDER ? view_of(NULL, 0) : crypt_hash_view(&fingerprint));
	}
}

static void
put_receipt(json_t *o, const struct parcel *p, const struct cast *c, bool from_company)
{
	struct package_reader *r;
	struct buf out;
	struct package_reader_args args = parcel_args(p);
	const struct cast_person *who = from_company ? &c->anna : &c->olga;
	struct package_sender receiver = { PACKAGE_PARTY_CUSTOMER, who->account.account, { { 0 } }, who->account.sign };
	if (!from_company) {
		receiver.kind = PACKAGE_PARTY_COMPANY;
		receiver.company = c->company.root.company;
	}
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	want_ok(package_reader_new(&args, &r), "reader");
	parcel_expect_contents(p, r);
	want_ok(package_reader_receipt(r, &receiver, who->keys.sign, buf_view(&who->certificate), CAST_NOW + 5000, &out), "receipt");
	put_text(o, "receiver", from_company ? "anna" : "olga");
	put_int(o, "received_ms", CAST_NOW + 5000);
	put_hex(o, "receipt", buf_view(&out));
	package_reader_free(&r);
	buf_deinit(&out);
}

/* By the sender, for later: what the sender kept, and a withdrawal that could have been. */
static void
put_sender(json_t *o, const struct parcel *p, const struct cast *c, const struct secret *key, const struct package_kept *kept)
{
	const struct cast_person *who = p->certificate.len > 0 ? &c->axel : &c->anna;
	struct package_withdrawal w = { p->package, p->subscription, { p->sender, CAST_NOW + 3000, p->certificate } };
	struct secret *kept_key = trust_wrap_kept_key(&who->account, &who->keys);
	struct package_kept k = *kept;
	struct buf out;
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	want_ok(package_withdrawal_make(&w, p->sign_private, &out), "withdrawal");
	put_int(o, "withdrawn_ms", CAST_NOW + 3000);
	put_hex(o, "withdrawal", buf_view(&out));
	buf_clear(&out);
	k.key = secret_copy(key);
	want_ok(package_kept_seal(&k, &p->package, kept_key, &out), "kept");
	put_hex(o, "kept", buf_view(&out));
	secret_free(&k.key);
	secret_free(&kept_key);
	buf_deinit(&out);
}

static void
make_one(json_t *packages, const struct cast *c, const struct parcel_file *files, size_t n, bool from_company)
{
	json_t *o = add_object(packages);
	struct parcel p;
	struct hash root, proof, header_hash, body;
	parcel_init(&p, c, files, n, from_company);
	struct secret *key = package_writer_key(p.writer);
	header_hash = package_header_hash(package_writer_header(p.writer));
	want_ok(package_writer_content_root(p.writer, &root), "content root");
	want_ok(package_writer_proof(p.writer, &proof), "proof");
	crypt_digest_sha256(buf_view(&p.body), body.bytes);
	put_text(o, "sender", from_company ? "axel" : "anna");
	put_text(o, "recipient", from_company ? "anna" : "company");
	put_hex(o, "id", id_view(&p.package));
	put_hex(o, "subscription", id_view(&p.subscription));
	put_hex(o, "key", secret_view(key));
	put_files(o, &p);
	put_hex(o, "header", package_writer_header(p.writer));
	put_hex(o, "header_hash", crypt_hash_view(&header_hash));
	put_hex(o, "manifest", package_writer_manifest_bytes(p.writer));
	put_hex(o, "content_root", crypt_hash_view(&root));
	put_hex(o, "proof", crypt_hash_view(&proof));
	put_int(o, "sequence", 7);
	put_int(o, "sealed_ms", CAST_NOW + 1000);
	put_hex(o, "seal", buf_view(&p.seal));
	put_int(o, "body_bytes", p.body.len);
	put_hex(o, "body_sha256", crypt_hash_view(&body));
	if (p.body.len <= BODY_SHOWN)
		put_hex(o, "body", buf_view(&p.body));
	put_receipt(o, &p, c, from_company);
	struct package_kept kept = { NULL, header_hash, root, p.recipient };
	put_sender(o, &p, c, key, &kept);
	secret_free(&key);
	parcel_deinit(&p);
}

void
vectors_make_packages(json_t *doc, const struct cast *cast)
{
	json_t *packages = put_array(doc, "packages");
	make_one(packages, cast, one_file, 1, false);
	make_one(packages, cast, small_files, 5, true);
	make_one(packages, cast, large_files, 3, false);
}

/* What is needed to check one package of a document. */
struct given {
	const json_t *o;
	bool from_company;
	struct trust_company company;
	struct trust_account anna;
	struct secret *private;         /* the recipient's */
	struct secret *kept_key;        /* the sender's */
	struct package_reader *reader;
	struct buf body;                /* made again from key and contents */
};

static struct view
statement_of(const json_t *doc, const char *name)
{
	return get_hex(find(get(doc, "accounts"), "name", name), "statement");
}

static void
load_people(struct given *g, const json_t *doc)
{
	const json_t *company = get(doc, "company"), *epochs = get(company, "epochs");
	struct view list[TRUST_EPOCHS_MAX];
	size_t n = json_array_size(epochs);
	for (size_t i = 0; i < n && i < TRUST_EPOCHS_MAX; i++)
		list[i] = get_hex(json_array_get(epochs, i), "statement");
	want_ok(trust_company_load(get_hex(company, "root"), list, n, &g->company), "company");
	want_ok(trust_account_parse(statement_of(doc, "anna"), &g->anna), "anna");
	g->private = g->from_company ? get_secret(find(get(doc, "accounts"), "name", "anna"), "seal_private") :
	    get_secret(json_array_get(epochs, n - 1), "seal_private");
	g->kept_key = get_secret(find(get(doc, "accounts"), "name", g->from_company ? "axel" : "anna"), "kept_key");
}

static struct package_identity
identity_of(const struct given *g, bool is_company)
{
	return is_company ? (struct package_identity){ .company = &g->company } : (struct package_identity){ .account = &g->anna };
}

static void
open_package(struct given *g)
{
	struct package_reader_args args = {
		.header = get_hex(g->o, "header"), .seal = get_hex(g->o, "seal"), .manifest = get_hex(g->o, "manifest"),
		.package = get_id(g->o, "id"), .subscription = get_id(g->o, "subscription"), .private = g->private,
		.sender = identity_of(g, g->from_company),
		.recipient = g->from_company ? package_identity_recipient_account(&g->anna) :
		    package_identity_recipient_epoch(trust_company_current(&g->company)),
	};
	want_ok(package_reader_new(&args, &g->reader), "package_reader_new");
	struct hash header_hash = package_header_hash(args.header);
	want_hex(g->o, "header_hash", crypt_hash_view(&header_hash));
	const struct package_seal *s = package_reader_seal(g->reader);
	want_hex(g->o, "content_root", crypt_hash_view(&s->content_root));
	want(s->sequence == get_int(g->o, "sequence") && s->sealed_ms == get_int(g->o, "sealed_ms"), "sequence and time");
}

/* Manifest, fingerprints, and the server's way to the content root. */
static void
check_files(const struct given *g)
{
	const struct package_manifest *m = package_reader_manifest(g->reader);
	const json_t *files = get(g->o, "files");
	struct hash root;
	want(json_array_size(files) == package_manifest_count(m), "files");
	struct package_files *records = package_files_new((uint32_t)package_manifest_count(m));
	for (uint32_t i = 0; i < package_manifest_count(m); i++) {
		const struct package_entry *e = package_manifest_at(m, i);
		const json_t *f = json_array_get(files, i);
		bool is_folder = get_int(f, "is_folder") == 1;
		struct hash fingerprint = package_reader_fingerprint(g->reader, i);
		struct view record = is_folder ? view_of(NULL, 0) : crypt_hash_view(&fingerprint);
		struct buf path;
		want_hex(f, "path", e->path);
		want((e->kind == PACKAGE_ENTRY_FOLDER) == is_folder && e->size == get_int(f, "size") &&
		    e->is_executable == (get_int(f, "is_executable") == 1) &&
		    (uint64_t)(e->mtime_ms + 2000) == get_int(f, "mtime_ms_plus_2000"), "entry");
		want_hex(f, "fingerprint", record);
		buf_init(&path, PACKAGE_PATH_MAX);
		want_ok(buf_append_view(&path, e->path), "path");
		want_ok(is_folder ? buf_append_u8(&path, '/') : 0, "path");
		want_ok(package_files_add(records, buf_view(&path), e->size, record), "record");
		buf_deinit(&path);
	}
	want_ok(package_files_root(records, &root), "records");
	want_hex(g->o, "content_root", crypt_hash_view(&root));
	package_files_free(&records);
}

/* The whole body again from the given key: byte by byte what the maker had. */
static void
make_body_again(struct given *g)
{
	struct package_writer *w;
	struct secret *key = get_secret(g->o, "key");
	struct hash proof, sum;
	uint8_t *space;
	want_ok(package_writer_resume(key, get_hex(g->o, "header"), get_hex(g->o, "manifest"), &w), "resume");
	const struct package_layout *l = package_writer_layout(w);
	struct package_lane *lane = package_lane_of_writer(w);
	size_t total = (size_t)package_layout_body_bytes(l), content = (size_t)package_layout_content_bytes(l);
	want(total == get_int(g->o, "body_bytes"), "body_bytes");
	buf_init(&g->body, total);
	want_ok(buf_reserve(&g->body, total, &space), "body");
	buf_commit(&g->body, total);
	for (uint32_t i = 0; i < package_layout_chunk_count(l); i++) {
		struct package_chunk c = package_layout_chunk(l, i);
		const json_t *f = json_array_get(get(g->o, "files"), c.entry);
		struct parcel_file file = { "", (int64_t)get_int(f, "size"), (uint8_t)get_int(f, "seed") };
		uint8_t *bytes = parcel_contents(&file);
		want_ok(package_lane_encrypt(lane, &c, view_of(bytes + (size_t)c.index * PACKAGE_CHUNK_BYTES, c.plain_bytes),
		    space + c.stored_offset), "chunk");
		mem_free(&bytes);
	}
	want_ok(package_lane_padding(lane, content, space + content, total - content), "padding");
	crypt_digest_sha256(buf_view(&g->body), sum.bytes);
	want_hex(g->o, "body_sha256", crypt_hash_view(&sum));
	if (json_object_get(g->o, "body") != NULL)
		want_hex(g->o, "body", buf_view(&g->body));
	want_ok(package_writer_proof(w, &proof), "proof");
	want_hex(g->o, "proof", crypt_hash_view(&proof));
	package_lane_free(&lane);
	package_writer_free(&w);
	secret_free(&key);
}

static void
decrypt_body(const struct given *g)
{
	const struct package_layout *l = package_reader_layout(g->reader);
	struct package_lane *lane = package_lane_of_reader(g->reader);
	uint8_t *out = mem_alloc(PACKAGE_CHUNK_BYTES);
	for (uint32_t i = 0; i < package_layout_chunk_count(l); i++) {
		struct package_chunk c = package_layout_chunk(l, i);
		want_ok(package_lane_decrypt(lane, &c, view_of(g->body.data + c.stored_offset, c.stored_bytes), out), "decrypt");
	}
	want(package_reader_missing(g->reader) == 0, "all chunks");
	mem_free(&out);
	package_lane_free(&lane);
}

static void
check_receipt(const struct given *g)
{
	struct package_receipt r;
	struct id package = get_id(g->o, "id"), subscription = get_id(g->o, "subscription");
	struct hash header_hash = get_hash(g->o, "header_hash"), root = get_hash(g->o, "content_root");
	struct package_identity receiver = identity_of(g, !g->from_company);
	want_ok(package_receipt_parse(get_hex(g->o, "receipt"), &r), "receipt");
	want_ok(package_receipt_check(&r, &package, &subscription, &header_hash, &root, &receiver, NULL), "receipt check");
	want_hex(g->o, "proof", crypt_hash_view(&r.proof));
	want(r.receiver.time_ms == get_int(g->o, "received_ms"), "received_ms");
}

static void
check_sender(const struct given *g)
{
	struct package_withdrawal w;
	struct package_kept kept;
	struct id package = get_id(g->o, "id"), subscription = get_id(g->o, "subscription");
	struct package_identity sender = identity_of(g, g->from_company);
	want_ok(package_withdrawal_parse(get_hex(g->o, "withdrawal"), &w), "withdrawal");
	want_ok(package_withdrawal_check(&w, &package, &subscription, &sender, NULL), "withdrawal check");
	want(w.signer.time_ms == get_int(g->o, "withdrawn_ms"), "withdrawn_ms");
	want_ok(package_kept_open(get_hex(g->o, "kept"), &package, g->kept_key, &kept), "kept");
	want_hex(g->o, "key", secret_view(kept.key));
	want_hex(g->o, "header_hash", crypt_hash_view(&kept.header_hash));
	want_hex(g->o, "content_root", crypt_hash_view(&kept.content_root));
	want(package_format_recipient_equal(&kept.recipient, &package_reader_seal(g->reader)->recipient), "kept recipient");
	secret_free(&kept.key);
}

void
vectors_check_packages(const json_t *doc)
{
	const json_t *packages = get(doc, "packages");
	want(json_array_size(packages) >= 3, "packages");
	for (size_t i = 0; i < json_array_size(packages); i++) {
		struct given *g = mem_alloc(sizeof(*g));
		g->o = json_array_get(packages, i);
		g->from_company = view_equal_str(get_text(g->o, "recipient"), "anna");
		load_people(g, doc);
		open_package(g);
		check_files(g);
		make_body_again(g);
		decrypt_body(g);
		check_receipt(g);
		check_sender(g);
		package_reader_free(&g->reader);
		secret_free(&g->private);
		secret_free(&g->kept_key);
		buf_deinit(&g->body);
		mem_free(&g);
	}
}
