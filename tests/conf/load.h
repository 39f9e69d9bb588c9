/* SPDX-License-Identifier: MIT */
/*
 * For the tests of conf/: reads a configuration from a text.
 */
#ifndef TESTS_CONF_LOAD_H
#define TESTS_CONF_LOAD_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/conf.h"

/* What is required and has no default. */
#define LOAD_REQUIRED \
	"url = \"https://provision.example.org\"\n" \
	"mail_domain = provision.example.org\n" \
	"operator_mail = \"operator@example.org\"\n" \
	"certificate_file = /etc/provision/cert.pem\n" \
	"private_key_file = /etc/provision/key.pem\n" \
	"master_key_file = /etc/provision/master.key\n"
#define LOAD_REQUIRED_LINES 6

static inline int
load_bytes(const char *text, size_t len, struct conf **conf_r, struct conf_problem *problem_r)
{
	char name[] = "/tmp/provision-test-conf-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(file_write_full(fd, text, len), 0);
	file_close(&fd);
	int err = conf_parse_file(name, conf_r, problem_r);
	assert_string_equal(problem_r->file, name);
	assert_int_equal(unlink(name), 0);
	return err;
}

static inline int
load_text(const char *text, struct conf **conf_r, struct conf_problem *problem_r)
{
	return load_bytes(text, strlen(text), conf_r, problem_r);
}

/* A good configuration: the required options and these. */
static inline struct conf *
load_good(const char *more)
{
	char text[4096];
	struct conf *conf;
	struct conf_problem problem;
	assert_true(snprintf(text, sizeof(text), "%s%s", LOAD_REQUIRED, more) < (int)sizeof(text));
	if (load_text(text, &conf, &problem) != 0)
		fail_msg("line %u: %s: %s", problem.line, problem.option, problem.sentence);
	return conf;
}

#endif
