/* SPDX-License-Identifier: MIT */
/*
 * Downloads of package parts: the store checks who asks and lends a read-only descriptor; the bytes go from
 * the file into TLS, by range. Erasing the package cuts the answer (web/cut.h).
 */
#ifndef WEB_DOWNLOAD_H
#define WEB_DOWNLOAD_H

struct http_request;

/* Handler of the rows with a part. */
void web_download_handle(struct http_request *r, void *web);

#endif
