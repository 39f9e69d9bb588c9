/* SPDX-License-Identifier: MIT */
/*
 * A map from byte strings that a stranger chose to numbers. The hash is keyed with a random key, so that nobody can make
 * it slow. For use inside package/.
 */
#ifndef PACKAGE_TABLE_H
#define PACKAGE_TABLE_H

#include <stdint.h>

#include "base/view.h"

struct package_table;

struct package_table *package_table_new(void);
void package_table_free(struct package_table **t);
/* The value of key, or NULL; valid until the next package_table_add(). */
uint32_t *package_table_find(struct package_table *t, struct view key);
/* key must not be there. Copies it. */
void package_table_add(struct package_table *t, struct view key, uint32_t value);

#endif
