#include "net/stream.h"

#include "net/socket.h"

/* ---- events ------------------------------------------------------------ */

/* What to watch the socket for, given what owner and layer wait for. */
static unsigned
needs(const struct stream *st)
{
	unsigned sum = WANT_NOTHING;

	if (st->shaking)
		return st->handshake_needs;
	if ((st->wants & WANT_READ) != 0)
		sum |= st->read_needs;
	if ((st->wants & WANT_WRITE) != 0)
		sum |= st->write_needs;
	return sum;
}

bool
stream_holds(const struct stream *st)
{
	return st->layer != NULL && st->layer->holds != NULL && !st->shaking &&
	       st->layer->holds(st);
}

/* The socket is silent about octets that the layer has read already. */
static void
settle(struct stream *st)
{
	if (st->layer == NULL)
		return;
	loop_watch_want(&st->watch, needs(st));
	if ((st->wants & WANT_READ) != 0 && stream_holds(st))
		loop_watch_poke(&st->watch, WANT_READ);
}

static void
shake(struct stream *st)
{
	struct err *e = NULL;
	enum stream_progress progress = st->layer->handshake(st, &e);

	if (progress == STREAM_PROGRESS_AGAIN)
		return;
	/* After a failure nothing but closing makes sense. */
	st->shaking = progress == STREAM_PROGRESS_FAILED;
	if (st->shaking)
		st->handshake_needs = WANT_NOTHING;
	st->owner->ready(st->arg, e);
}

/* Each callback may close the stream: the layer is looked at again after it. */
static void
on_ready(void *arg, unsigned happened)
{
	struct stream *st = arg;

	if (st->shaking) {
		shake(st);
		settle(st);
		return;
	}
	if (st->layer != NULL && (st->wants & WANT_WRITE) != 0 &&
	    (happened & st->write_needs) != 0)
		st->owner->writable(st->arg);
	if (st->layer != NULL && !st->shaking && (st->wants & WANT_READ) != 0 &&
	    (happened & (st->read_needs | WANT_READ)) != 0)
		st->owner->readable(st->arg);
	settle(st);
}

/* ---- for the owner ----------------------------------------------------- */

void
stream_open(struct stream *st, struct loop *loop, int fd,
	    const struct stream_owner *owner, void *arg)
{
	*st = (struct stream){ .fd = fd, .layer = &stream_socket_layer,
			       .owner = owner, .arg = arg,
			       .read_needs = WANT_READ,
			       .write_needs = WANT_WRITE };
	loop_watch_init(&st->watch, loop, fd, on_ready, st);
}

static void
free_state(struct stream *st)
{
	if (st->layer->free != NULL)
		st->layer->free(st);
	st->state = NULL;
}

void
stream_close(struct stream *st)
{
	if (st->layer == NULL)
		return;
	loop_watch_stop(&st->watch);
	if (!st->shaking && st->layer->free != NULL)
		st->layer->finish(st);
	free_state(st);
	socket_close(st->fd);
	st->fd = -1;
	st->layer = NULL;
}

void
stream_give(struct stream *st, const struct stream_owner *owner, void *arg)
{
	st->owner = owner;
	st->arg = arg;
}

void
stream_want(struct stream *st, unsigned wants)
{
	st->wants = (uint8_t)wants;
	settle(st);
}

ssize_t
stream_read(struct stream *st, char *p, size_t n)
{
	return st->layer->read(st, p, n);
}

ssize_t
stream_write(struct stream *st, const char *p, size_t n)
{
	return st->layer->write(st, p, n);
}

void
stream_finish(struct stream *st)
{
	if (st->layer != NULL)
		st->layer->finish(st);
}

void
stream_push(struct stream *st, const struct stream_layer *layer, void *state,
	    bool we_speak_first)
{
	st->layer = layer;
	st->state = state;
	st->shaking = true;
	st->handshake_needs = WANT_READ;
	loop_watch_want(&st->watch, WANT_READ);
	if (we_speak_first)
		loop_watch_poke(&st->watch, WANT_READ);
}

void
stream_pop(struct stream *st)
{
	free_state(st);
	st->layer = &stream_socket_layer;
	st->read_needs = WANT_READ;
	st->write_needs = WANT_WRITE;
}

const char *
stream_trouble(const struct stream *st)
{
	return st->layer == NULL ? "" : st->layer->trouble(st);
}
