/* SPDX-License-Identifier: MIT */
/*
 * Brings mails to the relay. Owns the order of steps and what an answer means for a mail. Must not know how a
 * command is said or where mails come from. Called by courier/batch.c.
 */
#include "courier/relay.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "courier/dial.h"
#include "courier/driver.h"
#include "courier/gate.h"
#include "courier/session.h"

#define DIAL_MS 30000

struct relay {
	const struct relay_options *o;
	struct driver *driver;       /* the session's */
	struct session *session;
};

static const char *
words_of(int err)
{
	static const struct row {
		int err;
		const char *words;
	} rows[] = {
		{ ERR_TIMEOUT, "no answer in time" },
		{ ERR_CLOSED, "the connection was lost" },
		{ ERR_IO, "the connection broke" },
		{ ERR_LIMIT, "the answer was too long" },
		{ ERR_SYNTAX, "the answer was not SMTP" },
		{ ERR_STATE, "something was said in plain text before TLS" },
		{ ERR_TRUST, "the certificate was refused" },
		{ ERR_NOT_FOUND, "no such host" },
		{ ERR_UNAVAILABLE, "not reachable" },
		{ ERR_DENIED, "plain connections go to this machine only" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].err == err)
			return rows[i].words;
	return err_text(err);
}

/* A result without an answer: when, what, and why if that is known. */
static struct relay_result
result_none(const char *when, const char *what, const char *why)
{
	char text[REPLY_TEXT_LEN + 1];
	snprintf(text, sizeof(text), "%s: %s%s%s", when, what, why[0] == '\0' ? "" : ": ", why);
	return (struct relay_result){ .outcome = RELAY_RETRY, .reply = reply_none(text) };
}

static struct relay_result
result_of(const struct relay *r, enum relay_outcome outcome, const struct mail_address *to)
{
	return (struct relay_result){
		.outcome = outcome,
		.reply = reply_of(session_code(r->session), session_words(r->session), to),
	};
}

/* For an error: a 421 speaks for itself. */
static struct relay_result
result_lost(const struct relay *r, int err, const char *when, const struct mail_address *to)
{
	if (!session_is_broken(r->session) && session_code(r->session) == 421)
		return result_of(r, RELAY_RETRY, to);
	return result_none(when, words_of(err), session_reason(r->session));
}

/* ---- opening: steps return ERR_UNSUPPORTED where the relay lacks what we insist on */

static int
step_tls(struct relay *r)
{
	return session_start_tls(r->session, r->o->credentials, r->o->certificate_name);
}

static int
step_greet(struct relay *r)
{
	return session_greet(r->session);
}

static int
step_hello(struct relay *r)
{
	return session_hello(r->session, r->o->helo);
}

static int
step_upgrade(struct relay *r)
{
	if ((session_offers(r->session) & SESSION_STARTTLS) == 0)
		return ERR_UNSUPPORTED;
	return session_upgrade(r->session, r->o->credentials, r->o->certificate_name);
}

static int
step_log_in(struct relay *r)
{
	if ((session_offers(r->session) & (SESSION_AUTH_PLAIN | SESSION_AUTH_LOGIN)) == 0)
		return ERR_UNSUPPORTED;
	return session_log_in(r->session, r->o->user, r->o->password);
}

static bool
is_always(const struct relay_options *o)
{
	return o != NULL;
}

static bool
is_tls_first(const struct relay_options *o)
{
	return o->security == CONF_SECURITY_TLS;
}

static bool
is_tls_later(const struct relay_options *o)
{
	return o->security == CONF_SECURITY_STARTTLS;
}

static bool
is_with_login(const struct relay_options *o)
{
	return o->user.len > 0;
}

static const struct step {
	const char *name;
	bool (*is_taken)(const struct relay_options *o);
	int (*take)(struct relay *r);
	bool is_answered;        /* then the answer has to be 2xx */
	int refused;             /* error when it is another */
	const char *unsupported;
} steps[] = {
	{ "TLS", is_tls_first, step_tls, false, 0, NULL },
	{ "greeting", is_always, step_greet, true, ERR_DENIED, NULL },
	{ "EHLO", is_always, step_hello, true, ERR_DENIED, NULL },
	{ "STARTTLS", is_tls_later, step_upgrade, true, ERR_DENIED, "the relay does not offer it" },
	{ "EHLO", is_tls_later, step_hello, true, ERR_DENIED, NULL },
	{ "AUTH", is_with_login, step_log_in, true, ERR_LOGIN, "the relay offers neither PLAIN nor LOGIN" },
};

static int
take_step(struct relay *r, const struct step *step, struct relay_result *why_r)
{
	int err = step->take(r);
	if (err == ERR_UNSUPPORTED) {
		*why_r = result_none(step->name, step->unsupported, "");
		return ERR_DENIED;
	}
	if (err != 0) {
		*why_r = result_lost(r, err, step->name, NULL);
		return err;
	}
	if (!step->is_answered || session_class(r->session) == 2)
		return 0;
	*why_r = result_of(r, RELAY_RETRY, NULL);
	return step->refused;
}

