/* The process that serves clients: accepts, and owns its sessions. */
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/session.h"
#include "imap/imap_proto.h"
#include "net/listener.h"
#include "pop3/pop3_proto.h"
#include "role/child.h"
#include "role/sandbox.h"
#include "role/worker_lookup.h"
#include "role/worker_routes.h"
#include "smtp/smtp_proto.h"

/* Descriptors that are not sessions': log, sockets to other roles, listeners,
   pipes of bulk relays. */
#define OTHER_FDS 512
/* Between two looks at who has become idle, while shutting down. */
#define DRAIN_MS 250
/* Between two looks for sessions that only one side has ended. */
#define SWEEP_MS (10 * 1000)

struct worker_listener {
	struct core_listener core;
	struct acceptor acceptor;
	struct worker *worker;
};

struct worker {
	struct child *child;
	struct core core;
	struct worker_listener **listeners;
	size_t listener_count;
	struct tls_pair *pairs;		/* of the set that is arriving */
	size_t pair_count;
	struct arena pair_arena;
	struct tls_tickets tickets;
	struct worker_lookup *lookup;
	struct worker_routes *routes;
	struct ipc director;
	uint64_t max_sessions;
	bool accepting, retired, shutting_down, told_no_logins;
	struct loop_timer drain, deadline, sweep;
};

static const struct proto *const protocols[] = {
	[PROTOCOL_IMAP] = &imap_proto,
	[PROTOCOL_POP3] = &pop3_proto,
	[PROTOCOL_SUBMISSION] = &submission_proto,
	[PROTOCOL_LMTP] = &lmtp_proto,
	[PROTOCOL_SMTP] = &smtp_proto,
};

/* ---- accepting --------------------------------------------------------- */

static void
accept_more(struct worker *w, bool more)
{
	if (w->accepting == more)
		return;
	w->accepting = more;
	for (size_t i = 0; i < w->listener_count; i++)
		acceptor_open(&w->listeners[i]->acceptor, more);
}

static void
on_accepted(void *arg, int fd, const struct addr *peer)
{
	struct worker_listener *l = arg;
	struct worker *w = l->worker;

	session_accept(&w->core, &l->core, fd, peer);
	if (w->core.session_count >= w->max_sessions)
		accept_more(w, false);
}

static void
on_accept_failed(void *arg, int error)
{
	struct worker_listener *l = arg;

	LOG(&l->worker->child->log, EV_ACCEPT_FAILED,
	    F_TEXT("listener", l->core.conf->name),
	    F_TEXT("what", slice_of(strerror(error))));
}

static void
use_routes(struct worker *w, struct worker_listener *l)
{
	int protocol = l->core.conf->protocol;

	if (protocol == PROTOCOL_SMTP || protocol == PROTOCOL_LMTP)
		worker_routes_use(w->routes, &l->core);
}

static struct err *
add_listener(struct worker *w, const struct msg_listener *m, int fd)
{
	const struct conf_list *list = &w->child->settings->listeners;
	struct worker_listener *l;

	if (m->listener >= list->n || fd < 0)
		return err_new(ERR_BUG, "no such listener: %u", m->listener);
	l = mem_zalloc(sizeof(*l));
	l->worker = w;
	l->core.conf = CONF_ITEM(*list, listener_conf, m->listener);
	l->core.proto = protocols[l->core.conf->protocol];
	l->core.local = m->local;
	acceptor_init(&l->acceptor, w->child->loop, fd, on_accepted,
		      on_accept_failed, l);
	w->listeners = mem_realloc(w->listeners, (w->listener_count + 1) *
						 sizeof(struct worker_listener *));
	w->listeners[w->listener_count++] = l;
	use_routes(w, l);
	return NULL;
}

/* The sockets stay open in the supervisor: who connects now waits there for
   another worker, and is not refused. */
static void
drop_listeners(struct worker *w)
{
	w->accepting = false;
	for (size_t i = 0; i < w->listener_count; i++)
		acceptor_free(&w->listeners[i]->acceptor);
	/* Their sessions still point to them: they go with the process. */
}

/* ---- certificates ------------------------------------------------------ */

static void
add_certificate(struct worker *w, const struct msg_certificate *m)
{
	struct arena *a = &w->pair_arena;
	struct tls_pair *pair;

	w->pairs = mem_realloc(w->pairs,
			       (w->pair_count + 1) * sizeof(*w->pairs));
	pair = &w->pairs[w->pair_count++];
	pair->name = arena_copy(a, m->name);
	pair->cert = arena_copy(a, m->cert);
	pair->key = arena_copy(a, m->key);
	pair->key_password = arena_copy(a, m->key_password);
}

