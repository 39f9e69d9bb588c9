/* SPDX-License-Identifier: MIT */
/*
 * Which system calls a jailed process may make: the base for all, more for each permit of role.h. Data only;
 * jail.c makes the filter of it. Where a row has a refusal, libraries that merely try get an error instead of
 * the end of the process.
 */
#include "config.h"

#include "role/jail_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "role/role.h"

#define ACCEPT ROLE_PERMIT_ACCEPT
#define CONNECT ROLE_PERMIT_CONNECT
#define READ (ROLE_PERMIT_FILES_READ | ROLE_PERMIT_FILES_WRITE)
#define WRITE ROLE_PERMIT_FILES_WRITE
#define THREADS ROLE_PERMIT_THREADS
#define SHARED ROLE_PERMIT_SHARED_MEMORY

#define LOW32 0xffffffffULL
#define ARG(n, mask, value) { JAIL_ARGUMENT, (n), (mask), (value) }
#define ARG_IS(n, value) ARG(n, LOW32, value)
#define ARG_LACKS(n, bits) ARG(n, bits, 0)
#define ARG_IS_NULL(n) ARG(n, UINT64_MAX, 0)
#define ARG_IS_SELF(n) { JAIL_ARGUMENT_IS_SELF, (n), LOW32, 0 }

#define ALLOW(call, permits) { SCMP_SYS(call), (permits), 0, { { JAIL_NO_CONDITION, 0, 0, 0 } } }
#define ALLOW_IF(call, permits, ...) { SCMP_SYS(call), (permits), 0, { __VA_ARGS__ } }
#define REFUSE(call, error) { SCMP_SYS(call), 0, (error), { { JAIL_NO_CONDITION, 0, 0, 0 } } }
#define REFUSE_IF(call, permits, error, ...) { SCMP_SYS(call), (permits), (error), { __VA_ARGS__ } }

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define NAMESPACE_FLAGS ((uint64_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
	CLONE_NEWPID | CLONE_NEWNET | CLONE_VFORK))
#define MAP_KIND 0xfULL

