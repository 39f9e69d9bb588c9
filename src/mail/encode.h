/* SPDX-License-Identifier: MIT */
/*
 * Text in mail: encoded-words for headers (RFC 2047) and quoted-printable for bodies (RFC 2045 6.7). Lines
 * are at most MAIL_ENCODE_LINE characters, ended by CRLF; a character is never divided. Both go over any
 * 7-bit relay. Text in, ASCII out: nothing of the input can end a header or begin one.
 *
 * Our own and not libetpan's: libetpan writes no encoded-words at all, its header writer passes line ends
 * through and folds without regard for them, its quoted-printable writer hides most punctuation and leaves a
 * blank at the end of a text, and its multipart writer makes boundaries of time and process id, while a mail
 * of ours is the same bytes at every try.
 */
#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H

#include <stddef.h>

#include "base/encoder.h"
#include "base/view.h"

#define MAIL_ENCODE_LINE 76

/*
 * Appends text as the body of an unstructured field, folded; *column is how much of the line is used, before
 * and after. ASCII stays readable; anything else becomes encoded-words. text is clean (mail/clean.h); else the
 * encoder gets ERR_SYNTAX.
 */
void mail_encode_unstructured(struct encoder *out, struct view text, size_t *column);
/* The same for a display name (RFC 5322 phrase): atoms, a quoted string, or encoded-words. */
void mail_encode_phrase(struct encoder *out, struct view text, size_t *column);
/* Appends a body; lines of text end in LF. Ends with CRLF. */
void mail_encode_body(struct encoder *out, struct view text);

#endif
