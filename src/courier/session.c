/* SPDX-License-Identifier: MIT */
/*
 * The commands. Of libetpan it uses the SMTP client without its sockets, TLS and SASL (which loads plug-ins);
 * EHLO, AUTH and MAIL with parameters are said here, because libetpan takes our name from gethostname(), cannot
 * log in without SASL, and knows no SMTPUTF8. Must not know what an answer means for a mail. Called by
 * courier/relay.c.
 */
#include "courier/session.h"

#include <libetpan/mailsmtp.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"
#include "courier/gate.h"
#include "crypt/secret.h"

#define LINE_LEN 512            /* RFC 5321 4.5.3.1.4 */
#define CREDENTIAL_MAX 2048
#define TLS_MS 60000

struct session {
	struct driver *driver;
	mailsmtp *smtp;
	uint32_t time_percent;
	unsigned offers;
};

/* What is waited for, in ms: to write, and for the answer. */
enum wait { WAIT_COMMAND, WAIT_DATA, WAIT_TEXT, WAIT_QUIT, WAIT_COUNT };

static const struct wait_row {
	uint32_t write_ms;
	uint32_t read_ms;
} waits[WAIT_COUNT] = {
	[WAIT_COMMAND] = { 60000, 60000 },
	[WAIT_DATA] = { 24000, 24000 },
	[WAIT_TEXT] = { 36000, 600000 },
	[WAIT_QUIT] = { 1000, 1000 },
};

static uint32_t
scaled(const struct session *s, uint32_t ms)
{
	return (uint32_t)((uint64_t)ms * s->time_percent / 100);
}

static void
expect(struct session *s, enum wait what)
{
	driver_expect(s->driver, scaled(s, waits[what].write_ms), scaled(s, waits[what].read_ms));
	s->smtp->response_code = 0;
}

/* After each exchange, as the header says. */
static int
settle(const struct session *s)
{
	int err = driver_error(s->driver);
	if (err != 0)
		return err;
	if (session_code(s) == 0)
		return ERR_SYNTAX;
	return session_code(s) == 421 ? ERR_CLOSED : 0;
}

struct session *
session_new(struct driver *driver, uint32_t time_percent)
{
	struct session *s = mem_alloc(sizeof(*s));
	s->driver = driver;
	s->time_percent = time_percent;
	s->smtp = mailsmtp_new(0, NULL);
	require(s->smtp != NULL);
	s->smtp->response = s->smtp->response_buffer->str;
	return s;
}

void
session_free(struct session **s)
{
	if (*s == NULL)
		return;
	expect(*s, WAIT_QUIT);
	/* Says QUIT if there is a mailstream, and frees that. */
	mailsmtp_free((*s)->smtp);
	driver_free(&(*s)->driver);
	mem_free(s);
}

int
session_code(const struct session *s)
{
	int code = s->smtp->response_code;
	return code >= 200 && code <= 599 ? code : 0;
}

int
session_class(const struct session *s)
{
	return session_code(s) / 100;
}

struct view
session_words(const struct session *s)
{
	return view_str(s->smtp->response_buffer->str);
}

unsigned
session_offers(const struct session *s)
{
	return s->offers;
}

bool
session_is_broken(const struct session *s)
{
	return driver_error(s->driver) != 0;
}

const char *
session_reason(const struct session *s)
{
	return driver_reason(s->driver);
}

/*
 *   answer = *( code "-" text CRLF ) code [ " " text ] CRLF
 * Leaves code and text (LF between lines) where libetpan leaves them.
 */
static void
read_answer(mailsmtp *smtp)
{
	bool is_last = false;
	mmap_string_assign(smtp->response_buffer, "");
	while (!is_last) {
		const char *line = mailstream_read_line_remove_eol(smtp->stream, smtp->line_buffer);
		size_t len = line == NULL ? 0 : strlen(line);
		uint64_t code = 0;
		is_last = true;
		bool is_answer = len >= 3 && (len == 3 || line[3] == ' ' || line[3] == '-');
		if (is_answer && text_u64(view_of(line, 3), 599, &code) == 0) {
			is_last = line[3] != '-';
			mmap_string_append(smtp->response_buffer, line + (len > 3 ? 4 : 3));
			mmap_string_append_c(smtp->response_buffer, '\n');
		}
		smtp->response_code = (int)code;
	}
	smtp->response = smtp->response_buffer->str;
}

