/* SPDX-License-Identifier: MIT */
/*
 * Answers for tests/base/test_zone.py: lines "NAME SECONDS" on standard input, a line with the offset or the error's name for
 * each. zones FOLDER
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/zone.h"

int
main(int argc, char **argv)
{
	char line[512], last[512] = "";
	struct zone *z = NULL;
	int err = 0;

	require(argc == 2);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t len = strcspn(line, " ");
		long long at = strtoll(line + len, NULL, 10);
		line[len] = '\0';
		if (z == NULL || strcmp(line, last) != 0) {
			zone_free(&z);
			err = zone_open(argv[1], view_str(line), &z);
			memcpy(last, line, len + 1);
		}
		if (err != 0)
			printf("%s\n", err_name(err));
		else
			printf("%d\n", (int)zone_offset_s(z, at));
	}
	zone_free(&z);
	return 0;
}