static const struct jail_call table[] = {
	/* --- every role: open descriptors */
	ALLOW(read, 0), ALLOW(readv, 0), ALLOW(pread64, 0), ALLOW(preadv, 0),
	ALLOW(write, 0), ALLOW(writev, 0), ALLOW(pwrite64, 0), ALLOW(pwritev, 0),
	ALLOW(lseek, 0), ALLOW(_llseek, 0), ALLOW(close, 0), ALLOW(close_range, 0),
	ALLOW(dup, 0), ALLOW(dup2, 0), ALLOW(dup3, 0), ALLOW(fcntl, 0), ALLOW(fcntl64, 0),
	ALLOW(fstat, 0), ALLOW(fstat64, 0), ALLOW(fstatfs, 0),
	ALLOW(fsync, 0), ALLOW(fdatasync, 0), ALLOW(sync_file_range, 0), ALLOW(fadvise64, 0),
	ALLOW(sendfile, 0), ALLOW(sendfile64, 0), ALLOW(pipe2, 0), ALLOW(memfd_create, 0),
	/* fstat() of newer C libraries: no path, the descriptor itself */
	ALLOW_IF(newfstatat, 0, ARG(3, AT_EMPTY_PATH, AT_EMPTY_PATH)),
	ALLOW_IF(ioctl, 0, ARG_IS(1, FIONREAD)), ALLOW_IF(ioctl, 0, ARG_IS(1, FIONBIO)), ALLOW_IF(ioctl, 0, ARG_IS(1, TCGETS)),
	/* --- every role: sockets that are there */
	ALLOW(recvfrom, 0), ALLOW(recvmsg, 0), ALLOW(recvmmsg, 0), ALLOW(sendto, 0), ALLOW(sendmsg, 0), ALLOW(sendmmsg, 0),
	ALLOW(shutdown, 0), ALLOW(getsockopt, 0), ALLOW(setsockopt, 0), ALLOW(getsockname, 0), ALLOW(getpeername, 0),
	/* --- every role: waiting */
	ALLOW(epoll_create1, 0), ALLOW(epoll_ctl, 0), ALLOW(epoll_wait, 0), ALLOW(epoll_pwait, 0), ALLOW(epoll_pwait2, 0),
	ALLOW(poll, 0), ALLOW(ppoll, 0), ALLOW(select, 0), ALLOW(_newselect, 0), ALLOW(pselect6, 0), ALLOW(eventfd2, 0),
	ALLOW(timerfd_create, 0), ALLOW(timerfd_settime, 0), ALLOW(timerfd_gettime, 0), ALLOW(signalfd4, 0),
	ALLOW(nanosleep, 0), ALLOW(clock_nanosleep, 0), ALLOW(futex, 0), ALLOW(sched_yield, 0), ALLOW(restart_syscall, 0),
	/* --- every role: memory, never executable, of files only private copies */
	ALLOW(brk, 0), ALLOW(munmap, 0), ALLOW(mremap, 0), ALLOW(madvise, 0), ALLOW(mincore, 0),
	ALLOW_IF(mmap, 0, ARG_LACKS(2, PROT_EXEC), ARG(3, MAP_KIND, MAP_PRIVATE)),
	ALLOW_IF(mmap2, 0, ARG_LACKS(2, PROT_EXEC), ARG(3, MAP_KIND, MAP_PRIVATE)),
	ALLOW_IF(mprotect, 0, ARG_LACKS(2, PROT_EXEC)),
	ALLOW(mlock, 0), ALLOW(mlock2, 0), ALLOW(munlock, 0), ALLOW(membarrier, 0),
	/* --- every role: clocks, random, itself */
	ALLOW(clock_gettime, 0), ALLOW(clock_gettime64, 0), ALLOW(clock_getres, 0), ALLOW(gettimeofday, 0), ALLOW(time, 0),
	ALLOW(adjtimex, 0), ALLOW_IF(clock_adjtime, 0, ARG_IS(0, 0)), ALLOW(times, 0), ALLOW(getrusage, 0), ALLOW(getrandom, 0),
	ALLOW(getpid, 0), ALLOW(getppid, 0), ALLOW(gettid, 0), ALLOW(uname, 0), ALLOW(sysinfo, 0), ALLOW(umask, 0),
	ALLOW(getuid, 0), ALLOW(geteuid, 0), ALLOW(getgid, 0), ALLOW(getegid, 0), ALLOW(getcpu, 0), ALLOW(getrlimit, 0),
	ALLOW_IF(prlimit64, 0, ARG_IS(0, 0), ARG_IS_NULL(2)),
	ALLOW_IF(sched_getaffinity, 0, ARG_IS(0, 0)), ALLOW_IF(sched_getaffinity, 0, ARG_IS_SELF(0)),
	ALLOW_IF(prctl, 0, ARG_IS(0, PR_SET_NAME)), ALLOW(set_tid_address, 0), ALLOW(arch_prctl, 0),
	ALLOW(rt_sigaction, 0), ALLOW(rt_sigprocmask, 0), ALLOW(rt_sigreturn, 0), ALLOW(sigaltstack, 0),
	ALLOW_IF(tgkill, 0, ARG_IS_SELF(0)), ALLOW_IF(kill, 0, ARG_IS_SELF(0)),
	ALLOW(exit, 0), ALLOW(exit_group, 0),

	/* --- front roles */
	ALLOW(accept, ACCEPT), ALLOW(accept4, ACCEPT),

	/* --- courier: out to the network; the resolver also tries the name service cache, and may not */
	ALLOW_IF(socket, CONNECT, ARG_IS(0, AF_INET)), ALLOW_IF(socket, CONNECT, ARG_IS(0, AF_INET6)),
	ALLOW_IF(socket, CONNECT, ARG_IS(0, AF_NETLINK), ARG_IS(2, NETLINK_ROUTE)),
	REFUSE_IF(socket, CONNECT, EACCES, ARG_IS(0, AF_UNIX)),
	ALLOW(connect, CONNECT), ALLOW(bind, CONNECT),

	/* --- files below what Landlock leaves, to read or to write as it says; else a library that tries is refused.
	 * Nothing that Landlock does not watch over: chmod, chown, utime and extended attributes by path. */
	ALLOW(openat, READ), ALLOW(open, READ),
	ALLOW(newfstatat, READ), ALLOW(fstatat64, READ), ALLOW(stat, READ), ALLOW(stat64, READ), ALLOW(lstat, READ),
	ALLOW(statx, READ), ALLOW(access, READ), ALLOW(faccessat, READ), ALLOW(faccessat2, READ),
	ALLOW(readlink, READ), ALLOW(readlinkat, READ), ALLOW(getdents64, READ), ALLOW(statfs, READ), ALLOW(getcwd, READ),
	ALLOW(ftruncate, WRITE), ALLOW(ftruncate64, WRITE), ALLOW(fallocate, WRITE),
	ALLOW(mkdir, WRITE), ALLOW(mkdirat, WRITE), ALLOW(rmdir, WRITE), ALLOW(unlink, WRITE), ALLOW(unlinkat, WRITE),
	ALLOW(rename, WRITE), ALLOW(renameat, WRITE), ALLOW(renameat2, WRITE), ALLOW(fchmod, WRITE), ALLOW(flock, WRITE),
	ALLOW(syncfs, WRITE), ALLOW(ioprio_set, WRITE),
	REFUSE(openat, EACCES), REFUSE(open, EACCES), REFUSE_IF(newfstatat, 0, EACCES, ARG_LACKS(3, AT_EMPTY_PATH)),
	REFUSE(fstatat64, EACCES),
	REFUSE(stat, EACCES), REFUSE(stat64, EACCES), REFUSE(lstat, EACCES), REFUSE(statx, EACCES), REFUSE(access, EACCES),
	REFUSE(faccessat, EACCES), REFUSE(faccessat2, EACCES), REFUSE(readlink, EACCES), REFUSE(readlinkat, EACCES),
	REFUSE(getcwd, EACCES),

	/* --- store: threads, never processes. clone3() hides its flags, so the C library is sent to clone(). */
	ALLOW_IF(clone, THREADS, ARG(0, THREAD_FLAGS | NAMESPACE_FLAGS, THREAD_FLAGS)),
	REFUSE_IF(clone3, THREADS, ENOSYS, { JAIL_NO_CONDITION, 0, 0, 0 }),
	ALLOW(set_robust_list, THREADS), ALLOW(get_robust_list, THREADS), ALLOW(rseq, THREADS),
	ALLOW(sched_setscheduler, THREADS), ALLOW(sched_getscheduler, THREADS), ALLOW(sched_getparam, THREADS),
	ALLOW_IF(setpriority, THREADS, ARG_IS(0, 0)),

	/* --- store: regions of Berkeley DB */
	ALLOW_IF(mmap, SHARED, ARG_LACKS(2, PROT_EXEC)), ALLOW_IF(mmap2, SHARED, ARG_LACKS(2, PROT_EXEC)), ALLOW(msync, SHARED),
};

const struct jail_call *
jail_calls(size_t *n_r)
{
	*n_r = sizeof(table) / sizeof(table[0]);
	return table;
}

static const int denied[] = {
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(open_tree), SCMP_SYS(move_mount),
	SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(mount_setattr),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct),
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(fanotify_init),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at), SCMP_SYS(quotactl),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
	SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(syslog),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(modify_ldt), SCMP_SYS(personality), SCMP_SYS(vhangup), SCMP_SYS(lookup_dcookie),
};

const int *
jail_denied_calls(size_t *n_r)
{
	*n_r = sizeof(denied) / sizeof(denied[0]);
	return denied;
}
