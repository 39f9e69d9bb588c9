/* SPDX-License-Identifier: MIT */
/*
 * Which file it was: the keyed fingerprint of a file, made again by one who kept the package key. Nobody without that key can test a
 * guess. Blocks on reading.
 */
#ifndef PACKAGE_PROVE_H
#define PACKAGE_PROVE_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypt/hash.h"
#include "crypt/secret.h"

struct package_prove;

/* Reads the whole regular file at fd (size bytes). ERR_LIMIT: larger than any package; ERR_CHANGED: not so long; ERR_IO. *p_r owned. */
int package_prove_file(const struct secret *key, const struct id *package, int fd, uint64_t size, struct package_prove **p_r) ERR_CHECK;
void package_prove_free(struct package_prove **p);
/* The fingerprint this file has as that entry of the package. */
struct hash package_prove_fingerprint(const struct package_prove *p, uint32_t entry);

#endif
