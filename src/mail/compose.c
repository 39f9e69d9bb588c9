/* SPDX-License-Identifier: MIT */
/*
 * Puts a mail together. Owns which header fields our mails have. Must not know templates' words, queues or
 * SMTP. Called by the courier.
 */
#include "mail/compose.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "mail/clean.h"
#include "mail/encode.h"

#define HEADER_TEXT_MAX 1024
/* "=_" is in no quoted-printable text, so this line is in no part. */
#define BOUNDARY "=_part_of_this_mail"

static int
append_date(struct buf *out, uint64_t date_ms)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char iso[CLOCK_RFC3339_LEN + 1];   /* 2026-01-31T23:59:59.123Z */
	clock_rfc3339(date_ms, iso);
	size_t month = (size_t)((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
	/* 1970-01-01 was a Thursday. */
	return buf_printf(out, "Date: %s, %.2s %s %.4s %.8s +0000\r\n", days[(clock_day(date_ms) + 4) % 7], iso + 8,
	    months[month < 12 ? month : 0], iso, iso + 11);
}

static int
append_mailbox(struct buf *out, const char *field, struct view name, const struct mail_address *a)
{
	struct buf clean;
	buf_init(&clean, HEADER_TEXT_MAX);
	int err = mail_clean_append(&clean, name);
	struct mail_address_text address = mail_address_text(a);
	size_t column = strlen(field) + 2;
	if (err == 0)
		err = buf_printf(out, "%s: ", field);
	if (err == 0 && clean.len > 0) {
		err = mail_encode_phrase(out, buf_view(&clean), &column);
		bool fits = column + strlen(address.s) + 3 <= MAIL_ENCODE_LINE;
		if (err == 0)
			err = buf_append_str(out, fits ? " " : "\r\n ");
	}
	if (err == 0)
		err = buf_printf(out, clean.len > 0 ? "<%s>\r\n" : "%s\r\n", address.s);
	buf_deinit(&clean);
	return err;
}

static int
append_subject(struct buf *out, struct view text)
{
	struct buf clean;
	buf_init(&clean, MAIL_TEMPLATE_PART_MAX);
	size_t column = sizeof("Subject: ") - 1;
	int err = mail_clean_append(&clean, text);
	if (err == 0)
		err = buf_append_str(out, "Subject: ");
	if (err == 0)
		err = mail_encode_unstructured(out, buf_view(&clean), &column);
	buf_deinit(&clean);
	return err == 0 ? buf_append_str(out, "\r\n") : err;
}

/* dot-atom "@" dot-atom */
static bool
is_message_id(struct view v)
{
	bool is_after_dot = true;
	size_t ats = 0;
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		bool is_separator = c == '.' || c == '@';
		if (is_separator && is_after_dot)
			return false;
		if (!is_separator && (c <= ' ' || c > '~' || strchr("()<>[]:;,\\\"", c) != NULL))
			return false;
		ats += c == '@';
		is_after_dot = is_separator;
	}
	return !is_after_dot && ats == 1;
}

static int
append_headers(struct buf *out, const struct mail_parts *m)
{
	int err = append_mailbox(out, "From", m->from_name, m->from);
	if (err == 0)
		err = append_mailbox(out, "To", m->to_name, m->to);
	if (err == 0)
		err = append_subject(out, buf_view(&m->content->subject));
	if (err == 0)
		err = append_date(out, m->date_ms);
	if (err == 0)
		err = buf_printf(out, "Message-ID: <%.*s>\r\n", VIEW_FMT(m->message_id));
	if (err != 0)
		return err;
	return buf_printf(out,
	    "Auto-Submitted: auto-generated\r\n"
	    "Content-Language: %s\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n"
	    "\r\n",
	    mail_locale_name(m->locale));
}

static int
append_part(struct buf *out, const char *subtype, struct view text)
{
	int err = buf_printf(out,
	    "--" BOUNDARY "\r\n"
	    "Content-Type: text/%s; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n",
	    subtype);
	if (err == 0)
		err = mail_encode_body(out, text);
	/* This line end belongs to the boundary: the text keeps its own. */
	return err == 0 ? buf_append_str(out, "\r\n") : err;
}

int
mail_compose(const struct mail_parts *m, struct buf *out)
{
	if (m->message_id.len > MAIL_COMPOSE_ID_LEN)
		return ERR_LIMIT;
	if (!is_message_id(m->message_id))
		return ERR_SYNTAX;
	int err = append_headers(out, m);
	if (err == 0)
		err = append_part(out, "plain", buf_view(&m->content->text));
	if (err == 0)
		err = append_part(out, "html", buf_view(&m->content->html));
	return err == 0 ? buf_append_str(out, "--" BOUNDARY "--\r\n") : err;
}