/* New connections use them; those that stand keep what they began with. */
static void
use_certificates(struct worker *w, struct slice client_ca)
{
	const struct tls_conf *conf = &w->child->settings->tls;
	struct tls *tls = NULL;
	struct err *e = tls_server_make(conf, w->pairs, w->pair_count,
					client_ca,
					conf->session_tickets ? &w->tickets :
								NULL,
					&tls);

	if (e == NULL) {
		tls_free(&w->core.tls);
		w->core.tls = tls;
	} else {
		LOG(&w->child->log, EV_CERTIFICATE_BAD,
		    F_TEXT("what", slice_of(err_text(e))));
		err_free(&e);
	}
	arena_free(&w->pair_arena);
	free(w->pairs);
	w->pairs = NULL;
	w->pair_count = 0;
}

static void
use_ticket_keys(struct worker *w, const struct msg_ticket_keys *m)
{
	struct tls_tickets *t = &w->tickets;

	t->has_current = m->current.n == TLS_TICKET_KEY;
	t->has_previous = m->previous.n == TLS_TICKET_KEY;
	if (t->has_current)
		memcpy(t->current, m->current.p, TLS_TICKET_KEY);
	if (t->has_previous)
		memcpy(t->previous, m->previous.p, TLS_TICKET_KEY);
}

/* ---- the director ------------------------------------------------------ */

struct answer {
	struct worker *worker;
	uint64_t question;
};

static void
send_session(struct worker *w, enum message_type type, uint64_t question,
	     const struct presence_facts *f)
{
	SEND(&w->director, type, msg_session, .question = question,
	     .serial = f->serial, .user = f->user, .session = f->session_id,
	     .backend = f->backend, .protocol = slice_of(f->protocol),
	     .client = f->client,
	     .age_ms = (uint64_t)(clock_now_ms() - f->opened_ms),
	     .in = f->in, .out = f->out, .tls = f->tls);
}

static void
on_each_presence(void *arg, const struct presence_facts *facts)
{
	struct answer *a = arg;

	send_session(a->worker, MESSAGE_SESSION, a->question, facts);
}

static void
list_sessions(struct worker *w, const struct msg_page *m)
{
	struct answer a = { w, m->id };
	uint64_t from = m->from;
	bool more = presence_each(&w->core, &from, m->most, on_each_presence,
				  &a);

	SEND(&w->director, MESSAGE_SESSIONS_END, msg_page_end, .id = m->id,
	     .more = more, .next = from);
}

static void
send_counters(struct worker *w, uint64_t question)
{
	const struct core_counters *c = &w->core.counters;
	struct vars logins = { 0 };
	struct arena a = { 0 };

	for (int i = 0; i < VERDICT_KINDS; i++)
		vars_set(&logins, &a,
			 slice_of(verdict_name((enum verdict_kind)i)),
			 arena_printf(&a, "%llu",
				      (unsigned long long)c->logins[i]));
	SEND(&w->director, MESSAGE_COUNTERS, msg_counters, .id = question,
	     .accepted = c->accepted, .sessions = w->core.session_count,
	     .relays = w->core.relay_count, .in = c->octets_in,
	     .out = c->octets_out, .logins = logins);
	arena_free(&a);
}

static void
set_host(struct worker *w, const struct msg_host *m)
{
	struct addr addrs[RESOLVER_MAX_ADDRS];
	size_t n = 0;

	for (size_t i = 0; i < m->addrs.n && n < RESOLVER_MAX_ADDRS; i++) {
		if (addr_parse_ip(m->addrs.v[i].name, &addrs[n]))
			n++;
	}
	mail_hosts_set_addrs(w->core.hosts, m->name, m->host, addrs, n);
}

static void
on_director_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct worker *w = arg;
	struct arena *a = &w->child->arena;
	struct msg_host host;
	struct msg_kick kick;
	struct msg_page page;
	struct msg_id id;

	if (fd >= 0)
		close(fd);
	if (type == MESSAGE_HOST && msg_host_read(body, a, &host))
		set_host(w, &host);
	else if (type == MESSAGE_LIST && msg_page_read(body, a, &page))
		list_sessions(w, &page);
	else if (type == MESSAGE_COUNT && msg_id_read(body, a, &id))
		send_counters(w, id.id);
	else if (type == MESSAGE_KICK && msg_kick_read(body, a, &kick))
		SEND(&w->director, MESSAGE_KICKED, msg_count, .id = kick.id,
		     .count = core_kick(&w->core, kick.user, kick.session));
	arena_free(a);
}

