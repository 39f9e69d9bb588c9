/* SPDX-License-Identifier: MIT */
/*
 * Puts a mail together. Owns which header fields our mails have. Must not know templates' words, queues or
 * SMTP. Called by the courier, and for archives.
 */
#include "mail/compose.h"

#include <stdbool.h>
#include <string.h>

#include "base/encoder.h"
#include "mail/clean.h"
#include "mail/encode.h"
#include "mail/when.h"

#define HEADER_TEXT_MAX 1024
/* "=_" is in no quoted-printable text, so this line is in no part. */
#define BOUNDARY "=_part_of_this_mail"

static void
append_str(struct encoder *out, const char *s)
{
	encoder_view(out, view_str(s));
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

/* RFC 2369, and one click of RFC 8058. */
static void
append_unsubscribe(struct encoder *out, struct view link)
{
	if (link.len == 0)
		return;
	append_str(out, "List-Unsubscribe:\r\n <");
	encoder_view(out, link);
	append_str(out, ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

static void
append_date(struct encoder *out, uint64_t date_ms, int32_t zone_s, struct view message_id)
{
	append_str(out, "Date: ");
	append_str(out, mail_when_date(date_ms, zone_s).s);
	append_str(out, "\r\nMessage-ID: <");
	encoder_view(out, message_id);
	append_str(out, ">\r\n");
}

static void
append_headers(struct encoder *out, const struct mail_parts *m)
{
	append_mailbox(out, "From: ", m->from_name, m->from);
	append_mailbox(out, "To: ", m->to_name, m->to);
	append_subject(out, buf_view(&m->content->subject));
	append_date(out, m->date_ms, m->zone_s, m->message_id);
	append_unsubscribe(out, m->unsubscribe);
	append_str(out,
	    "Auto-Submitted: auto-generated\r\n"
	    "Content-Language: ");
	append_str(out, mail_locale_name(m->locale));
	append_str(out, "\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n"
	    "\r\n");
}

/* Fields of a part of text, and its body. */
static void
append_text(struct encoder *out, const char *subtype, struct view text)
{
	append_str(out, "Content-Type: text/");
	append_str(out, subtype);
	append_str(out, "; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
	mail_encode_body(out, text);
}

static void
append_part(struct encoder *out, const char *subtype, struct view text)
{
	append_str(out, "--" BOUNDARY "\r\n");
	append_text(out, subtype, text);
	/* This line end belongs to the boundary: the text keeps its own. */
	append_str(out, "\r\n");
}

static int
check_message_id(struct view id)
{
	if (id.len > MAIL_COMPOSE_ID_LEN)
		return ERR_LIMIT;
	return is_message_id(id) ? 0 : ERR_SYNTAX;
}

int
mail_compose(const struct mail_parts *m, struct buf *out)
{
	int err = check_message_id(m->message_id);
	if (err != 0)
		return err;
	struct encoder e = encoder_of(out);
	append_headers(&e, m);
	append_part(&e, "plain", buf_view(&m->content->text));
	append_part(&e, "html", buf_view(&m->content->html));
	append_str(&e, "--" BOUNDARY "--\r\n");
	return encoder_end(&e);
}

int
mail_compose_letter(const struct mail_letter *m, struct buf *out)
{
	int err = check_message_id(m->message_id);
	if (err != 0)
		return err;
	struct encoder e = encoder_of(out);
	append_mailbox(&e, "From: ", m->from_name, m->from);
	append_mailbox(&e, "To: ", m->to_name, m->to);
	append_subject(&e, m->subject);
	append_date(&e, m->date_ms, 0, m->message_id);
	append_str(&e, "MIME-Version: 1.0\r\n");
	append_text(&e, "plain", m->text);
	return encoder_end(&e);
}
