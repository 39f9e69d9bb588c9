/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the whole (G5): reports of other processes come back with the store's own, and what does not fit into the text
 * format is refused; statistics count what is there.
 */
#include <stdio.h>
#include <string.h>

#include "store/desk.h"

static int
report(struct desk *d, const char *process, const char *name, const char *labels, uint64_t value, bool *accepting_r)
{
	Provision__Report m = PROVISION__REPORT__INIT;
	Provision__Counter counter = PROVISION__COUNTER__INIT, *list[1] = { &counter };
	Provision__ReportReply *reply;
	int err;

	counter.name = wire_str(name);
	counter.labels = wire_str(labels);
	counter.value = value;
	m.process = wire_str(process);
	m.counters = list;
	m.n_counters = 1;
	err = desk_web(d, IPC_REPORT, &m.base, &reply);
	if (err == 0 && accepting_r != NULL)
		*accepting_r = reply->is_accepting;
	return err;
}

/* How many counters of that name and labels the status has; *value_r: the last one's. */
static unsigned
find(struct desk *d, const char *name, const char *labels, uint64_t *value_r)
{
	Provision__Status m = PROVISION__STATUS__INIT;
	Provision__StatusReply *reply;
	unsigned n = 0;

	assert_int_equal(desk_web(d, IPC_STATUS, &m.base, &reply), 0);
	for (size_t i = 0; i < reply->n_counters; i++) {
		const Provision__Counter *c = reply->counters[i];
		if (!view_equal_str(wire_view(c->name), name) || !view_equal_str(wire_view(c->labels), labels))
			continue;
		*value_r = c->value;
		n++;
	}
	return n;
}

static void
test_reports(void **state)
{
	struct desk *d = *state;
	uint64_t value = 0;
	bool accepting = false;

	assert_int_equal(report(d, "web-0", "web_connections", "process=\"web-0\"", 7, &accepting), 0);
	assert_true(accepting);
	assert_int_equal(report(d, "web-1", "web_connections", "process=\"web-1\"", 8, NULL), 0);
	assert_int_equal(find(d, "web_connections", "process=\"web-0\"", &value), 1);
	assert_int_equal(value, 7);
	/* in place of its last one */
	assert_int_equal(report(d, "web-0", "web_connections", "process=\"web-0\"", 3, NULL), 0);
	assert_int_equal(find(d, "web_connections", "process=\"web-0\"", &value), 1);
	assert_int_equal(value, 3);
	assert_int_equal(find(d, "web_connections", "process=\"web-1\"", &value), 1);
	assert_true(find(d, "disk_free_bytes", "", &value) == 1 && value > 0);
}

static void
test_reports_that_break_the_format(void **state)
{
	struct desk *d = *state;
	static const char *const names[] = { "web connections", "web{}", "Web", "w\"", "w\\n" };
	static const char *const labels[] = { "a=\"b\"} 1 provision_x{c=\"d\"", "a=\"b c\"", "a=\"\\\"", "a=\"ü\"" };
	char process[16];
	uint64_t value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(report(d, "web-0", names[i], "", 1, NULL), ERR_SYNTAX);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		assert_int_equal(report(d, "web-0", "x", labels[i], 1, NULL), ERR_SYNTAX);
	assert_int_equal(find(d, "x", "", &value), 0);
	/* who invents processes gets no more room than they */
	for (unsigned i = 0; i < 128; i++) {
		(void)snprintf(process, sizeof(process), "web-%u", i);
		assert_int_equal(report(d, process, "x", "", i, NULL), 0);
	}
	assert_int_equal(report(d, "one-more", "x", "", 1, NULL), ERR_LIMIT);
	assert_int_equal(report(d, "web-127", "x", "", 1, NULL), 0);
}

static uint64_t
statistic(struct desk *d, const char *name)
{
	Provision__Statistics m = PROVISION__STATISTICS__INIT;
	Provision__StatisticsReply *reply;

	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_STATISTICS, &m.base, &reply), 0);
	for (size_t i = 0; i < reply->n_counters; i++)
		if (view_equal_str(wire_view(reply->counters[i]->name), name))
			return reply->counters[i]->value;
	fail_msg("no statistic %s", name);
	return 0;
}

static void
test_statistics(void **state)
{
	struct desk *d = *state;
	struct person anna;

	assert_int_equal(statistic(d, "accounts"), 0);
	assert_int_equal(statistic(d, "bytes_waiting"), 0);
	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	assert_int_equal(statistic(d, "accounts"), 1);
	assert_int_equal(statistic(d, "sessions"), 1);
	assert_int_equal(statistic(d, "companies"), 0);
	desk_person_deinit(&anna);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, desk_setup, desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reports),
		TEST(test_reports_that_break_the_format),
		TEST(test_statistics),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
