#include "net/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <sys/time.h>

#include "base/mem.h"

/* c-ares keeps a socket for each server and protocol. */
#define MAX_SOCKETS 16
#define TIMEOUT_MS 2000
#define TRIES 3

struct resolver_socket {
	struct loop_watch watch;
	struct resolver *r;
	ares_socket_t fd;
	bool used;
};

struct resolver {
	ares_channel channel;
	struct loop *loop;
	struct loop_timer timer;
	struct resolver_socket sockets[MAX_SOCKETS];
};

struct lookup {
	resolver_done *done;
	void *arg;
};

static void
restart_timer(struct resolver *r)
{
	struct timeval longest = { TIMEOUT_MS / 1000, 0 }, tv;
	struct timeval *next = ares_timeout(r->channel, &longest, &tv);

	loop_timer_start(&r->timer,
			 next->tv_sec * 1000 + next->tv_usec / 1000 + 1);
}

static void
on_ready(void *arg, unsigned wants)
{
	struct resolver_socket *at = arg;
	struct resolver *r = at->r;
	bool readable = (wants & WANT_READ) != 0;
	bool writable = (wants & WANT_WRITE) != 0;

	ares_process_fd(r->channel, readable ? at->fd : ARES_SOCKET_BAD,
			writable ? at->fd : ARES_SOCKET_BAD);
	restart_timer(r);
}

static void
on_timer(void *arg)
{
	struct resolver *r = arg;
	bool busy = false;

	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	for (size_t i = 0; i < MAX_SOCKETS; i++)
		busy = busy || r->sockets[i].used;
	if (busy)
		restart_timer(r);
}

/* The place of fd, or a free one for it; NULL if there is none. */
static struct resolver_socket *
find_socket(struct resolver *r, ares_socket_t fd)
{
	struct resolver_socket *spare = NULL;

	for (size_t i = 0; i < MAX_SOCKETS; i++) {
		struct resolver_socket *at = &r->sockets[i];

		if (at->used && at->fd == fd)
			return at;
		if (!at->used && spare == NULL)
			spare = at;
	}
	return spare;
}

static void
use_socket(struct resolver *r, struct resolver_socket *at, ares_socket_t fd)
{
	*at = (struct resolver_socket){ .r = r, .fd = fd, .used = true };
	loop_watch_init(&at->watch, r->loop, fd, on_ready, at);
}

/* c-ares says what it waits for on which socket; nothing: it is closing it. */
static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolver_socket *at = find_socket(arg, fd);
	unsigned wants = (readable != 0 ? WANT_READ : WANT_NOTHING) |
			 (writable != 0 ? WANT_WRITE : WANT_NOTHING);

	/* Without a place its query ends with a time-out: an answer too. */
	if (at == NULL || (!at->used && wants == WANT_NOTHING))
		return;
	if (!at->used)
		use_socket(arg, at, fd);
	loop_watch_want(&at->watch, wants);
	if (wants == WANT_NOTHING) {
		loop_watch_stop(&at->watch);
		at->used = false;
	}
}

struct err *
resolver_make(struct loop *loop, struct resolver **r_out)
{
	struct resolver *r = mem_zalloc(sizeof(*r));
	struct ares_options options = {
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = r,
	};
	int result = ares_library_init(ARES_LIB_INIT_ALL);

	r->loop = loop;
	loop_timer_init(&r->timer, loop, on_timer, r);
	if (result == ARES_SUCCESS)
		result = ares_init_options(&r->channel, &options,
					   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
						   ARES_OPT_SOCK_STATE_CB);
	if (result != ARES_SUCCESS) {
		free(r);
		return err_new(ERR_SYSTEM, "start the resolver: %s",
			       ares_strerror(result));
	}
	*r_out = r;
	return NULL;
}

void
resolver_free(struct resolver **r)
{
	if (*r == NULL)
		return;
	loop_timer_stop(&(*r)->timer);
	ares_destroy((*r)->channel);
	ares_library_cleanup();
	free(*r);
	*r = NULL;
}

static size_t
collect(const struct ares_addrinfo *info, struct addr *addrs)
{
	size_t n = 0;

	for (const struct ares_addrinfo_node *node =
		     info == NULL ? NULL : info->nodes;
	     node != NULL && n < RESOLVER_MAX_ADDRS; node = node->ai_next) {
		addrs[n] = addr_from_sockaddr(node->ai_addr);
		if (addrs[n].family != ADDR_NONE)
			n++;
	}
	return n;
}

static void
on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct lookup *l = arg;
	struct addr addrs[RESOLVER_MAX_ADDRS];
	size_t n = collect(info, addrs);

	(void)timeouts;
	if (info != NULL)
		ares_freeaddrinfo(info);
	l->done(l->arg, addrs, n,
		status == ARES_SUCCESS && n == 0 ? "it has no address" :
						   ares_strerror(status));
	free(l);
}

void
resolver_lookup(struct resolver *r, struct slice name, resolver_done *done,
		void *arg)
{
	struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
					     .ai_socktype = SOCK_STREAM };
	char text[256];
	struct addr a;
	struct lookup *l;

	if (addr_parse_ip(name, &a)) {
		done(arg, &a, 1, NULL);
		return;
	}
	if (name.n == 0 || name.n >= sizeof(text) || slice_has(name, '\0')) {
		done(arg, NULL, 0, "it is no host name");
		return;
	}
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	l = mem_zalloc(sizeof(*l));
	l->done = done;
	l->arg = arg;
	ares_getaddrinfo(r->channel, text, NULL, &hints, on_answer, l);
	restart_timer(r);
}
