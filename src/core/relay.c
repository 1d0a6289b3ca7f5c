#include "core/relay.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/relay_private.h"
#include "net/tls.h"

/* What one direction may move before others get their turn. */
#define TURN_STEPS 4
/* Kept for the next who needs one; beyond this they are freed. */
#define SPARE_CHUNKS 16

/* ---- the pool ---------------------------------------------------------- */

struct relay_pool *
relay_pool_make(void)
{
	struct relay_pool *pool = mem_zalloc(sizeof(*pool));

	pool->scratch = mem_zalloc(RELAY_CHUNK);
	return pool;
}

void
relay_pool_free(struct relay_pool **pool)
{
	if (*pool == NULL)
		return;
	while ((*pool)->chunks != NULL) {
		struct relay_chunk *c = (*pool)->chunks;

		(*pool)->chunks = c->next;
		free(c);
	}
	while ((*pool)->pipes != NULL) {
		struct relay_pipe *pipe = (*pool)->pipes;

		(*pool)->pipes = pipe->next;
		relay_free_pipe(pipe);
	}
	free((*pool)->scratch);
	free(*pool);
	*pool = NULL;
}

static struct relay_chunk *
take_chunk(struct relay_pool *pool)
{
	struct relay_chunk *c = pool->chunks;

	if (c == NULL) {
		c = mem_alloc(sizeof(*c));
	} else {
		pool->chunks = c->next;
		pool->chunk_count--;
	}
	c->next = NULL;
	c->at = c->n = 0;
	return c;
}

static void
drop_chunk(struct relay_pool *pool, struct relay_way *way)
{
	struct relay_chunk *c = way->kept;

	way->kept = NULL;
	if (c == NULL)
		return;
	if (pool->chunk_count == SPARE_CHUNKS) {
		free(c);
		return;
	}
	c->next = pool->chunks;
	pool->chunks = c;
	pool->chunk_count++;
}

static void
keep(struct relay_pool *pool, struct relay_way *way, struct slice s)
{
	if (s.n == 0)
		return;
	if (way->kept == NULL)
		way->kept = take_chunk(pool);
	memcpy(way->kept->data + way->kept->at + way->kept->n, s.p, s.n);
	way->kept->n += s.n;
}

/* ---- moving ------------------------------------------------------------ */

/* Writes what it can of s, and says how much that was. */
static enum relay_step
write_some(struct relay_way *way, struct stream *to, struct slice s,
	   size_t *written_out)
{
	size_t done = 0;

	while (done < s.n) {
		ssize_t n = stream_write(to, s.p + done, s.n - done);

		if (n == STREAM_BROKEN)
			return RELAY_STEP_TO_BROKEN;
		if (n == STREAM_AGAIN)
			break;
		done += (size_t)n;
	}
	way->octets += done;
	*written_out = done;
	return done == s.n ? RELAY_STEP_MORE : RELAY_STEP_WRITE;
}

static enum relay_step
write_kept(struct relay_pool *pool, struct relay_way *way, struct stream *to)
{
	struct relay_chunk *c = way->kept;
	size_t n = 0;
	enum relay_step step = write_some(
		way, to, (struct slice){ c->data + c->at, c->n }, &n);

	c->at += n;
	c->n -= n;
	if (c->n == 0)
		drop_chunk(pool, way);
	return step;
}

/* Reads what is there, up to a chunk. A record of TLS at a time is little, so it
   goes on while they are full ones; behind one that is not, there is most often
   nothing, and a look at the socket would be for nothing. */
