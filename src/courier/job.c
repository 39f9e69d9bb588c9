/* SPDX-License-Identifier: MIT */
/*
 * Takes the store's description of a mail apart. Owns which MailKind uses which template. Must not know how
 * a mail is made or sent. Called when a batch begins.
 */
#include "courier/job.h"

#include <string.h>

#include "base/fatal.h"
#include "crypt/secret.h"
#include "record/courier.pb-c.h"

#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_##name

static int
template_of(const Provision__MailJob *m, enum mail_template *t_r)
{
	static const struct row {
		Provision__MailKind kind;
		bool is_accepted;
		enum mail_template which;
	} rows[] = {
		{ KIND(VERIFY), false, MAIL_TEMPLATE_VERIFY },
		{ KIND(ACCOUNT_EXISTS), false, MAIL_TEMPLATE_ACCOUNT_EXISTS },
		{ KIND(PACKAGE), false, MAIL_TEMPLATE_PACKAGE },
		{ KIND(SUBSCRIPTION_ASKED), false, MAIL_TEMPLATE_ASKED },
		{ KIND(SUBSCRIPTION_DECIDED), true, MAIL_TEMPLATE_ACCEPTED },
		{ KIND(SUBSCRIPTION_DECIDED), false, MAIL_TEMPLATE_DECLINED },
		{ KIND(SUBSCRIPTION_ENDED), false, MAIL_TEMPLATE_ENDED },
		{ KIND(PASSWORD_CHANGED), false, MAIL_TEMPLATE_PASSWORD_CHANGED },
		{ KIND(MEMBER_REMOVED), false, MAIL_TEMPLATE_MEMBER_REMOVED },
		{ KIND(MEMBER_LEFT), false, MAIL_TEMPLATE_MEMBER_LEFT },
		{ KIND(REDEEMED), false, MAIL_TEMPLATE_REDEEMED },
		{ KIND(LOST_PASSWORD), false, MAIL_TEMPLATE_LOST_PASSWORD },
		{ KIND(NEW_KEYS), false, MAIL_TEMPLATE_NEW_KEYS },
		{ KIND(SEND_AGAIN), false, MAIL_TEMPLATE_SEND_AGAIN },
		{ KIND(REMINDER), false, MAIL_TEMPLATE_REMINDER },
		{ KIND(EXPIRED), false, MAIL_TEMPLATE_EXPIRED },
		{ KIND(NEW_ADDRESS), false, MAIL_TEMPLATE_NEW_ADDRESS },
		{ KIND(ADDRESS_CHANGED), false, MAIL_TEMPLATE_ADDRESS_CHANGED },
		{ KIND(TOTP_ON), false, MAIL_TEMPLATE_TOTP_ON },
		{ KIND(TOTP_OFF), false, MAIL_TEMPLATE_TOTP_OFF },
		{ KIND(BACKUP_CODE_USED), false, MAIL_TEMPLATE_BACKUP_CODE_USED },
		{ KIND(APP_PASSWORD), false, MAIL_TEMPLATE_APP_PASSWORD },
		{ KIND(ACCOUNT_LOCKED), false, MAIL_TEMPLATE_ACCOUNT_LOCKED },
		{ KIND(ACCOUNT_UNLOCKED), false, MAIL_TEMPLATE_ACCOUNT_UNLOCKED },
	};
	bool is_accepted = m->kind == KIND(SUBSCRIPTION_DECIDED) && m->is_accepted;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].kind == m->kind && rows[i].is_accepted == is_accepted) {
			*t_r = rows[i].which;
			return 0;
		}
	}
	return ERR_UNSUPPORTED;
}

static struct view
view_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

static int
copy(ProtobufCBinaryData from, char *to, size_t size)
{
	if (from.len >= size)
		return ERR_LIMIT;
	if (from.len > 0 && memchr(from.data, 0, from.len) != NULL)
		return ERR_SYNTAX;
	if (from.len > 0)
		memcpy(to, from.data, from.len);
	to[from.len] = '\0';
	return 0;
}

static int
copy_texts(const Provision__MailJob *m, struct job *job)
{
	int err = copy(m->name, job->name, sizeof(job->name));
	if (err == 0)
		err = copy(m->peer, job->peer, sizeof(job->peer));
	if (err == 0)
		err = copy(m->link, job->link, sizeof(job->link));
	if (err == 0)
		err = copy(m->code, job->code, sizeof(job->code));
	if (err == 0)
		err = copy(m->message_id, job->message_id, sizeof(job->message_id));
	return err;
}

struct job
job_of(const struct Provision__MailJob *m)
{
	struct job job = { .created_ms = m->created_ms, .has_envelope_from = m->envelope_from.len > 0 };
	int err = id_from_view(view_bytes(m->job), &job.id);
	require(err == 0);
	err = template_of(m, &job.kind);
	if (err == 0)
		err = mail_locale_parse(view_bytes(m->locale), &job.locale);
	if (err == 0)
		err = mail_address_parse(view_bytes(m->to), &job.to);
	if (err == 0 && job.has_envelope_from)
		err = mail_address_parse(view_bytes(m->envelope_from), &job.envelope_from);
	if (err == 0)
		err = copy_texts(m, &job);
	job.is_good = err == 0;
	return job;
}

void
job_wipe(struct job *job)
{
	secret_wipe(job, sizeof(*job));
}
