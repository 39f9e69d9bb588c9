/* SPDX-License-Identifier: MIT */
/*
 * Where in a JSON text a byte stands; the text need not be JSON. For http/json.c.
 */
#ifndef HTTP_JSON_PLACE_H
#define HTTP_JSON_PLACE_H

#include <stddef.h>

#include "base/view.h"

/*
 * The field that holds the byte before at, as http_json_field() has it ("files[2].name"), NUL-terminated, into out of room bytes; as much of
 * it as is sure: "" where nothing is, and only what stands around a member whose name is not made of letters, digits, "_" and "-".
 */
void http_json_place(struct view text, size_t at, char *out, size_t room);

#endif
