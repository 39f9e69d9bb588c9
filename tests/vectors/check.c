/* SPDX-License-Identifier: MIT */
/*
 * Checks a document of vectors, whoever made it: parses every format, opens what is sealed, verifies what is signed, computes
 * again what is derived.
 */
#include <string.h>

#include "base/mem.h"
#include "crypt/derive.h"
#include "crypt/keyhash.h"
#include "crypt/password.h"
#include "crypt/record.h"
#include "crypt/recovery.h"
#include "trust/action.h"
#include "trust/erasure.h"
#include "trust/invitation.h"
#include "trust/link.h"
#include "trust/pins.h"
#include "trust/recovery.h"
#include "trust/sealed.h"
#include "trust/wrap.h"
#include "vectors/json.h"
#include "vectors/vectors.h"

static void
want_secret(const json_t *o, const char *key, struct secret **s)
{
	want_hex(o, key, secret_view(*s));
	secret_free(s);
}

static void
check_password(const json_t *o)
{
	struct secret *password = get_secret(o, "password"), *auth, *wrap;
	struct crypt_cost cost = { (uint32_t)get_int(o, "memory_kib"), (uint32_t)get_int(o, "passes") };
	want_ok(crypt_password_keys(password, get_text(o, "service"), get_text(o, "address"), get_hex(o, "server_salt"), &cost,
	    &auth, &wrap), "password");
	want_secret(o, "auth", &auth);
	want_secret(o, "wrap", &wrap);
	secret_free(&password);
}

static void
check_recovery(const json_t *o)
{
	struct secret *code, *auth, *wrap;
	want_ok(crypt_recovery_parse(get_text(o, "text"), &code), "recovery text");
	crypt_recovery_keys(code, &auth, &wrap);
	want_secret(o, "code", &code);
	want_secret(o, "auth", &auth);
	want_secret(o, "wrap", &wrap);
}

/* A purpose as a C string, in out. */
static const char *
purpose_of(const json_t *o, char out[128])
{
	struct view v = get_text(o, "purpose");
	want(v.len > 0 && v.len < 128, "purpose");
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return out;
}

static void
check_derive(const json_t *o)
{
	char purpose[128];
	struct secret *parent = get_secret(o, "parent");
	struct secret *key = crypt_derive(parent, purpose_of(o, purpose), get_hex(o, "context"));
	want_secret(o, "key", &key);
	secret_free(&parent);
}

static void
check_keyhash(const json_t *o)
{
	char purpose[128];
	struct secret *key = get_secret(o, "key");
	struct hash h = crypt_keyhash(key, purpose_of(o, purpose), get_hex(o, "data"));
	want_hex(o, "hash", crypt_hash_view(&h));
	secret_free(&key);
}

static void
check_hash(const json_t *o)
{
	char purpose[128];
	struct hash h = crypt_hash(purpose_of(o, purpose), get_hex(o, "data"));
	want_hex(o, "hash", crypt_hash_view(&h));
}

static void
check_record(const json_t *o)
{
	struct secret *key = get_secret(o, "key"), *plain;
	want_ok(crypt_record_open_secret(key, get_hex(o, "ad"), get_hex(o, "sealed"), &plain), "record");
	want_secret(o, "plain", &plain);
	secret_free(&key);
}

static void
check_box(const json_t *o)
{
	struct secret *private = get_secret(o, "private"), *plain;
	want_ok(crypt_seal_open(private, get_hex(o, "sealed"), &plain), "box");
	want_secret(o, "plain", &plain);
	secret_free(&private);
}

static void
check_sign(const json_t *o)
{
	char purpose[128];
	struct sign_public public;
	struct secret *private;
	crypt_sign_keypair_of(get_hex(o, "seed"), &public, &private);
	struct signature sig = crypt_sign(private, purpose_of(o, purpose), get_hex(o, "message"));
	want_hex(o, "public", view_of(public.bytes, sizeof(public.bytes)));
	want_hex(o, "signature", view_of(sig.bytes, sizeof(sig.bytes)));
	secret_free(&private);
}

static struct trust_keys
keys_of(const json_t *o)
{
	struct trust_keys keys = { .seal = get_secret(o, "seal_private") };
	struct sign_public public;
	crypt_sign_keypair_of(get_hex(o, "sign_seed"), &public, &keys.sign);
	return keys;
}

static void
load_account(const json_t *doc, const char *name, struct trust_account *account)
{
	want_ok(trust_account_parse(get_hex(find(get(doc, "accounts"), "name", name), "statement"), account), name);
}

