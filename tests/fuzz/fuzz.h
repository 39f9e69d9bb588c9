/* SPDX-License-Identifier: MIT */
/*
 * What every harness has. A harness is one file with LLVMFuzzerTestOneInput(): it gives the bytes to one parser and
 * checks with require() what must hold of whatever the parser accepts. It is linked with libFuzzer (--enable-fuzz) or
 * with replay.c, which runs the files of corpus/NAME/ once.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
