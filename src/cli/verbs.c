/* SPDX-License-Identifier: MIT */
/*
 * The table of all verbs of provision(1) with their options. Data only; the man page is held against it.
 */
#include "cli/verbs.h"

#include <string.h>

#include "cli/history.h"
#include "cli/notices.h"
#include "tool/check.h"
#include "trust/link.h"

static const char *
check_zone(struct view value)
{
	return value.len > 64 ? "must be the name of a time zone, such as Europe/Berlin" : tool_option_check_name(value);
}

static const char *
check_slug(struct view value)
{
	return trust_link_is_slug(value) ? NULL : "must be a company's short name";
}

static const char *
check_role(struct view value)
{
	return view_equal_str(value, "owner") || view_equal_str(value, "agent") ? NULL : "must be owner or agent";
}

static const char *
check_reference(struct view value)
{
	return value.len > 64 ? "must not be longer than 64 bytes" : tool_option_check_name(value);
}

#define END { .name = NULL }
#define SERVER { "server", 0, false, "URL", NULL, "https://HOST[:PORT] of the server, kept for further commands" }
#define COMPANY { "company", 0, false, "SLUG", check_slug, "your company, where you are a member of several" }
#define FOLLOW { "follow", 0, false, NULL, NULL, "stay, and show what comes; with --json an object a line" }
#define BATCH \
	{ "batch", 0, false, "FILE.csv", NULL, "one for each row of a table; its first row names the columns" }, \
	{ "dry-run", 0, false, NULL, NULL, "--batch: check everything, send nothing, show what would be sent" }, \
	{ "report", 0, false, "FILE", NULL, "--batch: write what became of each row, as CSV" }, \
	{ "changed", 0, false, NULL, NULL, "--batch: go on although table or files changed since it began" }, \
	{ "anew", 0, false, NULL, NULL, "--batch: begin anew, and send what was sent before once more" }, \
	{ "journal", 0, false, "FILE", NULL, "--batch: where is kept what was sent [FILE.csv.journal]" }
#define EMAIL { "email", 0, true, "ADDRESS", tool_check_email, "e-mail address of the account" }

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
	{ "locale", 0, false, "de|en", tool_check_locale, "language of mails to you" },
	{ "time-zone", 0, false, "ZONE", check_zone, "time zone of mails to you [Europe/Berlin]" },
	{ "yes", 'y', false, NULL, NULL, "do not ask the recovery code back" },
	SERVER,
	END
};

static const struct tool_option login_options[] = { EMAIL, SERVER, END };

static const struct tool_option recover_options[] = {
	EMAIL,
	{ "lost", 0, false, NULL, NULL, "the recovery code is lost too: a code is mailed, new keys are made" },
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	SERVER,
	END
};

#define NOTICES { "notices", 0, false, "link|text|none", cli_notices_check, "mails when something arrives" }

#define QUIET_HOURS { "quiet-hours", 0, false, "HH:MM-HH:MM|none", cli_notices_check_hours, "when such mails wait" }

static const struct tool_option profile_options[] = {
	{ "email", 0, false, "ADDRESS", tool_check_email, "another e-mail address: a code is mailed to it" },
	{ "first-name", 0, false, "NAME", tool_option_check_name, "first name" },
	{ "last-name", 0, false, "NAME", tool_option_check_name, "last name" },
	{ "company-name", 0, false, "NAME", tool_option_check_title, "name of your company" },
	{ "no-company-name", 0, false, NULL, NULL, "of no company any more" },
	{ "locale", 0, false, "de|en", tool_check_locale, "language of mails to you" },
	{ "time-zone", 0, false, "ZONE", check_zone, "time zone of mails to you" },
	NOTICES,
	QUIET_HOURS,
	END
};

static const struct tool_option subscribe_options[] = { NOTICES, END };

static const struct tool_option company_options[] = { COMPANY, END };

static const struct tool_option unsubscribe_options[] = {
	COMPANY,
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	END
};

static const struct tool_option role_options[] = {
	{ "role", 0, true, "owner|agent", check_role, "what the new member may do" },
	COMPANY,
	END
};

static const struct tool_option renew_options[] = {
	{ "root", 0, false, NULL, NULL, "a new root too: customers and members have to confirm it" },
	COMPANY,
	END
};

static const struct tool_option code_options[] = {
	{ "yes", 'y', false, NULL, NULL, "do not ask the recovery code back" },
	COMPANY,
	END
};

