/* SPDX-License-Identifier: MIT */
/*
 * Inside event/ only: GnuTLS's view of credentials, and a descriptor with or without TLS on it (link.c).
 */
#ifndef EVENT_TLS_BACKEND_H
#define EVENT_TLS_BACKEND_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "base/err.h"
#include "event/tls.h"

/*
 * A new session of these credentials, nonblocking, on fd (borrowed). host NULL: server side. The reference to the
 * credentials that the session needs is the caller's.
 */
gnutls_session_t event_tls_session(struct event_tls_credentials *c, int fd, const char *host);

#endif
