/* SPDX-License-Identifier: MIT */
/*
 * tus on one side, UploadCreate/Get/Open/Close/Delete on the other. Owns the descriptor the store lends for
 * the time of one PATCH, never longer than the link it came over, and nothing else. The bytes go from TLS into the
 * spool file without being kept.
 */
#include "web/upload.h"

#include <stdio.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "http/response.h"
#include "http/tus.h"
#include "ipc/client.h"
#include "record/package.pb-c.h"
#include "web/call.h"
#include "web/route.h"
#include "web/web.h"

#define LOCATION "/api/v1/uploads/"
#define ARENA_MAX ((size_t)64 * 1024)

/* One PATCH on its way. Listed as long as it holds a descriptor. */
struct web_patch {
	struct web *web;
	struct web_patch *next, **back;  /* *back == this; back NULL: not listed */
	struct http_request *request;
	struct arena *arena;
	struct id upload;
	uint64_t room;          /* bytes the upload still takes */
	int fd;                 /* the store's file, ours until closed */
	int err;                /* why receiving ended; 0: the body was complete */
};

static ProtobufCBinaryData
id_bytes(const struct id *id)
{
	return (ProtobufCBinaryData){ .len = ID_BYTES, .data = (uint8_t *)(uintptr_t)id->bytes };
}

/* --- creation */

static const struct part {
	const char *name;
	Provision__PackagePart part;
} parts[] = {
	{ "manifest", PROVISION__PACKAGE_PART__PACKAGE_PART_MANIFEST },
	{ "body", PROVISION__PACKAGE_PART__PACKAGE_PART_BODY },
	{ "seal", PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL },
};

static void
created(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct http_request *r = arg;
	if (err != 0) {
		const struct web *web = http_request_context(r);
		struct http_problem_says says = web_call_says(web, web_route_operation(web, r), err, http_request_arena(r));
		http_tus_send_problem(r, err, &says);
		return;
	}
	const Provision__UploadReply *upload = (const void *)reply;
	struct id id;
	char location[sizeof(LOCATION) + ID_TEXT_LEN];
	if (id_from_view(view_of(upload->upload.data, upload->upload.len), &id) != 0) {
		http_tus_send_problem(r, ERR_IO, NULL);
		return;
	}
	snprintf(location, sizeof(location), LOCATION "%s", id_text(&id).s);
	http_tus_send_created(r, location, upload->expires_ms);
}

static Provision__PackagePart
part_of(const struct http_tus_creation *c)
{
	struct view name = http_tus_metadata(c, "part");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (name.data != NULL && view_equal_str(name, parts[i].name))
			return parts[i].part;
	return PROVISION__PACKAGE_PART__PACKAGE_PART_NONE;
}

void
web_upload_create(struct http_request *r, void *arg)
{
	struct web *web = arg;
	struct http_tus_creation creation;
	const char *field = NULL;
	if (!http_tus_accept(r))
		return;
	Provision__UploadCreate m = PROVISION__UPLOAD_CREATE__INIT;
	int err = http_tus_read_creation(r, UINT64_C(1) << 62, &creation, &field);
	if (err == 0 && (m.part = part_of(&creation)) == PROVISION__PACKAGE_PART__PACKAGE_PART_NONE) {
		err = ERR_SYNTAX;
		field = "Upload-Metadata.part";
	}
	if (err == 0)
		err = web_call_identify(r, &m.base, http_request_arena(r));
	if (err != 0) {
		http_tus_send_problem(r, err, &(struct http_problem_says){ .field = field });
		return;
	}
	m.package = id_bytes(&http_request_param(r, 0)->id);
	m.length = creation.length;
	http_request_set_context(r, web);
	ipc_client_call(web->store, IPC_UPLOAD_CREATE, &m.base, NULL, web->store_timeout_ms, created, r);
}

/* --- HEAD, DELETE, OPTIONS */

static void
state_known(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct http_request *r = arg;
	const Provision__UploadReply *upload = (const void *)reply;
	if (err != 0)
		http_tus_send_problem(r, err, NULL);
	else
		http_tus_send_state(r, upload->offset, upload->length, upload->expires_ms);
}

void
web_upload_head(struct http_request *r, void *arg)
{
	struct web *web = arg;
	Provision__UploadGet m = PROVISION__UPLOAD_GET__INIT;
	if (!http_tus_accept(r))
		return;
	int err = web_call_identify(r, &m.base, http_request_arena(r));
	if (err != 0) {
		http_tus_send_problem(r, err, NULL);
		return;
	}
	m.upload = id_bytes(&http_request_param(r, 0)->id);
	ipc_client_call(web->store, IPC_UPLOAD_GET, &m.base, NULL, web->store_timeout_ms, state_known, r);
}

static void
deleted(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)reply;
	(void)fds;
	struct http_request *r = arg;
	if (err != 0)
		http_tus_send_problem(r, err, NULL);
	else
		http_tus_send_deleted(r);
}

