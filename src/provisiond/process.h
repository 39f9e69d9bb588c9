/* SPDX-License-Identifier: MIT */
/*
 * One process of a role: started, set up over its control channel, pinged, stopped, killed, started again. Whether it should
 * run is the supervisor's decision; when it is started again after a death is decided here (backoff.h).
 */
#ifndef PROVISIOND_PROCESS_H
#define PROVISIOND_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/loop.h"
#include "provisiond/context.h"
#include "provisiond/table.h"

struct process;

enum process_state {
	PROCESS_DOWN,            /* not running */
	PROCESS_WAITING,         /* not running, will be started again */
	PROCESS_STARTING,        /* running, not ready */
	PROCESS_READY,
	PROCESS_STOPPING,        /* told to end */
};

/* All from the loop; none may free the process. */
struct process_events {
	/* It is ready: links can be attached. */
	void (*ready)(void *arg, struct process *p);
	/*
	 * It has ended and been reaped; code: exit code, or 128 + signal. The callee says whether it is to be started again
	 * (process_restart()); otherwise it stays down.
	 */
	void (*gone)(void *arg, struct process *p, int code, bool was_ready);
	/* It says that a link is gone. */
	void (*link_lost)(void *arg, struct process *p, uint64_t link);
	/* Its answer to a reload: 0, or why it goes on with the old settings. Also when it dies before. */
	void (*reloaded)(void *arg, struct process *p, int err);
};

struct process *process_new(struct event_loop *loop, const struct role_row *row, size_t row_index, unsigned index,
    unsigned count, const struct context *context, const struct process_events *events, void *arg);
/* Takes *p, accepts NULL; must be down or waiting, else it is killed without waiting. */
void process_free(struct process **p);

void process_start(struct process *p);
/* Inside gone(): start again, at once or after the wait that its deaths have earned. */
void process_restart(struct process *p, bool is_done);
/* One end of a new link, taken. It must be ready. */
void process_attach(struct process *p, enum ipc_role peer, unsigned index, uint64_t link, int fd);
void process_detach(struct process *p, uint64_t link);
/* Sends the context's settings; reloaded() comes exactly once. It must be ready. */
void process_reload(struct process *p);
/* Sends the context's ticket key, if it is one that gets it. */
void process_send_ticket(struct process *p);
/* Told to finish within the table's time, then killed. A process that waits goes down. */
void process_stop(struct process *p);
void process_kill(struct process *p, const char *why);
/* Collects its death if it has died. */
void process_reap(struct process *p);

enum process_state process_state(const struct process *p);
const struct role_row *process_row(const struct process *p);
unsigned process_index(const struct process *p);
/* "web-1", "store" */
const char *process_name(const struct process *p);
pid_t process_pid(const struct process *p);
/* Messages it has not answered yet. */
size_t process_waiting(const struct process *p);
/* How often it was started again, but for a disposable one that had done its work. */
uint64_t process_restarts(const struct process *p);
/* Sends a SupervisorReport (borrowed). It must be ready. */
void process_report(struct process *p, const struct ProtobufCMessage *report);
/* Of the settings it runs with. */
uint64_t process_generation(const struct process *p);

#endif
