/* A connection as its owner sees it: octets in, octets out, and word when more
   of either is possible.

   What lies between the owner and the wire is a layer: the bare socket, TLS on
   it, or (for as long as it takes to read one) a PROXY header. A layer may need
   a handshake before octets flow; its end is told by ready(). Nothing here ever
   waits. Embedded in its owner; all-zero is a closed stream. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <sys/types.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/slice.h"

struct stream;

/* What stream_read() and stream_write() return besides a count of octets. */
enum {
	STREAM_END = 0,		/* read only: the peer sends no more */
	STREAM_AGAIN = -1,	/* not now: wait for the callback */
	STREAM_BROKEN = -2,	/* the connection is of no use any more; see
				   stream_trouble() */
};

struct stream_owner {
	/* There is something to read, or the end; only while wanted. */
	void (*readable)(void *arg);
	/* There is room to write; only while wanted. */
	void (*writable)(void *arg);
	/* A handshake ended: well (e is NULL), or not (takes e). */
	void (*ready)(void *arg, struct err *e);
};

enum stream_progress { STREAM_PROGRESS_DONE, STREAM_PROGRESS_AGAIN,
		       STREAM_PROGRESS_FAILED };

/* One way to move octets. The functions are called with the stream's own
   state in place; those that may be NULL say so. */
struct stream_layer {
	/* NULL: nothing to shake. Sets st->handshake_needs on AGAIN, and gives
	   *e_out on FAILED. */
	enum stream_progress (*handshake)(struct stream *st, struct err **e_out);
	ssize_t (*read)(struct stream *st, char *p, size_t n);
	ssize_t (*write)(struct stream *st, const char *p, size_t n);
	/* Whether it already holds octets for the reader. NULL: never. */
	bool (*holds)(const struct stream *st);
	/* Tells the peer that no more will come. */
	void (*finish)(struct stream *st);
	/* Frees st->state. NULL: there is none. */
	void (*free)(struct stream *st);
	/* What went wrong, for the log, after STREAM_BROKEN. */
	const char *(*trouble)(const struct stream *st);
};

struct stream {
	int fd;
	const struct stream_layer *layer;	/* NULL: closed */
	void *state;				/* the layer's: an SSL */
	const struct stream_owner *owner;
	void *arg;
	struct loop_watch watch;
	int trouble;		/* errno, or the layer's own number */
	uint8_t wants;		/* enum loop_want: what the owner waits for */
	/* What the layer must wait for on the socket before it can go on: TLS
	   may have to write in order to read. */
	uint8_t read_needs, write_needs, handshake_needs;
	bool shaking;
	bool more;		/* what is written now is not the end of it */
	bool dry;		/* what the layer holds is not enough to be read */
};

/* The bare socket; net/socket.c. */
extern const struct stream_layer stream_socket_layer;

/* Takes fd, which does not block. owner and arg are borrowed. */
void stream_open(struct stream *st, struct loop *loop, int fd,
		 const struct stream_owner *owner, void *arg);

static inline bool
stream_is_open(const struct stream *st)
{
	return st->layer != NULL;
}

/* Says goodbye as the layer does, without waiting, and closes. Harmless on a
   closed stream. */
void stream_close(struct stream *st);

/* From now on events go to somebody else. */
void stream_give(struct stream *st, const struct stream_owner *owner,
		 void *arg);

/* What the owner wants to be called for; wants is a set of enum loop_want. */
void stream_want(struct stream *st, unsigned wants);

/* At most n octets; returns the count or one of the words above. */
ssize_t stream_read(struct stream *st, char *p, size_t n);
ssize_t stream_write(struct stream *st, const char *p, size_t n);
/* True if there is something to be read that the socket says nothing of. */
bool stream_holds(const struct stream *st);

/* No more will be written: the peer reads the end. Reading goes on. */
void stream_finish(struct stream *st);

/* Puts a layer on the socket and starts its handshake: with our octets if we
   speak first, else when the peer's arrive. state is the layer's to free.
   ready() is called when it is over, never from within. */
void stream_push(struct stream *st, const struct stream_layer *layer,
		 void *state, bool we_speak_first);

/* For a layer whose work is done: back to the bare socket. */
void stream_pop(struct stream *st);

/* True if octets pass as they are, so that the kernel can move them. */
static inline bool
stream_is_plain(const struct stream *st)
{
	return st->layer == &stream_socket_layer;
}

/* A short text for the log: "Connection reset by peer". */
const char *stream_trouble(const struct stream *st);

#endif
