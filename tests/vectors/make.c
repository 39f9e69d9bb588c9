/* SPDX-License-Identifier: MIT */
/*
 * Makes the vectors: a fixed seed in place of randomness, so that the committed file can be compared byte by byte. The people are
 * those of trust/cast.h. The shape of the document is described in README.md; check.c reads the same shape.
 */
#include <string.h>

#include "base/mem.h"
#include "crypt/derive.h"
#include "crypt/expect.h"
#include "crypt/keyhash.h"
#include "crypt/password.h"
#include "crypt/random.h"
#include "crypt/record.h"
#include "crypt/recovery.h"
#include "trust/action.h"
#include "trust/erasure.h"
#include "trust/cast.h"
#include "trust/invitation.h"
#include "trust/link.h"
#include "trust/pins.h"
#include "trust/recovery.h"
#include "trust/sealed.h"
#include "trust/wrap.h"
#include "vectors/json.h"
#include "vectors/vectors.h"

#define SEED 20260101

static void
put_secret(json_t *o, const char *key, const struct secret *s)
{
	put_hex(o, key, secret_view(s));
}

static void
make_password(json_t *doc)
{
	json_t *o = add_object(put_array(doc, "password"));
	struct secret *password = secret_from_view(VIEW_LIT("Gr\xc3\xbc\xc3\x9f""e aus K\xc3\xb6ln")), *auth, *wrap;
	struct crypt_cost cost = crypt_password_floor();
	uint8_t salt[CRYPT_SERVER_SALT_BYTES];
	crypt_random(salt, sizeof(salt));
	want_ok(crypt_password_keys(password, VIEW_LIT("provision.example"), VIEW_LIT("anna@example.org"),
	    view_of(salt, sizeof(salt)), &cost, &auth, &wrap), "password");
	put_secret(o, "password", password);
	put_text(o, "service", "provision.example");
	put_text(o, "address", "anna@example.org");
	put_hex(o, "server_salt", view_of(salt, sizeof(salt)));
	put_int(o, "memory_kib", cost.memory_kib);
	put_int(o, "passes", cost.passes);
	put_secret(o, "auth", auth);
	put_secret(o, "wrap", wrap);
	secret_free(&password);
	secret_free(&auth);
	secret_free(&wrap);
}

static void
make_recovery(json_t *doc)
{
	json_t *o = add_object(put_array(doc, "recovery"));
	struct secret *code = crypt_recovery_new(), *auth, *wrap, *text = crypt_recovery_text(code);
	char plain[CRYPT_RECOVERY_TEXT_LEN + 1] = { 0 };
	memcpy(plain, secret_view(text).data, CRYPT_RECOVERY_TEXT_LEN);
	crypt_recovery_keys(code, &auth, &wrap);
	put_secret(o, "code", code);
	put_text(o, "text", plain);
	put_secret(o, "auth", auth);
	put_secret(o, "wrap", wrap);
	secret_free(&code);
	secret_free(&text);
	secret_free(&auth);
	secret_free(&wrap);
}

static void
make_keyed(json_t *doc)
{
	json_t *derive = put_array(doc, "derive"), *keyhash = put_array(doc, "keyhash"), *hash = put_array(doc, "hash");
	static const char *const data[] = { "", "some data" };
	for (size_t i = 0; i < 2; i++) {
		struct secret *parent = secret_random(i == 0 ? 16 : 32), *key = secret_random(CRYPT_KEY_BYTES);
		struct secret *child = crypt_derive(parent, "provision/1/example", view_str(data[i]));
		struct hash keyed = crypt_keyhash(key, "provision/1/example", view_str(data[i]));
		struct hash plain = crypt_hash("provision/1/example", view_str(data[i]));
		json_t *o = add_object(derive);
		put_secret(o, "parent", parent);
		put_text(o, "purpose", "provision/1/example");
		put_hex(o, "context", view_str(data[i]));
		put_secret(o, "key", child);
		o = add_object(keyhash);
		put_secret(o, "key", key);
		put_text(o, "purpose", "provision/1/example");
		put_hex(o, "data", view_str(data[i]));
		put_hex(o, "hash", crypt_hash_view(&keyed));
		o = add_object(hash);
		put_text(o, "purpose", "provision/1/example");
		put_hex(o, "data", view_str(data[i]));
		put_hex(o, "hash", crypt_hash_view(&plain));
		secret_free(&parent);
		secret_free(&key);
		secret_free(&child);
	}
}

