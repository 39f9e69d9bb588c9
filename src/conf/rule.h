/* SPDX-License-Identifier: MIT */
/*
 * What options must hold together. Only conf/ includes this.
 */
#ifndef CONF_RULE_H
#define CONF_RULE_H

#include "conf/conf.h"

struct conf_rule {
	const char *option;      /* the one to blame */
	const char *sentence;
	bool (*is_broken)(const struct conf *conf);
};

/* The first rule that a complete configuration breaks, or NULL. */
const struct conf_rule *conf_rule_find_broken(const struct conf *conf);

#endif
