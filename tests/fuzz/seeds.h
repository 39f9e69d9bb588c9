/* SPDX-License-Identifier: MIT */
/*
 * The parts of the program that writes inputs for the harnesses.
 */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include <stdint.h>

#include "base/view.h"

/* Writes the byte and the rest to HARNESS/NAME below the folder of the program's argument. */
void seeds_write(const char *harness, const char *name, uint8_t first, struct view rest);
/* ipc_message, stored_record, rest_json: a message of every kind, filled by its limits. */
void seeds_records(void);

#endif
