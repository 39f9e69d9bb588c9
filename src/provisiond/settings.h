/* SPDX-License-Identifier: MIT */
/*
 * The settings of one kind of process as a message: the options and secrets its row grants, nothing else.
 */
#ifndef PROVISIOND_SETTINGS_H
#define PROVISIOND_SETTINGS_H

#include <stdbool.h>

#include "base/buf.h"
#include "provisiond/context.h"
#include "provisiond/table.h"
#include "record/control.pb-c.h"

struct settings {
	struct buf config;
	Provision__Settings message;     /* borrows config and the context's secrets */
};

/* The master key goes out with the first settings only. */
void settings_init(struct settings *s, const struct role_row *row, const struct context *context, bool is_first);
void settings_deinit(struct settings *s);
Provision__Settings *settings_message(struct settings *s);

#endif
