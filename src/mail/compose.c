/* SPDX-License-Identifier: MIT */
/*
 * Puts a mail together. Owns which header fields our mails have. Must not know templates' words, queues or
 * SMTP. Called by the courier.
 */
#include "mail/compose.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encoder.h"
#include "mail/clean.h"
#include "mail/encode.h"

#define HEADER_TEXT_MAX 1024
/* "=_" is in no quoted-printable text, so this line is in no part. */
#define BOUNDARY "=_part_of_this_mail"

static void
append_str(struct encoder *out, const char *s)
{
	encoder_view(out, view_str(s));
}

static void
append_date(struct encoder *out, uint64_t date_ms)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char iso[CLOCK_RFC3339_LEN + 1];   /* 2026-01-31T23:59:59.123Z */
	char line[96];
	clock_rfc3339(date_ms, iso);
	size_t month = (size_t)((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
	/* 1970-01-01 was a Thursday. */
	snprintf(line, sizeof(line), "Date: %s, %.2s %s %.4s %.8s +0000\r\n", days[(clock_day(date_ms) + 4) % 7], iso + 8,
	    months[month < 12 ? month : 0], iso, iso + 11);
	append_str(out, line);
}

static void
append_mailbox(struct encoder *out, const char *field, struct view name, const struct mail_address *a)
{
	struct mail_address_text address = mail_address_text(a);
	size_t column = strlen(field);
	struct buf clean;
	buf_init(&clean, HEADER_TEXT_MAX);
	encoder_fail(out, mail_clean_append(&clean, name));
	append_str(out, field);
	if (clean.len > 0) {
		mail_encode_phrase(out, buf_view(&clean), &column);
		bool fits = column + strlen(address.s) + 3 <= MAIL_ENCODE_LINE;
		append_str(out, fits ? " <" : "\r\n <");
	}
	append_str(out, address.s);
	append_str(out, clean.len > 0 ? ">\r\n" : "\r\n");
	buf_deinit(&clean);
}

static void
append_subject(struct encoder *out, struct view text)
{
	size_t column = sizeof("Subject: ") - 1;
	struct buf clean;
	buf_init(&clean, MAIL_TEMPLATE_PART_MAX);
	encoder_fail(out, mail_clean_append(&clean, text));
	append_str(out, "Subject: ");
	mail_encode_unstructured(out, buf_view(&clean), &column);
	append_str(out, "\r\n");
	buf_deinit(&clean);
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

static void
append_headers(struct encoder *out, const struct mail_parts *m)
{
	append_mailbox(out, "From: ", m->from_name, m->from);
	append_mailbox(out, "To: ", m->to_name, m->to);
	append_subject(out, buf_view(&m->content->subject));
	append_date(out, m->date_ms);
	append_str(out, "Message-ID: <");
	encoder_view(out, m->message_id);
	append_str(out, ">\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "Content-Language: ");
	append_str(out, mail_locale_name(m->locale));
	append_str(out, "\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n"
	    "\r\n");
}

static void
append_part(struct encoder *out, const char *subtype, struct view text)
{
	append_str(out, "--" BOUNDARY "\r\nContent-Type: text/");
	append_str(out, subtype);
	append_str(out, "; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
	mail_encode_body(out, text);
	/* This line end belongs to the boundary: the text keeps its own. */
	append_str(out, "\r\n");
}

int
mail_compose(const struct mail_parts *m, struct buf *out)
{
	if (m->message_id.len > MAIL_COMPOSE_ID_LEN)
		return ERR_LIMIT;
	if (!is_message_id(m->message_id))
		return ERR_SYNTAX;
	struct encoder e = encoder_of(out);
	append_headers(&e, m);
	append_part(&e, "plain", buf_view(&m->content->text));
	append_part(&e, "html", buf_view(&m->content->html));
	append_str(&e, "--" BOUNDARY "--\r\n");
	return encoder_end(&e);
}
