/* SPDX-License-Identifier: MIT */
/*
 * The loopback listener of the first web process, plain HTTP: /metrics (Prometheus text format 0.0.4) of all processes
 * and /health (web/report.h). Numbers only, nothing about anyone.
 */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include "http/server.h"

struct web;

/* A server with those two routes. Returns owned. */
struct http_server *web_metrics_new(struct web *web);

#endif
