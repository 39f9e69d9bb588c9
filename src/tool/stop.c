/* SPDX-License-Identifier: MIT */
/*
 * The one place that handles signals in the tools. Knows nothing of what is stopped.
 */
#include "tool/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t wanted;

static void
note(int number)
{
	wanted = number;
}

void
tool_stop_listen(void)
{
	static const int signals[] = { SIGINT, SIGHUP, SIGTERM };
	struct sigaction action = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool
tool_stop_is_wanted(void)
{
	return wanted != 0;
}

void
tool_stop_obey(void)
{
	if (wanted == 0)
		return;
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigemptyset(&usual.sa_mask);
	sigaction(wanted, &usual, NULL);
	raise(wanted);
}
