/* A Dovecot auth server: whatever passdbs it has (SQL, LDAP, PAM, OAuth2...), by its
   own protocol. Passwords and tokens are put to it in one message; other exchanges
   are relayed to it step by step. Deliveries are asked about at a master socket. */
#include <uthash.h>
#include <utlist.h>

#include "auth/auth.h"
#include "auth/dovecot_conn.h"
#include "auth/dovecot_line.h"
#include "auth/oauth_message.h"
#include "base/base64.h"
#include "base/log.h"
#include "base/mem.h"

/* While nobody is there to be asked, a question waits so long. */
#define NOBODY_MS (5 * 1000)
/* A message of a client's, decoded. */
#define MAX_MESSAGE (16 * 1024)

static const struct log auth_log = { .service = "auth" };

struct question {
	struct question *prev, *next;	/* of those that wait to be sent */
	UT_hash_handle hh;		/* of those that were, by id */
	struct side *side;
	struct auth_lookup *lookup;
	unsigned id;
	bool sent;
	bool repeated;			/* the connection was lost once */
	bool talked;			/* the client has been asked */
	struct slice token_error;
	struct loop_timer timer;
};

/* A socket, and what is asked there. */
struct side {
	struct dovecot_driver *driver;
	struct dovecot_conn *conn;	/* NULL: there is no such socket */
	struct slice where;
	struct question *waiting;
	struct question *pending;	/* by id */
	unsigned last_id;
};

struct dovecot_driver {
	const struct auth_conf *conf;
	struct loop *loop;
	struct side client, master;
};

/* ---- ends -------------------------------------------------------------- */

static void
leave(struct question *q)
{
	loop_timer_stop(&q->timer);
	if (q->sent)
		HASH_DEL(q->side->pending, q);
	else
		DL_DELETE(q->side->waiting, q);
}

static void
fail(struct question *q, const char *why)
{
	const struct auth_answer failure = {
		.result = AUTH_TEMPFAIL, .user = q->lookup->request->user };

	leave(q);
	LOG(&auth_log, EV_LOOKUP_FAILED,
	    F_NAMED("user", q->lookup->request->user),
	    F_TEXT("url", q->side->where), F_TEXT("what", slice_of(why)));
	auth_lookup_answer(q->lookup, &failure);
}

/* The server is to forget it. A late answer finds nobody. */
static void
call_off(struct question *q)
{
	struct buf line;

	if (!q->sent || q->side->conn == NULL ||
	    !dovecot_conn_is_up(q->side->conn) ||
	    q->side == &q->side->driver->master)
		return;
	buf_init(&line, 64);
	buf_addf(&line, "CANCEL\t%u\n", q->id);
	dovecot_conn_send(q->side->conn, buf_slice(&line));
	buf_free(&line);
}

static void
on_late(void *arg)
{
	struct question *q = arg;

	if (!q->sent) {
		fail(q, "it is not there");
		return;
	}
	call_off(q);
	fail(q, "it does not answer");
}

/* ---- asking ------------------------------------------------------------ */

/* What goes in one message. False: it is an exchange of more. */
static bool
write_message(const struct auth_request *r, struct buf *out)
{
	bool bearer = slice_eq(r->mechanism, SL("OAUTHBEARER"));

	switch (r->proof) {
	case AUTH_PROOF_PASSWORD:
		BUF_ADD(out, r->authzid, ((struct slice){ "", 1 }), r->user,
			((struct slice){ "", 1 }), r->password);
		return true;
	case AUTH_PROOF_TOKEN:
		oauth_message_write(bearer ? OAUTH_BEARER : OAUTH_XOAUTH2,
				    r->user, r->password, out);
		return true;
	case AUTH_PROOF_CERTIFICATE:
		buf_add(out, r->authzid);
		return true;
	case AUTH_PROOF_EXCHANGE:
		break;
	}
	buf_add(out, r->response);
	return r->has_response;
}

static bool
write_auth(struct question *q, struct buf *line)
{
	const struct auth_request *r = q->lookup->request;
	/* A password is one, however the client said it. */
	struct slice mechanism = r->proof == AUTH_PROOF_PASSWORD ?
					 SL("PLAIN") :
					 r->mechanism;
	struct slice resp;
	struct buf message;
	bool has_message, good;

	buf_init(&message, MAX_MESSAGE);
	has_message = write_message(r, &message);
	resp = buf_slice(&message);
	good = buf_ok(&message) &&
	       dovecot_write_auth(r, q->id, mechanism,
				  has_message ? &resp : NULL, line);
	buf_free(&message);
	return good;
}

