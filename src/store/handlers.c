/* SPDX-License-Identifier: MIT */
/*
 * The table of what the store does: a row per request and a row per kind of due item. What a request may answer beside
 * success stands above its row; every request of a person may also answer ERR_BUSY (the limiter, a full queue), every one
 * that adds data ERR_FULL and ERR_UNAVAILABLE (the mirror of the keys is gone), every write with an idempotency key ERR_CONFLICT
 * (store/repeat.h).
 */
#include "store/handlers.h"

#include "store/belongings.h"
#include "store/entries.h"
#include "store/epochs.h"
#include "store/erase.h"
#include "store/erasure.h"
#include "store/events.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/key_note.h"
#include "store/keys_lost.h"
#include "store/mailqueue.h"
#include "store/nonce.h"
#include "store/packages.h"
#include "store/reminder.h"
#include "store/repeat.h"
#include "store/retime.h"
#include "store/session.h"
#include "store/subscription.h"
#include "store/support.h"

#define WEB IPC_ROLE_BIT(IPC_ROLE_WEB)
#define COURIER IPC_ROLE_BIT(IPC_ROLE_COURIER)
#define CTL IPC_ROLE_BIT(IPC_ROLE_CTL)

static const struct store_handler requests[] = {
	{ IPC_SERVER_INFO, WEB, 0, handle_server_info, NULL },

	/* ERR_SYNTAX: not an address. */
	{ IPC_LOGIN_PARAMETERS, WEB, 0, handle_session_parameters, NULL },
	/* ERR_SYNTAX: address, locale, time zone or statement. ERR_VERSION, ERR_TRUST: statement.
	 * ERR_UNSUPPORTED: another password cost than the service's. */
	{ IPC_REGISTRATION_CREATE, WEB, STORE_CALL_GROWS, handle_registration_create_check, handle_registration_create },
	/* ERR_LOGIN: unknown registration, token or code, or over. ERR_CONFLICT: the account's id is taken. */
	{ IPC_REGISTRATION_VERIFY, WEB, STORE_CALL_GROWS, handle_registration_verify_check, handle_registration_verify },

	/* ERR_SYNTAX: not an address. ERR_LOGIN: unknown address, wrong password or locked. ERR_SECOND: all is right but the code. Goes on with a full disk, like nonces below:
	 * whoever wants to fetch a package or end a subscription makes room. */
	{ IPC_SESSION_OPEN, WEB, 0, handle_session_open_check, handle_session_open },
	/* ERR_LOGIN: no session (this and all below). */
	{ IPC_SESSION_CLOSE, WEB, 0, handle_session_close_check, handle_session_close },

	{ IPC_ACCOUNT_GET, WEB | CTL, 0, handle_account_get, NULL },
	{ IPC_PINS_GET, WEB, 0, handle_pins_get, NULL },
	/* ERR_CONFLICT: not the present version. */
	{ IPC_PIN_PAGES_GET, WEB, 0, handle_pins_pages, NULL },
	/* ERR_CONFLICT: not the next version. ERR_FULL: more pages than an account may have. */
	{ IPC_PINS_PUT, WEB, STORE_CALL_GROWS, handle_pins_put_check, handle_pins_put },
	/* ERR_SYNTAX: the action's name. ERR_SECOND: no code or a wrong one, for an action whose request has no proof. */
	{ IPC_NONCE_CREATE, WEB, 0, handle_account_nonce_check, handle_account_nonce },

	/* ERR_DENIED: wrong password. ERR_TRUST: nonce or signature. ERR_SECOND: no code, or a wrong one (these three for every
	 * request with a proof). ERR_UNSUPPORTED: another cost than the service's, or less than before. */
	{ IPC_PASSWORD_CHANGE, WEB, 0, handle_password_change_check, handle_password_change },
	{ IPC_SESSION_LIST, WEB | CTL, 0, handle_sessions_list, NULL },
	/* ERR_NOT_FOUND: no such session of the caller's. */
	{ IPC_SESSION_END, WEB, 0, handle_sessions_end_check, handle_sessions_end },
	{ IPC_SESSION_END_OTHERS, WEB, 0, handle_sessions_end_others_check, handle_sessions_end_others },

	{ IPC_NOTICES_PUT, WEB, 0, handle_notices_put_check, handle_notices_put },
	/* ERR_BUSY alone: whether the token was anybody's is not told. */
	{ IPC_NOTICES_OFF, WEB, 0, handle_notices_off_check, handle_notices_off },
	/* ERR_SYNTAX: locale or time zone. */
	{ IPC_PROFILE_PUT, WEB, 0, handle_profile_put_check, handle_profile_put },
	/* ERR_SYNTAX: not an address. */
	{ IPC_ADDRESS_CREATE, WEB, STORE_CALL_GROWS, handle_profile_address_check, handle_profile_address },
	/* ERR_NOT_FOUND: no such change, another code or address, or over. ERR_UNSUPPORTED: another cost. */
	{ IPC_ADDRESS_FINISH, WEB, 0, handle_profile_address_finish_check, handle_profile_address_finish },

	{ IPC_TOTP_GET, WEB | CTL, 0, handle_totp_get, NULL },
	/* ERR_STATE: it is on. */
	{ IPC_TOTP_BEGIN, WEB, STORE_CALL_GROWS, handle_totp_begin_check, handle_totp_begin },
	/* ERR_STATE: it is on, or was not begun. ERR_SECOND: another code. */
	{ IPC_TOTP_CONFIRM, WEB, 0, handle_totp_confirm_check, handle_totp_confirm },
	/* ERR_STATE: it is off (this and the next). */
	{ IPC_BACKUP_CODES_CREATE, WEB, 0, handle_totp_codes_check, handle_totp_codes },
	{ IPC_TOTP_END, WEB, 0, handle_totp_end_check, handle_totp_end },
	/* ERR_STATE: there are as many as an account can have. */
	{ IPC_APP_PASSWORD_CREATE, WEB, STORE_CALL_GROWS, handle_app_password_create_check, handle_app_password_create },
	{ IPC_APP_PASSWORD_LIST, WEB | CTL, 0, handle_app_password_list, NULL },
	/* ERR_NOT_FOUND: no such one of the caller's. */
	{ IPC_APP_PASSWORD_END, WEB, 0, handle_app_password_end_check, handle_app_password_end },

	/* ERR_STATE: the caller has as many requests as one may. */
	{ IPC_SUPPORT_CREATE, WEB, STORE_CALL_GROWS, handle_support_create_check, handle_support_create },
	{ IPC_SUPPORT_LIST, WEB | CTL, 0, handle_support_list, NULL },
	/* ERR_NOT_FOUND: none of the caller's. This and the next. */
	{ IPC_SUPPORT_SHOW, WEB | CTL, 0, handle_support_show, NULL },
	{ IPC_SUPPORT_END, WEB, 0, handle_support_end_check, handle_support_end },

	/* ERR_SYNTAX: not an address. ERR_LOGIN: unknown address, wrong recovery code or locked (this and the next). ERR_SECOND: all is
	 * right but the code. */
	{ IPC_RECOVERY_OPEN, WEB, 0, handle_recovery_open_check, handle_recovery_open },
	/* ERR_UNSUPPORTED: another cost. ERR_TRUST: the ticket is none, or over. */
	{ IPC_RECOVERY_FINISH, WEB, 0, handle_recovery_finish_check, handle_recovery_finish },
	/* ERR_DENIED: another code. */
	{ IPC_RECOVERY_CHECK, WEB, 0, handle_recovery_check_check, handle_recovery_check },
	/* ERR_SYNTAX: not an address. */
	{ IPC_RESET_CREATE, WEB, STORE_CALL_GROWS, handle_reset_create_check, handle_reset_create },
	/* ERR_LOGIN: unknown reset, token or code, or over. ERR_SECOND: all is right but the code of the second factor.
	 * ERR_UNSUPPORTED: another cost. ERR_SYNTAX, ERR_VERSION, ERR_TRUST: the statement. */
	{ IPC_RESET_OPEN, WEB, 0, handle_reset_open, NULL },
	{ IPC_RESET_FINISH, WEB, 0, handle_reset_finish_check, handle_reset_finish },

	/* ERR_SYNTAX: the cursor is none of ours, or its company is not listed any more. ERR_LIMIT: too many companies. */
	{ IPC_COMPANY_LIST, WEB, 0, handle_company_list, NULL },
	/* ERR_NOT_FOUND: unknown, or neither public nor the caller's. */
	{ IPC_COMPANY_GET, WEB, 0, handle_company_get, NULL },
	{ IPC_EPOCH_LIST, WEB, 0, handle_company_epochs, NULL },
	/* ERR_NOT_FOUND: unknown company, wrong or used code. ERR_STATE: activated with another root. ERR_TRUST, ERR_SYNTAX,
	 * ERR_LIMIT, ERR_VERSION: root, epoch or certificate. ERR_CONFLICT: the caller's keys have just changed. */
	{ IPC_COMPANY_ACTIVATE, WEB, STORE_CALL_GROWS, handle_company_activate_check, handle_company_activate },

	/* ERR_NOT_FOUND: unknown company (this and the next three). ERR_DENIED: no owner. ERR_EXISTS: the invitation's id is
	 * taken. ERR_LIMIT: too many members. */
	{ IPC_MEMBER_INVITE, WEB, STORE_CALL_GROWS, handle_member_invite_check, handle_member_invite },
	/* ERR_NOT_FOUND: no such invitation, over, or taken by somebody else. ERR_STATE: a member already. */
	{ IPC_MEMBER_JOIN, WEB, STORE_CALL_GROWS, handle_member_join_check, handle_member_join },
	/* ERR_DENIED: no owner. */
	{ IPC_MEMBER_LIST, WEB, 0, handle_member_list, NULL },
	/* ERR_DENIED: no owner. ERR_STATE: nobody has joined, or a member already. ERR_SYNTAX: root for no owner, or none for one.
	 * ERR_TRUST, ERR_VERSION: certificate. ERR_CONFLICT: keys have just changed. ERR_LIMIT: memberships. */
	{ IPC_MEMBER_SEAL, WEB, STORE_CALL_GROWS, handle_member_seal_check, handle_member_seal },
	{ IPC_MEMBERSHIP_LIST, WEB | CTL, 0, handle_member_memberships, NULL },

	/* ERR_NOT_FOUND: unknown, unlisted or not active. ERR_FULL: the company has no customer number left. */
	{ IPC_SUBSCRIPTION_CREATE, WEB, STORE_CALL_GROWS, handle_subscription_create_check, handle_subscription_create },
	/* ERR_NOT_FOUND: no company of the caller's. ERR_SYNTAX: cursor. */
	{ IPC_SUBSCRIPTION_LIST, WEB | CTL, 0, handle_subscription_list, NULL },
	/* ERR_NOT_FOUND: no company of the caller's, or no such number. ERR_STATE: decided otherwise already. */
	{ IPC_SUBSCRIPTION_DECIDE, WEB, STORE_CALL_GROWS, handle_subscription_decide_check, handle_subscription_decide },
	/* ERR_NOT_FOUND: not the caller's. ERR_TRUST: nonce or signature. */
	{ IPC_SUBSCRIPTION_END, WEB, 0, handle_subscription_end_check, handle_subscription_end },

	/* ERR_NOT_FOUND: unknown company (this and all below). ERR_DENIED: no owner. ERR_STATE: no owner would be left, or the
	 * caller would not be one, or an owner goes without a new root. ERR_CONFLICT: not exactly the members there are, an epoch
	 * whose key is kept is missing, or keys have just changed. ERR_TRUST, ERR_SYNTAX, ERR_VERSION: root, epoch, recovery key,
	 * certificates, nonce, signature or proof. */
	{ IPC_COMPANY_RENEW, WEB, STORE_CALL_GROWS, handle_renew_check, handle_renew },
	/* ERR_NOT_FOUND: also where no code was made. ERR_DENIED: no owner. */
	{ IPC_COMPANY_RECOVERY_GET, WEB, 0, handle_renew_recovery_get, NULL },
	/* ERR_STATE: the last owner. ERR_TRUST: nonce or signature. */
	{ IPC_MEMBER_LEAVE, WEB, 0, handle_renew_leave_check, handle_renew_leave },
	/* ERR_DENIED: no owner (this and the next). */
	{ IPC_COMPANY_SETTINGS, WEB, STORE_CALL_GROWS, handle_company_settings_check, handle_company_settings },
	{ IPC_COMPANY_SETTINGS_GET, WEB, 0, handle_company_settings_get, NULL },
	/* ERR_NOT_FOUND: no company of the caller's. ERR_EXISTS: the invitation's id is taken. ERR_LIMIT: too many open ones. */
	{ IPC_CUSTOMER_INVITE, WEB, STORE_CALL_GROWS, handle_invitation_create_check, handle_invitation_create },
	/* ERR_SYNTAX: cursor. */
	{ IPC_CUSTOMER_INVITATION_LIST, WEB, 0, handle_invitation_list, NULL },
	/* ERR_NOT_FOUND: no such invitation, also (this and the next). */
	{ IPC_CUSTOMER_INVITATION_REVOKE, WEB, 0, handle_invitation_revoke_check, handle_invitation_revoke },
	/* ERR_NOT_FOUND: used by somebody else, too. ERR_FULL: the company has no customer number left. */
	{ IPC_CUSTOMER_INVITATION_REDEEM, WEB, STORE_CALL_GROWS, handle_invitation_redeem_check, handle_invitation_redeem },

	/* ERR_NOT_FOUND: no subscription of the caller's. ERR_STATE: not accepted. ERR_TRUST: sender or recipient are not what
	 * is stored, or not with their current keys. ERR_SYNTAX, ERR_VERSION: header. ERR_LIMIT: header, or larger than the
	 * operator allows. ERR_CONFLICT: the id is taken, or keys have just changed. */
	{ IPC_PACKAGE_CREATE, WEB, STORE_CALL_GROWS, handle_package_create_check, handle_package_create },
	/* ERR_NOT_FOUND: no package of the caller's. ERR_DENIED: not the one who sends it. ERR_STATE: it is complete (these
	 * three for all below up to completing), or a page is missing before this one. ERR_CONFLICT: the page was given
	 * with other records. ERR_LIMIT: more records than the header says, or too long. */
	{ IPC_PACKAGE_FILES_PUT, WEB, STORE_CALL_GROWS, handle_package_files_put_check, handle_package_files_put },
	/* ERR_CONFLICT: another length than the header says or than before. ERR_LIMIT: seal too large. */
	{ IPC_UPLOAD_CREATE, WEB, STORE_CALL_GROWS, handle_upload_create_check, handle_upload_create },
	/* ERR_IO (this and the next): the file is damaged; begin the part anew. */
	{ IPC_UPLOAD_GET, WEB, STORE_CALL_SLOW, handle_upload_get_check, handle_upload_get },
	/* ERR_CONFLICT: not the durable offset. ERR_STATE: it is all there. ERR_BUSY: another writer. */
	{ IPC_UPLOAD_OPEN, WEB, STORE_CALL_SLOW | STORE_CALL_GROWS, handle_upload_open, NULL },
	/* ERR_STATE: this link is not the writer. ERR_FULL, ERR_IO: what was written is lost beyond the durable offset. */
	{ IPC_UPLOAD_CLOSE, WEB, STORE_CALL_SLOW, handle_upload_close_check, handle_upload_close },
	{ IPC_UPLOAD_DELETE, WEB, 0, handle_upload_delete_check, handle_upload_delete },
	/* ERR_STATE: a part or a file record is missing, or the subscription is not active. ERR_TRUST, ERR_SYNTAX,
	 * ERR_VERSION: the seal, or it is not over what was uploaded. ERR_BUSY: a part is still being written. */
	{ IPC_PACKAGE_COMPLETE, WEB, STORE_CALL_SLOW | STORE_CALL_GROWS, handle_complete_check, handle_complete },
	{ IPC_PACKAGE_ABORT, WEB, 0, handle_package_abort_check, handle_package_abort },
	/* ERR_NOT_FOUND: no package of the caller's (this and all below). */
	{ IPC_PACKAGE_GET, WEB | CTL, 0, handle_show_package, NULL },
	{ IPC_PACKAGE_FILES_GET, WEB | CTL, 0, handle_show_files, NULL },
	/* ERR_DENIED: the caller is of the side that sent it. ERR_ERASED: received or expired. */
	{ IPC_PART_OPEN, WEB, 0, handle_receipt_part_open, NULL },
	/* ERR_DENIED as above. ERR_STATE: expired. ERR_CONFLICT: received with another receipt, or keys have just changed.
	 * ERR_TRUST, ERR_SYNTAX, ERR_VERSION: the receipt. */
	{ IPC_PACKAGE_RECEIVE, WEB, 0, handle_receipt_check, handle_receipt },
	/* ERR_DENIED: the caller is of the side that receives it. ERR_STATE: not complete, or received or expired. ERR_TRUST: nonce or
	 * signature. */
	{ IPC_PACKAGE_WITHDRAW, WEB, 0, handle_withdraw_check, handle_withdraw },
	/* ERR_NOT_FOUND: no company of the caller's. ERR_SYNTAX: cursor. */
	{ IPC_INBOX_LIST, WEB, 0, handle_show_inbox, NULL },

	/* ERR_BUSY: too many streams of this account. */
	{ IPC_EVENT_READ, WEB, 0, handle_events_read, NULL },
	/* ERR_NOT_FOUND: no subscription of the caller's (this and all below). ERR_DENIED: not on that side. ERR_STATE: not accepted.
	 * ERR_SYNTAX: nothing is left of the text. ERR_CONFLICT: the id is taken by another message. ERR_LIMIT: too many today. */
	{ IPC_MESSAGE_CREATE, WEB, STORE_CALL_GROWS, handle_message_create_check, handle_message_create },
	/* ERR_NOT_FOUND: no text there, also. ERR_DENIED: somebody else's. */
	{ IPC_MESSAGE_DELETE, WEB, 0, handle_message_delete_check, handle_message_delete },
	/* ERR_SYNTAX: cursor. */
	{ IPC_HISTORY_LIST, WEB | CTL, 0, handle_history_list, NULL },
	{ IPC_READ_STATE_GET, WEB, 0, handle_read_state_get, NULL },
	{ IPC_HELD_LIST, WEB | CTL, 0, handle_held_list, NULL },
	{ IPC_READ_STATE_PUT, WEB, 0, handle_read_state_put_check, handle_read_state_put },

	{ IPC_MAIL_LEASE, COURIER, 0, handle_mailqueue_lease_check, handle_mailqueue_lease },
	{ IPC_MAIL_RESULTS, COURIER, 0, NULL, handle_mailqueue_results },

	/* ERR_SYNTAX: slug, contact or locale. ERR_EXISTS: the slug is taken. */
	{ IPC_COMPANY_ADD, CTL, STORE_CALL_GROWS, handle_admin_company_add_check, handle_admin_company_add },
	/* ERR_SYNTAX: cursor (this and the next). */
	{ IPC_COMPANY_OVERVIEW, CTL, 0, handle_admin_companies, NULL },
	{ IPC_QUEUE_LIST, CTL, 0, handle_admin_queue, NULL },
	/* ERR_NOT_FOUND: no such mail (these three). ERR_STATE: it is being sent (the last two). */
	{ IPC_QUEUE_SHOW, CTL, 0, handle_admin_queue_show, NULL },
	{ IPC_QUEUE_RETRY, CTL, 0, NULL, handle_admin_queue_retry },
	{ IPC_QUEUE_DROP, CTL, 0, NULL, handle_admin_queue_drop },
	{ IPC_QUEUE_FLUSH, CTL, 0, NULL, handle_admin_queue_flush },
	{ IPC_CLOCK_ACCEPT, CTL, 0, NULL, handle_admin_clock_accept },
	{ IPC_STATUS, CTL | WEB, 0, handle_status, NULL },
	{ IPC_STATISTICS, CTL, STORE_CALL_SLOW, handle_status_statistics, NULL },
	/* ERR_SYNTAX: a name or label that the text format does not have. */
	{ IPC_REPORT, WEB, 0, handle_status_report, NULL },
	/* ERR_NOT_FOUND: no such account or company. ERR_SYNTAX: none is named, or both. */
	{ IPC_QUOTA_GET, CTL, 0, handle_quota_get, NULL },
	{ IPC_QUOTA_SET, CTL, 0, NULL, handle_quota_set },
	/* ERR_NOT_FOUND: no such account. ERR_SYNTAX: none is named, or twice (this and the next). */
	{ IPC_ACCOUNT_SHOW, CTL, 0, handle_lock_show, NULL },
	{ IPC_ACCOUNT_LOCK, CTL, 0, NULL, handle_lock },

	{ IPC_RETENTION_GET, CTL | WEB, 0, handle_retention_get, NULL },
	{ IPC_JANITOR_PLAN, CTL, STORE_CALL_SLOW, handle_janitor_plan, NULL },
	{ IPC_JANITOR_WORK, CTL, 0, NULL, handle_janitor_work },
	/* ERR_NOT_FOUND: nothing has this id. */
	{ IPC_JANITOR_EXPLAIN, CTL, STORE_CALL_SLOW, handle_explain, NULL },
	{ IPC_JANITOR_END, CTL, 0, NULL, handle_janitor_end },
	{ IPC_KEY_ROTATE, CTL, STORE_CALL_SLOW, handle_master_rotate, NULL },
	{ IPC_VERIFY, CTL, STORE_CALL_SLOW, handle_verify, NULL },
	{ IPC_BACKUP_BEGIN, CTL, STORE_CALL_SLOW, handle_backup_begin, NULL },
	{ IPC_BACKUP_FILE, CTL, STORE_CALL_SLOW, handle_backup_file, NULL },
	{ IPC_SUPPORT_OVERVIEW, CTL, 0, handle_support_overview, NULL },
	/* ERR_NOT_FOUND: no such request. This and the next. */
	{ IPC_SUPPORT_OPEN, CTL, 0, handle_support_open, NULL },
	{ IPC_SUPPORT_ANSWER, CTL, 0, NULL, handle_support_answer },
	/* ERR_STATE: the last owner of a company (these three). They go on with a full disk, as all that ends something. */
	/* ERR_CONFLICT: not the next version of the pin store. */
	{ IPC_ACCOUNT_RESET, WEB, STORE_CALL_UNNOTED, handle_erasure_reset_check, handle_erasure_reset },
	{ IPC_ACCOUNT_DELETE, WEB, STORE_CALL_UNNOTED, handle_erasure_delete_check, handle_erasure_delete },
	/* ERR_NOT_FOUND: no such account. ERR_SYNTAX: none is named, or twice. */
	{ IPC_ACCOUNT_ERASE, CTL, 0, NULL, handle_erasure_operator },
};

