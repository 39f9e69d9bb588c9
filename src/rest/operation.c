/* SPDX-License-Identifier: MIT */
/*
 * The rows of the HTTP API, in the order of the OpenAPI description. Data only: what a row means is in
 * rest/operation.h; web/ serves them, api/ calls them, rest/document.c describes them.
 */
#include "rest/operation.h"

#include <string.h>

#include "base/fatal.h"
#include "record/common.pb-c.h"

#define SMALL ((uint64_t)4 * 1024)
#define KEYS ((uint64_t)256 * 1024)
#define PAGE ((uint64_t)1024 * 1024)
#define TEXT ((uint64_t)448 * 1024)     /* 64 KiB in which every character is spelled as an escape */
#define QUESTION ((uint64_t)56 * 1024)  /* 8 KiB in the same way */
#define ERRORS(...) { __VA_ARGS__ }
#define PAGED { "cursor", "cursor" }, { "limit", "limit" }
#define SESSION true

static const struct rest_operation operations[] = {
	{ "openapi", HTTP_GET, "/openapi.json", "This description.",
	  .media = REST_MEDIA_DOCUMENT, .status = 200 },
	{ "getServer", HTTP_GET, "/server", "What every client may know of the service.",
	  .request = IPC_SERVER_INFO, .status = 200 },

	{ "getRetention", HTTP_GET, "/retention", "How long every kind of record is kept, by the configuration in force.",
	  .request = IPC_RETENTION_GET, .status = 200 },

	/* accounts and sessions */
	{ "getLoginParameters", HTTP_POST, "/login-parameters",
	  "Salt and cost for hashing the password of an address, the same for known and unknown ones.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL, .request = IPC_LOGIN_PARAMETERS, .status = 200, .repeat = REST_REPEAT_READS },
	{ "createRegistration", HTTP_POST, "/registrations",
	  "Begins a registration. The answer is always the same; one mail goes out.",
	  .body = HTTP_BODY_JSON, .body_max = KEYS, .request = IPC_REGISTRATION_CREATE, .status = 202, .repeat = REST_REPEAT_SAME,
	  .errors = ERRORS(ERR_UNSUPPORTED, ERR_VERSION, ERR_TRUST, ERR_FULL) },
	{ "verifyRegistration", HTTP_POST, "/registrations/{id}/verify",
	  "The mailed code: makes the account and opens a session.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL, .request = IPC_REGISTRATION_VERIFY, .status = 201, .repeat = REST_REPEAT_ONCE,
	  .params = { "registration" }, .errors = ERRORS(ERR_LOGIN, ERR_CONFLICT, ERR_FULL) },
	{ "createSession", HTTP_POST, "/sessions", "Logs in with the authentication key made from the password.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL, .request = IPC_SESSION_OPEN, .status = 201, .repeat = REST_REPEAT_NEW,
	  .errors = ERRORS(ERR_LOGIN, ERR_SECOND) },
	{ "deleteSession", HTTP_DELETE, "/sessions/current", "Logs out.",
	  SESSION, .request = IPC_SESSION_CLOSE, .status = 204, .repeat = REST_REPEAT_ONCE, .errors = ERRORS(ERR_LOGIN) },
	{ "getAccount", HTTP_GET, "/account", "The caller's own account.",
	  SESSION, .request = IPC_ACCOUNT_GET, .status = 200, .errors = ERRORS(ERR_LOGIN) },
	{ "getPins", HTTP_GET, "/account/pins", "The root of the caller's pin store, encrypted under the account's key.",
	  SESSION, .request = IPC_PINS_GET, .status = 200, .errors = ERRORS(ERR_LOGIN) },
	{ "getPinPages", HTTP_GET, "/account/pins/pages", "Pages of the pin store, from a place on.",
	  SESSION, .request = IPC_PIN_PAGES_GET, .status = 200,
	  .query = { { "version", "version" }, { "at", "at" }, { "count", "count" } }, .errors = ERRORS(ERR_LOGIN, ERR_CONFLICT) },
	{ "putPins", HTTP_PUT, "/account/pins", "The next version of the pin store: its root, and the pages that changed.",
	  SESSION, HTTP_BODY_JSON, KEYS, .request = IPC_PINS_PUT, .status = 204, .repeat = REST_REPEAT_SAME,
	  .errors = ERRORS(ERR_LOGIN, ERR_CONFLICT, ERR_FULL) },
	{ "createNonce", HTTP_POST, "/nonces", "A nonce for a signed request that cannot be undone.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_NONCE_CREATE, .status = 201, .repeat = REST_REPEAT_NEW,
	  .errors = ERRORS(ERR_LOGIN, ERR_SECOND) },

	/* how the account is opened */
	{ "changePassword", HTTP_POST, "/account/password", "Another password: keys wrapped anew, all other sessions end.",
	  SESSION, HTTP_BODY_JSON, SMALL * 2, .request = IPC_PASSWORD_CHANGE, .status = 204, .repeat = REST_REPEAT_SAME,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_UNSUPPORTED) },
	{ "listSessions", HTTP_GET, "/sessions", "The caller's sessions.",
	  SESSION, .request = IPC_SESSION_LIST, .status = 200, .query = { PAGED }, .errors = ERRORS(ERR_LOGIN) },
	{ "endSession", HTTP_DELETE, "/sessions/{id}", "Ends one of the caller's sessions.",
	  SESSION, .request = IPC_SESSION_END, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "session" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "endOtherSessions", HTTP_DELETE, "/sessions", "Ends all of the caller's sessions but this one.",
	  SESSION, .request = IPC_SESSION_END_OTHERS, .status = 204, .repeat = REST_REPEAT_SAME, .errors = ERRORS(ERR_LOGIN) },

	{ "putNotices", HTTP_PUT, "/account/notices", "Which notices come by mail, and the hours in which they wait.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_NOTICES_PUT, .status = 204, .repeat = REST_REPEAT_SAME, .errors = ERRORS(ERR_LOGIN) },
	{ "putProfile", HTTP_PUT, "/account/profile", "Names, language and time zone.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_PROFILE_PUT, .status = 204, .repeat = REST_REPEAT_SAME, .errors = ERRORS(ERR_LOGIN) },
	{ "createAddress", HTTP_POST, "/account/addresses",
	  "Another e-mail address. The answer is always the same; a code is mailed to it if it has no account.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_ADDRESS_CREATE, .status = 202, .repeat = REST_REPEAT_KEY,
	  .errors = ERRORS(ERR_LOGIN, ERR_FULL) },
	{ "finishAddress", HTTP_POST, "/account/addresses/{id}/finish",
	  "The mailed code: the address is another, and the keys are wrapped anew; all other sessions end.",
	  SESSION, HTTP_BODY_JSON, SMALL * 2, .request = IPC_ADDRESS_FINISH, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "change" },
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_UNSUPPORTED, ERR_NOT_FOUND) },

	/* what ends for good */
	{ "resetAccount", HTTP_POST, "/account/reset",
	  "Every subscription ends and all that belongs to them is erased, for both sides; the account stays. A signed receipt.",
	  SESSION, HTTP_BODY_JSON, SMALL * 4, .request = IPC_ACCOUNT_RESET, .status = 200, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_STATE, ERR_CONFLICT) },
	{ "deleteAccount", HTTP_POST, "/account/delete",
	  "The same, and the account itself is erased. A signed receipt, also by a last mail.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_ACCOUNT_DELETE, .status = 200, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_STATE) },

	/* the second factor, and passwords for programs */
	{ "getTotp", HTTP_GET, "/account/totp", "Whether the second factor is on, and how many backup codes are left.",
	  SESSION, .request = IPC_TOTP_GET, .status = 200, .errors = ERRORS(ERR_LOGIN) },
	{ "beginTotp", HTTP_POST, "/account/totp", "A secret for the app; it counts once a code of it has come back.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_TOTP_BEGIN, .status = 201, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_TRUST, ERR_STATE, ERR_FULL) },
	{ "confirmTotp", HTTP_POST, "/account/totp/confirm", "A code of the app: the second factor is on. Ten backup codes, shown once.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_TOTP_CONFIRM, .status = 200, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_SECOND, ERR_STATE) },
	{ "createBackupCodes", HTTP_POST, "/account/totp/backup-codes", "Ten other backup codes, shown once.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_BACKUP_CODES_CREATE, .status = 200, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_STATE) },
	{ "endTotp", HTTP_POST, "/account/totp/end", "Turns the second factor off.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_TOTP_END, .status = 204, .repeat = REST_REPEAT_KEY,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_STATE) },
	{ "createAppPassword", HTTP_POST, "/account/app-passwords", "A password for a mail program, shown once; it opens no session.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_APP_PASSWORD_CREATE, .status = 201, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED, ERR_SECOND, ERR_TRUST, ERR_STATE, ERR_FULL) },
	{ "getAppPasswords", HTTP_GET, "/account/app-passwords", "The caller's app passwords by name.",
	  SESSION, .request = IPC_APP_PASSWORD_LIST, .status = 200, .errors = ERRORS(ERR_LOGIN) },
	{ "endAppPassword", HTTP_DELETE, "/account/app-passwords/{id}", "Ends one of the caller's app passwords.",
	  SESSION, .request = IPC_APP_PASSWORD_END, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "app_password" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },

	/* support */
	{ "createSupportRequest", HTTP_POST, "/support-requests", "Asks the operator something; the text is erased after 90 days, or when it is taken back.",
	  SESSION, HTTP_BODY_JSON, QUESTION, .request = IPC_SUPPORT_CREATE, .status = 201, .repeat = REST_REPEAT_KEY,
	  .errors = ERRORS(ERR_LOGIN, ERR_STATE, ERR_FULL) },
	{ "getSupportRequests", HTTP_GET, "/support-requests", "The caller's support requests and their state.",
	  SESSION, .request = IPC_SUPPORT_LIST, .status = 200, .errors = ERRORS(ERR_LOGIN) },
	{ "getSupportRequest", HTTP_GET, "/support-requests/{id}", "One of the caller's support requests, and its answer.",
	  SESSION, .request = IPC_SUPPORT_SHOW, .status = 200, .params = { "request" }, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "endSupportRequest", HTTP_DELETE, "/support-requests/{id}", "Takes a support request back: it is erased.",
	  SESSION, .request = IPC_SUPPORT_END, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "request" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },

	/* a forgotten password */
	{ "openRecovery", HTTP_POST, "/recoveries", "The keys that the recovery code opens.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL, .request = IPC_RECOVERY_OPEN, .status = 200, .repeat = REST_REPEAT_NEW,
	  .errors = ERRORS(ERR_LOGIN, ERR_SECOND) },
	{ "finishRecovery", HTTP_POST, "/recoveries/finish", "Another password and recovery code for the same keys; opens a session.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL * 3, .request = IPC_RECOVERY_FINISH, .status = 201, .repeat = REST_REPEAT_ONCE,
	  .errors = ERRORS(ERR_LOGIN, ERR_UNSUPPORTED, ERR_TRUST) },
	{ "checkRecovery", HTTP_POST, "/account/recovery-code", "That the person still has the recovery code.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_RECOVERY_CHECK, .status = 204, .repeat = REST_REPEAT_SAME,
	  .errors = ERRORS(ERR_LOGIN, ERR_DENIED) },
	{ "createReset", HTTP_POST, "/resets",
	  "The password is lost, and the recovery code too. The answer is always the same; a code is mailed if there is an account.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL, .request = IPC_RESET_CREATE, .status = 202, .repeat = REST_REPEAT_NEW,
	  .errors = ERRORS(ERR_FULL) },
	{ "openReset", HTTP_POST, "/resets/{id}/open", "The mailed code: what new keys must be made for.",
	  .body = HTTP_BODY_JSON, .body_max = SMALL, .request = IPC_RESET_OPEN, .status = 200, .repeat = REST_REPEAT_READS,
	  .params = { "reset" },
	  .errors = ERRORS(ERR_LOGIN) },
	{ "finishReset", HTTP_POST, "/resets/{id}/finish",
	  "New keys for the account: what was sealed to the old ones is lost, partners must confirm the new ones. Opens a session.",
	  .body = HTTP_BODY_JSON, .body_max = KEYS, .request = IPC_RESET_FINISH, .status = 201, .repeat = REST_REPEAT_ONCE, .params = { "reset" },
	  .errors = ERRORS(ERR_LOGIN, ERR_SECOND, ERR_UNSUPPORTED, ERR_VERSION, ERR_TRUST) },

	/* companies and members */
	{ "listCompanies", HTTP_GET, "/companies", "The directory of companies.",
	  SESSION, .request = IPC_COMPANY_LIST, .status = 200, .query = { PAGED }, .errors = ERRORS(ERR_LOGIN) },
	{ "getCompany", HTTP_GET, "/companies/{slug}", "One company with its root and epochs.",
	  SESSION, .request = IPC_COMPANY_GET, .status = 200, .params = { "slug" },
	  .query = { { "invitation", "invitation" } },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "getEpochs", HTTP_GET, "/companies/{slug}/epochs/{number}", "A page of epochs before that one, where it is not listed with the company.",
	  SESSION, .request = IPC_EPOCH_LIST, .status = 200, .params = { "slug", "before" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "activateCompany", HTTP_POST, "/companies/{slug}/activation",
	  "The first owner's client brings the company's keys.",
	  SESSION, HTTP_BODY_JSON, KEYS, .request = IPC_COMPANY_ACTIVATE, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_STATE, ERR_TRUST, ERR_VERSION, ERR_FULL) },
	{ "inviteMember", HTTP_POST, "/companies/{slug}/invitations", "An owner opens a place for a further member.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_MEMBER_INVITE, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_EXISTS, ERR_FULL) },
	{ "joinCompany", HTTP_POST, "/companies/{slug}/invitations/{id}/join",
	  "The invited person takes the place; an owner's client must seal the keys in.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_MEMBER_JOIN, .status = 204, .repeat = REST_REPEAT_SAME,
	  .params = { "slug", "invitation" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_STATE, ERR_FULL) },
	{ "sealMember", HTTP_POST, "/companies/{slug}/invitations/{id}/seal",
	  "An owner's client certifies who joined and seals the company's keys to them.",
	  SESSION, HTTP_BODY_JSON, KEYS, .request = IPC_MEMBER_SEAL, .status = 204, .repeat = REST_REPEAT_SAME,
	  .params = { "slug", "invitation" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_TRUST, ERR_VERSION, ERR_FULL) },
	{ "listMembers", HTTP_GET, "/companies/{slug}/members", "For owners: members and those who wait.",
	  SESSION, .request = IPC_MEMBER_LIST, .status = 200, .params = { "slug" },
	  .query = { PAGED }, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED) },
	{ "listMemberships", HTTP_GET, "/memberships", "The caller's memberships with the keys sealed to the caller.",
	  SESSION, .request = IPC_MEMBERSHIP_LIST, .status = 200, .query = { PAGED }, .errors = ERRORS(ERR_LOGIN) },

	/* customers */
	{ "listCustomers", HTTP_GET, "/companies/{slug}/customers", "A company's customers, never their addresses.",
	  SESSION, .request = IPC_SUBSCRIPTION_LIST, .status = 200, .params = { "slug" }, .query = { PAGED },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "decideCustomer", HTTP_POST, "/companies/{slug}/customers/{token}/decision", "Accepts or declines a customer.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_SUBSCRIPTION_DECIDE, .status = 204, .repeat = REST_REPEAT_SAME,
	  .params = { "slug", "number" }, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_STATE, ERR_FULL) },
	{ "createSubscription", HTTP_POST, "/subscriptions", "Asks a company to become its customer.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_SUBSCRIPTION_CREATE, .status = 201, .repeat = REST_REPEAT_SAME,
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_FULL) },
	{ "listSubscriptions", HTTP_GET, "/subscriptions", "The caller's subscriptions as a customer.",
	  SESSION, .request = IPC_SUBSCRIPTION_LIST, .status = 200, .query = { PAGED }, .errors = ERRORS(ERR_LOGIN) },
	{ "endSubscription", HTTP_POST, "/subscriptions/{id}/end",
	  "Ends a subscription for both sides at once; signed, cannot be undone. A signed receipt of what was erased.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_SUBSCRIPTION_END, .status = 200, .repeat = REST_REPEAT_KEY,
	  .params = { "subscription" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_TRUST) },

	/* membership changes, invitations for customers */
	{ "renewCompany", HTTP_POST, "/companies/{slug}/renewal",
	  "An owner's client brings the successor epoch for those who remain; others lose access at once. Signed.",
	  SESSION, HTTP_BODY_JSON, PAGE, .request = IPC_COMPANY_RENEW, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_CONFLICT, ERR_TRUST, ERR_VERSION, ERR_FULL) },
	{ "getCompanyRecovery", HTTP_GET, "/companies/{slug}/recovery", "For owners: what the company's recovery code opens.",
	  SESSION, .request = IPC_COMPANY_RECOVERY_GET, .status = 200, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED) },
	{ "leaveCompany", HTTP_POST, "/companies/{slug}/leave", "A member goes; not the last owner. Signed.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_MEMBER_LEAVE, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_STATE, ERR_TRUST) },
	{ "putCompanySettings", HTTP_PUT, "/companies/{slug}/settings",
	  "For owners: whether the directory shows the company, texts in mails to customers, and the mails to the contact address.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_COMPANY_SETTINGS, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_FULL) },
	{ "getCompanySettings", HTTP_GET, "/companies/{slug}/settings", "For owners: the same, as it is.",
	  SESSION, .request = IPC_COMPANY_SETTINGS_GET, .status = 200, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED) },
	{ "inviteCustomer", HTTP_POST, "/companies/{slug}/customer-invitations",
	  "A personal invitation for one customer, with the company's own reference.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_CUSTOMER_INVITE, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "slug" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_EXISTS, ERR_FULL) },
	{ "listCustomerInvitations", HTTP_GET, "/companies/{slug}/customer-invitations", "Personal invitations not redeemed yet.",
	  SESSION, .request = IPC_CUSTOMER_INVITATION_LIST, .status = 200, .params = { "slug" }, .query = { PAGED },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "revokeCustomerInvitation", HTTP_DELETE, "/companies/{slug}/customer-invitations/{id}", "Ends a personal invitation.",
	  SESSION, .request = IPC_CUSTOMER_INVITATION_REVOKE, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "slug", "invitation" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "redeemCustomerInvitation", HTTP_POST, "/companies/{slug}/customer-invitations/{id}/redemption",
	  "The invited person becomes a customer, accepted at once.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_CUSTOMER_INVITATION_REDEEM, .status = 201, .repeat = REST_REPEAT_SAME,
	  .params = { "slug", "invitation" }, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_FULL) },

	/* packages */
	{ "createPackage", HTTP_POST, "/packages", "Begins a package; its header names sender and recipient.",
	  SESSION, HTTP_BODY_JSON, KEYS, .request = IPC_PACKAGE_CREATE, .status = 201, .repeat = REST_REPEAT_SAME,
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_STATE, ERR_TRUST, ERR_VERSION, ERR_CONFLICT, ERR_FULL) },
	{ "putFiles", HTTP_PUT, "/packages/{id}/files/{number}", "One page of the package's file records, in order.",
	  SESSION, HTTP_BODY_JSON, PAGE, .request = IPC_PACKAGE_FILES_PUT, .status = 204, .repeat = REST_REPEAT_SAME,
	  .params = { "package", "page" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_CONFLICT, ERR_FULL) },
	{ "createUpload", HTTP_POST, "/packages/{id}/parts", "Begins the upload of one part (tus creation).",
	  SESSION, .media = REST_MEDIA_TUS, .request = IPC_UPLOAD_CREATE, .status = 201, .repeat = REST_REPEAT_SAME, .params = { "package" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_CONFLICT, ERR_UNSUPPORTED, ERR_FULL) },
	{ "getUploadOptions", HTTP_OPTIONS, "/packages/{id}/parts", "What the server can do of tus.",
	  .media = REST_MEDIA_TUS, .status = 204 },
	{ "headUpload", HTTP_HEAD, "/uploads/{id}", "How many bytes of an upload are durable.",
	  SESSION, .media = REST_MEDIA_TUS, .request = IPC_UPLOAD_GET, .status = 200, .params = { "upload" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE) },
	{ "patchUpload", HTTP_PATCH, "/uploads/{id}", "Bytes from the offset on.",
	  SESSION, HTTP_BODY_STREAM, UINT64_C(1) << 62, REST_MEDIA_TUS, IPC_UPLOAD_OPEN, 204, .repeat = REST_REPEAT_SAME, .params = { "upload" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_CONFLICT, ERR_STATE, ERR_UNSUPPORTED, ERR_FULL) },
	{ "deleteUpload", HTTP_DELETE, "/uploads/{id}", "Gives up an upload.",
	  SESSION, .media = REST_MEDIA_TUS, .request = IPC_UPLOAD_DELETE, .status = 204, .repeat = REST_REPEAT_ONCE, .params = { "upload" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE) },
	{ "getUploadOptionsOfUpload", HTTP_OPTIONS, "/uploads/{id}", "What the server can do of tus.",
	  .media = REST_MEDIA_TUS, .status = 204 },
	{ "completePackage", HTTP_POST, "/packages/{id}/complete",
	  "All parts are there: the package becomes visible and its recipient is told.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_PACKAGE_COMPLETE, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "package" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_TRUST, ERR_VERSION, ERR_FULL) },
	{ "abortPackage", HTTP_DELETE, "/packages/{id}", "Gives up a package that is not complete.",
	  SESSION, .request = IPC_PACKAGE_ABORT, .status = 204, .repeat = REST_REPEAT_KEY, .params = { "package" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE) },
	{ "getPackage", HTTP_GET, "/packages/{id}", "A package as its two sides see it.",
	  SESSION, .request = IPC_PACKAGE_GET, .status = 200, .params = { "package" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "getFiles", HTTP_GET, "/packages/{id}/files/{number}", "One page of file records.",
	  SESSION, .request = IPC_PACKAGE_FILES_GET, .status = 200, .params = { "package", "page" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "getManifest", HTTP_GET, "/packages/{id}/manifest", "The encrypted manifest, for the recipient.",
	  SESSION, .media = REST_MEDIA_BYTES, .request = IPC_PART_OPEN, .status = 200, .params = { "package" },
	  .part = PROVISION__PACKAGE_PART__PACKAGE_PART_MANIFEST,
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_ERASED) },
	{ "getBody", HTTP_GET, "/packages/{id}/body", "The encrypted files, by range, for the recipient.",
	  SESSION, .media = REST_MEDIA_BYTES, .request = IPC_PART_OPEN, .status = 200, .params = { "package" },
	  .part = PROVISION__PACKAGE_PART__PACKAGE_PART_BODY,
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_ERASED) },
	{ "getSeal", HTTP_GET, "/packages/{id}/seal", "The sender's seal, read first, for the recipient.",
	  SESSION, .media = REST_MEDIA_BYTES, .request = IPC_PART_OPEN, .status = 200, .params = { "package" },
	  .part = PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL,
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_ERASED) },
	{ "receivePackage", HTTP_POST, "/packages/{id}/receipt",
	  "The recipient's signed receipt; the stored package is removed.",
	  SESSION, HTTP_BODY_JSON, SMALL * 4, .request = IPC_PACKAGE_RECEIVE, .status = 204, .repeat = REST_REPEAT_SAME, .params = { "package" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_CONFLICT, ERR_TRUST, ERR_VERSION) },
	{ "withdrawPackage", HTTP_POST, "/packages/{id}/withdraw",
	  "The sending side takes a package back that nobody has received; signed.",
	  SESSION, HTTP_BODY_JSON, SMALL * 4, .request = IPC_PACKAGE_WITHDRAW, .status = 204, .repeat = REST_REPEAT_SAME,
	  .params = { "package" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_CONFLICT, ERR_TRUST, ERR_VERSION) },
	{ "listInbox", HTTP_GET, "/inbox", "Packages to the caller's side, newest first; or from it.",
	  SESSION, .request = IPC_INBOX_LIST, .status = 200,
	  .query = { { "company", "slug" }, { "outgoing", "outgoing" }, PAGED }, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },

	/* everything */
	{ "listHeld", HTTP_GET, "/account/held", "What is held about the caller beside what other operations list.",
	  SESSION, .request = IPC_HELD_LIST, .status = 200, .query = { PAGED }, .errors = ERRORS(ERR_LOGIN) },

	/* live */
	{ "followEvents", HTTP_GET, "/events",
	  "What is new, as it happens: server-sent events. Last-Event-ID, or at first the parameter after, says behind which event.",
	  SESSION, .media = REST_MEDIA_EVENTS, .request = IPC_EVENT_READ, .status = 200, .query = { { "after", "after" } },
	  .errors = ERRORS(ERR_LOGIN) },

	/* conversations */
	{ "createMessage", HTTP_POST, "/subscriptions/{id}/messages", "Writes a text message.",
	  SESSION, HTTP_BODY_JSON, TEXT, .request = IPC_MESSAGE_CREATE, .status = 201, .params = { "subscription" },
	  .repeat = REST_REPEAT_SAME, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND, ERR_DENIED, ERR_STATE, ERR_CONFLICT, ERR_FULL) },
	{ "listHistory", HTTP_GET, "/subscriptions/{id}/entries", "Entries of a conversation, newest first, or oldest first.",
	  SESSION, .request = IPC_HISTORY_LIST, .status = 200, .params = { "subscription" },
	  .query = { { "oldest_first", "oldest_first" }, { "after", "after" }, { "before", "before" }, { "from", "from_ms" },
	    { "until", "until_ms" }, { "origin", "origin" }, PAGED },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "deleteMessage", HTTP_DELETE, "/subscriptions/{id}/entries/{number}",
	  "Takes one's own text back, for both sides; a trace stays until its day ends.",
	  SESSION, .request = IPC_MESSAGE_DELETE, .status = 204, .params = { "subscription", "sequence" },
	  .repeat = REST_REPEAT_SAME, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "getReadState", HTTP_GET, "/subscriptions/{id}/read-state", "How far the caller has read a conversation.",
	  SESSION, .request = IPC_READ_STATE_GET, .status = 200, .params = { "subscription" },
	  .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
	{ "putReadState", HTTP_PUT, "/subscriptions/{id}/read-state", "The caller has read up to this entry; it never goes back.",
	  SESSION, HTTP_BODY_JSON, SMALL, .request = IPC_READ_STATE_PUT, .status = 200, .params = { "subscription" },
	  .repeat = REST_REPEAT_SAME, .errors = ERRORS(ERR_LOGIN, ERR_NOT_FOUND) },
};

size_t
rest_operation_count(void)
{
	return sizeof(operations) / sizeof(operations[0]);
}

const struct rest_operation *
rest_operation_at(size_t i)
{
	require(i < rest_operation_count());
	return &operations[i];
}

/* --- what can fail because of an operation's form */

static bool
is_any(const struct rest_operation *op)
{
	(void)op;
	return true;
}

static bool
asks_store(const struct rest_operation *op)
{
	return op->request != IPC_NONE;
}

static bool
needs_session(const struct rest_operation *op)
{
	return op->needs_session;
}

static bool
has_json(const struct rest_operation *op)
{
	return op->body == HTTP_BODY_JSON;
}

static bool
is_upload(const struct rest_operation *op)
{
	return op->media == REST_MEDIA_TUS && asks_store(op);
}

static bool
is_download(const struct rest_operation *op)
{
	return op->media == REST_MEDIA_BYTES;
}

/* Takes something that can be too long: a body, or an announced length. */
static bool
has_size(const struct rest_operation *op)
{
	return op->body != HTTP_BODY_NONE || (is_upload(op) && op->method == HTTP_POST);
}

/* A wish for too many items is no content that is too large. */
static bool
has_limit(const struct rest_operation *op)
{
	for (const struct rest_query *q = op->query; q->name != NULL; q++)
		if (strcmp(q->name, "limit") == 0)
			return true;
	return false;
}

static bool
takes_key(const struct rest_operation *op)
{
	return op->repeat == REST_REPEAT_KEY;
}

/* status 0: that of err. */
static const struct {
	bool (*holds)(const struct rest_operation *op);
	struct rest_refusal refusal;
} forms[] = {
	{ is_any, { 0, ERR_SYNTAX } },
	{ is_any, { 0, ERR_BUSY } },
	{ takes_key, { 422, ERR_CONFLICT } },      /* the Idempotency-Key was used for another request */
	{ needs_session, { 0, ERR_DENIED } },      /* by cookie, from another site's page (web/session.h) */
	{ has_size, { 0, ERR_LIMIT } },
	{ has_limit, { 400, ERR_LIMIT } },
	{ has_json, { 415, ERR_UNSUPPORTED } },    /* RFC 9110, 15.5.16 */
	{ is_upload, { 412, ERR_VERSION } },       /* tus: another Tus-Resumable */
	{ is_download, { 416, ERR_LIMIT } },
	{ asks_store, { 0, ERR_IO } },
	{ asks_store, { 0, ERR_UNAVAILABLE } },
	{ asks_store, { 0, ERR_TIMEOUT } },
};

void
rest_operation_refusals(const struct rest_operation *op, struct rest_refusal out[REST_OPERATION_REFUSALS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].holds(op))
			out[n++] = forms[i].refusal;
	for (const int *e = op->errors; *e != 0; e++)
		if (*e != ERR_DENIED || !needs_session(op))
			out[n++] = (struct rest_refusal){ op->media == REST_MEDIA_TUS && *e == ERR_UNSUPPORTED ? 415 : 0, *e };
	require(n < REST_OPERATION_REFUSALS_MAX);
	for (size_t i = 0; i < n; i++)
		if (out[i].status == 0)
			out[i].status = err_http_status(out[i].err);
	out[n] = (struct rest_refusal){ 0, 0 };
}

const struct rest_operation *
rest_operation_find(const char *name)
{
	for (size_t i = 0; i < rest_operation_count(); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	panic("no operation %s", name);
}

void
rest_operation_bound(const struct rest_operation *op, const char *bound[REST_OPERATION_BOUND_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < HTTP_ROUTE_PARAMS_MAX && op->params[i] != NULL; i++)
		bound[n++] = op->params[i];
	for (const struct rest_query *q = op->query; q->name != NULL; q++)
		bound[n++] = q->field;
	bound[n] = NULL;
}
