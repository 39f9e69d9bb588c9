/* SPDX-License-Identifier: MIT */
/*
 * What all handlers share in memory: the service's derived secrets, the limiter, the cost of a password, the stand-in
 * account. Made once after the vault, constant but for the limiter; thread-safe.
 */
#ifndef STORE_SERVICE_H
#define STORE_SERVICE_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/password.h"
#include "crypt/sign.h"
#include "store/call.h"
#include "store/limiter.h"
#include "store/report.h"
#include "store/store.h"

#define STORE_SALT_BYTES CRYPT_SERVER_SALT_BYTES
#define STORE_TOKEN_BYTES 32
/* Longest link to a page of the service: the URL's limit in conf/, a path and an id. */
#define STORE_LINK_MAX 512

struct store_service;

/* Derives the secrets and, at the first start, writes the stand-in account (through one commit). Borrows s for life. */
int store_service_open(struct store *s, struct store_service **service_r) ERR_CHECK;
void store_service_close(struct store_service **service);

struct store_limiter *store_service_limiter(const struct store_service *v);
struct store_reports *store_service_reports(const struct store_service *v);
const struct sign_public *store_service_sign_public(const struct store_service *v);
/* The service's signing key; lives as long as v. */
const struct secret *store_service_sign_private(const struct store_service *v);
/* What every account's password costs: one for all, so that it tells nothing about an address. */
struct crypt_cost store_service_cost(const struct store_service *v);
/*
 * An account that nobody has and whose authentication key nobody knows: what is read in place of something unknown, so that the
 * work is the same. It stands behind the last address (store/address.h). Never shown anywhere.
 */
struct id store_service_stand_in(const struct store_service *v);

/* Salt of a normalised address (mail_address_key()): the same for ever, known or not. */
void store_service_salt(const struct store_service *v, struct view address, uint8_t salt[STORE_SALT_BYTES]);
/* Keyed hash of an account's authentication key, as stored. */
struct hash store_service_auth_hash(const struct store_service *v, const struct id *account, struct view auth_key);
/* Keyed hash of a token, code or nonce of that purpose ("session"), as index key or stored value. */
struct hash store_service_token_hash(const struct store_service *v, const char *purpose, struct view token);
/* 32 bytes that only this service can make from data, the same every time ("registration"). */
struct hash store_service_derive(const struct store_service *v, const char *purpose, struct view data);

/* In prepare() of whatever an account changes. ERR_BUSY: it asks too often. */
int store_service_limit_account(struct store_call *c, const struct id *account) ERR_CHECK;

#endif
