#include "role/sandbox.h"

#if defined(HAVE_SECCOMP) && !defined(USHER_SANITIZED)

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

/* Everything a worker asks of the kernel once it runs. What is not here fails
   with EPERM, as it would for want of a privilege. */
static const int calls[] = {
	/* sockets and pipes */
	SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(close), SCMP_SYS(connect),
	SCMP_SYS(fcntl), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(pipe2), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
	SCMP_SYS(sendto), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
	SCMP_SYS(splice), SCMP_SYS(write), SCMP_SYS(writev),
	/* waiting */
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_wait), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(time),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap),
	/* itself */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(fstat), SCMP_SYS(futex),
	SCMP_SYS(getpid), SCMP_SYS(getrandom), SCMP_SYS(getrlimit),
	SCMP_SYS(gettid), SCMP_SYS(lseek), SCMP_SYS(newfstatat),
	SCMP_SYS(prlimit64), SCMP_SYS(restart_syscall), SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sched_yield), SCMP_SYS(sigaltstack),
	SCMP_SYS(tgkill),
};

/* Memory that can be written is never to be executed. */
static int
allow_memory(scmp_filter_ctx filter)
{
	int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (failed == 0)
		failed = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return failed;
}

/* New sockets lead to backends, by IP. */
static int
allow_sockets(scmp_filter_ctx filter)
{
	int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
				      1, SCMP_A0(SCMP_CMP_EQ, AF_INET, 0));

	if (failed == 0)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
					  SCMP_SYS(socket), 1,
					  SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0));
	return failed;
}

static int
fill(scmp_filter_ctx filter)
{
	int failed = allow_memory(filter);

	if (failed == 0)
		failed = allow_sockets(filter);
	for (size_t i = 0; failed == 0 && i < sizeof(calls) / sizeof(calls[0]);
	     i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return failed;
}

struct err *
sandbox_worker(const struct log *log)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int failed = filter == NULL ? -ENOMEM : fill(filter);

	/* The time zone's file is read once, now. */
	tzset();
	if (failed == 0)
		failed = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	if (failed == 0)
		return NULL;
	LOG(log, EV_SANDBOX_NONE, F_TEXT("what", slice_of(strerror(-failed))));
	return NULL;
}

#else

struct err *
sandbox_worker(const struct log *log)
{
	LOG(log, EV_SANDBOX_NONE,
	    F_TEXT("what", SL("this build has no seccomp")));
	return NULL;
}

#endif