/* A new one will come; sessions do not depend on it. */
static void
on_director_closed(void *arg)
{
	struct worker *w = arg;

	ipc_close(&w->director);
}

static const struct ipc_ops director_events = {
	.message = on_director_message,
	.closed = on_director_closed,
};

/* A new director knows nothing: who I am, and who is here. */
static void
meet_director(struct worker *w, int fd)
{
	struct answer a = { w, 0 };
	uint64_t from = 0;

	ipc_close(&w->director);
	ipc_open(&w->director, w->child->loop, fd, &director_events, w);
	SEND(&w->director, MESSAGE_WORKER, msg_worker,
	     .index = w->child->index, .pid = (uint32_t)getpid());
	presence_each(&w->core, &from, UINT64_MAX, on_each_presence, &a);
}

/* ---- what sessions ask of us ------------------------------------------- */

static void
on_ask(void *arg, struct core_question *q)
{
	struct worker *w = arg;

	worker_lookup_ask(w->lookup, q);
}

static void
on_proceed(void *arg, struct core_question *q, struct slice response)
{
	struct worker *w = arg;

	worker_lookup_continue(w->lookup, q, response);
}

static void
on_forget(void *arg, struct core_question *q)
{
	struct worker *w = arg;

	worker_lookup_forget(w->lookup, q);
}

static void
on_entered(void *arg, const struct presence *p)
{
	struct worker *w = arg;
	struct presence_facts facts;

	presence_describe(p, &facts);
	send_session(w, MESSAGE_OPENED, 0, &facts);
}

static void
on_left(void *arg, const struct presence *p)
{
	struct worker *w = arg;

	SEND(&w->director, MESSAGE_CLOSED, msg_id, .id = p->serial);
}

static void
on_freed(void *arg)
{
	struct worker *w = arg;
	bool ending = w->retired || w->shutting_down;

	if (!ending && w->core.session_count < w->max_sessions)
		accept_more(w, true);
	if (ending && w->core.session_count == 0)
		child_stop(w->child);
	if (w->retired && !w->told_no_logins &&
	    w->core.session_count == w->core.relay_count) {
		w->told_no_logins = true;
		ipc_send(&w->child->supervisor, MESSAGE_NO_LOGINS, SL(""));
	}
}

static const struct core_ops core_events = {
	.ask = on_ask,
	.proceed = on_proceed,
	.forget = on_forget,
	.entered = on_entered,
	.left = on_left,
	.freed = on_freed,
};

/* ---- the end ----------------------------------------------------------- */

static void
on_drain(void *arg)
{
	struct worker *w = arg;

	core_drain(&w->core, false);
	loop_timer_start(&w->drain, DRAIN_MS);
}

static void
on_sweep(void *arg)
{
	struct worker *w = arg;

	core_sweep(&w->core);
	loop_timer_start(&w->sweep, SWEEP_MS);
}

static void
on_end_deadline(void *arg)
{
	struct worker *w = arg;

	core_drain(&w->core, true);
}

static void
retire(struct worker *w, const struct msg_end *m)
{
	drop_listeners(w);
	w->retired = true;
	ipc_send(&w->child->supervisor, MESSAGE_RETIRED, SL(""));
	if (m->timeout_ms > 0)
		loop_timer_start(&w->deadline, (int64_t)m->timeout_ms);
	on_freed(w);
}

static void
shut_down(struct worker *w, const struct msg_end *m)
{
	if (!w->retired)
		drop_listeners(w);
	w->shutting_down = true;
	loop_timer_start(&w->deadline, (int64_t)m->timeout_ms);
	on_drain(w);
	on_freed(w);
}

/* ---- the supervisor ---------------------------------------------------- */

static uint64_t
affordable_sessions(const struct settings *s)
{
	struct rlimit limit;

	if (s->process.max_sessions > 0)
		return s->process.max_sessions;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur < 2 * OTHER_FDS)
		return OTHER_FDS / 2;
	return (limit.rlim_cur - OTHER_FDS) / 2;
}

/* The settings have come: the parts can be made. */
static void
prepare(struct worker *w)
{
	const struct settings *s = w->child->settings;

	core_init(&w->core, w->child->loop, s,
		  mail_hosts_make(&s->director), &core_events, w);
	w->max_sessions = affordable_sessions(s);
	w->lookup = worker_lookup_make(w->child, &w->core);
	w->routes = worker_routes_make(s);
	loop_timer_init(&w->drain, w->child->loop, on_drain, w);
	loop_timer_init(&w->deadline, w->child->loop, on_end_deadline, w);
	loop_timer_init(&w->sweep, w->child->loop, on_sweep, w);
	loop_timer_start(&w->sweep, SWEEP_MS);
}

