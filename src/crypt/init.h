/* SPDX-License-Identifier: MIT */
/*
 * Starts libsodium and checks that GnuTLS offers AES-256-GCM. Call once in main(), before the jail and
 * before any other function of crypt/; further calls do nothing.
 */
#ifndef CRYPT_INIT_H
#define CRYPT_INIT_H

#include "base/err.h"

/* ERR_CRYPTO: a library does not work on this machine; the program must not go on. */
int crypt_init(void) ERR_CHECK;

#endif
