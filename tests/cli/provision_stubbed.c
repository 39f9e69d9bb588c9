/* SPDX-License-Identifier: MIT */
/*
 * provision(1) linked with a bulk cipher that copies (crypt/bulk_stub.c): the control of scenario/canary.py. Never
 * installed.
 */
#include "cli/program.h"

int
main(int argc, char **argv)
{
	return cli_program_main(argc, argv);
}
