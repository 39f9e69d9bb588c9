/* SPDX-License-Identifier: MIT */
/*
 * Writes the binary inputs of corpus/ with the real writers: seeds FOLDER. Keys and ids are random: run it again only where a
 * format changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoder.h"
#include "base/file.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "crypt/init.h"
#include "crypt/record.h"
#include "fuzz/seeds.h"
#include "package/keys.h"
#include "package/manifest.h"
#include "package/parcel.h"
#include "package/receiptfile.h"
#include "package/seal.h"
#include "package/withdrawal.h"
#include "trust/pins.h"
#include "trust/wrap.h"

#define MANIFEST_PURPOSE "provision/1/package-manifest"

static const char *target;

static char *
path_of(const char *harness, const char *name)
{
	char *path = mem_printf("%s/%s", target, harness);
	(void)mkdir(path, 0777);
	mem_free(&path);
	return mem_printf("%s/%s/%s", target, harness, name);
}

/* is_prefixed: the first byte is the harness's. */
static void
write_bytes(const char *harness, const char *name, bool is_prefixed, uint8_t first, struct view rest)
{
	char *path = path_of(harness, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	assert_true(fd >= 0);
	assert_int_equal(file_write_full(fd, &first, is_prefixed ? 1 : 0), 0);
	assert_int_equal(file_write_full(fd, rest.data, rest.len), 0);
	close(fd);
	mem_free(&path);
}

void
seeds_write(const char *harness, const char *name, uint8_t first, struct view rest)
{
	write_bytes(harness, name, true, first, rest);
}

/* As they are, and without the signature for a harness that signs. */
static void
write_signed(const char *harness, const char *name, uint8_t how, struct view bytes, size_t signatures)
{
	char *raw = mem_printf("%s.signed", name);
	seeds_write(harness, raw, 0, bytes);
	seeds_write(harness, name, how, view_slice(bytes, 0, bytes.len - signatures * CRYPT_SIGNATURE_BYTES));
	mem_free(&raw);
}

static void
accounts(const struct cast *c)
{
	struct trust_keys keys;
	struct buf next, wrapped;
	struct secret *key = secret_new(CRYPT_KEY_BYTES);
	buf_init(&next, TRUST_STATEMENT_MAX);
	buf_init(&wrapped, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_account_succeed(&c->anna.account, &c->anna.keys, CAST_NOW, &keys, &next), 0);
	write_signed("trust_account", "first", 1, buf_view(&c->anna.statement), 1);
	write_signed("trust_account", "successor", 2, buf_view(&next), 2);
	for (enum trust_wrap kind = TRUST_WRAP_PASSWORD; kind <= TRUST_WRAP_SESSION; kind++) {
		static const char *const names[] = { "", "password", "recovery", "session" };
		buf_clear(&wrapped);
		assert_int_equal(trust_wrap_seal(&c->anna.account, &c->anna.keys, kind, key, &wrapped), 0);
		write_bytes("trust_wrap", names[kind], false, 0, buf_view(&wrapped));
	}
	trust_keys_deinit(&keys);
	secret_free(&key);
	buf_deinit(&next);
	buf_deinit(&wrapped);
}

static void
company(const struct cast *c, const char *name, bool is_signed, size_t epochs)
{
	size_t less = is_signed ? 0 : CRYPT_SIGNATURE_BYTES;
	struct view root = buf_view(&c->root), cert = buf_view(&c->axel.certificate);
	struct buf out;
	buf_init(&out, 4 * TRUST_CERTIFICATE_MAX);
	struct encoder e = encoder_of(&out);
	encoder_block(&e, view_slice(root, 0, root.len - less));
	encoder_u8(&e, (uint8_t)epochs);
	for (size_t i = 0; i < epochs; i++) {
		struct view epoch = buf_view(&c->epochs[i]);
		encoder_block(&e, view_slice(epoch, 0, epoch.len - less));
	}
	encoder_block(&e, view_slice(cert, 0, cert.len - less));
	assert_int_equal(encoder_end(&e), 0);
	seeds_write("trust_company", name, is_signed ? 0 : 1, buf_view(&out));
	buf_deinit(&out);
}

/* kind: the fuzzer's first byte; extra: what the associated data says of a page. */
static void
pins_plain(const char *name, uint8_t kind, struct view sealed, const struct id *account, const char *purpose, struct view extra)
{
	struct secret *key = secret_new(CRYPT_KEY_BYTES);
	struct buf plain, ad;
	buf_init(&plain, TRUST_PINS_ROOT_BYTES_MAX);
	buf_init(&ad, 64);
	assert_int_equal(buf_append(&ad, purpose, strlen(purpose) + 1), 0);
	assert_int_equal(buf_append(&ad, account->bytes, ID_BYTES), 0);
	assert_int_equal(buf_append_u64(&ad, 7), 0);
	assert_int_equal(buf_append_view(&ad, extra), 0);
	assert_int_equal(crypt_record_open(key, buf_view(&ad), view_slice(sealed, 14, sealed.len), &plain), 0);
	seeds_write("trust_pins", name, kind, buf_view(&plain));
	secret_free(&key);
	buf_deinit(&plain);
	buf_deinit(&ad);
}

static void
pins(const struct cast *c)
{
	static const struct id account = { { 0x22 } };
	struct secret *key = secret_new(CRYPT_KEY_BYTES);
	struct trust_pins *p = trust_pins_new(&account, key);
	enum trust_pin_verdict verdict;
	struct trust_pin pin = { .kind = TRUST_PIN_CUSTOMER, .source = TRUST_PIN_LINK };
	struct buf root;
	uint32_t at;
	buf_init(&root, TRUST_PINS_ROOT_BYTES_MAX);
	assert_int_equal(trust_pins_meet_account(p, &c->anna.account, CAST_NOW, &verdict), 0);
	assert_int_equal(trust_pins_meet_account(p, &c->olga.account, CAST_NOW, &verdict), 0);
	assert_int_equal(trust_pins_meet_company(p, &c->company, NULL, CAST_NOW, &verdict), 0);
	assert_int_equal(trust_pins_meet_server(p, &c->rita.account.sign, CAST_NOW, &verdict), 0);
	trust_pins_seal(p, 7, &root);
	seeds_write("trust_pins", "sealed", 0, buf_view(&root));
	pins_plain("one-page", 1, buf_view(&root), &account, "provision/1/pin-store", view_of(NULL, 0));
	pins_plain("four", 2, trust_pins_sealed_at(p, 0, &at), &account, "provision/1/pin-page", view_of("\0\0\0\0", 5));
	for (; trust_pins_count(p) < 1000; pin.principal.bytes[trust_pins_count(p) % ID_BYTES]++)
		assert_int_equal(trust_pins_put(p, &pin), 0);
	buf_clear(&root);
	trust_pins_seal(p, 7, &root);
	pins_plain("pages", 1, buf_view(&root), &account, "provision/1/pin-store", view_of(NULL, 0));
	trust_pins_free(&p);
	secret_free(&key);
	buf_deinit(&root);
}

/* The plaintext without its padding, which is zeros. */
static void
manifest(const char *name, const struct package_entry *entries, size_t n)
{
	struct id package;
	uint8_t ad[sizeof(MANIFEST_PURPOSE) + ID_BYTES];
	struct package_manifest *m;
	struct secret *key = secret_new(CRYPT_KEY_BYTES);
	struct buf stored, plain;
	memset(package.bytes, 0x11, ID_BYTES);
	memcpy(ad, MANIFEST_PURPOSE, sizeof(MANIFEST_PURPOSE));
	memcpy(ad + sizeof(MANIFEST_PURPOSE), package.bytes, ID_BYTES);
	struct secret *manifest_key = package_keys_derive(key, PACKAGE_KEY_MANIFEST, &package);
	buf_init(&stored, PACKAGE_MANIFEST_MAX);
	buf_init(&plain, PACKAGE_MANIFEST_MAX);
	assert_int_equal(package_manifest_new(entries, n, &m, NULL), 0);
	assert_int_equal(package_manifest_seal(m, &package, key, &stored), 0);
	assert_int_equal(crypt_record_open(manifest_key, view_of(ad, sizeof(ad)), buf_view(&stored), &plain), 0);
	size_t len = plain.len;
	while (plain.data[len - 1] == 0)
		len--;
	seeds_write("package_manifest", name, 0, view_slice(buf_view(&plain), 0, len));
	package_manifest_free(&m);
	secret_free(&key);
	secret_free(&manifest_key);
	buf_deinit(&stored);
	buf_deinit(&plain);
}

/* With the sender as the receiver: good enough for a parser. */
static void
receipt_file(const struct parcel *p, const char *name, struct view receipt)
{
	const struct cast *c = p->cast;
	static const uint8_t key[CRYPT_KEY_BYTES] = { 7 };
	struct package_receiptfile_record record = { VIEW_LIT("ordner/"), 0, { NULL, 0 } };
	struct package_receiptfile f = { .receipt = receipt, .receipt_key = { key, sizeof(key) }, .record_count = 1 };
	char *file = mem_printf("%s.file", name);
	struct buf records, out;
	buf_init(&records, 256);
	buf_init(&out, 8192);
	assert_int_equal(package_receiptfile_add(&record, &records), 0);
	f.records = buf_view(&records);
	if (p->certificate.len > 0) {
		f.root = buf_view(&c->root);
		f.epochs[0] = buf_view(&c->epochs[0]);
		f.epochs[1] = buf_view(&c->epochs[1]);
		f.epoch_count = 2;
	} else {
		f.statement = buf_view(&c->anna.statement);
	}
	assert_int_equal(package_receiptfile_put(&f, &out), 0);
	seeds_write("package_receipt", file, 0, buf_view(&out));
	mem_free(&file);
	buf_deinit(&records);
	buf_deinit(&out);
}

static void
receipt(const struct parcel *p, const char *name)
{
	struct package_receipt r = {
		.package = p->package, .subscription = p->subscription, .receiver = { p->sender, CAST_NOW, p->certificate },
	};
	struct buf out;
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_receipt_make(&r, p->sign_private, &out), 0);
	write_signed("package_receipt", name, 1, buf_view(&out), 1);
	receipt_file(p, name, buf_view(&out));
	buf_clear(&out);
	struct package_withdrawal w = { p->package, p->subscription, r.receiver };
	char *withdrawn = mem_printf("%s.withdrawn", name);
	assert_int_equal(package_withdrawal_make(&w, p->sign_private, &out), 0);
	write_signed("package_receipt", withdrawn, 2, buf_view(&out), 1);
	mem_free(&withdrawn);
	buf_deinit(&out);
}

