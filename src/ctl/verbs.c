/* SPDX-License-Identifier: MIT */
/*
 * The table of all verbs of provisionctl(8) with their options. Data only; the man page is held against it.
 */
#include "ctl/verbs.h"

#include "tool/check.h"

#define END { .name = NULL }

static const struct tool_option common[] = {
	{ "config", 'c', false, "FILE", NULL, "configuration of the daemon [" DEFAULT_CONF "]" },
	{ "socket", 0, false, "PATH", NULL, "control socket, instead of the one in the configuration" },
	{ "json", 0, false, NULL, NULL, "print the result as JSON" },
	{ "help", 'h', false, NULL, NULL, "print this help" },
	{ "version", 0, false, NULL, NULL, "print the version" },
	END
};

static const struct tool_option erase_options[] = {
	{ "output", 'o', false, "FILE", NULL, "write the receipt to a file" },
	{ "yes", 'y', false, NULL, NULL, "do not ask" },
	END
};

static const struct tool_option company_add_options[] = {
	{ "name", 0, true, "NAME", tool_option_check_title, "the company's name, as customers see it" },
	{ "contact", 0, true, "ADDRESS", tool_check_email, "its contact mailbox, which gets the notices" },
	{ "locale", 0, false, "de|en", tool_check_locale, "language of those notices [de]" },
	{ "unlisted", 0, false, NULL, NULL, "leave it out of the directory" },
	END
};

static const struct tool_option export_options[] = {
	{ "output", 'o', true, "FILE|DIR", NULL, "the archive, a new file; or the folder for it" },
	{ "locale", 0, false, "de|en", tool_check_locale, "language of what is said in it [de]" },
	END
};

#define PARTY \
	{ "account", 0, false, "ADDRESS", tool_check_email, "of the person with this address" }, \
	{ "company", 0, false, "SLUG", NULL, "of this company" }

static const struct tool_option quota_show_options[] = { PARTY, END };

static const struct tool_option quota_set_options[] = {
	PARTY,
	{ "bytes", 0, false, "N", tool_check_number, "bytes that may wait; 0: as configured" },
	{ "packages", 0, false, "N", tool_check_number, "packages that may wait; 0: as configured" },
	END
};

static const struct tool_option verify_options[] = {
	{ "no-jail", 0, false, NULL, NULL, "no jail around the store that checks, for debuggers" },
	END
};

static const struct tool_option restore_options[] = {
	{ "accept-lost-erasures", 0, false, NULL, NULL, "restore although what was erased may come back" },
	END
};

static const struct tool_option support_list_options[] = {
	{ "open", 0, false, NULL, NULL, "only those without an answer" },
	END
};

static const struct tool_verb verbs[] = {
	{ "company add", "SLUG", 1, 1, 0, company_add_options, "make a company and the code for its first owner", ctl_company_add },
	{ "company list", NULL, 0, 0, 0, NULL, "list the companies", ctl_company_list },
	{ "account show", "ACCOUNT|ADDRESS", 1, 1, 0, NULL, "what is known of an account beside its person", ctl_account_show },
	{ "account lock", "ACCOUNT|ADDRESS", 1, 1, 0, NULL, "let nobody into an account; its person is told by mail", ctl_account_lock },
	{ "account unlock", "ACCOUNT|ADDRESS", 1, 1, 0, NULL, "let its person in again", ctl_account_unlock },
	{ "account reset", "ACCOUNT|ADDRESS", 1, 1, 0, erase_options, "end all an account has with others, for a person who cannot log in",
	  ctl_account_reset },
	{ "account delete", "ACCOUNT|ADDRESS", 1, 1, 0, erase_options, "the same, and erase the account itself", ctl_account_delete },
	{ "account export", "ACCOUNT|ADDRESS", 1, 1, 0, export_options, "everything that is held about a person as a file", ctl_export_run },
	{ "queue list", NULL, 0, 0, 0, NULL, "list the mails that wait or were given up", ctl_queue_list },
	{ "queue show", "JOB", 1, 1, 0, NULL, "show one of them", ctl_queue_show },
	{ "queue retry", "JOB", 1, 1, 0, NULL, "try one now, also one that was given up", ctl_queue_retry },
	{ "queue drop", "JOB", 1, 1, 0, NULL, "remove one for good", ctl_queue_drop },
	{ "queue flush", NULL, 0, 0, 0, NULL, "try all waiting mails now", ctl_queue_flush },
	{ "quota show", NULL, 0, 0, 0, quota_show_options, "show what somebody has waiting, and may have", ctl_quota_show },
	{ "quota set", NULL, 0, 0, 0, quota_set_options, "set another limit than the configured one", ctl_quota_set },
	{ "support list", NULL, 0, 0, 0, support_list_options, "list what people have asked", ctl_support_list },
	{ "support show", "REQUEST", 1, 1, 0, NULL, "show one of their requests", ctl_support_show },
	{ "support answer", "REQUEST TEXT|-", 2, 2, 0, NULL, "answer one; the person is told by mail", ctl_support_answer },
	{ "retention", NULL, 0, 0, 0, NULL, "how long what is kept, by the configuration in force", ctl_retention },
	{ "status", NULL, 0, 0, 0, NULL, "health and counters", ctl_service_status },
	{ "statistics", NULL, 0, 0, 0, NULL, "how much there is: accounts, companies, packages, mails", ctl_service_statistics },
	{ "clock accept", NULL, 0, 0, 0, NULL, "say that a jump of the clock is right: erasure by time goes on", ctl_service_clock_accept },
	{ "key rotate", NULL, 0, 0, 0, NULL, "wrap all keys by the next master key, then destroy the old one", ctl_key_rotate },
	{ "verify", "[BACKUP]", 0, 1, CTL_VERB_NO_LINK, verify_options, "check the state directory, while the daemon is stopped, or a backup", ctl_verify },
	{ "backup", "DIRECTORY", 1, 1, 0, NULL, "write a backup of the running service: data, no keys", ctl_backup },
	{ "restore", "DIRECTORY", 1, 1, CTL_VERB_NO_LINK, restore_options, "fill an empty state directory from a backup, while the daemon is stopped", ctl_restore },
};

const struct tool_verb *
ctl_verbs_table(size_t *count_r)
{
	*count_r = sizeof(verbs) / sizeof(verbs[0]);
	return verbs;
}

const struct tool_option *
ctl_verbs_options(void)
{
	return common;
}
