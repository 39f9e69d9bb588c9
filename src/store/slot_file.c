/* SPDX-License-Identifier: MIT */
/*
 * Owns the bytes of keys/slots. The layout stands in spool/README.md; nothing here decides which slot is whose. A slot
 * lies within one 512-byte sector, which a disk writes as a whole, so an overwrite is done or not done.
 */
#include "store/slot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypt/derive.h"
#include "crypt/record.h"

#define VERSION 1U
#define FILE_MODE 0600

#define SLOT_LIVE 1U
#define SLOT_MASTER_AT 16U
#define SLOT_SEALED_AT 32U
#define SLOT_SEALED_BYTES (CRYPT_KEY_BYTES + CRYPT_RECORD_OVERHEAD)

_Static_assert(STATE_SLOT_HEADER_BYTES % STORE_SLOT_BYTES == 0 && 512 % STORE_SLOT_BYTES == 0, "no slot crosses a sector");
_Static_assert(SLOT_SEALED_AT + SLOT_SEALED_BYTES <= STORE_SLOT_BYTES, "a slot holds a wrapped key");

static uint64_t
offset_of(uint32_t number)
{
	return STATE_SLOT_HEADER_BYTES + (uint64_t)number * STORE_SLOT_BYTES;
}

static uint32_t
round_up(uint32_t count)
{
	uint32_t n = (count + STORE_SLOT_GROWTH - 1) / STORE_SLOT_GROWTH * STORE_SLOT_GROWTH;
	return n == 0 ? STORE_SLOT_GROWTH : n;
}

/* ---- file ---- */

static int
read_header(struct store_slot_file *f, struct state_slot_header *header_r)
{
	uint8_t bytes[STATE_SLOT_HEADER_BYTES];
	struct stat st;
	if (fstat(f->fd, &st) != 0)
		return ERR_IO;
	if (st.st_size == 0)
		return ERR_STATE;
	if (st.st_size < (off_t)STATE_SLOT_HEADER_BYTES)
		return ERR_SYNTAX;
	f->count = (uint32_t)(((uint64_t)st.st_size - STATE_SLOT_HEADER_BYTES) / STORE_SLOT_BYTES);
	int err = file_pread_full(f->fd, bytes, sizeof(bytes), 0);
	return err != 0 ? err : state_slot_header_decode(bytes, header_r);
}

int
store_slot_file_open(struct store_slot_file *f, int folder, struct state_slot_header *header_r)
{
	*f = (struct store_slot_file){ .folder = folder, .fd = -1 };
	f->fd = openat(folder, STATE_SLOT_FILE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd == -1)
		return err_from_errno(errno);
	int err = read_header(f, header_r);
	if (err != 0)
		store_slot_file_close(f);
	return err;
}

int
store_slot_file_make(struct store_slot_file *f, int folder, const struct state_slot_header *header, uint32_t count)
{
	struct state_slot_header seen;
	if (count > STORE_SLOT_COUNT_MAX)
		return ERR_LIMIT;
	uint8_t bytes[STATE_SLOT_HEADER_BYTES];
	state_slot_header_encode(header, bytes);
	int err = file_replace(folder, STATE_SLOT_FILE_NAME, view_of(bytes, sizeof(bytes)), FILE_MODE, FILE_DURABLE);
	if (err == 0)
		err = store_slot_file_open(f, folder, &seen);
	if (err == 0)
		err = store_slot_file_grow(f, count);
	return err;
}

void
store_slot_file_close(struct store_slot_file *f)
{
	file_close(&f->fd);
	f->count = 0;
}

int
store_slot_file_set_header(struct store_slot_file *f, const struct state_slot_header *header)
{
	uint8_t bytes[STATE_SLOT_HEADER_BYTES];
	state_slot_header_encode(header, bytes);
	int err = file_pwrite_full(f->fd, bytes, sizeof(bytes), 0);
	return err != 0 ? err : store_slot_file_sync(f);
}

int
store_slot_file_grow(struct store_slot_file *f, uint32_t count)
{
	if (count > STORE_SLOT_COUNT_MAX)
		return ERR_LIMIT;
	uint32_t target = round_up(count);
	if (f->count >= target)
		return 0;
	/* zeros are written, not only promised: later overwrites then change no metadata */
	uint8_t *zeros = mem_alloc((size_t)STORE_SLOT_GROWTH * STORE_SLOT_BYTES);
	uint32_t n = f->count / STORE_SLOT_GROWTH * STORE_SLOT_GROWTH;
	int err = 0;
	for (; err == 0 && n < target; n += STORE_SLOT_GROWTH) {
		uint32_t skip = f->count > n ? f->count - n : 0;
		err = file_pwrite_full(f->fd, zeros, (size_t)(STORE_SLOT_GROWTH - skip) * STORE_SLOT_BYTES,
		    offset_of(n + skip));
	}
	mem_free(&zeros);
	if (err == 0 && fsync(f->fd) != 0)
		err = err_from_errno(errno);
	if (err == 0)
		f->count = target;
	return err;
}

