/* SPDX-License-Identifier: MIT */
/* provisionctl(8) as the operator meets it: words, exit codes, sentences, JSON, and a daemon that is not there or lies. */
#include "config.h"

#include "ctl/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "ipc/wire.h"
#include "record/admin.pb-c.h"

#define BYTES(s) (ProtobufCBinaryData){ sizeof(s) - 1, (uint8_t *)(uintptr_t)(s) }
#define ID_TEXT "aeaqcaibaeaqcaibaeaqcaibae"
#define ADD(d, ...) RUN(d, "company", "add", "acme", "--name", "Acme GmbH", "--contact", "post@acme.example", __VA_ARGS__)

static const ProtobufCBinaryData ones = { 16, (uint8_t *)(uintptr_t)"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1" };

static void
expect(const struct daemon *d, int code, const char *said)
{
	if (d->code != code || strstr(d->said, said) == NULL)
		fail_msg("exit code %d instead of %d, said \"%s\"", d->code, code, d->said);
}

static void
expect_bytes(ProtobufCBinaryData b, const char *text)
{
	if (!view_equal_str(view_of(b.data, b.len), text))
		fail_msg("%.*s instead of %s", (int)b.len, (const char *)b.data, text);
}

/* ---- no daemon ---- */

static void
nobody_answers(void **state)
{
	struct daemon *d = *state;
	daemon_stop(d);
	RUN(d, "status");
	expect(d, EX_UNAVAILABLE, "no provisiond answers at ");
	assert_non_null(strstr(d->said, d->socket));
	assert_int_equal(unlink(d->socket), 0);
	RUN(d, "status", "--json");
	expect(d, EX_UNAVAILABLE, "no provisiond answers at ");
	assert_string_equal(d->out, "");
	char path[256];
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	RUN(d, "-c", "x", "--socket", path, "status");
	expect(d, EX_USAGE, "the path of a socket has at most 107 bytes");
}

static void
close_at_once(struct daemon *d, int fd)
{
	(void)d;
	file_close(&fd);
}

static void
only_some_may_ask(void **state)
{
	struct daemon *d = *state;
	/* the kernel's refusal, then the daemon's */
	assert_int_equal(chmod(d->folder, 0), 0);
	d->user = geteuid() == 0 ? 65534 : 0;
	RUN(d, "status");
	assert_int_equal(chmod(d->folder, 0755), 0);
	expect(d, EX_NOPERM, "control.sock is for root and the admin group only");
	assert_int_equal(d->connected, 0);
	d->accepted = close_at_once;
	assert_int_equal(chmod(d->socket, 0666), 0);
	RUN(d, "status");
	expect(d, EX_NOPERM, "the daemon closed the connection: only root and the admin group may ask");
	assert_int_equal(d->connected, 1);
	/* root is never turned away: the daemon has died */
	if (geteuid() == 0) {
		d->user = 0;
		RUN(d, "status");
		expect(d, EX_UNAVAILABLE, "the daemon ended before it had answered");
	}
}

static void
the_configuration_names_the_socket(void **state)
{
	struct daemon *d = *state;
	char lines[160];
	(void)snprintf(lines, sizeof(lines), "control_socket = %s\n", d->socket);
	RUN(d, "-c", d->conf, "status");
	expect(d, EX_NOINPUT, "provision.conf:");
	daemon_configure(d, "no_such_option = 1\n");
	RUN(d, "-c", d->conf, "status");
	expect(d, EX_CONFIG, "provision.conf:7: ");
	assert_non_null(strstr(d->said, "no_such_option"));
	assert_int_equal(d->connected, 0);
	daemon_configure(d, lines);
	d->answer = daemon_refuse;
	d->err = ERR_BUSY;
	RUN(d, "-c", d->conf, "status");
	expect(d, EX_TEMPFAIL, "Too much at once");
	assert_int_equal(d->asked, 1);
}

/* ---- the command line ---- */

