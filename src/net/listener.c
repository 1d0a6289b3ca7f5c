#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel cuts it to net.core.somaxconn. */
#define BACKLOG 4096
/* Connections taken in one turn, so that sessions get theirs. */
#define BATCH 32
/* After accept() failed for want of descriptors or memory. */
#define PAUSE_MS 100
/* A phone that vanished is noticed after this and a few probes. */
#define KEEPALIVE_S 300

static bool
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static bool
set_options(int fd, const struct conf_endpoint *e)
{
	/* One IPv6 socket serves IPv4 as well, if it is for any address. */
	if (e->any && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))
		return false;
	if (!e->any && e->addr.family == ADDR_V6 &&
	    !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
	       set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) &&
	       set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
	       set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S) &&
	       set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* "*" on a machine without IPv6 is IPv4. */
static struct conf_endpoint
concrete(const struct conf_endpoint *e, bool have_v6)
{
	struct conf_endpoint c = *e;

	if (e->any)
		c.addr.family = have_v6 ? ADDR_V6 : ADDR_V4;
	c.any = e->any && have_v6;
	return c;
}

static bool
listen_at(int fd, const struct conf_endpoint *e)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(&e->addr, &ss);

	return set_options(fd, e) && bind(fd, (struct sockaddr *)&ss, n) == 0 &&
	       listen(fd, BACKLOG) == 0;
}

static int
make_socket(enum addr_family family)
{
	return socket(family == ADDR_V6 ? AF_INET6 : AF_INET,
		      SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

struct err *
listener_open(const struct conf_endpoint *endpoint, int *fd_out)
{
	struct conf_endpoint e = concrete(endpoint, true);
	char text[ADDR_TEXT];
	int fd = make_socket(e.addr.family);
	struct err *error;

	if (fd < 0 && errno == EAFNOSUPPORT && endpoint->any) {
		e = concrete(endpoint, false);
		fd = make_socket(e.addr.family);
	}
	if (fd >= 0 && listen_at(fd, &e)) {
		*fd_out = fd;
		return NULL;
	}
	error = err_errno("listen at %s", addr_text(&e.addr, text));
	if (fd >= 0)
		close(fd);
	return error;
}

/* ---- accepting --------------------------------------------------------- */

static bool
is_passing(int error)
{
	/* What went wrong with one connection is no reason to wait. */
	return error == EINTR || error == ECONNABORTED || error == EPROTO ||
	       error == EPERM || error == ENETDOWN || error == EHOSTDOWN ||
	       error == EHOSTUNREACH || error == ENETUNREACH ||
	       error == ENONET || error == EOPNOTSUPP;
}

/* False if there is nothing more to accept now. */
static bool
accept_one(struct acceptor *a)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	int fd = accept4(a->fd, (struct sockaddr *)&ss, &n,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct addr peer;

	if (fd >= 0) {
		peer = addr_from_sockaddr((struct sockaddr *)&ss);
		a->accepted(a->arg, fd, &peer);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (is_passing(errno))
		return true;
	a->failed(a->arg, errno);
	loop_watch_want(&a->watch, WANT_NOTHING);
	loop_timer_start(&a->pause, PAUSE_MS);
	return false;
}

static void
on_ready(void *arg, unsigned wants)
{
	struct acceptor *a = arg;

	(void)wants;
	for (int i = 0; i < BATCH && a->open; i++) {
		if (!accept_one(a))
			return;
	}
}

static void
on_pause_over(void *arg)
{
	struct acceptor *a = arg;

	if (a->open)
		loop_watch_want(&a->watch, WANT_READ);
}

void
acceptor_init(struct acceptor *a, struct loop *loop, int fd,
	      void (*accepted)(void *arg, int fd, const struct addr *peer),
	      void (*failed)(void *arg, int error), void *arg)
{
	*a = (struct acceptor){ .fd = fd, .accepted = accepted,
				.failed = failed, .arg = arg };
	loop_watch_init(&a->watch, loop, fd, on_ready, a);
	loop_timer_init(&a->pause, loop, on_pause_over, a);
}

void
acceptor_open(struct acceptor *a, bool open)
{
	a->open = open;
	loop_timer_stop(&a->pause);
	loop_watch_want(&a->watch, open ? WANT_READ : WANT_NOTHING);
}

void
acceptor_free(struct acceptor *a)
{
	acceptor_open(a, false);
	loop_watch_stop(&a->watch);
	close(a->fd);
	a->fd = -1;
}
