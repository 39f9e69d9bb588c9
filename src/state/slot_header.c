/* SPDX-License-Identifier: MIT */
/*
 * Owns the bytes of the header. Knows neither slots nor what becomes of two copies that differ: that is the store's, and
 * the restoring tool's.
 */
#include "state/slot_header.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/file.h"
#include "crypt/derive.h"
#include "crypt/hash.h"

#define MAGIC VIEW_LIT("PROVSLOT")
#define VERSION 1U
#define HASH_PURPOSE "provision/1/store/slot-header"
#define HASHED_BYTES (STATE_SLOT_HEADER_BYTES - CRYPT_HASH_BYTES)

void
state_slot_header_encode(const struct state_slot_header *h, uint8_t out[STATE_SLOT_HEADER_BYTES])
{
	struct buf b;
	buf_init(&b, STATE_SLOT_HEADER_BYTES);
	struct encoder e = encoder_of(&b);
	encoder_view(&e, MAGIC);
	encoder_u32(&e, VERSION);
	encoder_u32(&e, (uint32_t)h->copy);
	encoder_u32(&e, h->has_mirror ? 1 : 0);
	encoder_view(&e, id_view(&h->store));
	encoder_view(&e, id_view(&h->master));
	encoder_view(&e, id_view(&h->next_master));
	encoder_u64(&e, h->generation);
	require(encoder_end(&e) == 0);
	memset(out, 0, STATE_SLOT_HEADER_BYTES);
	memcpy(out, b.data, b.len);
	buf_deinit(&b);
	struct hash hash = crypt_hash(HASH_PURPOSE, view_of(out, HASHED_BYTES));
	memcpy(out + HASHED_BYTES, hash.bytes, sizeof(hash.bytes));
}

int
state_slot_header_decode(const uint8_t in[STATE_SLOT_HEADER_BYTES], struct state_slot_header *h_r)
{
	struct cursor c = cursor_of(view_of(in, HASHED_BYTES));
	cursor_expect(&c, MAGIC);
	uint32_t version = cursor_u32(&c);
	if (c.err == 0 && version > VERSION)
		return ERR_VERSION;
	struct hash hash = crypt_hash(HASH_PURPOSE, view_of(in, HASHED_BYTES));
	if (c.err != 0 || memcmp(hash.bytes, in + HASHED_BYTES, sizeof(hash.bytes)) != 0)
		return ERR_SYNTAX;
	h_r->copy = (enum state_slot_copy)cursor_u32(&c);
	h_r->has_mirror = cursor_u32(&c) == 1;
	cursor_copy(&c, h_r->store.bytes, ID_BYTES);
	cursor_copy(&c, h_r->master.bytes, ID_BYTES);
	cursor_copy(&c, h_r->next_master.bytes, ID_BYTES);
	h_r->generation = cursor_u64(&c);
	return c.err;
}

int
state_slot_header_read(int folder, struct state_slot_header *h_r)
{
	uint8_t bytes[STATE_SLOT_HEADER_BYTES];
	struct stat st;
	int fd = openat(folder, STATE_SLOT_FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_from_errno(errno);
	int err = fstat(fd, &st) != 0 ? ERR_IO : st.st_size == 0 ? ERR_STATE : file_pread_full(fd, bytes, sizeof(bytes), 0);
	file_close(&fd);
	if (err == ERR_CLOSED)
		err = ERR_SYNTAX;
	return err != 0 ? err : state_slot_header_decode(bytes, h_r);
}

struct id
state_slot_master_id(const struct secret *master)
{
	struct id id;
	struct secret *derived = crypt_derive(master, "provision/1/store/master-key-id", view_str(""));
	memcpy(id.bytes, secret_view(derived).data, ID_BYTES);
	secret_free(&derived);
	return id;
}
