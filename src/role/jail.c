/* SPDX-License-Identifier: MIT */
/*
 * Puts this process into its jail: own user, no new privileges, Landlock, seccomp. Owns linux/landlock.h and
 * libseccomp. Called once by role.c and, for probing, by jail_check.c; knows nothing of what a role does.
 */
#include "config.h"

#include "role/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "role/jail_calls.h"

/* Rights that newer kernels know than the headers of Debian 12 do (landlock(7)). */
#define ACCESS_TRUNCATE (1ULL << 14)     /* ABI 3 */
#define ACCESS_IOCTL_DEV (1ULL << 15)    /* ABI 5 */
#define NET_BIND_TCP (1ULL << 0)         /* ABI 4 */
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_SOCKET (1ULL << 0)   /* ABI 6 */
#define SCOPE_SIGNAL (1ULL << 1)

/* struct landlock_ruleset_attr of ABI 6; older kernels are given its first members only. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | ACCESS_TRUNCATE)
/* What may be granted on a file; the rest is for folders. */
#define FS_ON_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)

/* Everything each ABI version can restrict. */
static const struct ruleset all_of_abi[] = {
	{ 0, 0, 0 },
	{ (1ULL << 13) - 1, 0, 0 },
	{ (1ULL << 14) - 1, 0, 0 },
	{ (1ULL << 15) - 1, 0, 0 },
	{ (1ULL << 15) - 1, NET_BIND_TCP | NET_CONNECT_TCP, 0 },
	{ (1ULL << 16) - 1, NET_BIND_TCP | NET_CONNECT_TCP, 0 },
	{ (1ULL << 16) - 1, NET_BIND_TCP | NET_CONNECT_TCP, SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL },
};
#define ABI_KNOWN (sizeof(all_of_abi) / sizeof(all_of_abi[0]) - 1)

void
role_jail_harden(void)
{
	const struct rlimit none = { 0, 0 };
	/* Neither can fail for a process that may lower its own limits. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

int
role_jail_drop(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) {
		log_event(LOG_ERROR, "drop-failed", LOG_U("uid", uid), LOG_U("gid", gid), LOG_ERRNO(errno));
		return ERR_DENIED;
	}
	/* for good: nobody else's privileges can be taken back */
	if (getuid() != uid || geteuid() != uid || (uid != 0 && setuid(0) == 0))
		return ERR_DENIED;
	role_jail_harden();
	return ERR_OK;
}

int
role_jail_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return abi < 0 ? 0 : (int)abi;
}

static uint64_t
fs_rights(unsigned rights, bool is_folder, uint64_t handled)
{
	uint64_t fs = FS_READ | ((rights & ROLE_RIGHT_WRITE) != 0 ? FS_WRITE : 0);
	return fs & handled & (is_folder ? UINT64_MAX : FS_ON_FILES);
}

