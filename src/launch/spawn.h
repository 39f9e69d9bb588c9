/* SPDX-License-Identifier: MIT */
/*
 * Starts a program with a control channel on descriptor 3 and nothing else that is ours.
 */
#ifndef LAUNCH_SPAWN_H
#define LAUNCH_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* Most bytes of a program's path. */
#define SPAWN_PATH_MAX 1100

/* "FOLDER/provision-NAME" */
void spawn_path(char out[SPAWN_PATH_MAX], const char *folder, const char *name);
/*
 * Forks and executes path; *control_r is our end of its channel. Standard input is /dev/null, output and error are
 * ours, the environment is fixed. ERR_IO: no socket pair or no process. A program that cannot be executed ends with
 * EX_OSERR and says so itself.
 */
int spawn_program(const char *path, pid_t *pid_r, int *control_r) ERR_CHECK;

#endif