static void
words_are_judged_before_anything_is_asked(void **state)
{
	struct daemon *d = *state;
	static const struct {
		const char *words[12];
		const char *said;
	} cases[] = {
		{ { "--json" }, "see provisionctl --help" },
		{ { "nonsense" }, "there is no command \"nonsense\"" },
		{ { "company" }, "see provisionctl" },
		{ { "\x1b[31m" }, "see provisionctl" },
		{ { "status", "more" }, "too many words: \"more\"" },
		{ { "status", "--bad" }, "--bad" },
		{ { "status", "-x" }, "-x" },
		{ { "status", "--name", "x" }, "--name" },
		{ { "queue", "flush", "x" }, "too many words" },
		{ { "company", "add", "--name", "x", "--contact", "a@b.example" }, "missing: SLUG" },
		{ { "company", "add", "x", "--contact", "a@b.example" }, "--name" },
		{ { "company", "add", "x", "--name", "x" }, "--contact" },
		{ { "company", "add", "x", "--name", "x", "--contact", "nobody" }, "must be an e-mail address" },
		{ { "company", "add", "x", "--name", "x", "--contact", "a@b.example", "--locale", "fr" }, "must be de or en" },
		{ { "company", "add", "x", "--name", "x", "--contact", "a@b.example", "--locale" }, "--locale" },
		{ { "company", "add", "x", "--name", "", "--contact", "a@b.example" }, "--name" },
		{ { "company", "add", "x", "--name", "a\nb", "--contact", "a@b.example" }, "--name" },
		{ { "company", "add", "x", "--name", "x", "--name", "y", "--contact", "a@b.example" }, "--name" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		daemon_run(d, cases[i].words);
		expect(d, EX_USAGE, cases[i].said);
		assert_string_equal(d->out, "");
		/* one line, fit for a terminal; behind the whole help where there is no command */
		if (i > 0)
			assert_ptr_equal(strchr(d->said, '\n'), d->said + strlen(d->said) - 1);
		assert_null(strchr(d->said, '\x1b'));
	}
	assert_int_equal(d->connected, 0);
}

static void
help_needs_no_daemon(void **state)
{
	struct daemon *d = *state;
	static const char *const verbs[][2] = {
		{ "company", "add" }, { "company", "list" }, { "queue", "list" }, { "queue", "flush" }, { "status", "" }, { "clock", "accept" },
	};
	RUN(d, "--help");
	expect(d, EX_OK, "");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		char words[64];
		(void)snprintf(words, sizeof(words), "%s%s%s", verbs[i][0], verbs[i][1][0] == '\0' ? "" : " ", verbs[i][1]);
		RUN(d, "--help");
		assert_non_null(strstr(d->out, words));
		daemon_run(d, (const char *const[]){ verbs[i][0], verbs[i][1][0] == '\0' ? "--help" : verbs[i][1],
		    verbs[i][1][0] == '\0' ? NULL : "--help", NULL });
		expect(d, EX_OK, "");
		assert_non_null(strstr(d->out, words));
	}
	RUN(d, "company", "add", "--help");
	assert_non_null(strstr(d->out, "--unlisted"));
	RUN(d, "--version");
	expect(d, EX_OK, "");
	assert_non_null(strstr(d->out, "provisionctl " PACKAGE_VERSION));
	assert_int_equal(d->connected, 0);
}

/* ---- companies ---- */

static void
answer_company_add(struct daemon *d, struct ipc_request *r)
{
	const Provision__CompanyAdd *m = (const void *)ipc_server_request_message(r);
	const char *const *expected = d->arg;
	assert_int_equal(ipc_server_request_row(r)->type, IPC_COMPANY_ADD);
	assert_int_equal(ipc_server_request_role(r), IPC_ROLE_CTL);
	expect_bytes(m->slug, "acme");
	expect_bytes(m->name, "Acme GmbH");
	expect_bytes(m->contact, "post@acme.example");
	expect_bytes(m->locale, expected[0]);
	assert_int_equal(m->unlisted, expected[1] != NULL);
	Provision__CompanyAddReply reply = PROVISION__COMPANY_ADD_REPLY__INIT;
	reply.company = ones;
	reply.enrolment = BYTES("CODE-1");
	ipc_server_reply(&r, 0, &reply.base, NULL);
}

static void
company_add(void **state)
{
	struct daemon *d = *state;
	d->answer = answer_company_add;
	d->arg = (const char *[]){ "de", NULL };
	ADD(d, "--json");
	expect(d, EX_OK, "the first owner runs: provision company activate acme CODE");
	assert_string_equal(d->out, "{\"company\":\"" ID_TEXT "\",\"slug\":\"acme\",\"enrolment_code\":\"CODE-1\"}\n");
	d->arg = (const char *[]){ "en", "unlisted" };
	ADD(d, "--locale", "en", "--unlisted");
	expect(d, EX_OK, "activate acme CODE");
	assert_string_equal(d->out, "enrolment code: CODE-1\n");
}

