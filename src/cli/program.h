/* SPDX-License-Identifier: MIT */
/*
 * The whole of provision(1) but main().
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

/* Hardens the process, runs the verb of the command line, returns the exit code. */
int cli_program_main(int argc, char *const *argv);

#endif
