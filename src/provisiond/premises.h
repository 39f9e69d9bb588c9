/* SPDX-License-Identifier: MIT */
/*
 * What provisiond itself never opens but its processes need at their start: the state directory, the authorities for the
 * relay. For --check-config, with the exit codes that the start would have.
 */
#ifndef PROVISIOND_PREMISES_H
#define PROVISIOND_PREMISES_H

#include "base/err.h"
#include "conf/conf.h"
#include "launch/problem.h"
#include "provisiond/users.h"

/* An enum err when a start would fail on them, and p says why. */
int premises_check(const struct conf *conf, const struct users *users, struct problem *p) ERR_CHECK;

#endif
