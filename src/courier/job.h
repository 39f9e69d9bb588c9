/* SPDX-License-Identifier: MIT */
/*
 * One mail to send, as a plain value of checked parts: made from the store's MailJob once, at the edge.
 */
#ifndef COURIER_JOB_H
#define COURIER_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "mail/address.h"
#include "mail/template.h"

#define JOB_NAME_LEN 200
#define JOB_LINK_LEN 512
#define JOB_CODE_LEN 32
#define JOB_MESSAGE_ID_LEN 200
#define JOB_RECEIPT_LEN 2048

/* A text that the mail tells. */
struct job_said {
	char author[JOB_NAME_LEN + 1];        /* "": not known any more */
	uint64_t time_ms;
	int32_t zone_s;                       /* the recipient's clocks then */
	char *text;                           /* len bytes, UTF-8 */
	size_t len;
};

struct job {
	struct id id;
	bool is_good;                 /* false: there is only the id, to answer for it */
	const struct mail_template *kind;
	enum mail_locale locale;
	struct mail_address to;
	struct mail_address envelope_from;
	bool has_envelope_from;       /* false: the empty reverse path, nobody wants to hear of it */
	uint64_t created_ms;
	uint64_t until_ms;            /* 0: the mail names no day */
	int32_t zone_s;               /* the recipient's clocks at created_ms, seconds east of UTC */
	int32_t until_zone_s;         /* and at until_ms */
	char name[JOB_NAME_LEN + 1];
	char peer[JOB_NAME_LEN + 1];
	char link[JOB_LINK_LEN + 1];
	char code[JOB_CODE_LEN + 1];
	char receipt[JOB_RECEIPT_LEN + 1];   /* "": none */
	char unsubscribe[JOB_LINK_LEN + 1];   /* "": security mails and companies */
	char message_id[JOB_MESSAGE_ID_LEN + 1];
	struct job_said *said;                /* said_count of them, owned */
	size_t said_count;
};

struct Provision__MailJob;

/*
 * From a message within the limits of its .proto; owned, ends with job_wipe(). A part that is not what it should be leaves the id,
 * and is_good false.
 */
struct job job_of(const struct Provision__MailJob *m);
/* Overwrites it: a code is a secret for a day, a text somebody's. */
void job_wipe(struct job *job);

#endif
