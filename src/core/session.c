#include "core/session.h"

#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/session_private.h"
#include "core/trust.h"
#include "net/socket.h"
#include "net/stream_proxy.h"

/* Answers, and what the backend says right behind its last word: one chunk of
   the relay at most. */
#define MAX_OUTPUT RELAY_CHUNK
/* What the kernel still holds of a client that is told goodbye. */
#define SWALLOW_OCTETS (4 * 1024)
/* Reads of a client that is being closed: 256 KB, more than lies in a socket
   whose peer was not being kept waiting. */
#define MOST_SWALLOWED 64

/* ---- small answers ----------------------------------------------------- */

void *
session_state(const struct session *s)
{
	return s->login == NULL ? NULL : s->login->state;
}

struct buf *
session_out(struct session *s)
{
	return &s->login->out;
}

struct forward *
session_forward(struct session *s)
{
	return s->login == NULL ? NULL : &s->login->forward;
}

struct arena *
session_arena(struct session *s)
{
	return s->login == NULL ? NULL : &s->login->arena;
}

struct slice
session_user(const struct session *s)
{
	return s->user;
}

struct slice
session_method(const struct session *s)
{
	return s->method;
}

struct slice
session_hostname(const struct session *s)
{
	return slice_of(s->core->hostname);
}

const struct settings *
session_settings(const struct session *s)
{
	return s->core->settings;
}

const struct listener_conf *
session_listener(const struct session *s)
{
	return s->listener->conf;
}

bool
session_is_trusted(const struct session *s)
{
	return s->trusted;
}

bool
session_has_tls(const struct session *s)
{
	return tls_is_on(&s->client) ||
	       (s->login != NULL && s->login->haproxy_tls);
}

bool
session_offers_starttls(const struct session *s)
{
	int tls = s->listener->conf->tls;

	return (tls == LISTENER_TLS_STARTTLS || tls == LISTENER_TLS_REQUIRED) &&
	       !session_has_tls(s) && s->core->tls != NULL;
}

struct core *
session_core(const struct session *s)
{
	return s->core;
}

struct slice
session_id(const struct session *s)
{
	return s->session_id;
}

int64_t
session_opened_ms(const struct session *s)
{
	return s->opened_ms;
}

const struct core_listener *
session_core_listener(const struct session *s)
{
	return s->listener;
}

const struct addr *
session_remote(const struct session *s)
{
	return &s->remote;
}

const struct addr *
session_local(const struct session *s)
{
	return &s->local;
}

const struct addr *
session_real_local(const struct session *s)
{
	return &s->real_local;
}

bool
session_has_input(const struct session *s)
{
	char c;

	return (s->login != NULL && s->login->in.n > 0) ||
	       (stream_is_plain(&s->client) &&
		socket_peek(s->client.fd, &c, 1) > 0);
}

const struct target *
session_target(const struct session *s)
{
	return &s->login->finder.target;
}

struct backend *
session_backend(struct session *s)
{
	return s->login == NULL ? NULL : s->login->backend;
}

void
session_identity_changed(struct session *s)
{
	struct forward *f = &s->login->forward;

	s->remote = f->client;
	s->local = f->connected;
	s->session_id = f->session_id;
}

/* ---- states ------------------------------------------------------------ */

static const char *const state_names[] = {
	[SESSION_NEW] = "new",
	[SESSION_HAPROXY] = "haproxy",	 [SESSION_HANDSHAKE] = "handshake",
	[SESSION_DIALOGUE] = "dialogue", [SESSION_SASL] = "sasl",
	[SESSION_HELD] = "held",
	[SESSION_LOOKUP] = "lookup",	 [SESSION_BACKEND] = "backend",
	[SESSION_DELAY] = "delay",	 [SESSION_RELAY] = "relay",
	[SESSION_CLOSED] = "closed",
};

