/* SPDX-License-Identifier: MIT */
/*
 * conf/conf.h, conf_decode(): the configuration as a role gets it. What is accepted encodes, for the same roles, to a record
 * that means the same.
 */
#include "base/cursor.h"
#include "base/fatal.h"
#include "conf/conf.h"
#include "fuzz/fuzz.h"

#define HEAD_BYTES 5   /* magic and version, before the mask */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *first, *second;
	struct buf once, twice;
	if (conf_decode(view_of(data, size), &first) != 0)
		return 0;
	struct cursor c = cursor_of(view_slice(view_of(data, size), HEAD_BYTES, size));
	unsigned mask = cursor_u32(&c);
	buf_init(&once, CONF_RECORD_MAX);
	buf_init(&twice, CONF_RECORD_MAX);
	require(conf_encode(first, mask, &once) == 0);
	require(conf_decode(buf_view(&once), &second) == 0);
	require(conf_encode(second, mask, &twice) == 0);
	require(view_equal(buf_view(&once), buf_view(&twice)));
	require(conf_diff_reloadable(first, second, NULL, NULL) == 0);
	conf_free(&first);
	conf_free(&second);
	buf_deinit(&once);
	buf_deinit(&twice);
	return 0;
}
