/* SPDX-License-Identifier: MIT */
/*
 * App passwords (A7): made by the service, for programs that can do nothing but name and password. They stand for the account where
 * mail is submitted or fetched, and nowhere else: they open no session, are no token, open no key and change nothing. No role
 * asks yet; the check is here so that what an app password cannot do is tested against what it can.
 *
 * 100 random bits as base32, in 5 groups of 4 joined by "-"; kept as a keyed hash.
 */
#ifndef STORE_APP_PASSWORD_H
#define STORE_APP_PASSWORD_H

#include "base/err.h"
#include "base/id.h"
#include "crypt/hash.h"
#include "record/common.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"

#define STORE_APP_PASSWORDS_MAX 20U
#define STORE_APP_PASSWORD_CHARS 24

/*
 * prepare() only: the account that a program names by its address and this app password. Guesses are slowed like those of a login,
 * whatever is known of the address. ERR_LOGIN: unknown address, no such app password of it, locked. ERR_BUSY. ERR_SYNTAX: not an
 * address.
 */
int store_app_password_check(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData email,
    ProtobufCBinaryData password, struct id *account_r) ERR_CHECK;
/* apply() only: another one, as text with a NUL. ERR_STATE: account has STORE_APP_PASSWORDS_MAX already. */
int store_app_password_make(struct store_call *c, const struct id *account, ProtobufCBinaryData name, struct id *id_r,
    char password_r[STORE_APP_PASSWORD_CHARS + 1]) ERR_CHECK;
/* Calls fn for each of account's until it returns something else than 0: that is returned. Records live in c's arena. */
int store_app_password_each(struct store_call *c, const struct id *account,
    int (*fn)(void *arg, const struct hash *hash, const Provision__StoredAppPassword *r), void *arg) ERR_CHECK;
unsigned store_app_password_count(struct store_call *c, const struct id *account);
/* Whether account has one of that id: 0 or ERR_NOT_FOUND. In apply() it ends. */
int store_app_password_end(struct store_call *c, const struct id *account, const struct id *id) ERR_CHECK;
/* apply() only. */
int store_app_password_end_all(struct store_call *c, const struct id *account) ERR_CHECK;

#endif
