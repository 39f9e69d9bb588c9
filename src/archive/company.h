/* SPDX-License-Identifier: MIT */
/*
 * A company's archive (B6): its conversations with all of its customers, or with one, as any of its members may read them.
 */
#ifndef ARCHIVE_COMPANY_H
#define ARCHIVE_COMPANY_H

#include "archive/archive.h"
#include "archive/source.h"
#include "mail/template.h"
#include "record/company.pb-c.h"

/* only: a row of listCustomers, or NULL for all of them. Errors of the source are told, those of the disk are not. */
int archive_company_put(struct archive *a, const struct archive_source *s, enum mail_locale locale, const Provision__CompanyRow *company,
    const Provision__SubscriptionRow *only) ERR_CHECK;

#endif
