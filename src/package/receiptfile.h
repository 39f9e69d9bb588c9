/* SPDX-License-Identifier: MIT */
/*
 * A receipt as a file, to be checked without any server: the receipt, who the receiver is, the key of its proof, and the file
 * records it is about. It holds no secret that opens anything.
 */
#ifndef PACKAGE_RECEIPTFILE_H
#define PACKAGE_RECEIPTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "package/receipt.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"

#define PACKAGE_RECEIPTFILE_MAX ((size_t)48 << 20)

/* Everything borrowed. */
struct package_receiptfile {
	struct view receipt;
	struct view receipt_key;             /* PACKAGE_KEY_RECEIPT: 32 bytes */
	struct view statement;               /* of the receiving customer, else empty */
	struct view root;                    /* of the receiving company with its chain, else empty and none */
	struct view former[TRUST_FORMER_ROOTS_MAX], epochs[TRUST_EPOCHS_MAX];
	size_t former_count, epoch_count;
	uint32_t record_count;
	struct view records;                 /* as package_receiptfile_add() makes them */
};

/* What such a file proves. */
struct package_receiptfile_proof {
	struct package_receipt receipt;      /* its certificate is borrowed from the file */
	bool is_company;
	struct trust_account account;        /* a customer */
	struct trust_company company;        /* or a company, and who received for it */
	struct trust_certificate member;
	uint64_t plain_bytes;                /* of all files */
};

struct package_receiptfile_record {
	struct view path;                    /* a folder's ends in '/' */
	uint64_t size;
	struct view fingerprint;             /* empty for a folder */
};

/* One more file record, in order. ERR_LIMIT. */
int package_receiptfile_add(const struct package_receiptfile_record *record, struct buf *records) ERR_CHECK;
/* Appends the file. ERR_LIMIT. */
int package_receiptfile_put(const struct package_receiptfile *f, struct buf *out) ERR_CHECK;
/* Whether bytes begin as such a file does. */
bool package_receiptfile_is_one(struct view bytes);
/* Form only. ERR_SYNTAX, ERR_VERSION. */
int package_receiptfile_parse(struct view bytes, struct package_receiptfile *f_r) ERR_CHECK;
/*
 * Everything that can be checked without knowing whose keys they are: the receiver's signature, by the keys in the file; that who signed
 * had the package's key; that it is about these file records. ERR_TRUST, ERR_CRYPTO, ERR_SYNTAX, ERR_VERSION, ERR_LIMIT: it proves nothing.
 */
int package_receiptfile_check(const struct package_receiptfile *f, struct package_receiptfile_proof *proof_r) ERR_CHECK;
/* The next record of f->records; c's sticky error says whether there was one. */
struct package_receiptfile_record package_receiptfile_next(struct cursor *c);

#endif
