/* SPDX-License-Identifier: MIT */
/*
 * The kernel's keyring by system call (there is no library for it here), and the file in its stead. Knows nothing of
 * what the key is for. cli/login.c calls it.
 */
#include "cli/keyring.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* What the possessor and any process of the same user may do: everything but changing that. */
#define PERMISSIONS 0x3f3f0000UL

struct description {
	char s[16 + ID_TEXT_LEN + 1];
};

static struct description
describe(const struct id *id)
{
	struct description d;
	snprintf(d.s, sizeof(d.s), "provision:%s", id_text(id).s);
	return d;
}

static bool
is_wanted(void)
{
	const char *s = getenv("PROVISION_KEYRING");
	return s == NULL || strcmp(s, "none") != 0;
}

/* Serial number, or -1. */
static long
search(const struct id *id)
{
	struct description d = describe(id);
	return is_wanted() ? syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", d.s, 0) : -1;
}

static int
read_kernel(const struct id *id, struct secret **key_r)
{
	long serial = search(id);
	if (serial < 0)
		return ERR_NOT_FOUND;
	struct secret *key = secret_new(CRYPT_KEY_BYTES);
	if (syscall(SYS_keyctl, KEYCTL_READ, serial, secret_bytes(key), CRYPT_KEY_BYTES) != CRYPT_KEY_BYTES) {
		secret_free(&key);
		return ERR_NOT_FOUND;
	}
	*key_r = key;
	return 0;
}

/* False: no keyring, full, or what was put cannot be read again. */
static bool
keep_in_kernel(const struct id *id, uint64_t end_ms, const struct secret *key)
{
	struct description d = describe(id);
	struct secret *again = NULL;
	uint64_t now = clock_wall_ms();
	if (!is_wanted())
		return false;
	long serial = syscall(SYS_add_key, "user", d.s, secret_view(key).data, CRYPT_KEY_BYTES, KEY_SPEC_USER_KEYRING);
	if (serial < 0)
		return false;
	bool is_kept = syscall(SYS_keyctl, KEYCTL_SETPERM, serial, PERMISSIONS) == 0 && read_kernel(id, &again) == 0;
	secret_free(&again);
	if (is_kept && end_ms > now)
		syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, serial, (unsigned)((end_ms - now) / 1000 + 1));
	if (!is_kept)
		syscall(SYS_keyctl, KEYCTL_UNLINK, serial, KEY_SPEC_USER_KEYRING);
	return is_kept;
}

int
cli_keyring_make(int folder, const char *file, const struct id *id, uint64_t end_ms, struct secret **key_r)
{
	struct secret *key = secret_random(CRYPT_KEY_BYTES);
	int err = 0;
	if (!keep_in_kernel(id, end_ms, key))
		err = file_replace(folder, file, secret_view(key), 0600, FILE_DURABLE);
	if (err != 0)
		secret_free(&key);
	*key_r = key;
	return err;
}

int
cli_keyring_get(int folder, const char *file, const struct id *id, struct secret **key_r)
{
	struct buf content;
	if (read_kernel(id, key_r) == 0)
		return 0;
	buf_init(&content, CRYPT_KEY_BYTES);
	int err = file_read(folder, file, &content);
	if (err == 0 && content.len != CRYPT_KEY_BYTES)
		err = ERR_NOT_FOUND;
	if (err == 0)
		*key_r = secret_from_view(buf_view(&content));
	buf_wipe(&content);
	buf_deinit(&content);
	return err;
}

/* The bytes first, then the name. */
static void
erase_file(int folder, const char *file)
{
	static const uint8_t zeroes[CRYPT_KEY_BYTES];
	int fd = openat(folder, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	if (file_pwrite_full(fd, zeroes, sizeof(zeroes), 0) == 0)
		fsync(fd);
	file_close(&fd);
	unlinkat(folder, file, 0);
}

void
cli_keyring_erase(int folder, const char *file, const struct id *id)
{
	long serial = search(id);
	if (serial >= 0) {
		syscall(SYS_keyctl, KEYCTL_REVOKE, serial);
		syscall(SYS_keyctl, KEYCTL_UNLINK, serial, KEY_SPEC_USER_KEYRING);
	}
	erase_file(folder, file);
}
