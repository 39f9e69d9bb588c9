/* SPDX-License-Identifier: MIT */
/*
 * Times and numbers the handlers go by, but for how long things are kept (store/retention.h): constants here, configured ones as functions of the settings in
 * force (with the documented defaults where a test has no configuration).
 */
#ifndef STORE_POLICY_H
#define STORE_POLICY_H

#include <stdint.h>

#include "base/clock.h"
#include "store/store.h"

#define STORE_MINUTE_MS (60ULL * 1000)
#define STORE_HOUR_MS (60 * STORE_MINUTE_MS)

#define STORE_ENROLMENT_MS (14 * CLOCK_DAY_MS)          /* first owner's code */
#define STORE_MAIL_LEASE_MS (5 * STORE_MINUTE_MS)
#define STORE_MAIL_FIRST_RETRY_MS STORE_MINUTE_MS       /* doubles each time ... */
#define STORE_MAIL_LAST_RETRY_MS (4 * STORE_HOUR_MS)    /* ... up to this */
#define STORE_MAIL_GATHER_MS STORE_MINUTE_MS            /* between two mails with texts of one conversation */
#define STORE_MAIL_GIVE_UP_MS (5 * CLOCK_DAY_MS)
#define STORE_MAIL_RECEIPT_MS (12 * STORE_HOUR_MS)      /* a receipt waits at most so long for the second copy of the keys */

#define STORE_MEMBERS_MAX 200U          /* of a company, open invitations included */
#define STORE_CUSTOMER_INVITATIONS_MAX 10000U   /* of a company, open ones */
#define STORE_MEMBERSHIPS_MAX 32U       /* of an account */

uint64_t store_policy_package_max_bytes(const struct store_settings *settings);
/* What one account, or one company, may have waiting. */
uint64_t store_policy_quota_bytes(const struct store_settings *settings, bool is_company);
uint64_t store_policy_quota_packages(const struct store_settings *settings, bool is_company);
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
