/* SPDX-License-Identifier: MIT */
/*
 * The named socket of provisionctl: takes connections and says whose they are. Allowed: root, the user the store runs
 * as (all roles share it when the service was started by hand), members of the admin group. Nobody else.
 */
#ifndef STORE_CONTROL_H
#define STORE_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "event/loop.h"

struct store_control;

/* listener: nonblocking, borrowed. accepted: takes fd, a connection that is allowed. admin: has_admin says whether there
 * is such a group. Returns owned. */
struct store_control *store_control_start(struct event_loop *loop, int listener, bool has_admin, gid_t admin,
    void (*accepted)(void *arg, int fd), void *arg);
void store_control_stop(struct store_control **c);

#endif
