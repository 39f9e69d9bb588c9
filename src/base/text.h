/* SPDX-License-Identifier: MIT */
/*
 * Text at the edges: encodings (RFC 4648), UTF-8 (RFC 3629), numbers. Decoders accept exactly one
 * spelling of a value: no white space, no other case, no stray bits, no padding where none is written.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/* Sizes of encoded text, without the NUL. */
#define TEXT_BASE32_LEN(n) (((n) * 8 + 4) / 5)
#define TEXT_BASE64_LEN(n) (((n) + 2) / 3 * 4)
#define TEXT_BASE64URL_LEN(n) (((n) * 4 + 2) / 3)

/* Lower-case base32 without padding (RFC 4648 section 6, alphabet a-z2-7); out gets a NUL. */
void text_base32(struct view v, char *out);
/* Decodes exactly n bytes to out; ERR_SYNTAX on any other spelling or length. */
int text_unbase32(struct view text, void *out, size_t n) ERR_CHECK;
void text_hex(struct view v, char *out);
int text_unhex(struct view text, void *out, size_t n) ERR_CHECK;
/* Standard base64 with padding (RFC 4648 section 4). Decoding appends to out_r. */
int text_base64(struct buf *out, struct view v) ERR_CHECK;
int text_unbase64(struct view text, struct buf *out_r) ERR_CHECK;
/* base64url without padding (RFC 4648 section 5). */
int text_base64url(struct buf *out, struct view v) ERR_CHECK;
int text_unbase64url(struct view text, struct buf *out_r) ERR_CHECK;
/* Decimal digits only, no sign, no leading zero but "0" itself: else ERR_SYNTAX; at most max: else ERR_LIMIT. */
int text_u64(struct view text, uint64_t max, uint64_t *value_r) ERR_CHECK;
/* Valid UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. NUL is valid here. */
bool text_is_utf8(struct view v);
/* True when v holds a C0 control (NUL to 0x1f) or DEL or a C1 control (as code point or as a stray byte). */
bool text_has_control(struct view v);
/* Whether a code point is a C0 or C1 control or DEL, or changes direction or lines of the text around it: nothing for a terminal. */
bool text_is_unsafe(int32_t c);
/* Copies v to out, which holds v.len bytes, without C0 controls but tab and newline; how many bytes are left. */
size_t text_strip_controls(struct view v, uint8_t *out);
/* One code point from the front of *v, which moves on; -1 at the end or on an invalid byte (passed over alone). */
int32_t text_next_codepoint(struct view *v);
/*
 * Appends v for a terminal or a log line: controls, bidi controls, line separators and invalid bytes as
 * \x.. or \u{..}; everything else, the backslash too, as it is. ERR_LIMIT leaves out unchanged.
 */
int text_escape(struct buf *out, struct view v) ERR_CHECK;

/*
 * The same for one code point (or invalid byte) from the front of *v, which moves on, without memory:
 * writes at most TEXT_ESCAPE_MAX bytes to out and returns how many; 0 at the end.
 */
#define TEXT_ESCAPE_MAX 12
size_t text_escape_next(struct view *v, char *out);

#endif