void
session_enter(struct session *s, enum session_at at)
{
	struct log log = session_log(s);

	LOG(&log, EV_SESSION_STATE,
	    F_TEXT("from", slice_of(state_names[s->at])),
	    F_TEXT("to", slice_of(state_names[at])));
	s->at = (uint8_t)at;
}

/* ---- TLS and the PROXY header ------------------------------------------ */

static void
greet(struct session *s)
{
	session_enter(s, SESSION_DIALOGUE);
	s->listener->proto->greet(s);
	session_flush(s);
}

/* The client's addresses are known: TLS at once, or the greeting. */
static void
begin(struct session *s)
{
	struct login *l = s->login;

	s->trusted = trust_identity(s->listener->conf, &s->real_remote);
	l->forward.client = s->remote;
	l->forward.connected = s->local;
	l->forward.ttl = s->core->settings->forward.ttl;
	l->forward.client_tls = l->haproxy_tls;
	l->forward.session_id = forward_make_session_id(&s->remote, &l->arena);
	s->session_id = l->forward.session_id;
	if (s->listener->conf->tls != LISTENER_TLS_IMPLICIT) {
		greet(s);
		return;
	}
	session_enter(s, SESSION_HANDSHAKE);
	tls_accept(s->core->tls, &s->client);
}

/* "SUCCESS", "FAILED:why", "NONE"; nginx's words. */
static struct slice
verify_text(const struct tls_peer *peer, struct arena *a)
{
	if (!peer->asked)
		return (struct slice){ 0 };
	if (!peer->shown)
		return SL("NONE");
	return peer->valid ? SL("SUCCESS") :
			     arena_printf(a, "FAILED:%s", peer->why);
}

/* Whom a certificate is for: by the operator's list, or by a name in it. */
static struct slice
certificate_user(const struct tls_conf *conf, const struct tls_peer *peer)
{
	const struct var *v = vars_find(&conf->certificate_users,
					peer->subject);

	if (!peer->valid)
		return (struct slice){ 0 };
	if (v == NULL)
		v = vars_find(&conf->certificate_users, peer->fingerprint);
	if (v != NULL)
		return v->value;
	return conf->certificate_username == CERTIFICATE_EMAIL ? peer->email :
								 peer->cn;
}

static void
learn_certificate(struct session *s)
{
	struct login *l = s->login;
	struct tls_peer peer;

	tls_peer_read(&s->client, &l->arena, &peer);
	l->tls.verify = verify_text(&peer, &l->arena);
	l->tls.subject = peer.subject;
	l->tls.issuer = peer.issuer;
	l->tls.serial = peer.serial;
	l->tls.fingerprint = peer.fingerprint;
	l->tls.pem = peer.pem;
	l->certificate_user = certificate_user(&s->core->settings->tls, &peer);
}

/* What servers that are asked about the user may want to know of it. */
static void
learn_tls(struct session *s)
{
	struct auth_tls *t = &s->login->tls;

	if (s->core->settings->tls.client_certificates !=
	    CLIENT_CERTIFICATES_NO)
		learn_certificate(s);
	t->on = true;
	t->version = slice_of(tls_version(&s->client));
	t->cipher = slice_of(tls_cipher(&s->client));
}

static void
on_tls_ready(struct session *s)
{
	struct forward *f = &s->login->forward;
	const char *name = tls_server_name(&s->client);

	f->client_tls = true;
	f->connected_name = arena_copy(&s->login->arena, slice_of(name));
	learn_tls(s);
	/* STARTTLS was a command of a dialogue that goes on. */
	if (s->listener->conf->tls == LISTENER_TLS_IMPLICIT) {
		greet(s);
		return;
	}
	session_enter(s, SESSION_DIALOGUE);
	s->listener->proto->tls_ready(s);
	session_flush(s);
}

