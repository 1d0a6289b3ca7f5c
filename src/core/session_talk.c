/* What a session hears and says as long as a protocol reads it: until the relay,
   or to the end. */
#include "base/clock.h"
#include "core/session_private.h"
#include "net/tls.h"

/* Asked of the socket at once. */
#define READ_OCTETS (4 * 1024)
/* Answers that the client does not read are not heaped up beyond this: its next
   commands wait. The longest answer has room behind it. */
#define ENOUGH_OUTPUT (16 * 1024)

bool
session_takes_input(const struct session *s)
{
	return s->at == SESSION_DIALOGUE || s->at == SESSION_SASL;
}

/* ---- output ------------------------------------------------------------ */

/* As long as nobody looks at it, a little input is enough. */
static bool
has_room(const struct session *s)
{
	const struct login *l = s->login;

	return buf_room(&l->in) > 0 &&
	       (s->at != SESSION_HELD || l->in.n < READ_OCTETS);
}

/* Waits for what may come next: more input unless there is no room for it,
   room for output if some is left. */
static void
want(struct session *s)
{
	unsigned wants = WANT_NOTHING;

	if (has_room(s))
		wants |= WANT_READ;
	if (s->login->out.n > 0)
		wants |= WANT_WRITE;
	stream_want(&s->client, wants);
}

static void
begin_tls(struct session *s)
{
	/* Octets that came in one read with STARTTLS were sent in the clear by
	   who knows whom; RFC 9051 section 6.2.1 lets no client send them, so
	   they go. */
	buf_clear(&s->login->in);
	s->login->starttls = false;
	tls_accept(s->core->tls, &s->client);
}

void
session_flush(struct session *s)
{
	struct buf *out = &s->login->out;
	ssize_t n = 0;

	while (out->n > 0 &&
	       (n = stream_write(&s->client, out->p, out->n)) > 0)
		buf_drop(out, (size_t)n);
	if (n == STREAM_BROKEN) {
		session_close(s, CLOSE_CLIENT_BROKEN);
		return;
	}
	if (s->login->starttls && out->n == 0)
		begin_tls(s);
	else
		want(s);
}

/* ---- input ------------------------------------------------------------- */

static bool
may_go_on(const struct session *s)
{
	return session_takes_input(s) &&
	       (s->login->bulk || s->login->out.n < ENOUGH_OUTPUT);
}

/* Hands the protocol what is there, as often as it takes something; returns the
   octets taken. */
static size_t
digest(struct session *s, struct slice in)
{
	size_t done = 0;

	while (may_go_on(s) && done < in.n) {
		size_t used = s->listener->proto->client_input(
			s, slice_skip(in, done));

		if (used == 0)
			break;
		done += used;
	}
	return done;
}

static void
digest_kept(struct session *s)
{
	struct login *l = s->login;
	size_t done = digest(s, buf_slice(&l->in));

	if (s->at == SESSION_CLOSED)
		return;
	buf_drop(&l->in, done);
	if (may_go_on(s) && buf_room(&l->in) == 0)
		session_close(s, CLOSE_INPUT_TOO_LONG);
}

void
session_go_on(struct session *s)
{
	bool waits;

	if (s->at == SESSION_CLOSED || s->at == SESSION_RELAY)
		return;
	digest_kept(s);
	if (s->at == SESSION_CLOSED)
		return;
	waits = session_takes_input(s) && !may_go_on(s);
	session_flush(s);
	if (waits && may_go_on(s))
		loop_later(s->core->loop, &s->login->go_on);
}

void
session_on_go_on(void *arg)
{
	session_go_on(arg);
}

void
session_hold(struct session *s)
{
	if (s->at == SESSION_DIALOGUE)
		session_enter(s, SESSION_HELD);
}

void
session_resume(struct session *s)
{
	if (s->at == SESSION_CLOSED)
		return;
	if (s->at == SESSION_HELD)
		session_enter(s, SESSION_DIALOGUE);
	loop_later(s->core->loop, &s->login->go_on);
}

bool
session_is_held(const struct session *s)
{
	return s->at == SESSION_HELD;
}

void
session_expect_bulk(struct session *s, bool bulk)
{
	s->login->bulk = bulk;
}

static void
close_for(struct session *s, ssize_t word)
{
	session_close(s, word == STREAM_END ? CLOSE_CLIENT_GONE :
					      CLOSE_CLIENT_BROKEN);
}

/* Into memory that all share: what the protocol takes at once is never kept. */
static void
read_bulk(struct session *s)
{
	char *p = relay_pool_scratch(s->core->pool);
	ssize_t n = stream_read(&s->client, p, RELAY_CHUNK);
	struct slice in = { p, (size_t)n };
	size_t done;

	if (n <= 0) {
		if (n != STREAM_AGAIN)
			close_for(s, n);
		return;
	}
	done = digest(s, in);
	if (s->at == SESSION_CLOSED)
		return;
	buf_add(&s->login->in, slice_skip(in, done));
	session_flush(s);
}

static void
read_some(struct session *s)
{
	size_t room;
	char *p = buf_space(&s->login->in, READ_OCTETS, &room);
	ssize_t n = stream_read(&s->client, p, room);

	if (n <= 0) {
		if (n != STREAM_AGAIN)
			close_for(s, n);
		return;
	}
	buf_grew(&s->login->in, (size_t)n);
	session_go_on(s);
}

void
session_on_readable(void *arg)
{
	struct session *s = arg;
	struct login *l = s->login;

	if (l->limit_ms > 0)
		l->heard_ms = clock_now_ms();
	if (l->bulk && l->in.n == 0)
		read_bulk(s);
	else
		read_some(s);
}

/* What is sent makes room for further answers. */
void
session_on_writable(void *arg)
{
	struct session *s = arg;

	session_flush(s);
	session_go_on(s);
}