static void
check_wraps(const json_t *o, const struct trust_account *account)
{
	const json_t *wraps = get(o, "wraps");
	for (size_t i = 0; i < json_array_size(wraps); i++) {
		const json_t *w = json_array_get(wraps, i);
		struct secret *key = get_secret(w, "key");
		struct trust_keys keys;
		want_ok(trust_wrap_open(account, get_hex(w, "wrapped"), (enum trust_wrap)get_int(w, "kind"), key, &keys), "wrap");
		want_hex(o, "seal_private", secret_view(keys.seal));
		want_hex(o, "sign_seed", crypt_sign_seed(keys.sign));
		trust_keys_deinit(&keys);
		secret_free(&key);
	}
}

static void
check_account(const json_t *doc, const json_t *o)
{
	struct trust_account a, old;
	struct trust_keys keys = keys_of(o);
	want_ok(trust_account_parse(get_hex(o, "statement"), &a), "statement");
	want_hex(o, "id", id_view(&a.account));
	want_hex(o, "fingerprint", crypt_hash_view(&a.fingerprint));
	want(a.number == get_int(o, "number") && a.created_ms == get_int(o, "created_ms"), "number and time");
	want_ok(trust_account_owns(&a, &keys), "owns");
	want(a.is_successor == (get_text(o, "predecessor").len > 0), "predecessor");
	if (a.is_successor) {
		load_account(doc, "anna", &old);
		want_ok(trust_account_follows(&a, &old.account, old.number, &old.fingerprint, &old.sign), "follows");
	}
	check_wraps(o, &a);
	struct secret *pin_key = trust_wrap_pin_key(&a, &keys), *kept_key = trust_wrap_kept_key(&a, &keys);
	want_secret(o, "pin_key", &pin_key);
	want_secret(o, "kept_key", &kept_key);
	trust_keys_deinit(&keys);
}

static void
load_company(const json_t *doc, struct trust_company *company)
{
	const json_t *o = get(doc, "company"), *epochs = get(o, "epochs");
	struct view list[TRUST_EPOCHS_MAX];
	size_t n = json_array_size(epochs);
	for (size_t i = 0; i < n && i < TRUST_EPOCHS_MAX; i++)
		list[i] = get_hex(json_array_get(epochs, i), "statement");
	want_ok(trust_company_load(get_hex(o, "root"), list, n, company), "company");
}

static void
check_epochs(const json_t *company, const struct trust_company *c)
{
	for (size_t i = 0; i < c->epoch_count; i++) {
		const json_t *o = json_array_get(get(company, "epochs"), i);
		struct trust_account as_account = { .seal = c->epochs[i].seal, .sign = c->epochs[i].sign };
		struct trust_keys keys = keys_of(o);
		want_hex(o, "fingerprint", crypt_hash_view(&c->epochs[i].fingerprint));
		want(c->epochs[i].created_ms == get_int(o, "created_ms"), "created_ms");
		want_ok(trust_account_owns(&as_account, &keys), "epoch keys");
		trust_keys_deinit(&keys);
	}
}

static void
check_certificates(const json_t *doc, const json_t *company, const struct trust_company *c)
{
	const json_t *certificates = get(company, "certificates");
	for (size_t i = 0; i < json_array_size(certificates); i++) {
		const json_t *o = json_array_get(certificates, i);
		struct trust_certificate certificate;
		struct trust_account member;
		char name[64] = "";
		struct view v = get_text(o, "account");
		want(v.len < sizeof(name), "account");
		memcpy(name, v.data, v.len);
		load_account(doc, name, &member);
		want_ok(trust_certificate_parse(get_hex(o, "certificate"), &c->root, &certificate), name);
		want_ok(trust_certificate_is_for(&certificate, &member), name);
		want(certificate.role == (enum trust_role)get_int(o, "role") && certificate.epoch == get_int(o, "epoch") &&
		    certificate.not_before_ms == get_int(o, "not_before_ms") &&
		    view_equal_str(get_text(o, "display_name"), certificate.display_name), name);
	}
}

static void
check_sealed_keys(const json_t *doc, const json_t *company, const struct trust_company *c)
{
	const json_t *list = get(company, "sealed_epochs");
	struct trust_keys olga = keys_of(find(get(doc, "accounts"), "name", "olga")), keys;
	struct secret *private;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const struct trust_epoch *epoch = trust_company_epoch(c, (uint32_t)get_int(o, "epoch"));
		want(epoch != NULL, "epoch");
		want_ok(trust_sealed_open_epoch(epoch, get_hex(o, "sealed"), &olga, &keys), "sealed epoch");
		trust_keys_deinit(&keys);
	}
	want_ok(trust_sealed_open_root(&c->root, get_hex(get(company, "sealed_root"), "sealed"), &olga, &private), "sealed root");
	want_hex(company, "root_seed", crypt_sign_seed(private));
	secret_free(&private);
	trust_keys_deinit(&olga);
}