static void
on_haproxy_ready(struct session *s)
{
	struct login *l = s->login;
	const struct proxy_header *h = stream_proxy_facts(&s->client);

	loop_timer_stop(&l->wait);
	if (!h->local) {
		s->remote = l->haproxy_source = h->source;
		s->local = l->haproxy_destination = h->destination;
		/* Trust goes by who the balancer says it is, as in Dovecot's
		   login processes (spec: proxy-protocol.md section 7). */
		s->real_remote = s->remote;
		s->real_local = s->local;
	}
	l->haproxy_tls = h->tls.used;
	l->forward.connected_name = arena_copy(&l->arena, h->authority);
	stream_pop(&s->client);
	begin(s);
}

/* A balancer that only looks whether somebody listens here. */
static bool
is_health_check(const struct session *s, const struct err *e)
{
	return s->at == SESSION_HAPROXY && err_kind(e) == ERR_PEER &&
	       !stream_proxy_has_begun(&s->client);
}

static void
fail_handshake(struct session *s, struct err *e)
{
	struct log log = session_log(s);
	bool haproxy = s->at == SESSION_HAPROXY;

	if (is_health_check(s, e)) {
		err_free(&e);
		session_close(s, CLOSE_CLIENT_GONE);
		return;
	}
	LOG(&log, haproxy ? EV_HAPROXY_BAD : EV_TLS_FAILED,
	    F_TEXT("what", slice_of(err_text(e))));
	err_free(&e);
	session_close(s, haproxy ? CLOSE_HAPROXY_HEADER : CLOSE_TLS_FAILED);
}

static void
on_ready(void *arg, struct err *e)
{
	struct session *s = arg;

	if (e != NULL)
		fail_handshake(s, e);
	else if (s->at == SESSION_HAPROXY)
		on_haproxy_ready(s);
	else
		on_tls_ready(s);
}

void
session_starttls(struct session *s)
{
	s->login->starttls = true;
	session_enter(s, SESSION_HANDSHAKE);
}

static const struct stream_owner client_events = {
	.readable = session_on_readable,
	.writable = session_on_writable,
	.ready = on_ready,
};

/* ---- time -------------------------------------------------------------- */

/* Silence has not been as long as it may be; while we are the ones who keep the
   other waiting, there is none. */
static bool
may_stay(struct session *s)
{
	struct login *l = s->login;
	int64_t silent = clock_now_ms() - l->heard_ms;

	if (l->limit_ms == 0 || (silent >= l->limit_ms && session_takes_input(s)))
		return false;
	loop_timer_start(&l->deadline,
			 silent < l->limit_ms ? l->limit_ms - silent :
						l->limit_ms);
	return true;
}

static void
on_deadline(void *arg)
{
	struct session *s = arg;

	if (may_stay(s))
		return;
	if (s->at == SESSION_SASL)
		session_close_saying(s, CLOSE_LOGIN_TIMEOUT,
				     SL("Disconnected for inactivity during "
					"authentication."));
	else
		session_close(s, CLOSE_LOGIN_TIMEOUT);
}

void
session_limit_idle(struct session *s, int64_t ms)
{
	s->login->limit_ms = ms;
	s->login->heard_ms = clock_now_ms();
	loop_timer_start(&s->login->deadline, ms);
}

/* A delayed verdict is due, or a PROXY header did not come. */
static void
on_wait(void *arg)
{
	struct session *s = arg;

	if (s->at == SESSION_HAPROXY)
		session_close(s, CLOSE_HAPROXY_TIMEOUT);
	else
		session_deliver(s);
}

/* ---- coming ------------------------------------------------------------ */

static struct login *
make_login(struct session *s)
{
	struct core *core = s->core;
	struct login *l = mem_zalloc(sizeof(*l));

	buf_init(&l->in, s->listener->proto->max_input);
	buf_init(&l->out, MAX_OUTPUT);
	l->state = mem_zalloc(s->listener->proto->session_state);
	l->go_on.run = session_on_go_on;
	l->go_on.arg = s;
	loop_timer_init(&l->deadline, core->loop, on_deadline, s);
	loop_timer_init(&l->wait, core->loop, on_wait, s);
	loop_timer_start(&l->deadline, core->settings->login.timeout);
	return l;
}

