/* SPDX-License-Identifier: MIT */
/*
 * The index on its way from the store to a backup: whole files one behind the other through a pipe. A head says what
 * follows; a stream that ends without its end mark was broken off.
 */
#ifndef STATE_STREAM_H
#define STATE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define STATE_STREAM_NAME_MAX 40
#define STATE_STREAM_HEAD_BYTES (1 + 1 + STATE_STREAM_NAME_MAX + 8)

struct state_stream_head {
	char name[STATE_STREAM_NAME_MAX + 1];   /* "": the end mark */
	uint64_t bytes;                         /* that many follow */
};

/* name: at most STATE_STREAM_NAME_MAX bytes, empty for the end mark. */
void state_stream_head_encode(const char *name, uint64_t bytes, uint8_t out[STATE_STREAM_HEAD_BYTES]);
/* ERR_SYNTAX. */
int state_stream_head_decode(const uint8_t in[STATE_STREAM_HEAD_BYTES], struct state_stream_head *head_r) ERR_CHECK;

#endif
