/* SPDX-License-Identifier: MIT */
/*
 * Uploads of package parts in the tus protocol, version 1.0.0 (core, creation, termination, expiration). The
 * store says where an upload stands and lends a descriptor to write to; an offset is told only after the
 * store has flushed it. All are handlers for rest/operation.h.
 */
#ifndef WEB_UPLOAD_H
#define WEB_UPLOAD_H

struct http_request;
struct web_patch;

/* The PATCHes that hold a descriptor. */
struct web_uploads {
	struct web_patch *first;
};

/* POST: Upload-Length, Upload-Metadata "part <base64 of manifest, body or seal>". */
void web_upload_create(struct http_request *r, void *web);
void web_upload_head(struct http_request *r, void *web);
/* PATCH: opens, receives, closes, answers the durable offset. */
void web_upload_patch(struct http_request *r, void *web);
void web_upload_delete(struct http_request *r, void *web);
void web_upload_options(struct http_request *r, void *web);
/*
 * The link over which the descriptors came is gone: they are closed, so that the store that starts again can grant them
 * anew, and the clients get ERR_UNAVAILABLE. What the store has not flushed it tells by its offset.
 */
void web_upload_end_all(struct web_uploads *all);

#endif
