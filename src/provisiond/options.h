/* SPDX-License-Identifier: MIT */
/*
 * The command line of provisiond(8).
 */
#ifndef PROVISIOND_OPTIONS_H
#define PROVISIOND_OPTIONS_H

#include <stdbool.h>

enum options_mode { OPTIONS_RUN, OPTIONS_CHECK_CONFIG, OPTIONS_CHECK_JAIL, OPTIONS_PRINT_DEFAULT, OPTIONS_MAKE_MASTER_KEY,
	OPTIONS_VERSION, OPTIONS_HELP };

struct options {
	enum options_mode mode;
	const char *config_path;
	const char *key_path;    /* of OPTIONS_MAKE_MASTER_KEY */
	bool is_unjailed;
};

/* False: wrong, and said so on standard error. */
bool options_parse(int argc, char **argv, struct options *o_r);
void options_print_help(void);

#endif
