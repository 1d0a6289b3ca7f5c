/* One recipient: by routes, lookups and placement to a backend, and the backend's
   word on them. */
#include <utlist.h>

#include "smtp/smtp_private.h"

/* ---- the end ------------------------------------------------------------------- */

static void wake_parked(struct smtp_mail *mail);

static void
conclude(struct smtp_rcpt *r, enum smtp_rcpt_at at, struct slice reply)
{
	struct smtp_mail *mail = r->mail;

	if (r->at == SMTP_RCPT_ASKED) {
		mail->group_asked--;
		mail->group_accepted += at == SMTP_RCPT_ACCEPTED;
	}
	r->at = at;
	r->reply = reply;
	mail->pending--;
	wake_parked(mail);
}

static void
log_refused(struct smtp_rcpt *r)
{
	struct log log = session_log(r->mail->session);

	LOG(&log, EV_SMTP_RCPT, F_NAMED("to", r->given),
	    F_TEXT("how", r->reply.p[0] == '4' ? SL("Deferred") : SL("Refused")),
	    F_NAMED("from", r->mail->sender), F_TEXT("reply", r->reply));
}

void
smtp_rcpt_refuse(struct smtp_rcpt *r, struct slice reply)
{
	presence_leave(&r->presence, session_core(r->mail->session));
	conclude(r, SMTP_RCPT_REFUSED, reply);
	log_refused(r);
}

void
smtp_rcpt_accept(struct smtp_rcpt *r, struct slice reply)
{
	r->mail->accepted++;
	conclude(r, SMTP_RCPT_ACCEPTED, reply);
}

void
smtp_rcpt_forget(struct smtp_rcpt *r)
{
	finder_cancel(&r->finder);
	presence_leave(&r->presence, session_core(r->mail->session));
}

static void
refuse(struct smtp_rcpt *r, struct slice code, struct slice words)
{
	smtp_rcpt_refuse(r, smtp_own_reply(r->mail, r, code, words));
	smtp_mail_settle(r->mail);
}

/* ---- presence ------------------------------------------------------------------ */

static void
describe(const void *owner, struct presence_facts *out)
{
	const struct smtp_rcpt *r = owner;
	const struct session *s = r->mail->session;

	out->user = r->finder.user;
	out->session_id = session_id(s);
	out->backend = r->target->name;
	out->protocol = session_core_listener(s)->proto->name;
	out->client = *session_remote(s);
	out->opened_ms = session_opened_ms(s);
	out->in = r->mail->content.octets;
	out->tls = session_has_tls(s);
}

/* A delivery is waited for. */
static const struct presence_ops presence_events = {
	.describe = describe,
};

/* ---- the backend ----------------------------------------------------------------- */

static const struct smtp_dead *
find_dead(const struct smtp_mail *mail, const struct target *t)
{
	for (const struct smtp_dead *d = mail->dead; d != NULL; d = d->next) {
		if (smtp_same_target(d->target, t))
			return d;
	}
	return NULL;
}

/* What may come in the way of r: a recipient that was accepted, or one that may
   yet be.

   SMTP has one answer for all recipients, so all must be on one backend; and with
   LMTP behind it, which answers for each, be one only (spec: smtp-proxying.md
   section 11, T1). */
static enum smtp_rcpt_at
conflict(const struct smtp_rcpt *r)
{
	const struct smtp_mail *mail = r->mail;
	bool alone = r->target->protocol == PROTOCOL_LMTP &&
		     !mail->server->conf->several_to_lmtp;
	bool together = !alone && mail->group != NULL &&
			smtp_same_target(mail->group, r->target);

	if (mail->server->protocol != PROTOCOL_SMTP || together)
		return SMTP_RCPT_REFUSED;
	if (mail->group_accepted > 0)
		return SMTP_RCPT_ACCEPTED;
	return mail->group_asked > 0 ? SMTP_RCPT_ASKED : SMTP_RCPT_REFUSED;
}

static void
ask(struct smtp_rcpt *r, struct smtp_conn *c)
{
	r->conn = c;
	r->at = SMTP_RCPT_ASKED;
	r->mail->group = r->target;
	r->mail->group_asked++;
	smtp_conn_ask_rcpt(c, r);
}

static void
ask_backend(struct smtp_rcpt *r)
{
	struct smtp_mail *mail = r->mail;
	struct smtp_conn *c = smtp_conn_get(mail->server, r->target);

	if (c->mail != mail)
		smtp_conn_join(c, mail);
	ask(r, c);
}

