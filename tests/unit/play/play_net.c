#include "play_net.h"

#include <errno.h>

#include "net/socket.h"
#include "net/stream.h"

/* Numbers that are no descriptors of the process: whoever passes one by
   socket.c, to the kernel, gets EBADF. */
#define FIRST_FD 1000000

static struct play_connection connections[PLAY_CONNECTIONS];
static size_t count;

void
play_net_begin(void)
{
	for (size_t i = 0; i < count; i++) {
		buf_free(&connections[i].to_usher);
		buf_free(&connections[i].from_usher);
	}
	count = 0;
}

static struct play_connection *
make_connection(enum play_standing standing)
{
	struct play_connection *c = &connections[count];

	if (count == PLAY_CONNECTIONS)
		play_fail("too many connections for a play");
	*c = (struct play_connection){ .standing = standing,
				       .fd = FIRST_FD + (int)count,
				       .room = SIZE_MAX };
	buf_init(&c->to_usher, PLAY_LONGEST);
	buf_init(&c->from_usher, PLAY_LONGEST);
	count++;
	return c;
}

struct play_connection *
play_net_connection(size_t i)
{
	return i < count ? &connections[i] : NULL;
}

static struct play_connection *
connection_of(int fd)
{
	struct play_connection *c = play_net_connection((size_t)(fd - FIRST_FD));

	if (fd < FIRST_FD || c == NULL || c->usher_closed)
		play_fail("usher uses descriptor %d, which is not open", fd);
	return c;
}

/* ---- the script's side ------------------------------------------------- */

struct play_connection *
play_net_client(const struct addr *client, const struct addr *usher)
{
	struct play_connection *c = make_connection(PLAY_CONNECTED);

	c->peer = *client;
	c->self = *usher;
	c->seen_connect = true;
	return c;
}

void
play_net_answer(struct play_connection *c, bool accept)
{
	c->standing = accept ? PLAY_CONNECTED : PLAY_REFUSED;
	c->seen_connect = true;
}

void
play_net_say(struct play_connection *c, struct slice octets)
{
	if (c->standing != PLAY_CONNECTED || c->ended)
		play_fail("the script speaks where it cannot");
	if (!buf_add(&c->to_usher, octets))
		play_fail("the script says too much at once");
}

void
play_net_end(struct play_connection *c)
{
	c->ended = true;
}

void
play_net_close(struct play_connection *c)
{
	c->ended = c->closed = true;
}

void
play_net_reset(struct play_connection *c)
{
	c->ended = c->closed = c->reset = true;
	buf_clear(&c->to_usher);
}

void
play_net_room(struct play_connection *c, size_t octets)
{
	c->room = octets;
}

/* ---- the loop's -------------------------------------------------------- */

static bool
is_hopeless(const struct play_connection *c)
{
	return c->standing == PLAY_REFUSED || c->reset;
}

unsigned
play_net_ready(int fd)
{
	const struct play_connection *c = connection_of(fd);
	unsigned ready = WANT_NOTHING;

	if (is_hopeless(c))
		return WANT_READ | WANT_WRITE;
	if (c->standing == PLAY_CONNECTING)
		return WANT_NOTHING;
	if (c->to_usher.n > 0 || c->ended)
		ready |= WANT_READ;
	if (c->room > 0 || c->closed)
		ready |= WANT_WRITE;
	return ready;
}

/* ---- usher's: net/socket.h --------------------------------------------- */

/* 240.0.0.0/4, to which there is no way. */
static bool
is_nowhere(const struct addr *a)
{
	return a->family == ADDR_V4 && a->ip[0] >= 240;
}

int
socket_connect(const struct addr *to, const struct addr *source)
{
	struct play_connection *c;

	if (is_nowhere(to)) {
		errno = ENETUNREACH;
		return -1;
	}
	c = make_connection(PLAY_CONNECTING);
	c->peer = *to;
	c->source = *source;
	return c->fd;
}

/* Lookups are played, and nothing else has UNIX sockets. */
int
socket_connect_unix(struct slice path)
{
	play_fail("usher connects to %.*s", SL_FMT(path));
}

int
socket_error(int fd)
{
	const struct play_connection *c = connection_of(fd);

	if (c->standing == PLAY_REFUSED)
		return ECONNREFUSED;
	return c->reset ? ECONNRESET : 0;
}

struct addr
socket_self(int fd)
{
	return connection_of(fd)->self;
}

struct addr
socket_peer(int fd)
{
	const struct play_connection *c = connection_of(fd);

	return c->standing == PLAY_CONNECTED ? c->peer : (struct addr){ 0 };
}

static ssize_t
fail(int error)
{
	errno = error;
	return -1;
}

/* As recv(2). */
ssize_t
socket_peek(int fd, char *p, size_t n)
{
	const struct play_connection *c = connection_of(fd);

	if (is_hopeless(c))
		return fail(socket_error(fd));
	if (c->to_usher.n == 0)
		return c->ended ? 0 : fail(EAGAIN);
	if (n > c->to_usher.n)
		n = c->to_usher.n;
	memcpy(p, c->to_usher.p, n);
	return (ssize_t)n;
}

void
socket_close(int fd)
{
	connection_of(fd)->usher_closed = true;
}

static ssize_t
failed(struct stream *st)
{
	if (errno == EAGAIN)
		return STREAM_AGAIN;
	st->trouble = errno;
	return STREAM_BROKEN;
}

static ssize_t
play_read(struct stream *st, char *p, size_t n)
{
	ssize_t got = socket_peek(st->fd, p, n);

	if (got < 0)
		return failed(st);
	if (got > 0)
		buf_drop(&connection_of(st->fd)->to_usher, (size_t)got);
	return got;
}

/* As send(2). */
static ssize_t
take(struct play_connection *c, const char *p, size_t n)
{
	if (is_hopeless(c))
		return fail(socket_error(c->fd));
	if (c->closed || c->usher_ended)
		return fail(EPIPE);
	if (c->standing == PLAY_CONNECTING || c->room == 0)
		return fail(EAGAIN);
	if (n > c->room)
		n = c->room;
	if (c->room != SIZE_MAX)
		c->room -= n;
	if (!buf_add(&c->from_usher, (struct slice){ p, n }))
		play_fail("usher says too much");
	return (ssize_t)n;
}

static ssize_t
play_write(struct stream *st, const char *p, size_t n)
{
	ssize_t sent = take(connection_of(st->fd), p, n);

	return sent < 0 ? failed(st) : sent;
}

static void
play_finish(struct stream *st)
{
	connection_of(st->fd)->usher_ended = true;
}

static const char *
play_trouble(const struct stream *st)
{
	return strerror(st->trouble);
}

const struct stream_layer stream_socket_layer = {
	.read = play_read,
	.write = play_write,
	.finish = play_finish,
	.trouble = play_trouble,
};