static void
parcels(const struct cast *c)
{
	static const struct parcel_file files[] = { { "b", 5, 1 }, { "f", -1, 0 }, { "f/x", 3, 7 } };
	static const char *const names[] = { "customer", "company" };
	static const struct package_entry entries[] = {
		{ .kind = PACKAGE_ENTRY_FOLDER, .mtime_ms = -5, .path = { (const uint8_t *)"a", 1 } },
		{ .kind = PACKAGE_ENTRY_FILE, .is_executable = true, .size = 1, .path = { (const uint8_t *)"a/b", 3 } },
		{ .kind = PACKAGE_ENTRY_FILE, .size = 1ULL << 39, .mtime_ms = 5, .path = { (const uint8_t *)"a!", 2 } },
	};
	struct package_seal seal;
	for (size_t i = 0; i < 2; i++) {
		struct parcel p;
		parcel_init(&p, c, files, 3, i == 1);
		struct view bytes = buf_view(&p.seal);
		assert_int_equal(package_seal_parse(bytes, &seal), 0);
		write_bytes("package_header", names[i], false, 0, package_writer_header(p.writer));
		write_signed("package_seal", names[i], 1, view_slice(bytes, 0, seal.head_bytes), 1);
		receipt(&p, names[i]);
		parcel_deinit(&p);
	}
	manifest("three", entries, 3);
	manifest("one", entries, 1);
}

