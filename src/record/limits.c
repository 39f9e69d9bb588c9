/* SPDX-License-Identifier: MIT */
/*
 * Finds a message's limits in the tables that limits.awk made. Knows nothing of protobuf; ipc/check.c asks.
 */
#include "record/limits.h"

#include <stdlib.h>
#include <string.h>

#include "record/limits.inc"

static int
compare_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct limits_message *)row)->name);
}

const struct limits_message *
limits_find(const char *name)
{
	return bsearch(name, messages, sizeof(messages) / sizeof(messages[0]), sizeof(messages[0]), compare_name);
}

const struct limits_field *
limits_field_find(const struct limits_message *m, uint32_t number)
{
	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].number == number)
			return &m->fields[i];
	return NULL;
}
