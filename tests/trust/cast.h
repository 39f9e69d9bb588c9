/* SPDX-License-Identifier: MIT */
/*
 * The people of the trust and package tests: a customer, a company with an owner and an agent, two epochs. And the test
 * that every format must pass: no byte of it may change.
 */
#ifndef TESTS_TRUST_CAST_H
#define TESTS_TRUST_CAST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"
#include "trust/recovery.h"

#define CAST_NOW 1700000000000ULL

struct cast_person {
	struct buf statement;
	struct trust_account account;
	struct trust_keys keys;
	struct buf certificate;         /* members only */
};

struct cast {
	struct cast_person anna;        /* customer */
	struct cast_person olga;        /* owner, certified in epoch 1 and 2 (the later one is kept) */
	struct cast_person axel;        /* agent, certified in epoch 2 */
	struct cast_person rita;        /* removed: certified in epoch 1 only, owner */
	struct buf root;
	struct secret *root_private;
	struct buf epochs[2];           /* the second begins at CAST_NOW */
	struct trust_keys epoch_keys[2];
	struct secret *code;            /* the recovery code that the second epoch names */
	struct trust_keys code_keys;
	struct buf code_statement;
	struct trust_recovery recovery;
	struct trust_company first;     /* as it was with one epoch */
	struct trust_company company;   /* with both */
};

void cast_init(struct cast *c);
void cast_deinit(struct cast *c);
/* A new person with a new account id. */
void cast_person_init(struct cast_person *p);
void cast_person_deinit(struct cast_person *p);

/*
 * Calls check() with every single-bit change of the bytes, every shorter length, and one byte more: it must refuse each.
 * The unchanged bytes must pass.
 */
void expect_no_change_passes(struct view bytes, int (*check)(void *arg, struct view changed), void *arg);

#endif
