/* SPDX-License-Identifier: MIT */
/*
 * provisiond: starts and watches the processes of Provision. Parses nothing from the network.
 */
#include "provisiond/run.h"

int
main(int argc, char **argv)
{
	return run_provisiond(argc, argv);
}
