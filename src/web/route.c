/* SPDX-License-Identifier: MIT */
/*
 * Ties operations to handlers. A row here only for what is more than a message there and back; everything else
 * goes through web/call.c.
 */
#include "web/route.h"

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "http/request.h"
#include "http/response.h"
#include "rest/document.h"
#include "web/call.h"
#include "web/download.h"
#include "web/events.h"
#include "web/notices.h"
#include "web/page.h"
#include "web/report.h"
#include "web/upload.h"
#include "web/web.h"

#define PATTERN_MAX 128
#define CLICK_MAX 4096      /* of a body that says "one click" in some way or other */

/* Written once, sent from where it lies: it is larger than what a connection may make us hold before login. */
static void
openapi(struct http_request *r, void *web)
{
	static struct buf document;
	int err = 0;
	(void)web;
	if (document.len == 0) {
		buf_init(&document, REST_DOCUMENT_MAX);
		err = rest_document_write(&document);
	}
	if (err == 0) {
		http_response_send_static(r, 200, HTTP_TYPE_JSON, buf_view(&document));
		return;
	}
	buf_deinit(&document);
	http_response_send_problem(r, err, NULL, NULL);
}

static const struct own {
	const char *operation;
	void (*handler)(struct http_request *r, void *web);
} owns[] = {
	{ "openapi", openapi },
	{ "createUpload", web_upload_create },
	{ "getUploadOptions", web_upload_options },
	{ "headUpload", web_upload_head },
	{ "patchUpload", web_upload_patch },
	{ "deleteUpload", web_upload_delete },
	{ "getUploadOptionsOfUpload", web_upload_options },
	{ "getManifest", web_download_handle },
	{ "getBody", web_download_handle },
	{ "getSeal", web_download_handle },
	{ "followEvents", web_events_handle },
};

/* Pages for people who follow a link without a client. */
static const struct http_route pages[] = {
	{ HTTP_GET, "/", HTTP_ROUTE_CACHED, HTTP_BODY_NONE, 0, web_page_handle, "home" },
	{ HTTP_GET, "/p/{id}", HTTP_ROUTE_CACHED, HTTP_BODY_NONE, 0, web_page_handle, "package" },
	{ HTTP_GET, "/v", HTTP_ROUTE_CACHED, HTTP_BODY_NONE, 0, web_page_handle, "verify" },
	{ HTTP_GET, "/i/{slug}", HTTP_ROUTE_CACHED, HTTP_BODY_NONE, 0, web_page_handle, "invitation" },
	{ HTTP_GET, "/health", 0, HTTP_BODY_NONE, 0, web_report_health, "health" },
	{ HTTP_GET, "/u/{token}", 0, HTTP_BODY_NONE, 0, web_page_handle, "notices" },
	{ HTTP_POST, "/u/{token}", 0, HTTP_BODY_ANY, CLICK_MAX, web_notices_off, "notices-off" },
	{ HTTP_GET, "/style.css", HTTP_ROUTE_CACHED, HTTP_BODY_NONE, 0, web_page_style, "style" },
};
#define PAGES (sizeof(pages) / sizeof(pages[0]))

static void
fill(struct http_route *route, const struct rest_operation *op, char *pattern)
{
	require((size_t)snprintf(pattern, PATTERN_MAX, REST_OPERATION_BASE "%s", op->pattern) < PATTERN_MAX);
	*route = (struct http_route){ .method = op->method, .pattern = pattern, .body = op->body, .body_max = op->body_max,
		.flags = op->needs_session ? HTTP_ROUTE_LOGIN : 0, .operation = op->name, .handler = web_call_handle };
	for (size_t i = 0; i < sizeof(owns) / sizeof(owns[0]); i++)
		if (strcmp(owns[i].operation, op->name) == 0)
			route->handler = owns[i].handler;
}

struct http_route *
web_route_table(size_t *n_r)
{
	size_t n = rest_operation_count();
	/* the patterns lie behind the rows */
	struct http_route *routes = mem_alloc((n + PAGES) * sizeof(*routes) + n * PATTERN_MAX);
	char *patterns = (char *)&routes[n + PAGES];
	for (size_t i = 0; i < n; i++)
		fill(&routes[i], rest_operation_at(i), patterns + i * PATTERN_MAX);
	memcpy(&routes[n], pages, sizeof(pages));
	*n_r = n + PAGES;
	return routes;
}

const struct rest_operation *
web_route_operation(const struct web *web, const struct http_request *r)
{
	return rest_operation_at((size_t)(http_request_route(r) - web->routes));
}