static const struct tool_option invite_options[] = {
	{ "personal", 0, false, NULL, NULL, "for one person, once, accepted at once" },
	{ "reference", 0, false, "TEXT", check_reference, "personal, with your own reference for this customer" },
	COMPANY,
	END
};

static const struct tool_option settings_options[] = {
	{ "listed", 0, false, NULL, NULL, "the directory shows the company" },
	{ "unlisted", 0, false, NULL, NULL, "only who is invited finds it" },
	{ "allow-text-mail", 0, false, NULL, NULL, "customers may have your messages mailed with their words" },
	{ "forbid-text-mail", 0, false, NULL, NULL, "mails to customers never have words of messages" },
	{ "notices", 0, false, "link|none", cli_notices_check_contact, "mails to the contact address when something arrives" },
	QUIET_HOURS,
	COMPANY,
	END
};

static const struct tool_option send_options[] = {
	{ "to", 0, false, "WHOM", NULL, "short name of a company, or number of a customer" },
	{ "resume", 0, false, NULL, NULL, "go on with a package whose sending was broken off, by default the newest" },
	{ "comment", 0, false, "TEXT", tool_option_check_text, "a comment for the other side; the service can read it" },
	BATCH,
	{ "folder", 0, false, "DIR", NULL, "--batch: folder of the files [that of FILE.csv]" },
	{ "verified-only", 0, false, NULL, NULL, "--batch: only to customers whose key was compared" },
	COMPANY,
	END
};

static const struct tool_option receive_options[] = {
	{ "output", 'o', false, "DIR", NULL, "folder for the files [.]" },
	{ "force", 'f', false, NULL, NULL, "replace files that exist" },
	END
};

static const struct tool_option receipt_options[] = {
	{ "output", 'o', false, "FILE", NULL, "write the receipt to a file" },
	END
};

static const struct tool_option verify_options[] = {
	{ "known", 0, false, NULL, NULL, "compare the key with those you know; needs a login" },
	END
};

static const struct tool_option inbox_options[] = {
	{ "sent", 0, false, NULL, NULL, "what was sent instead" },
	FOLLOW,
	COMPANY,
	END
};

static const struct tool_option withdraw_options[] = {
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	END
};

static const struct tool_option say_options[] = {
	{ "to", 0, false, "WHOM", NULL, "short name of a company, or number of a customer" },
	BATCH,
	COMPANY,
	END
};

static const struct tool_option history_options[] = {
	{ "with", 0, true, "WHOM", NULL, "short name of a company, or number of a customer" },
	{ "limit", 0, false, "N", tool_check_number, "at most so many entries [50]" },
	{ "before", 0, false, "SEQ", tool_check_number, "only entries before this one" },
	{ "after", 0, false, "SEQ", tool_check_number, "only entries behind this one" },
	{ "date", 0, false, "YYYY-MM-DD", cli_history_check_date, "only entries of that day" },
	{ "origin", 0, false, NULL, NULL, "JSON: from where one's own were written" },
	FOLLOW,
	COMPANY,
	END
};

static const struct tool_option export_options[] = {
	{ "output", 'o', true, "FILE|DIR", NULL, "the archive, a new file; or the folder for it" },
	{ "without-packages", 0, false, NULL, NULL, "leave out the encrypted contents of packages that wait" },
	END
};

static const struct tool_option archive_options[] = {
	{ "output", 'o', true, "FILE|DIR", NULL, "the archive, a new file; or the folder for it" },
	{ "with", 0, false, "CUSTOMER", NULL, "only the conversation with this customer" },
	COMPANY,
	END
};

static const struct tool_option delete_options[] = {
	{ "with", 0, true, "WHOM", NULL, "short name of a company, or number of a customer" },
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	COMPANY,
	END
};

static const struct tool_option end_options[] = {
	COMPANY,
	{ "output", 'o', false, "FILE", NULL, "write the receipt to a file" },
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	END
};

static const struct tool_option erasure_options[] = {
	{ "output", 'o', false, "FILE", NULL, "write the receipt to a file" },
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	END
};

static const struct tool_option accept_options[] = {
	{ "server", 0, false, NULL, NULL, "the service's own key, without WHOM" },
	COMPANY,
	END
};

