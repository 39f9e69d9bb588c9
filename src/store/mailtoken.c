/* SPDX-License-Identifier: MIT */
/*
 * Makes and reads the tokens of mailtoken.h. Knows no mail. Called when a mail is rendered and when somebody turns notices
 * off.
 */
#include "store/mailtoken.h"

#include <string.h>

#include "base/clock.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "crypt/equal.h"
#include "store/records.h"
#include "store/service.h"
#include "store/wire.h"

#define OFF_MAC_BYTES (STORE_MAILTOKEN_OFF_BYTES - ID_BYTES)
#define BOUNCE_HEAD_BYTES (1 + ID_BYTES + 2)
#define EMAIL_MAX 256

static struct view
text_of(struct arena *a, struct view bytes)
{
	char *text = arena_alloc(a, TEXT_BASE32_LEN(bytes.len) + 1);

	text_base32(bytes, text);
	return view_str(text);
}

static struct hash
off_mac(struct store *s, const struct id *account, struct view email)
{
	struct buf b;
	buf_init(&b, ID_BYTES + EMAIL_MAX);
	struct encoder e = encoder_of(&b);
	encoder_view(&e, id_view(account));
	encoder_view(&e, email);
	require(encoder_end(&e) == 0);
	struct hash mac = store_service_derive(s->service, "notices-off", buf_view(&b));
	buf_deinit(&b);
	return mac;
}

struct view
store_mailtoken_off(struct store *s, struct arena *a, const struct id *account, struct view email)
{
	struct hash mac = off_mac(s, account, email);
	uint8_t bytes[STORE_MAILTOKEN_OFF_BYTES];

	memcpy(bytes, id_view(account).data, ID_BYTES);
	memcpy(bytes + ID_BYTES, crypt_hash_view(&mac).data, OFF_MAC_BYTES);
	return text_of(a, view_of(bytes, sizeof(bytes)));
}

int
store_mailtoken_off_find(struct store *s, struct store_txn *tx, struct arena *a, struct view token, struct id *account_r,
    Provision__StoredAccount **record_r)
{
	uint8_t bytes[STORE_MAILTOKEN_OFF_BYTES];
	int err = text_unbase32(token, bytes, sizeof(bytes)) == 0 ? id_from_view(view_of(bytes, ID_BYTES), account_r) : ERR_NOT_FOUND;

	if (err == 0)
		err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, id_view(account_r), record_r);
	if (err != 0)
		return err;
	struct hash mac = off_mac(s, account_r, wire_view((*record_r)->email));
	bool is_ours = crypt_equal(view_of(bytes + ID_BYTES, OFF_MAC_BYTES), view_slice(crypt_hash_view(&mac), 0, OFF_MAC_BYTES));
	return is_ours ? 0 : ERR_NOT_FOUND;
}

struct view
store_mailtoken_bounce(struct store *s, struct arena *a, enum store_mailtoken_kind kind, const struct id *id, uint64_t wall_ms)
{
	uint32_t day = clock_day(wall_ms);
	uint8_t bytes[STORE_MAILTOKEN_BOUNCE_BYTES] = { (uint8_t)kind };

	memcpy(bytes + 1, id_view(id).data, ID_BYTES);
	bytes[1 + ID_BYTES] = (uint8_t)(day >> 8);
	bytes[2 + ID_BYTES] = (uint8_t)day;
	struct hash mac = store_service_derive(s->service, "bounce", view_of(bytes, BOUNCE_HEAD_BYTES));
	memcpy(bytes + BOUNCE_HEAD_BYTES, crypt_hash_view(&mac).data, sizeof(bytes) - BOUNCE_HEAD_BYTES);
	return text_of(a, view_of(bytes, sizeof(bytes)));
}
