/* SPDX-License-Identifier: MIT */
/*
 * provisiond from its command line to its exit code: main() calls nothing else, and so does the test's.
 */
#ifndef PROVISIOND_RUN_H
#define PROVISIOND_RUN_H

int run_provisiond(int argc, char **argv);

#endif
