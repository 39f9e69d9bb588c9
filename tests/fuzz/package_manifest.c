/* SPDX-License-Identifier: MIT */
/*
 * package/manifest.h: what a sender wrote, as the recipient reads it. The input is the plaintext, sealed here; when its first
 * byte is 0, the padding that belongs to it is put behind it. The manifest is for the package with an id of 0x11.
 */
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/init.h"
#include "crypt/record.h"
#include "fuzz/fuzz.h"
#include "package/keys.h"
#include "package/manifest.h"
#include "package/name.h"

#define PURPOSE "provision/1/package-manifest"
#define ID_BYTE 0x11

struct context {
	struct id package;
	struct secret *key;            /* of the package */
	struct secret *manifest_key;
	uint8_t ad[sizeof(PURPOSE) + ID_BYTES];
};

static const struct context *
context(void)
{
	static struct context x;
	if (x.key != NULL)
		return &x;
	require(crypt_init() == 0);
	x.key = secret_new(CRYPT_KEY_BYTES);
	memset(x.package.bytes, ID_BYTE, ID_BYTES);
	x.manifest_key = package_keys_derive(x.key, PACKAGE_KEY_MANIFEST, &x.package);
	memcpy(x.ad, PURPOSE, sizeof(PURPOSE));
	memcpy(x.ad + sizeof(PURPOSE), x.package.bytes, ID_BYTES);
	return &x;
}

static void
check(const struct context *x, const struct package_manifest *m, struct view plain)
{
	struct buf again, opened;
	uint64_t bytes = 0;
	require(package_manifest_count(m) > 0);
	for (size_t i = 0; i < package_manifest_count(m); i++) {
		const struct package_entry *e = package_manifest_at(m, i);
		bytes += e->size;
		require(package_name_check(e->path) == 0);
		require(package_manifest_find(m, e->path) == (int64_t)i);
	}
	require(bytes == package_manifest_plain_bytes(m));
	buf_init(&again, PACKAGE_MANIFEST_MAX);
	buf_init(&opened, PACKAGE_MANIFEST_MAX);
	require(package_manifest_seal(m, &x->package, x->key, &again) == 0);
	require(crypt_record_open(x->manifest_key, view_of(x->ad, sizeof(x->ad)), buf_view(&again), &opened) == 0);
	require(view_equal(buf_view(&opened), plain));
	buf_deinit(&again);
	buf_deinit(&opened);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct context *x = context();
	if (size == 0)
		return 0;
	size_t given = size - 1, len = data[0] == 0 ? (size_t)package_format_padded(given) : given;
	uint8_t *plain = mem_alloc(len);
	struct package_manifest *m;
	struct buf stored;
	if (given > 0)
		memcpy(plain, data + 1, given);
	buf_init(&stored, len + CRYPT_RECORD_OVERHEAD);
	require(crypt_record_seal(x->manifest_key, view_of(x->ad, sizeof(x->ad)), view_of(plain, len), &stored) == 0);
	if (package_manifest_open(buf_view(&stored), &x->package, x->key, &m) == 0) {
		check(x, m, view_of(plain, len));
		package_manifest_free(&m);
	}
	buf_deinit(&stored);
	mem_free(&plain);
	return 0;
}
