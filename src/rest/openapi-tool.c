/* SPDX-License-Identifier: MIT */
/*
 * Prints the OpenAPI description, indented. Build-time tool, not installed: src/rest/openapi.json is its output.
 */
#include <stdio.h>

#include "base/err.h"
#include "rest/document.h"

static void
new_line(unsigned depth)
{
	putchar('\n');
	for (unsigned i = 0; i < depth; i++)
		putchar(' ');
}

/* Compact JSON in, one member or element a line out. */
static void
print_indented(struct view json)
{
	unsigned depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < json.len; i++) {
		char c = (char)json.data[i];
		bool is_closer = !in_string && (c == '}' || c == ']');
		if (is_closer)
			new_line(--depth);
		putchar(c);
		if (in_string && c == '\\' && i + 1 < json.len)
			putchar((char)json.data[++i]);
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			new_line(++depth);
		else if (!in_string && c == ',')
			new_line(depth);
		else if (!in_string && c == ':')
			putchar(' ');
	}
	putchar('\n');
}

int
main(void)
{
	struct buf out;
	buf_init(&out, REST_DOCUMENT_MAX);
	int err = rest_document_write(&out);
	if (err == 0)
		print_indented(buf_view(&out));
	if (err == 0 && (ferror(stdout) || fflush(stdout) != 0))
		err = ERR_IO;
	buf_deinit(&out);
	return err_exit_code(err);
}