/* Says a line (with its CRLF) that libetpan cannot say. */
static int
exchange(struct session *s, const char *line)
{
	mailstream *stream = s->smtp->stream;
	expect(s, WAIT_COMMAND);
	if (mailstream_write(stream, line, strlen(line)) != -1 && mailstream_flush(stream) != -1)
		read_answer(s->smtp);
	return settle(s);
}

int
session_start_tls(struct session *s, struct event_tls_credentials *credentials, const char *name)
{
	int err = driver_start_tls(s->driver, credentials, name, scaled(s, TLS_MS));
	/* A failed handshake is a failed connection: nothing of SMTP was wrong. */
	return err == ERR_SYNTAX ? ERR_IO : err;
}

int
session_greet(struct session *s)
{
	mailstream *stream = driver_mailstream(s->driver);
	expect(s, WAIT_COMMAND);
	/* Where the greeting is not 220, libetpan closes the mailstream. */
	mailsmtp_connect(s->smtp, stream);
	int err = settle(s);
	return err == 0 && s->smtp->stream == NULL && session_class(s) == 2 ? ERR_SYNTAX : err;
}

/* One line of the answer to EHLO. */
static unsigned
offer_of(struct view line)
{
	static const struct row {
		const char *keyword;
		unsigned offer;
	} rows[] = {
		{ "STARTTLS", SESSION_STARTTLS }, { "SMTPUTF8", SESSION_SMTPUTF8 }, { "8BITMIME", SESSION_8BITMIME },
	}, mechanisms[] = { { "PLAIN", SESSION_AUTH_PLAIN }, { "LOGIN", SESSION_AUTH_LOGIN } };
	unsigned offers = 0;
	bool is_auth = false;
	for (bool is_first = true; line.len > 0; is_first = false) {
		struct view word = view_slice(line, 0, view_find(line, ' '));
		line = view_slice(line, word.len + 1, line.len);
		is_auth = is_auth || (is_first && view_equal_nocase(word, VIEW_LIT("AUTH")));
		for (size_t i = 0; is_first && i < sizeof(rows) / sizeof(rows[0]); i++)
			if (view_equal_nocase(word, view_str(rows[i].keyword)))
				offers |= rows[i].offer;
		for (size_t i = 0; is_auth && i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
			if (view_equal_nocase(word, view_str(mechanisms[i].keyword)))
				offers |= mechanisms[i].offer;
	}
	return offers;
}

int
session_hello(struct session *s, const char *name)
{
	char argument[LINE_LEN / 2], line[LINE_LEN];
	int err = gate_argument(view_str(name), argument, sizeof(argument));
	require(err == 0);
	snprintf(line, sizeof(line), "EHLO %s\r\n", argument);
	s->offers = 0;
	err = exchange(s, line);
	struct view rest = err == 0 ? session_words(s) : view_of(NULL, 0);
	while (rest.len > 0) {
		struct view row = view_slice(rest, 0, view_find(rest, '\n'));
		rest = view_slice(rest, row.len + 1, rest.len);
		s->offers |= offer_of(row);
	}
	return err;
}

int
session_upgrade(struct session *s, struct event_tls_credentials *credentials, const char *name)
{
	require((s->offers & SESSION_STARTTLS) != 0);
	/* libetpan asks its own record of what was offered. */
	s->smtp->esmtp = MAILSMTP_ESMTP | MAILSMTP_ESMTP_STARTTLS;
	expect(s, WAIT_COMMAND);
	mailesmtp_starttls(s->smtp);
	int err = settle(s);
	/* Bytes that came before TLS must not be taken for something said under it. */
	if (err == 0 && s->smtp->stream->read_buffer_len != 0)
		err = ERR_STATE;
	if (err != 0 || session_code(s) != 220)
		return err;
	/* Nor does anything count that was said before (RFC 3207 4.2). */
	s->offers = 0;
	return session_start_tls(s, credentials, name);
}

/* One line of AUTH: base64 of secret bytes behind prefix. */
static int
say_secret(struct session *s, const char *prefix, struct view secret)
{
	struct buf line;
	buf_init(&line, CREDENTIAL_MAX);
	struct encoder e = encoder_of(&line);
	encoder_view(&e, view_str(prefix));
	encoder_fail(&e, text_base64(&line, secret));
	encoder_bytes(&e, "\r\n", sizeof("\r\n"));
	int err = encoder_end(&e);
	if (err == 0)
		err = exchange(s, (const char *)line.data);
	secret_wipe(s->smtp->stream->write_buffer, s->smtp->stream->buffer_max_size);
	buf_wipe(&line);
	buf_deinit(&line);
	return err;
}

static int
log_in_plain(struct session *s, struct view user, struct view password)
{
	struct buf both;
	buf_init(&both, CREDENTIAL_MAX);
	struct encoder e = encoder_of(&both);
	encoder_u8(&e, '\0');
	encoder_view(&e, user);
	encoder_u8(&e, '\0');
	encoder_view(&e, password);
	int err = encoder_end(&e);
	/* An initial response only where it fits a command line (RFC 4954 4). */
	bool is_short = both.len <= (LINE_LEN - sizeof("AUTH PLAIN \r\n")) / 4 * 3;
	if (err == 0 && !is_short)
		err = exchange(s, "AUTH PLAIN\r\n");
	if (err == 0 && (is_short || session_code(s) == 334))
		err = say_secret(s, is_short ? "AUTH PLAIN " : "", buf_view(&both));
	buf_wipe(&both);
	buf_deinit(&both);
	return err;
}

static int
log_in_login(struct session *s, struct view user, struct view password)
{
	int err = exchange(s, "AUTH LOGIN\r\n");
	if (err == 0 && session_code(s) == 334)
		err = say_secret(s, "", user);
	if (err == 0 && session_code(s) == 334)
		err = say_secret(s, "", password);
	return err;
}

int
session_log_in(struct session *s, struct view user, struct view password)
{
	require((s->offers & (SESSION_AUTH_PLAIN | SESSION_AUTH_LOGIN)) != 0);
	bool is_plain = (s->offers & SESSION_AUTH_PLAIN) != 0;
	return is_plain ? log_in_plain(s, user, password) : log_in_login(s, user, password);
}

/* An address has passed its parser; the gate looks once more at what goes into a line. */
static void
take_argument(const struct mail_address *a, char *out, size_t size)
{
	int err = gate_argument(view_str(mail_address_text(a).s), out, size);
	require(err == 0);
}

int
session_mail(struct session *s, const struct mail_address *from, bool is_utf8)
{
	char argument[MAIL_ADDRESS_LEN + 1] = "", line[LINE_LEN];
	if (from != NULL)
		take_argument(from, argument, sizeof(argument));
	if (is_utf8) {
		snprintf(line, sizeof(line), "MAIL FROM:<%s> BODY=8BITMIME SMTPUTF8\r\n", argument);
		return exchange(s, line);
	}
	expect(s, WAIT_COMMAND);
	mailsmtp_mail(s->smtp, argument);
	return settle(s);
}

int
session_rcpt(struct session *s, const struct mail_address *to)
{
	char argument[MAIL_ADDRESS_LEN + 1];
	take_argument(to, argument, sizeof(argument));
	expect(s, WAIT_COMMAND);
	mailsmtp_rcpt(s->smtp, argument);
	return settle(s);
}

int
session_data(struct session *s)
{
	expect(s, WAIT_DATA);
	mailsmtp_data(s->smtp);
	return settle(s);
}

int
session_text(struct session *s, struct view message)
{
	int err = gate_message(message);
	require(err == 0);
	expect(s, WAIT_TEXT);
	/* libetpan adds the line end before the final dot, so the last one of the mail is left out. */
	mailsmtp_data_message(s->smtp, (const char *)message.data, message.len - 2);
	return settle(s);
}

int
session_reset(struct session *s)
{
	expect(s, WAIT_COMMAND);
	mailsmtp_reset(s->smtp);
	return settle(s);
}