static ssize_t
read_some(struct stream *from, char *p)
{
	size_t n = 0;
	ssize_t got = STREAM_AGAIN;

	while (n < RELAY_CHUNK) {
		got = stream_read(from, p + n, RELAY_CHUNK - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		if (stream_is_plain(from) ||
		    (got < TLS_RECORD && !stream_holds(from)))
			break;
	}
	return n > 0 ? (ssize_t)n : got;
}

static enum relay_step
copy(struct relay *r, struct relay_way *way, struct stream *from,
     struct stream *to)
{
	struct relay_pool *pool = r->pool;
	ssize_t got = read_some(from, pool->scratch);
	struct slice s = { pool->scratch, (size_t)got };
	size_t written = 0;
	enum relay_step step;

	if (got == STREAM_AGAIN)
		return RELAY_STEP_READ;
	if (got == STREAM_END)
		return RELAY_STEP_END;
	if (got == STREAM_BROKEN)
		return RELAY_STEP_FROM_BROKEN;
	if (way == &r->down)
		r->line_end = s.p[s.n - 1] == '\n';
	step = write_some(way, to, s, &written);
	if (step == RELAY_STEP_WRITE)
		keep(pool, way, slice_skip(s, written));
	relay_consider_splice(pool, way, from, to, s.n);
	/* Less than was asked for: there is no more just now. */
	if (step == RELAY_STEP_MORE && s.n < RELAY_CHUNK)
		return RELAY_STEP_READ;
	return step;
}

static enum relay_step
step_once(struct relay *r, struct relay_way *way, struct stream *from,
	  struct stream *to)
{
	if (way->kept != NULL)
		return write_kept(r->pool, way, to);
	if (way->state == RELAY_ENDING)
		return RELAY_STEP_END;
	if (way->pipe != NULL) {
		/* Nobody looks at what goes through the kernel. */
		if (way == &r->down)
			r->line_end = false;
		return relay_splice(r->pool, way, from, to);
	}
	return copy(r, way, from, to);
}

static bool
is_stuck(const struct relay_way *way)
{
	return way->kept != NULL ||
	       (way->pipe != NULL && way->pipe->held > 0);
}

/* Who waits for what: a way that holds octets waits for its writer, one that
   does not for its reader. */
static void
settle(struct relay *r)
{
	unsigned client = WANT_NOTHING, server = WANT_NOTHING;

	if (is_stuck(&r->up))
		server |= WANT_WRITE;
	else if (r->up.state == RELAY_OPEN)
		client |= WANT_READ;
	if (is_stuck(&r->down))
		client |= WANT_WRITE;
	else if (r->down.state == RELAY_OPEN)
		server |= WANT_READ;
	stream_want(r->client, client);
	stream_want(r->server, server);
}

/* Not back to RELAY_OPEN, ever. */
static void
set_state(struct relay *r, struct relay_way *way, enum relay_way_state state)
{
	r->pool->half_closed += !relay_is_half_closed(r);
	way->state = (uint8_t)state;
}

static void
end(struct relay *r)
{
	stream_want(r->client, WANT_NOTHING);
	stream_want(r->server, WANT_NOTHING);
	r->ended(r->arg, relay_ended_by(r),
		 r->broken != NULL ? stream_trouble(r->broken) : "");
}

/* The reader of way has ended and all of it is written. The client's end is
   passed on, since answers may still be coming; the server's is the end of all:
   whoever logged in there has nobody left to talk to. */
static bool
pass_end(struct relay *r, struct relay_way *way, struct stream *to)
{
	set_state(r, way, RELAY_ENDED);
	if (way == &r->down || r->down.state == RELAY_ENDED) {
		end(r);
		return false;
	}
	stream_finish(to);
	return true;
}

static void
drop_kept(struct relay *r, struct relay_way *way)
{
	drop_chunk(r->pool, way);
	if (way->pipe != NULL)
		relay_drop_pipe(r->pool, way);
}

/* The socket that way writes to is broken. What that side said before may still
   lie in it (a server's BYE to who was in the middle of an APPEND): the other way
   goes on to its end. */
static bool
give_way_up(struct relay *r, struct relay_way *way, struct stream *to)
{
	const struct relay_way *back = way == &r->up ? &r->down : &r->up;

	if (r->broken == NULL)
		r->broken = to;
	drop_kept(r, way);
	set_state(r, way, RELAY_ENDED);
	if (back->state != RELAY_ENDED)
		return true;
	end(r);
	return false;
}

static bool
fail_reading(struct relay *r, struct stream *from)
{
	if (r->broken == NULL)
		r->broken = from;
	end(r);
	return false;
}

/* Moves what can be moved one way. False if that was the end. */
static bool
move(struct relay *r, struct relay_way *way)
{
	bool up = way == &r->up;
	struct stream *from = up ? r->client : r->server;
	struct stream *to = up ? r->server : r->client;

	r->active_ms = clock_now_ms();
	for (int i = 0; i < TURN_STEPS && way->state != RELAY_ENDED; i++) {
		switch (step_once(r, way, from, to)) {
		case RELAY_STEP_MORE:
			continue;
		case RELAY_STEP_READ:
		case RELAY_STEP_WRITE:
			return true;
		case RELAY_STEP_END:
			set_state(r, way, RELAY_ENDING);
			if (!is_stuck(way))
				return pass_end(r, way, to);
			return true;
		case RELAY_STEP_FROM_BROKEN:
			return fail_reading(r, from);
		case RELAY_STEP_TO_BROKEN:
			return give_way_up(r, way, to);
		}
	}
	return true;
}

static void
move_and_settle(struct relay *r, struct relay_way *way)
{
	if (move(r, way))
		settle(r);
}

static void
on_client_readable(void *arg)
{
	struct relay *r = arg;

	move_and_settle(r, &r->up);
}

static void
on_client_writable(void *arg)
{
	struct relay *r = arg;

	move_and_settle(r, &r->down);
}

static void
on_server_readable(void *arg)
{
	struct relay *r = arg;

	move_and_settle(r, &r->down);
}

static void
on_server_writable(void *arg)
{
	struct relay *r = arg;

	move_and_settle(r, &r->up);
}

static const struct stream_owner client_events = {
	.readable = on_client_readable,
	.writable = on_client_writable,
};

static const struct stream_owner server_events = {
	.readable = on_server_readable,
	.writable = on_server_writable,
};

/* Sends what was read before the relay began. False if that was the end. */
static bool
say_first(struct relay *r, struct relay_way *way, struct stream *to,
	  struct slice s)
{
	size_t written = 0;

	if (write_some(way, to, s, &written) == RELAY_STEP_TO_BROKEN)
		return give_way_up(r, way, to);
	keep(r->pool, way, slice_skip(s, written));
	return true;
}

/* ---- for the owner ----------------------------------------------------- */

void
relay_start(struct relay *r, struct relay_pool *pool, struct stream *client,
	    struct stream *server, struct slice client_said,
	    struct slice server_said,
	    void (*ended)(void *arg, enum relay_end side, const char *trouble),
	    void *arg)
{
	*r = (struct relay){ .pool = pool, .client = client, .server = server,
			     .active_ms = clock_now_ms(), .line_end = true,
			     .ended = ended, .arg = arg };
	stream_give(client, &client_events, r);
	stream_give(server, &server_events, r);
	if (server_said.n > 0)
		r->line_end = server_said.p[server_said.n - 1] == '\n';
	if (say_first(r, &r->up, server, client_said) &&
	    say_first(r, &r->down, client, server_said))
		settle(r);
}

char *
relay_pool_scratch(struct relay_pool *pool)
{
	return pool->scratch;
}

enum relay_end
relay_ended_by(const struct relay *r)
{
	if (r->broken != NULL)
		return r->broken == r->client ? RELAY_END_CLIENT :
						RELAY_END_SERVER;
	return r->up.state != RELAY_OPEN ? RELAY_END_CLIENT : RELAY_END_SERVER;
}

size_t
relay_pool_half_closed(const struct relay_pool *pool)
{
	return pool->half_closed;
}

void
relay_stop(struct relay *r)
{
	if (relay_is_half_closed(r))
		r->pool->half_closed--;
	drop_kept(r, &r->up);
	drop_kept(r, &r->down);
}

bool
relay_may_speak(const struct relay *r)
{
	/* A server that is quiet for this long is not in the middle of a
	   literal whose last octet happened to be a line end. */
	const int64_t quiet_ms = 100;

	return r->line_end && !is_stuck(&r->down) &&
	       r->down.state == RELAY_OPEN &&
	       clock_now_ms() - r->active_ms >= quiet_ms;
}
