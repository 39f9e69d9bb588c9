/* SPDX-License-Identifier: MIT */
/*
 * The link in a notice: one click turns the notices off (RFC 8058). Looking at the page never does.
 */
#ifndef WEB_NOTICES_H
#define WEB_NOTICES_H

struct http_request;

/* POST by a mail program, or by the page's button. Any body: the token in the path is what counts. Answers the same whoever's it is. */
void web_notices_off(struct http_request *r, void *web);

#endif
