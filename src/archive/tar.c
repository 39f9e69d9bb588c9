/* SPDX-License-Identifier: MIT */
/*
 * Headers, blocks and padding of tar. Knows nothing of what is in the files. Called by archive/archive.c.
 */
#include "archive/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/file.h"

#define BLOCK 512
/* The most that eleven octal digits can say. */
#define OCTAL_SIZE_MAX ((UINT64_C(1) << 33) - 1)

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], unused[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

struct archive_tar
archive_tar_to(int fd)
{
	return (struct archive_tar){ .fd = fd };
}

/* Octal digits with a NUL behind. */
static void
put_octal(char *field, size_t size, uint64_t value)
{
	char digits[32];
	(void)snprintf(digits, sizeof(digits), "%0*" PRIo64, (int)size - 1, value);
	require(strlen(digits) < size);
	memcpy(field, digits, size);
}

static void
put_checksum(struct header *h)
{
	const uint8_t *bytes = (const uint8_t *)h;
	unsigned sum = 0;
	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += bytes[i];
	put_octal(h->checksum, sizeof(h->checksum) - 1, sum);
}

static int
write_header(struct archive_tar *t, char type, const char *name, uint64_t size, uint64_t time_s)
{
	struct header h;
	memset(&h, 0, sizeof(h));
	memcpy(h.name, name, strnlen(name, sizeof(h.name)));
	put_octal(h.mode, sizeof(h.mode), 0600);
	put_octal(h.uid, sizeof(h.uid), 0);
	put_octal(h.gid, sizeof(h.gid), 0);
	put_octal(h.size, sizeof(h.size), size > OCTAL_SIZE_MAX ? 0 : size);
	put_octal(h.mtime, sizeof(h.mtime), time_s);
	h.type = type;
	memcpy(h.magic, "ustar", sizeof(h.magic));
	memcpy(h.version, "00", sizeof(h.version));
	put_checksum(&h);
	return file_write_full(t->fd, &h, sizeof(h));
}

/* "LENGTH KEY=VALUE\n", where the length counts itself. */
static size_t
put_record(char *out, size_t room, const char *key, const char *value)
{
	size_t len = strlen(key) + strlen(value) + 3, digits = 1, all;
	for (size_t n = 10; len + digits >= n; n *= 10)
		digits++;
	all = len + digits;
	require(all < room);
	(void)snprintf(out, room, "%zu %s=%s\n", all, key, value);
	return all;
}

/* The extended header in front of a member that needs one. */
static int
write_extended(struct archive_tar *t, const char *name, uint64_t size, uint64_t time_s)
{
	char records[2 * BLOCK] = "", number[24];
	size_t len = 0;
	if (strlen(name) > sizeof(((struct header *)NULL)->name))
		len += put_record(records, sizeof(records), "path", name);
	(void)snprintf(number, sizeof(number), "%" PRIu64, size);
	if (size > OCTAL_SIZE_MAX)
		len += put_record(records + len, sizeof(records) - len, "size", number);
	if (len == 0)
		return 0;
	int err = write_header(t, 'x', "pax", len, time_s);
	return err == 0 ? file_write_full(t->fd, records, (len + BLOCK - 1) / BLOCK * BLOCK) : err;
}

int
archive_tar_begin(struct archive_tar *t, const char *name, uint64_t size, uint64_t time_ms)
{
	require(t->left == 0 && strlen(name) <= ARCHIVE_TAR_NAME_MAX);
	int err = write_extended(t, name, size, time_ms / 1000);
	if (err == 0)
		err = write_header(t, '0', name, size, time_ms / 1000);
	t->size = t->left = size;
	return err;
}

int
archive_tar_write(struct archive_tar *t, struct view bytes)
{
	require(bytes.len <= t->left);
	t->left -= bytes.len;
	return file_write_full(t->fd, bytes.data, bytes.len);
}

int
archive_tar_end(struct archive_tar *t)
{
	static const uint8_t zeros[BLOCK];
	require(t->left == 0);
	return file_write_full(t->fd, zeros, (size_t)(BLOCK - t->size % BLOCK) % BLOCK);
}

int
archive_tar_finish(struct archive_tar *t)
{
	static const uint8_t zeros[2 * BLOCK];
	require(t->left == 0);
	return file_write_full(t->fd, zeros, sizeof(zeros));
}
