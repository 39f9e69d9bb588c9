/* SPDX-License-Identifier: MIT */
/*
 * The functions that the rows of handlers.c name, by family. Each family has a file, handle_FAMILY.c; a function's name is
 * that and the message's: handle_session_open_check() prepares SessionOpen, handle_session_open() applies it. What
 * each answers, errors included, stands beside its row.
 */
#ifndef STORE_HANDLE_H
#define STORE_HANDLE_H

#include "crypt/hash.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/due.h"

/* server */
int handle_server_info(struct store_call *c);

/* registration */
int handle_registration_create_check(struct store_call *c);
int handle_registration_create(struct store_call *c);
int handle_registration_verify_check(struct store_call *c);
int handle_registration_verify(struct store_call *c);
/* apply() only: all that wait for the address of that look-up hash. */
int handle_registration_end_all(struct store_call *c, const struct hash *address) ERR_CHECK;
int handle_registration_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* session */
int handle_session_parameters(struct store_call *c);
int handle_session_open_check(struct store_call *c);
int handle_session_open(struct store_call *c);
int handle_session_close_check(struct store_call *c);
int handle_session_close(struct store_call *c);

/* password, sessions: how the account is opened */
int handle_password_change_check(struct store_call *c);
int handle_password_change(struct store_call *c);
int handle_sessions_list(struct store_call *c);
int handle_sessions_end_check(struct store_call *c);
int handle_sessions_end(struct store_call *c);
int handle_sessions_end_others_check(struct store_call *c);
int handle_sessions_end_others(struct store_call *c);

/* notices: by mail, and when */
int handle_notices_put_check(struct store_call *c);
int handle_notices_put(struct store_call *c);
int handle_notices_off_check(struct store_call *c);
int handle_notices_off(struct store_call *c);

/* profile */
int handle_profile_put_check(struct store_call *c);
int handle_profile_put(struct store_call *c);
int handle_profile_address_check(struct store_call *c);
int handle_profile_address(struct store_call *c);
int handle_profile_address_finish_check(struct store_call *c);
int handle_profile_address_finish(struct store_call *c);
int handle_profile_address_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* recovery, reset: a forgotten password */
int handle_recovery_open_check(struct store_call *c);
int handle_recovery_open(struct store_call *c);
int handle_recovery_finish_check(struct store_call *c);
int handle_recovery_finish(struct store_call *c);
int handle_recovery_check_check(struct store_call *c);
int handle_recovery_check(struct store_call *c);
int handle_reset_create_check(struct store_call *c);
int handle_reset_create(struct store_call *c);
int handle_reset_open(struct store_call *c);
int handle_reset_finish_check(struct store_call *c);
int handle_reset_finish(struct store_call *c);
int handle_reset_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* totp: the second factor; app_password */
int handle_totp_get(struct store_call *c);
int handle_totp_begin_check(struct store_call *c);
int handle_totp_begin(struct store_call *c);
int handle_totp_confirm_check(struct store_call *c);
int handle_totp_confirm(struct store_call *c);
int handle_totp_codes_check(struct store_call *c);
int handle_totp_codes(struct store_call *c);
int handle_totp_end_check(struct store_call *c);
int handle_totp_end(struct store_call *c);
int handle_app_password_create_check(struct store_call *c);
int handle_app_password_create(struct store_call *c);
int handle_app_password_list(struct store_call *c);
int handle_app_password_end_check(struct store_call *c);
int handle_app_password_end(struct store_call *c);

/* support: what people ask the operator */
int handle_support_create_check(struct store_call *c);
int handle_support_create(struct store_call *c);
int handle_support_list(struct store_call *c);
int handle_support_show(struct store_call *c);
int handle_support_end_check(struct store_call *c);
int handle_support_end(struct store_call *c);
int handle_support_overview(struct store_call *c);
int handle_support_open(struct store_call *c);
int handle_support_answer(struct store_call *c);

/* account */
int handle_account_get(struct store_call *c);
int handle_pins_get(struct store_call *c);
int handle_pins_pages(struct store_call *c);
int handle_pins_put_check(struct store_call *c);
int handle_pins_put(struct store_call *c);
int handle_account_nonce_check(struct store_call *c);
int handle_account_nonce(struct store_call *c);

/* company */
int handle_company_list(struct store_call *c);
int handle_company_get(struct store_call *c);
int handle_company_epochs(struct store_call *c);
int handle_company_activate_check(struct store_call *c);
int handle_company_activate(struct store_call *c);
int handle_company_settings_check(struct store_call *c);
int handle_company_settings(struct store_call *c);
int handle_company_settings_get(struct store_call *c);

/* member */
int handle_member_invite_check(struct store_call *c);
int handle_member_invite(struct store_call *c);
int handle_member_join_check(struct store_call *c);
int handle_member_join(struct store_call *c);
int handle_member_seal_check(struct store_call *c);
int handle_member_seal(struct store_call *c);
int handle_member_list(struct store_call *c);
int handle_member_memberships(struct store_call *c);
int handle_member_invitation_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* renew: members go, roles change, the successor epoch */
int handle_renew_check(struct store_call *c);
int handle_renew(struct store_call *c);
int handle_renew_recovery_get(struct store_call *c);
int handle_renew_leave_check(struct store_call *c);
int handle_renew_leave(struct store_call *c);
/* apply() only: a member who is out without having asked, as if having left. ERR_NOT_FOUND: no member. */
int handle_renew_take_out(struct store_call *c, const struct id *company, const struct id *account) ERR_CHECK;

