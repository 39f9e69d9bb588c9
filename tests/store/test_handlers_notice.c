/* SPDX-License-Identifier: MIT */
/*
 * Who is told by mail, and when (F1, C5, C7): one notice a conversation until somebody has looked, choices, quiet hours, links
 * that turn notices off, envelope senders.
 */
#include <string.h>

#include "base/text.h"
#include "conf/conf.h"
#include "store/hours.h"
#include "store/mailtoken.h"
#include "store/notice.h"
#include "store/notice_cast.h"


/* ---- */

static void
test_every_kind_has_a_class(void **state)
{
	(void)state;
	for (unsigned i = 0; i < provision__mail_kind__descriptor.n_values; i++) {
		Provision__MailKind kind = (Provision__MailKind)provision__mail_kind__descriptor.values[i].value;
		if (kind == PROVISION__MAIL_KIND__MAIL_KIND_NONE)
			continue;
		assert_in_range(store_notice_class(kind), STORE_NOTICE_SECURITY, STORE_NOTICE_ORDINARY);
	}
}

/* Three packages, one notice, for each side and each conversation; the next one after the inbox was listed. */
static void
test_one_until_looked(void **state)
{
	struct cast *c = *state;

	take_mails(c);
	for (int i = 0; i < 3; i++) {
		send_away(c, true);
		send_away(c, false);
	}
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 2);
	look(c, &c->anna, "");
	send_away(c, true);
	send_away(c, false);
	const Provision__MailJob *mail = desk_mail(c->d, KIND(PACKAGE));
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	look(c, &c->agent, "kanzlei");
	send_away(c, true);
	send_away(c, false);
	mail = desk_mail(c->d, KIND(PACKAGE));
	assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
}

/* What was sent is no look, another's look is none, and what comes while one looks is told. */
static void
test_whose_look(void **state)
{
	struct cast *c = *state;
	Provision__InboxListReply *reply;
	struct desk_parcel p;

	take_mails(c);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	assert_int_equal(desk_inbox(c->d, &c->anna, "", true, &reply), 0);
	look(c, &c->berta, "");
	look(c, &c->agent, "kanzlei");
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	desk_parcel_init(&p, &c->agent, &c->berta, &c->firm, &c->other_subscription, true);
	desk_parcel_send(c->d, &p);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	desk_parcel_deinit(&p);
}

/* Who fetches by the link, without the list, has looked too. */
static void
test_received_is_looked(void **state)
{
	struct cast *c = *state;
	struct desk_parcel p;

	take_mails(c);
	send_one(c, &p, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	assert_int_equal(desk_parcel_receive(c->d, &c->anna, &p.package, desk_parcel_fetch(c->d, &p)), 0);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	desk_parcel_deinit(&p);
}

static void
test_none_chosen(void **state)
{
	struct cast *c = *state;

	take_mails(c);
	assert_int_equal(choice_of(c, &c->anna), PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_UNASKED);
	choose(c, &c->anna, NONE, 0, 0);
	assert_int_equal(choice_of(c, &c->anna), NONE);
	send_away(c, false);
	send_away(c, true);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);      /* the company's */
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	desk_pass(c->d, 4 * RIG_DAY_MS);
	assert_int_equal(mails_of(c, KIND(REMINDER)), 1);
	/* Security comes all the same. */
	Provision__AddressCreate m = PROVISION__ADDRESS_CREATE__INIT;
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	m.caller = desk_caller(c->d, &c->anna);
	m.email = wire_str("anna@neu.example");
	assert_int_equal(desk_web(c->d, IPC_ADDRESS_CREATE, &m.base, NULL), 0);
	(void)desk_mail(c->d, KIND(NEW_ADDRESS));
	/* And what comes later is told again, when she wants it. */
	choose(c, &c->anna, LINK, 0, 0);
	look(c, &c->anna, "");
	assert_int_equal(desk_login(c->d, &c->agent), 0);
	send_away(c, false);
	(void)desk_mail(c->d, KIND(PACKAGE));
}

/* Two hours of quiet, also over midnight: nothing, then one mail, within a minute of their end. */
static void
test_quiet_hours(void **state)
{
	struct cast *c = *state;

	take_mails(c);
	for (unsigned i = 0; i < 13; i++) {
		unsigned now = minute_now(c);
		choose(c, &c->anna, LINK, (now + 1440 - 30) % 1440, (now + 90) % 1440);
		send_away(c, false);
		assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
		desk_pass(c->d, HOUR_MS);
		send_away(c, false);
		assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
		desk_pass(c->d, HOUR_MS / 2 - MINUTE_MS - MINUTE_MS / 2);
		assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
		desk_pass(c->d, 3 * MINUTE_MS);
		assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
		assert_int_equal(desk_login(c->d, &c->anna), 0);
		assert_int_equal(desk_login(c->d, &c->agent), 0);
		look(c, &c->anna, "");
		desk_pass(c->d, 13 * MINUTE_MS);
	}
}

