/* One end of a socket pair between two of usher's processes.

   Messages have a type and up to IPC_MAX_MESSAGE octets, and may carry one
   descriptor. What is sent within a turn of the loop goes out together after
   it. A peer that breaks the framing, or lets IPC_MAX_QUEUED octets pile up
   unread, loses the connection: closed() is called. */
#ifndef BASE_IPC_H
#define BASE_IPC_H

#include "base/buf.h"
#include "base/err.h"
#include "base/loop.h"

/* A configuration with its certificates, and then some. */
#define IPC_MAX_MESSAGE (16u << 20)
/* A worker tells of 100,000 sessions at once when a director is new. */
#define IPC_MAX_QUEUED (64u << 20)
/* Descriptors that arrived ahead of their messages. */
#define IPC_MAX_FDS 256

struct ipc_ops {
	/* body borrows until return; fd is -1 or the receiver's to close. */
	void (*message)(void *arg, uint32_t type, struct slice body, int fd);
	/* The other end is gone, or broke the rules. Called once; ipc_close()
	   is still to be called, and may be from here. */
	void (*closed)(void *arg);
};

struct ipc {
	int fd;				/* -1 when closed */
	struct loop *loop;
	struct loop_watch watch;
	struct loop_task flush;
	const struct ipc_ops *ops;
	void *arg;
	struct buf in, out;
	size_t out_at;			/* octets of out that went already */
	struct ipc_fd_out {		/* descriptors to go, in order */
		size_t before;		/* with the octet at this place in out */
		int fd;
	} *out_fds;
	size_t out_fd_count;
	int in_fds[IPC_MAX_FDS];
	size_t in_fd_count;
	bool dead, reading;
};

/* Makes a connected pair; both ends close on exec and never block. */
struct err *ipc_pair(int *one_out, int *other_out)
	__attribute__((warn_unused_result));

/* Takes fd. The struct must live on until the turn after ipc_close(). */
void ipc_open(struct ipc *ipc, struct loop *loop, int fd,
	      const struct ipc_ops *ops, void *arg);
/* Drops what was not sent. Harmless on a closed or zeroed one. */
void ipc_close(struct ipc *ipc);

static inline bool
ipc_is_open(const struct ipc *ipc)
{
	return ipc->ops != NULL && ipc->fd >= 0 && !ipc->dead;
}

/* Queues one message. Nothing happens on a closed or dead connection: its
   owner hears of that through closed(). */
void ipc_send(struct ipc *ipc, uint32_t type, struct slice body);
/* The same with a descriptor. Takes fd, sent or not. */
void ipc_send_fd(struct ipc *ipc, uint32_t type, struct slice body, int fd);

/* For a process that is about to end: writes what is queued, waiting at most
   ms for the other side to read. */
void ipc_drain(struct ipc *ipc, int ms);

#endif
