/* SPDX-License-Identifier: MIT */
/*
 * Uploads of package parts in the tus protocol, version 1.0.0 (core, creation, termination, expiration). The
 * store says where an upload stands and lends a descriptor to write to; an offset is told only after the
 * store has flushed it. All are handlers for rest/operation.h.
 */
#ifndef WEB_UPLOAD_H
#define WEB_UPLOAD_H

struct http_request;

/* POST: Upload-Length, Upload-Metadata "part <base64 of manifest, body or seal>". */
void web_upload_create(struct http_request *r, void *web);
void web_upload_head(struct http_request *r, void *web);
/* PATCH: opens, receives, closes, answers the durable offset. */
void web_upload_patch(struct http_request *r, void *web);
void web_upload_delete(struct http_request *r, void *web);
void web_upload_options(struct http_request *r, void *web);

#endif