/* From the texts that are there already. */
static void
configuration(const char *name)
{
	static const struct {
		const char *name;
		unsigned mask;
	} roles[] = { { "provisiond", CONF_ROLE_PROVISIOND }, { "store", CONF_ROLE_STORE }, { "web", CONF_ROLE_WEB },
		{ "courier", CONF_ROLE_COURIER } };
	char *path = path_of("conf_file", name);
	struct conf *conf;
	struct conf_problem problem;
	struct buf out;
	assert_int_equal(conf_parse_file(path, &conf, &problem), 0);
	buf_init(&out, CONF_RECORD_MAX);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		char *to = mem_printf("%s.%s", name, roles[i].name);
		buf_clear(&out);
		assert_int_equal(conf_encode(conf, roles[i].mask, &out), 0);
		write_bytes("conf_record", to, false, 0, buf_view(&out));
		mem_free(&to);
	}
	buf_deinit(&out);
	conf_free(&conf);
	mem_free(&path);
}

int
main(int argc, char **argv)
{
	static struct cast cast;
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 64;
	}
	target = argv[1];
	assert_int_equal(crypt_init(), 0);
	cast_init(&cast);
	accounts(&cast);
	company(&cast, "two-epochs", false, 2);
	company(&cast, "two-epochs.signed", true, 2);
	company(&cast, "one-epoch", false, 1);
	pins(&cast);
	parcels(&cast);
	configuration("minimal");
	configuration("full");
	seeds_records();
	cast_deinit(&cast);
	return EXIT_SUCCESS;
}
