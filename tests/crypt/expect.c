/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the crypto tests. The deterministic source is libsodium's own hook, so that no shipped file knows of
 * it; it is linked into test programs only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "crypt/expect.h"

void
expect_hex(struct view v, const char *hex)
{
	char got[2048];
	assert_true(v.len * 2 + 1 <= sizeof(got));
	text_hex(v, got);
	assert_string_equal(got, hex);
}

struct secret *
counting_secret(uint8_t first, size_t len)
{
	struct secret *s = secret_new(len);
	for (size_t i = 0; i < len; i++)
		secret_bytes(s)[i] = (uint8_t)(first + i);
	return s;
}

static uint64_t stream_seed;
static uint64_t stream_call;

static const char *
stream_name(void)
{
	return "deterministic";
}

static void
stream_buf(void *const buf, const size_t size)
{
	uint8_t seed[randombytes_SEEDBYTES] = { 0 };
	memcpy(seed, &stream_seed, sizeof(stream_seed));
	memcpy(seed + 8, &stream_call, sizeof(stream_call));
	stream_call++;
	randombytes_buf_deterministic(buf, size, seed);
}

static uint32_t
stream_u32(void)
{
	uint32_t v;
	stream_buf(&v, sizeof(v));
	return v;
}

void
deterministic_start(uint64_t seed)
{
	static randombytes_implementation stream = {
		.implementation_name = stream_name, .random = stream_u32, .buf = stream_buf,
	};
	stream_seed = seed;
	stream_call = 0;
	assert_int_equal(randombytes_set_implementation(&stream), 0);
}

void
deterministic_stop(void)
{
	assert_int_equal(randombytes_set_implementation(&randombytes_sysrandom_implementation), 0);
}
