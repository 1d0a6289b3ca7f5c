/* The process that looks users up and checks passwords: what is costly, or needs
   files and servers, happens here and never in a worker. */
#include <unistd.h>
#include <utlist.h>

#include "auth/auth.h"
#include "base/mem.h"
#include "net/resolver.h"
#include "role/child.h"

/* One worker that asks. */
struct asker {
	struct asker *prev, *next;
	struct ipc ipc;
	struct auth_role *role;
	struct job *jobs;
	unsigned index;
};

/* One question of it. */
struct job {
	struct job *prev, *next;
	struct asker *asker;		/* NULL: nobody waits any more */
	struct arena arena;
	uint64_t id;
	struct auth_request request;
	struct auth_lookup lookup;
	struct auth_answer answer;	/* while its host is being resolved */
};

struct auth_role {
	struct child *child;
	struct auth_env env;
	struct auth_chain *chain;
	struct resolver *resolver;
	struct asker *askers;
};

/* ---- answers ----------------------------------------------------------- */

static void
free_job(struct job *job)
{
	arena_free(&job->arena);
	free(job);
}

static void
send_answer(struct job *job)
{
	const struct auth_answer *a = &job->answer;

	if (job->asker != NULL) {
		SEND(&job->asker->ipc, MESSAGE_ANSWER, msg_answer,
		     .id = job->id, .result = (uint32_t)a->result,
		     .user = a->user, .reason = a->reason, .code = a->code,
		     .verbatim = a->verbatim, .token_error = a->token_error,
		     .carried = a->carried, .has_delay = a->has_delay,
		     .delay_ms = (uint64_t)a->delay_ms,
		     .hang_up = a->hang_up, .fields = a->fields);
		DL_DELETE(job->asker->jobs, job);
	}
	free_job(job);
}

/* Dovecot's auth adds hostip for a host given by name; so do we, and tell the
   name's other addresses too. */
static void
on_resolved(void *arg, const struct addr *addrs, size_t count, const char *why)
{
	struct job *job = arg;
	char text[ADDR_IP_TEXT];
	struct buf all;

	if (count == 0 && job->asker != NULL) {
		const struct var *host = vars_find(&job->answer.fields,
						   SL("host"));

		LOG(&job->asker->role->child->log, EV_HOST_UNKNOWN,
		    F_TEXT("host", host->value), F_TEXT("what", slice_of(why)),
		    F_NAMED("user", job->answer.user));
		job->answer.result = AUTH_TEMPFAIL;
	}
	buf_init(&all, RESOLVER_MAX_ADDRS * ADDR_IP_TEXT);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&all, ',');
		buf_add(&all, slice_of(addr_ip_text(&addrs[i], text)));
	}
	if (count > 0)
		vars_set(&job->answer.fields, &job->arena, SL("hostips"),
			 buf_slice(&all));
	buf_free(&all);
	send_answer(job);
}

/* The host to resolve, or NULL. A backend's name is the worker's to know. */
static const struct var *
unresolved_host(const struct job *job)
{
	const struct conf_list *backends =
		&job->asker->role->child->settings->director.backends;
	const struct var *host = vars_find(&job->answer.fields, SL("host"));
	struct addr a;

	if (job->answer.result != AUTH_OK || host == NULL ||
	    vars_find(&job->answer.fields, SL("hostip")) != NULL ||
	    addr_parse_ip(host->value, &a))
		return NULL;
	for (size_t i = 0; i < backends->n; i++) {
		const struct backend_conf *b =
			CONF_ITEM(*backends, backend_conf, i);

		if (slice_eq(b->name, host->value) ||
		    slice_eq(b->host, host->value))
			return NULL;
	}
	return host;
}

static void
on_answer(void *arg, const struct auth_answer *answer)
{
	struct job *job = arg;
	const struct var *host;

	job->answer = *answer;
	host = unresolved_host(job);
	if (host == NULL)
		send_answer(job);
	else
		resolver_lookup(job->asker->role->resolver, host->value,
				on_resolved, job);
}

static void
on_challenge(void *arg, struct slice text)
{
	struct job *job = arg;

	if (job->asker != NULL)
		SEND(&job->asker->ipc, MESSAGE_CHALLENGE, msg_step,
		     .id = job->id, .text = text);
}

/* ---- questions --------------------------------------------------------- */

static struct auth_request
request_of(const struct msg_ask *m)
{
	return (struct auth_request){
		.service = m->service, .mechanism = m->mechanism,
		.proof = (enum auth_proof)m->proof, .user = m->user,
		.authzid = m->authzid, .password = m->password,
		.has_response = m->has_response, .response = m->response,
		.bindings = m->bindings,
		.binding_offered = m->binding_offered,
		.session = m->session, .local_name = m->local_name,
		.remote = m->remote, .local = m->local,
		.real_remote = m->real_remote, .real_local = m->real_local,
		.haproxy_source = m->haproxy_source,
		.haproxy_destination = m->haproxy_destination,
		.tls = { .on = m->tls, .version = m->tls_version,
			 .cipher = m->tls_cipher, .verify = m->cert_verify,
			 .subject = m->cert_subject,
			 .issuer = m->cert_issuer, .serial = m->cert_serial,
			 .fingerprint = m->cert_fingerprint,
			 .pem = m->cert_pem },
		.attempt = m->attempt, .secured = m->secured,
		.lookup_only = m->lookup_only, .smtp_helo = m->smtp_helo,
		.smtp_from = m->smtp_from, .smtp_to = m->smtp_to,
		.client_host = m->client_host, .client_id = m->client_id,
		.forward = m->forward,
	};
}

