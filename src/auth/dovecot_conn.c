#include "auth/dovecot_conn.h"

#include <errno.h>
#include <unistd.h>

#include "auth/dovecot_line.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/resolver.h"
#include "net/socket.h"
#include "net/stream.h"

/* A greeting takes no longer (section 9). */
#define GREETING_MS (5 * 1000)
/* Between two attempts: from the first to the second, and at most. */
#define PAUSE_MS 100
#define MAX_PAUSE_MS (5 * 1000)
/* Questions of a busy minute that a server has not taken yet. */
#define MAX_OUTPUT (16u << 20)
#define READ_OCTETS (16 * 1024)

static const struct log auth_log = { .service = "auth" };

enum conn_at {
	CONN_PAUSE,	/* until the next attempt */
	CONN_RESOLVING,
	CONN_GREETING,	/* connecting, too */
	CONN_UP,
};

struct dovecot_conn {
	const struct auth_env *env;
	struct slice where;
	enum dovecot_conn_kind kind;
	const struct dovecot_conn_ops *ops;
	void *arg;
	enum conn_at at;
	bool was_up, complained;
	bool orphan;		/* freed, but the resolver has it yet */
	int64_t pause_ms;
	struct loop_timer timer;
	struct stream stream;
	struct buf in, out;
	struct arena arena;	/* of mechanisms */
	struct arena coming_arena;
	struct vars mechanisms, coming;	/* names; those of a greeting */
};

/* ---- coming and going -------------------------------------------------- */

static void
lose(struct dovecot_conn *c, const char *why)
{
	bool was_up = c->at == CONN_UP;

	/* Once for each time that it is gone. */
	if (!c->complained)
		LOG(&auth_log, EV_LOOKUP_SERVER_DOWN, F_TEXT("url", c->where),
		    F_TEXT("what", slice_of(why)));
	c->complained = true;
	stream_close(&c->stream);
	buf_free(&c->in);
	buf_free(&c->out);
	c->at = CONN_PAUSE;
	loop_timer_start(&c->timer, c->pause_ms);
	c->pause_ms = c->pause_ms * 2 > MAX_PAUSE_MS ? MAX_PAUSE_MS :
						      c->pause_ms * 2;
	if (was_up)
		c->ops->down(c->arg, why);
}

static void
flush(struct dovecot_conn *c)
{
	ssize_t n = 0;

	while (c->out.n > 0 &&
	       (n = stream_write(&c->stream, c->out.p, c->out.n)) > 0)
		buf_drop(&c->out, (size_t)n);
	if (n == STREAM_BROKEN)
		lose(c, stream_trouble(&c->stream));
	else
		stream_want(&c->stream, c->out.n > 0 ?
						WANT_READ | WANT_WRITE :
						WANT_READ);
}

void
dovecot_conn_send(struct dovecot_conn *c, struct slice line)
{
	if (!buf_add(&c->out, line)) {
		lose(c, "it does not take what it is asked");
		return;
	}
	flush(c);
}

/* ---- the greeting ------------------------------------------------------ */

static bool
same_names(const struct vars *a, const struct vars *b)
{
	for (size_t i = 0; i < a->n; i++) {
		if (vars_find(b, a->v[i].name) == NULL)
			return false;
	}
	return a->n == b->n;
}

static void
take_mechanisms(struct dovecot_conn *c)
{
	bool changed = !c->was_up || !same_names(&c->mechanisms, &c->coming);

	arena_free(&c->arena);
	c->arena = c->coming_arena;
	c->mechanisms = c->coming;
	c->coming_arena = (struct arena){ .used = 0 };
	c->coming = (struct vars){ .n = 0 };
	c->was_up = true;
	if (changed && c->env->offers_changed != NULL)
		c->env->offers_changed(c->env->arg);
}

static void
come_up(struct dovecot_conn *c)
{
	loop_timer_stop(&c->timer);
	c->at = CONN_UP;
	c->pause_ms = PAUSE_MS;
	if (c->complained)
		LOG(&auth_log, EV_LOOKUP_SERVER_UP, F_TEXT("url", c->where));
	c->complained = false;
	if (c->kind == DOVECOT_CLIENT)
		take_mechanisms(c);
	c->was_up = true;
	c->ops->up(c->arg);
}

/* "MECH\tPLAIN\tplaintext"; private ones are not to be advertised. */
static void
add_mechanism(struct dovecot_conn *c, struct slice rest)
{
	struct slice name, flag;

	if (!dovecot_param(&rest, &c->coming_arena, &name))
		return;
	while (dovecot_param(&rest, &c->coming_arena, &flag)) {
		if (slice_eq(flag, SL("private")))
			return;
	}
	vars_set(&c->coming, &c->coming_arena, name, SL(""));
}

static void
on_greeting_line(struct dovecot_conn *c, struct slice line)
{
	struct arena a = { 0 };
	struct slice rest = line, word, major = { 0 };

	if (!dovecot_param(&rest, &a, &word)) {
		arena_free(&a);
		return;
	}
	if (slice_eq(word, SL("VERSION")) &&
	    (!dovecot_param(&rest, &a, &major) ||
	     !slice_eq(major, SL("1"))))
		lose(c, "it speaks another version of the protocol");
	else if (slice_eq(word, SL("MECH")) && c->kind == DOVECOT_CLIENT)
		add_mechanism(c, rest);
	else if (slice_eq(word, c->kind == DOVECOT_CLIENT ? SL("DONE") :
							    SL("SPID")))
		come_up(c);
	arena_free(&a);
}

/* ---- lines ------------------------------------------------------------- */