/* A TCP connection, within what time there is. */
static int
connect_relay(const struct relay_options *o, struct driver **d_r)
{
	struct event_stream *stream = NULL;
	uint64_t now = clock_mono_ms();
	uint64_t end_ms = o->open_ms != 0 && now + o->open_ms < o->end_ms ? now + o->open_ms : o->end_ms;
	uint64_t left = end_ms > now ? end_ms - now : 0;
	uint64_t dial_ms = (uint64_t)DIAL_MS * o->time_percent / 100;
	int err = dial(o->host, o->port, o->security == CONF_SECURITY_PLAIN, (uint32_t)(left < dial_ms ? left : dial_ms),
	    &stream);
	*d_r = err == 0 ? driver_new(stream, end_ms) : NULL;
	return err;
}

int
relay_open(const struct relay_options *o, struct relay **r_r, struct relay_result *why_r)
{
	struct driver *driver = NULL;
	*r_r = NULL;
	if (o->user.len > 0 && o->security == CONF_SECURITY_PLAIN) {
		*why_r = result_none("AUTH", "no password is sent without TLS", "");
		return ERR_DENIED;
	}
	int err = connect_relay(o, &driver);
	if (err != 0) {
		*why_r = result_none("connecting", words_of(err), "");
		return err;
	}
	struct relay *r = mem_alloc(sizeof(*r));
	r->o = o;
	r->driver = driver;
	r->session = session_new(driver, o->time_percent);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && err == 0; i++)
		if (steps[i].is_taken(o))
			err = take_step(r, &steps[i], why_r);
	if (err != 0)
		relay_close(&r);
	else
		driver_set_end(r->driver, o->end_ms);
	*r_r = r;
	return err;
}

void
relay_close(struct relay **r)
{
	if (*r == NULL)
		return;
	session_free(&(*r)->session);
	mem_free(r);
}

/* ---- sending */

struct letter {
	const struct mail_address *from;
	const struct mail_address *to;
	struct view message;
	bool is_utf8;
};

static int
stage_mail(struct session *s, const struct letter *l)
{
	return session_mail(s, l->from, l->is_utf8);
}

static int
stage_rcpt(struct session *s, const struct letter *l)
{
	return session_rcpt(s, l->to);
}

static int
stage_data(struct session *s, const struct letter *l)
{
	(void)l;
	return session_data(s);
}

static int
stage_text(struct session *s, const struct letter *l)
{
	return session_text(s, l->message);
}

static const struct stage {
	const char *name;
	int (*say)(struct session *s, const struct letter *l);
	int wanted;                      /* class of the answer */
	enum relay_outcome if_permanent; /* what 5xx means */
	bool is_open;                    /* a refusal leaves a transaction that has to be reset */
} stages[] = {
	{ "MAIL", stage_mail, 2, RELAY_RETRY, true },
	{ "RCPT", stage_rcpt, 2, RELAY_FAILED, true },
	{ "DATA", stage_data, 3, RELAY_FAILED, true },
	{ "the mail", stage_text, 2, RELAY_FAILED, false },
};

static int
reset(struct relay *r)
{
	int err = session_reset(r->session);
	return err == 0 && session_class(r->session) != 2 ? ERR_SYNTAX : err;
}

static int
take_stages(struct relay *r, const struct letter *l, struct relay_result *result_r)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		const struct stage *stage = &stages[i];
		int err = stage->say(r->session, l);
		if (err != 0) {
			*result_r = result_lost(r, err, stage->name, l->to);
			return err;
		}
		int class = session_class(r->session);
		if (class == stage->wanted)
			continue;
		*result_r = result_of(r, class == 5 ? stage->if_permanent : RELAY_RETRY, l->to);
		return stage->is_open ? reset(r) : 0;
	}
	*result_r = result_of(r, RELAY_SENT, l->to);
	return 0;
}

static struct relay_result
failed(const char *enhanced, const char *text)
{
	struct relay_result f = { .outcome = RELAY_FAILED, .reply = reply_none(text) };
	snprintf(f.reply.enhanced, sizeof(f.reply.enhanced), "%s", enhanced);
	return f;
}

int
relay_send(struct relay *r, const struct mail_address *from, const struct mail_address *to, struct view message,
    struct relay_result *result_r)
{
	const unsigned utf8 = SESSION_SMTPUTF8 | SESSION_8BITMIME;
	struct letter l = {
		.from = from, .to = to, .message = message,
		.is_utf8 = !mail_address_is_ascii(to) || (from != NULL && !mail_address_is_ascii(from)),
	};
	if (gate_message(message) != 0) {
		*result_r = failed("", "not sent: its lines do not fit the protocol");
		return 0;
	}
	if (l.is_utf8 && (session_offers(r->session) & utf8) != utf8) {
		*result_r = failed("5.6.7", "not sent: the relay takes no addresses with letters outside ASCII");
		return 0;
	}
	return take_stages(r, &l, result_r);
}
