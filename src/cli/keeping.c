/* SPDX-License-Identifier: MIT */
/*
 * Owns the files "package-*" of the profile. Knows no server and no file that was sent. cli/send.c, cli/receive.c and cli/prove.c
 * call it.
 */
#include "cli/keeping.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/encoder.h"
#include "base/file.h"
#include "crypt/derive.h"
#include "crypt/record.h"
#include "crypt/seal.h"

#define MAGIC "PVcp"
#define VERSION 1
#define PREFIX "package-"
#define FILE_MAX 1024
#define BOX_MAX 256U
#define PURPOSE "provision/1/local-package"
#define OLD_MS (366ULL * CLOCK_DAY_MS)

struct name {
	char s[16 + ID_TEXT_LEN];
};

static struct name
name_of(const struct id *package)
{
	struct name n;
	snprintf(n.s, sizeof(n.s), PREFIX "%s", id_text(package).s);
	return n;
}

static void
remove_old(int folder)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	struct stat st;
	if (dir == NULL) {
		file_close(&copy);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strncmp(d->d_name, PREFIX, sizeof(PREFIX) - 1) == 0 && fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (uint64_t)st.st_mtim.tv_sec * 1000 + OLD_MS < clock_wall_ms() && file_unlink(folder, d->d_name, FILE_SCRATCH) != 0)
			break;
	closedir(dir);
}

int
cli_keeping_put(struct cli_session *s, const struct id *package, const struct secret *key, const struct hash *root)
{
	struct secret *record_key = crypt_derive(key, PURPOSE, id_view(package));
	struct buf whole, box, sealed;
	buf_init(&whole, FILE_MAX);
	buf_init(&box, BOX_MAX);
	buf_init(&sealed, FILE_MAX);
	struct encoder e = encoder_of(&whole);
	encoder_view(&e, VIEW_LIT(MAGIC));
	encoder_u16(&e, VERSION);
	encoder_view(&e, id_view(package));
	encoder_fail(&e, crypt_seal(&s->login.account.seal, secret_view(key), &box));
	encoder_block(&e, buf_view(&box));
	encoder_fail(&e, crypt_record_seal(record_key, encoder_so_far(&e), crypt_hash_view(root), &sealed));
	encoder_block(&e, buf_view(&sealed));
	int err = encoder_end(&e);
	if (err == 0)
		err = file_replace(s->profile->folder, name_of(package).s, buf_view(&whole), 0600, FILE_DURABLE);
	remove_old(s->profile->folder);
	secret_free(&record_key);
	buf_deinit(&sealed);
	buf_deinit(&box);
	buf_deinit(&whole);
	return err;
}

static int
decode(struct cli_session *s, const struct id *package, struct view whole, struct secret **key_r, struct buf *root)
{
	struct cursor c = cursor_of(whole);
	struct id id;
	cursor_expect(&c, VIEW_LIT(MAGIC));
	uint16_t version = cursor_u16(&c);
	cursor_copy(&c, id.bytes, ID_BYTES);
	struct view box = cursor_block(&c, BOX_MAX);
	struct view before = view_slice(whole, 0, whole.len - c.rest.len);
	struct view sealed = cursor_block(&c, FILE_MAX);
	int err = cursor_end(&c);
	if (err == 0 && (version != VERSION || !id_equal(&id, package)))
		err = ERR_VERSION;
	if (err == 0)
		err = crypt_seal_open(s->login.keys.seal, box, key_r);
	if (err == 0 && secret_len(*key_r) != CRYPT_KEY_BYTES)
		err = ERR_SYNTAX;
	if (err != 0)
		return err;
	struct secret *record_key = crypt_derive(*key_r, PURPOSE, id_view(package));
	err = crypt_record_open(record_key, before, sealed, root);
	secret_free(&record_key);
	return err == 0 && root->len != CRYPT_HASH_BYTES ? ERR_SYNTAX : err;
}

int
cli_keeping_get(struct cli_session *s, const struct id *package, struct secret **key_r, struct hash *root_r)
{
	struct buf whole, root;
	buf_init(&whole, FILE_MAX);
	buf_init(&root, FILE_MAX);
	*key_r = NULL;
	int err = file_read(s->profile->folder, name_of(package).s, &whole);
	if (err == 0)
		err = decode(s, package, buf_view(&whole), key_r, &root);
	if (err == 0)
		memcpy(root_r->bytes, root.data, CRYPT_HASH_BYTES);
	else
		secret_free(key_r);
	buf_deinit(&root);
	buf_deinit(&whole);
	return err;
}
