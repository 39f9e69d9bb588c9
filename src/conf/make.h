/* SPDX-License-Identifier: MIT */
/*
 * A new configuration for the parser and the decoder to fill. Only conf/ includes this.
 */
#ifndef CONF_MAKE_H
#define CONF_MAKE_H

#include "conf/conf.h"

/* Everything absent; owned by the caller, conf_free() it. */
struct conf *conf_make(void);

#endif
