/* SPDX-License-Identifier: MIT */
/*
 * A harness without libFuzzer: runs every file that is named, and every file of a folder that is named, once. A finding ends
 * the program with a signal, as it would under libFuzzer.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"

#define INPUT_MAX ((size_t)16 << 20)

static size_t count;

/* The copy has exactly the size of the file, so that memory checkers see reads beyond its end. */
static void
run_file(const char *path)
{
	struct stat st;
	size_t have = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || (size_t)st.st_size > INPUT_MAX)
		fatal(EXIT_FAILURE, "cannot read %s", path);
	size_t size = (size_t)st.st_size;
	uint8_t *bytes = mem_alloc(size);
	while (have < size) {
		ssize_t n = read(fd, bytes + have, size - have);
		if (n <= 0)
			fatal(EXIT_FAILURE, "cannot read %s", path);
		have += (size_t)n;
	}
	close(fd);
	if (getenv("FUZZ_VERBOSE") != NULL)
		fprintf(stderr, "%s\n", path);
	(void)LLVMFuzzerTestOneInput(bytes, size);
	mem_free(&bytes);
	count++;
}

static void
run_folder(const char *path)
{
	struct dirent **list;
	char name[PATH_MAX];
	int n = scandir(path, &list, NULL, alphasort);
	if (n < 0)
		fatal(EXIT_FAILURE, "cannot read %s", path);
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			require(snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name) < (int)sizeof(name));
			run_file(name);
		}
		free(list[i]);
	}
	free(list);
}

int
main(int argc, char **argv)
{
	struct stat st;
	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			run_folder(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%zu inputs\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
