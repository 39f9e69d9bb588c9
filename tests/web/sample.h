/* SPDX-License-Identifier: MIT */
/*
 * A message of any type with something in every field, made from its descriptor and its limits.
 */
#ifndef TESTS_WEB_SAMPLE_H
#define TESTS_WEB_SAMPLE_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"

/* In the arena. "caller" stays empty. Two calls give the same. */
ProtobufCMessage *sample_message(const ProtobufCMessageDescriptor *d, struct arena *arena);
/* The same but for "caller". */
bool sample_is_equal(const ProtobufCMessage *a, const ProtobufCMessage *b);

#endif
