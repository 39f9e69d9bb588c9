/* SPDX-License-Identifier: MIT */
/*
 * The table of all messages that cross a process boundary, one row each, and packing and unpacking by
 * that table. A message is given as its protobuf base ("&m.base" of the generated structs).
 *
 * Unpacking is bounded by the row's arena cap and followed by ipc_check(), so whatever comes out of
 * ipc_message_unpack() is within the limits annotated in record/(name).proto.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;

#define IPC_FDS_MAX 4   /* descriptors of one frame, that of a large message included */

/* Who may be at an end of a link. The numbers are those of enum Role in record/control.proto. */
enum ipc_role {
	IPC_ROLE_NONE = 0,
	IPC_ROLE_SUPERVISOR = 1,
	IPC_ROLE_STORE = 2,
	IPC_ROLE_WEB = 3,
	IPC_ROLE_COURIER = 4,
	IPC_ROLE_CTL = 5,
	IPC_ROLE_SMTP = 6,
	IPC_ROLE_IMAP = 7,
	IPC_ROLE_MIME = 8,
	IPC_ROLE_COUNT = 9
};
#define IPC_ROLE_BIT(role) (1u << (role))

/* Type numbers. Processes of one release talk to each other, so they may change with a release. */
enum ipc_type {
	IPC_NONE = 0,
	IPC_EMPTY,
	/* control.proto */
	IPC_CONFIGURE,
	IPC_LISTENER,
	IPC_START,
	IPC_ATTACH,
	IPC_DETACH,
	IPC_RELOAD,
	IPC_TICKET_KEY,
	IPC_STOP,
	IPC_PING,
	IPC_LINK_LOST,
	IPC_SUPERVISOR_REPORT,
	/* account.proto */
	IPC_SERVER_INFO,
	IPC_SERVER_INFO_REPLY,
	IPC_LOGIN_PARAMETERS,
	IPC_LOGIN_PARAMETERS_REPLY,
	IPC_REGISTRATION_CREATE,
	IPC_REGISTRATION_CREATE_REPLY,
	IPC_REGISTRATION_VERIFY,
	IPC_SESSION_OPEN,
	IPC_SESSION_OPEN_REPLY,
	IPC_SESSION_CLOSE,
	IPC_ACCOUNT_GET,
	IPC_ACCOUNT_GET_REPLY,
	IPC_PINS_GET,
	IPC_PINS_GET_REPLY,
	IPC_PINS_PUT,
	IPC_PIN_PAGES_GET,
	IPC_PIN_PAGES_GET_REPLY,
	IPC_NONCE_CREATE,
	IPC_NONCE_CREATE_REPLY,
	/* credential.proto */
	IPC_PASSWORD_CHANGE,
	IPC_SESSION_LIST,
	IPC_SESSION_LIST_REPLY,
	IPC_SESSION_END,
	IPC_SESSION_END_OTHERS,
	IPC_NOTICES_PUT,
	IPC_NOTICES_OFF,
	IPC_PROFILE_PUT,
	IPC_ADDRESS_CREATE,
	IPC_ADDRESS_CREATE_REPLY,
	IPC_ADDRESS_FINISH,
	/* recovery.proto */
	IPC_RECOVERY_OPEN,
	IPC_RECOVERY_OPEN_REPLY,
	IPC_RECOVERY_FINISH,
	IPC_RECOVERY_CHECK,
	IPC_RESET_CREATE,
	IPC_RESET_CREATE_REPLY,
	IPC_RESET_OPEN,
	IPC_RESET_OPEN_REPLY,
	IPC_RESET_FINISH,
	/* second.proto */
	IPC_TOTP_GET,
	IPC_TOTP_GET_REPLY,
	IPC_TOTP_BEGIN,
	IPC_TOTP_BEGIN_REPLY,
	IPC_TOTP_CONFIRM,
	IPC_BACKUP_CODES_REPLY,
	IPC_BACKUP_CODES_CREATE,
	IPC_TOTP_END,
	IPC_APP_PASSWORD_CREATE,
	IPC_APP_PASSWORD_CREATE_REPLY,
	IPC_APP_PASSWORD_LIST,
	IPC_APP_PASSWORD_LIST_REPLY,
	IPC_APP_PASSWORD_END,
	IPC_SUPPORT_CREATE,
	IPC_SUPPORT_CREATE_REPLY,
	IPC_SUPPORT_LIST,
	IPC_SUPPORT_LIST_REPLY,
	IPC_SUPPORT_SHOW,
	IPC_SUPPORT_SHOW_REPLY,
	IPC_SUPPORT_END,
	/* company.proto */
	IPC_COMPANY_LIST,
	IPC_COMPANY_LIST_REPLY,
	IPC_COMPANY_GET,
	IPC_COMPANY_GET_REPLY,
	IPC_EPOCH_LIST,
	IPC_EPOCH_LIST_REPLY,
	IPC_COMPANY_ACTIVATE,
	IPC_MEMBER_INVITE,
	IPC_MEMBER_JOIN,
	IPC_MEMBER_LIST,
	IPC_MEMBER_LIST_REPLY,
	IPC_MEMBER_SEAL,
	IPC_MEMBERSHIP_LIST,
	IPC_MEMBERSHIP_LIST_REPLY,
	IPC_SUBSCRIPTION_CREATE,
	IPC_SUBSCRIPTION_CREATE_REPLY,
	IPC_SUBSCRIPTION_LIST,
	IPC_SUBSCRIPTION_LIST_REPLY,
	IPC_SUBSCRIPTION_DECIDE,
	IPC_SUBSCRIPTION_END,
	IPC_COMPANY_RENEW,
	IPC_COMPANY_RECOVERY_GET,
	IPC_COMPANY_RECOVERY_GET_REPLY,
	IPC_MEMBER_LEAVE,
	IPC_COMPANY_SETTINGS,
	IPC_COMPANY_SETTINGS_GET,
	IPC_COMPANY_SETTINGS_GET_REPLY,
	IPC_CUSTOMER_INVITE,
	IPC_CUSTOMER_INVITATION_LIST,
	IPC_CUSTOMER_INVITATION_LIST_REPLY,
	IPC_CUSTOMER_INVITATION_REVOKE,
	IPC_CUSTOMER_INVITATION_REDEEM,
	/* package.proto */
	IPC_PACKAGE_CREATE,
	IPC_PACKAGE_CREATE_REPLY,
	IPC_PACKAGE_FILES_PUT,
	IPC_UPLOAD_CREATE,
	IPC_UPLOAD_REPLY,
	IPC_UPLOAD_GET,
	IPC_UPLOAD_OPEN,
	IPC_UPLOAD_OPEN_REPLY,    /* an UploadReply with the write-only descriptor */
	IPC_UPLOAD_CLOSE,
	IPC_UPLOAD_DELETE,
	IPC_PACKAGE_COMPLETE,
	IPC_PACKAGE_ABORT,
	IPC_PACKAGE_GET,
	IPC_PACKAGE_GET_REPLY,
	IPC_PACKAGE_FILES_GET,
	IPC_PACKAGE_FILES_GET_REPLY,
	IPC_PART_OPEN,
	IPC_PART_OPEN_REPLY,      /* with the read-only descriptor */
	IPC_PACKAGE_RECEIVE,
	IPC_PACKAGE_WITHDRAW,
	IPC_INBOX_LIST,
	IPC_INBOX_LIST_REPLY,
	IPC_PACKAGE_CUT,          /* unasked */
	/* conversation.proto */
	IPC_MESSAGE_CREATE,
	IPC_MESSAGE_CREATE_REPLY,
	IPC_MESSAGE_DELETE,
	IPC_HISTORY_LIST,
	IPC_HISTORY_LIST_REPLY,
	IPC_READ_STATE_GET,
	IPC_READ_STATE,
	IPC_READ_STATE_PUT,
	/* held.proto */
	IPC_HELD_LIST,
	IPC_HELD_LIST_REPLY,
	/* event.proto */
	IPC_EVENT_READ,
	IPC_EVENT_READ_REPLY,
	IPC_EVENT_LEAVE,          /* unasked */
	IPC_EVENT_WAKE,           /* unasked */
	/* courier.proto */
	IPC_MAIL_LEASE,
	IPC_MAIL_LEASE_REPLY,
	IPC_MAIL_RESULTS,
	/* admin.proto */
	IPC_COMPANY_ADD,
	IPC_COMPANY_ADD_REPLY,
	IPC_COMPANY_OVERVIEW,
	IPC_COMPANY_OVERVIEW_REPLY,
	IPC_QUEUE_LIST,
	IPC_QUEUE_LIST_REPLY,
	IPC_QUEUE_SHOW,
	IPC_QUEUE_SHOW_REPLY,
	IPC_QUEUE_RETRY,
	IPC_QUEUE_DROP,
	IPC_QUEUE_FLUSH,
	IPC_QUEUE_FLUSH_REPLY,
	IPC_CLOCK_ACCEPT,
	IPC_STATUS,
	IPC_STATUS_REPLY,
	IPC_REPORT,
	IPC_REPORT_REPLY,
	IPC_STATISTICS,
	IPC_STATISTICS_REPLY,
	IPC_QUOTA_GET,
	IPC_QUOTA_SET,
	IPC_QUOTA_REPLY,
	IPC_ACCOUNT_SHOW,
	IPC_ACCOUNT_LOCK,
	IPC_ACCOUNT_SHOW_REPLY,
	IPC_JANITOR_PLAN,
	IPC_JANITOR_PLAN_REPLY,
	IPC_JANITOR_WORK,
	IPC_JANITOR_WORK_REPLY,
	IPC_JANITOR_END,
	IPC_KEY_ROTATE,
	IPC_KEY_ROTATE_REPLY,
	IPC_VERIFY,
	IPC_VERIFY_REPLY,
	IPC_BACKUP_BEGIN,
	IPC_BACKUP_BEGIN_REPLY,   /* with the read end of the index's stream */
	IPC_BACKUP_FILE,
	IPC_BACKUP_FILE_REPLY,    /* with the file's read-only descriptor */
	IPC_SUPPORT_OVERVIEW,
	IPC_SUPPORT_OVERVIEW_REPLY,
	IPC_SUPPORT_OPEN,
	IPC_SUPPORT_OPEN_REPLY,
	IPC_SUPPORT_ANSWER,
	IPC_JANITOR_EXPLAIN,
	IPC_JANITOR_EXPLAIN_REPLY,
	IPC_RETENTION_GET,
	IPC_RETENTION_REPLY,
	/* erasure.proto */
	IPC_ACCOUNT_RESET,
	IPC_ACCOUNT_DELETE,
	IPC_ACCOUNT_ERASE,
	IPC_ERASURE_REPLY,
	IPC_TYPE_COUNT
};

