/* SPDX-License-Identifier: MIT */
/*
 * Whom one talks to: companies one is a customer of, companies one is a member of, their customers. Resolves WHOM of the command
 * line: a company's slug, or for staff a customer number. Rows live in the call's arena.
 */
#ifndef CLI_WHOM_H
#define CLI_WHOM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/pages.h"
#include "cli/session.h"
#include "record/company.pb-c.h"
#include "trust/certificate.h"
#include "trust/company.h"

/* Own subscriptions, or with a slug that company's customers. Each calls row; an error of row ends it. Errors are told. */
int cli_whom_subscriptions(struct cli_session *s, const char *slug, cli_pages_row *row, void *arg) ERR_CHECK;
/* Own memberships, asked for once a call. Errors are told. */
int cli_whom_memberships(struct cli_session *s, const Provision__MembershipListReply **list_r) ERR_CHECK;
/* The membership meant by --company (NULL: the only one). Errors are told: none, several, not a member of that one. */
int cli_whom_membership(struct cli_session *s, const char *slug, const Provision__MembershipRow **row_r) ERR_CHECK;

/* A company by its slug; invitation: of a member, shows one that is not public; or NULL. ERR_NOT_FOUND, told. */
int cli_whom_company(struct cli_session *s, const char *slug, const struct id *invitation,
    const Provision__CompanyRow **row_r) ERR_CHECK;

/* The other side of a subscription. */
struct cli_whom {
	const char *typed;                             /* as on the command line, fit for a terminal */
	const Provision__SubscriptionRow *row;
	const Provision__MembershipRow *membership;    /* we are this company and they are its customer; NULL: the other way */
};

/* company: value of --company or NULL. ERR_USAGE: an e-mail address; ERR_NOT_FOUND. Errors are told. */
int cli_whom_find(struct cli_session *s, const char *typed, const char *company, struct cli_whom *whom_r) ERR_CHECK;
/* The same, and the subscription must be active (ERR_STATE, told). */
int cli_whom_find_active(struct cli_session *s, const char *typed, const char *company, struct cli_whom *whom_r) ERR_CHECK;

/* The parts of it for many: what no WHOM is (ERR_USAGE), what is not active (ERR_STATE). Errors are told. */
int cli_whom_check_word(struct tool_call *c, const char *typed) ERR_CHECK;
int cli_whom_check_active(struct tool_call *c, const struct cli_whom *whom) ERR_CHECK;

/* How far people's clocks may differ: certificates begin so much earlier than they are made. */
#define CLI_WHOM_CLOCK_MARGIN_MS (3600ULL * 1000)

/* Us as a member: own company and certificate, checked. */
struct cli_member {
	const Provision__MembershipRow *row;
	struct trust_company company;
	struct trust_certificate certificate;
	bool is_verified;
};
int cli_whom_open_member(struct cli_session *s, const Provision__MembershipRow *row, struct cli_member *m_r) ERR_CHECK;
/* Private keys of the current epoch, as sealed to us. Not told. */
int cli_whom_current_keys(struct cli_session *s, const struct cli_member *m, struct trust_keys *keys_r) ERR_CHECK;
/* Those of any epoch that are kept: the current one's open the others. ERR_NOT_FOUND: none for that number. Not told. */
int cli_whom_epoch_keys(struct cli_session *s, const struct cli_member *m, uint32_t number, struct trust_keys *keys_r) ERR_CHECK;

/* "Anna Schmidt" or "Anna Schmidt, Schmidt GmbH", as it came: escape it for a terminal. In the call's arena. */
const char *cli_whom_name(struct tool_call *c, ProtobufCBinaryData first, ProtobufCBinaryData last, ProtobufCBinaryData company);
/* The fingerprint that the command line's words from first on are, in one piece or in groups. ERR_USAGE, told. */
int cli_whom_typed_fingerprint(struct tool_call *c, size_t first, struct hash *fingerprint_r) ERR_CHECK;
/* First and last name of the person itself. Errors are told. */
int cli_whom_own_name(struct cli_session *s, const char **name_r) ERR_CHECK;
/* Bytes of a text field as a string in the call's arena. */
const char *cli_whom_string(struct tool_call *c, ProtobufCBinaryData b);

#endif
