/* A connection to a backend: how it is made, the commands that wait for answers,
   the octets of messages. What the answers mean for a message is said in
   smtp_conn_reply.c. */
#include <utlist.h>

#include "base/mem.h"
#include "core/relay.h"
#include "smtp/smtp_attr.h"
#include "smtp/smtp_conn_private.h"

/* Content kept for a backend that is slower than the client. */
#define FULL (128 * 1024)
/* The same, and what one read of the client's may become: a message of nothing
   but LF doubles. */
#define MAX_OUTPUT (FULL + 2 * RELAY_CHUNK + 64 * 1024)
/* A connection that stands ready for the client's next message, for this long
   (spec: smtp-proxying.md section 14). */
#define KEEP_MS (30 * 1000)
/* Asked of the socket at once. */
#define READ_OCTETS (4 * 1024)

/* ---- time -------------------------------------------------------------------- */

static int64_t
limit_for(const struct smtp_conn *c)
{
	const struct target *t = &c->target;

	if (c->data == SMTP_DATA_FLOWS)
		return t->data_timeout_ms;
	if (c->steps == NULL)
		return KEEP_MS;
	return c->steps->kind == SMTP_STEP_END ? t->reply_timeout_ms :
						 t->command_timeout_ms;
}

/* Nothing is awaited of the backend, and it is not to be let go. */
static bool
may_rest(const struct smtp_conn *c)
{
	if (c->at == SMTP_CONN_OPENING)
		return true;	/* struct backend has limits of its own */
	if (c->data == SMTP_DATA_FLOWS)
		return c->out.n == 0;
	return c->steps == NULL && (c->server->user_conn == c || c->mail != NULL);
}

void
smtp_conn_watch(struct smtp_conn *c)
{
	if (may_rest(c))
		loop_timer_stop(&c->timer);
	else
		loop_timer_start(&c->timer, limit_for(c));
}

static void
on_timer(void *arg)
{
	struct smtp_conn *c = arg;

	if (c->steps == NULL && c->data == SMTP_DATA_NONE)
		smtp_conn_quit(c);
	else
		smtp_conn_lost(c, "Backend timed out");
}

/* ---- octets -------------------------------------------------------------------- */

static void
settle(struct smtp_conn *c)
{
	stream_want(c->stream, c->out.n > 0 ? WANT_READ | WANT_WRITE :
					      WANT_READ);
}

/* Writes what it can at once. False if the connection is of no use any more. */
static bool
write_some(struct smtp_conn *c, struct slice *s)
{
	while (s->n > 0) {
		ssize_t n = stream_write(c->stream, s->p, s->n);

		if (n == STREAM_BROKEN)
			return false;
		if (n == STREAM_AGAIN)
			break;
		c->sent += (uint64_t)n;
		*s = slice_skip(*s, (size_t)n);
	}
	return true;
}

static void
flush(struct smtp_conn *c)
{
	struct slice rest = buf_slice(&c->out);

	if (c->at != SMTP_CONN_OPEN)
		return;
	if (!write_some(c, &rest)) {
		smtp_conn_lost(c, "Backend connection lost");
		return;
	}
	buf_drop(&c->out, c->out.n - rest.n);
	settle(c);
}

void
smtp_conn_write(struct smtp_conn *c, struct slice s)
{
	if (c->at != SMTP_CONN_OPEN)
		return;
	if (c->out.n == 0 && !write_some(c, &s)) {
		smtp_conn_lost(c, "Backend connection lost");
		return;
	}
	if (s.n == 0)
		return;
	if (!buf_add(&c->out, s))
		abort();	/* smtp_conn_is_full() was not asked */
	if (!loop_timer_runs(&c->timer))
		smtp_conn_watch(c);
	settle(c);
}

bool
smtp_conn_is_full(const struct smtp_conn *c)
{
	return c->at == SMTP_CONN_OPEN && c->out.n >= FULL;
}

static void
on_writable(void *arg)
{
	struct smtp_conn *c = arg;
	bool was_full = smtp_conn_is_full(c);

	flush(c);
	if (c->at != SMTP_CONN_OPEN || c->data != SMTP_DATA_FLOWS)
		return;
	smtp_conn_watch(c);
	if (was_full && !smtp_conn_is_full(c))
		smtp_data_go_on(c->mail);
}

