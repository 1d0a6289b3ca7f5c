/* What OpenSSL reads from and writes to: the stream's socket, with no copy between a
   record and the wire. Its own BIO for sockets would do, but for one thing: it cannot
   tell the kernel that more will follow at once. */
#include <errno.h>
#include <sys/socket.h>

#include "net/stream.h"
#include "net/tls_private.h"

static bool
is_for_later(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static int
bio_read(BIO *bio, char *p, int n)
{
	const struct stream *st = BIO_get_data(bio);
	ssize_t got = recv(st->fd, p, (size_t)n, 0);

	BIO_clear_retry_flags(bio);
	if (is_for_later(got))
		BIO_set_retry_read(bio);
	else if (got == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return (int)got;
}

/* Of one record at most. */
static int
bio_write(BIO *bio, const char *p, int n)
{
	const struct stream *st = BIO_get_data(bio);
	int flags = MSG_NOSIGNAL | (st->more ? MSG_MORE : 0);
	ssize_t sent = send(st->fd, p, (size_t)n, flags);

	BIO_clear_retry_flags(bio);
	if (is_for_later(sent))
		BIO_set_retry_write(bio);
	return (int)sent;
}

static long
bio_ctrl(BIO *bio, int what, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (what == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return what == BIO_CTRL_FLUSH || what == BIO_CTRL_DUP;
}

/* Made once a process. */
static const BIO_METHOD *
method(void)
{
	static BIO_METHOD *m;

	if (m != NULL)
		return m;
	m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
	if (m == NULL || BIO_meth_set_read(m, bio_read) != 1 ||
	    BIO_meth_set_write(m, bio_write) != 1 ||
	    BIO_meth_set_ctrl(m, bio_ctrl) != 1)
		abort();	/* out of memory, as in mem.c */
	return m;
}

BIO *
tls_bio_make(struct stream *st)
{
	BIO *bio = BIO_new(method());

	if (bio == NULL)
		abort();
	BIO_set_data(bio, st);
	BIO_set_init(bio, 1);
	return bio;
}
