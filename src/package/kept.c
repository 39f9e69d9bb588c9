/* SPDX-License-Identifier: MIT */
/*
 * Kept records: the key stays in secret memory. Knows no server and no file. Called by senders' and recipients' clients.
 */
#include "package/kept.h"

#include <string.h>

#include "crypt/record.h"
#include "trust/statement.h"

#define MAGIC "PVpk"
#define PURPOSE "provision/1/package-kept"
#define PLAIN_BYTES (CRYPT_KEY_BYTES + 2 * CRYPT_HASH_BYTES + PACKAGE_RECIPIENT_BYTES)
#define SEALED_BYTES (PLAIN_BYTES + CRYPT_RECORD_OVERHEAD)
#define HEAD_BYTES (TRUST_STATEMENT_MAGIC_LEN + 2U + ID_BYTES)
#define AD_BYTES (sizeof(PURPOSE) + HEAD_BYTES)

_Static_assert(PACKAGE_KEPT_BYTES == HEAD_BYTES + SEALED_BYTES, "size of a kept record");

/* purpose ‖ 0 ‖ everything before the sealed part */
static struct view
associated_data(struct view head, uint8_t out[AD_BYTES])
{
	memcpy(out, PURPOSE, sizeof(PURPOSE));
	memcpy(out + sizeof(PURPOSE), head.data, HEAD_BYTES);
	return view_of(out, AD_BYTES);
}

/* Everything but the key. */
static int
put_known(const struct package_kept *k, struct buf *out)
{
	struct encoder e = encoder_of(out);
	encoder_bytes(&e, k->header_hash.bytes, CRYPT_HASH_BYTES);
	encoder_bytes(&e, k->content_root.bytes, CRYPT_HASH_BYTES);
	package_format_put_recipient(&e, &k->recipient);
	return encoder_end(&e);
}

int
package_kept_seal(const struct package_kept *k, const struct id *package, const struct secret *kept_key, struct buf *out)
{
	uint8_t ad[AD_BYTES], sealed[SEALED_BYTES];
	struct secret *plain = secret_new(PLAIN_BYTES);
	struct buf known;
	buf_init(&known, PLAIN_BYTES);
	int err = put_known(k, &known);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, package->bytes, ID_BYTES);
	encoder_fail(&e, err);
	if (e.err == 0) {
		memcpy(secret_bytes(plain), secret_view(k->key).data, CRYPT_KEY_BYTES);
		memcpy(secret_bytes(plain) + CRYPT_KEY_BYTES, known.data, known.len);
		crypt_record_seal_at(kept_key, associated_data(encoder_so_far(&e), ad), secret_view(plain), sealed);
		encoder_bytes(&e, sealed, sizeof(sealed));
	}
	secret_free(&plain);
	buf_deinit(&known);
	return encoder_end(&e);
}

int
package_kept_open(struct view kept, const struct id *package, const struct secret *kept_key, struct package_kept *k_r)
{
	uint8_t ad[AD_BYTES];
	struct secret *plain = NULL;
	struct cursor c = cursor_of(kept);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	struct id id = trust_statement_get_id(&c);
	struct view sealed = cursor_bytes(&c, SEALED_BYTES);
	err = cursor_end(&c);
	if (err == 0 && !id_equal(&id, package))
		err = ERR_TRUST;
	if (err == 0)
		err = crypt_record_open_secret(kept_key, associated_data(view_slice(kept, 0, HEAD_BYTES), ad), sealed, &plain);
	if (err != 0)
		return err;
	struct package_kept k = { .key = secret_from_view(view_slice(secret_view(plain), 0, CRYPT_KEY_BYTES)) };
	struct cursor known = cursor_of(view_slice(secret_view(plain), CRYPT_KEY_BYTES, PLAIN_BYTES - CRYPT_KEY_BYTES));
	k.header_hash = trust_statement_get_hash(&known);
	k.content_root = trust_statement_get_hash(&known);
	k.recipient = package_format_get_recipient(&known);
	err = cursor_end(&known);
	secret_free(&plain);
	if (err != 0)
		secret_free(&k.key);
	else
		*k_r = k;
	return err;
}