static const struct store_due_kind jobs[] = {
	{ STORE_JOB_KEY_FORGET, "key-forget", false, store_jobs_key_forget },
	{ STORE_JOB_REGISTRATION_END, "registration-end", true, handle_registration_end_job },
	{ STORE_JOB_SESSION_END, "session-end", false, store_session_end_job },
	{ STORE_JOB_NONCE_END, "nonce-end", false, store_nonce_end_job },
	{ STORE_JOB_INVITATION_END, "invitation-end", true, handle_member_invitation_end_job },
	{ STORE_JOB_DECLINED_END, "declined-end", true, store_subscription_declined_job },
	{ STORE_JOB_SUBSCRIPTION_REMOVE, "subscription-remove", false, store_erase_subscription_job },
	{ STORE_JOB_DAY_END, "day-end", true, store_erase_day_job },
	{ STORE_JOB_PROVENANCE_END, "provenance-end", true, store_erase_provenance_job },
	{ STORE_JOB_PACKAGE_GIVE_UP, "package-give-up", true, store_packages_give_up_job },
	{ STORE_JOB_PACKAGE_EXPIRE, "package-expire", true, store_packages_expire_job },
	{ STORE_JOB_PACKAGE_REMIND, "package-remind", true, store_reminder_job },
	{ STORE_JOB_MAIL, "mail", false, store_mailqueue_job },
	{ STORE_JOB_MAIL_FLUSH, "mail-flush", false, store_mailqueue_flush_job },
	{ STORE_JOB_EPOCH_END, "epoch-end", false, store_epochs_end_job },
	{ STORE_JOB_CUSTOMER_INVITATION_END, "customer-invitation-end", true, handle_invitation_end_job },
	{ STORE_JOB_RESET_END, "reset-end", true, handle_reset_end_job },
	{ STORE_JOB_KEYS_LOST, "keys-lost", false, store_keys_lost_job },
	{ STORE_JOB_ADDRESS_CHANGE_END, "address-change-end", true, handle_profile_address_end_job },
	{ STORE_JOB_REPEAT_END, "repeat-end", false, store_repeat_end_job },
	{ STORE_JOB_EVENTS_END, "events-end", true, store_events_end_job },
	{ STORE_JOB_ENTRIES_END, "entries-end", true, store_entries_end_job },
	{ STORE_JOB_KEY_NOTE, "key-note", false, store_key_note_job },
	{ STORE_JOB_SUPPORT_END, "support-end", true, store_support_end_job },
	{ STORE_JOB_RETIME, "retime", false, store_retime_job },
	{ STORE_JOB_RESET_LATER, "reset-later", false, store_erasure_later_job },
	{ STORE_JOB_BELONGINGS_REMOVE, "belongings-remove", false, store_belongings_job },
};

const struct store_handler *
store_handlers_table(size_t *count_r)
{
	*count_r = sizeof(requests) / sizeof(requests[0]);
	return requests;
}

const struct store_due_kind *
store_handlers_due_kinds(size_t *count_r)
{
	*count_r = sizeof(jobs) / sizeof(jobs[0]);
	return jobs;
}
