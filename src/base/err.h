/* SPDX-License-Identifier: MIT */
/*
 * Expected failures: what a peer, a file or an input can cause. Every function that can fail this way
 * returns 0 or one of these (negative), is marked ERR_CHECK, and gives results through _r parameters.
 * One table (err.c) gives each its name, its HTTP status, its exit code (sysexits.h) and its SMTP reply.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_CHECK __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_SYNTAX = -1,         /* malformed input */
	ERR_LIMIT = -2,          /* larger or more than allowed */
	ERR_NOT_FOUND = -3,      /* no such thing, or none that the caller may know of */
	ERR_EXISTS = -4,         /* there already, and never overwritten */
	ERR_STATE = -5,          /* not possible in the object's present state */
	ERR_LOGIN = -6,          /* no valid session, wrong password or code */
	ERR_DENIED = -7,         /* authenticated, but not allowed */
	ERR_CRYPTO = -8,         /* decryption or signature failed: wrong key or changed data */
	ERR_ERASED = -9,         /* its key has been destroyed */
	ERR_CONFLICT = -10,      /* changed by somebody else meanwhile (version, offset, idempotency key) */
	ERR_BUSY = -11,          /* try again later: queue full, limiter, second writer */
	ERR_FULL = -12,          /* disk or quota full */
	ERR_IO = -13,            /* the operating system failed us; errno was logged */
	ERR_CLOSED = -14,        /* the peer or the link is gone */
	ERR_TIMEOUT = -15,
	ERR_VERSION = -16,       /* made by a newer program */
	ERR_TRUST = -17,         /* a key, certificate or record is not the one that was promised */
	ERR_UNAVAILABLE = -18,   /* a needed part is down: mirror, relay, store */
	ERR_UNSUPPORTED = -19,   /* well-formed, but not something we do */
	ERR_CHANGED = -20,       /* a local file changed while it was read */
	ERR_USAGE = -21,         /* wrong command line */
	ERR_CONFIG = -22,        /* wrong configuration */
	ERR_SECOND = -23,        /* the second factor is missing or wrong; everything else was right */
	ERR_LAST = -24           /* keep at the end: one below the lowest */
};

/* Stable lower-case name ("not-found"), used in logs, problem+json types and --json output; never NULL. */
const char *err_name(int err);
/* One English sentence without a full stop, for people. */
const char *err_text(int err);
/* HTTP status (400..507); 200 for ERR_OK. */
int err_http_status(int err);
/* Exit code as documented in the man pages (sysexits.h). */
int err_exit_code(int err);
/* SMTP reply code and enhanced status ("451 4.3.0") without text. */
const char *err_smtp_reply(int err);
/* The nearest enum err for an errno value: ENOENT, EEXIST, ENOSPC/EDQUOT, EACCES/EPERM, else ERR_IO. */
int err_from_errno(int saved_errno);

#endif
