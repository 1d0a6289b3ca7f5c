#include "role/worker_lookup.h"

#include <uthash.h>

#include "base/mem.h"

/* Longer than any lookup takes: Dovecot's auth gives one up after 150 s (spec:
   dovecot-auth-protocol.md 4.5). */
#define ANSWER_MS (150 * 1000)
/* No auth process for this long is a temporary failure to who waits. */
#define NOBODY_MS (10 * 1000)

struct auth_port {
	struct ipc ipc;
	struct worker_lookup *owner;
	unsigned index;
	size_t waiting;		/* questions put to it */
};

struct ask {
	UT_hash_handle hh;
	uint32_t id;
	struct core_question *question;
	struct worker_lookup *owner;
	struct auth_port *port;		/* NULL: waits for one */
	struct loop_timer timer;
	bool repeated;
	bool challenged;		/* in the middle of an exchange */
};

struct worker_lookup {
	struct child *child;
	struct core *core;
	struct auth_env env;
	struct auth_chain *chain;	/* NULL: auth processes are asked */
	struct auth_port **ports;
	size_t port_count;
	struct ask *asks;		/* by id */
	uint32_t next_id;
};

/* ---- answers ----------------------------------------------------------- */

static void
drop_ask(struct ask *ask)
{
	if (ask->port != NULL)
		ask->port->waiting--;
	ask->question->waiting = false;
	loop_timer_stop(&ask->timer);
	HASH_DEL(ask->owner->asks, ask);
	free(ask);
}

static void
give_up(struct ask *ask)
{
	static const struct auth_answer failure = { .result = AUTH_TEMPFAIL };
	struct core_question *q = ask->question;

	drop_ask(ask);
	q->done(q->arg, &failure);
}

static void
on_timeout(void *arg)
{
	struct ask *ask = arg;

	LOG(&ask->owner->child->log, EV_LOOKUP_LATE,
	    F_TEXT("session", ask->question->request->session));
	give_up(ask);
}

static struct ask *
find_ask(struct worker_lookup *l, uint64_t id)
{
	uint32_t key = (uint32_t)id;
	struct ask *ask = NULL;

	if (id <= UINT32_MAX)
		HASH_FIND(hh, l->asks, &key, sizeof(key), ask);
	return ask;
}

/* The answer's texts must outlive the message: they are read once more, from a
   copy in the asker's arena. */
static void
deliver(struct ask *ask, struct slice body)
{
	struct core_question *q = ask->question;
	struct slice copy = arena_copy(q->arena, body);
	struct msg_answer m;

	if (!msg_answer_read(copy, q->arena, &m) || m.result > AUTH_TEMPFAIL ||
	    m.delay_ms > INT64_MAX) {
		give_up(ask);
		return;
	}
	drop_ask(ask);
	q->done(q->arg, &(struct auth_answer){
				.result = (enum auth_result)m.result,
				.user = m.user,
				.reason = m.reason,
				.code = m.code,
				.verbatim = m.verbatim,
				.token_error = m.token_error,
				.carried = m.carried,
				.has_delay = m.has_delay,
				.delay_ms = (int64_t)m.delay_ms,
				.hang_up = m.hang_up,
				.fields = m.fields });
}

static void
on_answer(struct auth_port *port, struct slice body)
{
	struct arena *a = &port->owner->child->arena;
	struct msg_answer m;
	struct ask *ask = NULL;

	if (msg_answer_read(body, a, &m))
		ask = find_ask(port->owner, m.id);
	if (ask != NULL && ask->port == port)
		deliver(ask, body);
}

/* The client may think for as long as it may stay: its session sees to that. */
static void
on_challenge(struct auth_port *port, struct slice body)
{
	struct arena *a = &port->owner->child->arena;
	struct msg_step m;
	struct ask *ask = NULL;

	if (msg_step_read(body, a, &m))
		ask = find_ask(port->owner, m.id);
	if (ask == NULL || ask->port != port ||
	    ask->question->challenge == NULL)
		return;
	ask->challenged = true;
	loop_timer_stop(&ask->timer);
	ask->question->challenge(ask->question->arg, m.text);
}

static void
on_offers(struct auth_port *port, struct slice body)
{
	struct msg_offers m;

	if (msg_offers_read(body, &port->owner->child->arena, &m))
		core_set_offers(port->owner->core, &m.offers);
}

static void
on_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct auth_port *port = arg;

	(void)fd;	/* none is sent */
	if (type == MESSAGE_ANSWER)
		on_answer(port, body);
	else if (type == MESSAGE_CHALLENGE)
		on_challenge(port, body);
	else if (type == MESSAGE_OFFERS)
		on_offers(port, body);
	arena_free(&port->owner->child->arena);
}

/* ---- questions --------------------------------------------------------- */

static struct auth_port *
least_busy(struct worker_lookup *l)
{
	struct auth_port *best = NULL;

	for (size_t i = 0; i < l->port_count; i++) {
		struct auth_port *p = l->ports[i];

		if (ipc_is_open(&p->ipc) &&
		    (best == NULL || p->waiting < best->waiting))
			best = p;
	}
	return best;
}

