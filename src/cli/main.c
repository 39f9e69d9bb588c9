/* SPDX-License-Identifier: MIT */
/*
 * provision(1). Everything is in cli/program.c, so that tests can link it otherwise.
 */
#include "cli/program.h"

int
main(int argc, char **argv)
{
	return cli_program_main(argc, argv);
}
