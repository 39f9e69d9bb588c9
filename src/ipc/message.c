/* SPDX-License-Identifier: MIT */
/*
 * The message table, and packing and unpacking by it. Owns protobuf-c's allocator: what a peer sends is
 * unpacked into a bounded arena. Knows no sockets and no meaning of any message.
 */
#include "ipc/message.h"

#include <protobuf-c/protobuf-c.h>

#include "base/fatal.h"
#include "crypt/secret.h"
#include "ipc/check.h"
#include "record/account.pb-c.h"
#include "record/admin.pb-c.h"
#include "record/common.pb-c.h"
#include "record/company.pb-c.h"
#include "record/control.pb-c.h"
#include "record/conversation.pb-c.h"
#include "record/courier.pb-c.h"
#include "record/credential.pb-c.h"
#include "record/erasure.pb-c.h"
#include "record/event.pb-c.h"
#include "record/held.pb-c.h"
#include "record/janitor.pb-c.h"
#include "record/package.pb-c.h"
#include "record/recovery.pb-c.h"
#include "record/retention.pb-c.h"
#include "record/second.pb-c.h"
#include "record/support.pb-c.h"

#define KIB 1024u
#define MIB (1024u * 1024)

#define SUPERVISOR IPC_ROLE_BIT(IPC_ROLE_SUPERVISOR)
#define STORE IPC_ROLE_BIT(IPC_ROLE_STORE)
#define WEB IPC_ROLE_BIT(IPC_ROLE_WEB)
#define COURIER IPC_ROLE_BIT(IPC_ROLE_COURIER)
#define CTL IPC_ROLE_BIT(IPC_ROLE_CTL)
#define ROLES (STORE | WEB | COURIER | IPC_ROLE_BIT(IPC_ROLE_SMTP) | IPC_ROLE_BIT(IPC_ROLE_IMAP) | IPC_ROLE_BIT(IPC_ROLE_MIME))