static void
check_company_code(const json_t *company, const struct trust_company *c)
{
	const json_t *o = get(company, "recovery");
	struct trust_keys code, current, older;
	struct trust_recovery recovery;
	struct secret *typed = secret_from_view(get_hex(o, "code")), *root;
	trust_recovery_keys(typed, &c->root.company, &code);
	secret_free(&typed);
	want_ok(trust_recovery_check(c, get_hex(o, "statement"), &recovery), "recovery key");
	want_hex(o, "fingerprint", crypt_hash_view(&recovery.fingerprint));
	want(recovery.created_ms == get_int(o, "created_ms"), "created_ms");
	want_ok(trust_recovery_owns(&recovery, &code), "keys of the code");
	want_ok(trust_sealed_open_root(&c->root, get_hex(o, "sealed_root"), &code, &root), "root for the code");
	want_ok(trust_sealed_open_epoch(trust_company_current(c), get_hex(o, "sealed_epoch"), &code, &current), "epoch for the code");
	want_ok(trust_sealed_open_epoch(&c->epochs[0], get_hex(o, "older"), &current, &older), "older epoch");
	secret_free(&root);
	trust_keys_deinit(&code);
	trust_keys_deinit(&current);
	trust_keys_deinit(&older);
}

static void
check_company(const json_t *doc)
{
	const json_t *o = get(doc, "company");
	struct trust_company c;
	load_company(doc, &c);
	want_hex(o, "id", id_view(&c.root.company));
	want_hex(o, "fingerprint", crypt_hash_view(&c.root.fingerprint));
	want(c.root.created_ms == get_int(o, "created_ms"), "created_ms");
	check_epochs(o, &c);
	check_certificates(doc, o, &c);
	check_sealed_keys(doc, o, &c);
	check_company_code(o, &c);
}

static void
check_pin(const json_t *o, const struct trust_pin *pin)
{
	want_hex(o, "principal", id_view(&pin->principal));
	want_hex(o, "fingerprint", crypt_hash_view(&pin->fingerprint));
	want_hex(o, "sign", view_of(pin->sign.bytes, sizeof(pin->sign.bytes)));
	want(pin->kind == (enum trust_pin_kind)get_int(o, "kind") && pin->number == get_int(o, "number") &&
	    pin->source == (enum trust_pin_source)get_int(o, "source") && pin->is_verified == (get_int(o, "is_verified") == 1) &&
	    pin->first_seen_ms == get_int(o, "first_seen_ms"), "pin");
	want_hex(o, "epoch", pin->kind == TRUST_PIN_COMPANY ? crypt_hash_view(&pin->epoch) : view_of(NULL, 0));
}

static void
check_pins(const json_t *doc)
{
	const json_t *o = get(doc, "pins"), *rows = get(o, "rows"), *anna = find(get(doc, "accounts"), "name", "anna");
	struct secret *key = get_secret(anna, "pin_key");
	struct id account = get_id(anna, "id");
	const json_t *pages = get(o, "pages");
	struct trust_pins *p;
	uint32_t at;
	want_ok(trust_pins_open(get_hex(o, "root"), &account, get_int(o, "version"), 0, key, &p), "pins");
	for (size_t i = 0; i < json_array_size(pages); i++) {
		const json_t *page = json_array_get(pages, i);
		want(trust_pins_lacks_any(p, &at) && at == get_int(page, "at"), "page of pins");
		want_ok(trust_pins_take(p, at, get_hex(page, "page")), "page of pins");
	}
	want(!trust_pins_lacks_any(p, &at) && trust_pins_count(p) == json_array_size(rows), "pins");
	const struct trust_pin **pins = trust_pins_sorted(p);
	for (size_t i = 0; i < trust_pins_count(p); i++)
		check_pin(json_array_get(rows, i), pins[i]);
	mem_free(&pins);
	trust_pins_free(&p);
	secret_free(&key);
}

