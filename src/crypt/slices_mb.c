/* SPDX-License-Identifier: MIT */
/*
 * Slices by Intel's multi-buffer library: SHA-256 waits for itself, so one core hashes several slices in the time of one. Every
 * handle is tried against GnuTLS before it is used, and a job that does not complete is a bug: a wrong hash must
 * not leave this file. Built instead of slices.c where the library is there; knows nothing of packages.
 */
#include "crypt/slices.h"

#include <intel-ipsec-mb.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"

#define SLICE CRYPT_SLICE_BYTES

/* The library counts a job's bytes in 16 bits. */
_Static_assert(SLICE <= 65534, "slice of one job");

struct slices {
	IMB_MGR *manager;
};

static void
submit(IMB_MGR *m, struct view slice, uint8_t *out, size_t *completed)
{
	IMB_JOB *job = IMB_GET_NEXT_JOB(m);
	memset(job, 0, sizeof(*job));
	job->cipher_mode = IMB_CIPHER_NULL;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_HASH_CIPHER;
	job->hash_alg = IMB_AUTH_SHA_256;
	job->src = slice.data;
	job->msg_len_to_hash_in_bytes = slice.len;
	job->auth_tag_output = out;
	job->auth_tag_output_len_in_bytes = CRYPT_DIGEST_BYTES;
	for (job = IMB_SUBMIT_JOB(m); job != NULL; job = IMB_GET_COMPLETED_JOB(m)) {
		require(job->status == IMB_STATUS_COMPLETED);
		(*completed)++;
	}
}

void
crypt_slices_sha256(struct slices *s, struct view data, uint8_t *out)
{
	size_t count = CRYPT_SLICES(data.len), completed = 0;
	require(data.len <= CRYPT_SLICES_MAX);
	for (size_t i = 0; i < count; i++)
		submit(s->manager, view_slice(data, i * SLICE, SLICE), out + i * CRYPT_DIGEST_BYTES, &completed);
	for (IMB_JOB *job = IMB_FLUSH_JOB(s->manager); job != NULL; job = IMB_FLUSH_JOB(s->manager)) {
		require(job->status == IMB_STATUS_COMPLETED);
		completed++;
	}
	require(completed == count);
}

/* Three slices, the last of them short, by both libraries. */
static void
self_test(struct slices *s)
{
	enum { BYTES = 2 * SLICE + 77 };
	uint8_t ours[CRYPT_SLICES(BYTES) * CRYPT_DIGEST_BYTES], theirs[CRYPT_DIGEST_BYTES];
	uint8_t *data = mem_alloc(BYTES);
	for (size_t i = 0; i < BYTES; i++)
		data[i] = (uint8_t)(i * 7 + i / SLICE);
	crypt_slices_sha256(s, view_of(data, BYTES), ours);
	for (size_t i = 0; i < CRYPT_SLICES(BYTES); i++) {
		crypt_digest_sha256(view_slice(view_of(data, BYTES), i * SLICE, SLICE), theirs);
		require(memcmp(theirs, ours + i * CRYPT_DIGEST_BYTES, CRYPT_DIGEST_BYTES) == 0);
	}
	mem_free(&data);
}

struct slices *
crypt_slices_new(void)
{
	struct slices *s = mem_alloc(sizeof(*s));
	s->manager = alloc_mb_mgr(0);
	require(s->manager != NULL);
	init_mb_mgr_auto(s->manager, NULL);
	require(imb_get_errno(s->manager) == 0);
	self_test(s);
	return s;
}

void
crypt_slices_free(struct slices **s)
{
	if (*s == NULL)
		return;
	free_mb_mgr((*s)->manager);
	mem_free(s);
}

const char *
crypt_slices_method(void)
{
	return "multi-buffer";
}