static void
put(struct ask *ask)
{
	const struct auth_request *r = ask->question->request;
	struct auth_port *port = least_busy(ask->owner);

	ask->port = port;
	loop_timer_start(&ask->timer, port == NULL ? NOBODY_MS : ANSWER_MS);
	if (port == NULL)
		return;
	port->waiting++;
	SEND(&port->ipc, MESSAGE_ASK, msg_ask, .id = ask->id,
	     .service = r->service, .mechanism = r->mechanism,
	     .proof = (uint32_t)r->proof, .user = r->user,
	     .authzid = r->authzid, .password = r->password,
	     .has_response = r->has_response, .response = r->response,
	     .bindings = r->bindings, .binding_offered = r->binding_offered,
	     .session = r->session, .local_name = r->local_name,
	     .remote = r->remote, .local = r->local,
	     .real_remote = r->real_remote, .real_local = r->real_local,
	     .haproxy_source = r->haproxy_source,
	     .haproxy_destination = r->haproxy_destination, .tls = r->tls.on,
	     .tls_version = r->tls.version, .tls_cipher = r->tls.cipher,
	     .cert_verify = r->tls.verify, .cert_subject = r->tls.subject,
	     .cert_issuer = r->tls.issuer, .cert_serial = r->tls.serial,
	     .cert_fingerprint = r->tls.fingerprint, .cert_pem = r->tls.pem,
	     .attempt = r->attempt, .secured = r->secured,
	     .lookup_only = r->lookup_only, .smtp_helo = r->smtp_helo,
	     .smtp_from = r->smtp_from, .smtp_to = r->smtp_to,
	     .client_host = r->client_host, .client_id = r->client_id,
	     .forward = r->forward);
}

void
worker_lookup_ask(struct worker_lookup *l, struct core_question *q)
{
	struct ask *ask;

	if (l->chain != NULL) {
		q->waiting = false;
		auth_ask(l->chain, &q->lookup, q->request, q->arena,
			 q->challenge, q->done, q->arg);
		return;
	}
	ask = mem_zalloc(sizeof(*ask));
	ask->id = q->id = l->next_id++;
	ask->question = q;
	ask->owner = l;
	loop_timer_init(&ask->timer, l->child->loop, on_timeout, ask);
	HASH_ADD(hh, l->asks, id, sizeof(ask->id), ask);
	put(ask);
}

void
worker_lookup_continue(struct worker_lookup *l, struct core_question *q,
		       struct slice response)
{
	struct ask *ask = find_ask(l, q->id);

	if (ask == NULL || ask->question != q || ask->port == NULL)
		return;
	loop_timer_start(&ask->timer, ANSWER_MS);
	SEND(&ask->port->ipc, MESSAGE_CONTINUE, msg_step, .id = ask->id,
	     .text = response);
}

void
worker_lookup_forget(struct worker_lookup *l, struct core_question *q)
{
	struct ask *ask = find_ask(l, q->id);

	if (ask == NULL || ask->question != q)
		return;
	if (ask->port != NULL)
		SEND(&ask->port->ipc, MESSAGE_FORGET, msg_id, .id = ask->id);
	drop_ask(ask);
}

/* ---- auth processes ---------------------------------------------------- */

/* What was put to a process that died is put to another. A question that has
   seen two of them die may well be the reason. */
static void
on_closed(void *arg)
{
	struct auth_port *port = arg;
	struct ask *ask, *next;

	ipc_close(&port->ipc);
	HASH_ITER(hh, port->owner->asks, ask, next) {
		if (ask->port != port)
			continue;
		port->waiting--;
		ask->port = NULL;
		if (ask->repeated || ask->challenged) {
			give_up(ask);
			continue;
		}
		ask->repeated = true;
		put(ask);
	}
}

static const struct ipc_ops auth_events = {
	.message = on_message,
	.closed = on_closed,
};

static struct auth_port *
port_of(struct worker_lookup *l, unsigned index)
{
	struct auth_port *p;

	for (size_t i = 0; i < l->port_count; i++) {
		if (l->ports[i]->index == index)
			return l->ports[i];
	}
	p = mem_zalloc(sizeof(*p));
	p->owner = l;
	p->index = index;
	l->ports = mem_realloc(l->ports,
			       (l->port_count + 1) * sizeof(struct auth_port *));
	l->ports[l->port_count++] = p;
	return p;
}

void
worker_lookup_meet(struct worker_lookup *l, unsigned index, int fd)
{
	struct auth_port *port = port_of(l, index);
	struct ask *ask, *next;

	ipc_close(&port->ipc);
	ipc_open(&port->ipc, l->child->loop, fd, &auth_events, port);
	HASH_ITER(hh, l->asks, ask, next) {
		if (ask->port == NULL)
			put(ask);
	}
}

/* ---- life -------------------------------------------------------------- */

struct worker_lookup *
worker_lookup_make(struct child *child, struct core *core)
{
	struct worker_lookup *l = mem_zalloc(sizeof(*l));

	l->child = child;
	l->core = core;
	return l;
}

struct err *
worker_lookup_go(struct worker_lookup *l)
{
	const struct conf_list *list = &l->child->settings->auth;
	struct arena a = { 0 };
	struct vars offers;

	/* Until an auth process knows better. */
	if (l->core->offers.n == 0) {
		auth_offers(l->child->settings, NULL, &a, &offers);
		core_set_offers(l->core, &offers);
		arena_free(&a);
	}
	if (!auth_chain_is_light(list))
		return NULL;
	l->env = (struct auth_env){
		.loop = l->child->loop,
		.key = { l->child->key, CHILD_KEY },
		.username_format = l->child->settings->login.username_format,
	};
	return auth_chain_make(list, &l->env, &l->chain);
}

void
worker_lookup_free(struct worker_lookup **l)
{
	struct ask *ask, *next;

	if (*l == NULL)
		return;
	HASH_ITER(hh, (*l)->asks, ask, next)
		drop_ask(ask);
	for (size_t i = 0; i < (*l)->port_count; i++) {
		ipc_close(&(*l)->ports[i]->ipc);
		free((*l)->ports[i]);
	}
	free((*l)->ports);
	auth_chain_free(&(*l)->chain);
	free(*l);
	*l = NULL;
}