static void
check_links(const json_t *doc)
{
	const json_t *member = get(doc, "invitation"), *customer = get(doc, "customer_link");
	struct trust_company c;
	struct trust_account axel;
	struct trust_link link;
	struct hash mac = get_hash(member, "mac");
	load_company(doc, &c);
	load_account(doc, "axel", &axel);
	want_ok(trust_link_parse(get_text(member, "link"), &link), "member link");
	want(link.is_member && link.role == (enum trust_role)get_int(member, "role"), "role");
	want_hex(member, "invitation", id_view(&link.invitation));
	want_hex(member, "secret", secret_view(link.secret));
	struct trust_invitation i = { link.invitation, c.root.company, link.root, link.role };
	want_ok(trust_invitation_check(&i, link.secret, &axel, &mac), "mac");
	trust_link_deinit(&link);
	want_ok(trust_link_parse(get_text(customer, "link"), &link), "customer link");
	want(!link.is_member && crypt_hash_equal(&link.root, &c.root.fingerprint), "root");
	want(view_equal_str(get_text(customer, "slug"), link.slug) && view_equal_str(get_text(customer, "host"), link.host), "link");
	trust_link_deinit(&link);
}

static void
check_action(const json_t *doc)
{
	const json_t *o = get(doc, "action");
	struct trust_account anna;
	struct signature sig;
	struct view v = get_hex(o, "signature");
	load_account(doc, "anna", &anna);
	want(v.len == sizeof(sig.bytes), "signature");
	memcpy(sig.bytes, v.data, sizeof(sig.bytes));
	struct trust_action action = {
		get_text(o, "name"), anna.account, get_id(o, "subject"), get_hex(o, "nonce"), get_hex(o, "parameters"),
	};
	want_ok(trust_action_verify(&action, &anna.sign, &sig), "action");
}

static void
check_items(const json_t *o, const char *name, const struct trust_erasure_list *list)
{
	const json_t *items = get(o, name);
	want(json_array_size(items) == list->count, name);
	for (size_t i = 0; i < list->count; i++) {
		const json_t *item = json_array_get(items, i);
		want(json_integer_value(json_array_get(item, 0)) == list->items[i].kind, name);
		want((uint64_t)json_integer_value(json_array_get(item, 1)) == list->items[i].value, name);
	}
}

static void
check_erasure(const json_t *doc)
{
	const json_t *o = get(doc, "erasure");
	struct trust_erasure r;
	struct sign_public key;
	struct secret *sign;
	struct buf bytes, again;
	struct id receipt = get_id(o, "receipt"), subject = get_id(o, "subject");
	buf_init(&bytes, TRUST_ERASURE_BYTES_MAX);
	buf_init(&again, TRUST_ERASURE_BYTES_MAX);
	crypt_sign_keypair_of(get_hex(o, "sign_seed"), &key, &sign);
	want_ok(trust_erasure_unarmor(get_text(o, "text"), &bytes), "erasure as text");
	want(view_equal(buf_view(&bytes), get_hex(o, "bytes")), "text of the erasure");
	want_ok(trust_erasure_parse(buf_view(&bytes), &r), "erasure");
	want(crypt_sign_public_equal(&r.key, &key) && id_equal(&r.receipt, &receipt) && id_equal(&r.subject, &subject), "erasure");
	want(r.occasion == (unsigned)json_integer_value(get(o, "occasion")) && r.by == (unsigned)json_integer_value(get(o, "by")), "erasure");
	want(r.time_ms == (uint64_t)json_integer_value(get(o, "time_ms")) && r.is_complete == json_is_true(get(o, "complete")), "erasure");
	want(view_equal(view_str(r.service), get_text(o, "service")), "service");
	check_items(o, "gone", &r.gone);
	check_items(o, "stays", &r.stays);
	check_items(o, "copies", &r.copies);
	want_ok(trust_erasure_make(&r, sign, &again), "erasure again");
	want(view_equal(buf_view(&again), buf_view(&bytes)), "the same erasure");
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 1;
		want(trust_erasure_parse(buf_view(&bytes), &r) != 0, "a changed receipt");
		bytes.data[i] ^= 1;
	}
	secret_free(&sign);
	buf_deinit(&bytes);
	buf_deinit(&again);
}

void
vectors_check(const json_t *doc)
{
	static const struct { const char *list; void (*check)(const json_t *); } rows[] = {
		{ "password", check_password }, { "recovery", check_recovery }, { "derive", check_derive }, { "keyhash", check_keyhash },
		{ "hash", check_hash }, { "record", check_record }, { "box", check_box }, { "sign", check_sign },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *list = get(doc, rows[i].list);
		want(json_array_size(list) > 0, rows[i].list);
		for (size_t k = 0; k < json_array_size(list); k++)
			rows[i].check(json_array_get(list, k));
	}
	const json_t *accounts = get(doc, "accounts");
	for (size_t i = 0; i < json_array_size(accounts); i++)
		check_account(doc, json_array_get(accounts, i));
	check_company(doc);
	check_pins(doc);
	check_links(doc);
	check_action(doc);
	vectors_check_packages(doc);
	check_erasure(doc);
}
