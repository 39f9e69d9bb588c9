/* SPDX-License-Identifier: MIT */
/*
 * The functions of the verbs, for the table in cli/verbs.c. Each gets a call whose context is a struct cli_session, opened as
 * its row says; gives back 0 or a told error.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stddef.h>

#include "tool/verb.h"

/* Flags of rows. */
#define CLI_VERBS_LOGIN 1u      /* needs a logged-in person */

const struct tool_verb *cli_verbs_table(size_t *count_r);
/* Options of every verb. */
const struct tool_option *cli_verbs_options(void);

int cli_account_register(struct tool_call *c);
int cli_account_verify(struct tool_call *c);
int cli_account_login(struct tool_call *c);
int cli_account_logout(struct tool_call *c);
int cli_recover_run(struct tool_call *c);
int cli_recover_check(struct tool_call *c);
int cli_person_run(struct tool_call *c);
int cli_change_password(struct tool_call *c);
int cli_sessions_list(struct tool_call *c);
int cli_sessions_end(struct tool_call *c);
int cli_sessions_end_others(struct tool_call *c);
int cli_totp_status(struct tool_call *c);
int cli_totp_on(struct tool_call *c);
int cli_totp_off(struct tool_call *c);
int cli_totp_codes(struct tool_call *c);
int cli_app_password_add(struct tool_call *c);
int cli_app_password_list(struct tool_call *c);
int cli_app_password_revoke(struct tool_call *c);
int cli_support_file(struct tool_call *c);
int cli_support_list(struct tool_call *c);
int cli_support_show(struct tool_call *c);
int cli_support_withdraw(struct tool_call *c);
int cli_subscribe_companies(struct tool_call *c);
int cli_subscribe_subscribe(struct tool_call *c);
int cli_subscribe_unsubscribe(struct tool_call *c);
int cli_company_activate(struct tool_call *c);
int cli_customer_list(struct tool_call *c);
int cli_customer_accept(struct tool_call *c);
int cli_customer_decline(struct tool_call *c);
int cli_invite_make(struct tool_call *c);
int cli_invite_list(struct tool_call *c);
int cli_invite_revoke(struct tool_call *c);
int cli_invite_redeem(struct tool_call *c);
int cli_renew_remove(struct tool_call *c);
int cli_renew_role(struct tool_call *c);
int cli_renew_keys(struct tool_call *c);
int cli_leave_run(struct tool_call *c);
int cli_company_code_make(struct tool_call *c);
int cli_company_code_check(struct tool_call *c);
int cli_company_code_status(struct tool_call *c);
int cli_company_code_recover(struct tool_call *c);
int cli_company_settings(struct tool_call *c);
int cli_member_invite(struct tool_call *c);
int cli_member_join(struct tool_call *c);
int cli_member_confirm(struct tool_call *c);
int cli_member_list(struct tool_call *c);
int cli_send_run(struct tool_call *c);
int cli_receive_run(struct tool_call *c);
int cli_withdraw_run(struct tool_call *c);
int cli_receipt_show(struct tool_call *c);
int cli_receipt_verify(struct tool_call *c);
int cli_prove_run(struct tool_call *c);
int cli_erasure_reset(struct tool_call *c);
int cli_erasure_delete(struct tool_call *c);
int cli_inbox_list(struct tool_call *c);
int cli_message_say(struct tool_call *c);
int cli_message_delete(struct tool_call *c);
int cli_history_run(struct tool_call *c);
int cli_archive_run(struct tool_call *c);
int cli_export_run(struct tool_call *c);
int cli_keys_list(struct tool_call *c);
int cli_keys_accept(struct tool_call *c);
int cli_fingerprint_show(struct tool_call *c);
int cli_fingerprint_verify(struct tool_call *c);

#endif
