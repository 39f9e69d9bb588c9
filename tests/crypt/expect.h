/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the crypto tests: hex constants, comparison with them, and a deterministic source of randomness
 * in place of the kernel's (for vectors; test programs only).
 */
#ifndef TESTS_CRYPT_EXPECT_H
#define TESTS_CRYPT_EXPECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "crypt/secret.h"

/* Fails the test unless v is what hex says. */
void expect_hex(struct view v, const char *hex);
/* A secret of len bytes counting up from first. */
struct secret *counting_secret(uint8_t first, size_t len);
/* From now on crypt_random() gives a stream that depends on seed alone. */
void deterministic_start(uint64_t seed);
/* The kernel's randomness again. */
void deterministic_stop(void);

#endif
