/* SPDX-License-Identifier: MIT */
/*
 * Whole packages in memory for tests: the files of a table, sent by a customer to a company or back, with all parts.
 */
#ifndef TESTS_PACKAGE_PARCEL_H
#define TESTS_PACKAGE_PARCEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "package/reader.h"
#include "package/writer.h"
#include "trust/cast.h"

/* A file of size bytes that parcel_fill() makes from seed, or a folder (size -1). */
struct parcel_file {
	const char *path;
	int64_t size;
	uint8_t seed;
};

struct parcel {
	const struct cast *cast;
	struct package_writer *writer;
	struct package_sender sender;
	struct package_recipient recipient;
	const struct secret *private;        /* the recipient's X25519 key */
	struct package_identity identity;    /* the sender's, as the recipient knows it */
	struct view certificate;             /* the sender's */
	const struct secret *sign_private;   /* the sender's */
	struct id package;
	struct id subscription;
	const struct parcel_file *files;     /* in the caller's order */
	struct buf body;
	struct buf seal;
};

/* Anna to the company's current epoch, or (from_company) Axel to Anna. Body and seal are made. */
void parcel_init(struct parcel *p, const struct cast *cast, const struct parcel_file *files, size_t n, bool from_company);
void parcel_deinit(struct parcel *p);
/* What the recipient would pass to package_reader_new(). */
struct package_reader_args parcel_args(const struct parcel *p);
/* The bytes of files[i]; owned by the caller. */
uint8_t *parcel_contents(const struct parcel_file *file);
/* Decrypts the whole body and compares with the files; the reader must be new. */
void parcel_expect_contents(const struct parcel *p, struct package_reader *r);

#endif
