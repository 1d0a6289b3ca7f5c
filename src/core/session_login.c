/* From a credential to the user's backend: SASL, the lookup, the dialogue with
   the backend, and what the client is told of it. */
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/user_format.h"
#include "core/session_private.h"

/* A name comes from a SASL message of at most 8192 octets, and its format may say
   it a few times. */
#define MAX_NAME (32 * 1024)

/* ---- verdicts ---------------------------------------------------------- */

/* Guessing is slow: an answer that says no waits until failure_delay has passed
   since the question. A backend's own delay counts. */
static int64_t
delay_left(const struct session *s, enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_DENIED:
	case VERDICT_NOT_AUTHORIZED:
	case VERDICT_DISABLED:
	case VERDICT_EXPIRED:
	case VERDICT_BACKEND_DENIED:
		return s->login->asked_ms +
		       s->core->settings->login.failure_delay -
		       clock_now_ms();
	case VERDICT_LOGGED_IN:
	case VERDICT_NOLOGIN:
	case VERDICT_TEMPFAIL:
	case VERDICT_CLEARTEXT_REFUSED:
	case VERDICT_UNKNOWN_MECHANISM:
	case VERDICT_BAD_INITIAL:
	case VERDICT_BAD_RESPONSE:
	case VERDICT_ABORTED:
	case VERDICT_BACKEND_DOWN:
	case VERDICT_BACKEND_CONFIG:
	case VERDICT_BACKEND_TEMPFAIL:
	case VERDICT_KINDS:
		break;
	}
	return 0;
}

/* The client is told. */
void
session_deliver(struct session *s)
{
	struct login *l = s->login;
	const struct verdict *v = &l->verdict;

	if (l->token_refused) {
		session_refuse_token(s);
		return;
	}
	session_enter(s, SESSION_DIALOGUE);
	s->listener->proto->auth_done(s, v);
	if (l->hang_up) {
		session_close(s, CLOSE_REFUSED);
		return;
	}
	if (verdict_is_failure(v->kind) &&
	    l->attempts >= s->core->settings->login.max_attempts) {
		session_close(s, CLOSE_TOO_MANY_LOGINS);
		return;
	}
	/* What the client sent meanwhile is looked at from the loop: this may
	   be the backend's own callback. */
	loop_later(s->core->loop, &l->go_on);
}

/* Takes note of how a login ended, and tells the client, at once or when its
   delay is over. */
static void
conclude(struct session *s, const struct verdict *v, int64_t delay)
{
	struct login *l = s->login;
	struct log log = session_log(s);

	l->verdict = *v;
	l->verdict.text = arena_copy(&l->arena, v->text);
	l->last = v->kind;
	/* Now, not when the client is told: who guesses and hangs up while the
	   answer waits is to stand in the log, too. */
	l->attempts += verdict_is_failure(v->kind);
	s->core->counters.logins[v->kind]++;
	LOG(&log, EV_LOGIN_FAILED,
	    F_TEXT("result", slice_of(verdict_name(v->kind))),
	    F_COUNT("attempt", l->attempts),
	    F_MS("took", (uint64_t)(clock_now_ms() - l->asked_ms)));
	if (delay > 0) {
		session_enter(s, SESSION_DELAY);
		loop_timer_start(&l->wait, delay);
		return;
	}
	session_deliver(s);
}

void
session_verdict(struct session *s, enum verdict_kind kind, struct slice text)
{
	const struct verdict v = { .kind = kind, .text = text };

	conclude(s, &v, delay_left(s, kind));
}

/* ---- words ------------------------------------------------------------- */

static void
add_stamp(const struct session *s, struct buf *out)
{
	time_t now = (time_t)(clock_wall_us() / 1000000);
	struct tm tm;
	char date[32];

	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	BUF_ADD(out, SL(" ["), session_hostname(s), SL(":"), slice_of(date),
		SL("]"));
}

void
session_add_words(const struct session *s, const struct verdict *v,
		  struct buf *out)
{
	buf_add(out, verdict_words(v));
	if (v->kind == VERDICT_TEMPFAIL && !v->verbatim)
		add_stamp(s, out);
}

bool
session_referral(const struct session *s, const struct verdict *v,
		 struct referral *out)
{
	const struct route *r = &s->login->finder.route;

	if (v->kind != VERDICT_NOLOGIN || r->host.n == 0)
		return false;
	*out = (struct referral){
		.user = slice_or(r->destuser, s->user),
		.host = r->host,
		.text = slice_or(v->text, SL("Try this server instead.")),
		.port = r->port,
	};
	return true;
}

/* ---- commands ---------------------------------------------------------- */

