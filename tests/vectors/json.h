/* SPDX-License-Identifier: MIT */
/*
 * JSON with bytes in hex, for the vector program. Everything that is not as expected ends the program with a message.
 */
#ifndef TESTS_VECTORS_JSON_H
#define TESTS_VECTORS_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"

/* Ends the program unless ok; where says what was looked at. */
void want(bool ok, const char *where);
/* err must be 0. */
void want_ok(int err, const char *where);

/* New members. */
void put_hex(json_t *o, const char *key, struct view v);
void put_text(json_t *o, const char *key, const char *s);
void put_int(json_t *o, const char *key, uint64_t v);
/* A new object or array under key, borrowed. */
json_t *put_object(json_t *o, const char *key);
json_t *put_array(json_t *o, const char *key);
/* A new object at the end of an array, borrowed. */
json_t *add_object(json_t *array);

/* Members that must be there. Views live as long as the document: decoded once, kept in a table. */
json_t *get(const json_t *o, const char *key);
struct view get_hex(const json_t *o, const char *key);
struct view get_text(const json_t *o, const char *key);
uint64_t get_int(const json_t *o, const char *key);
struct id get_id(const json_t *o, const char *key);
struct hash get_hash(const json_t *o, const char *key);
/* Owned by the caller. */
struct secret *get_secret(const json_t *o, const char *key);
/* The member must be these bytes. */
void want_hex(const json_t *o, const char *key, struct view v);
/* The element of an array whose member key is the text. */
json_t *find(const json_t *array, const char *key, const char *text);
/* Frees what get_hex() decoded. */
void forget_all(void);

#endif
