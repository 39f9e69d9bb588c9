/* SPDX-License-Identifier: MIT */
/*
 * Texts by mail (F1, "with message text"): what a company's people wrote, to its customer. The queue holds the conversation and
 * from which entry to which; the words are read when the mail is lent to the courier, so that what was taken back is not in it.
 *
 *     a text -> a mail waits: at once, or a minute after the one before it went
 *     other texts meanwhile -> the same mail
 *     lent for the first time -> the mail ends with the newest entry, and stays so at every try; another text makes another mail
 *
 * Due items run at most a minute late, so a text waits 2 minutes at most, quiet hours and failures aside, and the first of a burst not
 * at all. A mail has 50 texts and 64 KiB of text at most; what is more goes in the next one, at once.
 */
#ifndef STORE_TEXTS_H
#define STORE_TEXTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/courier.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/index.h"
#include "store/store.h"

#define STORE_TEXTS_MAX 50U
#define STORE_TEXTS_BYTES_MAX 65536U

/* The company has just entered a text, the newest entry of *of, into the conversation: a mail will tell it. */
int store_texts_tell(struct store *s, struct store_txn *tx, const struct id *subscription, Provision__StoredSubscription *of) ERR_CHECK;
/*
 * A mail of kind TEXTS is about to be lent: its texts to job->said, in a. The first time, m->texts_to is set, for the caller to write.
 * ERR_NOT_FOUND: there is no text to be told any more.
 */
int store_texts_take(struct store *s, struct store_txn *tx, struct arena *a, Provision__StoredMail *m, Provision__MailJob *job) ERR_CHECK;
/* A mail of kind TEXTS goes to nobody. *is_news_r: it would have told of a text that the customer has not seen elsewhere. */
int store_texts_forget(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m, bool *is_news_r) ERR_CHECK;

#endif
