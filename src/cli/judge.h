/* SPDX-License-Identifier: MIT */
/*
 * What stands behind the service's word that a package was received or withdrawn: the other side's signature, checked with the
 * person's pins and with what was kept at the sending. Nothing here is believed because the service says it.
 */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H

#include "base/err.h"
#include "cli/session.h"
#include "package/kept.h"
#include "package/receipt.h"
#include "record/package.pb-c.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"

enum cli_verdict {
	CLI_VERDICT_PROVED = 1,   /* signed by who should, about what was sent, and with the package's key */
	CLI_VERDICT_SIGNED,       /* signed by who should; the rest can be checked only by who sent it */
	CLI_VERDICT_UNPROVED,     /* what is needed to check it is not there any more */
	CLI_VERDICT_WRONG         /* not signed by who should, or about something else: the service lies */
};

struct cli_judgement {
	enum cli_verdict verdict;
	const char *why;                      /* unless PROVED or SIGNED */
	uint64_t time_ms;                     /* as the signer says */
	/* who signed: one of the two */
	const struct trust_account *account;
	const struct trust_company *company;
	const Provision__CompanyRow *company_row;
	struct trust_certificate member;      /* of a company: by whom */
	struct package_kept kept;             /* key NULL: nothing that can be opened */
};

struct cli_judge;

struct cli_judge *cli_judge_new(struct cli_session *s);
void cli_judge_free(struct cli_judge **j);
/*
 * The receipt of a received package, or the withdrawal of a withdrawn one that was sent to us. is_staff: seen from the company. Errors (no
 * answer of the service, ...) are told; a verdict is none. The caller calls cli_judge_deinit(), also after an error.
 */
int cli_judge_receipt(struct cli_judge *j, const Provision__PackageRow *row, const Provision__PackageWord *word, bool is_staff,
    struct cli_judgement *judgement_r) ERR_CHECK;
int cli_judge_withdrawal(struct cli_judge *j, const Provision__PackageRow *row, const Provision__PackageWord *word, bool is_staff,
    struct cli_judgement *judgement_r) ERR_CHECK;
/* Whether one has to do with the package as a member of the row's company. Errors are told. */
int cli_judge_is_staff(struct cli_session *s, const Provision__PackageRow *row, const Provision__PackageWord *word, bool *is_staff_r) ERR_CHECK;
void cli_judge_deinit(struct cli_judgement *judgement);
/* "proved", "signed", "unproved", "wrong". */
const char *cli_judge_name(enum cli_verdict verdict);
/* Tells of a lie; ERR_TRUST. what: "received" or "withdrawn". */
int cli_judge_tell(struct cli_session *s, const Provision__PackageRow *row, const char *what, const struct cli_judgement *judgement) ERR_CHECK;

#endif
