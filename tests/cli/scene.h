/* SPDX-License-Identifier: MIT */
/*
 * A call of a verb without a verb, and a temporary folder that is PROVISION_HOME and the current folder.
 */
#ifndef TESTS_CLI_SCENE_H
#define TESTS_CLI_SCENE_H

#include "cli/profile.h"
#include "tool/verb.h"

struct scene {
	struct tool_call call;
	struct cli_profile *profile;
	char path[64];
};

void scene_open(struct scene *s);
/* Removes the folder with all that is in it. */
void scene_close(struct scene *s);
/* Forgets that a failure was told. */
void scene_again(struct scene *s);
/* A file with this content, relative to the folder; folders above it are made. */
void scene_file(const char *path, const char *content);
/* Its content, NUL-terminated, static; NULL: there is none. */
const char *scene_read(const char *path);

#endif