static void
ask(struct asker *asker, struct slice body)
{
	struct job *job = mem_zalloc(sizeof(*job));
	struct msg_ask m;

	if (!msg_ask_read(arena_copy(&job->arena, body), &job->arena, &m)) {
		free_job(job);
		return;
	}
	job->asker = asker;
	job->id = m.id;
	job->request = request_of(&m);
	DL_APPEND(asker->jobs, job);
	auth_ask(asker->role->chain, &job->lookup, &job->request, &job->arena,
		 on_challenge, on_answer, job);
}

static struct job *
find_job(struct asker *asker, uint64_t id)
{
	struct job *job;

	DL_SEARCH_SCALAR(asker->jobs, job, id, id);
	return job;
}

static void
proceed(struct asker *asker, struct slice body)
{
	struct arena *a = &asker->role->child->arena;
	struct msg_step m;
	struct job *job = NULL;

	if (msg_step_read(body, a, &m))
		job = find_job(asker, m.id);
	if (job != NULL)
		auth_continue(&job->lookup,
			      arena_copy(&job->arena, m.text));
}

/* A lookup in a driver ends here; one whose host is being resolved ends when
   that does. */
static void
abandon(struct job *job)
{
	DL_DELETE(job->asker->jobs, job);
	job->asker = NULL;
	if (!job->lookup.waiting)
		return;
	auth_cancel(&job->lookup);
	free_job(job);
}

static void
forget(struct asker *asker, uint64_t id)
{
	struct job *job = find_job(asker, id);

	if (job != NULL)
		abandon(job);
}

static void
on_worker_message(void *arg, uint32_t type, struct slice body, int fd)
{
	struct asker *asker = arg;
	struct arena *a = &asker->role->child->arena;
	struct msg_id id;

	if (fd >= 0)
		close(fd);
	if (type == MESSAGE_ASK)
		ask(asker, body);
	else if (type == MESSAGE_CONTINUE)
		proceed(asker, body);
	else if (type == MESSAGE_FORGET && msg_id_read(body, a, &id))
		forget(asker, id.id);
	arena_free(a);
}

static void
on_worker_closed(void *arg)
{
	struct asker *asker = arg;

	ipc_close(&asker->ipc);
	while (asker->jobs != NULL)
		abandon(asker->jobs);
}

static const struct ipc_ops worker_events = {
	.message = on_worker_message,
	.closed = on_worker_closed,
};

static void
send_offers(struct asker *asker)
{
	struct auth_role *role = asker->role;
	struct arena a = { 0 };
	struct vars offers;

	auth_offers(role->child->settings, role->chain, &a, &offers);
	SEND(&asker->ipc, MESSAGE_OFFERS, msg_offers, .offers = offers);
	arena_free(&a);
}

/* A worker's number is taken over by the one that replaces it. */
static void
meet_worker(struct auth_role *role, unsigned index, int fd)
{
	struct asker *asker;

	DL_SEARCH_SCALAR(role->askers, asker, index, index);
	if (asker == NULL) {
		asker = mem_zalloc(sizeof(*asker));
		asker->role = role;
		asker->index = index;
		DL_APPEND(role->askers, asker);
	} else if (ipc_is_open(&asker->ipc)) {
		on_worker_closed(asker);
	}
	ipc_open(&asker->ipc, role->child->loop, fd, &worker_events, asker);
	if (role->chain != NULL)
		send_offers(asker);
}

/* ---- life -------------------------------------------------------------- */

/* Not before there is a chain: drivers may say so while they are opened. */
static void
on_offers_changed(void *arg)
{
	struct auth_role *role = arg;
	struct asker *asker;

	if (role->chain == NULL)
		return;
	DL_FOREACH(role->askers, asker)
		send_offers(asker);
}

static struct err *
go(void *arg)
{
	struct auth_role *role = arg;
	struct err *e = resolver_make(role->child->loop, &role->resolver);

	if (e != NULL)
		return e;
	role->env = (struct auth_env){
		.loop = role->child->loop,
		.resolver = role->resolver,
		.key = { role->child->key, CHILD_KEY },
		.username_format = role->child->settings->login.username_format,
		.offers_changed = on_offers_changed,
		.arg = role,
	};
	e = auth_chain_make(&role->child->settings->auth, &role->env,
			    &role->chain);
	if (e == NULL)
		on_offers_changed(role);
	return e;
}

static void
on_message(void *arg, enum message_type type, struct slice body, int fd)
{
	struct auth_role *role = arg;
	struct msg_peer peer;

	if (type == MESSAGE_PEER && fd >= 0 &&
	    msg_peer_read(body, &role->child->arena, &peer))
		meet_worker(role, peer.index, fd);
	else if (type == MESSAGE_RETIRE || type == MESSAGE_SHUTDOWN)
		child_stop(role->child);
	else if (fd >= 0)
		close(fd);
}

static const struct child_ops child_events = {
	.message = on_message,
	.go = go,
};

int
auth_role_main(struct child *child, int fd)
{
	struct auth_role role = { .child = child };
	int status = child_run(child, fd, &child_events, &role);

	while (role.askers != NULL) {
		struct asker *asker = role.askers;

		while (asker->jobs != NULL)
			abandon(asker->jobs);
		ipc_drain(&asker->ipc, 100);
		ipc_close(&asker->ipc);
		DL_DELETE(role.askers, asker);
		free(asker);
	}
	auth_chain_free(&role.chain);
	resolver_free(&role.resolver);
	return status;
}
