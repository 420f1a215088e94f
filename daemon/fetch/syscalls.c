/*
 * The fetcher's filter on system calls, as tables: what is allowed, what is allowed with certain
 * arguments, what is answered as if the kernel were older, what ends the process. Owns nothing.
 *
 * AF_UNIX sockets are refused although a name service could be asked through one: the daemon's
 * control socket is one too, and the fetcher is of the user who may use it. The resolver goes on
 * with DNS. Memory is never writable and executable at once; libraries may be mapped, for iconv and
 * the resolver load theirs when they are needed.
 *
 * Errors: what cannot be built or loaded leaves the process as it was.
 */
#include "config.h"

#include "daemon/fetch/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#define N(table) (sizeof(table) / sizeof((table)[0]))
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* Calls by number; SCMP_SYS() is negative for what this architecture does not have. */
static const int allowed[] = {
	SCMP_SYS(access),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(bind),
	SCMP_SYS(brk),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(close_range),
	SCMP_SYS(connect),
	SCMP_SYS(dup),
	SCMP_SYS(dup3),
	SCMP_SYS(epoll_create),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64),
	SCMP_SYS(fstatfs),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(get_robust_list),
	SCMP_SYS(getcpu),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpeername),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getresgid),
	SCMP_SYS(getresuid),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(lseek),
	SCMP_SYS(lstat),
	SCMP_SYS(madvise),
	SCMP_SYS(membarrier),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(pipe),
	SCMP_SYS(pipe2),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pread64),
	SCMP_SYS(prlimit64),
	SCMP_SYS(read),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(setrlimit),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(socketpair),
	SCMP_SYS(stat),
	SCMP_SYS(statx),
	SCMP_SYS(sysinfo),
	SCMP_SYS(time),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(uname),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/* A call that is allowed where (argument & mask) == value. */
struct condition {
	int call;
	unsigned int argument;
	uint64_t mask, value;
};

#define ALL UINT32_MAX /* of an argument that is an int */

static const struct condition conditions[] = {
	{ SCMP_SYS(open), 1, WRITING, O_RDONLY },
	{ SCMP_SYS(openat), 2, WRITING, O_RDONLY },
	{ SCMP_SYS(socket), 0, ALL, AF_INET },
	{ SCMP_SYS(socket), 0, ALL, AF_INET6 },
	{ SCMP_SYS(socket), 0, ALL, AF_NETLINK }, /* which addresses there are, for getaddrinfo() */
	{ SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD },
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mmap), 2, PROT_WRITE, 0 },
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mmap2), 2, PROT_WRITE, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(ioctl), 1, ALL, FIONREAD },
	{ SCMP_SYS(ioctl), 1, ALL, FIONBIO },
	{ SCMP_SYS(ioctl), 1, ALL, TCGETS },
	{ SCMP_SYS(prctl), 0, ALL, PR_SET_NAME },
	{ SCMP_SYS(prctl), 0, ALL, PR_GET_DUMPABLE },
};

/* For these the C library has an older way, which can be looked at. */
static const int unknown[] = {
	SCMP_SYS(clone3),
	SCMP_SYS(openat2),
	SCMP_SYS(epoll_pwait2),
};

static const int fatal[] = {
	SCMP_SYS(add_key),
	SCMP_SYS(bpf),
	SCMP_SYS(chroot),
	SCMP_SYS(delete_module),
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(finit_module),
	SCMP_SYS(fork),
	SCMP_SYS(init_module),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl),
	SCMP_SYS(mount),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),
	SCMP_SYS(reboot),
	SCMP_SYS(request_key),
	SCMP_SYS(setns),
	SCMP_SYS(umount2),
	SCMP_SYS(unshare),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(vfork),
};

/* Calls that this architecture does not have need no rule. */
static int
add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (calls[i] >= 0)
			r = seccomp_rule_add(filter, action, calls[i], 0);
	}
	return r;
}

static int
add_conditions(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N(conditions); i++) {
		const struct condition *one = &conditions[i];
		const struct scmp_arg_cmp argument = { .arg = one->argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = one->mask,
			.datum_b = one->value };

		if (one->call >= 0)
			r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, one->call, 1, &argument);
	}
	return r;
}

/* abort() and assert() signal their own process; no other is in reach. */
static int
add_signals(scmp_filter_ctx filter)
{
	static const int calls[] = { SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo),
		SCMP_SYS(rt_tgsigqueueinfo) };
	const struct scmp_arg_cmp ourselves = {
		.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (uint64_t)getpid()
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < N(calls); i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], 1, &ourselves);
	return r;
}

static int
fill(scmp_filter_ctx filter)
{
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (r == 0) /* by a binary tree: the filter is asked before each call */
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = add_calls(filter, SCMP_ACT_ALLOW, allowed, N(allowed));
	if (r == 0)
		r = add_calls(filter, SCMP_ACT_ERRNO(ENOSYS), unknown, N(unknown));
	if (r == 0)
		r = add_calls(filter, SCMP_ACT_KILL_PROCESS, fatal, N(fatal));
	if (r == 0)
		r = add_conditions(filter);
	if (r == 0)
		r = add_signals(filter);
	return r;
}

int
syscalls_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (filter == NULL)
		return -ENOMEM;
	r = fill(filter);
	if (r == 0 && seccomp_load(filter) < 0)
		r = -ENOTSUP;
	seccomp_release(filter);
	return r;
}