void
web_upload_delete(struct http_request *r, void *arg)
{
	struct web *web = arg;
	Provision__UploadDelete m = PROVISION__UPLOAD_DELETE__INIT;
	if (!http_tus_accept(r))
		return;
	int err = web_call_identify(r, &m.base, http_request_arena(r));
	if (err != 0) {
		http_tus_send_problem(r, err, NULL);
		return;
	}
	m.upload = id_bytes(&http_request_param(r, 0)->id);
	ipc_client_call(web->store, IPC_UPLOAD_DELETE, &m.base, NULL, web->store_timeout_ms, deleted, r);
}

void
web_upload_options(struct http_request *r, void *arg)
{
	const struct web *web = arg;
	http_tus_send_options(r, web_conf(web)->package_max_bytes);
}

/* --- PATCH: open, receive, close */

static void
borrow(struct web_patch *p, int fd)
{
	struct web_uploads *all = &p->web->uploads;
	p->fd = fd;
	p->next = all->first;
	p->back = &all->first;
	if (p->next != NULL)
		p->next->back = &p->next;
	all->first = p;
}

static void
give_back(struct web_patch *p)
{
	file_close(&p->fd);
	if (p->back == NULL)
		return;
	*p->back = p->next;
	if (p->next != NULL)
		p->next->back = p->back;
	p->back = NULL;
}

static void
patch_free(struct web_patch **p)
{
	give_back(*p);
	arena_free(&(*p)->arena);
	mem_free(p);
}

static void
patch_fail(struct web_patch *p, int err, const char *field)
{
	http_tus_send_problem(p->request, err, &(struct http_problem_says){ .field = field });
	patch_free(&p);
}

static void
closed(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct web_patch *p = arg;
	const Provision__UploadReply *upload = (const void *)reply;
	if (p->err != 0)
		err = p->err;
	if (err != 0) {
		patch_fail(p, err, NULL);
		return;
	}
	http_tus_send_offset(p->request, upload->offset, upload->expires_ms);
	patch_free(&p);
}

/* The store learns that nobody writes any more. */
static void
tell_closed(struct web_patch *p, ipc_client_callback *fn, void *arg)
{
	Provision__UploadClose m = PROVISION__UPLOAD_CLOSE__INIT;
	int err = web_call_identify(p->request, &m.base, p->arena);
	require(err == 0);       /* it worked for UploadOpen */
	m.upload = id_bytes(&p->upload);
	ipc_client_call(p->web->store, IPC_UPLOAD_CLOSE, &m.base, NULL, p->web->store_timeout_ms, fn, arg);
}

static void
nobody_waits(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)arg, (void)err, (void)reply, (void)fds;
}

/* Also after a broken connection: what came is flushed, so that the client can go on from there. */
static void
received(struct http_request *r, void *arg, int err, uint64_t bytes)
{
	(void)r;
	(void)bytes;
	struct web_patch *p = arg;
	p->err = err;
	give_back(p);
	tell_closed(p, closed, p);
}

static int
take(struct http_request *r, void *arg, struct view bytes)
{
	(void)r;
	struct web_patch *p = arg;
	if (bytes.len > p->room)
		return ERR_LIMIT;
	p->room -= bytes.len;
	return file_write_full(p->fd, bytes.data, bytes.len);
}

static void
opened(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	struct web_patch *p = arg;
	const Provision__UploadReply *upload = (const void *)reply;
	/* it may be granted all the same, and then nobody else would say that it is closed */
	if (err == ERR_TIMEOUT)
		tell_closed(p, nobody_waits, NULL);
	if (err != 0) {
		patch_fail(p, err, err == ERR_CONFLICT ? "Upload-Offset" : NULL);
		return;
	}
	borrow(p, fds[0]);
	p->room = upload->length - upload->offset;
	http_request_receive(p->request, take, received, p);
}

void
web_upload_patch(struct http_request *r, void *arg)
{
	struct web *web = arg;
	const char *field = NULL;
	Provision__UploadOpen m = PROVISION__UPLOAD_OPEN__INIT;
	if (!http_tus_accept(r))
		return;
	struct web_patch *p = mem_alloc(sizeof(*p));
	*p = (struct web_patch){ .web = web, .request = r, .fd = -1, .upload = http_request_param(r, 0)->id };
	p->arena = arena_new(ARENA_MAX);
	int err = http_tus_read_patch(r, &m.offset, &field);
	if (err == 0)
		err = web_call_identify(r, &m.base, p->arena);
	if (err != 0) {
		patch_fail(p, err, field);
		return;
	}
	m.upload = id_bytes(&p->upload);
	ipc_client_call(web->store, IPC_UPLOAD_OPEN, &m.base, NULL, web->store_timeout_ms, opened, p);
}

void
web_upload_end_all(struct web_uploads *all)
{
	while (all->first != NULL) {
		struct web_patch *p = all->first;
		http_request_receive_cancel(p->request);
		patch_fail(p, ERR_UNAVAILABLE, NULL);
	}
}