static void
read_haproxy(struct session *s)
{
	const struct settings *settings = s->core->settings;

	session_enter(s, SESSION_HAPROXY);
	if (!addr_nets_have(&settings->haproxy_trusted_networks,
			    &s->real_remote)) {
		session_close(s, CLOSE_HAPROXY_PEER);
		return;
	}
	loop_timer_start(&s->login->wait, settings->haproxy_timeout);
	stream_proxy_begin(&s->client);
}

void
session_accept(struct core *core, const struct core_listener *listener, int fd,
	       const struct addr *peer)
{
	struct session *s = mem_zalloc(sizeof(*s));

	s->core = core;
	s->listener = listener;
	s->opened_ms = clock_now_ms();
	s->remote = s->real_remote = *peer;
	s->local = listener->local.family != ADDR_NONE ? listener->local :
							 socket_self(fd);
	s->real_local = s->local;
	s->login = make_login(s);
	stream_open(&s->client, core->loop, fd, &client_events, s);
	DL_APPEND(core->sessions, s);
	core->session_count++;
	core->counters.accepted++;
	if (listener->conf->haproxy)
		read_haproxy(s);
	else
		begin(s);
}

/* ---- going ------------------------------------------------------------- */

void
login_free(struct login **login)
{
	struct login *l = *login;

	if (l == NULL)
		return;
	backend_free(&l->backend);
	buf_free(&l->in);
	buf_free(&l->out);
	arena_free(&l->arena);
	free(l->state);
	mem_wipe(l, sizeof(*l));
	free(l);
	*login = NULL;
}

/* What the kernel holds unread would turn our last words into a reset. Who sends
   without end is not listened to for ever. */
static void
swallow_input(struct session *s)
{
	char rest[SWALLOW_OCTETS];

	for (int i = 0; i < MOST_SWALLOWED; i++) {
		if (stream_read(&s->client, rest, sizeof(rest)) <= 0)
			return;
	}
}

static void
say_bye(struct session *s, enum close_reason why, struct slice words)
{
	struct buf bye;
	bool nothing = words.n == 0 &&
		       (s->login == NULL || s->login->out.n == 0);

	if (nothing || s->client.shaking || !stream_is_open(&s->client))
		return;
	buf_init(&bye, RELAY_CHUNK + 1024);
	if (s->login != NULL)
		buf_add(&bye, buf_slice(&s->login->out));
	if (words.n > 0)
		s->listener->proto->say_bye(s, why, words, &bye);
	/* Once: a client that does not read need not hear it. */
	(void)stream_write(&s->client, bye.p, bye.n);
	buf_free(&bye);
	stream_finish(&s->client);
	swallow_input(s);
}

static void
forget_login(struct session *s)
{
	struct login *l = s->login;

	if (l == NULL)
		return;
	loop_timer_stop(&l->deadline);
	loop_timer_stop(&l->wait);
	loop_forget(s->core->loop, &l->go_on);
	session_login_abandon(s);
}

static bool
may_say_bye(const struct session *s)
{
	if (s->at == SESSION_RELAY)
		return relay_may_speak(&s->relay);
	return s->login != NULL && s->at != SESSION_HAPROXY &&
	       s->at != SESSION_HANDSHAKE;
}

/* After the turn: whoever is being called now may still look at it. */
static void
free_later(struct session *s)
{
	struct core *core = s->core;

	s->next_closing = core->closing;
	core->closing = s;
	loop_later(core->loop, &core->reaper);
}

void
session_free(struct session *s)
{
	login_free(&s->login);
	free(s->kept);
	free(s);
}

