/* After the login: octets both ways until one side ends.

   No buffer belongs to a connection that is idle. What is read is written at
   once, out of memory that all sessions of a worker share; only what the other
   side would not take is kept, in a chunk from a pool, and reading that way
   pauses until it is gone. Bulk between two plain sockets goes through a pipe
   inside the kernel (see relay_splice.h). */
#ifndef CORE_RELAY_H
#define CORE_RELAY_H

#include "base/loop.h"
#include "base/slice.h"
#include "net/stream.h"

/* What is read at once, and the most that is kept for one direction. */
#define RELAY_CHUNK (64 * 1024)

struct relay_pool;
struct relay_chunk;
struct relay_pipe;

/* Shared by the sessions of a process. Keeps some chunks and pipes that are not
   in use. */
struct relay_pool *relay_pool_make(void);
void relay_pool_free(struct relay_pool **pool);

/* RELAY_CHUNK octets that anybody may use within a turn. */
char *relay_pool_scratch(struct relay_pool *pool);

/* How many relays there are of which one side has ended, or broken, and the other
   has not. */
size_t relay_pool_half_closed(const struct relay_pool *pool);

enum relay_way_state {
	RELAY_OPEN,
	RELAY_ENDING,	/* the reader saw the end; what is kept goes first */
	RELAY_ENDED,	/* the writer was told */
};

struct relay_way {
	uint64_t octets;		/* written */
	struct relay_chunk *kept;	/* NULL: nothing */
	struct relay_pipe *pipe;	/* NULL: not in bulk */
	uint8_t state;			/* enum relay_way_state */
	uint8_t big_turns;		/* in a row; see relay_splice.h */
};

enum relay_end { RELAY_END_CLIENT, RELAY_END_SERVER };

struct relay {
	struct relay_pool *pool;
	struct stream *client, *server;
	struct stream *broken;		/* the first of them that did; or NULL */
	struct relay_way up, down;	/* to the server, to the client */
	int64_t active_ms;		/* when octets last moved */
	bool line_end;			/* the client's last octet was LF */
	/* One side ended, or broke: side and words, for the log. Called once;
	   the streams are still to be closed. */
	void (*ended)(void *arg, enum relay_end side, const char *trouble);
	void *arg;
};

/* One side has ended, the other not yet: since when nothing moved is in
   active_ms. */
static inline bool
relay_is_half_closed(const struct relay *r)
{
	return r->up.state != RELAY_OPEN || r->down.state != RELAY_OPEN;
}

/* Of a relay that is half closed: which side was the first. */
enum relay_end relay_ended_by(const struct relay *r);

/* Takes over both streams' events. client_said and server_said were read before
   and go first; they are copied. */
void relay_start(struct relay *r, struct relay_pool *pool,
		 struct stream *client, struct stream *server,
		 struct slice client_said, struct slice server_said,
		 void (*ended)(void *arg, enum relay_end side,
			       const char *trouble),
		 void *arg);

/* Gives back what is kept. The streams are to be closed by their owner. */
void relay_stop(struct relay *r);

/* True if words of our own would not stand in the middle of the server's: the
   last line to the client is whole, and nothing is under way. */
bool relay_may_speak(const struct relay *r);

#endif