static void
warn_unverified(struct worker *w)
{
	const struct director_conf *d = &w->child->settings->director;

	for (size_t i = 0; w->child->index == 0 && i < d->backends.n; i++) {
		const struct backend_conf *b =
			CONF_ITEM(d->backends, backend_conf, i);

		if (b->access.tls != BACKEND_TLS_OFF && !b->access.verify)
			LOG(&w->child->log, EV_BACKEND_UNVERIFIED,
			    F_TEXT("backend", b->name));
	}
}

static struct err *
go(void *arg)
{
	struct worker *w = arg;
	struct err *e = worker_lookup_go(w->lookup);

	if (e != NULL)
		return e;
	warn_unverified(w);
	if (w->child->settings->process.sandbox)
		e = sandbox_worker(&w->child->log);
	if (e == NULL)
		accept_more(w, true);
	return e;
}

/* For recipients that come from now on. */
static void
use_new_routes(struct worker *w)
{
	for (size_t i = 0; i < w->listener_count; i++)
		use_routes(w, w->listeners[i]);
}

static void
meet_peer(struct worker *w, const struct msg_peer *m, int fd)
{
	if (m->role == ROLE_AUTH)
		worker_lookup_meet(w->lookup, m->index, fd);
	else
		meet_director(w, fd);
}

static void
on_message(void *arg, enum message_type type, struct slice body, int fd)
{
	struct worker *w = arg;
	struct arena *a = &w->child->arena;
	struct msg_file file;
	struct msg_certificate certificate;
	struct msg_ticket_keys keys;
	struct msg_listener listener;
	struct msg_peer peer;
	struct msg_end end;
	struct err *e = NULL;

	if (w->lookup == NULL)
		prepare(w);
	if (type == MESSAGE_FILE && msg_file_read(body, a, &file))
		tls_clients_add_file(w->core.tls_clients, file.path, file.text);
	else if (type == MESSAGE_ROUTE_FILE && msg_file_read(body, a, &file))
		worker_routes_add_file(w->routes, file.path, file.text);
	else if (type == MESSAGE_ROUTES)
		use_new_routes(w);
	else if (type == MESSAGE_CERTIFICATE &&
		 msg_certificate_read(body, a, &certificate))
		add_certificate(w, &certificate);
	else if (type == MESSAGE_CERTIFICATES)
		use_certificates(w, body);
	else if (type == MESSAGE_TICKET_KEYS &&
		 msg_ticket_keys_read(body, a, &keys))
		use_ticket_keys(w, &keys);
	else if (type == MESSAGE_LISTENER &&
		 msg_listener_read(body, a, &listener))
		e = add_listener(w, &listener, fd);
	else if (type == MESSAGE_PEER && fd >= 0 && msg_peer_read(body, a, &peer))
		meet_peer(w, &peer, fd);
	else if (type == MESSAGE_RETIRE && msg_end_read(body, a, &end))
		retire(w, &end);
	else if (type == MESSAGE_SHUTDOWN && msg_end_read(body, a, &end))
		shut_down(w, &end);
	else
		e = err_new(ERR_BUG, "message %d makes no sense", (int)type);
	if (e != NULL)
		LOG(&w->child->log, EV_NOTE_ERROR,
		    F_TEXT("what", slice_of(err_text(e))));
	err_free(&e);
}

static const struct child_ops child_events = {
	.message = on_message,
	.go = go,
};

static void
free_worker(struct worker *w)
{
	if (w->lookup == NULL)
		return;
	loop_timer_stop(&w->drain);
	loop_timer_stop(&w->deadline);
	loop_timer_stop(&w->sweep);
	if (w->accepting)
		drop_listeners(w);
	core_free(&w->core);
	mail_hosts_free(&w->core.hosts);
	worker_lookup_free(&w->lookup);
	worker_routes_free(&w->routes);
	ipc_drain(&w->director, 1000);
	ipc_close(&w->director);
	for (size_t i = 0; i < w->listener_count; i++)
		free(w->listeners[i]);
	free(w->listeners);
	free(w->pairs);
	arena_free(&w->pair_arena);
	mem_wipe(&w->tickets, sizeof(w->tickets));
}

int
worker_main(struct child *child, int fd)
{
	struct worker w = { .child = child };
	int status = child_run(child, fd, &child_events, &w);

	free_worker(&w);
	return status;
}
