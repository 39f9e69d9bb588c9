/* SPDX-License-Identifier: MIT */
/*
 * One conversation in an archive: its entries as JSON, each message and package as a letter (archive/letter.h).
 */
#ifndef ARCHIVE_CONVERSATION_H
#define ARCHIVE_CONVERSATION_H

#include <stdbool.h>

#include "archive/archive.h"
#include "archive/source.h"
#include "mail/template.h"
#include "record/conversation.pb-c.h"

/* What more there is to be put in the archive of a package. Members of the archive may be written. */
typedef int archive_conversation_package(struct archive *a, const Provision__PackageGetReply *package, void *arg);

struct archive_conversation {
	const char *folder;                  /* in the archive, without a slash at the end */
	ProtobufCBinaryData subscription;
	const char *slug, *number;           /* of the company, of the customer */
	const char *company, *customer;      /* their names */
	bool has_origin;                     /* with address and user agent of the person's own entries */
	enum mail_locale locale;
	/* Asked about every package, where the archive is a person's: with what the two sides have signed. NULL: not wanted. */
	archive_conversation_package *package;
	void *arg;
};

/* Asks for all entries and writes them. One that ends meanwhile ends here too. */
int archive_conversation_put(struct archive *a, const struct archive_source *s, const struct archive_conversation *c) ERR_CHECK;

#endif
