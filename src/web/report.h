/* SPDX-License-Identifier: MIT */
/*
 * What this web process counts, sent to the store every few seconds and when the metrics are asked for: so that one process
 * can show the numbers of all. With the answer comes whether the store takes new things: the health that is shown.
 */
#ifndef WEB_REPORT_H
#define WEB_REPORT_H

#include <stdbool.h>

#include "base/arena.h"
#include "http/request.h"
#include "record/admin.pb-c.h"

struct web;
struct web_report;

/* Returns owned; begins to send when the store is attached. */
struct web_report *web_report_new(struct web *web);
/* Takes *r, accepts NULL. */
void web_report_free(struct web_report **r);
/* Sends now: a new link, or somebody wants to see. */
void web_report_send(struct web_report *r);
/* The store has gone: nothing is well until its next answer. */
void web_report_lost(struct web_report *r);
/* As http/server.h's answered(): counts it by operation and status. arg is the struct web. */
void web_report_answered(const struct http_request *request, int status, uint64_t bytes, uint64_t duration_ms, void *arg);
/* Everything counted so far. In arena memory. */
Provision__Report *web_report_make(const struct web_report *r, struct arena *arena);
/* The store answers and takes new things, as of its last answer, which is not old. */
bool web_report_is_well(const struct web_report *r);

/* GET /health: 200 "ok" or 503 "unavailable", and nothing more. */
void web_report_health(struct http_request *request, void *web);

#endif