static void
digest(struct smtp_conn *c)
{
	size_t used, done = 0;

	while (c->at == SMTP_CONN_OPEN && done < c->in.n) {
		used = smtp_conn_input(c, slice_skip(buf_slice(&c->in), done));
		if (used == 0)
			break;
		done += used;
	}
	if (c->at == SMTP_CONN_OPEN)
		buf_drop(&c->in, done);
}

static void
on_readable(void *arg)
{
	struct smtp_conn *c = arg;
	size_t room;
	char *p = buf_space(&c->in, READ_OCTETS, &room);
	ssize_t n = stream_read(c->stream, p, room);

	if (n == STREAM_AGAIN)
		return;
	if (n <= 0) {
		smtp_conn_lost(c, "Backend connection lost");
		return;
	}
	buf_grew(&c->in, (size_t)n);
	c->received += (uint64_t)n;
	digest(c);
}

static const struct stream_owner events = {
	.readable = on_readable,
	.writable = on_writable,
};

/* ---- steps --------------------------------------------------------------------- */

static void
write_step(struct smtp_conn *c, struct smtp_step *s)
{
	switch (s->kind) {
	case SMTP_STEP_MAIL:
		if (c->xforward)
			s->extra = smtp_write_xforward(
				&c->forward, c->caps.xforward,
				smtp_transport(c->server), &c->out);
		smtp_write_mail(c, c->mail, &c->out);
		return;
	case SMTP_STEP_RCPT:
		smtp_write_rcpt(c, s->rcpt, &c->out);
		return;
	case SMTP_STEP_DATA:
		buf_add(&c->out, SL("DATA\r\n"));
		return;
	case SMTP_STEP_RSET:
		buf_add(&c->out, SL("RSET\r\n"));
		return;
	case SMTP_STEP_NOOP:
		buf_add(&c->out, SL("NOOP\r\n"));
		return;
	case SMTP_STEP_END:
		return;
	}
}

/* Sends the steps that may go now: all, or with a backend that cannot pipeline
   one at a time. */
static void
send_steps(struct smtp_conn *c)
{
	bool pipelining = smtp_caps_have(&c->caps, SMTP_CAP_PIPELINING);

	if (c->at != SMTP_CONN_OPEN)
		return;
	for (struct smtp_step *s = c->steps; s != NULL; s = s->next) {
		if (s->sent)
			continue;
		if (s != c->steps && !pipelining)
			break;
		s->sent = true;
		write_step(c, s);
	}
	flush(c);
}

static void
on_flush(void *arg)
{
	send_steps(arg);
}

/* The commands of one turn leave in one write. */
void
smtp_conn_push(struct smtp_conn *c, enum smtp_step_kind kind,
	       struct smtp_rcpt *rcpt)
{
	struct smtp_step *s = mem_zalloc(sizeof(*s));

	s->kind = kind;
	s->rcpt = rcpt;
	s->sent = kind == SMTP_STEP_END;
	*c->steps_end = s;
	c->steps_end = &s->next;
	if (c->steps == s)
		smtp_conn_watch(c);
	if (!s->sent)
		loop_later(session_core(c->session)->loop, &c->flush);
}

/* The oldest step was answered. */
void
smtp_conn_pop(struct smtp_conn *c)
{
	struct smtp_step *s = c->steps;

	c->steps = s->next;
	if (c->steps == NULL)
		c->steps_end = &c->steps;
	free(s);
	smtp_conn_watch(c);
	if (c->steps != NULL && !c->steps->sent)
		loop_later(session_core(c->session)->loop, &c->flush);
}

void
smtp_conn_forget_steps(struct smtp_conn *c)
{
	struct smtp_step **at = &c->steps;

	while (*at != NULL) {
		struct smtp_step *s = *at;

		s->rcpt = NULL;
		if (s->sent) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
	}
	c->steps_end = at;
}

static void
drop_steps(struct smtp_conn *c)
{
	while (c->steps != NULL) {
		struct smtp_step *s = c->steps;

		c->steps = s->next;
		free(s);
	}
	c->steps_end = &c->steps;
}

/* ---- making -------------------------------------------------------------------- */

