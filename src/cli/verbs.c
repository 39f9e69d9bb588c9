/* SPDX-License-Identifier: MIT */
/*
 * The table of all verbs of provision(1) with their options. Data only; the man page is held against it.
 */
#include "cli/verbs.h"

#include <string.h>

#include "mail/address.h"
#include "trust/link.h"

static const char *
check_email(struct view value)
{
	struct mail_address a;
	return mail_address_parse(value, &a) == 0 ? NULL : "must be an e-mail address";
}

static const char *
check_locale(struct view value)
{
	return view_equal_str(value, "de") || view_equal_str(value, "en") ? NULL : "must be de or en";
}

static const char *
check_zone(struct view value)
{
	return value.len > 64 ? "must be the name of a time zone, such as Europe/Berlin" : tool_option_check_name(value);
}

#define END { .name = NULL }
#define SERVER { "server", 0, false, "URL", NULL, "https://HOST[:PORT] of the server, kept for further commands" }
#define EMAIL { "email", 0, true, "ADDRESS", check_email, "e-mail address of the account" }

static const struct tool_option common[] = {
	{ "json", 0, false, NULL, NULL, "print the result as JSON" },
	{ "help", 'h', false, NULL, NULL, "print this help" },
	{ "version", 0, false, NULL, NULL, "print the version" },
	END
};

static const struct tool_option register_options[] = {
	EMAIL,
	{ "first-name", 0, true, "NAME", tool_option_check_name, "first name" },
	{ "last-name", 0, true, "NAME", tool_option_check_name, "last name" },
	{ "company-name", 0, false, "NAME", tool_option_check_title, "name of your company" },
	{ "locale", 0, false, "de|en", check_locale, "language of mails to you" },
	{ "time-zone", 0, false, "ZONE", check_zone, "time zone of mails to you [Europe/Berlin]" },
	{ "yes", 'y', false, NULL, NULL, "do not ask the recovery code back" },
	SERVER,
	END
};

static const struct tool_option login_options[] = { EMAIL, SERVER, END };

static const struct tool_verb verbs[] = {
	{ "register", NULL, 0, 0, 0, register_options, "make an account; the password is asked or read from standard input",
	  cli_account_register },
	{ "verify-address", "CODE", 1, 1, 0, NULL, "confirm the address with the code that was mailed, and log in", cli_account_verify },
	{ "login", NULL, 0, 0, 0, login_options, "log in; the password is asked or read from standard input", cli_account_login },
	{ "logout", NULL, 0, 0, 0, NULL, "end the session and erase what is kept of it here", cli_account_logout },
};

const struct tool_verb *
cli_verbs_table(size_t *count_r)
{
	*count_r = sizeof(verbs) / sizeof(verbs[0]);
	return verbs;
}

const struct tool_option *
cli_verbs_options(void)
{
	return common;
}
