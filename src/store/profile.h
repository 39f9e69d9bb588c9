/* SPDX-License-Identifier: MIT */
/*
 * What a profile may hold.
 */
#ifndef STORE_PROFILE_H
#define STORE_PROFILE_H

#include "base/err.h"
#include "base/view.h"
#include "store/call.h"

/* ERR_SYNTAX: no language of ours, or not the name of a time zone; blames the field. */
int store_profile_check(struct store_call *c, struct view locale, struct view time_zone) ERR_CHECK;

#endif