/* Quiet hours are hers alone, do not hold security mails, and end when she says so. */
static void
test_quiet_hours_of_whom(void **state)
{
	struct cast *c = *state;
	unsigned now = minute_now(c);
	Provision__AddressCreate m = PROVISION__ADDRESS_CREATE__INIT;

	take_mails(c);
	choose(c, &c->anna, LINK, (now + 1439) % 1440, (now + 1200) % 1440);
	m.caller = desk_caller(c->d, &c->anna);
	m.email = wire_str("anna@neu.example");
	assert_int_equal(desk_web(c->d, IPC_ADDRESS_CREATE, &m.base, NULL), 0);
	(void)desk_mail(c->d, KIND(NEW_ADDRESS));
	send_away(c, true);
	(void)desk_mail(c->d, KIND(PACKAGE));
	/* She looks before they end: there is nothing to tell any more. */
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	look(c, &c->anna, "");
	desk_pass(c->d, RIG_DAY_MS);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
}

/* What the held notice was made for is withdrawn, what came later waits: that is told. */
static void
test_notice_speaks_for_all(void **state)
{
	struct cast *c = *state;
	unsigned now = minute_now(c);
	struct desk_parcel first, second;
	const Provision__MailJob *mail;

	take_mails(c);
	choose(c, &c->anna, LINK, (now + 1439) % 1440, (now + 60) % 1440);
	send_one(c, &first, false);
	send_one(c, &second, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	assert_int_equal(withdraw(c, &c->agent, &first), 0);
	desk_pass(c->d, HOUR_MS + MINUTE_MS);
	mail = desk_mail(c->d, KIND(PACKAGE));
	struct view link = wire_view(mail->link);
	assert_true(view_equal_str(view_slice(link, link.len - ID_TEXT_LEN, link.len), id_text(&second.package).s));
	assert_true(mail->until_ms > desk_now(c->d));
	desk_parcel_deinit(&first);
	desk_parcel_deinit(&second);
}

/* A notice that went to nobody has told nobody: the next package is told, without a look in between. */
static void
test_notice_to_nobody(void **state)
{
	struct cast *c = *state;
	unsigned now = minute_now(c);
	struct desk_parcel first;

	take_mails(c);
	choose(c, &c->anna, LINK, (now + 1439) % 1440, (now + 60) % 1440);
	send_one(c, &first, false);
	assert_int_equal(withdraw(c, &c->agent, &first), 0);
	desk_pass(c->d, HOUR_MS + MINUTE_MS);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MAIL), 0);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 0);
	desk_parcel_deinit(&first);
}

/* Three packages of one day are one reminder. */
static void
test_reminders_are_gathered(void **state)
{
	struct cast *c = *state;

	take_mails(c);
	for (int i = 0; i < 3; i++)
		send_away(c, false);
	assert_int_equal(mails_of(c, KIND(PACKAGE)), 1);
	desk_pass(c->d, 3 * RIG_DAY_MS + MINUTE_MS);
	assert_int_equal(mails_of(c, KIND(REMINDER)), 1);
	desk_pass(c->d, 11 * RIG_DAY_MS + MINUTE_MS);
	assert_int_equal(mails_of(c, KIND(REMINDER)), 1);
}

/* ---- links and senders */

static struct view
token_of(const Provision__MailJob *mail)
{
	struct view link = wire_view(mail->unsubscribe);

	assert_true(view_starts(link, VIEW_LIT("https://localhost/u/")));
	assert_int_equal(link.len, strlen("https://localhost/u/") + STORE_MAILTOKEN_OFF_CHARS);
	return view_slice(link, link.len - STORE_MAILTOKEN_OFF_CHARS, link.len);
}

static int
turn_off(struct cast *c, struct view token)
{
	Provision__NoticesOff m = PROVISION__NOTICES_OFF__INIT;

	m.token = wire_bytes(token);
	return desk_web(c->d, IPC_NOTICES_OFF, &m.base, NULL);
}

