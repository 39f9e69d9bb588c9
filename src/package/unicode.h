/* SPDX-License-Identifier: MIT */
/*
 * Unicode normal forms. Owns libutf8proc.
 */
#ifndef PACKAGE_UNICODE_H
#define PACKAGE_UNICODE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

/* The longest text that is taken, bytes. */
#define PACKAGE_UNICODE_MAX 4096

/* The NFC form, in which passwords are hashed. ERR_SYNTAX: not UTF-8. ERR_LIMIT: too long. *nfc_r owned. */
int package_unicode_nfc(struct view utf8, struct secret **nfc_r) ERR_CHECK;
/* Appends a key that is equal for texts that differ only in case (one letter to one letter) or normal form. Errors as above. */
int package_unicode_fold(struct view utf8, struct buf *out) ERR_CHECK;

#endif
