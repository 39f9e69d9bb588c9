/* SPDX-License-Identifier: MIT */
/*
 * The service manager, if there is one: state messages (sd_notify(3)), its watchdog, the sockets it opened for us. Without
 * systemd (or --without-systemd) everything here does nothing.
 */
#ifndef ROLE_NOTIFY_H
#define ROLE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when a manager listens ($NOTIFY_SOCKET). */
bool role_notify_is_managed(void);
/* True when standard error goes to the journal: log with priority prefixes. */
bool role_notify_has_journal(void);
void role_notify_ready(const char *status);
void role_notify_status(const char *status);
/* Reload begins; role_notify_ready() ends it. */
void role_notify_reloading(void);
void role_notify_stopping(void);
void role_notify_watchdog(void);
/* How often role_notify_watchdog() is expected, half of the time-out; 0: never. */
uint64_t role_notify_watchdog_ms(void);

/* A socket opened by the manager. */
struct role_notify_socket {
	int fd;                /* owned by the caller, close-on-exec */
	char name[32];         /* FileDescriptorName= */
};

/* At most max sockets into out; returns how many. Once: the environment is cleared. */
size_t role_notify_sockets(struct role_notify_socket *out, size_t max);

#endif
