/* SPDX-License-Identifier: MIT */
/*
 * Hardening that needs no privilege and no library. The first thing in a tool's main(). (The roles' own, with
 * their jail, is role/jail.h.)
 */
#include "tool/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void
tool_process_harden(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
#ifndef WITH_SANITIZERS
	/* the leak checker of the sanitizers has to trace its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