#define ROW(TYPE, name_, proto, kind_, from_, to_, reply_, bytes, arena, fds_) \
	[TYPE] = { TYPE, name_, IPC_KIND_##kind_, &provision__##proto##__descriptor, from_, to_, reply_, bytes, arena, fds_ }
/* The common shapes: a request to the store, its answer, a request over the control channel. */
#define ASK(TYPE, name_, proto, from_, reply_, bytes, arena) \
	ROW(TYPE, name_, proto, REQUEST, from_, STORE, reply_, bytes, arena, 0)
#define ANSWER(TYPE, name_, proto, to_, bytes, arena, fds_) \
	ROW(TYPE, name_, proto, REPLY, STORE, to_, IPC_NONE, bytes, arena, fds_)
#define CONTROL(TYPE, name_, proto, bytes, fds_) \
	ROW(TYPE, name_, proto, REQUEST, SUPERVISOR, ROLES, IPC_EMPTY, bytes, 2 * (bytes) + 4 * KIB, fds_)

/* The index is the type. bytes_max follows from the limits of the fields, arena_max from it and the structs. */
static const struct ipc_message table[IPC_TYPE_COUNT] = {
	ROW(IPC_EMPTY, "Empty", empty, REPLY, SUPERVISOR | ROLES, SUPERVISOR | ROLES | CTL, IPC_NONE, 0, KIB, 0),

	CONTROL(IPC_CONFIGURE, "Configure", configure, 256 * KIB, 0),
	CONTROL(IPC_LISTENER, "Listener", listener, KIB, 1),
	CONTROL(IPC_START, "Start", start, 0, 0),
	CONTROL(IPC_ATTACH, "Attach", attach, KIB, 1),
	CONTROL(IPC_DETACH, "Detach", detach, KIB, 0),
	CONTROL(IPC_RELOAD, "Reload", reload, 256 * KIB, 0),
	CONTROL(IPC_TICKET_KEY, "TicketKey", ticket_key, KIB, 0),
	CONTROL(IPC_STOP, "Stop", stop, KIB, 0),
	CONTROL(IPC_PING, "Ping", ping, 0, 0),
	CONTROL(IPC_SUPERVISOR_REPORT, "SupervisorReport", supervisor_report, 256 * KIB, 0),
	ROW(IPC_LINK_LOST, "LinkLost", link_lost, TOLD, ROLES, SUPERVISOR, IPC_NONE, KIB, KIB, 0),

	ASK(IPC_SERVER_INFO, "ServerInfo", server_info, WEB, IPC_SERVER_INFO_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_SERVER_INFO_REPLY, "ServerInfoReply", server_info_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_LOGIN_PARAMETERS, "LoginParameters", login_parameters, WEB, IPC_LOGIN_PARAMETERS_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_LOGIN_PARAMETERS_REPLY, "LoginParametersReply", login_parameters_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_REGISTRATION_CREATE, "RegistrationCreate", registration_create, WEB, IPC_REGISTRATION_CREATE_REPLY,
	    12 * KIB, 24 * KIB),
	ANSWER(IPC_REGISTRATION_CREATE_REPLY, "RegistrationCreateReply", registration_create_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_REGISTRATION_VERIFY, "RegistrationVerify", registration_verify, WEB, IPC_SESSION_OPEN_REPLY, KIB, 2 * KIB),
	ASK(IPC_SESSION_OPEN, "SessionOpen", session_open, WEB, IPC_SESSION_OPEN_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_SESSION_OPEN_REPLY, "SessionOpenReply", session_open_reply, WEB, 70 * KIB, 96 * KIB, 0),
	ASK(IPC_SESSION_CLOSE, "SessionClose", session_close, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_ACCOUNT_GET, "AccountGet", account_get, WEB | CTL, IPC_ACCOUNT_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_ACCOUNT_GET_REPLY, "AccountGetReply", account_get_reply, WEB | CTL, 4 * KIB, 8 * KIB, 0),
	ASK(IPC_PINS_GET, "PinsGet", pins_get, WEB, IPC_PINS_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_PINS_GET_REPLY, "PinsGetReply", pins_get_reply, WEB, 66 * KIB, 80 * KIB, 0),
	ASK(IPC_PINS_PUT, "PinsPut", pins_put, WEB, IPC_EMPTY, 162 * KIB, 192 * KIB),
	ASK(IPC_PIN_PAGES_GET, "PinPagesGet", pin_pages_get, WEB, IPC_PIN_PAGES_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_PIN_PAGES_GET_REPLY, "PinPagesGetReply", pin_pages_get_reply, WEB, 504 * KIB, 528 * KIB, 0),
	ASK(IPC_NONCE_CREATE, "NonceCreate", nonce_create, WEB, IPC_NONCE_CREATE_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_NONCE_CREATE_REPLY, "NonceCreateReply", nonce_create_reply, WEB, KIB, 2 * KIB, 0),

	ASK(IPC_PASSWORD_CHANGE, "PasswordChange", password_change, WEB, IPC_EMPTY, 2 * KIB, 4 * KIB),
	ASK(IPC_SESSION_LIST, "SessionList", session_list, WEB | CTL, IPC_SESSION_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_SESSION_LIST_REPLY, "SessionListReply", session_list_reply, WEB | CTL, 40 * KIB, 64 * KIB, 0),
	ASK(IPC_SESSION_END, "SessionEnd", session_end, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_SESSION_END_OTHERS, "SessionEndOthers", session_end_others, WEB, IPC_EMPTY, KIB, 2 * KIB),

	ASK(IPC_NOTICES_PUT, "NoticesPut", notices_put, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_NOTICES_OFF, "NoticesOff", notices_off, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_PROFILE_PUT, "ProfilePut", profile_put, WEB, IPC_EMPTY, 2 * KIB, 3 * KIB),
	ASK(IPC_ADDRESS_CREATE, "AddressCreate", address_create, WEB, IPC_ADDRESS_CREATE_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_ADDRESS_CREATE_REPLY, "AddressCreateReply", address_create_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_ADDRESS_FINISH, "AddressFinish", address_finish, WEB, IPC_EMPTY, 3 * KIB, 5 * KIB),

	ASK(IPC_RECOVERY_OPEN, "RecoveryOpen", recovery_open, WEB, IPC_RECOVERY_OPEN_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_RECOVERY_OPEN_REPLY, "RecoveryOpenReply", recovery_open_reply, WEB, 3 * KIB, 5 * KIB, 0),
	ASK(IPC_RECOVERY_FINISH, "RecoveryFinish", recovery_finish, WEB, IPC_SESSION_OPEN_REPLY, 4 * KIB, 6 * KIB),
	ASK(IPC_RECOVERY_CHECK, "RecoveryCheck", recovery_check, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_RESET_CREATE, "ResetCreate", reset_create, WEB, IPC_RESET_CREATE_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_RESET_CREATE_REPLY, "ResetCreateReply", reset_create_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_RESET_OPEN, "ResetOpen", reset_open, WEB, IPC_RESET_OPEN_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_RESET_OPEN_REPLY, "ResetOpenReply", reset_open_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_RESET_FINISH, "ResetFinish", reset_finish, WEB, IPC_SESSION_OPEN_REPLY, 12 * KIB, 24 * KIB),

	ASK(IPC_TOTP_GET, "TotpGet", totp_get, WEB | CTL, IPC_TOTP_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_TOTP_GET_REPLY, "TotpGetReply", totp_get_reply, WEB | CTL, KIB, 2 * KIB, 0),
	ASK(IPC_TOTP_BEGIN, "TotpBegin", totp_begin, WEB, IPC_TOTP_BEGIN_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_TOTP_BEGIN_REPLY, "TotpBeginReply", totp_begin_reply, WEB, 2 * KIB, 3 * KIB, 0),
	ASK(IPC_TOTP_CONFIRM, "TotpConfirm", totp_confirm, WEB, IPC_BACKUP_CODES_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_BACKUP_CODES_REPLY, "BackupCodesReply", backup_codes_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_BACKUP_CODES_CREATE, "BackupCodesCreate", backup_codes_create, WEB, IPC_BACKUP_CODES_REPLY, KIB, 2 * KIB),
	ASK(IPC_TOTP_END, "TotpEnd", totp_end, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_APP_PASSWORD_CREATE, "AppPasswordCreate", app_password_create, WEB, IPC_APP_PASSWORD_CREATE_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_APP_PASSWORD_CREATE_REPLY, "AppPasswordCreateReply", app_password_create_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_APP_PASSWORD_LIST, "AppPasswordList", app_password_list, WEB | CTL, IPC_APP_PASSWORD_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_APP_PASSWORD_LIST_REPLY, "AppPasswordListReply", app_password_list_reply, WEB | CTL, 4 * KIB, 8 * KIB, 0),
	ASK(IPC_APP_PASSWORD_END, "AppPasswordEnd", app_password_end, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_SUPPORT_CREATE, "SupportCreate", support_create, WEB, IPC_SUPPORT_CREATE_REPLY, 9 * KIB, 10 * KIB),
	ANSWER(IPC_SUPPORT_CREATE_REPLY, "SupportCreateReply", support_create_reply, WEB, KIB, KIB, 0),
	ASK(IPC_SUPPORT_LIST, "SupportList", support_list, WEB | CTL, IPC_SUPPORT_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_SUPPORT_LIST_REPLY, "SupportListReply", support_list_reply, WEB | CTL, 2 * KIB, 4 * KIB, 0),
	ASK(IPC_SUPPORT_SHOW, "SupportShow", support_show, WEB | CTL, IPC_SUPPORT_SHOW_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_SUPPORT_SHOW_REPLY, "SupportShowReply", support_show_reply, WEB | CTL, 17 * KIB, 18 * KIB, 0),
	ASK(IPC_SUPPORT_END, "SupportEnd", support_end, WEB, IPC_EMPTY, KIB, 2 * KIB),

	ASK(IPC_COMPANY_LIST, "CompanyList", company_list, WEB, IPC_COMPANY_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_COMPANY_LIST_REPLY, "CompanyListReply", company_list_reply, WEB, 5 * MIB, 6 * MIB, 0),
	ASK(IPC_COMPANY_GET, "CompanyGet", company_get, WEB, IPC_COMPANY_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_COMPANY_GET_REPLY, "CompanyGetReply", company_get_reply, WEB, 44 * KIB, 60 * KIB, 0),
	ASK(IPC_EPOCH_LIST, "EpochList", epoch_list, WEB, IPC_EPOCH_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_EPOCH_LIST_REPLY, "EpochListReply", epoch_list_reply, WEB, 68 * KIB, 96 * KIB, 0),
	ASK(IPC_COMPANY_ACTIVATE, "CompanyActivate", company_activate, WEB, IPC_EMPTY, 8 * KIB, 12 * KIB),
	ASK(IPC_MEMBER_INVITE, "MemberInvite", member_invite, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_MEMBER_JOIN, "MemberJoin", member_join, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_MEMBER_LIST, "MemberList", member_list, WEB, IPC_MEMBER_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_MEMBER_LIST_REPLY, "MemberListReply", member_list_reply, WEB, 768 * KIB, MIB, 0),
	ASK(IPC_MEMBER_SEAL, "MemberSeal", member_seal, WEB, IPC_EMPTY, 5 * KIB, 8 * KIB),
	ASK(IPC_MEMBERSHIP_LIST, "MembershipList", membership_list, WEB | CTL, IPC_MEMBERSHIP_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_MEMBERSHIP_LIST_REPLY, "MembershipListReply", membership_list_reply, WEB | CTL, 6 * MIB, 8 * MIB, 0),
	ASK(IPC_SUBSCRIPTION_CREATE, "SubscriptionCreate", subscription_create, WEB, IPC_SUBSCRIPTION_CREATE_REPLY,
	    KIB, 2 * KIB),
	ANSWER(IPC_SUBSCRIPTION_CREATE_REPLY, "SubscriptionCreateReply", subscription_create_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_SUBSCRIPTION_LIST, "SubscriptionList", subscription_list, WEB | CTL, IPC_SUBSCRIPTION_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_SUBSCRIPTION_LIST_REPLY, "SubscriptionListReply", subscription_list_reply, WEB | CTL, 5 * MIB, 6 * MIB, 0),
	ASK(IPC_SUBSCRIPTION_DECIDE, "SubscriptionDecide", subscription_decide, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_SUBSCRIPTION_END, "SubscriptionEnd", subscription_end, WEB, IPC_ERASURE_REPLY, KIB, 2 * KIB),
	ASK(IPC_COMPANY_RENEW, "CompanyRenew", company_renew, WEB, IPC_EMPTY, 2 * MIB, 3 * MIB),
	ASK(IPC_COMPANY_RECOVERY_GET, "CompanyRecoveryGet", company_recovery_get, WEB, IPC_COMPANY_RECOVERY_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_COMPANY_RECOVERY_GET_REPLY, "CompanyRecoveryGetReply", company_recovery_get_reply, WEB, 4 * KIB, 6 * KIB, 0),
	ASK(IPC_MEMBER_LEAVE, "MemberLeave", member_leave, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_COMPANY_SETTINGS, "CompanySettings", company_settings, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_COMPANY_SETTINGS_GET, "CompanySettingsGet", company_settings_get, WEB, IPC_COMPANY_SETTINGS_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_COMPANY_SETTINGS_GET_REPLY, "CompanySettingsGetReply", company_settings_get_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_CUSTOMER_INVITE, "CustomerInvite", customer_invite, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_CUSTOMER_INVITATION_LIST, "CustomerInvitationList", customer_invitation_list, WEB,
	    IPC_CUSTOMER_INVITATION_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_CUSTOMER_INVITATION_LIST_REPLY, "CustomerInvitationListReply", customer_invitation_list_reply, WEB,
	    16 * KIB, 32 * KIB, 0),
	ASK(IPC_CUSTOMER_INVITATION_REVOKE, "CustomerInvitationRevoke", customer_invitation_revoke, WEB, IPC_EMPTY,
	    KIB, 2 * KIB),
	ASK(IPC_CUSTOMER_INVITATION_REDEEM, "CustomerInvitationRedeem", customer_invitation_redeem, WEB,
	    IPC_SUBSCRIPTION_CREATE_REPLY, KIB, 2 * KIB),

	ASK(IPC_PACKAGE_CREATE, "PackageCreate", package_create, WEB, IPC_PACKAGE_CREATE_REPLY, 76 * KIB, 96 * KIB),
	ANSWER(IPC_PACKAGE_CREATE_REPLY, "PackageCreateReply", package_create_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_PACKAGE_FILES_PUT, "PackageFilesPut", package_files_put, WEB, IPC_EMPTY, 5 * MIB, 6 * MIB),
	ASK(IPC_UPLOAD_CREATE, "UploadCreate", upload_create, WEB, IPC_UPLOAD_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_UPLOAD_REPLY, "UploadReply", upload_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_UPLOAD_GET, "UploadGet", upload_get, WEB, IPC_UPLOAD_REPLY, KIB, 2 * KIB),
	ASK(IPC_UPLOAD_OPEN, "UploadOpen", upload_open, WEB, IPC_UPLOAD_OPEN_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_UPLOAD_OPEN_REPLY, "UploadOpenReply", upload_reply, WEB, KIB, 2 * KIB, 1),
	ASK(IPC_UPLOAD_CLOSE, "UploadClose", upload_close, WEB, IPC_UPLOAD_REPLY, KIB, 2 * KIB),
	ASK(IPC_UPLOAD_DELETE, "UploadDelete", upload_delete, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_PACKAGE_COMPLETE, "PackageComplete", package_complete, WEB, IPC_EMPTY, 2 * KIB, 4 * KIB),
	ASK(IPC_PACKAGE_ABORT, "PackageAbort", package_abort, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_PACKAGE_GET, "PackageGet", package_get, WEB | CTL, IPC_PACKAGE_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_PACKAGE_GET_REPLY, "PackageGetReply", package_get_reply, WEB | CTL, 192 * KIB, 256 * KIB, 0),
	ASK(IPC_PACKAGE_FILES_GET, "PackageFilesGet", package_files_get, WEB | CTL, IPC_PACKAGE_FILES_GET_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_PACKAGE_FILES_GET_REPLY, "PackageFilesGetReply", package_files_get_reply, WEB | CTL, 5 * MIB, 6 * MIB, 0),
	ASK(IPC_PART_OPEN, "PartOpen", part_open, WEB, IPC_PART_OPEN_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_PART_OPEN_REPLY, "PartOpenReply", part_open_reply, WEB, KIB, 2 * KIB, 1),
	ASK(IPC_PACKAGE_RECEIVE, "PackageReceive", package_receive, WEB, IPC_EMPTY, 6 * KIB, 8 * KIB),
	ASK(IPC_PACKAGE_WITHDRAW, "PackageWithdraw", package_withdraw, WEB, IPC_EMPTY, 5 * KIB, 8 * KIB),
	ASK(IPC_INBOX_LIST, "InboxList", inbox_list, WEB, IPC_INBOX_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_INBOX_LIST_REPLY, "InboxListReply", inbox_list_reply, WEB, 5 * MIB, 6 * MIB, 0),
	ROW(IPC_PACKAGE_CUT, "PackageCut", package_cut, TOLD, STORE, WEB, IPC_NONE, KIB, KIB, 0),

	ASK(IPC_MESSAGE_CREATE, "MessageCreate", message_create, WEB, IPC_MESSAGE_CREATE_REPLY, 66 * KIB, 80 * KIB),
	ANSWER(IPC_MESSAGE_CREATE_REPLY, "MessageCreateReply", message_create_reply, WEB, KIB, KIB, 0),
	ASK(IPC_MESSAGE_DELETE, "MessageDelete", message_delete, WEB, IPC_EMPTY, KIB, 2 * KIB),
	ASK(IPC_HISTORY_LIST, "HistoryList", history_list, WEB | CTL, IPC_HISTORY_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_HISTORY_LIST_REPLY, "HistoryListReply", history_list_reply, WEB | CTL, 9 * MIB, 10 * MIB, 0),
	ASK(IPC_READ_STATE_GET, "ReadStateGet", read_state_get, WEB, IPC_READ_STATE, KIB, 2 * KIB),
	ANSWER(IPC_READ_STATE, "ReadState", read_state, WEB, KIB, KIB, 0),
	ASK(IPC_READ_STATE_PUT, "ReadStatePut", read_state_put, WEB, IPC_READ_STATE, KIB, 2 * KIB),

	ASK(IPC_HELD_LIST, "HeldList", held_list, WEB | CTL, IPC_HELD_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_HELD_LIST_REPLY, "HeldListReply", held_list_reply, WEB | CTL, 256 * KIB, 320 * KIB, 0),

	ASK(IPC_EVENT_READ, "EventRead", event_read, WEB, IPC_EVENT_READ_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_EVENT_READ_REPLY, "EventReadReply", event_read_reply, WEB, 8 * KIB, 16 * KIB, 0),
	ROW(IPC_EVENT_LEAVE, "EventLeave", event_leave, TOLD, WEB, STORE, IPC_NONE, KIB, KIB, 0),
	ROW(IPC_EVENT_WAKE, "EventWake", event_wake, TOLD, STORE, WEB, IPC_NONE, KIB, KIB, 0),

	ASK(IPC_MAIL_LEASE, "MailLease", mail_lease, COURIER, IPC_MAIL_LEASE_REPLY, KIB, KIB),
	ANSWER(IPC_MAIL_LEASE_REPLY, "MailLeaseReply", mail_lease_reply, COURIER, 2 * MIB, 3 * MIB, 0),
	ASK(IPC_MAIL_RESULTS, "MailResults", mail_results, COURIER, IPC_EMPTY, 48 * KIB, 96 * KIB),

	ASK(IPC_COMPANY_ADD, "CompanyAdd", company_add, CTL, IPC_COMPANY_ADD_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_COMPANY_ADD_REPLY, "CompanyAddReply", company_add_reply, CTL, KIB, 2 * KIB, 0),
	ASK(IPC_COMPANY_OVERVIEW, "CompanyOverview", company_overview, CTL, IPC_COMPANY_OVERVIEW_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_COMPANY_OVERVIEW_REPLY, "CompanyOverviewReply", company_overview_reply, CTL, 64 * KIB, 128 * KIB, 0),
	ASK(IPC_QUEUE_LIST, "QueueList", queue_list, CTL, IPC_QUEUE_LIST_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_QUEUE_LIST_REPLY, "QueueListReply", queue_list_reply, CTL, 64 * KIB, 128 * KIB, 0),
	ASK(IPC_QUEUE_SHOW, "QueueShow", queue_show, CTL, IPC_QUEUE_SHOW_REPLY, KIB, KIB),
	ANSWER(IPC_QUEUE_SHOW_REPLY, "QueueShowReply", queue_show_reply, CTL, KIB, 2 * KIB, 0),
	ASK(IPC_QUEUE_RETRY, "QueueRetry", queue_retry, CTL, IPC_EMPTY, KIB, KIB),
	ASK(IPC_QUEUE_DROP, "QueueDrop", queue_drop, CTL, IPC_EMPTY, KIB, KIB),
	ASK(IPC_QUEUE_FLUSH, "QueueFlush", queue_flush, CTL, IPC_QUEUE_FLUSH_REPLY, 0, KIB),
	ANSWER(IPC_QUEUE_FLUSH_REPLY, "QueueFlushReply", queue_flush_reply, CTL, KIB, KIB, 0),
	ASK(IPC_CLOCK_ACCEPT, "ClockAccept", clock_accept, CTL, IPC_EMPTY, 0, KIB),
	ASK(IPC_STATUS, "Status", status, CTL | WEB, IPC_STATUS_REPLY, 0, KIB),
	ANSWER(IPC_STATUS_REPLY, "StatusReply", status_reply, CTL | WEB, 4 * MIB, 6 * MIB, 0),
	ASK(IPC_REPORT, "Report", report, WEB, IPC_REPORT_REPLY, 256 * KIB, 512 * KIB),
	ASK(IPC_STATISTICS, "Statistics", statistics, CTL, IPC_STATISTICS_REPLY, 0, KIB),
	ANSWER(IPC_STATISTICS_REPLY, "StatisticsReply", statistics_reply, CTL, 16 * KIB, 32 * KIB, 0),
	ANSWER(IPC_REPORT_REPLY, "ReportReply", report_reply, WEB, KIB, 2 * KIB, 0),
	ASK(IPC_QUOTA_GET, "QuotaGet", quota_get, CTL, IPC_QUOTA_REPLY, KIB, KIB),
	ASK(IPC_QUOTA_SET, "QuotaSet", quota_set, CTL, IPC_QUOTA_REPLY, KIB, KIB),
	ANSWER(IPC_QUOTA_REPLY, "QuotaReply", quota_reply, CTL, KIB, KIB, 0),
	ASK(IPC_ACCOUNT_SHOW, "AccountShow", account_show, CTL, IPC_ACCOUNT_SHOW_REPLY, KIB, KIB),
	ASK(IPC_ACCOUNT_LOCK, "AccountLock", account_lock, CTL, IPC_ACCOUNT_SHOW_REPLY, KIB, KIB),
	ANSWER(IPC_ACCOUNT_SHOW_REPLY, "AccountShowReply", account_show_reply, CTL, KIB, KIB, 0),
	ASK(IPC_JANITOR_PLAN, "JanitorPlan", janitor_plan, CTL, IPC_JANITOR_PLAN_REPLY, 0, KIB),
	ANSWER(IPC_JANITOR_PLAN_REPLY, "JanitorPlanReply", janitor_plan_reply, CTL, 8 * KIB, 16 * KIB, 0),
	ASK(IPC_JANITOR_WORK, "JanitorWork", janitor_work, CTL, IPC_JANITOR_WORK_REPLY, KIB, KIB),
	ANSWER(IPC_JANITOR_WORK_REPLY, "JanitorWorkReply", janitor_work_reply, CTL, 8 * KIB, 16 * KIB, 0),
	ASK(IPC_RETENTION_GET, "RetentionGet", retention_get, CTL | WEB, IPC_RETENTION_REPLY, KIB, 2 * KIB),
	ANSWER(IPC_RETENTION_REPLY, "RetentionReply", retention_reply, CTL | WEB, 64 * KIB, 96 * KIB, 0),
	ASK(IPC_JANITOR_EXPLAIN, "JanitorExplain", janitor_explain, CTL, IPC_JANITOR_EXPLAIN_REPLY, KIB, KIB),
	ANSWER(IPC_JANITOR_EXPLAIN_REPLY, "JanitorExplainReply", janitor_explain_reply, CTL, 16 * KIB, 32 * KIB, 0),
	ASK(IPC_JANITOR_END, "JanitorEnd", janitor_end, CTL, IPC_EMPTY, KIB, KIB),
	ASK(IPC_KEY_ROTATE, "KeyRotate", key_rotate, CTL, IPC_KEY_ROTATE_REPLY, 0, KIB),
	ANSWER(IPC_KEY_ROTATE_REPLY, "KeyRotateReply", key_rotate_reply, CTL, KIB, KIB, 0),
	ASK(IPC_VERIFY, "Verify", verify, CTL, IPC_VERIFY_REPLY, 0, KIB),
	ANSWER(IPC_VERIFY_REPLY, "VerifyReply", verify_reply, CTL, 64 * KIB, 96 * KIB, 0),
	ASK(IPC_BACKUP_BEGIN, "BackupBegin", backup_begin, CTL, IPC_BACKUP_BEGIN_REPLY, 0, KIB),
	ANSWER(IPC_BACKUP_BEGIN_REPLY, "BackupBeginReply", backup_begin_reply, CTL, KIB, KIB, 1),
	ASK(IPC_BACKUP_FILE, "BackupFile", backup_file, CTL, IPC_BACKUP_FILE_REPLY, KIB, KIB),
	ANSWER(IPC_BACKUP_FILE_REPLY, "BackupFileReply", backup_file_reply, CTL, KIB, KIB, 1),
	ASK(IPC_SUPPORT_OVERVIEW, "SupportOverview", support_overview, CTL, IPC_SUPPORT_OVERVIEW_REPLY, KIB, KIB),
	ANSWER(IPC_SUPPORT_OVERVIEW_REPLY, "SupportOverviewReply", support_overview_reply, CTL, 16 * KIB, 32 * KIB, 0),
	ASK(IPC_SUPPORT_OPEN, "SupportOpen", support_open, CTL, IPC_SUPPORT_OPEN_REPLY, KIB, KIB),
	ANSWER(IPC_SUPPORT_OPEN_REPLY, "SupportOpenReply", support_open_reply, CTL, 18 * KIB, 20 * KIB, 0),
	ASK(IPC_SUPPORT_ANSWER, "SupportAnswer", support_answer, CTL, IPC_EMPTY, 9 * KIB, 10 * KIB),

	ASK(IPC_ACCOUNT_RESET, "AccountReset", account_reset, WEB, IPC_ERASURE_REPLY, 8 * KIB, 12 * KIB),
	ASK(IPC_ACCOUNT_DELETE, "AccountDelete", account_delete, WEB, IPC_ERASURE_REPLY, 2 * KIB, 4 * KIB),
	ASK(IPC_ACCOUNT_ERASE, "AccountErase", account_erase, CTL, IPC_ERASURE_REPLY, KIB, KIB),
	ANSWER(IPC_ERASURE_REPLY, "ErasureReply", erasure_reply, WEB | CTL, 2 * KIB, 2 * KIB, 0),
};

static const char *const role_names[IPC_ROLE_COUNT] = {
	"none", "supervisor", "store", "web", "courier", "ctl", "smtp", "imap", "mime",
};

const struct ipc_message *
ipc_message_find(unsigned type)
{
	return type >= IPC_TYPE_COUNT || table[type].descriptor == NULL ? NULL : &table[type];
}

const char *
ipc_message_role_name(enum ipc_role role)
{
	return (unsigned)role < IPC_ROLE_COUNT ? role_names[role] : "unknown";
}

/* What unpacking may still take of the arena. */
struct allowance {
	struct arena *arena;
	size_t rest;
	bool is_exceeded;
};

static void *
allocate(void *arg, size_t n)
{
	struct allowance *a = arg;
	void *p = n <= a->rest ? arena_try(a->arena, n) : NULL;
	if (p == NULL)
		a->is_exceeded = true;
	else
		a->rest -= n;
	return p;
}

/* The arena is freed as a whole. */
static void
release(void *arg, void *p)
{
	(void)arg;
	(void)p;
}

int
ipc_message_unpack(const struct ipc_message *row, struct view bytes, struct arena *arena,
    const struct ProtobufCMessage **m_r)
{
	*m_r = NULL;
	if (bytes.len > row->bytes_max)
		return ERR_LIMIT;
	struct allowance allowance = { arena, row->arena_max, false };
	ProtobufCAllocator allocator = { allocate, release, &allowance };
	ProtobufCMessage *m = protobuf_c_message_unpack(row->descriptor, &allocator, bytes.len, bytes.data);
	if (m == NULL)
		return allowance.is_exceeded ? ERR_LIMIT : ERR_SYNTAX;
	int err = ipc_check(m, NULL);
	if (err == ERR_OK)
		*m_r = m;
	return err;
}

int
ipc_message_pack(const struct ipc_message *row, const struct ProtobufCMessage *m, struct buf *out)
{
	require(m->descriptor == row->descriptor);
	int err = ipc_check(m, NULL);
	if (err != ERR_OK)
		return err;
	size_t n = protobuf_c_message_get_packed_size(m);
	if (n > row->bytes_max)
		return ERR_LIMIT;
	if (n == 0)
		return ERR_OK;
	uint8_t *space;
	err = buf_reserve(out, n, &space);
	if (err == ERR_OK)
		buf_commit(out, protobuf_c_message_pack(m, space));
	return err;
}

int
ipc_message_pack_record(const struct ProtobufCMessage *m, uint32_t bytes_max, struct buf *out)
{
	const struct ipc_message row = { .descriptor = m->descriptor, .bytes_max = bytes_max };
	return ipc_message_pack(&row, m, out);
}

static void
wipe_field(const ProtobufCFieldDescriptor *f, const void *value)
{
	if (f->type == PROTOBUF_C_TYPE_BYTES) {
		const ProtobufCBinaryData *b = value;
		if (b->len != 0)
			secret_wipe(b->data, b->len);
	} else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		const ProtobufCMessage *const *m = value;
		if (*m != NULL)
			ipc_message_wipe(*m);
	}
}

void
ipc_message_wipe(const struct ProtobufCMessage *m)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const uint8_t *at = (const uint8_t *)m + f->offset;
		size_t step = f->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(ProtobufCMessage *);
		if (f->label != PROTOBUF_C_LABEL_REPEATED) {
			wipe_field(f, at);
			continue;
		}
		size_t n = *(const size_t *)((const uint8_t *)m + f->quantifier_offset);
		const uint8_t *items = *(const uint8_t *const *)at;
		for (size_t k = 0; k < n; k++)
			wipe_field(f, items + k * step);
	}
}