static int
add_path(int ruleset, const struct role_path *p, uint64_t handled)
{
	int fd = open(p->path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	struct stat st;
	int err = ERR_IO;
	if (fstat(fd, &st) == 0) {
		struct landlock_path_beneath_attr rule = { .parent_fd = fd,
			.allowed_access = fs_rights(p->rights, S_ISDIR(st.st_mode), handled) };
		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
			err = ERR_OK;
	}
	file_close(&fd);
	return err;
}

/* Optional paths may be missing or out of reach. */
static int
add_paths(int ruleset, const struct role_path *list, bool is_required, uint64_t handled)
{
	for (const struct role_path *p = list; p != NULL && p->path != NULL; p++) {
		int err = add_path(ruleset, p, handled);
		if (err == ERR_OK || (!is_required && err != ERR_IO))
			continue;
		log_event(LOG_ERROR, "jail-path-failed", LOG_S("path", p->path), LOG_ERR(err));
		return err;
	}
	return ERR_OK;
}

static int
enter_landlock(unsigned permits, const struct role_path *optional, const struct role_path *required)
{
	int abi = role_jail_landlock_abi();
	if (abi < 1) {
		log_event(LOG_ERROR, "landlock-missing", LOG_S("hint", "this kernel has no Landlock: without it nothing starts "
		    "(boot with lsm=landlock,..., or use --no-jail for debugging only)"));
		return ERR_UNSUPPORTED;
	}
	struct ruleset set = all_of_abi[(size_t)abi > ABI_KNOWN ? ABI_KNOWN : (size_t)abi];
	if ((permits & ROLE_PERMIT_CONNECT) != 0)
		set.net &= ~NET_CONNECT_TCP;
	size_t size = set.scoped != 0 ? sizeof(set) : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
	if (fd < 0) {
		log_event(LOG_ERROR, "landlock-failed", LOG_ERRNO(errno));
		return ERR_UNSUPPORTED;
	}
	int err = add_paths(fd, optional, false, set.fs);
	if (err == ERR_OK)
		err = add_paths(fd, required, true, set.fs);
	if (err == ERR_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
		log_event(LOG_ERROR, "landlock-failed", LOG_ERRNO(errno));
		err = ERR_UNSUPPORTED;
	}
	file_close(&fd);
	return err;
}

/* In a process that is about to end: only calls that are safe in a signal handler. */
static void
on_refused(int signum, siginfo_t *info, void *context)
{
	(void)signum;
	(void)context;
	static const char text[] = "<3>error seccomp-refused call=";
	char line[sizeof(text) + 24];
	memcpy(line, text, sizeof(text) - 1);
	char digits[16];
	size_t n = 0, len = sizeof(text) - 1;
	unsigned call = (unsigned)info->si_syscall;
	do {
		digits[n++] = (char)('0' + call % 10);
		call /= 10;
	} while (call != 0);
	while (n > 0)
		line[len++] = digits[--n];
	line[len++] = '\n';
	ssize_t written = write(STDERR_FILENO, line, len);
	(void)written;
	_exit(ROLE_JAIL_EXIT);
}

/* Whether a row holds for these permits on this machine. */
static bool
applies(const struct jail_call *call, unsigned permits)
{
	return call->number >= 0 && (call->permits == 0 || (call->permits & permits) != 0);
}

/* Another row allows the call without conditions: then conditions and refusals for it are void. */
static bool
is_allowed_anyhow(const struct jail_call *table, size_t n, const struct jail_call *call, unsigned permits)
{
	for (size_t i = 0; i < n; i++)
		if (&table[i] != call && table[i].number == call->number && table[i].refusal == 0 && applies(&table[i], permits) &&
		    table[i].conditions[0].kind == JAIL_NO_CONDITION)
			return true;
	return false;
}

static int
add_rule(scmp_filter_ctx filter, const struct jail_call *call)
{
	struct scmp_arg_cmp compare[JAIL_CONDITIONS];
	unsigned n = 0;
	for (; n < JAIL_CONDITIONS && call->conditions[n].kind != JAIL_NO_CONDITION; n++) {
		const struct jail_condition *c = &call->conditions[n];
		uint64_t value = c->kind == JAIL_ARGUMENT_IS_SELF ? (uint64_t)getpid() : c->value;
		compare[n] = SCMP_CMP64(c->argument, SCMP_CMP_MASKED_EQ, c->mask, value);
	}
	uint32_t action = call->refusal == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint32_t)call->refusal);
	return seccomp_rule_add_array(filter, action, call->number, n, compare);
}

static int
add_rules(scmp_filter_ctx filter, unsigned permits)
{
	size_t n;
	const struct jail_call *table = jail_calls(&n);
	for (size_t i = 0; i < n; i++) {
		bool is_void = !applies(&table[i], permits) || is_allowed_anyhow(table, n, &table[i], permits);
		int result = is_void ? 0 : add_rule(filter, &table[i]);
		if (result != 0) {
			log_event(LOG_ERROR, "seccomp-rule-failed", LOG_I("call", table[i].number), LOG_ERRNO(-result));
			return ERR_UNSUPPORTED;
		}
	}
	return ERR_OK;
}

/* Takes the filter. */
static int
load_filter(scmp_filter_ctx filter, int err)
{
	if (err == ERR_OK && seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		err = ERR_UNSUPPORTED;
	int result = err == ERR_OK ? seccomp_load(filter) : 0;
	if (result != 0) {
		log_event(LOG_ERROR, "seccomp-failed", LOG_ERRNO(-result));
		err = ERR_UNSUPPORTED;
	}
	seccomp_release(filter);
	return err;
}

static int
enter_seccomp(unsigned permits)
{
	struct sigaction action = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO };
	sigset_t sigsys;
	sigemptyset(&sigsys);
	sigaddset(&sigsys, SIGSYS);
	if (sigaction(SIGSYS, &action, NULL) != 0 || sigprocmask(SIG_UNBLOCK, &sigsys, NULL) != 0)
		return ERR_IO;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	if (filter == NULL)
		return ERR_UNSUPPORTED;
	return load_filter(filter, add_rules(filter, permits));
}

int
role_jail_restrict(void)
{
	size_t n;
	int err = ERR_OK;
	const int *calls = jail_denied_calls(&n);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_UNSUPPORTED;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter == NULL)
		return ERR_UNSUPPORTED;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		if (calls[i] >= 0 && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0) != 0)
			err = ERR_UNSUPPORTED;
	return load_filter(filter, err);
}

int
role_jail_enter(unsigned permits, const struct role_path *optional, const struct role_path *required)
{
#ifdef WITH_SANITIZERS
	log_event(LOG_ERROR, "jail-impossible", LOG_S("hint", "built with sanitizers, which need what a jail forbids: use --no-jail"));
	(void)permits, (void)optional, (void)required, (void)enter_landlock, (void)enter_seccomp;
	return ERR_UNSUPPORTED;
#else
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_UNSUPPORTED;
	int err = enter_landlock(permits, optional, required);
	return err == ERR_OK ? enter_seccomp(permits) : err;
#endif
}
