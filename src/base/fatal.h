/* SPDX-License-Identifier: MIT */
/*
 * The two ends of a process. panic(): a bug of ours (abort, so that the supervisor sees a signal).
 * fatal(): the role cannot go on (message to the log, exit code). require() stays in release builds.
 */
#ifndef BASE_FATAL_H
#define BASE_FATAL_H

#define FATAL_FORMAT(f, a) __attribute__((format(printf, f, a)))

_Noreturn void panic_at(const char *file, int line, const char *fmt, ...) FATAL_FORMAT(3, 4);
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
#define require(x) ((x) ? (void)0 : panic("require failed: %s", #x))

/* Logs at error level and exits with exit_code (sysexits.h). Never returns. */
_Noreturn void fatal(int exit_code, const char *fmt, ...) FATAL_FORMAT(2, 3);

#endif
