/* SPDX-License-Identifier: MIT */
/*
 * Support requests (A11): asked by a person, told and answered by the operator, erased in time, when taken back, and with the
 * account.
 */
#include <string.h>

#include "record/support.pb-c.h"
#include "store/desk.h"
#include "store/support.h"

#define DAY_MS 86400000ULL
#define ASKED PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ASKED
#define ANSWERED PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ANSWERED

static int
file(struct desk *d, const struct person *p, const char *text, struct id *request_r)
{
	Provision__SupportCreate m = PROVISION__SUPPORT_CREATE__INIT;
	Provision__SupportCreateReply *reply;
	int err;

	m.caller = desk_caller(d, p);
	m.text = wire_str(text);
	err = desk_web(d, IPC_SUPPORT_CREATE, &m.base, &reply);
	if (err == 0)
		*request_r = wire_id(reply->request);
	return err;
}

static Provision__SupportListReply *
list(struct desk *d, const struct person *p)
{
	Provision__SupportList m = PROVISION__SUPPORT_LIST__INIT;
	Provision__SupportListReply *reply;

	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_SUPPORT_LIST, &m.base, &reply), 0);
	return reply;
}

static int
show(struct desk *d, const struct person *p, const struct id *request, Provision__SupportShowReply **reply_r)
{
	Provision__SupportShow m = PROVISION__SUPPORT_SHOW__INIT;

	m.caller = desk_caller(d, p);
	m.request = wire_of_id(request);
	return desk_web(d, IPC_SUPPORT_SHOW, &m.base, reply_r);
}

static int
take_back(struct desk *d, const struct person *p, const struct id *request)
{
	Provision__SupportEnd m = PROVISION__SUPPORT_END__INIT;

	m.caller = desk_caller(d, p);
	m.request = wire_of_id(request);
	return desk_web(d, IPC_SUPPORT_END, &m.base, NULL);
}

static Provision__SupportOverviewReply *
overview(struct desk *d, ProtobufCBinaryData cursor, uint32_t limit)
{
	Provision__SupportOverview m = PROVISION__SUPPORT_OVERVIEW__INIT;
	Provision__SupportOverviewReply *reply;

	m.cursor = cursor;
	m.limit = limit;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_SUPPORT_OVERVIEW, &m.base, &reply), 0);
	return reply;
}

static int
answer(struct desk *d, const struct id *request, const char *text)
{
	Provision__SupportAnswer m = PROVISION__SUPPORT_ANSWER__INIT;

	m.request = wire_of_id(request);
	m.answer = wire_str(text);
	return desk_ask(d, IPC_ROLE_CTL, IPC_SUPPORT_ANSWER, &m.base, NULL);
}

static void
join(struct desk *d, struct person *anna, struct person *otto)
{
	desk_person_init(anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, anna);
	desk_person_join(d, otto);
}

static void
test_asked_and_answered(void **state)
{
	struct desk *d = *state;
	Provision__SupportOpen open = PROVISION__SUPPORT_OPEN__INIT;
	Provision__SupportOpenReply *opened;
	Provision__SupportShowReply *shown;
	struct person anna, otto;
	struct id request;

	join(d, &anna, &otto);
	assert_int_equal(file(d, &anna, "Wo ist mein Paket?", &request), 0);
	/* the operator is told that there is one, not what it says; a failure of that mail is not the person's */
	const Provision__MailJob *mail = desk_mail(d, ASKED);
	assert_true(view_equal_str(wire_view(mail->to), "operator@localhost"));
	assert_true(view_equal_str(wire_view(mail->peer), "Anna Schmidt"));
	assert_true(view_equal_str(wire_view(mail->code), id_text(&request).s));
	assert_true(mail->unsubscribe.len == 0 && mail->name.len == 0);
	open.request = wire_of_id(&request);
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_SUPPORT_OPEN, &open.base, &opened), 0);
	assert_true(view_equal_str(wire_view(opened->request->text), "Wo ist mein Paket?"));
	assert_true(view_equal_str(wire_view(opened->name), "Anna Schmidt"));
	desk_pass(d, DAY_MS);
	assert_int_equal(answer(d, &request, "Unterwegs."), 0);
	mail = desk_mail(d, ANSWERED);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_int_equal(desk_login(d, &anna), 0);
	assert_int_equal(desk_login(d, &otto), 0);
	assert_int_equal(show(d, &anna, &request, &shown), 0);
	assert_true(view_equal_str(wire_view(shown->answer), "Unterwegs."));
	assert_int_equal(shown->head->answered_ms - shown->head->created_ms, DAY_MS);
	/* nobody else's business */
	assert_int_equal(list(d, &otto)->n_items, 0);
	assert_int_equal(show(d, &otto, &request, NULL), ERR_NOT_FOUND);
	assert_int_equal(take_back(d, &otto, &request), ERR_NOT_FOUND);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