enum ipc_kind {
	IPC_KIND_REQUEST,         /* has a reply */
	IPC_KIND_REPLY,
	IPC_KIND_TOLD,            /* unasked, never answered */
};

struct ipc_message {
	enum ipc_type type;
	const char *name;         /* for logs: "SessionOpen" */
	enum ipc_kind kind;
	const struct ProtobufCMessageDescriptor *descriptor;
	unsigned from, to;        /* IPC_ROLE_BIT()s: who may send it to whom */
	enum ipc_type reply;      /* of a request; else IPC_NONE */
	uint32_t bytes_max;       /* packed */
	uint32_t arena_max;       /* unpacked */
	unsigned fds;             /* descriptors that go with it, exactly; none with an error */
};

/* NULL: no such type. */
const struct ipc_message *ipc_message_find(unsigned type);
const char *ipc_message_role_name(enum ipc_role role);
/*
 * Into an arena of the caller's, which needs room for arena_max. The message lies in the arena and lives as long.
 * ERR_SYNTAX: malformed, unknown field, or against a limit. ERR_LIMIT: more than arena_max.
 */
int ipc_message_unpack(const struct ipc_message *row, struct view bytes, struct arena *arena,
    const struct ProtobufCMessage **m_r) ERR_CHECK;
/* Appends to out. ERR_SYNTAX or ERR_LIMIT: against the limits, as ipc_check() says; nothing was appended. */
int ipc_message_pack(const struct ipc_message *row, const struct ProtobufCMessage *m, struct buf *out) ERR_CHECK;
/* The same for a stored record, which has no row: at most bytes_max packed. */
int ipc_message_pack_record(const struct ProtobufCMessage *m, uint32_t bytes_max, struct buf *out) ERR_CHECK;
/* Overwrites every bytes field, nested ones too: after secrets have been taken out. */
void ipc_message_wipe(const struct ProtobufCMessage *m);

#endif