static void
digest(struct dovecot_conn *c)
{
	while (c->at >= CONN_GREETING && c->in.n > 0) {
		size_t end = slice_index(buf_slice(&c->in), '\n');
		struct slice line = slice_first(buf_slice(&c->in), end);

		if (end == c->in.n)
			break;
		if (c->at == CONN_UP)
			c->ops->line(c->arg, line);
		else
			on_greeting_line(c, line);
		if (c->at >= CONN_GREETING)
			buf_drop(&c->in, end + 1);
	}
	if (c->at >= CONN_GREETING && buf_room(&c->in) == 0)
		lose(c, "it sends too long a line");
}

static void
on_readable(void *arg)
{
	struct dovecot_conn *c = arg;
	size_t room;
	char *p = buf_space(&c->in, READ_OCTETS, &room);
	ssize_t n = stream_read(&c->stream, p, room);

	if (n == STREAM_AGAIN)
		return;
	if (n <= 0) {
		lose(c, n == STREAM_END ? "it hung up" :
					  stream_trouble(&c->stream));
		return;
	}
	buf_grew(&c->in, (size_t)n);
	digest(c);
}

static void
on_writable(void *arg)
{
	struct dovecot_conn *c = arg;
	int error = c->at == CONN_GREETING ? socket_error(c->stream.fd) : 0;

	if (error != 0)
		lose(c, strerror(error));
	else
		flush(c);
}

static const struct stream_owner stream_events = {
	.readable = on_readable,
	.writable = on_writable,
};

/* ---- connecting -------------------------------------------------------- */

static void
greet(struct dovecot_conn *c, int fd)
{
	c->at = CONN_GREETING;
	arena_free(&c->coming_arena);
	c->coming = (struct vars){ .n = 0 };
	loop_timer_start(&c->timer, GREETING_MS);
	stream_open(&c->stream, c->env->loop, fd, &stream_events, c);
	/* In one write: a 2.4 server reads it, a 2.3 one has begun already. */
	if (c->kind == DOVECOT_CLIENT)
		buf_addf(&c->out, "VERSION\t1\t2\nCPID\t%d\n", (int)getpid());
	else
		buf_add(&c->out, SL("VERSION\t1\t0\n"));
	stream_want(&c->stream, WANT_READ | WANT_WRITE);
}

static void
connect_to(struct dovecot_conn *c, int fd)
{
	if (fd < 0)
		lose(c, strerror(errno));
	else
		greet(c, fd);
}

static bool
split_where(struct slice where, struct slice *host_out, uint16_t *port_out)
{
	size_t at = where.n;
	uint64_t port;

	while (at > 0 && where.p[at - 1] != ':')
		at--;
	if (at < 2 || !slice_to_u64(slice_skip(where, at), UINT16_MAX, &port))
		return false;
	*host_out = slice_first(where, at - 1);
	if (host_out->p[0] == '[' && host_out->p[host_out->n - 1] == ']')
		*host_out = (struct slice){ host_out->p + 1, host_out->n - 2 };
	*port_out = (uint16_t)port;
	return true;
}

static void
drop(struct dovecot_conn *c)
{
	buf_free(&c->in);
	buf_free(&c->out);
	arena_free(&c->arena);
	arena_free(&c->coming_arena);
	free(c);
}

static void
on_resolved(void *arg, const struct addr *addrs, size_t count, const char *why)
{
	static const struct addr anywhere = { .family = ADDR_NONE };
	struct dovecot_conn *c = arg;
	struct slice host;
	struct addr to;

	if (c->orphan) {
		drop(c);
		return;
	}
	c->at = CONN_PAUSE;
	if (count == 0) {
		lose(c, why);
		return;
	}
	to = addrs[0];
	split_where(c->where, &host, &to.port);
	connect_to(c, socket_connect(&to, &anywhere));
}

static void
attempt(struct dovecot_conn *c)
{
	struct slice host;
	uint16_t port;

	if (slice_starts(c->where, SL("/"))) {
		connect_to(c, socket_connect_unix(c->where));
	} else if (split_where(c->where, &host, &port)) {
		c->at = CONN_RESOLVING;
		resolver_lookup(c->env->resolver, host, on_resolved, c);
	} else {
		lose(c, "it is neither a path nor host:port");
	}
}

static void
on_timer(void *arg)
{
	struct dovecot_conn *c = arg;

	if (c->at == CONN_GREETING)
		lose(c, "it does not greet");
	else
		attempt(c);
}

/* ---- life -------------------------------------------------------------- */

struct dovecot_conn *
dovecot_conn_make(const struct auth_env *env, struct slice where,
		  enum dovecot_conn_kind kind,
		  const struct dovecot_conn_ops *ops, void *arg)
{
	struct dovecot_conn *c = mem_zalloc(sizeof(*c));

	c->env = env;
	c->where = where;
	c->kind = kind;
	c->ops = ops;
	c->arg = arg;
	c->pause_ms = PAUSE_MS;
	buf_init(&c->in, DOVECOT_MAX_REPLY);
	buf_init(&c->out, MAX_OUTPUT);
	loop_timer_init(&c->timer, env->loop, on_timer, c);
	loop_timer_start(&c->timer, 0);
	return c;
}

void
dovecot_conn_free(struct dovecot_conn **conn)
{
	struct dovecot_conn *c = *conn;

	if (c == NULL)
		return;
	*conn = NULL;
	loop_timer_stop(&c->timer);
	stream_close(&c->stream);
	c->orphan = c->at == CONN_RESOLVING;
	if (!c->orphan)
		drop(c);
}

bool
dovecot_conn_is_up(const struct dovecot_conn *c)
{
	return c->at == CONN_UP;
}

bool
dovecot_conn_was_up(const struct dovecot_conn *c)
{
	return c->was_up;
}

bool
dovecot_conn_has(const struct dovecot_conn *c, struct slice mechanism)
{
	return vars_find(&c->mechanisms, mechanism) != NULL;
}