static void
company_add_is_refused(void **state)
{
	struct daemon *d = *state;
	static const struct {
		int err, code;
		const char *said;
	} cases[] = {
		{ ERR_EXISTS, EX_CANTCREAT, "there is a company acme already" },
		{ ERR_SYNTAX, EX_DATAERR, " is not a slug: it has 1 to 63 letters" },
		{ ERR_FULL, EX_CANTCREAT, "the disk is nearly full" },
		{ ERR_UNAVAILABLE, EX_UNAVAILABLE, "the mirror of the keys cannot be reached" },
		{ ERR_IO, EX_IOERR, "Reading or writing failed" },
	};
	d->answer = daemon_refuse;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d->err = cases[i].err;
		ADD(d, "--json");
		expect(d, cases[i].code, cases[i].said);
		assert_string_equal(d->out, "");
		assert_ptr_equal(strchr(d->said, '\n'), d->said + strlen(d->said) - 1);
	}
	/* what is against the limits of the message is not even sent */
	d->asked = 0;
	RUN(d, "company", "add", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "--name", "x", "--contact", "a@b.example");
	expect(d, EX_DATAERR, " is not a slug: it has 1 to 63 letters");
	assert_int_equal(d->asked, 0);
}

static void
answer_company_list(struct daemon *d, struct ipc_request *r)
{
	const Provision__CompanyOverview *m = (const void *)ipc_server_request_message(r);
	Provision__CompanyOverviewRow row = PROVISION__COMPANY_OVERVIEW_ROW__INIT, *rows[1] = { &row };
	Provision__CompanyOverviewReply reply = PROVISION__COMPANY_OVERVIEW_REPLY__INIT;
	bool is_first = d->asked == 1;
	assert_int_equal(ipc_server_request_row(r)->type, IPC_COMPANY_OVERVIEW);
	assert_int_equal(m->limit, 100);
	expect_bytes(m->cursor, is_first ? "" : "there");
	row.company = ones;
	row.slug = is_first ? BYTES("acme") : BYTES("b");
	/* a right-to-left override */
	row.name = is_first ? BYTES("Größe \xe2\x80\xae AG") : BYTES("B");
	row.is_active = is_first;
	row.is_listed = !is_first;
	row.members = is_first ? 2 : 0;
	row.customers = 4294967295;
	row.created_ms = is_first ? 1800000000000 : 0;
	reply.items = rows;
	reply.n_items = d->arg == NULL ? 1 : 0;
	if (is_first && d->arg == NULL)
		reply.next = BYTES("there");
	ipc_server_reply(&r, 0, &reply.base, NULL);
}

static void
company_list(void **state)
{
	struct daemon *d = *state;
	d->answer = answer_company_list;
	RUN(d, "company", "list", "--json");
	expect(d, EX_OK, "");
	assert_string_equal(d->out,
	    "[{\"company\":\"" ID_TEXT "\",\"slug\":\"acme\",\"name\":\"Größe \\u202e AG\",\"active\":true,\"listed\":false,"
	    "\"members\":2,\"customers\":4294967295,\"created\":\"2027-01-15T08:00:00.000Z\"},"
	    "{\"company\":\"" ID_TEXT "\",\"slug\":\"b\",\"name\":\"B\",\"active\":false,\"listed\":true,\"members\":0,"
	    "\"customers\":4294967295}]\n");
	d->asked = 0;
	RUN(d, "company", "list");
	expect(d, EX_OK, "");
	assert_non_null(strstr(d->out, "acme"));
	assert_non_null(strstr(d->out, "2027-01-15 08:00"));
	assert_null(strstr(d->out, ID_TEXT));
	assert_null(strstr(d->out, "\xe2\x80\xae"));
	assert_string_equal(d->said, "");
	/* none at all */
	d->asked = 0;
	d->arg = d;
	RUN(d, "company", "list", "--json");
	assert_string_equal(d->out, "[]\n");
}

/* ---- the queue ---- */

