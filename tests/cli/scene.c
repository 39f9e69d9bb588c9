/* SPDX-License-Identifier: MIT */
#include "cli/scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "cli/install.h"
#include "crypt/init.h"

static const struct tool_program program = { .name = "scene" };

void
scene_open(struct scene *s)
{
	const char *tmp = getenv("TMPDIR");
	memset(s, 0, sizeof(*s));
	require(crypt_init() == 0);
	snprintf(s->path, sizeof(s->path), "%s/provision-scene-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	require(mkdtemp(s->path) != NULL && chdir(s->path) == 0 && setenv("PROVISION_HOME", s->path, 1) == 0);
	s->call = (struct tool_call){ .program = &program, .arena = arena_new(1 << 20) };
	require(cli_profile_open(&s->call, &s->profile) == 0);
}

void
scene_again(struct scene *s)
{
	s->call.is_told = false;
}

void
scene_close(struct scene *s)
{
	cli_profile_free(&s->profile);
	arena_free(&s->call.arena);
	require(chdir("/") == 0);
	cli_install_remove(AT_FDCWD, s->path);
	require(access(s->path, F_OK) != 0);
}

void
scene_file(const char *path, const char *content)
{
	char folder[4096];
	snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0755);
		*slash = '/';
	}
	FILE *f = fopen(path, "w");
	require(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0);
}

const char *
scene_read(const char *path)
{
	static char content[65536];
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	size_t n = fread(content, 1, sizeof(content) - 1, f);
	content[n] = '\0';
	fclose(f);
	return content;
}
