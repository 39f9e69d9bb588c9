/* SPDX-License-Identifier: MIT */
/*
 * What clocks show in a time zone of the system's data base (RFC 8536 files), for many zones at once and from any
 * thread: the C library knows only one, the environment's.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

/* The data base. */
#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64

struct zone;

/*
 * Reads DIR/NAME ("Europe/Berlin"); a small file, no other waiting. *z_r owned. ERR_SYNTAX: no name of a zone, or no such
 * file's content; ERR_LIMIT: larger than any; ERR_NOT_FOUND, ERR_DENIED, ERR_IO.
 */
int zone_open(const char *dir, struct view name, struct zone **z_r) ERR_CHECK;
/* Seconds east of UTC at that time (seconds since 1970), less than a day. */
int32_t zone_offset_s(const struct zone *z, int64_t utc_s);
/* Takes *z, accepts NULL. */
void zone_free(struct zone **z);

#endif
