#include "base/ipc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* In front of each message: length of the body, type, and whether a descriptor
   comes with it. Same machine, same binary: host order will do. */
struct header {
	uint32_t length;
	uint32_t type : 31;
	uint32_t has_fd : 1;
};

#define READ_OCTETS (64 * 1024)
/* What is to go is kept in memory of this size from turn to turn; more is given
   back. */
#define KEPT_OCTETS (16 * 1024)

/* Where everything that arrives is read to. One for all connections of the process:
   it has one thread, and nobody reads while a message is being handled. */
static char scratch[READ_OCTETS];

struct err *
ipc_pair(int *one_out, int *other_out)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       fds) != 0)
		return err_errno("create socket pair");
	*one_out = fds[0];
	*other_out = fds[1];
	return NULL;
}

static void
die(struct ipc *ipc)
{
	if (ipc->dead)
		return;
	ipc->dead = true;
	loop_watch_stop(&ipc->watch);
	loop_forget(ipc->loop, &ipc->flush);
	ipc->ops->closed(ipc->arg);
}

/* ---- out --------------------------------------------------------------- */

static void
forget_first_fd(struct ipc *ipc)
{
	close(ipc->out_fds[0].fd);
	ipc->out_fd_count--;
	memmove(ipc->out_fds, ipc->out_fds + 1,
		ipc->out_fd_count * sizeof(*ipc->out_fds));
}

/* One sendmsg() up to the next descriptor's place, or with the descriptor if
   its place is first. */
static ssize_t
send_some(struct ipc *ipc)
{
	struct iovec iov = { ipc->out.p + ipc->out_at,
			     ipc->out.n - ipc->out_at };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;

	if (ipc->out_fd_count > 0 && ipc->out_fds[0].before > ipc->out_at) {
		iov.iov_len = ipc->out_fds[0].before - ipc->out_at;
	} else if (ipc->out_fd_count > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &ipc->out_fds[0].fd, sizeof(int));
		iov.iov_len = 1;
	}
	return sendmsg(ipc->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
sent(struct ipc *ipc, size_t n)
{
	if (ipc->out_fd_count > 0 && ipc->out_fds[0].before == ipc->out_at)
		forget_first_fd(ipc);
	ipc->out_at += n;
}

static bool
has_output(const struct ipc *ipc)
{
	return ipc->out.n > ipc->out_at;
}

/* Drops what went, once that is worth the move. */
static void
tidy(struct ipc *ipc)
{
	if (!has_output(ipc)) {
		if (ipc->out.cap > KEPT_OCTETS)
			buf_free(&ipc->out);
		else
			buf_clear(&ipc->out);
		ipc->out_at = 0;
	} else if (ipc->out_at > ipc->out.n / 2) {
		buf_drop(&ipc->out, ipc->out_at);
		for (size_t i = 0; i < ipc->out_fd_count; i++)
			ipc->out_fds[i].before -= ipc->out_at;
		ipc->out_at = 0;
	}
}

/* False if the connection broke. */
static bool
write_all(struct ipc *ipc)
{
	while (has_output(ipc)) {
		ssize_t n = send_some(ipc);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return true;
		if (n < 0)
			return false;
		sent(ipc, (size_t)n);
	}
	return true;
}

static void hear_out(struct ipc *ipc);

static void
flush(void *arg)
{
	struct ipc *ipc = arg;

	if (ipc->dead)
		return;
	if (!write_all(ipc)) {
		hear_out(ipc);
		die(ipc);
		return;
	}
	tidy(ipc);
	loop_watch_want(&ipc->watch,
			has_output(ipc) ? WANT_READ | WANT_WRITE : WANT_READ);
}

static void
queue(struct ipc *ipc, uint32_t type, struct slice body, bool has_fd)
{
	struct header h = { .length = (uint32_t)body.n, .type = type & INT32_MAX,
			    .has_fd = has_fd };

	assert(body.n <= IPC_MAX_MESSAGE);
	if (!BUF_ADD(&ipc->out, ((struct slice){ (char *)&h, sizeof(h) }),
		     body)) {
		die(ipc);
		return;
	}
	loop_later(ipc->loop, &ipc->flush);
}

void
ipc_send(struct ipc *ipc, uint32_t type, struct slice body)
{
	if (ipc_is_open(ipc))
		queue(ipc, type, body, false);
}

void
ipc_send_fd(struct ipc *ipc, uint32_t type, struct slice body, int fd)
{
	if (!ipc_is_open(ipc)) {
		close(fd);
		return;
	}
	ipc->out_fds = mem_realloc(ipc->out_fds, (ipc->out_fd_count + 1) *
						 sizeof(*ipc->out_fds));
	ipc->out_fds[ipc->out_fd_count].before = ipc->out.n;
	ipc->out_fds[ipc->out_fd_count++].fd = fd;
	queue(ipc, type, body, true);
}

void
ipc_drain(struct ipc *ipc, int ms)
{
	while (ipc_is_open(ipc) && has_output(ipc)) {
		struct pollfd p = { .fd = ipc->fd, .events = POLLOUT };

		if (poll(&p, 1, ms) != 1 || !write_all(ipc))
			return;
	}
}

/* ---- in ---------------------------------------------------------------- */

static void
keep_fds(struct ipc *ipc, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (ipc->in_fd_count < IPC_MAX_FDS)
				ipc->in_fds[ipc->in_fd_count++] = fd;
			else
				close(fd);
		}
	}
}

