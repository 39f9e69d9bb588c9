/* SPDX-License-Identifier: MIT */
/*
 * Takes the store's description of a mail apart. Owns which MailKind is said by which template. Must not know how
 * a mail is made or sent. Called when a batch begins.
 */
#include "courier/job.h"

#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/secret.h"
#include "record/courier.pb-c.h"

#define ZONE_MAX_S (24 * 60 * 60)
#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_##name

static int
template_of(const Provision__MailJob *m, const struct mail_template **t_r)
{
	static const struct row {
		Provision__MailKind kind;
		bool is_accepted;
		const char *which;
	} rows[] = {
		{ KIND(VERIFY), false, "verify" },
		{ KIND(ACCOUNT_EXISTS), false, "account-exists" },
		{ KIND(PACKAGE), false, "package" },
		{ KIND(SUBSCRIPTION_ASKED), false, "asked" },
		{ KIND(SUBSCRIPTION_DECIDED), true, "accepted" },
		{ KIND(SUBSCRIPTION_DECIDED), false, "declined" },
		{ KIND(SUBSCRIPTION_ENDED), false, "ended" },
		{ KIND(PASSWORD_CHANGED), false, "password-changed" },
		{ KIND(MEMBER_REMOVED), false, "member-removed" },
		{ KIND(MEMBER_LEFT), false, "member-left" },
		{ KIND(REDEEMED), false, "redeemed" },
		{ KIND(LOST_PASSWORD), false, "lost-password" },
		{ KIND(NEW_KEYS), false, "new-keys" },
		{ KIND(SEND_AGAIN), false, "send-again" },
		{ KIND(REMINDER), false, "reminder" },
		{ KIND(EXPIRED), false, "expired" },
		{ KIND(NEW_ADDRESS), false, "new-address" },
		{ KIND(ADDRESS_CHANGED), false, "address-changed" },
		{ KIND(TOTP_ON), false, "totp-on" },
		{ KIND(TOTP_OFF), false, "totp-off" },
		{ KIND(BACKUP_CODE_USED), false, "backup-code-used" },
		{ KIND(APP_PASSWORD), false, "app-password" },
		{ KIND(ACCOUNT_LOCKED), false, "account-locked" },
		{ KIND(ACCOUNT_UNLOCKED), false, "account-unlocked" },
		{ KIND(COMPANY_CODE_MADE), false, "company-code-made" },
		{ KIND(COMPANY_CODE_REPLACED), false, "company-code-replaced" },
		{ KIND(COMPANY_CODE_USED), false, "company-code-used" },
		{ KIND(MESSAGE), false, "message" },
		{ KIND(SUPPORT_ASKED), false, "support-asked" },
		{ KIND(SUPPORT_ANSWERED), false, "support-answered" },
		{ KIND(TEXTS), false, "texts" },
		{ KIND(ACCOUNT_RESET), false, "account-reset" },
		{ KIND(ACCOUNT_DELETED), false, "account-deleted" },
	};
	bool is_accepted = m->kind == KIND(SUBSCRIPTION_DECIDED) && m->is_accepted;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].kind == m->kind && rows[i].is_accepted == is_accepted) {
			*t_r = mail_template_find(view_str(rows[i].which));
			require(*t_r != NULL);
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
check_zone(int32_t zone_s)
{
	return zone_s > -ZONE_MAX_S && zone_s < ZONE_MAX_S ? 0 : ERR_LIMIT;
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
		err = copy(m->receipt, job->receipt, sizeof(job->receipt));
	if (err == 0)
		err = copy(m->unsubscribe, job->unsubscribe, sizeof(job->unsubscribe));
	if (err == 0)
		err = copy(m->message_id, job->message_id, sizeof(job->message_id));
	return err;
}

static int
copy_said(const Provision__MailSaid *m, struct job_said *said)
{
	int err = copy(m->author, said->author, sizeof(said->author));
	if (err == 0)
		err = check_zone(m->zone_s);
	said->time_ms = m->time_ms;
	said->zone_s = m->zone_s;
	said->text = mem_alloc(m->text.len + 1);
	said->len = m->text.len;
	if (m->text.len > 0)
		memcpy(said->text, m->text.data, m->text.len);
	return err;
}

static int
copy_all_said(const Provision__MailJob *m, struct job *job)
{
	int err = 0;
	if (m->n_said == 0)
		return 0;
	job->said = mem_array(m->n_said, sizeof(job->said[0]));
	for (; err == 0 && job->said_count < m->n_said; job->said_count++)
		err = copy_said(m->said[job->said_count], &job->said[job->said_count]);
	return err;
}

struct job
job_of(const struct Provision__MailJob *m)
{
	struct job job = {
		.created_ms = m->created_ms, .until_ms = m->until_ms, .zone_s = m->zone_s, .until_zone_s = m->until_zone_s,
		.has_envelope_from = m->envelope_from.len > 0,
	};
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
		err = check_zone(m->zone_s);
	if (err == 0)
		err = check_zone(m->until_zone_s);
	if (err == 0)
		err = copy_texts(m, &job);
	if (err == 0)
		err = copy_all_said(m, &job);
	job.is_good = err == 0;
	return job;
}

void
job_wipe(struct job *job)
{
	for (size_t i = 0; i < job->said_count; i++) {
		secret_wipe(job->said[i].text, job->said[i].len);
		mem_free(&job->said[i].text);
	}
	mem_free(&job->said);
	secret_wipe(job, sizeof(*job));
}