static void
test_is_erased(void **state)
{
	struct desk *d = *state;
	struct person anna, otto;
	struct id first, second;

	join(d, &anna, &otto);
	assert_int_equal(file(d, &anna, "Erste Frage", &first), 0);
	assert_int_equal(file(d, &anna, "Zweite Frage", &second), 0);
	assert_int_equal(take_back(d, &anna, &first), 0);
	assert_int_equal(take_back(d, &anna, &first), ERR_NOT_FOUND);
	assert_int_equal(answer(d, &first, "Zu spät"), ERR_NOT_FOUND);
	assert_int_not_equal(desk_key(d, STORE_KEY_SUPPORT, &first), 0);
	/* its mail has no reason any more; the other's has */
	desk_mail(d, ASKED);
	/* 90 days from the answer on, to the minute */
	desk_pass(d, 50 * DAY_MS);
	assert_int_equal(answer(d, &second, "Antwort"), 0);
	desk_pass(d, 90 * DAY_MS - 60000);
	assert_int_equal(desk_key(d, STORE_KEY_SUPPORT, &second), 0);
	desk_pass(d, 2 * 60000);
	assert_int_not_equal(desk_key(d, STORE_KEY_SUPPORT, &second), 0);
	desk_work(d);
	assert_int_equal(desk_rows(d, STORE_TABLE_SUPPORT) + desk_rows(d, STORE_TABLE_SUPPORT_OF) + desk_rows(d, STORE_TABLE_SUPPORT_TIME), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

static void
test_lists(void **state)
{
	struct desk *d = *state;
	Provision__SupportOverviewReply *page;
	struct person anna, otto;
	struct id request, last;
	unsigned seen = 0;

	join(d, &anna, &otto);
	for (unsigned i = 0; i < STORE_SUPPORT_REQUESTS_MAX; i++) {
		assert_int_equal(file(d, &anna, "Frage", &last), 0);
		desk_pass(d, 1000);
	}
	assert_int_equal(file(d, &anna, "Eine zu viel", &request), ERR_STATE);
	assert_int_equal(file(d, &otto, "Frage", &request), 0);
	Provision__SupportListReply *own = list(d, &anna);
	assert_int_equal(own->n_items, STORE_SUPPORT_REQUESTS_MAX);
	assert_true(view_equal(wire_view(own->items[own->n_items - 1]->request), id_view(&last)));
	/* all of them, the oldest first, each once */
	uint64_t before_ms = 0;
	ProtobufCBinaryData cursor = { 0, NULL };
	do {
		page = overview(d, cursor, 4);
		assert_in_range(page->n_items, 1, 4);
		for (size_t i = 0; i < page->n_items; i++, seen++) {
			assert_true(page->items[i]->head->created_ms >= before_ms);
			before_ms = page->items[i]->head->created_ms;
		}
		cursor = page->next;
	} while (cursor.len > 0);
	assert_int_equal(seen, STORE_SUPPORT_REQUESTS_MAX + 1);
	assert_true(view_equal(wire_view(page->items[page->n_items - 1]->head->request), id_view(&request)));
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asked_and_answered, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_is_erased, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_lists, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
