/* SPDX-License-Identifier: MIT */
/*
 * What client.c shares with upload.c and download.c.
 */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/client.h"
#include "api/retry.h"
#include "api/transfer.h"

#define API_BASE "/api/v1"
#define API_PATH_MAX 1024

struct api_client {
	struct api_transport *transport;
	char *host;
	struct api_patience patience;
	struct http_problem problem;     /* of the last failed call */
};

/* The enum err of an answer that was not the wanted one; keeps what it says as the client's problem. */
int api_internal_fail(struct api_client *c, const struct api_answer *a);

#endif
