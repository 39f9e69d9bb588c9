/* SPDX-License-Identifier: MIT */
/*
 * Unicode normal forms. Owns libutf8proc.
 */
#ifndef PACKAGE_UNICODE_H
#define PACKAGE_UNICODE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/* Appends the NFC form. ERR_SYNTAX: not UTF-8. Passwords are hashed in this form. */
int package_unicode_nfc(struct view utf8, struct buf *out) ERR_CHECK;
/* Appends a key that is equal for texts that differ only in case or normal form. ERR_SYNTAX: not UTF-8. */
int package_unicode_fold(struct view utf8, struct buf *out) ERR_CHECK;

#endif
