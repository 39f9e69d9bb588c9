/* SPDX-License-Identifier: MIT */
/*
 * Certificates made at test time: an authority and leaves under it, ECDSA P-256, PEM in memory.
 */
#ifndef TESTS_EVENT_CERTS_H
#define TESTS_EVENT_CERTS_H

#include <stdint.h>

#include "base/view.h"

struct certs {
	char cert[4096];    /* PEM, for leaves the leaf alone */
	char key[4096];
};

/* A new authority. */
void certs_make_authority(struct certs *ca, const char *name);
/*
 * A leaf for a DNS name or numeric IPv4 address, valid from now + from_s to now + to_s. ca NULL: self-signed.
 */
void certs_make_leaf(struct certs *leaf, const struct certs *ca, const char *host, int64_t from_s, int64_t to_s);
struct view certs_cert(const struct certs *c);
struct view certs_key(const struct certs *c);
/* Writes both as files into an existing folder: NAME.crt, NAME.key. */
void certs_write(const struct certs *c, const char *dir, const char *name);

#endif
