/* SPDX-License-Identifier: MIT */
/*
 * Jobs worked on by threads and taken back in order, in bounded memory: a ring of slots. One thread (the caller's) fills, submits,
 * waits and releases; workers do the rest. For use inside package/.
 */
#ifndef PACKAGE_PIPELINE_H
#define PACKAGE_PIPELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "package/layout.h"

/* So many threads at most, however many cores there are: memory has a bound. */
#define PACKAGE_THREADS_MAX 5

struct package_slot {
	struct package_chunk chunk;
	uint8_t *in;              /* in_bytes of room, or NULL */
	size_t in_len;
	uint8_t *out;             /* out_bytes of room */
	size_t out_len;
	int mode;                 /* the caller's own */
	int err;                  /* what work() returned */
};

struct package_pipeline;

/* Does one job; thread: 0..count - 1, for what each thread has of its own. */
typedef int package_work(void *arg, unsigned thread, struct package_slot *slot);

/* How many threads a wish means: 0 = one per core; at most PACKAGE_THREADS_MAX. */
unsigned package_pipeline_threads(unsigned wish);
/* Starts threads (fatal when the machine has none); slots: threads + 2. Returns owned. */
struct package_pipeline *package_pipeline_new(unsigned threads, size_t in_bytes, size_t out_bytes, package_work *work,
    void *arg);
/* Lets running jobs end, drops the others, frees. Accepts NULL. */
void package_pipeline_free(struct package_pipeline **p);
/* A slot to fill, or NULL when all are in use. */
struct package_slot *package_pipeline_next(struct package_pipeline *p);
/* Hands the slot of the last _next() to the threads. */
void package_pipeline_submit(struct package_pipeline *p);
/* The oldest submitted slot, once it is done; NULL when none is submitted. Stays the same until released. */
struct package_slot *package_pipeline_wait(struct package_pipeline *p);
/* The same without waiting: NULL also when it is not done. */
struct package_slot *package_pipeline_ready(struct package_pipeline *p);
void package_pipeline_release(struct package_pipeline *p);

#endif
