/* SPDX-License-Identifier: MIT */
/*
 * Every time and number the handlers go by, in one place: constants here, configured ones as functions of the settings in
 * force (with the documented defaults where a test has no configuration).
 */
#ifndef STORE_POLICY_H
#define STORE_POLICY_H

#include <stdint.h>

#include "base/clock.h"
#include "store/store.h"

#define STORE_MINUTE_MS (60ULL * 1000)
#define STORE_HOUR_MS (60 * STORE_MINUTE_MS)

#define STORE_REGISTRATION_MS (24 * STORE_HOUR_MS)      /* a registration that is not verified */
#define STORE_RESET_MS STORE_HOUR_MS                    /* a mailed code for a lost password */
#define STORE_NONCE_MS (10 * STORE_MINUTE_MS)
#define STORE_REPEAT_MS CLOCK_DAY_MS                    /* what was done under an idempotency key */
#define STORE_ENROLMENT_MS (14 * CLOCK_DAY_MS)          /* first owner's code */
#define STORE_INVITATION_MS (14 * CLOCK_DAY_MS)         /* of a member */
#define STORE_CUSTOMER_INVITATION_MS (30 * CLOCK_DAY_MS)
#define STORE_DECLINED_MS (30 * CLOCK_DAY_MS)           /* B1 */
#define STORE_PROVENANCE_DAYS 30U                       /* C4 */
#define STORE_ARRIVING_MS (7 * CLOCK_DAY_MS)            /* a package that is never completed */
#define STORE_SUPPORT_MS (90 * CLOCK_DAY_MS)            /* a support request, from when it was filed or answered */
#define STORE_MAIL_LEASE_MS (5 * STORE_MINUTE_MS)
#define STORE_MAIL_FIRST_RETRY_MS STORE_MINUTE_MS       /* doubles each time ... */
#define STORE_MAIL_LAST_RETRY_MS (4 * STORE_HOUR_MS)    /* ... up to this */
#define STORE_MAIL_GIVE_UP_MS (5 * CLOCK_DAY_MS)
#define STORE_MAIL_FAILED_MS (7 * CLOCK_DAY_MS)         /* then the operator no longer sees it */

#define STORE_MEMBERS_MAX 200U          /* of a company, open invitations included */
#define STORE_CUSTOMER_INVITATIONS_MAX 10000U   /* of a company, open ones */
#define STORE_MEMBERSHIPS_MAX 32U       /* of an account */

uint64_t store_policy_session_idle_ms(const struct store_settings *settings);
uint64_t store_policy_session_max_ms(const struct store_settings *settings);
uint64_t store_policy_package_max_bytes(const struct store_settings *settings);
/* What one account, or one company, may have waiting. */
uint64_t store_policy_quota_bytes(const struct store_settings *settings, bool is_company);
uint64_t store_policy_quota_packages(const struct store_settings *settings, bool is_company);
/* How long a complete package waits; it never outlives its day of the history. */
uint64_t store_policy_package_expiry_ms(const struct store_settings *settings);
/* After this time a day of the history is erased, counted from the day's beginning. */
uint64_t store_policy_history_ms(const struct store_settings *settings);
/* "https://host", nothing behind it. Lives as long as the settings. */
const char *store_policy_url(const struct store_settings *settings);
const char *store_policy_service_name(const struct store_settings *settings);
const char *store_policy_mail_domain(const struct store_settings *settings);
const char *store_policy_operator_mail(const struct store_settings *settings);
/* "de" or "en". */
const char *store_policy_locale(const struct store_settings *settings);
/* The envelope sender; one "*" in it stands for a token, or there is none. */
const char *store_policy_bounce_address(const struct store_settings *settings);

#endif
