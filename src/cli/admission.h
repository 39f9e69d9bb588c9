/* SPDX-License-Identifier: MIT */
/*
 * What an owner's client makes for each member: certificate, private key of the current epoch, for owners the root's, sealed to
 * that member. For those who are confirmed, and for those who remain when the epoch changes.
 */
#ifndef CLI_ADMISSION_H
#define CLI_ADMISSION_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/session.h"
#include "cli/whom.h"
#include "record/company.pb-c.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"

/* With what. */
struct cli_admission_keys {
	const struct trust_company *company;     /* the certificate is for its current epoch */
	const struct secret *root_private;       /* of company's root */
	const struct trust_keys *epoch_keys;     /* of company's current epoch */
};

struct cli_admission {
	struct buf certificate, epoch, root;     /* root: empty for agents */
};

/* In the call's arena; deinit it. */
struct cli_admission *cli_admission_new(struct cli_session *s);
void cli_admission_deinit(struct cli_admission *a);
/* Errors are told. */
int cli_admission_make(struct cli_session *s, const struct cli_admission_keys *keys, const struct trust_account *member,
    enum trust_role role, const char *name, struct cli_admission *a) ERR_CHECK;

/* The root's private key as sealed to an owner; owned by the caller. ERR_DENIED: an agent. Errors are told. */
int cli_admission_open_root(struct cli_session *s, const struct cli_member *owner, struct secret **private_r) ERR_CHECK;
/* Members and who waits to become one; for owners. Errors are told. */
int cli_admission_members(struct cli_session *s, ProtobufCBinaryData slug, const Provision__MemberListReply **list_r) ERR_CHECK;

#endif
