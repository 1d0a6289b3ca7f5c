/* Between relay.c and relay_splice.c. */
#ifndef CORE_RELAY_PRIVATE_H
#define CORE_RELAY_PRIVATE_H

#include "core/relay.h"

struct relay_chunk {
	struct relay_chunk *next;
	size_t at, n;		/* what is left: n octets from at */
	char data[RELAY_CHUNK];
};

struct relay_pipe {
	struct relay_pipe *next;
	int in, out;		/* written to, read from */
	size_t held;		/* octets inside */
};

struct relay_pool {
	char *scratch;		/* RELAY_CHUNK octets, good within a turn */
	struct relay_chunk *chunks;
	struct relay_pipe *pipes;
	size_t chunk_count, pipe_count;		/* not in use */
	size_t pipes_out;			/* in use */
	size_t half_closed;			/* relays */
};

enum relay_step {
	RELAY_STEP_MORE,	/* something moved; there may be more */
	RELAY_STEP_READ,	/* wait until from has something */
	RELAY_STEP_WRITE,	/* wait until to has room */
	RELAY_STEP_END,		/* from has ended */
	RELAY_STEP_FROM_BROKEN,
	RELAY_STEP_TO_BROKEN,
};

/* Moves some octets through the way's pipe. */
enum relay_step relay_splice(struct relay_pool *pool, struct relay_way *way,
			     struct stream *from, struct stream *to);

/* Decides on the gear after a turn that moved n octets by copying. */
void relay_consider_splice(struct relay_pool *pool, struct relay_way *way,
			   const struct stream *from, const struct stream *to,
			   size_t n);

/* Gives the pipe back, or closes it if octets are still inside. */
void relay_drop_pipe(struct relay_pool *pool, struct relay_way *way);
void relay_free_pipe(struct relay_pipe *pipe);

#endif
