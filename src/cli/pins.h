/* SPDX-License-Identifier: MIT */
/*
 * Every key the server shows goes through here: compared with the person's pin store, noted at the first contact, refused
 * when it changed. Of the pin store its root and the pages that are needed are fetched, and what changed is put back; another
 * client of the same person that was faster is no error.
 */
#ifndef CLI_PINS_H
#define CLI_PINS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/view.h"
#include "cli/session.h"
#include "record/company.pb-c.h"
#include "trust/account.h"
#include "trust/company.h"
#include "trust/pins.h"

/* Opens a store that came with another answer; page: empty if it has several. Empty, old or foreign: refused. Errors are told. */
int cli_pins_open(struct cli_session *s, struct view root, uint64_t version, struct view page) ERR_CHECK;
/* What is known so far is fetched anew when it is needed: for who stays while others change it. */
void cli_pins_forget(struct cli_session *s);
/*
 * One pin, with its page; *pin_r: NULL if there is none, valid until the next call of these. A store or page that is empty, old
 * or foreign is refused. Errors are told.
 */
int cli_pins_find(struct cli_session *s, enum trust_pin_kind kind, const struct id *principal, const struct trust_pin **pin_r) ERR_CHECK;
/* All pages, for trust_pins_sorted(). Errors are told. */
int cli_pins_all(struct cli_session *s) ERR_CHECK;
/*
 * One change of the pin of kind and principal, whose page is there then: calls change, which returns 0 or an error and says
 * through *is_changed_r whether to store the result. Called again when another client was faster. Errors of change are the
 * caller's to tell, others are told.
 */
typedef int cli_pins_changer(struct cli_session *s, void *arg, bool *is_changed_r);
int cli_pins_change(struct cli_session *s, enum trust_pin_kind kind, const struct id *principal, cli_pins_changer *change,
    void *arg) ERR_CHECK;

/*
 * A customer's statement, met before a package goes out or comes in. whom: how the person calls them. *verified_r: compared by
 * people. ERR_TRUST: the key changed; told with what to do.
 */
int cli_pins_meet_account(struct cli_session *s, struct view statement, const char *whom, struct trust_account *account_r,
    bool *verified_r) ERR_CHECK;
/* A company's root and epochs. expected_root: from a link, or NULL. ERR_STATE: it has no keys yet. Errors are told. */
int cli_pins_meet_company(struct cli_session *s, const Provision__CompanyRow *row, const struct hash *expected_root,
    struct trust_company *company_r, bool *verified_r) ERR_CHECK;
/* The service's own key. */
int cli_pins_meet_server(struct cli_session *s, struct view sign_key) ERR_CHECK;

/* Checked company of a row, without the pins. ERR_STATE: no keys yet. Not told. */
int cli_pins_parse_company(const Provision__CompanyRow *row, struct trust_company *company_r) ERR_CHECK;
/* What sort of key it is, and how it came to be known, in a word. Static. */
const char *cli_pins_kind(const struct trust_pin *pin);
const char *cli_pins_source(const struct trust_pin *pin);
/* Whether a pin has this fingerprint; NULL pin: false. *verified_r: and was compared by people. */
bool cli_pins_is_same(const struct trust_pin *pin, const struct hash *fingerprint, bool *verified_r);

#endif