static void
on_sweep(void *arg)
{
	struct smtp_server *server = arg;
	struct smtp_conn *c, *next;

	DL_FOREACH_SAFE(server->conns, c, next) {
		if (c->at == SMTP_CONN_GONE)
			smtp_conn_free(&c);
	}
}

static struct smtp_conn *
make(struct smtp_server *server)
{
	struct session *s = server->session;
	struct loop *loop = session_core(s)->loop;
	struct smtp_conn *c = mem_zalloc(sizeof(*c));

	c->session = s;
	c->server = server;
	c->stream = &c->own;
	c->steps_end = &c->steps;
	buf_init(&c->in, SMTP_MAX_REPLY);
	buf_init(&c->out, MAX_OUTPUT);
	c->flush.run = on_flush;
	c->flush.arg = c;
	loop_timer_init(&c->timer, loop, on_timer, c);
	server->sweep.run = on_sweep;
	server->sweep.arg = server;
	DL_APPEND(server->conns, c);
	server->conn_count++;
	return c;
}

static void
become_open(struct smtp_conn *c, const struct backend *b)
{
	c->caps = *smtp_backend_caps(b);
	c->told = smtp_backend_told(b);
	c->xforward = smtp_backend_wants_xforward(b);
	c->at = SMTP_CONN_OPEN;
	stream_give(c->stream, &events, c);
}

static void
on_ready(void *arg, struct slice words)
{
	struct smtp_conn *c = arg;
	bool ahead = backend_leftover(c->backend).n > 0;

	(void)words;
	become_open(c, c->backend);
	c->sent += backend_sent(c->backend);
	if (ahead) {
		smtp_conn_lost(c, "Backend said more than it was asked");
		return;
	}
	smtp_conn_watch(c);
	send_steps(c);
}

static void
on_failed(void *arg, enum verdict_kind kind, struct slice words)
{
	struct smtp_conn *c = arg;

	smtp_conn_unusable(c, kind, words);
}

static const struct backend_owner backend_events = {
	.logged_in = on_ready,
	.failed = on_failed,
};

static void
open_conn(struct smtp_conn *c)
{
	struct log log = session_log(c->session);

	backend_free(&c->backend);
	c->at = SMTP_CONN_OPENING;
	c->backend = backend_start(session_core(c->session), &smtp_proto,
				   c->stream, &c->target, &c->forward,
				   &backend_events, c, &log);
}

/* "<session>:P2", as Dovecot's LMTP proxy numbers its connections. */
static struct slice
own_session_id(struct smtp_conn *c)
{
	struct slice id = c->forward.session_id;
	struct buf text;

	buf_init(&text, FORWARD_MAX_SESSION_ID);
	BUF_ADD(&text, id);
	if (!buf_addf(&text, ":P%u", c->server->conn_count))
		buf_clear(&text);
	if (text.n > 0)
		id = arena_copy(&c->arena, buf_slice(&text));
	buf_free(&text);
	return id;
}

static void
copy_vars(const struct vars *from, struct arena *a, struct vars *to)
{
	*to = (struct vars){ 0 };
	for (size_t i = 0; i < from->n; i++)
		vars_set(to, a, from->v[i].name, from->v[i].value);
}

/* The session's own memory outlives its connections, a message's does not. */
static void
copy_target(struct smtp_conn *c, const struct target *t)
{
	struct arena *a = &c->arena;
	struct addr *addrs = arena_alloc(a, t->addr_count * sizeof(*addrs));

	memcpy(addrs, t->addrs, t->addr_count * sizeof(*addrs));
	c->target = *t;
	c->target.addrs = addrs;
	c->target.name = arena_copy(a, t->name);
	c->target.host = arena_copy(a, t->host);
	/* Recipients differ in these, and they are no login here. */
	c->target.identity = (struct sasl_client_identity){ .user = { 0 } };
	c->target.mech = (struct slice){ 0 };
}

static void
take_identity(struct smtp_conn *c)
{
	struct vars variables;

	smtp_forward_now(c->server, &c->forward);
	c->forward.helo = arena_copy(&c->arena, c->forward.helo);
	c->forward.client_name = arena_copy(&c->arena, c->forward.client_name);
	copy_vars(&c->forward.variables, &c->arena, &variables);
	c->forward.variables = variables;
	forward_add(&c->forward, &session_settings(c->session)->forward.variables,
		    &c->arena);
	c->forward.session_id = own_session_id(c);
}