enum heard {
	HEARD_SOME,
	HEARD_NOTHING,	/* for now */
	HEARD_END,	/* of the connection, or it broke */
};

static enum heard
read_some(struct ipc *ipc, size_t *n_out)
{
	struct iovec iov = { scratch, sizeof(scratch) };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * 8)];
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control.space) };
	ssize_t n = recvmsg(ipc->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ||
				       errno == EINTR ?
			       HEARD_NOTHING :
			       HEARD_END;
	keep_fds(ipc, &msg);
	*n_out = (size_t)n;
	return n > 0 ? HEARD_SOME : HEARD_END;
}

static int
take_fd(struct ipc *ipc)
{
	int fd;

	if (ipc->in_fd_count == 0)
		return -1;
	fd = ipc->in_fds[0];
	ipc->in_fd_count--;
	memmove(ipc->in_fds, ipc->in_fds + 1,
		ipc->in_fd_count * sizeof(ipc->in_fds[0]));
	return fd;
}

/* Hands out the message at the front of in. False if none is whole, or the peer
   broke the framing. */
static bool
deliver_one(struct ipc *ipc, struct slice *in)
{
	struct header h;
	struct slice body;
	int fd = -1;

	if (ipc->dead || in->n < sizeof(h))
		return false;
	memcpy(&h, in->p, sizeof(h));
	if (h.length > IPC_MAX_MESSAGE) {
		die(ipc);
		return false;
	}
	if (in->n - sizeof(h) < h.length)
		return false;
	if (h.has_fd != 0 && (fd = take_fd(ipc)) < 0) {
		die(ipc);
		return false;
	}
	body = (struct slice){ in->p + sizeof(h), h.length };
	*in = slice_skip(*in, sizeof(h) + h.length);
	ipc->ops->message(ipc->arg, h.type, body, fd);
	return true;
}

/* Hands out what is whole, and keeps the front part of what is not. The receiver may
   close this very connection, or the process may go on to use it: the input stays in
   place until all of it was handed out. */
static void
deliver_all(struct ipc *ipc, struct slice in)
{
	bool kept = ipc->in.n > 0;
	size_t n = in.n;

	ipc->reading = true;
	while (deliver_one(ipc, &in))
		;
	ipc->reading = false;
	if (!ipc_is_open(ipc))
		buf_free(&ipc->in);
	else if (!kept)
		buf_add(&ipc->in, in);
	else if (in.n > 0)
		buf_drop(&ipc->in, n - in.n);
	else
		buf_free(&ipc->in);
}

static void
deliver(struct ipc *ipc, size_t n)
{
	struct slice in = { scratch, n };

	if (ipc->in.n > 0) {
		buf_add(&ipc->in, in);
		in = buf_slice(&ipc->in);
	}
	deliver_all(ipc, in);
	mem_wipe(scratch, n);
}

/* Nobody listens at the other end any more, but what was said there before may
   still wait here: a worker's last word on its sessions, for one. */
static void
hear_out(struct ipc *ipc)
{
	size_t n;

	while (!ipc->dead && read_some(ipc, &n) == HEARD_SOME)
		deliver(ipc, n);
}

static void
on_ready(void *arg, unsigned wants)
{
	struct ipc *ipc = arg;
	enum heard heard;
	size_t n;

	if ((wants & WANT_WRITE) != 0)
		flush(ipc);
	if (ipc->dead || (wants & WANT_READ) == 0)
		return;
	heard = read_some(ipc, &n);
	if (heard == HEARD_SOME)
		deliver(ipc, n);
	else if (heard == HEARD_END && ipc->fd >= 0)
		die(ipc);
}

void
ipc_open(struct ipc *ipc, struct loop *loop, int fd, const struct ipc_ops *ops,
	 void *arg)
{
	*ipc = (struct ipc){ .fd = fd, .loop = loop, .ops = ops, .arg = arg };
	buf_init(&ipc->in, IPC_MAX_MESSAGE + sizeof(struct header) +
				   READ_OCTETS);
	buf_init(&ipc->out, IPC_MAX_QUEUED);
	ipc->flush.run = flush;
	ipc->flush.arg = ipc;
	loop_watch_init(&ipc->watch, loop, fd, on_ready, ipc);
	loop_watch_want(&ipc->watch, WANT_READ);
}

void
ipc_close(struct ipc *ipc)
{
	if (ipc->ops == NULL || ipc->fd < 0)
		return;
	loop_watch_stop(&ipc->watch);
	loop_forget(ipc->loop, &ipc->flush);
	while (ipc->out_fd_count > 0)
		forget_first_fd(ipc);
	free(ipc->out_fds);
	ipc->out_fds = NULL;
	while (ipc->in_fd_count > 0)
		close(take_fd(ipc));
	close(ipc->fd);
	ipc->fd = -1;
	ipc->dead = true;
	if (!ipc->reading)
		buf_free(&ipc->in);
	buf_free(&ipc->out);
}
