/* SPDX-License-Identifier: MIT */
/*
 * PartOpen, then Range. A part never changes once the package is complete, so its ETag is package and part.
 */
#include "web/download.h"

#include <stdio.h>

#include "base/mem.h"
#include "http/response.h"
#include "ipc/client.h"
#include "record/package.pb-c.h"
#include "web/call.h"
#include "web/route.h"
#include "web/web.h"

struct download {
	struct web *web;
	struct http_request *request;
};

static void
opened(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	struct download *d = arg;
	struct http_request *r = d->request;
	if (err != 0) {
		http_response_send_problem(r, err, NULL, NULL);
	} else {
		const struct id *package = &http_request_param(r, 0)->id;
		char etag[ID_TEXT_LEN + 8];
		snprintf(etag, sizeof(etag), "\"%s-%d\"", id_text(package).s, web_route_operation(d->web, r)->part);
		web_cut_watch(&d->web->cuts, package, r);
		http_response_send_range(r, HTTP_TYPE_BYTES, (struct view){ NULL, 0 }, fds[0],
		    ((const Provision__PartOpenReply *)(const void *)reply)->size, etag);
	}
	mem_free(&d);
}

void
web_download_handle(struct http_request *r, void *arg)
{
	struct web *web = arg;
	Provision__PartOpen m = PROVISION__PART_OPEN__INIT;
	int err = web_call_identify(r, &m.base, http_request_arena(r));
	if (err != 0) {
		http_response_send_problem(r, err, NULL, NULL);
		return;
	}
	struct download *d = mem_alloc(sizeof(*d));
	*d = (struct download){ .web = web, .request = r };
	const struct id *package = &http_request_param(r, 0)->id;
	m.package = (ProtobufCBinaryData){ .len = ID_BYTES, .data = (uint8_t *)(uintptr_t)package->bytes };
	m.part = (Provision__PackagePart)web_route_operation(web, r)->part;
	ipc_client_call(web->store, IPC_PART_OPEN, &m.base, NULL, web->store_timeout_ms, opened, d);
}
