/* SPDX-License-Identifier: MIT */
/*
 * What we tell the service manager and get from it. The only file that knows libsystemd; built without it,
 * every function is there and does nothing. provisiond calls it; roles have no manager.
 */
#include "config.h"

#include "role/notify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef WITH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/clock.h"
#include "base/log.h"

bool
role_notify_has_journal(void)
{
	/* "device:inode" of the stream the manager connected us to */
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];
	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

#ifdef WITH_SYSTEMD

bool
role_notify_is_managed(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

static void
tell(const char *state)
{
	int result = sd_notify(0, state);
	if (result < 0)
		log_event(LOG_WARNING, "notify-failed", LOG_ERRNO(-result));
}

static void
tell_status(const char *prefix, const char *status)
{
	char line[512];
	(void)snprintf(line, sizeof(line), "%sSTATUS=%s", prefix, status);
	tell(line);
}

void
role_notify_ready(const char *status)
{
	tell_status("READY=1\n", status);
}

void
role_notify_status(const char *status)
{
	tell_status("", status);
}

void
role_notify_reloading(void)
{
	char line[128];
	/* must not lie before the manager's own time stamp: rounded up */
	(void)snprintf(line, sizeof(line), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, (clock_mono_ms() + 1) * 1000);
	tell(line);
}

void
role_notify_stopping(void)
{
	tell("STOPPING=1");
}

void
role_notify_watchdog(void)
{
	tell("WATCHDOG=1");
}

uint64_t
role_notify_watchdog_ms(void)
{
	uint64_t us = 0;
	return sd_watchdog_enabled(0, &us) > 0 ? us / 2000 : 0;
}

size_t
role_notify_sockets(struct role_notify_socket *out, size_t max)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);
	size_t taken = 0;
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		if (taken == max) {
			log_event(LOG_WARNING, "socket-surplus", LOG_S("name", names[i]));
			(void)close(fd);
		} else {
			out[taken].fd = fd;
			(void)snprintf(out[taken].name, sizeof(out[taken].name), "%s", names[i]);
			taken++;
		}
		free(names[i]);
	}
	free(names);
	return taken;
}

#else

bool
role_notify_is_managed(void)
{
	return false;
}

void
role_notify_ready(const char *status)
{
	(void)status;
}

void
role_notify_status(const char *status)
{
	(void)status;
}

void
role_notify_reloading(void)
{
}

void
role_notify_stopping(void)
{
}

void
role_notify_watchdog(void)
{
}

uint64_t
role_notify_watchdog_ms(void)
{
	return 0;
}

size_t
role_notify_sockets(struct role_notify_socket *out, size_t max)
{
	(void)out;
	(void)max;
	return 0;
}

#endif
