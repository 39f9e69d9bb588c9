/* SPDX-License-Identifier: MIT */
/*
 * conf/conf.h, conf_parse_file(): what an administrator may write. What is wrong is said in printable words; what is
 * accepted reaches every role.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/text.h"
#include "conf/conf.h"
#include "fuzz/fuzz.h"

static void
check_role(const struct conf *conf, unsigned mask)
{
	struct conf *decoded;
	struct buf once, twice;
	buf_init(&once, CONF_RECORD_MAX);
	buf_init(&twice, CONF_RECORD_MAX);
	require(conf_encode(conf, mask, &once) == 0);
	require(conf_decode(buf_view(&once), &decoded) == 0);
	require(conf_encode(decoded, mask, &twice) == 0);
	require(view_equal(buf_view(&once), buf_view(&twice)));
	conf_free(&decoded);
	buf_deinit(&once);
	buf_deinit(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned masks[] = { CONF_ROLE_PROVISIOND, CONF_ROLE_STORE, CONF_ROLE_WEB, CONF_ROLE_COURIER };
	char path[64];
	struct conf *conf = NULL;
	struct conf_problem problem;
	memset(&problem, 0, sizeof(problem));
	int fd = memfd_create("conf", MFD_CLOEXEC);
	require(fd >= 0 && file_write_full(fd, data, size) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_parse_file(path, &conf, &problem) == 0) {
		for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
			check_role(conf, masks[i]);
		conf_free(&conf);
	} else {
		require(conf == NULL && problem.sentence[0] != '\0');
		require(!text_has_control(view_str(problem.sentence)) && !text_has_control(view_str(problem.option)));
	}
	close(fd);
	return 0;
}