static bool
write_pass(struct question *q, struct buf *line)
{
	size_t left_out = 0;
	bool good = dovecot_write_pass(q->lookup->request, q->id, line,
				       &left_out);

	if (left_out > 0)
		LOG(&auth_log, EV_FORWARD_LEFT_OUT,
		    F_COUNT("variables", left_out));
	return good;
}

static void
put(struct question *q)
{
	struct side *side = q->side;
	struct buf line;
	bool good;

	q->id = ++side->last_id;	/* never again on this connection */
	buf_init(&line, 2 * DOVECOT_MAX_CLIENT_LINE);
	good = side == &side->driver->master ? write_pass(q, &line) :
					       write_auth(q, &line);
	if (good) {
		DL_DELETE(side->waiting, q);
		HASH_ADD(hh, side->pending, id, sizeof(q->id), q);
		q->sent = true;
		loop_timer_start(&q->timer, side->driver->conf->timeout);
		dovecot_conn_send(side->conn, buf_slice(&line));
	} else {
		fail(q, "the question is too long for it");
	}
	buf_free(&line);
}

static void
lookup(void *state, const struct auth_conf *conf, struct auth_lookup *l)
{
	struct dovecot_driver *d = state;
	struct question *q = arena_alloc(l->arena, sizeof(*q));

	(void)conf;
	q->side = l->request->lookup_only ? &d->master : &d->client;
	q->lookup = l;
	l->driver_data = q;
	loop_timer_init(&q->timer, d->loop, on_late, q);
	DL_APPEND(q->side->waiting, q);
	if (q->side->conn == NULL)
		fail(q, "deliveries need master_socket");
	else if (dovecot_conn_is_up(q->side->conn))
		put(q);
	else
		loop_timer_start(&q->timer, NOBODY_MS);
}

static void
proceed(void *state, struct auth_lookup *l, struct slice response)
{
	struct question *q = l->driver_data;
	struct buf line;

	(void)state;
	loop_timer_start(&q->timer, q->side->driver->conf->timeout);
	buf_init(&line, DOVECOT_MAX_CLIENT_LINE);
	buf_addf(&line, "CONT\t%u\t", q->id);
	base64_encode(response, &line);
	buf_add_char(&line, '\n');
	if (buf_ok(&line)) {
		dovecot_conn_send(q->side->conn, buf_slice(&line));
	} else {
		call_off(q);
		fail(q, "the client's message is too long for it");
	}
	buf_free(&line);
}

static void
cancel(void *state, struct auth_lookup *l)
{
	struct question *q = l->driver_data;

	(void)state;
	call_off(q);
	leave(q);
}

/* ---- answers ----------------------------------------------------------- */

/* Why a token was refused; the refusal itself follows our answer. */
static void
on_token_error(struct question *q, struct slice text)
{
	bool bearer = slice_eq(q->lookup->request->mechanism,
			       SL("OAUTHBEARER"));

	q->token_error = text;
	proceed(NULL, q->lookup, bearer ? SL("\001") : SL(""));
}

static void
on_continue(struct question *q, struct slice text)
{
	if (q->lookup->request->proof == AUTH_PROOF_EXCHANGE) {
		q->talked = true;
		/* The client takes its time. */
		loop_timer_stop(&q->timer);
		auth_lookup_challenge(q->lookup, text);
	} else if (q->lookup->request->proof == AUTH_PROOF_TOKEN &&
		   q->token_error.n == 0 && text.n > 0) {
		on_token_error(q, text);
	} else {
		call_off(q);
		fail(q, "it asks for more than there is");
	}
}

static void
finish(struct question *q, struct auth_answer *answer)
{
	if (answer->user.n == 0)
		answer->user = q->lookup->request->user;
	answer->token_error = q->token_error;
	leave(q);
	auth_lookup_answer(q->lookup, answer);
}