static void
make_sealed(json_t *doc)
{
	json_t *record = add_object(put_array(doc, "record")), *box = add_object(put_array(doc, "box"));
	json_t *sign = add_object(put_array(doc, "sign"));
	struct secret *key = secret_random(CRYPT_KEY_BYTES), *private, *sign_private;
	struct seal_public public;
	struct sign_public sign_public;
	struct buf out;
	buf_init(&out, 1000);
	want_ok(crypt_record_seal(key, VIEW_LIT("associated"), VIEW_LIT("plain text"), &out), "record");
	put_secret(record, "key", key);
	put_hex(record, "ad", VIEW_LIT("associated"));
	put_hex(record, "plain", VIEW_LIT("plain text"));
	put_hex(record, "sealed", buf_view(&out));
	buf_clear(&out);
	crypt_seal_keypair(&public, &private);
	want_ok(crypt_seal(&public, VIEW_LIT("for you only"), &out), "box");
	put_secret(box, "private", private);
	put_hex(box, "plain", VIEW_LIT("for you only"));
	put_hex(box, "sealed", buf_view(&out));
	crypt_sign_keypair(&sign_public, &sign_private);
	struct signature sig = crypt_sign(sign_private, "provision/1/example", VIEW_LIT("message"));
	put_hex(sign, "seed", crypt_sign_seed(sign_private));
	put_hex(sign, "public", view_of(sign_public.bytes, sizeof(sign_public.bytes)));
	put_text(sign, "purpose", "provision/1/example");
	put_hex(sign, "message", VIEW_LIT("message"));
	put_hex(sign, "signature", view_of(sig.bytes, sizeof(sig.bytes)));
	secret_free(&key);
	secret_free(&private);
	secret_free(&sign_private);
	buf_deinit(&out);
}

static void
put_wrap(json_t *wraps, const struct trust_account *account, const struct trust_keys *keys, enum trust_wrap kind)
{
	json_t *o = add_object(wraps);
	struct secret *key = secret_random(CRYPT_KEY_BYTES);
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	want_ok(trust_wrap_seal(account, keys, kind, key, &out), "wrap");
	put_int(o, "kind", kind);
	put_secret(o, "key", key);
	put_hex(o, "wrapped", buf_view(&out));
	secret_free(&key);
	buf_deinit(&out);
}

static void
put_account(json_t *accounts, const char *name, const struct trust_account *account, const struct trust_keys *keys,
    struct view statement)
{
	json_t *o = add_object(accounts);
	struct secret *pin_key = trust_wrap_pin_key(account, keys), *kept_key = trust_wrap_kept_key(account, keys);
	put_text(o, "name", name);
	put_hex(o, "id", id_view(&account->account));
	put_secret(o, "seal_private", keys->seal);
	put_hex(o, "sign_seed", crypt_sign_seed(keys->sign));
	put_int(o, "number", account->number);
	put_int(o, "created_ms", account->created_ms);
	put_hex(o, "statement", statement);
	put_hex(o, "fingerprint", crypt_hash_view(&account->fingerprint));
	put_text(o, "predecessor", account->is_successor ? "anna" : "");
	json_t *wraps = put_array(o, "wraps");
	put_wrap(wraps, account, keys, TRUST_WRAP_PASSWORD);
	put_wrap(wraps, account, keys, TRUST_WRAP_RECOVERY);
	put_secret(o, "pin_key", pin_key);
	put_secret(o, "kept_key", kept_key);
	secret_free(&pin_key);
	secret_free(&kept_key);
}

