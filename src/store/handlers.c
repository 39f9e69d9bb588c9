/* SPDX-License-Identifier: MIT */
/*
 * The table of what the store does: a row per request and a row per kind of due item. What a request may answer beside
 * success stands above its row; every request of a person may also answer ERR_BUSY (the limiter, a full queue), every one
 * that adds data ERR_FULL and ERR_UNAVAILABLE (the mirror of the keys is gone).
 */
#include "store/handlers.h"

#include "store/handle.h"
#include "store/jobs.h"
#include "store/mailqueue.h"
#include "store/nonce.h"
#include "store/session.h"

#define WEB IPC_ROLE_BIT(IPC_ROLE_WEB)

static const struct store_handler requests[] = {
	{ IPC_SERVER_INFO, WEB, 0, handle_server_info, NULL },

	/* ERR_SYNTAX: not an address. */
	{ IPC_LOGIN_PARAMETERS, WEB, 0, handle_session_parameters, NULL },
	/* ERR_SYNTAX: address, locale, time zone or statement. ERR_VERSION, ERR_CRYPTO, ERR_TRUST: statement.
	 * ERR_UNSUPPORTED: another password cost than the service's. */
	{ IPC_REGISTRATION_CREATE, WEB, STORE_CALL_GROWS, handle_registration_create_check, handle_registration_create },
	/* ERR_LOGIN: unknown registration, token or code, or over. ERR_EXISTS: the account's id is taken. */
	{ IPC_REGISTRATION_VERIFY, WEB, STORE_CALL_GROWS, handle_registration_verify_check, handle_registration_verify },

	/* ERR_SYNTAX: not an address. ERR_LOGIN: unknown address or wrong password. */
	{ IPC_SESSION_OPEN, WEB, STORE_CALL_GROWS, handle_session_open_check, handle_session_open },
	/* ERR_LOGIN: no session (this and all below). */
	{ IPC_SESSION_CLOSE, WEB, 0, handle_session_close_check, handle_session_close },

	{ IPC_ACCOUNT_GET, WEB, 0, handle_account_get, NULL },
	{ IPC_PINS_GET, WEB, 0, handle_account_pins_get, NULL },
	/* ERR_CONFLICT: not the next version. */
	{ IPC_PINS_PUT, WEB, STORE_CALL_GROWS, handle_account_pins_put_check, handle_account_pins_put },
	/* ERR_SYNTAX: the action's name. */
	{ IPC_NONCE_CREATE, WEB, STORE_CALL_GROWS, handle_account_nonce_check, handle_account_nonce },
};

static const struct store_due_kind jobs[] = {
	{ STORE_JOB_KEY_FORGET, "key-forget", false, store_jobs_key_forget },
	{ STORE_JOB_REGISTRATION_END, "registration-end", true, handle_registration_end_job },
	{ STORE_JOB_SESSION_END, "session-end", false, store_session_end_job },
	{ STORE_JOB_NONCE_END, "nonce-end", false, store_nonce_end_job },
	{ STORE_JOB_MAIL, "mail", false, store_mailqueue_job },
	{ STORE_JOB_MAIL_FLUSH, "mail-flush", false, store_mailqueue_flush_job },
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
