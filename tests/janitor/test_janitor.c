/* SPDX-License-Identifier: MIT */
/* provision-janitor(8) against a fake store: what it asks, when it ends, what it prints. */
#include "config.h"

#include "ctl/daemon.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "record/janitor.pb-c.h"

/* What the fake store has to do, and what it was asked. */
struct work {
	uint32_t left;
	uint32_t steps, asked_max;
	unsigned plans, ends;
	Provision__JanitorEnd end;
	bool is_held;
	uint32_t fail_after;     /* steps; 0: never */
};

static void
expect(const struct daemon *d, int code, const char *said)
{
	if (d->code != code || strstr(d->said, said) == NULL)
		fail_msg("exit code %d instead of %d, said \"%s\"", d->code, code, d->said);
}

static void
expect_out(const struct daemon *d, const char *part)
{
	if (strstr(d->out, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, d->out);
}

static void
fill(Provision__JanitorPile *p, uint64_t items)
{
	provision__janitor_pile__init(p);
	p->kind = (ProtobufCBinaryData){ 14, (uint8_t *)(uintptr_t)"package-expire" };
	p->is_erasure = true;
	p->items = items;
	p->failed = items > 1 ? 1 : 0;
	p->oldest_ms = 1800000000000ULL;
}

static void
answer_plan(struct work *w, struct ipc_request *r)
{
	Provision__JanitorPlanReply m = PROVISION__JANITOR_PLAN_REPLY__INIT;
	Provision__JanitorPile pile, *piles[] = { &pile };
	fill(&pile, w->left);
	m.piles = piles;
	m.n_piles = w->left == 0 ? 0 : 1;
	m.is_clock_held = w->is_held;
	w->plans++;
	ipc_server_reply(&r, 0, &m.base, NULL);
}

static void
answer_work(struct work *w, struct ipc_request *r)
{
	const Provision__JanitorWork *asked = (const Provision__JanitorWork *)ipc_server_request_message(r);
	Provision__JanitorWorkReply m = PROVISION__JANITOR_WORK_REPLY__INIT;
	Provision__JanitorPile pile, *piles[] = { &pile };
	if (w->fail_after != 0 && w->steps == w->fail_after) {
		ipc_server_reply(&r, ERR_IO, NULL, NULL);
		return;
	}
	w->steps++;
	if (asked->limit > w->asked_max)
		w->asked_max = asked->limit;
	m.items = w->left < asked->limit ? w->left : asked->limit;
	w->left -= m.items;
	fill(&pile, m.items);
	m.piles = piles;
	m.n_piles = m.items == 0 ? 0 : 1;
	ipc_server_reply(&r, 0, &m.base, NULL);
}

static void
answer(struct daemon *d, struct ipc_request *r)
{
	struct work *w = d->arg;
	enum ipc_type type = ipc_server_request_row(r)->type;
	if (type == IPC_JANITOR_PLAN) {
		answer_plan(w, r);
	} else if (type == IPC_JANITOR_WORK) {
		answer_work(w, r);
	} else {
		assert_int_equal(type, IPC_JANITOR_END);
		w->end = *(const Provision__JanitorEnd *)ipc_server_request_message(r);
		w->ends++;
		ipc_server_reply(&r, 0, NULL, NULL);
	}
}

static void
begin(struct daemon *d, struct work *w, uint32_t left)
{
	*w = (struct work){ .left = left };
	d->arg = w;
	d->answer = answer;
}

static void
a_run_goes_on_until_nothing_is_left(void **state)
{
	struct daemon *d = *state;
	struct work w;
	begin(d, &w, 150);
	RUN(d, "--json");
	expect(d, EX_OK, "");
	assert_int_equal(w.left, 0);
	assert_int_equal(w.steps, 4);
	assert_int_equal(w.asked_max, 64);
	assert_true(w.ends == 1 && w.end.items == 150 && w.end.failed == 3 && w.end.is_whole);
	expect_out(d, "\"items\":150");
	expect_out(d, "\"all_done\":true");
	expect_out(d, "\"kind\":\"package-expire\"");
	expect_out(d, "\"oldest\":\"2027-01-15T08:00:00.000Z\"");
	begin(d, &w, 2);
	RUN(d, "-c", d->conf, "--socket", d->socket);
	expect(d, EX_OK, "");
	expect_out(d, "package-expire");
}

static void
a_limit_ends_it(void **state)
{
	struct daemon *d = *state;
	struct work w;
	begin(d, &w, 150);
	RUN(d, "--limit", "100", "--json");
	expect(d, EX_OK, "");
	assert_int_equal(w.left, 50);
	assert_true(w.ends == 1 && w.end.items == 100 && !w.end.is_whole);
	expect_out(d, "\"all_done\":false");
}

static void
a_plan_changes_nothing(void **state)
{
	struct daemon *d = *state;
	struct work w;
	begin(d, &w, 7);
	w.is_held = true;
	RUN(d, "--plan", "--json");
	expect(d, EX_OK, "the clock is doubted");
	assert_true(w.plans == 1 && w.steps == 0 && w.ends == 0);
	expect_out(d, "\"items\":7");
	begin(d, &w, 0);
	RUN(d, "--plan", "--json");
	expect(d, EX_OK, "");
	expect_out(d, "[]");
}

static void
failures_are_told(void **state)
{
	struct daemon *d = *state;
	struct work w;
	begin(d, &w, 200);
	w.fail_after = 2;
	RUN(d, "--json");
	expect(d, EX_IOERR, "provision-janitor: ");
	assert_int_equal(w.ends, 0);
	d->answer = NULL;
	RUN(d, "--limit", "0");
	expect(d, EX_USAGE, "--limit: 1 at least");
	RUN(d, "--limit", "-1");
	expect(d, EX_USAGE, "--limit");
	RUN(d, "word");
	expect(d, EX_USAGE, "too many words: \"word\" (see provision-janitor --help)");
	RUN(d, "--help");
	expect(d, EX_OK, "");
	expect_out(d, "usage: provision-janitor [OPTION]...");
	RUN(d, "--version");
	expect_out(d, "provision-janitor " PACKAGE_VERSION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_run_goes_on_until_nothing_is_left, daemon_setup, daemon_teardown),
		cmocka_unit_test_setup_teardown(a_limit_ends_it, daemon_setup, daemon_teardown),
		cmocka_unit_test_setup_teardown(a_plan_changes_nothing, daemon_setup, daemon_teardown),
		cmocka_unit_test_setup_teardown(failures_are_told, daemon_setup, daemon_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
