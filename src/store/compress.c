/* SPDX-License-Identifier: MIT */
/*
 * Owns zstd: nobody else includes it. Knows nothing of messages. Called by handle_message.c, in a worker's thread, and by whoever
 * shows entries.
 */
#include "store/compress.h"

#include <zstd.h>

#include "base/fatal.h"

#define LEVEL 6     /* texts are small: higher ones cost more than they save */

bool
store_compress(struct view text, struct arena *a, struct view *frame_r)
{
	require(text.len <= STORE_TEXT_MAX);
	uint8_t *out = arena_try(a, STORE_TEXT_MAX);
	ZSTD_CCtx *context = ZSTD_createCCtx();
	if (context == NULL || out == NULL) {
		ZSTD_freeCCtx(context);
		return false;
	}
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
	size_t n = ZSTD_compress2(context, out, text.len, text.data, text.len);
	ZSTD_freeCCtx(context);
	if (ZSTD_isError(n) != 0 || n >= text.len)
		return false;
	*frame_r = view_of(out, n);
	return true;
}

int
store_decompress(struct view frame, size_t bytes, struct arena *a, struct view *text_r)
{
	require(bytes >= 1 && bytes <= STORE_TEXT_MAX);
	uint8_t *out = arena_try(a, bytes);
	if (out == NULL)
		return ERR_LIMIT;
	if (ZSTD_decompress(out, bytes, frame.data, frame.len) != bytes)
		return ERR_CRYPTO;
	*text_r = view_of(out, bytes);
	return 0;
}