static void
answer_queue_list(struct daemon *d, struct ipc_request *r)
{
	static const struct { bool is_failed, is_leased; uint32_t tries; } states[6] = {
		{ false, false, 0 }, { false, true, 0 }, { false, false, 3 }, { true, false, 9 }, { true, true, 9 }, { false, true, 1 },
	};
	Provision__QueueRow rows[6], *list[6];
	Provision__QueueListReply reply = PROVISION__QUEUE_LIST_REPLY__INIT;
	const Provision__QueueList *m = (const void *)ipc_server_request_message(r);
	assert_int_equal(ipc_server_request_row(r)->type, IPC_QUEUE_LIST);
	assert_int_equal(m->limit, 100);
	expect_bytes(m->cursor, d->asked == 1 ? "" : "more");
	for (unsigned i = 0; i < 6; i++) {
		provision__queue_row__init(&rows[i]);
		rows[i].job = ones;
		rows[i].kind = (Provision__MailKind)(i + 1);
		rows[i].created_ms = 1800000000000;
		rows[i].tries = states[i].tries;
		rows[i].is_failed = states[i].is_failed;
		rows[i].is_leased = states[i].is_leased;
		list[i] = &rows[i];
	}
	rows[2].account = ones;
	rows[3].company = ones;
	rows[3].next_ms = 1800000060000;
	rows[3].smtp_code = 550;
	rows[3].enhanced = BYTES("5.1.1");
	rows[3].text = BYTES("no \"such\" user \xe2\x80\xaeresu \xe2\x81\xa6");
	reply.items = list;
	reply.n_items = d->asked == 1 ? 6 : 0;
	if (d->asked == 1)
		reply.next = BYTES("more");
	ipc_server_reply(&r, 0, &reply.base, NULL);
}

static void
queue_list(void **state)
{
	struct daemon *d = *state;
	static const char *const kinds[] = { "verify", "account-exists", "package", "subscription-asked", "subscription-decided",
		"subscription-ended" };
	static const char *const states[] = { "new", "sending", "retrying", "failed", "failed", "sending" };
	d->answer = answer_queue_list;
	RUN(d, "queue", "list", "--json");
	expect(d, EX_OK, "");
	const char *at = d->out;
	for (size_t i = 0; i < 6; i++) {
		char text[128];
		(void)snprintf(text, sizeof(text), "{\"job\":\"" ID_TEXT "\",\"kind\":\"%s\",\"state\":\"%s\",\"tries\":", kinds[i], states[i]);
		at = strstr(at, text);
		assert_non_null(at);
	}
	assert_non_null(strstr(d->out,
	    "\"kind\":\"subscription-asked\",\"state\":\"failed\",\"tries\":9,\"created\":\"2027-01-15T08:00:00.000Z\","
	    "\"next\":\"2027-01-15T08:01:00.000Z\",\"company\":\"" ID_TEXT "\",\"code\":550,\"status\":\"5.1.1\",\"reason\":"));
	assert_non_null(strstr(d->out, "\"tries\":0,\"created\":\"2027-01-15T08:00:00.000Z\",\"code\":0,"));
	assert_int_equal(d->asked, 2);
	d->asked = 0;
	RUN(d, "queue", "list");
	expect(d, EX_OK, "");
	for (size_t i = 0; i < 6; i++) {
		assert_non_null(strstr(d->out, kinds[i]));
		assert_non_null(strstr(d->out, states[i]));
	}
	/* the relay's words cannot turn the line around */
	assert_non_null(strstr(d->out, "no \"such\" user "));
	assert_null(strstr(d->out, "\xe2\x80\xae"));
	assert_null(strstr(d->out, "\xe2\x81\xa6"));
	/* an id that is not there leaves its cell empty: what follows stands in its column */
	size_t columns[6] = { 0 }, n = 0;
	for (const char *line = d->out; *line != '\0'; line = strchr(line, '\n') + 1) {
		const char *end = strchr(line, '\n'), *id = strstr(line + 26, ID_TEXT);
		assert_true(n < 6);
		columns[n++] = id != NULL && id < end ? (size_t)(id - line) : 0;
	}
	assert_true(n == 6 && columns[2] > 26 && columns[3] == columns[2] + 26 + 2);
}

static void
answer_queue_flush(struct daemon *d, struct ipc_request *r)
{
	Provision__QueueFlushReply reply = PROVISION__QUEUE_FLUSH_REPLY__INIT;
	(void)d;
	assert_int_equal(ipc_server_request_row(r)->type, IPC_QUEUE_FLUSH);
	reply.jobs = 3;
	ipc_server_reply(&r, 0, &reply.base, NULL);
}