static bool
same_addrs(const struct target *a, const struct target *b)
{
	if (a->addr_count != b->addr_count)
		return false;
	for (size_t i = 0; i < a->addr_count; i++) {
		if (!addr_eq(&a->addrs[i], &b->addrs[i]))
			return false;
	}
	return true;
}

/* What Dovecot compares, too (spec: smtp-proxying.md section 10.1). */
bool
smtp_same_target(const struct target *a, const struct target *b)
{
	return a->protocol == b->protocol && a->tls == b->tls &&
	       a->tls_files.verify == b->tls_files.verify &&
	       a->send_identity == b->send_identity &&
	       slice_eq(a->host, b->host) &&
	       addr_eq(&a->source_ip, &b->source_ip) && same_addrs(a, b);
}

/* What was said with XCLIENT cannot be taken back; XFORWARD is said anew each
   time. */
static bool
same_identity(const struct smtp_conn *c)
{
	struct forward now;

	smtp_forward_now(c->server, &now);
	return c->xforward || !c->target.send_identity ||
	       (addr_eq(&c->forward.client, &now.client) &&
		slice_eq(c->forward.helo, now.helo) &&
		slice_eq(c->forward.client_name, now.client_name));
}

struct smtp_conn *
smtp_conn_get(struct smtp_server *server, const struct target *t)
{
	struct smtp_conn *c;

	DL_FOREACH(server->conns, c) {
		if (c->at != SMTP_CONN_GONE &&
		    smtp_same_target(&c->target, t) && same_identity(c))
			return c;
	}
	c = make(server);
	copy_target(c, t);
	take_identity(c);
	open_conn(c);
	return c;
}

struct smtp_conn *
smtp_conn_take(struct smtp_server *server)
{
	struct session *s = server->session;
	struct smtp_conn *c = make(server);

	c->target = *session_target(s);
	c->forward = *session_forward(s);
	c->stream = session_take_server(s);
	become_open(c, session_backend(s));
	server->user_conn = c;
	smtp_conn_watch(c);
	stream_want(c->stream, WANT_READ);
	return c;
}

/* ---- going --------------------------------------------------------------------- */

/* What was said and not answered is said again. */
void
smtp_conn_reopen(struct smtp_conn *c)
{
	for (struct smtp_step *s = c->steps; s != NULL; s = s->next) {
		s->sent = false;
		s->extra = 0;
	}
	stream_close(c->stream);
	buf_clear(&c->in);
	buf_clear(&c->out);
	c->used = false;
	loop_timer_stop(&c->timer);
	open_conn(c);
}

/* Not from within its own callback: the loop frees it after this turn. */
void
smtp_conn_close(struct smtp_conn *c)
{
	if (c->at == SMTP_CONN_GONE)
		return;
	session_count(c->session, c->sent, c->received);
	c->at = SMTP_CONN_GONE;
	if (c->backend != NULL)
		backend_abandon(c->backend);
	stream_close(c->stream);
	loop_timer_stop(&c->timer);
	if (c->server->user_conn == c)
		c->server->user_conn = NULL;
	loop_later(session_core(c->session)->loop, &c->server->sweep);
}

void
smtp_conn_quit(struct smtp_conn *c)
{
	/* Its answer interests nobody; what does not fit into the socket at
	   once need not be said. */
	if (c->at == SMTP_CONN_OPEN && c->out.n == 0 &&
	    c->data == SMTP_DATA_NONE)
		(void)stream_write(c->stream, "QUIT\r\n", 6);
	smtp_conn_close(c);
}

void
smtp_conn_free(struct smtp_conn **conn)
{
	struct smtp_conn *c = *conn;
	struct loop *loop = session_core(c->session)->loop;

	if (c->at != SMTP_CONN_GONE)
		smtp_conn_quit(c);
	loop_forget(loop, &c->flush);
	backend_free(&c->backend);
	drop_steps(c);
	buf_free(&c->in);
	buf_free(&c->out);
	DL_DELETE(c->server->conns, c);
	arena_free(&c->arena);
	free(c);
	*conn = NULL;
}