int
store_slot_file_read(const struct store_slot_file *f, uint32_t number, uint32_t n, struct store_slot_bytes *out)
{
	uint32_t there = number >= f->count ? 0 : f->count - number;
	if (there > n)
		there = n;
	memset(out + there, 0, (size_t)(n - there) * sizeof(*out));
	return there == 0 ? 0 : file_pread_full(f->fd, out, (size_t)there * sizeof(*out), offset_of(number));
}

int
store_slot_file_write(const struct store_slot_file *f, uint32_t number, uint32_t n, const struct store_slot_bytes *in)
{
	require(number < f->count && n <= f->count - number);
	return file_pwrite_full(f->fd, in, (size_t)n * sizeof(*in), offset_of(number));
}

int
store_slot_file_sync(const struct store_slot_file *f)
{
	return fdatasync(f->fd) == 0 ? 0 : err_from_errno(errno);
}

/* ---- slots ---- */

struct id
store_slot_wrapped_by(const struct store_slot_bytes *in)
{
	struct id id;
	memcpy(id.bytes, in->b + SLOT_MASTER_AT, ID_BYTES);
	return id;
}

static struct secret *
wrapping_key(const struct secret *master)
{
	return crypt_derive(master, "provision/1/store/slot", view_str(""));
}

/* Associated data: what exactly this slot is. */
#define AD_BYTES (4 + 1 + ID_BYTES + 4 + 8 + ID_BYTES)

static void
associated_data(const struct store_slot *s, const struct id *master_id, uint8_t out[AD_BYTES])
{
	struct buf b;
	buf_init(&b, AD_BYTES);
	struct encoder e = encoder_of(&b);
	encoder_u32(&e, s->number);
	encoder_u8(&e, (uint8_t)s->name.kind);
	encoder_view(&e, id_view(&s->name.owner));
	encoder_u32(&e, s->name.day);
	encoder_u64(&e, s->generation);
	encoder_view(&e, id_view(master_id));
	require(encoder_end(&e) == 0 && b.len == AD_BYTES);
	memcpy(out, b.data, b.len);
	buf_deinit(&b);
}

void
store_slot_wrap(const struct secret *master, const struct store_slot *slot, const struct secret *key,
    struct store_slot_bytes *out)
{
	uint8_t ad[AD_BYTES];
	struct id master_id = state_slot_master_id(master);
	struct secret *wrap = wrapping_key(master);
	require(secret_len(key) == CRYPT_KEY_BYTES);
	memset(out->b, 0, sizeof(out->b));
	out->b[0] = SLOT_LIVE;
	out->b[1] = VERSION;
	for (int i = 0; i < 8; i++)
		out->b[8 + i] = (uint8_t)(slot->generation >> (56 - 8 * i));
	memcpy(out->b + SLOT_MASTER_AT, master_id.bytes, ID_BYTES);
	associated_data(slot, &master_id, ad);
	crypt_record_seal_at(wrap, view_of(ad, sizeof(ad)), secret_view(key), out->b + SLOT_SEALED_AT);
	secret_free(&wrap);
}

enum store_slot_state
store_slot_look(const struct store_slot_bytes *in, uint64_t *generation_r)
{
	static const struct store_slot_bytes zeros;
	struct cursor c = cursor_of(view_of(in->b, sizeof(in->b)));
	if (memcmp(in->b, zeros.b, sizeof(in->b)) == 0)
		return STORE_SLOT_DEAD;
	if (cursor_u8(&c) != SLOT_LIVE || cursor_u8(&c) != VERSION)
		return STORE_SLOT_DAMAGED;
	(void)cursor_bytes(&c, 6);
	*generation_r = cursor_u64(&c);
	return STORE_SLOT_LIVE;
}

int
store_slot_unwrap(const struct secret *master, const struct store_slot *slot, const struct store_slot_bytes *in,
    struct secret **key_r)
{
	uint8_t ad[AD_BYTES];
	uint64_t generation = 0;
	enum store_slot_state state = store_slot_look(in, &generation);
	if (state == STORE_SLOT_DEAD || (state == STORE_SLOT_LIVE && generation != slot->generation))
		return ERR_ERASED;
	struct id master_id = store_slot_wrapped_by(in);
	struct secret *wrap = wrapping_key(master);
	associated_data(slot, &master_id, ad);
	int err = crypt_record_open_secret(wrap, view_of(ad, sizeof(ad)), view_of(in->b + SLOT_SEALED_AT, SLOT_SEALED_BYTES),
	    key_r);
	secret_free(&wrap);
	return err;
}
