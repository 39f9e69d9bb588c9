/* SPDX-License-Identifier: MIT */
/*
 * vectors make: prints the vectors of this implementation. vectors check FILE...: checks documents that any implementation
 * made. Exit 0 when everything holds.
 */
#include <stdio.h>
#include <string.h>

#include "crypt/init.h"
#include "vectors/json.h"
#include "vectors/vectors.h"

static int
make(void)
{
	json_t *doc = vectors_make();
	vectors_check(doc);
	int bad = json_dumpf(doc, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(doc);
	return bad == 0 && fflush(stdout) == 0 ? 0 : 1;
}

static int
check(const char *path)
{
	json_error_t error;
	json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (doc == NULL) {
		fprintf(stderr, "vectors: %s:%d: %s\n", path, error.line, error.text);
		return 1;
	}
	vectors_check(doc);
	json_decref(doc);
	printf("ok %s\n", path);
	return 0;
}

int
main(int argc, char **argv)
{
	int bad = 0;
	if (crypt_init() != 0)
		return 1;
	if (argc == 2 && strcmp(argv[1], "make") == 0) {
		bad = make();
	} else if (argc > 2 && strcmp(argv[1], "check") == 0) {
		for (int i = 2; i < argc && bad == 0; i++)
			bad = check(argv[i]);
	} else {
		fprintf(stderr, "usage: vectors make | vectors check FILE...\n");
		bad = 64;
	}
	forget_all();
	return bad;
}