/* invitation: personal ones for customers */
int handle_invitation_create_check(struct store_call *c);
int handle_invitation_create(struct store_call *c);
int handle_invitation_list(struct store_call *c);
int handle_invitation_revoke_check(struct store_call *c);
int handle_invitation_revoke(struct store_call *c);
int handle_invitation_redeem_check(struct store_call *c);
int handle_invitation_redeem(struct store_call *c);
int handle_invitation_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* subscription */
int handle_subscription_create_check(struct store_call *c);
int handle_subscription_create(struct store_call *c);
int handle_subscription_list(struct store_call *c);
int handle_subscription_decide_check(struct store_call *c);
int handle_subscription_decide(struct store_call *c);
int handle_subscription_end_check(struct store_call *c);
int handle_subscription_end(struct store_call *c);

/* package: beginning, file records, giving up */
int handle_package_create_check(struct store_call *c);
int handle_package_create(struct store_call *c);
int handle_package_files_put_check(struct store_call *c);
int handle_package_files_put(struct store_call *c);
int handle_package_abort_check(struct store_call *c);
int handle_package_abort(struct store_call *c);
int handle_complete_check(struct store_call *c);
int handle_complete(struct store_call *c);

/* upload */
int handle_upload_create_check(struct store_call *c);
int handle_upload_create(struct store_call *c);
int handle_upload_get_check(struct store_call *c);
int handle_upload_get(struct store_call *c);
int handle_upload_open(struct store_call *c);
int handle_upload_close_check(struct store_call *c);
int handle_upload_close(struct store_call *c);
int handle_upload_delete_check(struct store_call *c);
int handle_upload_delete(struct store_call *c);

/* show: packages as their two sides see them */
int handle_show_package(struct store_call *c);
int handle_show_files(struct store_call *c);
int handle_show_inbox(struct store_call *c);

/* receipt: fetching and receiving */
int handle_receipt_part_open(struct store_call *c);
int handle_receipt_check(struct store_call *c);
int handle_receipt(struct store_call *c);
/* handle_withdraw.c */
int handle_withdraw_check(struct store_call *c);
int handle_withdraw(struct store_call *c);

/* events: what is new, for streams */
int handle_events_read(struct store_call *c);

/* message: text messages */
int handle_message_create_check(struct store_call *c);
int handle_message_create(struct store_call *c);
int handle_message_delete_check(struct store_call *c);
int handle_message_delete(struct store_call *c);

/* history, read_state: entries as a conversation's two sides see them; how far a person has read */
int handle_held_list(struct store_call *c);
int handle_history_list(struct store_call *c);
int handle_read_state_get(struct store_call *c);
int handle_read_state_put_check(struct store_call *c);
int handle_read_state_put(struct store_call *c);

/* mailqueue: the courier */
int handle_mailqueue_lease_check(struct store_call *c);
int handle_mailqueue_lease(struct store_call *c);
int handle_mailqueue_results(struct store_call *c);

/* erasure: reset and deletion */
int handle_erasure_reset_check(struct store_call *c);
int handle_erasure_reset(struct store_call *c);
int handle_erasure_delete_check(struct store_call *c);
int handle_erasure_delete(struct store_call *c);
int handle_erasure_operator(struct store_call *c);

/* admin: provisionctl */
int handle_admin_company_add_check(struct store_call *c);
int handle_admin_company_add(struct store_call *c);
int handle_admin_companies(struct store_call *c);
int handle_admin_queue(struct store_call *c);
int handle_admin_queue_show(struct store_call *c);
int handle_admin_queue_retry(struct store_call *c);
int handle_admin_queue_drop(struct store_call *c);
int handle_admin_queue_flush(struct store_call *c);
int handle_admin_clock_accept(struct store_call *c);
int handle_status(struct store_call *c);
int handle_status_report(struct store_call *c);
int handle_status_statistics(struct store_call *c);
int handle_quota_get(struct store_call *c);
int handle_quota_set(struct store_call *c);
int handle_lock_show(struct store_call *c);
int handle_lock(struct store_call *c);
/* The account that the operator names by its id or its address. ERR_SYNTAX: none of the two is given, or both, or not an address.
 * ERR_NOT_FOUND. */
int handle_lock_find(struct store_call *c, ProtobufCBinaryData id, ProtobufCBinaryData email, struct id *account_r,
    Provision__StoredAccount **record_r) ERR_CHECK;

/* retention: the rules */
int handle_retention_get(struct store_call *c);

/* janitor */
int handle_janitor_plan(struct store_call *c);
int handle_janitor_work(struct store_call *c);
int handle_explain(struct store_call *c);
int handle_janitor_end(struct store_call *c);
/* ---- master key, backup ---- */

int handle_master_rotate(struct store_call *c);
int handle_verify(struct store_call *c);
int handle_backup_begin(struct store_call *c);
int handle_backup_file(struct store_call *c);

#endif