static void
queue_flush(void **state)
{
	struct daemon *d = *state;
	d->answer = answer_queue_flush;
	RUN(d, "queue", "flush", "--json");
	expect(d, EX_OK, "");
	assert_string_equal(d->out, "{\"jobs\":3}\n");
	RUN(d, "queue", "flush");
	assert_string_equal(d->out, "jobs: 3\n");
}

/* ---- the service ---- */

static void
answer_status(struct daemon *d, struct ipc_request *r)
{
	Provision__Counter counters[200], *list[200];
	Provision__StatusReply reply = PROVISION__STATUS_REPLY__INIT;
	char names[200][16];
	(void)d;
	assert_int_equal(ipc_server_request_row(r)->type, IPC_STATUS);
	for (unsigned i = 0; i < 200; i++) {
		provision__counter__init(&counters[i]);
		(void)snprintf(names[i], sizeof(names[i]), "counter_%u", i);
		counters[i].name = (ProtobufCBinaryData){ strlen(names[i]), (uint8_t *)names[i] };
		counters[i].value = i == 199 ? UINT64_MAX : i;
		list[i] = &counters[i];
	}
	/* of single processes: what status makes of them */
	static const struct { const char *name, *labels; uint64_t value; } labelled[] = {
		{ "process_restarts_total", "process=\"web-1\"", 3 }, { "certificate_expires_timestamp_seconds", "process=\"web-1\"", 86400 },
		{ "certificate_expires_timestamp_seconds", "process=\"web-0\"", 172800 }, { "web_requests_total", "process=\"web-0\"", 9 },
	};
	for (unsigned i = 0; i < 4; i++) {
		counters[i].name = (ProtobufCBinaryData){ strlen(labelled[i].name), (uint8_t *)(uintptr_t)labelled[i].name };
		counters[i].labels = (ProtobufCBinaryData){ strlen(labelled[i].labels), (uint8_t *)(uintptr_t)labelled[i].labels };
		counters[i].value = labelled[i].value;
	}
	reply.counters = list;
	reply.n_counters = 200;
	reply.is_accepting = true;
	ipc_server_reply(&r, 0, &reply.base, NULL);
}

static void
answer_statistics(struct daemon *d, struct ipc_request *r)
{
	Provision__Counter counter = PROVISION__COUNTER__INIT, *list[1] = { &counter };
	Provision__StatisticsReply reply = PROVISION__STATISTICS_REPLY__INIT;
	(void)d;
	assert_int_equal(ipc_server_request_row(r)->type, IPC_STATISTICS);
	counter.name = (ProtobufCBinaryData){ 8, (uint8_t *)(uintptr_t)"accounts" };
	counter.value = 12;
	reply.counters = list;
	reply.n_counters = 1;
	ipc_server_reply(&r, 0, &reply.base, NULL);
}

static void
status(void **state)
{
	struct daemon *d = *state;
	d->answer = answer_status;
	RUN(d, "status", "--json");
	expect(d, EX_OK, "");
	assert_ptr_equal(strstr(d->out, "{\"accepting\":true,\"clock_held\":false,\"certificate_expires\":\"1970-01-02T00:00:00.000Z\","
	    "\"counter_4\":4,"), d->out);
	assert_non_null(strstr(d->out, "\"counter_199\":18446744073709551615,\"processes\":[{\"process\":\"web-1\",\"restarts\":3}]}\n"));
	assert_null(strstr(d->out, "web_requests_total"));
	RUN(d, "status");
	assert_ptr_equal(strstr(d->out, "accepting: yes\nclock held: no\ncertificate expires: 1970-01-02"), d->out);
}

static void
statistics(void **state)
{
	struct daemon *d = *state;
	d->answer = answer_statistics;
	RUN(d, "statistics", "--json");
	expect(d, EX_OK, "");
	assert_string_equal(d->out, "{\"accounts\":12}\n");
}

static void
clock_accept(void **state)
{
	struct daemon *d = *state;
	d->answer = daemon_refuse;
	RUN(d, "clock", "accept", "--json");
	expect(d, EX_OK, "");
	assert_string_equal(d->out, "{}\n");
	assert_int_equal(d->asked, 1);
	d->err = ERR_STATE;
	RUN(d, "clock", "accept");
	expect(d, EX_DATAERR, "This is not possible in the present state");
}

/* ---- a daemon that lies, or goes ---- */

struct lie {
	struct wire_head head;
	const char *payload;
	size_t len;
};

