/* SPDX-License-Identifier: MIT */
/*
 * The misbehaving server fake.py, as a child process.
 */
#ifndef TESTS_API_FAKE_H
#define TESTS_API_FAKE_H

#include <stdint.h>
#include <sys/types.h>

#include "api/client.h"

#define FAKE_SIZE 1000003u   /* of every body */

struct fake {
	pid_t pid;
	int input;
	char folder[64];
	char url[64], ca[96], other_ca[96];
	uint16_t port;
};

void fake_start(struct fake *f);
void fake_stop(struct fake *f);
/* A client of it that tries again for so long. */
struct api_client *fake_client(const struct fake *f, uint32_t patience_ms);
/* The id of a package that is treated so; each call gives a new one. */
struct id fake_package(uint8_t scenario);
/* The bytes of every body; static. */
const uint8_t *fake_body(void);

#endif
