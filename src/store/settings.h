/* SPDX-License-Identifier: MIT */
/*
 * The settings in force. A reload puts a new snapshot in place; whoever holds the old one keeps it until it gives it
 * back. Thread-safe.
 */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include "store/store.h"

struct store_settings_box;

/* Copies both; either may be NULL. Returns owned. */
struct store_settings_box *store_settings_new(const struct conf *conf, const struct secret *relay_password);
/* Takes *box, accepts NULL. Every snapshot must have been given back. */
void store_settings_free(struct store_settings_box **box);
/* A new snapshot from now on; copies both. */
void store_settings_replace(struct store_settings_box *box, const struct conf *conf,
    const struct secret *relay_password);
/* The snapshot in force, held until _put(). */
const struct store_settings *store_settings_get(struct store_settings_box *box);
/* Gives *settings back, clears it, accepts NULL. */
void store_settings_put(struct store_settings_box *box, const struct store_settings **settings);

#endif
