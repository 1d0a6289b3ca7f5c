#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/stream.h"

/* ---- the bottom of a stream -------------------------------------------- */

/* The words for a failed system call. */
static ssize_t
failed(struct stream *st)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return STREAM_AGAIN;
	st->trouble = errno;
	return STREAM_BROKEN;
}

static ssize_t
socket_read(struct stream *st, char *p, size_t n)
{
	ssize_t got = recv(st->fd, p, n, 0);

	return got >= 0 ? got : failed(st);
}

static ssize_t
socket_write(struct stream *st, const char *p, size_t n)
{
	ssize_t sent = send(st->fd, p, n, MSG_NOSIGNAL);

	return sent >= 0 ? sent : failed(st);
}

static void
socket_finish(struct stream *st)
{
	shutdown(st->fd, SHUT_WR);
}

static const char *
socket_trouble(const struct stream *st)
{
	return strerror(st->trouble);
}

const struct stream_layer stream_socket_layer = {
	.read = socket_read,
	.write = socket_write,
	.finish = socket_finish,
	.trouble = socket_trouble,
};

ssize_t
socket_peek(int fd, char *p, size_t n)
{
	return recv(fd, p, n, MSG_PEEK);
}

void
socket_close(int fd)
{
	close(fd);
}

/* ---- connecting -------------------------------------------------------- */

static bool
bind_source(int fd, const struct addr *source)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(source, &ss);

	return source->family == ADDR_NONE ||
	       bind(fd, (struct sockaddr *)&ss, n) == 0;
}

int
socket_connect(const struct addr *to, const struct addr *source)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(to, &ss);
	int one = 1, error;
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (bind_source(fd, source) &&
	    (connect(fd, (struct sockaddr *)&ss, n) == 0 ||
	     errno == EINPROGRESS))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
socket_connect_unix(struct slice path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, error;

	if (path.n >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sa.sun_path, path.p, path.n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
socket_error(int fd)
{
	int error = 0;
	socklen_t n = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 ? error :
								      errno;
}

struct addr
socket_self(int fd)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &n) != 0)
		return (struct addr){ 0 };
	return addr_from_sockaddr((struct sockaddr *)&ss);
}

struct addr
socket_peer(int fd)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);

	if (getpeername(fd, (struct sockaddr *)&ss, &n) != 0)
		return (struct addr){ 0 };
	return addr_from_sockaddr((struct sockaddr *)&ss);
}
