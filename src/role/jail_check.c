/* SPDX-License-Identifier: MIT */
/*
 * Reports what the kernel has of what the jail and the programs use, then tries to break out of a jail.
 * Called by provisiond --check-jail; changes nothing.
 */
#include "config.h"

#include "role/jail_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "role/jail.h"
#include "role/jail_probe.h"

/* From linux/keyctl.h, which belongs to the command line client. */
#define KEYCTL_GET_KEYRING_ID 0
#define KEY_SPEC_SESSION_KEYRING (-3)

struct feature {
	const char *name;
	bool (*is_there)(void);
	bool is_needed;
	const char *without;     /* what it means when it is missing */
};

static bool
has_landlock(void)
{
	return role_jail_landlock_abi() >= 1;
}

static bool
has_landlock_2(void)
{
	return role_jail_landlock_abi() >= 2;
}

static bool
has_landlock_6(void)
{
	return role_jail_landlock_abi() >= 6;
}

static bool
has_seccomp(void)
{
	/* a filter at NULL: EFAULT where filters exist, EINVAL where not */
	return prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, NULL, 0, 0) != 0 && errno == EFAULT;
}

static bool
has_memfd(void)
{
	int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	bool is_there = fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0;
	file_close(&fd);
	return is_there;
}

static bool
has_close_range(void)
{
	/* an empty range far away */
	return syscall(SYS_close_range, 1u << 30, 1u << 30, 0) == 0;
}

static bool
has_keyrings(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1) >= 0;
}

static const struct feature features[] = {
	{ "Landlock", has_landlock, true, "no role starts: boot with lsm=landlock,... or a newer kernel" },
	{ "Landlock ABI 2 (rename between folders)", has_landlock_2, true, "the store cannot move packages: Linux 5.19 or newer" },
	{ "Landlock ABI 6 (signals, abstract sockets)", has_landlock_6, false, "seccomp alone forbids signals and local sockets" },
	{ "seccomp filters", has_seccomp, true, "no role starts: CONFIG_SECCOMP_FILTER" },
	{ "memfd with seals", has_memfd, true, "messages over 128 KiB cannot be passed" },
	{ "close_range", has_close_range, true, "Linux 5.9 or newer" },
	{ "kernel keyrings", has_keyrings, false, "the command line client keeps its session key in a file" },
};

static bool
check_features(FILE *out)
{
	bool is_good = true;
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];
		bool is_there = f->is_there();
		(void)fprintf(out, "%-46s %s%s%s\n", f->name, is_there ? "there" : f->is_needed ? "MISSING: " : "missing: ",
		    is_there ? "" : f->without, "");
		is_good = is_good && (is_there || !f->is_needed);
	}
	return is_good;
}

/* Whether a jail can be entered at all. */
static bool
check_entering(FILE *out)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		role_jail_harden();
		_exit(role_jail_enter(0, NULL, NULL) == ERR_OK ? 0 : 1);
	}
	bool works = pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	(void)fprintf(out, "%-46s %s\n", "entering the jail", works ? "works" : "FAILS");
	return works;
}

/* Each forbidden act must work outside, or its refusal says nothing, and fail inside. */
static bool
check_probes(FILE *out, const struct role_probe_place *place)
{
	bool is_good = true;
	size_t n;
	const struct role_probe *probes = role_probes(&n);
	for (size_t i = 0; i < n; i++) {
		bool outside = role_probe_works(&probes[i], place, false, 0);
		bool inside = role_probe_works(&probes[i], place, true, 0);
		(void)fprintf(out, "%-46s %s\n", probes[i].name,
		    inside ? "WORKS IN THE JAIL" : outside ? "refused" : "refused (also outside)");
		is_good = is_good && !inside;
	}
	return is_good;
}

int
role_jail_check(FILE *out)
{
	struct utsname name;
	if (uname(&name) == 0)
		(void)fprintf(out, "%s %s %s, Landlock ABI %d\n", name.sysname, name.release, name.machine, role_jail_landlock_abi());
	bool is_good = check_features(out);
	(void)fflush(out);
	if (!check_entering(out))
		return ERR_UNSUPPORTED;
	(void)fflush(out);
	struct role_probe_place place;
	int err = ERR_IO;
	if (role_probe_place_make(&place))
		err = check_probes(out, &place) && is_good ? ERR_OK : ERR_UNSUPPORTED;
	else
		(void)fprintf(out, "cannot try: %s\n", strerror(errno));
	role_probe_place_remove(&place);
	return err;
}
