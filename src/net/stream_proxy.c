#include "net/stream_proxy.h"

#include <errno.h>

#include "base/mem.h"
#include "net/socket.h"

struct reader {
	char p[PROXY_HEADER_MAX];
	size_t n;		/* octets taken from the socket */
	struct proxy_header header;
};

static struct reader *
reader_of(const struct stream *st)
{
	return st->state;
}

static struct err *
socket_failed(ssize_t n)
{
	if (n == 0)
		return err_new(ERR_PEER, "connection closed");
	return err_errno("read");
}

/* Takes n octets that were only looked at before. */
static void
take(struct stream *st, size_t n)
{
	struct reader *r = reader_of(st);
	ssize_t got = stream_socket_layer.read(st, r->p + r->n, n);

	if (got > 0)
		r->n += (size_t)got;
}

/* What follows the header belongs to somebody else and must stay in the socket:
   so octets are looked at, and taken once it is known whose they are. */
static enum stream_progress
read_header(struct stream *st, struct err **e_out)
{
	struct reader *r = reader_of(st);
	ssize_t n = socket_peek(st->fd, r->p + r->n, sizeof(r->p) - r->n);
	const char *why = "too long";
	size_t used = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return STREAM_PROGRESS_AGAIN;
	if (n <= 0) {
		*e_out = socket_failed(n);
		return STREAM_PROGRESS_FAILED;
	}
	switch (proxy_header_parse((struct slice){ r->p, r->n + (size_t)n },
				   &r->header, &used, &why)) {
	case PROXY_HEADER_DONE:
		take(st, used - r->n);
		return STREAM_PROGRESS_DONE;
	case PROXY_HEADER_MORE:
		take(st, (size_t)n);
		return STREAM_PROGRESS_AGAIN;
	case PROXY_HEADER_BAD:
		r->n += (size_t)n;	/* they came, for what they are worth */
		break;
	}
	*e_out = err_new(ERR_PEER, "%s", why);
	return STREAM_PROGRESS_FAILED;
}

static ssize_t
no_octets(struct stream *st, char *p, size_t n)
{
	(void)st;
	(void)p;
	(void)n;
	return STREAM_AGAIN;
}

static ssize_t
no_room(struct stream *st, const char *p, size_t n)
{
	(void)st;
	(void)p;
	(void)n;
	return STREAM_AGAIN;
}

static void
finish(struct stream *st)
{
	stream_socket_layer.finish(st);
}

static void
free_reader(struct stream *st)
{
	free(st->state);
}

static const char *
trouble(const struct stream *st)
{
	return strerror(st->trouble);
}

static const struct stream_layer proxy_layer = {
	.handshake = read_header,
	.read = no_octets,
	.write = no_room,
	.finish = finish,
	.free = free_reader,
	.trouble = trouble,
};

void
stream_proxy_begin(struct stream *st)
{
	stream_push(st, &proxy_layer, mem_zalloc(sizeof(struct reader)), false);
}

bool
stream_proxy_has_begun(const struct stream *st)
{
	return reader_of(st)->n > 0;
}

const struct proxy_header *
stream_proxy_facts(const struct stream *st)
{
	return &reader_of(st)->header;
}
