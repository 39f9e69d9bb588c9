/* SPDX-License-Identifier: MIT */
/*
 * Takes the token of the path to the store. Must not know whose it is. Called by the table of routes.
 */
#include "web/notices.h"

#include "base/mem.h"
#include "http/response.h"
#include "record/notice.pb-c.h"
#include "web/page.h"
#include "web/web.h"

struct click {
	const struct web *web;
	struct http_request *request;
};

static void
done(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	struct click *click = arg;
	(void)reply, (void)fds;
	if (err == 0)
		web_page_send(click->request, click->web, "notices-off");
	else
		http_response_send_problem(click->request, err, NULL, NULL);
	mem_free(&click);
}

void
web_notices_off(struct http_request *r, void *arg)
{
	struct web *web = arg;
	struct view token = http_request_param(r, 0)->text;
	Provision__NoticesOff m = PROVISION__NOTICES_OFF__INIT;
	struct click *click = mem_alloc(sizeof(*click));
	*click = (struct click){ web, r };
	m.token = (ProtobufCBinaryData){ .len = token.len, .data = (uint8_t *)(uintptr_t)token.data };
	ipc_client_call(web->store, IPC_NOTICES_OFF, &m.base, NULL, web->store_timeout_ms, done, click);
}
