/* SPDX-License-Identifier: MIT */
/*
 * Who is told by mail, and when (F1): the class of each kind of mail, a choice and quiet hours, one notice a
 * conversation until its side has looked, reminders of what waits (C7). A side has looked at all when its inbox was listed, and
 * when it received what it was told of; at one conversation when its newest entries were listed, or read to the end. Any
 * member looks for the company.
 *
 *     class     | none chosen | quiet hours | can be turned off by its link
 *     SECURITY  | comes       | comes       | no
 *     SERVICE   | comes       | waits       | no
 *     NOTICE    | goes        | waits       | yes
 *
 * SERVICE are mails that no choice of notices ends: that the other side has ended the subscription, with everything that one could
 * have looked at (B4: the other side is told), that packages have to be sent again (A4: their senders are told), since nothing
 * else says it; and the answer to what one has asked oneself (A11).
 *
 * All of it is judged when a mail is about to be lent to the courier, so that it holds at every try. A person's choice "with
 * text" (texts.h) is about texts to a customer, where the company allows it and the account is not locked; packages and whatever
 * goes to companies stay one notice with a link. To be mailed a text is not to have looked. A company's contact mailbox has a choice
 * (link or none) and quiet hours of its own.
 *
 * A mail that goes to nobody - its reason has gone, it failed for good, the operator removed it - has told nobody: the next news of its
 * conversation is told, and texts, unless they were seen elsewhere, at once by a link.
 */
#ifndef STORE_NOTICE_H
#define STORE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/courier.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/access.h"
#include "store/call.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

enum store_notice_class { STORE_NOTICE_SECURITY, STORE_NOTICE_SERVICE, STORE_NOTICE_ORDINARY };

enum store_notice_class store_notice_class(Provision__MailKind kind);

/*
 * May this mail go now? 0 and *later_ms_r 0: yes. *later_ms_r: not before that time. ERR_NOT_FOUND: never, whoever gets it has
 * looked or wants none, or is gone.
 */
int store_notice_judge(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m,
    uint64_t *later_ms_r) ERR_CHECK;
/* A mail goes to nobody, for good or until the operator has it tried again. */
int store_notice_untold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m) ERR_CHECK;
/* One that had failed is tried again: it tells, unless another has meanwhile, or that side has looked. */
int store_notice_retold(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredMail *m) ERR_CHECK;

/* A package has come into its recipient's inbox, with the party's records already written: tells unless that side was told
 * and has not looked since. */
int store_notice_package(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record) ERR_CHECK;
/* The same for a text, the newest entry of the conversation, which the other side has just written. */
int store_notice_message(struct store *s, struct store_txn *tx, const struct id *subscription, bool is_from_company) ERR_CHECK;
/* A package still waits: reminds its recipient, once a day and conversation at most. */
int store_notice_remind(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record) ERR_CHECK;
/* Tells the sender that a package was not fetched. */
int store_notice_expired(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record) ERR_CHECK;

/* In prepare() of listing the inbox of a party (account or company): writes behind the answer's back that it was looked at. */
void store_notice_look(struct store_call *c, const struct id *party, bool is_company);
/* In prepare() of listing a conversation: the same for that conversation and the caller's side. */
void store_notice_look_at(struct store_call *c, const struct store_subscription_access *a);
/* In apply(): the caller has read that conversation to its end. */
int store_notice_read(struct store_call *c, const struct store_subscription_access *a) ERR_CHECK;
/* In apply() of a receipt: that side has seen what it was told of. */
int store_notice_received(struct store *s, struct store_txn *tx, const Provision__StoredPackage *record) ERR_CHECK;

#endif
