/* SPDX-License-Identifier: MIT */
/*
 * A borrowed run of bytes: pointer and length, never owned, never NUL-terminated.
 * A view is valid as long as whatever it was taken from.
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	const uint8_t *data;
	size_t len;
};

/* A view of a string literal, its NUL left out. */
#define VIEW_LIT(s) ((struct view){ (const uint8_t *)(s), sizeof(s) - 1 })
/* Arguments for a "%.*s" format: only for bytes known to be printable. */
#define VIEW_FMT(v) (int)(v).len, (const char *)(v).data

/* View of len bytes at data; data may be NULL only with len 0. */
struct view view_of(const void *data, size_t len);
/* View of a NUL-terminated string, without the NUL; NULL gives the empty view. */
struct view view_str(const char *s);
/* The bytes from offset on, at most len of them; what lies beyond the end is cut. */
struct view view_slice(struct view v, size_t offset, size_t len);
/* Same length and bytes. NOT constant time: secrets go through crypt_equal(). */
bool view_equal(struct view a, struct view b);
bool view_equal_str(struct view a, const char *s);
/* ASCII case folded comparison, for protocol keywords. */
bool view_equal_nocase(struct view a, struct view b);
bool view_starts(struct view v, struct view prefix);
/* memcmp order, the shorter first where one is a prefix of the other: <0, 0, >0. */
int view_compare(struct view a, struct view b);
/* Offset of the first byte c, or v.len. */
size_t view_find(struct view v, uint8_t c);

#endif