void
session_bad_command(struct session *s)
{
	const char *bye = s->listener->proto->bad_commands_bye;

	if (++s->login->bad_commands >=
	    s->core->settings->login.max_bad_commands)
		session_close_saying(s, CLOSE_BAD_COMMANDS, slice_of(bye));
}

void
session_good_command(struct session *s)
{
	s->login->bad_commands = 0;
}

/* ---- the backend ------------------------------------------------------- */

static void
on_logged_in(void *arg, struct slice words)
{
	struct session *s = arg;
	struct verdict v = { .kind = VERDICT_LOGGED_IN, .text = words };

	s->core->counters.logins[VERDICT_LOGGED_IN]++;
	s->listener->proto->auth_done(s, &v);
	if (s->listener->proto->logged_in != NULL)
		session_stay_in_dialogue(s);
	else
		session_begin_relay(s);
}

static void
on_backend_failed(void *arg, enum verdict_kind kind, struct slice words)
{
	struct session *s = arg;
	struct login *l = s->login;

	if (kind == VERDICT_BACKEND_DENIED &&
	    l->finder.request.proof == AUTH_PROOF_TOKEN) {
		l->token_refused = true;
		l->token_error = arena_copy(&l->arena,
					    backend_token_error(l->backend));
	}
	session_verdict(s, kind, words);
}

static const struct backend_owner backend_events = {
	.logged_in = on_logged_in,
	.failed = on_backend_failed,
	.challenge = session_backend_challenge,
};

/* What the backend is told beyond the client's address: what the peer in front
   said, then the lookup's, then our own. */
static void
add_variables(struct session *s)
{
	struct login *l = s->login;
	struct log log = session_log(s);
	size_t left_out;

	left_out = forward_add(&l->forward, &l->finder.route.forward,
			       &l->arena);
	left_out += forward_add(&l->forward,
				&s->core->settings->forward.variables,
				&l->arena);
	if (left_out > 0)
		LOG(&log, EV_FORWARD_LEFT_OUT, F_COUNT("variables", left_out));
}

static void
connect_backend(struct session *s)
{
	struct login *l = s->login;
	struct log log = session_log(s);

	add_variables(s);
	session_enter(s, SESSION_BACKEND);
	backend_free(&l->backend);
	l->backend = backend_start(s->core, s->listener->proto, &s->server,
				   &l->finder.target, &l->forward,
				   &backend_events, s,
				   &log);
}

/* Where to is known: go there, unless it is in circles. */
static void
follow_target(struct session *s)
{
	struct login *l = s->login;
	const struct target *t = &l->finder.target;
	struct log log = session_log(s);

	s->backend_name = t->name;
	if (target_is_loop(t, &s->real_local, l->finder.request.user)) {
		LOG(&log, EV_PROXY_LOOP, F_TEXT("backend", t->name));
		session_verdict(s, VERDICT_BACKEND_DOWN, (struct slice){ 0 });
	} else if (forward_next_ttl(&l->forward) == 0) {
		LOG(&log, EV_PROXY_TTL, F_TEXT("backend", t->name));
		session_verdict(s, VERDICT_BACKEND_CONFIG,
				(struct slice){ 0 });
	} else {
		connect_backend(s);
	}
}

/* ---- the lookup -------------------------------------------------------- */

static enum verdict_kind
verdict_of(enum auth_result result)
{
	switch (result) {
	case AUTH_DENIED:
		return VERDICT_DENIED;
	case AUTH_NOT_AUTHORIZED:
		return VERDICT_NOT_AUTHORIZED;
	case AUTH_DISABLED:
		return VERDICT_DISABLED;
	case AUTH_EXPIRED:
		return VERDICT_EXPIRED;
	case AUTH_OK:
	case AUTH_TEMPFAIL:
		break;
	}
	return VERDICT_TEMPFAIL;
}

static void
refuse(struct session *s, const struct auth_answer *a)
{
	struct login *l = s->login;
	const struct verdict v = { .kind = verdict_of(a->result),
				   .text = a->result == AUTH_TEMPFAIL &&
							   !a->verbatim ?
						   SL("") :
						   a->reason,
				   .code = a->code,
				   .verbatim = a->verbatim };

	l->hang_up = a->hang_up;
	l->token_refused = verdict_is_failure(v.kind) &&
			   l->finder.request.proof == AUTH_PROOF_TOKEN;
	l->token_error = a->token_error;
	conclude(s, &v, a->has_delay ? a->delay_ms : delay_left(s, v.kind));
}

