/* SPDX-License-Identifier: MIT */
/*
 * The one table of expected failures: what each is called, and how it is told to people, HTTP clients,
 * shells and mail servers. Must not know who failed or why. Everybody calls it, below everything else.
 *
 * Exit codes are those of sysexits.h; the man pages of all programs document them in these words:
 *
 *    0 EX_OK           done
 *   64 EX_USAGE        wrong command line
 *   65 EX_DATAERR      input, or what was asked for, cannot be accepted: malformed, too large, damaged,
 *                      of a newer version, or not possible in the present state
 *   66 EX_NOINPUT      no such file or thing, or it has been erased
 *   69 EX_UNAVAILABLE  a needed service cannot be reached
 *   70 EX_SOFTWARE     a mistake in the program
 *   71 EX_OSERR        the machine has no memory or no processes left
 *   73 EX_CANTCREAT    the target exists already, or the disk or quota is full
 *   74 EX_IOERR        reading or writing failed
 *   75 EX_TEMPFAIL     try again: busy, timed out, or changed meanwhile
 *   76 EX_PROTOCOL     a key, certificate or record is not the one that was promised
 *   77 EX_NOPERM       not logged in, or not allowed
 *   78 EX_CONFIG       wrong configuration
 */
#include "base/err.h"

#include <errno.h>
#include <stddef.h>
#include <sysexits.h>

struct err_row {
	const char *name;
	const char *text;
	const char *smtp;
	int http;
	int exit_code;
};

static const struct err_row ROWS[] = {
	[-ERR_OK]          = { "ok", "Done", "250 2.0.0", 200, EX_OK },
	[-ERR_SYNTAX]      = { "syntax", "The input is malformed", "501 5.5.2", 400, EX_DATAERR },
	[-ERR_LIMIT]       = { "limit", "This is larger or more than allowed", "552 5.3.4", 413, EX_DATAERR },
	[-ERR_NOT_FOUND]   = { "not-found", "There is no such thing", "550 5.1.1", 404, EX_NOINPUT },
	[-ERR_EXISTS]      = { "exists", "It exists already", "554 5.5.0", 409, EX_CANTCREAT },
	[-ERR_STATE]       = { "state", "This is not possible in the present state", "503 5.5.1", 409, EX_DATAERR },
	[-ERR_LOGIN]       = { "login", "Login is needed, or address, password or code is wrong", "535 5.7.8", 401, EX_NOPERM },
	[-ERR_DENIED]      = { "denied", "This is not allowed", "550 5.7.1", 403, EX_NOPERM },
	[-ERR_CRYPTO]      = { "crypto", "Decryption or signature check failed: wrong key or changed data", "554 5.7.5", 422, EX_DATAERR },
	[-ERR_ERASED]      = { "erased", "This has been erased", "550 5.2.1", 410, EX_NOINPUT },
	[-ERR_CONFLICT]    = { "conflict", "Somebody else changed it meanwhile", "451 4.3.0", 409, EX_TEMPFAIL },
	[-ERR_BUSY]        = { "busy", "Too much at once: try again later", "451 4.3.2", 429, EX_TEMPFAIL },
	[-ERR_FULL]        = { "full", "The disk or the quota is full", "452 4.3.1", 507, EX_CANTCREAT },
	[-ERR_IO]          = { "io", "Reading or writing failed", "451 4.3.0", 500, EX_IOERR },
	[-ERR_CLOSED]      = { "closed", "The connection was closed", "421 4.4.2", 503, EX_UNAVAILABLE },
	[-ERR_TIMEOUT]     = { "timeout", "It took too long", "451 4.4.2", 504, EX_TEMPFAIL },
	[-ERR_VERSION]     = { "version", "It was made by a newer version of the program", "554 5.6.1", 422, EX_DATAERR },
	[-ERR_TRUST]       = { "trust", "A key, certificate or record is not the one that was promised", "554 5.7.0", 422, EX_PROTOCOL },
	[-ERR_UNAVAILABLE] = { "unavailable", "A needed service cannot be reached", "451 4.4.0", 503, EX_UNAVAILABLE },
	[-ERR_UNSUPPORTED] = { "unsupported", "This is not supported", "504 5.5.4", 501, EX_DATAERR },
	[-ERR_CHANGED]     = { "changed", "The file changed while it was read", "451 4.3.0", 409, EX_TEMPFAIL },
	[-ERR_USAGE]       = { "usage", "The command line is wrong", "501 5.5.4", 400, EX_USAGE },
	[-ERR_SECOND]      = { "second-factor", "A code of the second factor is needed", "535 5.7.8", 401, EX_NOPERM },
	[-ERR_CONFIG]      = { "config", "The configuration is wrong", "451 4.3.5", 500, EX_CONFIG },
};

static const struct err_row UNKNOWN = { "unknown", "A mistake in the program", "451 4.3.0", 500, EX_SOFTWARE };

_Static_assert(sizeof(ROWS) / sizeof(ROWS[0]) == -ERR_LAST, "one row for each enum err");

static const struct err_row *
row_of(int err)
{
	return err <= 0 && err > ERR_LAST ? &ROWS[-err] : &UNKNOWN;
}

const char *
err_name(int err)
{
	return row_of(err)->name;
}

const char *
err_text(int err)
{
	return row_of(err)->text;
}

int
err_http_status(int err)
{
	return row_of(err)->http;
}

int
err_exit_code(int err)
{
	return row_of(err)->exit_code;
}

const char *
err_smtp_reply(int err)
{
	return row_of(err)->smtp;
}

static const struct {
	int number;
	enum err err;
} ERRNOS[] = {
	{ ENOENT, ERR_NOT_FOUND },
	{ ENOTDIR, ERR_NOT_FOUND },
	{ ENAMETOOLONG, ERR_NOT_FOUND },
	{ EEXIST, ERR_EXISTS },
	{ ENOSPC, ERR_FULL },
	{ EDQUOT, ERR_FULL },
	{ EACCES, ERR_DENIED },
	{ EPERM, ERR_DENIED },
};

int
err_from_errno(int saved_errno)
{
	for (size_t i = 0; i < sizeof(ERRNOS) / sizeof(ERRNOS[0]); i++)
		if (ERRNOS[i].number == saved_errno)
			return ERRNOS[i].err;
	return ERR_IO;
}
