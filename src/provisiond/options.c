/* SPDX-License-Identifier: MIT */
/*
 * One table of options: parser, help, and (by a lint) the man page come from it.
 */
#include "config.h"

#include "provisiond/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "launch/problem.h"

#define DEFAULT_CONFIG SYSCONF_DIR "/provision/provision.conf"
#define NO_MODE (-1)

static const struct {
	const char *name;
	char letter;             /* 0: none */
	const char *argument;    /* NULL: none */
	int mode;                /* enum options_mode, or NO_MODE */
	const char *help;
} table[] = {
	{ "config", 'c', "FILE", NO_MODE, "read this configuration instead of " DEFAULT_CONFIG },
	{ "check-config", 0, NULL, OPTIONS_CHECK_CONFIG, "check configuration, certificate, keys and users, start nothing" },
	{ "check-jail", 0, NULL, OPTIONS_CHECK_JAIL, "try the jail of the processes on this kernel and say what is missing" },
	{ "no-jail", 0, NULL, NO_MODE, "start the processes without a jail: for debuggers and sanitizers only" },
	{ "print-default-config", 0, NULL, OPTIONS_PRINT_DEFAULT, "print a commented configuration with all defaults" },
	{ "make-master-key", 0, "FILE", OPTIONS_MAKE_MASTER_KEY, "make a new file with a random master key" },
	{ "version", 0, NULL, OPTIONS_VERSION, "print the version" },
	{ "help", 'h', NULL, OPTIONS_HELP, "print this" },
};

#define COUNT (sizeof(table) / sizeof(table[0]))
#define FIRST_VALUE 1000

static bool
complain(const char *what, const char *which)
{
	char shown[256];
	problem_escape(which, shown, sizeof(shown));
	(void)fprintf(stderr, "provisiond: %s%s\nusage: provisiond [-c FILE] [--no-jail], see provisiond --help\n", what, shown);
	return false;
}

/* getopt_long() has refused this word; it says by optopt which letter of it, or which option that takes no value. */
static bool
complain_of(int c, const char *word)
{
	char letter[3] = { '-', (char)optopt, '\0' };
	if (c == ':')
		return complain("an argument is missing: ", word);
	if (optopt >= FIRST_VALUE)
		return complain("this option takes no value: ", word);
	return complain("unknown option: ", optopt != 0 ? letter : word);
}

static bool
apply(struct options *o, size_t row, const char *argument)
{
	if (strcmp(table[row].name, "config") == 0)
		o->config_path = argument;
	else if (strcmp(table[row].name, "no-jail") == 0)
		o->is_unjailed = true;
	if (table[row].mode == NO_MODE)
		return true;
	if (o->mode != OPTIONS_RUN)
		return complain("one of these at a time: --", table[row].name);
	o->mode = (enum options_mode)table[row].mode;
	if (o->mode == OPTIONS_MAKE_MASTER_KEY)
		o->key_path = argument;
	return true;
}

bool
options_parse(int argc, char **argv, struct options *o_r)
{
	struct option longs[COUNT + 1] = { { NULL, 0, NULL, 0 } };
	char shorts[2 * COUNT + 2] = ":";
	for (size_t i = 0; i < COUNT; i++) {
		longs[i] = (struct option){ table[i].name, table[i].argument != NULL, NULL, FIRST_VALUE + (int)i };
		size_t n = strlen(shorts);
		if (table[i].letter != 0)
			(void)snprintf(shorts + n, sizeof(shorts) - n, "%c%s", table[i].letter, table[i].argument != NULL ? ":" : "");
	}
	*o_r = (struct options){ .mode = OPTIONS_RUN, .config_path = DEFAULT_CONFIG };
	opterr = 0;
	optind = 1;
	for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
		if (c == '?' || c == ':')
			return complain_of(c, argv[optind - 1]);
		size_t row = 0;
		while (row < COUNT && c != FIRST_VALUE + (int)row && c != table[row].letter)
			row++;
		if (row == COUNT || !apply(o_r, row, optarg))
			return false;
	}
	return optind == argc ? true : complain("unexpected argument: ", argv[optind]);
}

void
options_print_help(void)
{
	(void)printf("usage: provisiond [OPTION...]\nStarts and watches the processes of Provision. In the foreground; see provisiond(8).\n\n");
	for (size_t i = 0; i < COUNT; i++) {
		char left[64];
		(void)snprintf(left, sizeof(left), "%s%c%s --%s%s%s", table[i].letter != 0 ? "-" : " ",
		    table[i].letter != 0 ? table[i].letter : ' ', table[i].letter != 0 ? "," : " ", table[i].name,
		    table[i].argument != NULL ? " " : "", table[i].argument != NULL ? table[i].argument : "");
		(void)printf("  %-30s %s\n", left, table[i].help);
	}
}