static void
make_accounts(json_t *doc, const struct cast *c)
{
	json_t *accounts = put_array(doc, "accounts");
	const struct { const char *name; const struct cast_person *p; } rows[] = {
		{ "anna", &c->anna }, { "olga", &c->olga }, { "axel", &c->axel }, { "rita", &c->rita },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put_account(accounts, rows[i].name, &rows[i].p->account, &rows[i].p->keys, buf_view(&rows[i].p->statement));
	struct trust_account next;
	struct trust_keys keys;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	want_ok(trust_account_succeed(&c->anna.account, &c->anna.keys, CAST_NOW + 77, &keys, &out), "successor");
	want_ok(trust_account_parse(buf_view(&out), &next), "successor");
	put_account(accounts, "anna-2", &next, &keys, buf_view(&out));
	trust_keys_deinit(&keys);
	buf_deinit(&out);
}

static void
put_certificate(json_t *certificates, const struct cast *c, const char *name, const struct cast_person *p)
{
	json_t *o = add_object(certificates);
	struct trust_certificate certificate;
	want_ok(trust_certificate_parse(buf_view(&p->certificate), &c->company.root, &certificate), name);
	put_text(o, "account", name);
	put_int(o, "role", certificate.role);
	put_int(o, "epoch", certificate.epoch);
	put_int(o, "not_before_ms", certificate.not_before_ms);
	put_text(o, "display_name", certificate.display_name);
	put_hex(o, "certificate", buf_view(&p->certificate));
}

static void
put_sealed_keys(json_t *company, const struct cast *c)
{
	json_t *epochs = put_array(company, "sealed_epochs");
	struct trust_certificate olga;
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	want_ok(trust_certificate_parse(buf_view(&c->olga.certificate), &c->company.root, &olga), "olga");
	for (size_t i = 0; i < 2; i++) {
		json_t *o = add_object(epochs);
		buf_clear(&out);
		want_ok(trust_sealed_epoch(&c->company.epochs[i], &c->epoch_keys[i], &olga, &out), "sealed epoch");
		put_text(o, "account", "olga");
		put_int(o, "epoch", c->company.epochs[i].number);
		put_hex(o, "sealed", buf_view(&out));
	}
	buf_clear(&out);
	want_ok(trust_sealed_root(&c->company.root, c->root_private, &olga, &out), "sealed root");
	json_t *root = put_object(company, "sealed_root");
	put_text(root, "account", "olga");
	put_hex(root, "sealed", buf_view(&out));
	buf_deinit(&out);
}

static void
put_recovery(json_t *company, const struct cast *c)
{
	const struct trust_epoch *current = trust_company_current(&c->company);
	json_t *o = put_object(company, "recovery");
	struct buf out;
	buf_init(&out, TRUST_STATEMENT_MAX);
	put_secret(o, "code", c->code);
	put_int(o, "created_ms", c->recovery.created_ms);
	put_hex(o, "statement", buf_view(&c->code_statement));
	put_hex(o, "fingerprint", crypt_hash_view(&c->recovery.fingerprint));
	want_ok(trust_sealed_epoch_to(current, &c->epoch_keys[1], &c->recovery.seal, &out), "epoch for the code");
	put_hex(o, "sealed_epoch", buf_view(&out));
	buf_clear(&out);
	want_ok(trust_sealed_root_to(&c->company.root, c->root_private, &c->recovery.seal, &out), "root for the code");
	put_hex(o, "sealed_root", buf_view(&out));
	buf_clear(&out);
	want_ok(trust_sealed_epoch_to(&c->company.epochs[0], &c->epoch_keys[0], &current->seal, &out), "older epoch");
	put_hex(o, "older", buf_view(&out));
	buf_deinit(&out);
}

static void
make_company(json_t *doc, const struct cast *c)
{
	json_t *company = put_object(doc, "company");
	put_hex(company, "id", id_view(&c->company.root.company));
	put_hex(company, "root_seed", crypt_sign_seed(c->root_private));
	put_int(company, "created_ms", c->company.root.created_ms);
	put_hex(company, "root", buf_view(&c->root));
	put_hex(company, "fingerprint", crypt_hash_view(&c->company.root.fingerprint));
	json_t *epochs = put_array(company, "epochs");
	for (size_t i = 0; i < 2; i++) {
		json_t *o = add_object(epochs);
		put_int(o, "created_ms", c->company.epochs[i].created_ms);
		put_hex(o, "seal_private", secret_view(c->epoch_keys[i].seal));
		put_hex(o, "sign_seed", crypt_sign_seed(c->epoch_keys[i].sign));
		put_hex(o, "statement", buf_view(&c->epochs[i]));
		put_hex(o, "fingerprint", crypt_hash_view(&c->company.epochs[i].fingerprint));
	}
	json_t *certificates = put_array(company, "certificates");
	put_certificate(certificates, c, "rita", &c->rita);
	put_certificate(certificates, c, "olga", &c->olga);
	put_certificate(certificates, c, "axel", &c->axel);
	put_sealed_keys(company, c);
	put_recovery(company, c);
}

static void
put_pin(json_t *rows, const struct trust_pin *pin)
{
	json_t *o = add_object(rows);
	put_int(o, "kind", pin->kind);
	put_hex(o, "principal", id_view(&pin->principal));
	put_hex(o, "fingerprint", crypt_hash_view(&pin->fingerprint));
	put_hex(o, "sign", view_of(pin->sign.bytes, sizeof(pin->sign.bytes)));
	put_int(o, "number", pin->number);
	put_int(o, "source", pin->source);
	put_int(o, "is_verified", pin->is_verified);
	put_int(o, "first_seen_ms", pin->first_seen_ms);
	put_hex(o, "epoch", pin->kind == TRUST_PIN_COMPANY ? crypt_hash_view(&pin->epoch) : view_of(NULL, 0));
}

static void
make_pins(json_t *doc, const struct cast *c)
{
	json_t *o = put_object(doc, "pins");
	struct secret *key = trust_wrap_pin_key(&c->anna.account, &c->anna.keys);
	struct trust_pins *p = trust_pins_new(&c->anna.account.account, key);
	enum trust_pin_verdict v;
	struct buf out;
	buf_init(&out, TRUST_PINS_ROOT_BYTES_MAX);
	want_ok(trust_pins_meet_company(p, &c->company, &c->company.root.fingerprint, CAST_NOW, &v), "pin");
	want_ok(trust_pins_meet_account(p, &c->axel.account, CAST_NOW + 1, &v), "pin");
	want_ok(trust_pins_meet_account(p, &c->rita.account, CAST_NOW + 2, &v), "pin");
	want_ok(trust_pins_meet_server(p, &c->olga.account.sign, CAST_NOW + 3, &v), "pin");
	trust_pins_seal(p, 5, &out);
	put_text(o, "account", "anna");
	put_int(o, "version", 5);
	put_hex(o, "root", buf_view(&out));
	json_t *pages = put_array(o, "pages"), *rows = put_array(o, "rows");
	for (size_t i = 0; i < trust_pins_sealed_count(p); i++) {
		json_t *page = add_object(pages);
		uint32_t at;
		put_hex(page, "page", trust_pins_sealed_at(p, i, &at));
		put_int(page, "at", at);
	}
	const struct trust_pin **pins = trust_pins_sorted(p);
	for (size_t i = 0; i < trust_pins_count(p); i++)
		put_pin(rows, pins[i]);
	mem_free(&pins);
	trust_pins_free(&p);
	secret_free(&key);
	buf_deinit(&out);
}

static void
put_link(json_t *o, const struct trust_link *link)
{
	struct buf out;
	buf_init(&out, TRUST_LINK_MAX);
	want_ok(trust_link_make(link, &out), "link");
	char *text = mem_printf("%.*s", VIEW_FMT(buf_view(&out)));
	put_text(o, "link", text);
	mem_free(&text);
	buf_deinit(&out);
}

static void
make_invitations(json_t *doc, const struct cast *c)
{
	json_t *member = put_object(doc, "invitation"), *customer = put_object(doc, "customer_link");
	struct trust_link link = {
		.host = "provision.example:8443", .slug = "kanzlei-2", .root = c->company.root.fingerprint, .is_member = true,
		.invitation = id_random(), .role = TRUST_ROLE_AGENT, .secret = trust_invitation_secret(),
	};
	struct trust_invitation i = { link.invitation, c->company.root.company, link.root, link.role };
	struct hash mac = trust_invitation_mac(&i, link.secret, &c->axel.account);
	put_hex(member, "invitation", id_view(&link.invitation));
	put_int(member, "role", link.role);
	put_secret(member, "secret", link.secret);
	put_text(member, "account", "axel");
	put_hex(member, "mac", crypt_hash_view(&mac));
	put_link(member, &link);
	link.is_member = false;
	put_text(customer, "host", link.host);
	put_text(customer, "slug", link.slug);
	put_link(customer, &link);
	trust_link_deinit(&link);
}

static void
make_action(json_t *doc, const struct cast *c)
{
	json_t *o = put_object(doc, "action");
	uint8_t nonce[TRUST_ACTION_NONCE_BYTES];
	struct signature sig;
	crypt_random(nonce, sizeof(nonce));
	struct trust_action action = {
		VIEW_LIT("subscription-end"), c->anna.account.account, id_random(), view_of(nonce, sizeof(nonce)), VIEW_LIT("extra"),
	};
	want_ok(trust_action_sign(&action, c->anna.keys.sign, &sig), "action");
	put_text(o, "account", "anna");
	put_text(o, "name", "subscription-end");
	put_hex(o, "subject", id_view(&action.subject));
	put_hex(o, "nonce", action.nonce);
	put_hex(o, "parameters", action.parameters);
	put_hex(o, "signature", view_of(sig.bytes, sizeof(sig.bytes)));
}

static void
put_items(json_t *o, const char *name, const struct trust_erasure_list *list)
{
	json_t *items = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(items, json_pack("[I, I]", (json_int_t)list->items[i].kind, (json_int_t)list->items[i].value));
	json_object_set_new(o, name, items);
}

static void
make_erasure(json_t *doc)
{
	json_t *o = put_object(doc, "erasure");
	struct trust_erasure r = { .receipt = id_random(), .occasion = TRUST_ERASURE_DELETED, .by = TRUST_ERASURE_BY_PERSON, .subject = id_random(),
		.time_ms = CAST_NOW, .is_complete = true, .service = "provision.example" };
	struct secret *sign;
	struct buf bytes, text;
	buf_init(&bytes, TRUST_ERASURE_BYTES_MAX);
	buf_init(&text, TRUST_ERASURE_TEXT_MAX);
	crypt_sign_keypair(&r.key, &sign);
	trust_erasure_add(&r.gone, TRUST_ERASURE_ACCOUNTS, 1);
	trust_erasure_add(&r.gone, TRUST_ERASURE_SUBSCRIPTIONS, 3);
	trust_erasure_add(&r.gone, TRUST_ERASURE_ENTRIES, 70000);
	trust_erasure_put(&r.stays, TRUST_ERASURE_ADDRESS_HASH, 0);
	trust_erasure_put(&r.stays, TRUST_ERASURE_LAST_MAIL, CAST_NOW + 86400000);
	trust_erasure_put(&r.copies, TRUST_ERASURE_MAILS, 0);
	want_ok(trust_erasure_make(&r, sign, &bytes), "erasure");
	want_ok(trust_erasure_armor(buf_view(&bytes), &text), "erasure as text");
	put_hex(o, "sign_seed", crypt_sign_seed(sign));
	put_hex(o, "receipt", id_view(&r.receipt));
	put_hex(o, "subject", id_view(&r.subject));
	json_object_set_new(o, "occasion", json_integer(r.occasion));
	json_object_set_new(o, "by", json_integer(r.by));
	json_object_set_new(o, "time_ms", json_integer((json_int_t)r.time_ms));
	json_object_set_new(o, "complete", json_boolean(r.is_complete));
	put_items(o, "gone", &r.gone);
	put_items(o, "stays", &r.stays);
	put_items(o, "copies", &r.copies);
	put_text(o, "service", r.service);
	put_hex(o, "bytes", buf_view(&bytes));
	json_object_set_new(o, "text", json_stringn((const char *)text.data, text.len));
	secret_free(&sign);
	buf_deinit(&bytes);
	buf_deinit(&text);
}

json_t *
vectors_make(void)
{
	struct cast *c = mem_alloc(sizeof(*c));
	json_t *doc = json_object();
	deterministic_start(SEED);
	cast_init(c);
	make_password(doc);
	make_recovery(doc);
	make_keyed(doc);
	make_sealed(doc);
	make_accounts(doc, c);
	make_company(doc, c);
	make_pins(doc, c);
	make_invitations(doc, c);
	make_action(doc, c);
	vectors_make_packages(doc, c);
	make_erasure(doc);
	deterministic_stop();
	cast_deinit(c);
	mem_free(&c);
	return doc;
}
