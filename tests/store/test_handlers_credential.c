/* SPDX-License-Identifier: MIT */
/*
 * How an account is opened: password, sessions (A5, A7, A8).
 */
#include <string.h>

#include "store/desk.h"
#include "store/session.h"

static int
session_works(struct desk *d, const struct person *p)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;

	m.caller = desk_caller(d, p);
	return desk_web(d, IPC_ACCOUNT_GET, &m.base, NULL);
}

/* The same person at another machine: a session of its own. Not to be deinitialised. */
static struct person
elsewhere(struct desk *d, const struct person *p)
{
	struct person other = *p;

	assert_int_equal(desk_login(d, &other), 0);
	return other;
}

static Provision__SessionListReply *
list(struct desk *d, const struct person *p)
{
	Provision__SessionList m = PROVISION__SESSION_LIST__INIT;
	Provision__SessionListReply *reply;

	m.limit = 100;
	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_SESSION_LIST, &m.base, &reply), 0);
	return reply;
}

static Provision__PasswordChange *
new_password(struct desk *d, const struct person *p, const uint8_t key[32])
{
	Provision__PasswordChange *m = arena_alloc(d->arena, sizeof(*m));
	struct view changes[] = { arena_dup(d->arena, view_of(key, 32)), VIEW_LIT("keys wrapped anew") };

	provision__password_change__init(m);
	m->caller = desk_caller(d, p);
	m->proof = desk_proof(d, p, "password-change", changes, 2);
	m->auth_key = wire_bytes(changes[0]);
	m->wrapped_keys = wire_bytes(changes[1]);
	m->memory_kib = 131072;
	m->passes = 3;
	return m;
}

/* ---- */

static void
test_sessions_are_seen_and_ended(void **state)
{
	struct desk *d = *state;
	Provision__SessionEnd m = PROVISION__SESSION_END__INIT;
	Provision__SessionEndOthers others = PROVISION__SESSION_END_OTHERS__INIT;
	struct person anna, otto, second, third;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, &anna);
	desk_person_join(d, &otto);
	desk_pass(d, 60000);
	second = elsewhere(d, &anna);
	desk_pass(d, 60000);
	third = elsewhere(d, &anna);
	const Provision__SessionListReply *l = list(d, &second);
	assert_int_equal(l->n_items, 3);
	assert_false(l->items[0]->is_current);
	assert_true(l->items[1]->is_current);
	assert_true(view_equal_str(wire_view(l->items[0]->user_agent), DESK_AGENT));
	assert_true(view_equal(wire_view(l->items[0]->address), view_of(d->address, 4)));
	/* nobody else's can be ended */
	m.caller = desk_caller(d, &otto);
	m.session = l->items[0]->session;
	assert_int_equal(desk_web(d, IPC_SESSION_END, &m.base, NULL), ERR_NOT_FOUND);
	assert_int_equal(session_works(d, &anna), 0);
	m.caller = desk_caller(d, &second);
	assert_int_equal(desk_web(d, IPC_SESSION_END, &m.base, NULL), 0);
	assert_int_equal(session_works(d, &anna), ERR_LOGIN);
	assert_int_equal(desk_web(d, IPC_SESSION_END, &m.base, NULL), ERR_NOT_FOUND);
	others.caller = desk_caller(d, &second);
	assert_int_equal(desk_web(d, IPC_SESSION_END_OTHERS, &others.base, NULL), 0);
	assert_int_equal(session_works(d, &third), ERR_LOGIN);
	assert_int_equal(session_works(d, &second), 0);
	assert_int_equal(list(d, &otto)->n_items, 1);
	/* both rows go when their time has come */
	desk_pass(d, 8 * RIG_DAY_MS);
	assert_int_equal(desk_rows(d, STORE_TABLE_SESSION), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_SESSION_OF), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

static void
test_sessions_are_bounded(void **state)
{
	struct desk *d = *state;
	struct person anna, other;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	for (unsigned i = 0; i < STORE_SESSIONS_MAX + 3; i++) {
		desk_pass(d, 1000);
		other = elsewhere(d, &anna);
	}
	assert_int_equal(session_works(d, &anna), ERR_LOGIN);
	assert_int_equal(list(d, &other)->n_items, STORE_SESSIONS_MAX);
	assert_int_equal(desk_rows(d, STORE_TABLE_SESSION), STORE_SESSIONS_MAX);
	desk_person_deinit(&anna);
}

static void
test_password_change(void **state)
{
	struct desk *d = *state;
	uint8_t key[32] = "another key";
	struct person anna, second;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	second = elsewhere(d, &anna);
	Provision__PasswordChange *m = new_password(d, &anna, key);
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_PASSWORD_CHANGED);
	/* the answer may be lost: the same again does nothing, not even a mail */
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), 0);
	assert_null(desk_mails(d));
	assert_int_equal(session_works(d, &anna), 0);
	assert_int_equal(session_works(d, &second), ERR_LOGIN);
	assert_int_equal(desk_login(d, &second), ERR_LOGIN);
	Provision__SessionOpen open = PROVISION__SESSION_OPEN__INIT;
	Provision__SessionOpenReply *opened;
	open.caller = desk_caller(d, NULL);
	open.email = wire_str(anna.email);
	open.auth_key = m->auth_key;
	assert_int_equal(desk_web(d, IPC_SESSION_OPEN, &open.base, &opened), 0);
	assert_true(view_equal(wire_view(opened->wrapped_keys), wire_view(m->wrapped_keys)));
	desk_person_deinit(&anna);
}

static void
test_password_change_needs_the_person(void **state)
{
	struct desk *d = *state;
	uint8_t key[32] = "another key";
	struct person anna, otto;
	Provision__PasswordChange *m;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, &anna);
	desk_person_join(d, &otto);
	/* a stolen token: neither password nor key */
	m = new_password(d, &anna, key);
	m->proof->auth_key = wire_bytes(view_of(otto.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), ERR_DENIED);
	m = new_password(d, &anna, key);
	m->proof->signature.data[5] ^= 1;
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), ERR_TRUST);
	/* signed for other keys */
	m = new_password(d, &anna, key);
	m->wrapped_keys = wire_str("keys of somebody on the way");
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), ERR_TRUST);
	m = new_password(d, &anna, key);
	m->passes = 2;
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), ERR_UNSUPPORTED);
	m = new_password(d, &anna, key);
	m->caller = desk_caller(d, &otto);
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), ERR_DENIED);
	m->caller = desk_caller(d, NULL);
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL), ERR_LOGIN);
	/* guesses are slowed like logins */
	int err = ERR_DENIED;
	for (unsigned i = 0; i < 40 && err == ERR_DENIED; i++) {
		m = new_password(d, &anna, key);
		m->proof->auth_key = wire_bytes(view_of(otto.auth_key, 32));
		err = desk_web(d, IPC_PASSWORD_CHANGE, &m->base, NULL);
	}
	assert_int_equal(err, ERR_BUSY);
	assert_null(desk_mails(d));
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sessions_are_seen_and_ended, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_sessions_are_bounded, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_password_change, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_password_change_needs_the_person, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
