/* SPDX-License-Identifier: MIT */
/*
 * One random key between two commands: in the kernel's user keyring (keyrings(7)), where no disk ever sees it and a
 * restart of the machine erases it; or, where there is no keyring or PROVISION_KEYRING=none, in a 0600 file.
 */
#ifndef CLI_KEYRING_H
#define CLI_KEYRING_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypt/secret.h"

/*
 * Makes and keeps a key under id; file: its name in folder where there is no keyring. end_ms: wall time at which the keyring may
 * drop it. *key_r owned, CRYPT_KEY_BYTES.
 */
int cli_keyring_make(int folder, const char *file, const struct id *id, uint64_t end_ms, struct secret **key_r) ERR_CHECK;
/* ERR_NOT_FOUND: it is gone. */
int cli_keyring_get(int folder, const char *file, const struct id *id, struct secret **key_r) ERR_CHECK;
/* Erases it, wherever it is. */
void cli_keyring_erase(int folder, const char *file, const struct id *id);

#endif