static void
on_found(void *arg, enum finder_result result)
{
	struct session *s = arg;
	struct finder *f = &s->login->finder;
	struct log log = session_log(s);

	s->user = f->user;
	switch (result) {
	case FINDER_REFUSED:
		refuse(s, &f->refusal);
		return;
	case FINDER_NOLOGIN:
		s->login->successes++;
		session_verdict(s, VERDICT_NOLOGIN, f->route.reason);
		return;
	case FINDER_NOWHERE:
		s->login->successes++;
		LOG(&log, EV_ROUTE_FAILED, F_TEXT("what", f->why));
		session_verdict(s, VERDICT_BACKEND_DOWN, (struct slice){ 0 });
		return;
	case FINDER_FOUND:
		s->login->successes++;
		follow_target(s);
		return;
	}
}

/* login.username_format; what gets too long by it stays as it was given. */
static struct slice
normalise(struct session *s, struct slice user)
{
	struct slice format = s->core->settings->login.username_format;
	struct slice name = user;
	struct buf out;

	if (slice_eq(format, SL("%u")) || user.n == 0)
		return user;
	buf_init(&out, MAX_NAME);
	if (user_format_expand(format, user, &out))
		name = arena_copy(&s->login->arena, buf_slice(&out));
	buf_free(&out);
	return name;
}

/* What a "-PLUS" mechanism may be bound to. */
static void
add_bindings(struct session *s, struct auth_request *r)
{
	const struct mechanism *m = mechanism_find(r->mechanism);
	struct arena *a = &s->login->arena;

	r->binding_offered = session_offers_binding(s);
	if (m == NULL || !m->binding)
		return;
	for (int i = 0; i < TLS_BINDINGS; i++) {
		enum tls_binding kind = (enum tls_binding)i;
		char data[TLS_BINDING_MAX];
		size_t n = tls_binding(&s->client, kind, data);

		if (n > 0)
			vars_set(&r->bindings, a, slice_of(tls_binding_name(kind)),
				 (struct slice){ data, n });
		mem_wipe(data, sizeof(data));
	}
}

static void
ask(struct session *s, const struct credentials *c)
{
	struct login *l = s->login;
	struct auth_request *r = &l->finder.request;

	*r = session_lookup_request(s, normalise(s, c->user));
	r->mechanism = c->mechanism;
	r->proof = c->proof;
	r->authzid = normalise(s, c->authzid);
	r->password = c->password;
	r->has_response = c->has_response;
	r->response = c->response;
	r->attempt = l->attempts + 1;
	if (c->proof == AUTH_PROOF_CERTIFICATE)
		r->user = normalise(s, l->certificate_user);
	if (c->proof == AUTH_PROOF_EXCHANGE)
		add_bindings(s, r);
	s->user = r->user;
	s->method = c->mechanism;
	session_enter(s, SESSION_LOOKUP);
	finder_start(&l->finder, s->core, &l->arena,
		     (enum protocol)s->listener->conf->protocol,
		     session_lookup_challenge, on_found, s);
}

struct auth_request
session_lookup_request(const struct session *s, struct slice user)
{
	const struct login *l = s->login;

	return (struct auth_request){
		.service = slice_of(s->listener->proto->name),
		.user = user,
		.session = s->session_id,
		.local_name = l->forward.connected_name,
		.remote = s->remote,
		.local = s->local,
		.real_remote = s->real_remote,
		.real_local = s->real_local,
		.haproxy_source = l->haproxy_source,
		.haproxy_destination = l->haproxy_destination,
		.tls = l->tls,
		.secured = session_has_tls(s) || s->trusted,
		.client_id = l->forward.client_id,
		.forward = l->forward.variables,
	};
}

void
session_login_abandon(struct session *s)
{
	struct login *l = s->login;

	finder_cancel(&l->finder);
	if (s->at != SESSION_RELAY)
		backend_abandon(l->backend);
}

/* ---- credentials ------------------------------------------------------- */

/* Nothing that could end a line or a text early goes to a backend: LOGIN, USER
   and PASS carry names and passwords as they are. */
static bool
is_sound(const struct credentials *c)
{
	const struct slice texts[] = { c->user, c->authzid, c->password };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (slice_ends_line(texts[i]))
			return false;
	}
	return c->user.n > 0 || c->proof != AUTH_PROOF_PASSWORD;
}

void
session_judge(struct session *s, const struct credentials *c)
{
	if (is_sound(c)) {
		ask(s, c);
		return;
	}
	s->method = c->mechanism;
	session_verdict(s, VERDICT_DENIED, (struct slice){ 0 });
}

void
session_begin_login(struct session *s)
{
	struct login *l = s->login;

	l->asked_ms = clock_now_ms();
	l->hang_up = l->token_refused = false;
	l->token_error = (struct slice){ 0 };
}