/* Ordinary notices to people have one, it turns off that person's notices and nothing else, and no other word does. */
static void
test_link_turns_off(void **state)
{
	struct cast *c = *state;
	char wrong[STORE_MAILTOKEN_OFF_CHARS + 1];
	const Provision__MailJob *mail;

	take_mails(c);
	send_away(c, true);
	assert_int_equal(desk_mail(c->d, KIND(PACKAGE))->unsubscribe.len, 0);     /* a company's mailbox */
	send_away(c, false);
	mail = desk_mail(c->d, KIND(PACKAGE));
	struct view token = token_of(mail);
	memcpy(wrong, token.data, token.len);
	wrong[token.len] = '\0';
	for (size_t i = 0; i < token.len; i++) {
		char kept = wrong[i];
		wrong[i] = kept == 'a' ? 'b' : 'a';
		assert_int_equal(turn_off(c, view_str(wrong)), 0);
		wrong[i] = kept;
	}
	assert_int_equal(turn_off(c, VIEW_LIT("x")), 0);
	assert_int_equal(choice_of(c, &c->anna), PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_UNASKED);
	assert_int_equal(turn_off(c, token), 0);
	assert_int_equal(turn_off(c, token), 0);
	assert_int_equal(choice_of(c, &c->anna), NONE);
	assert_int_equal(choice_of(c, &c->berta), PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_UNASKED);
}

/* Security mails have no such link. */
static void
test_no_link_in_security_mails(void **state)
{
	struct cast *c = *state;
	Provision__AddressCreate m = PROVISION__ADDRESS_CREATE__INIT;

	take_mails(c);
	m.caller = desk_caller(c->d, &c->anna);
	m.email = wire_str("anna@neu.example");
	assert_int_equal(desk_web(c->d, IPC_ADDRESS_CREATE, &m.base, NULL), 0);
	assert_int_equal(desk_mail(c->d, KIND(NEW_ADDRESS))->unsubscribe.len, 0);
}

/* The sender says whose mail it was: the same for a person's mails of a day, another for everybody else. */
static void
test_senders(void **state)
{
	struct cast *c = *state;
	struct conf conf = { .url = "https://provision.example", .mail_domain = "provision.example",
		.bounce_address = "bounces+*@mx.provision.example" };
	uint8_t bytes[STORE_MAILTOKEN_BOUNCE_BYTES];
	const Provision__MailJob *mail;
	struct view sender, token;

	take_mails(c);
	c->d->settings.conf = &conf;
	send_away(c, false);
	mail = desk_mail(c->d, KIND(PACKAGE));
	sender = wire_view(mail->envelope_from);
	assert_true(view_starts(sender, VIEW_LIT("bounces+")));
	token = view_slice(sender, 8, STORE_MAILTOKEN_BOUNCE_CHARS);
	assert_true(view_equal_str(view_slice(sender, 8 + STORE_MAILTOKEN_BOUNCE_CHARS, sender.len), "@mx.provision.example"));
	assert_int_equal(text_unbase32(token, bytes, sizeof(bytes)), 0);
	assert_int_equal(bytes[0], STORE_MAILTOKEN_ACCOUNT);
	assert_memory_equal(bytes + 1, id_view(&c->anna.account).data, ID_BYTES);
	send_away(c, true);
	mail = desk_mail(c->d, KIND(PACKAGE));
	assert_int_equal(text_unbase32(view_slice(wire_view(mail->envelope_from), 8, STORE_MAILTOKEN_BOUNCE_CHARS), bytes,
	    sizeof(bytes)), 0);
	assert_int_equal(bytes[0], STORE_MAILTOKEN_COMPANY);
	look(c, &c->anna, "");
	send_away(c, false);
	mail = desk_mail(c->d, KIND(PACKAGE));
	assert_true(view_equal(wire_view(mail->envelope_from), sender));
}

/* Clocks: the recipient's, also on the far side of a change. */
static void
test_zones(void **state)
{
	struct cast *c = *state;
	const Provision__MailJob *mail;

	take_mails(c);
	send_away(c, false);
	mail = desk_mail(c->d, KIND(PACKAGE));
	assert_int_equal(mail->zone_s, store_hours_offset_s(VIEW_LIT("Europe/Berlin"), mail->created_ms));
	assert_int_equal(mail->until_zone_s, store_hours_offset_s(VIEW_LIT("Europe/Berlin"), mail->until_ms));
	assert_int_equal(store_hours_offset_s(VIEW_LIT("Europe/Berlin"), 1782864000000), 7200);     /* July 2026 */
	assert_int_equal(store_hours_offset_s(VIEW_LIT("Nowhere/Here"), 1782864000000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_has_a_class),
		cmocka_unit_test_setup_teardown(test_one_until_looked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_whose_look, setup, teardown),
		cmocka_unit_test_setup_teardown(test_received_is_looked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none_chosen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiet_hours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiet_hours_of_whom, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notice_speaks_for_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notice_to_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reminders_are_gathered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_turns_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_link_in_security_mails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_senders, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zones, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
