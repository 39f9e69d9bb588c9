/* SPDX-License-Identifier: MIT */
/*
 * Records at rest. A record is a protobuf message, padded, sealed with XChaCha20-Poly1305 under one data key, or
 * under two so that it ends with either (subscription x day). Table, key and the names of the data keys are
 * its associated data: a record cannot be put in another's place. Layout in spool/README.md.
 * Also: keyed hashes for looking things up, and the service's own derived secrets.
 */
#ifndef STORE_VAULT_H
#define STORE_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "store/index.h"
#include "store/keys.h"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct store_vault;

/* Borrows both for its life. Makes the service's and the look-up key at the first start (through one commit). */
int store_vault_open(struct store_index *index, struct store_keys *keys, struct store_vault **vault_r) ERR_CHECK;
void store_vault_close(struct store_vault **vault);

/*
 * Seals record under the data keys named (1 or 2, which must exist) and writes it at key.
 * ERR_NOT_FOUND, ERR_ERASED: a data key is not there. ERR_LIMIT: larger than STORE_VALUE_MAX.
 */
int store_vault_put(struct store_vault *vault, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *names, size_t name_count, const struct ProtobufCMessage *record) ERR_CHECK;
/* As _put(), but ERR_EXISTS when there is a record at key. */
int store_vault_insert(struct store_vault *vault, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *names, size_t name_count, const struct ProtobufCMessage *record) ERR_CHECK;
/*
 * The record at key, unpacked into arena memory; cast *record_r to the type. ERR_NOT_FOUND. ERR_ERASED: a data key was
 * destroyed; treat it as not there. ERR_CRYPTO: damaged (logged). ERR_LIMIT: arena full.
 */
int store_vault_get(struct store_vault *vault, struct store_txn *tx, enum store_table table, struct view key,
    const struct ProtobufCMessageDescriptor *type, struct arena *a, struct ProtobufCMessage **record_r) ERR_CHECK;
/* The same for a value that a cursor gave. */
int store_vault_open_value(struct store_vault *vault, enum store_table table, struct view key, struct view value,
    const struct ProtobufCMessageDescriptor *type, struct arena *a, struct ProtobufCMessage **record_r) ERR_CHECK;

/*
 * Whether a value as a cursor gave it is erased: a data key that it was sealed under is destroyed, or another has its name. The names of its
 * data keys: names_r, *count_r of them; none for a value that is no sealed record.
 */
#define STORE_VAULT_KEYS_MAX 2
bool store_vault_is_erased(struct store_vault *vault, struct store_txn *tx, struct view value,
    struct store_key_name names_r[STORE_VAULT_KEYS_MAX], size_t *count_r);

/* Keyed hash under the look-up key, for use as an index key: purpose names what data is ("address", "session"). */
struct hash store_vault_lookup(struct store_vault *vault, const char *purpose, struct view data);
/* A secret of the service that stays the same for its life, derived for purpose ("provision/1/store/..."): salts,
 * the gateway's signing key. Returns owned, CRYPT_KEY_BYTES. */
struct secret *store_vault_service_key(struct store_vault *vault, const char *purpose);

#endif
