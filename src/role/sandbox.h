/* Walls around the process that parses strangers' octets. */
#ifndef ROLE_SANDBOX_H
#define ROLE_SANDBOX_H

#include "base/err.h"
#include "base/log.h"

/* From now on the process can use the sockets it has, make new ones to backends,
   and little else: no files, no programs, no other processes. Where the kernel
   or the build cannot do that, the log says so. */
struct err *sandbox_worker(const struct log *log)
	__attribute__((warn_unused_result));

#endif
