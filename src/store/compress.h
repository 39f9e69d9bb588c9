/* SPDX-License-Identifier: MIT */
/*
 * Compression of texts before they are sealed: a zstd frame (RFC 8878) without dictionary. Owns zstd. Thread-safe, keeps nothing.
 */
#ifndef STORE_COMPRESS_H
#define STORE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"

/* Longest text of a message (D6), in bytes. */
#define STORE_TEXT_MAX 65536U

/* The frame of a text of up to STORE_TEXT_MAX bytes (panic beyond), in a. False: it would not be shorter. */
bool store_compress(struct view text, struct arena *a, struct view *frame_r);
/* The text of exactly bytes (1..STORE_TEXT_MAX) out of a frame, in a. ERR_CRYPTO: it is none. ERR_LIMIT: a is full. */
int store_decompress(struct view frame, size_t bytes, struct arena *a, struct view *text_r) ERR_CHECK;

#endif
