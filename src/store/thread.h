/* SPDX-License-Identifier: MIT */
/*
 * Threads of the store: small stacks, no signals. Only after the jail, in a process that gets one.
 */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Runs fn(arg) in a new thread; fatal when the system gives none. */
void store_thread_start(pthread_t *thread_r, void *(*fn)(void *arg), void *arg);
/* Waits for its end. */
void store_thread_join(pthread_t thread);
/* A condition whose timed waits follow CLOCK_MONOTONIC. */
void store_thread_cond_init(pthread_cond_t *cond);
/* Waits at most timeout_ms; true: signalled (or for no reason), false: time is over. lock is held. */
bool store_thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, unsigned timeout_ms);

#endif
