/* SPDX-License-Identifier: MIT */
/*
 * New configuration and certificates for a running provisiond: everything is read and checked before anything
 * changes.
 */
#ifndef PROVISIOND_RELOAD_H
#define PROVISIOND_RELOAD_H

#include "base/err.h"
#include "provisiond/context.h"

/*
 * Reads the context's file again. On success conf and material are the new ones, options that need a restart keep their
 * running values (logged), and the generation is one more. ERR_CONFIG: nothing has changed, the reason is in the log.
 */
int reload_context(struct context *context) ERR_CHECK;

#endif
