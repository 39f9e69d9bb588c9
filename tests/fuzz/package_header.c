/* SPDX-License-Identifier: MIT */
/*
 * package/header.h: there is one spelling of a header.
 */
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "package/header.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct package_header h;
	struct buf out;
	if (package_header_parse(view_of(data, size), &h) != 0)
		return 0;
	buf_init(&out, PACKAGE_HEADER_MAX);
	require(package_header_put(&h, &out) == 0);
	require(view_equal(buf_view(&out), view_of(data, size)));
	buf_deinit(&out);
	return 0;
}
