/* SPDX-License-Identifier: MIT */
/*
 * Prints what is generated from the option table: "conf-tool default" is conf/provision.conf, "conf-tool
 * man" is src/conf/provision.conf.5. Runs while the program is developed and in its tests; not installed.
 */
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"

static const char MAN_HEAD[] =
    ".\\\" SPDX-License-Identifier: MIT\n"
    ".\\\" Made by src/conf/conf-tool.c from the option table: change it there.\n"
    ".Dd November 23, 2026\n"
    ".Dt PROVISION.CONF 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm provision.conf\n"
    ".Nd configuration of provisiond\n"
    ".Sh DESCRIPTION\n"
    ".Xr provisiond 8\n"
    "reads this file when it starts and when it is told to reload, and sends each of its processes the options\n"
    "that process needs.\n"
    "It is UTF-8 text of at most 256 KiB.\n"
    "Each option is given at most once, as\n"
    ".Ic name = value ;\n"
    "lists stand in braces, their items separated by commas.\n"
    "Values may stand in single or double quotes, and must where they hold blanks or one of\n"
    ".Ql #{},=+() .\n"
    "Quotes end on their line.\n"
    "Outside of single quotes\n"
    ".Li ${NAME}\n"
    "is replaced by the environment variable of that name.\n"
    "A comment begins with\n"
    ".Ql #\n"
    "and ends with its line.\n"
    ".Pp\n"
    "An unknown option, a value of the wrong type or out of its limits, and a required option that is missing\n"
    "are errors: nothing is started, and a reload changes nothing.\n"
    ".Sh OPTIONS\n";

static const char MAN_TAIL[] =
    ".Sh FILES\n"
    ".Bl -tag -width Ds\n"
    ".It Pa /etc/provision/provision.conf\n"
    "The file that is read where no other is named.\n"
    ".It Pa /etc/provision/provision.conf.example\n"
    "All options with their defaults.\n"
    ".El\n"
    ".Sh SEE ALSO\n"
    ".Xr provisionctl 8 ,\n"
    ".Xr provisiond 8\n";

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "default") == 0) {
		conf_print_default(stdout);
	} else if (argc == 2 && strcmp(argv[1], "man") == 0) {
		(void)fputs(MAN_HEAD, stdout);
		conf_print_man_table(stdout);
		(void)fputs(MAN_TAIL, stdout);
	} else {
		(void)fputs("usage: conf-tool default | man\n", stderr);
		return err_exit_code(ERR_USAGE);
	}
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : err_exit_code(ERR_IO);
}
