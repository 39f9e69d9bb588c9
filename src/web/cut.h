/* SPDX-License-Identifier: MIT */
/*
 * The downloads that are running, by package, so that erasing a package cuts them.
 */
#ifndef WEB_CUT_H
#define WEB_CUT_H

#include "base/id.h"
#include "http/response.h"

struct web_cut;

struct web_cuts {
	struct web_cut *first;
};

/* Registers the answer to r, which is about to be sent, until it has left. */
void web_cut_watch(struct web_cuts *cuts, const struct id *package, struct http_request *r);
/* Cuts every download of this package. */
void web_cut_package(struct web_cuts *cuts, const struct id *package);
/* Cuts all: while nobody can say what is erased, nothing goes on. A client asks again by range. */
void web_cut_all(struct web_cuts *cuts);

#endif