/* Where r goes is known. */
static void
go_there(struct smtp_rcpt *r)
{
	const struct smtp_dead *dead = find_dead(r->mail, r->target);

	if (dead != NULL) {
		refuse(r, dead->code, dead->words);
		return;
	}
	switch (conflict(r)) {
	case SMTP_RCPT_ACCEPTED:
		refuse(r, SL("452 4.5.3"),
		       SL("Recipient is on another backend, try again"));
		return;
	case SMTP_RCPT_ASKED:
		r->at = SMTP_RCPT_PARKED;
		r->mail->parked++;
		return;
	case SMTP_RCPT_FINDING:
	case SMTP_RCPT_PARKED:
	case SMTP_RCPT_REFUSED:
		break;
	}
	ask_backend(r);
}

/* Something was decided: perhaps those who wait for it can go on. Each decision
   that comes of it is seen by those further down, in this same round. */
static void
wake_parked(struct smtp_mail *mail)
{
	if (mail->waking || mail->parked == 0)
		return;
	mail->waking = true;
	for (struct smtp_rcpt *r = mail->first; r != NULL; r = r->next) {
		if (r->at != SMTP_RCPT_PARKED)
			continue;
		mail->parked--;
		go_there(r);
	}
	mail->waking = false;
}

/* ---- where ----------------------------------------------------------------------- */

static bool
has_hops_left(struct smtp_rcpt *r)
{
	struct log log = session_log(r->mail->session);
	const struct forward *f = session_forward(r->mail->session);

	if (forward_next_ttl(f) > 0)
		return true;
	LOG(&log, EV_PROXY_TTL, F_TEXT("backend", r->target->name));
	refuse(r, SL("554 5.4.6"), SL("Proxying appears to be looping (TTL=0)"));
	return false;
}

static bool
leads_elsewhere(struct smtp_rcpt *r)
{
	struct log log = session_log(r->mail->session);
	const struct addr *local = session_real_local(r->mail->session);

	for (size_t i = 0; i < r->target->addr_count; i++) {
		if (!addr_eq(&r->target->addrs[i], local) ||
		    !slice_eq(r->address, r->given))
			continue;
		LOG(&log, EV_PROXY_LOOP, F_TEXT("backend", r->target->name));
		refuse(r, SL("554 5.4.6"), SL("Proxying loops to itself"));
		return false;
	}
	return true;
}

static void
set_target(struct smtp_rcpt *r, const struct target *t)
{
	r->target = t;
	if (leads_elsewhere(r) && has_hops_left(r))
		go_there(r);
}

/* The name a lookup gave instead, with the detail put back; without a domain the
   address keeps its own. */
static struct slice
renamed(struct smtp_rcpt *r, struct slice name)
{
	size_t at = slice_index(name, '@');

	return arena_printf(&r->mail->arena, "%.*s%.*s%.*s",
			    SL_FMT(slice_first(name, at)), SL_FMT(r->detail),
			    SL_FMT(slice_skip(name, at)));
}

static void
take_route(struct smtp_rcpt *r)
{
	struct finder *f = &r->finder;
	struct slice name = f->route.destuser;

	if (name.n == 0 && !slice_eq(f->user, f->request.user))
		name = f->user;
	if (name.n > 0)
		r->address = renamed(r, name);
	for (size_t i = 0; i < f->route.forward.n; i++)
		vars_set(&r->variables, &r->mail->arena,
			 f->route.forward.v[i].name, f->route.forward.v[i].value);
}

static void
on_found(void *arg, enum finder_result result)
{
	struct smtp_rcpt *r = arg;
	struct log log = session_log(r->mail->session);

	switch (result) {
	case FINDER_FOUND:
		take_route(r);
		r->target = &r->finder.target;
		presence_enter(&r->presence, session_core(r->mail->session),
			       &presence_events, r);
		set_target(r, &r->finder.target);
		return;
	case FINDER_NOWHERE:
		LOG(&log, EV_ROUTE_FAILED, F_TEXT("what", r->finder.why));
		refuse(r, SL("451 4.4.1"), SL("Backend unavailable"));
		return;
	case FINDER_NOLOGIN:
		refuse(r, SL("550 5.2.1"), SL("Mailbox disabled"));
		return;
	case FINDER_REFUSED:
		break;
	}
	switch (r->finder.refusal.result) {
	case AUTH_DENIED:
		refuse(r, SL("550 5.1.1"), SL("User unknown"));
		return;
	case AUTH_DISABLED:
	case AUTH_EXPIRED:
	case AUTH_NOT_AUTHORIZED:
		refuse(r, SL("550 5.2.1"), SL("Mailbox disabled"));
		return;
	case AUTH_OK:
	case AUTH_TEMPFAIL:
		break;
	}
	refuse(r, SL("451 4.3.0"), SL("Temporary lookup failure"));
}