static void
on_reply(struct side *side, struct question *q, struct slice line)
{
	struct auth_answer nobody = { .result = AUTH_DENIED };
	struct dovecot_reply r;

	/* Once more, into the lookup's own memory. */
	line = arena_copy(q->lookup->arena, line);
	if (!dovecot_read_reply(line, q->lookup->arena, &r)) {
		fail(q, "its reply makes no sense");
		return;
	}
	switch (r.kind) {
	case DOVECOT_CONTINUE:
		on_continue(q, r.text);
		return;
	case DOVECOT_NOTFOUND:
		finish(q, &nobody);
		return;
	case DOVECOT_FAIL:
		/* At a master socket this is trouble, and not a no. */
		if (side == &side->driver->master)
			r.answer.result = AUTH_TEMPFAIL;
		finish(q, &r.answer);
		return;
	case DOVECOT_OK:
		finish(q, &r.answer);
		return;
	case DOVECOT_OTHER:
		return;
	}
}

static void
on_line(void *arg, struct slice line)
{
	struct side *side = arg;
	struct arena a = { 0 };
	struct dovecot_reply r;
	struct question *q = NULL;
	unsigned id;

	if (dovecot_read_reply(line, &a, &r) && r.kind != DOVECOT_OTHER) {
		id = (unsigned)r.id;
		HASH_FIND(hh, side->pending, &id, sizeof(id), q);
	}
	arena_free(&a);
	if (q != NULL)
		on_reply(side, q, line);
}

static void
on_up(void *arg)
{
	struct side *side = arg;
	struct question *q, *next;

	DL_FOREACH_SAFE(side->waiting, q, next) {
		if (!dovecot_conn_is_up(side->conn))
			return;
		put(q);
	}
}

/* What was asked in one message is asked again, once; a client cannot be made to
   begin again. */
static void
on_down(void *arg, const char *why)
{
	struct side *side = arg;
	struct question *q, *next;

	HASH_ITER(hh, side->pending, q, next) {
		if (q->talked || q->repeated) {
			fail(q, why);
			continue;
		}
		HASH_DEL(side->pending, q);
		q->sent = false;
		q->repeated = true;
		q->token_error = (struct slice){ 0 };
		DL_APPEND(side->waiting, q);
		loop_timer_start(&q->timer, NOBODY_MS);
	}
}

static const struct dovecot_conn_ops conn_events = {
	.up = on_up,
	.down = on_down,
	.line = on_line,
};

/* ---- life -------------------------------------------------------------- */

/* Until the server has been heard, names and passwords: a client that tries gets a
   temporary failure, which is true. */
static bool
serves(const void *state, const struct auth_conf *conf,
       const struct mechanism *m)
{
	const struct dovecot_driver *d = state;

	(void)conf;
	if (d == NULL || !dovecot_conn_was_up(d->client.conn))
		return auth_serves_passwords(m);
	if (m->kind == MECHANISM_PASSWORD)
		return dovecot_conn_has(d->client.conn, SL("PLAIN"));
	return !m->binding && dovecot_conn_has(d->client.conn, m->name);
}

static struct err *
open_driver(const struct auth_conf *conf, const struct auth_env *env,
	    void **state_out)
{
	struct dovecot_driver *d = mem_zalloc(sizeof(*d));

	d->conf = conf;
	d->loop = env->loop;
	d->client = (struct side){ .driver = d, .where = conf->socket };
	d->master = (struct side){ .driver = d, .where = conf->master_socket };
	d->client.conn = dovecot_conn_make(env, conf->socket, DOVECOT_CLIENT,
					   &conn_events, &d->client);
	if (conf->master_socket.n > 0)
		d->master.conn = dovecot_conn_make(env, conf->master_socket,
						   DOVECOT_MASTER, &conn_events,
						   &d->master);
	*state_out = d;
	return NULL;
}

static void
close_driver(void *state)
{
	struct dovecot_driver *d = state;

	dovecot_conn_free(&d->client.conn);
	dovecot_conn_free(&d->master.conn);
	free(d);
}

const struct auth_driver_ops auth_driver_dovecot = {
	.name = "dovecot",
	.own_exchanges = true,
	.open = open_driver,
	.serves = serves,
	.lookup = lookup,
	.proceed = proceed,
	.cancel = cancel,
	.close = close_driver,
};
