/* SPDX-License-Identifier: MIT */
/*
 * Makes the bytes of one mail from a job. The same job gives the same bytes, so a mail that is sent twice
 * is recognised as one by its Message-ID.
 */
#ifndef COURIER_RENDER_H
#define COURIER_RENDER_H

#include "base/buf.h"
#include "base/err.h"
#include "courier/job.h"
#include "mail/address.h"

/* Who writes; borrowed. */
struct render_sender {
	const char *service_name;
	const struct mail_address *from;
};

/* Clears out and fills it (maximum at least MAIL_COMPOSE_MAX). ERR_SYNTAX, ERR_LIMIT: a part of the job is missing or wrong. */
int render_job(const struct render_sender *sender, const struct job *job, struct buf *out) ERR_CHECK;

#endif
