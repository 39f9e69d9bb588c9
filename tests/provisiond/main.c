/* SPDX-License-Identifier: MIT */
/*
 * provisiond with the table of this folder.
 */
#include "provisiond/run.h"

int
main(int argc, char **argv)
{
	return run_provisiond(argc, argv);
}