static const struct tool_verb verbs[] = {
	{ "register", NULL, 0, 0, 0, register_options, "make an account; the password is asked or read from standard input",
	  cli_account_register },
	{ "verify-address", "CODE", 1, 1, 0, NULL, "confirm the address with the code that was mailed, and log in", cli_account_verify },
	{ "login", NULL, 0, 0, 0, login_options, "log in; the password is asked or read from standard input", cli_account_login },
	{ "logout", NULL, 0, 0, 0, NULL, "end the session and erase what is kept of it here", cli_account_logout },
	{ "recover", NULL, 0, 0, 0, recover_options, "replace a forgotten password with the recovery code", cli_recover_run },
	{ "recovery-code check", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "show that you still have the recovery code", cli_recover_check },
	{ "profile", NULL, 0, 0, CLI_VERBS_LOGIN, profile_options, "show what is kept of you, and change it", cli_person_run },
	{ "password", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "change the password; the present and the new one are asked or read",
	  cli_change_password },
	{ "sessions", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "where you are logged in", cli_sessions_list },
	{ "sessions end", "SESSION", 1, 1, CLI_VERBS_LOGIN, NULL, "end one session", cli_sessions_end },
	{ "sessions end-others", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "end all sessions but this one", cli_sessions_end_others },
	{ "totp status", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "whether a code of an app is asked for after the password", cli_totp_status },
	{ "totp on", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "have a code of an app asked for after the password", cli_totp_on },
	{ "totp off", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "the password alone is enough again", cli_totp_off },
	{ "totp codes", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "make other backup codes; the old ones are void", cli_totp_codes },
	{ "app-password add", "NAME", 1, 1, CLI_VERBS_LOGIN, NULL, "make a password for a mail program", cli_app_password_add },
	{ "app-password list", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "the passwords of your mail programs by name", cli_app_password_list },
	{ "app-password revoke", "ID", 1, 1, CLI_VERBS_LOGIN, NULL, "end one of them", cli_app_password_revoke },
	{ "support file", "TEXT|-", 1, 1, CLI_VERBS_LOGIN, NULL, "ask the operator of the service something", cli_support_file },
	{ "support list", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "your support requests and their state", cli_support_list },
	{ "support show", "REQUEST", 1, 1, CLI_VERBS_LOGIN, NULL, "one of them, and the answer", cli_support_show },
	{ "support withdraw", "REQUEST", 1, 1, CLI_VERBS_LOGIN, NULL, "take one back: it is erased", cli_support_withdraw },
	{ "companies", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "the directory, and your state with each", cli_subscribe_companies },
	{ "subscribe", "SLUG|LINK", 1, 1, CLI_VERBS_LOGIN, subscribe_options, "ask a company to become its customer", cli_subscribe_subscribe },
	{ "unsubscribe", "WHOM", 1, 1, CLI_VERBS_LOGIN, end_options, "end a subscription, for both sides and for good",
	  cli_subscribe_unsubscribe },
	{ "reset", NULL, 0, 0, CLI_VERBS_LOGIN, erasure_options, "end every subscription and erase all that belongs to them; the account stays",
	  cli_erasure_reset },
	{ "delete-account", NULL, 0, 0, CLI_VERBS_LOGIN, erasure_options, "the same, and erase the account itself", cli_erasure_delete },
	{ "send", "FILE...|[PACKAGE]", 0, 1000000, CLI_VERBS_LOGIN, send_options, "send files and folders, end to end encrypted", cli_send_run },
	{ "receive", "PACKAGE", 1, 1, CLI_VERBS_LOGIN, receive_options, "fetch, check and decrypt a package", cli_receive_run },
	{ "prove", "PACKAGE FILE", 2, 2, CLI_VERBS_LOGIN, NULL, "whether a file is one of a package that you sent or received", cli_prove_run },
	{ "receipt", "PACKAGE", 1, 1, CLI_VERBS_LOGIN, receipt_options, "who received a package, proved; also as a file", cli_receipt_show },
	{ "verify-receipt", "FILE", 1, 1, 0, verify_options, "what a receipt's file proves", cli_receipt_verify },
	{ "withdraw", "PACKAGE", 1, 1, CLI_VERBS_LOGIN, withdraw_options, "take back a package that nobody has received", cli_withdraw_run },
	{ "inbox", NULL, 0, 0, CLI_VERBS_LOGIN, inbox_options, "packages to you, the newest first", cli_inbox_list },
	{ "say", "TEXT|-", 0, 1, CLI_VERBS_LOGIN, say_options, "write a text message; the service can read it", cli_message_say },
	{ "history", NULL, 0, 0, CLI_VERBS_LOGIN, history_options, "a conversation's texts, packages and events, the newest last",
	  cli_history_run },
	{ "delete", "SEQ", 1, 1, CLI_VERBS_LOGIN, delete_options, "take back a text you wrote, for both sides", cli_message_delete },
	{ "export", NULL, 0, 0, CLI_VERBS_LOGIN, export_options, "everything that is held about you as a file", cli_export_run },
	{ "archive", NULL, 0, 0, CLI_VERBS_LOGIN, archive_options, "your company's conversations as a file to keep", cli_archive_run },
	{ "keys", NULL, 0, 0, CLI_VERBS_LOGIN, NULL, "whose keys are known, and which were compared", cli_keys_list },
	{ "keys show", "[WHOM]", 0, 1, CLI_VERBS_LOGIN, company_options, "a key's fingerprint in letters, words and as a QR code",
	  cli_fingerprint_show },
	{ "keys verify", "WHOM [FINGERPRINT|WORDS]", 1, 25, CLI_VERBS_LOGIN, unsubscribe_options, "mark a key that you compared",
	  cli_fingerprint_verify },
	{ "keys accept", "WHOM FINGERPRINT", 1, 20, CLI_VERBS_LOGIN, accept_options, "take a key whose fingerprint you compared",
	  cli_keys_accept },
	{ "customers", NULL, 0, 0, CLI_VERBS_LOGIN, company_options, "your company's customers", cli_customer_list },
	{ "accept", "NUMBER", 1, 1, CLI_VERBS_LOGIN, company_options, "accept a customer who asked", cli_customer_accept },
	{ "decline", "NUMBER", 1, 1, CLI_VERBS_LOGIN, company_options, "decline a customer who asked", cli_customer_decline },
	{ "invite", NULL, 0, 0, CLI_VERBS_LOGIN, invite_options, "a link for customers, with your company's fingerprint",
	  cli_invite_make },
	{ "invite list", NULL, 0, 0, CLI_VERBS_LOGIN, company_options, "personal invitations that were not redeemed yet", cli_invite_list },
	{ "invite revoke", "INVITATION", 1, 1, CLI_VERBS_LOGIN, company_options, "end a personal invitation", cli_invite_revoke },
	{ "redeem", "LINK", 1, 1, CLI_VERBS_LOGIN, subscribe_options, "take a personal invitation: you are a customer at once", cli_invite_redeem },
	{ "company settings", NULL, 0, 0, CLI_VERBS_LOGIN, settings_options, "what your company shows and allows, and its mails; and change it", cli_company_settings },
	{ "company activate", "SLUG CODE", 2, 2, CLI_VERBS_LOGIN, NULL, "make a new company's keys as its first owner", cli_company_activate },
	{ "company recovery-code", NULL, 0, 0, CLI_VERBS_LOGIN, code_options, "make the company's recovery code, or another one",
	  cli_company_code_make },
	{ "company recovery-code check", NULL, 0, 0, CLI_VERBS_LOGIN, company_options, "show that you still have the company's recovery code",
	  cli_company_code_check },
	{ "company recovery-code status", NULL, 0, 0, CLI_VERBS_LOGIN, company_options, "when the company's recovery code was made",
	  cli_company_code_status },
	{ "company recover", "[FINGERPRINT]", 0, 20, CLI_VERBS_LOGIN, company_options, "bring the company's keys back with its recovery code",
	  cli_company_code_recover },
	{ "member invite", NULL, 0, 0, CLI_VERBS_LOGIN, role_options, "a secret link for one new member", cli_member_invite },
	{ "member join", "LINK", 1, 1, CLI_VERBS_LOGIN, NULL, "take an invitation; an owner confirms it then", cli_member_join },
	{ "member confirm", "[INVITATION]", 0, 1, CLI_VERBS_LOGIN, company_options, "let in who joined", cli_member_confirm },
	{ "member remove", "ACCOUNT", 1, 1, CLI_VERBS_LOGIN, unsubscribe_options, "end a member's access; the others get new keys",
	  cli_renew_remove },
	{ "member role", "ACCOUNT owner|agent", 2, 2, CLI_VERBS_LOGIN, company_options, "change what a member may do", cli_renew_role },
	{ "member renew", NULL, 0, 0, CLI_VERBS_LOGIN, renew_options, "make new keys after a member has left", cli_renew_keys },
	{ "member leave", NULL, 0, 0, CLI_VERBS_LOGIN, unsubscribe_options, "be a member no longer", cli_leave_run },
	{ "member list", NULL, 0, 0, CLI_VERBS_LOGIN, company_options, "members, and who waits to become one", cli_member_list },
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