static void
tell_lie(void *arg, unsigned ready)
{
	struct daemon *d = arg;
	const struct lie *lie = d->arg;
	uint8_t asked[256];
	(void)ready;
	ssize_t n = recv((int)d->link, asked, sizeof(asked), MSG_DONTWAIT);
	if (n >= 16) {
		struct wire_head h = lie->head;
		h.id = asked[15];
		wire_send((int)d->link, h, lie->payload, lie->len, NULL, 0);
	}
	event_watch_cancel(&d->watch);
}

/* The connection's descriptor takes the place of the link's number, its watch that of the listener. */
static void
lie_to(struct daemon *d, int fd)
{
	event_watch_cancel(&d->watch);
	d->link = (uint64_t)fd;
	d->watch = event_watch_start(d->loop, fd, EVENT_READ, tell_lie, d);
}

static void
hostile_answers_never_reach_the_terminal(void **state)
{
	struct daemon *d = *state;
	/* Status: field 1 is a Counter { 1: name, 2: value } */
	static const struct lie lies[] = {
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 0, 0 }, "\x0a\x09\x0a\x05\x1b[31m\x10\x01", 11 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 0, 0 }, "\x0a\x06\x0a\x02\xc2\x9b\x10\x01", 8 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 0, 0 }, "\x0a\x05\x0a\x01\xff\x10\x01", 7 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 0, 0 }, "\x0a\x05\x0a\x01\x00\x10\x01", 7 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 0, 0 }, "\x0a\x05\x0a\x01\n\x10\x01", 7 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 0, 0 }, "\x0a\xff\xff\xff\xff\x0f", 6 },
		{ { IPC_QUEUE_LIST_REPLY, WIRE_REPLY, 0, 0 }, "", 0 },
		{ { IPC_EMPTY, WIRE_REPLY, 0, 0 }, "", 0 },
		{ { 0xffff, WIRE_REPLY, 0, 0 }, "", 0 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, 77, 0 }, "", 0 },
		{ { IPC_STATUS_REPLY, WIRE_REPLY, -1000, 0 }, "", 0 },
	};
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		d->accepted = lie_to;
		d->arg = (void *)(uintptr_t)&lies[i];
		RUN(d, "status");
		int fd = (int)d->link;
		file_close(&fd);
		if (d->code < EX_USAGE || d->code > EX_CONFIG)
			fail_msg("%zu: exit code %d, \"%s\", \"%s\"", i, d->code, d->out, d->said);
		assert_string_equal(d->out, "");
		assert_int_not_equal(d->said[0], '\0');
		for (char *line = strchr(d->said, '\n'); line != NULL; line = strchr(line, '\n'))
			*line = ' ';
		if (text_has_control(view_str(d->said)))
			fail_msg("%zu: %s", i, d->said);
		/* listen again */
		void *next;
		assert_int_equal(daemon_teardown(state), 0);
		assert_int_equal(daemon_setup(&next), 0);
		*state = d = next;
	}
}

static void
go_after_a_page(struct daemon *d, struct ipc_request *r)
{
	if (d->asked == 1) {
		answer_company_list(d, r);
		return;
	}
	ipc_server_drop(d->store, d->link);
	ipc_server_reply(&r, ERR_IO, NULL, NULL);
}

/* Half a list is none: a program that reads it must see that. */
static void
a_list_that_breaks_off_is_an_error(void **state)
{
	struct daemon *d = *state;
	d->answer = go_after_a_page;
	assert_int_equal(chmod(d->folder, 0755), 0);
	assert_int_equal(chmod(d->socket, 0666), 0);
	d->user = geteuid() == 0 ? 65534 : 0;
	RUN(d, "company", "list", "--json");
	expect(d, EX_UNAVAILABLE, "the daemon ended before it had answered");
	assert_string_equal(d->out, "");
	assert_int_equal(d->asked, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_setup, daemon_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_answers), TEST(only_some_may_ask), TEST(the_configuration_names_the_socket),
		TEST(words_are_judged_before_anything_is_asked), TEST(help_needs_no_daemon), TEST(company_add), TEST(company_add_is_refused),
		TEST(company_list), TEST(queue_list), TEST(queue_flush), TEST(status), TEST(statistics), TEST(clock_accept),
		TEST(hostile_answers_never_reach_the_terminal), TEST(a_list_that_breaks_off_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
