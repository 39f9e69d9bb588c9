/* SPDX-License-Identifier: MIT */
/*
 * Prints the OpenAPI description. Build-time tool, not installed: src/rest/openapi.json is its output.
 */
#include <stdio.h>

#include "base/err.h"
#include "rest/document.h"

int
main(void)
{
	struct buf out;
	buf_init(&out, REST_DOCUMENT_MAX);
	int err = rest_document_write(&out);
	if (err == 0 && fwrite(out.data, 1, out.len, stdout) != out.len)
		err = ERR_IO;
	if (err == 0 && (putchar('\n') == EOF || fflush(stdout) != 0))
		err = ERR_IO;
	buf_deinit(&out);
	return err_exit_code(err);
}