static void
close_with(struct session *s, enum close_reason why, struct slice words,
	   const char *trouble)
{
	if (s->at == SESSION_CLOSED)
		return;
	s->why = (uint8_t)why;
	session_log_end(s, trouble);
	if (may_say_bye(s))
		say_bye(s, why, words);
	forget_login(s);
	if (s->login != NULL && s->listener->proto->ended != NULL)
		s->listener->proto->ended(s);
	if (s->at == SESSION_RELAY)
		s->core->relay_count--;
	presence_leave(&s->presence, s->core);
	s->core->counters.octets_in += s->login_octets + s->relay.up.octets;
	s->core->counters.octets_out += s->relay.down.octets;
	if (s->relay.pool != NULL)
		relay_stop(&s->relay);
	session_enter(s, SESSION_CLOSED);
	stream_close(&s->server);
	stream_close(&s->client);
	DL_DELETE(s->core->sessions, s);
	s->core->session_count--;
	free_later(s);
}

void
session_close(struct session *s, enum close_reason why)
{
	close_with(s, why, slice_of(close_reason_row(why)->bye), "");
}

void
session_close_saying(struct session *s, enum close_reason why,
		     struct slice words)
{
	close_with(s, why, words, "");
}

void
session_relay_ended(void *arg, enum relay_end side, const char *trouble)
{
	struct session *s = arg;
	bool by_client = side == RELAY_END_CLIENT;

	if (!by_client) {
		stream_finish(&s->client);
		swallow_input(s);
	}
	close_with(s, by_client ? CLOSE_RELAY_CLIENT : CLOSE_RELAY_SERVER,
		   (struct slice){ 0 }, trouble);
}

/* ---- into the relay ---------------------------------------------------- */

static void
describe(const void *owner, struct presence_facts *out)
{
	const struct session *s = owner;

	out->user = s->user;
	out->session_id = s->session_id;
	out->backend = s->backend_name;
	out->protocol = s->listener->proto->name;
	out->client = s->remote;
	out->opened_ms = s->opened_ms;
	out->in = s->login_octets + s->relay.up.octets;
	out->out = s->relay.down.octets;
	out->tls = session_has_tls(s);
}

static void
end_presence(void *owner, enum close_reason why)
{
	session_close(owner, why);
}

static const struct presence_ops presence_events = {
	.describe = describe,
	.end = end_presence,
};

/* The texts that the log and usherctl still need, in one piece of memory. */
static void
keep_texts(struct session *s)
{
	struct slice *texts[] = { &s->user, &s->session_id, &s->method,
				  &s->backend_name };
	size_t total = 0;
	char *p;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		total += texts[i]->n;
	p = s->kept = mem_zalloc(total);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i]->n > 0)
			memcpy(p, texts[i]->p, texts[i]->n);
		texts[i]->p = p;
		p += texts[i]->n;
	}
}

struct stream *
session_take_server(struct session *s)
{
	return &s->server;
}

void
session_count(struct session *s, uint64_t in, uint64_t out)
{
	s->relay.up.octets += in;
	s->relay.down.octets += out;
}

static void
note_login(struct session *s)
{
	s->server_addr = *backend_address(s->login->backend);
	s->login_octets = backend_sent(s->login->backend);
	session_log_login(s);
}

void
session_stay_in_dialogue(struct session *s)
{
	note_login(s);
	session_enter(s, SESSION_DIALOGUE);
	s->relay.active_ms = clock_now_ms();
	presence_enter(&s->presence, s->core, &presence_events, s);
	s->listener->proto->logged_in(s);
	loop_later(s->core->loop, &s->login->go_on);
}

void
session_begin_relay(struct session *s)
{
	struct login *l = s->login;

	buf_add(&l->out, backend_leftover(l->backend));
	note_login(s);
	session_enter(s, SESSION_RELAY);
	keep_texts(s);
	s->core->relay_count++;
	presence_enter(&s->presence, s->core, &presence_events, s);
	forget_login(s);
	s->login = NULL;
	relay_start(&s->relay, s->core->pool, &s->client, &s->server,
		    buf_slice(&l->in), buf_slice(&l->out), session_relay_ended, s);
	login_free(&l);
}
