/* The second gear of the relay: bulk between two plain sockets moves through a
   pipe, inside the kernel. It takes two calls where copying takes two, and saves
   both copies; for small messages it costs more, so it is for those who have
   filled the buffer several times in a row. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/relay_private.h"

/* Full buffers in a row that make bulk. */
#define BIG_TURNS 2
/* The kernel may give less; it cuts quietly. */
#define PIPE_OCTETS (256 * 1024)
/* A pipe that brought less than this is for small messages again. */
#define SMALL_TURN (8 * 1024)
#define SPARE_PIPES 16
/* All the pipes of a user share 16,384 pages before the kernel makes them
   tiny (pipe-user-pages-soft): this is half of that for one worker. */
#define MAX_PIPES 128

/* ---- pipes ------------------------------------------------------------- */

static struct relay_pipe *
make_pipe(void)
{
	struct relay_pipe *pipe;
	int fds[2];

	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0)
		return NULL;	/* copying will do */
	(void)fcntl(fds[0], F_SETPIPE_SZ, PIPE_OCTETS);
	pipe = mem_zalloc(sizeof(*pipe));
	pipe->out = fds[0];
	pipe->in = fds[1];
	return pipe;
}

static void
take_pipe(struct relay_pool *pool, struct relay_way *way)
{
	if (pool->pipes_out == MAX_PIPES)
		return;
	way->pipe = pool->pipes;
	if (way->pipe != NULL) {
		pool->pipes = way->pipe->next;
		pool->pipe_count--;
	} else {
		way->pipe = make_pipe();
	}
	if (way->pipe != NULL)
		pool->pipes_out++;
}

void
relay_free_pipe(struct relay_pipe *pipe)
{
	close(pipe->in);
	close(pipe->out);
	free(pipe);
}

void
relay_drop_pipe(struct relay_pool *pool, struct relay_way *way)
{
	struct relay_pipe *pipe = way->pipe;

	way->pipe = NULL;
	way->big_turns = 0;
	pool->pipes_out--;
	if (pipe->held == 0 && pool->pipe_count < SPARE_PIPES) {
		pipe->next = pool->pipes;
		pool->pipes = pipe;
		pool->pipe_count++;
		return;
	}
	relay_free_pipe(pipe);
}

void
relay_consider_splice(struct relay_pool *pool, struct relay_way *way,
		      const struct stream *from, const struct stream *to,
		      size_t n)
{
	if (n < RELAY_CHUNK) {
		way->big_turns = 0;
		return;
	}
	if (++way->big_turns < BIG_TURNS)
		return;
	way->big_turns = 0;
	if (stream_is_plain(from) && stream_is_plain(to))
		take_pipe(pool, way);
}

/* ---- moving ------------------------------------------------------------ */

static bool
is_passing(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static enum relay_step
drain(struct relay_way *way, struct stream *to)
{
	while (way->pipe->held > 0) {
		ssize_t n = splice(way->pipe->out, NULL, to->fd, NULL,
				   way->pipe->held,
				   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (n < 0 && is_passing())
			return RELAY_STEP_WRITE;
		if (n <= 0) {
			to->trouble = n < 0 ? errno : EPIPE;
			return RELAY_STEP_TO_BROKEN;
		}
		way->pipe->held -= (size_t)n;
		way->octets += (uint64_t)n;
	}
	return RELAY_STEP_MORE;
}

enum relay_step
relay_splice(struct relay_pool *pool, struct relay_way *way,
	     struct stream *from, struct stream *to)
{
	enum relay_step step = drain(way, to);
	ssize_t n;

	if (step != RELAY_STEP_MORE)
		return step;
	n = splice(from->fd, NULL, way->pipe->in, NULL, PIPE_OCTETS,
		   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n > 0)
		way->pipe->held += (size_t)n;
	/* An idle or a small turn: back to copying, and the pipe to the pool. */
	if (n < 0 && is_passing()) {
		relay_drop_pipe(pool, way);
		return RELAY_STEP_READ;
	}
	if (n == 0)
		return RELAY_STEP_END;
	if (n < 0) {
		from->trouble = errno;
		return RELAY_STEP_FROM_BROKEN;
	}
	step = drain(way, to);
	if (step == RELAY_STEP_MORE && n < SMALL_TURN)
		relay_drop_pipe(pool, way);
	return step;
}
