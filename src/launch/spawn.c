/* SPDX-License-Identifier: MIT */
/*
 * fork and exec: the child gets the control channel, standard descriptors and a fixed environment, default
 * signals, and nothing else that the parent holds. Called by provisiond and by tools that work without it.
 */
#include "config.h"

#include "launch/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ipc/frame.h"

#define CONTROL_FD 3

void
spawn_path(char out[SPAWN_PATH_MAX], const char *folder, const char *name)
{
	(void)snprintf(out, SPAWN_PATH_MAX, "%s/provision-%s", folder, name);
}

/* What a program may know of its surroundings. */
static char **
environment(void)
{
	static char path[] = "PATH=/usr/bin:/bin", language[] = "LANG=C.UTF-8";
	static char *fixed[8] = { path, language };
#ifdef WITH_SANITIZERS
	static const char *const passed[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
	static char texts[3][512];
	for (size_t i = 0, n = 2; i < 3; i++) {
		const char *value = getenv(passed[i]);
		if (value == NULL)
			continue;
		(void)snprintf(texts[i], sizeof(texts[i]), "%s=%s", passed[i], value);
		fixed[n++] = texts[i];
	}
#endif
	return fixed;
}

static void
default_signals(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &action, NULL);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: only calls that are safe after fork. */
static _Noreturn void
become(const char *path, int control)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		_exit(EX_OSERR);
	/* the copy is kept over exec, the original is not; if they are the same, close-on-exec goes */
	if (control == CONTROL_FD ? fcntl(control, F_SETFD, 0) != 0 : dup2(control, CONTROL_FD) < 0)
		_exit(EX_OSERR);
	/* no folder is kept busy */
	if (close_range(CONTROL_FD + 1, ~0U, 0) != 0 || chdir("/") != 0)
		_exit(EX_OSERR);
	default_signals();
	(void)execve(path, argv, environment());
	static const char text[] = "cannot execute ";
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)!write(STDERR_FILENO, path, strlen(path));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(EX_OSERR);
}

int
spawn_program(const char *path, pid_t *pid_r, int *control_r)
{
	int fds[2];
	int err = ipc_frame_pair(fds);
	if (err != ERR_OK)
		return err;
	pid_t pid = fork();
	if (pid == 0)
		become(path, fds[1]);
	if (pid < 0) {
		log_event(LOG_ERROR, "fork-failed", LOG_ERRNO(errno));
		file_close(&fds[0]);
		err = ERR_IO;
	}
	file_close(&fds[1]);
	*pid_r = pid;
	*control_r = fds[0];
	return err;
}
