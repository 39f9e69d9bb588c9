/* SPDX-License-Identifier: MIT */
/*
 * Comparison whose time does not depend on the bytes. Lengths are public.
 */
#ifndef CRYPT_EQUAL_H
#define CRYPT_EQUAL_H

#include <stdbool.h>

#include "base/view.h"

bool crypt_equal(struct view a, struct view b);

#endif