/* ---- asking ---------------------------------------------------------------------- */

/* "jane+folder" is jane, and the folder her backend's business. */
static struct slice
cut_detail(struct smtp_rcpt *r, struct slice local)
{
	struct slice delimiter = r->mail->server->conf->recipient_delimiter;

	for (size_t i = 1; i < local.n; i++) {
		if (!slice_has(delimiter, local.p[i]))
			continue;
		r->detail = slice_skip(local, i);
		return slice_first(local, i);
	}
	return local;
}

static struct slice
join(struct arena *a, struct slice local, struct slice domain)
{
	return arena_printf(a, domain.n > 0 ? "%.*s@%.*s" : "%.*s",
			    SL_FMT(local), SL_FMT(domain));
}

static void
ask_lookups(struct smtp_rcpt *r, enum protocol protocol)
{
	struct session *s = r->mail->session;
	struct arena *a = &r->mail->arena;
	struct slice user = join(a, cut_detail(r, r->local), r->domain);

	r->at = SMTP_RCPT_FINDING;
	r->finder.request = session_lookup_request(s, user);
	r->finder.request.lookup_only = true;
	r->finder.request.forward = r->variables;
	finder_start(&r->finder, session_core(s), a, protocol, NULL, on_found,
		     r);
}

static void
ask_host(struct smtp_rcpt *r, const struct smtp_destination *d)
{
	struct arena *a = &r->mail->arena;
	struct log log = session_log(r->mail->session);
	struct target *t = arena_alloc(a, sizeof(*t));
	struct err *e = target_of_host(session_core(r->mail->session),
				       d->protocol, d->backend, &d->addr, a, t);

	if (e == NULL) {
		set_target(r, t);
		return;
	}
	LOG(&log, EV_ROUTE_FAILED, F_TEXT("what", slice_of(err_text(e))));
	err_free(&e);
	refuse(r, SL("451 4.4.1"), SL("Backend unavailable"));
}

/* Words of a route stand behind code and enhanced code. */
static void
refuse_by_route(struct smtp_rcpt *r, struct slice reply)
{
	struct slice rest = reply, code, enhanced;

	slice_cut_word(&rest, &code);
	slice_cut_word(&rest, &enhanced);
	refuse(r, slice_first(reply, (size_t)(enhanced.p - reply.p) + enhanced.n),
	       slice_trim(rest));
}

/* Submission: all of it goes to the user's own server. */
static void
ask_users_own(struct smtp_rcpt *r)
{
	struct smtp_conn *c = r->mail->server->user_conn;

	r->target = &c->target;
	ask(r, c);
}

void
smtp_rcpt_begin(struct smtp_rcpt *r)
{
	struct session *s = r->mail->session;
	bool lmtp = r->mail->server->protocol == PROTOCOL_LMTP;
	struct smtp_destination d;

	r->mail->pending++;
	r->mail->count++;
	*r->mail->end = r;
	r->mail->end = &r->next;
	if (r->mail->unsaid == NULL)
		r->mail->unsaid = r;
	r->address = r->given;
	if (r->mail->server->protocol == PROTOCOL_SUBMISSION) {
		ask_users_own(r);
		return;
	}
	smtp_route_find(session_core_listener(s)->routes, r->local, r->domain,
			session_hostname(s), lmtp, &r->mail->arena, &d);
	r->local = d.local;
	r->domain = d.domain;
	if (d.rewritten)
		r->address = join(&r->mail->arena, d.local, d.domain);
	switch (d.kind) {
	case SMTP_TO_USER:
		ask_lookups(r, d.protocol);
		return;
	case SMTP_TO_HOST:
		ask_host(r, &d);
		return;
	case SMTP_REJECTED:
		refuse_by_route(r, d.reply);
		return;
	}
}
