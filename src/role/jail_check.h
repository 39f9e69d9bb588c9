/* SPDX-License-Identifier: MIT */
/*
 * provisiond --check-jail: what this kernel offers, and whether the jail holds on it.
 */
#ifndef ROLE_JAIL_CHECK_H
#define ROLE_JAIL_CHECK_H

#include <stdio.h>

#include "base/err.h"

/*
 * Tries everything in children and prints one line each. ERR_OK: the roles can be jailed here. ERR_UNSUPPORTED: something
 * that is needed is missing, or a forbidden act worked. ERR_IO: could not be tried.
 */
int role_jail_check(FILE *out) ERR_CHECK;

#endif
