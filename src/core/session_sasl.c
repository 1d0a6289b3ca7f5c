/* SASL with the client: which mechanisms it may choose, and the exchange, step by
   step, with whoever ends it: us, the lookup, or the backend. */
#include "auth/oauth_message.h"
#include "base/base64.h"
#include "core/session_private.h"
#include "core/trust.h"

/* A SASL message, decoded: a name and a password, or a token of OAuth. Dovecot
   takes lines of 8192 octets (spec: dovecot-login-proxy.md section 13). */
#define MAX_MESSAGE (8 * 1024)
/* A challenge of a lookup's or a backend's. */
#define MAX_CHALLENGE (16 * 1024)

/* ---- what is offered --------------------------------------------------- */

static bool
is_served(const struct session *s, struct slice mechanism)
{
	const struct var *offer = vars_find(
		&s->core->offers, slice_of(s->listener->proto->name));
	struct slice rest, name;

	if (offer == NULL)
		return false;
	rest = offer->value;
	while (slice_cut_word(&rest, &name)) {
		if (slice_eq_nocase(name, mechanism))
			return true;
	}
	return false;
}

static const struct mechanism *
know(struct slice name)
{
	const struct mechanism *m = mechanism_find(name);

	return m != NULL ? m : &mechanism_unknown;
}

static bool
allows_cleartext(const struct session *s)
{
	return trust_cleartext(s->listener->conf, s->trusted,
			       session_has_tls(s));
}

/* As far as the connection goes, cleartext apart. */
static bool
is_possible(const struct session *s, const struct mechanism *m)
{
	if (m->binding)
		return tls_is_on(&s->client);
	if (m->kind == MECHANISM_CERTIFICATE)
		return s->login != NULL && s->login->certificate_user.n > 0;
	return true;
}

bool
session_next_mechanism(const struct session *s, size_t *at,
		       struct slice *name_out)
{
	const struct conf_texts *list = &s->core->settings->login.mechanisms;

	while (*at < list->n) {
		struct slice name = list->v[(*at)++];
		const struct mechanism *m = know(name);

		if (!is_served(s, name) || !is_possible(s, m) ||
		    (m->cleartext && !allows_cleartext(s)))
			continue;
		*name_out = name;
		return true;
	}
	return false;
}

bool
session_offers_sasl(const struct session *s)
{
	struct slice name;
	size_t at = 0;

	return session_next_mechanism(s, &at, &name);
}

static bool
takes_passwords(const struct session *s)
{
	return is_served(s, SL(AUTH_OFFER_PASSWORDS));
}

bool
session_may_login(const struct session *s)
{
	return allows_cleartext(s) && takes_passwords(s);
}

/* One of those that are configured, in its own letters. False: it cannot be
   had here. */
static bool
find_offer(const struct session *s, struct slice wanted, struct slice *name_out)
{
	const struct conf_texts *list = &s->core->settings->login.mechanisms;

	for (size_t i = 0; i < list->n; i++) {
		struct slice name = list->v[i];

		if (slice_eq_nocase(name, wanted) && is_served(s, name) &&
		    is_possible(s, know(name))) {
			*name_out = name;
			return true;
		}
	}
	return false;
}

/* A client that could have bound to the channel, and says that it could not
   since we did not offer it, was lied to by somebody in between. */
bool
session_offers_binding(const struct session *s)
{
	struct slice name;
	size_t at = 0;

	while (session_next_mechanism(s, &at, &name)) {
		if (know(name)->binding)
			return true;
	}
	return false;
}

/* ---- challenges -------------------------------------------------------- */

static void
send_challenge(struct session *s, enum sasl_with with, struct slice base64)
{
	s->login->sasl_with = with;
	session_enter(s, SESSION_SASL);
	s->listener->proto->sasl_challenge(s, base64);
	/* It may be the lookup's or the backend's own callback. */
	loop_later(s->core->loop, &s->login->go_on);
}

static void
challenge(struct session *s, enum sasl_with with, struct slice text)
{
	struct buf coded;

	buf_init(&coded, 2 * MAX_CHALLENGE);
	base64_encode(text, &coded);
	send_challenge(s, with, buf_slice(&coded));
	buf_free(&coded);
}

void
session_lookup_challenge(void *arg, struct slice text)
{
	challenge(arg, SASL_WITH_LOOKUP, text);
}

void
session_backend_challenge(void *arg, struct slice base64)
{
	send_challenge(arg, SASL_WITH_BACKEND, base64);
}

void
session_refuse_token(struct session *s)
{
	struct login *l = s->login;
	bool bearer = slice_eq(l->finder.request.mechanism,
			       SL("OAUTHBEARER"));
	struct buf json;

	buf_init(&json, MAX_CHALLENGE);
	if (l->token_error.n > 0)
		buf_add(&json, l->token_error);
	else
		oauth_error_write(bearer ? OAUTH_BEARER : OAUTH_XOAUTH2,
				  SL(""), SL(""), SL(""), &json);
	l->token_refused = false;
	challenge(s, SASL_REFUSED, buf_slice(&json));
	buf_free(&json);
}

/* ---- steps ------------------------------------------------------------- */

static void
step_here(struct session *s, bool has_message, struct slice message)
{
	struct login *l = s->login;
	struct slice text = { 0 };

	switch (sasl_server_step(&l->sasl, has_message, message, &l->arena,
				 &text)) {
	case SASL_CHALLENGE:
		challenge(s, SASL_WITH_US, text);
		return;
	case SASL_DONE:
		session_judge(s, &l->sasl.credentials);
		return;
	case SASL_BAD:
		session_verdict(s, VERDICT_DENIED, (struct slice){ 0 });
		return;
	}
}

static void
step_there(struct session *s, struct slice message)
{
	session_enter(s, SESSION_LOOKUP);
	finder_continue(&s->login->finder, message);
}

static void
step(struct session *s, struct slice message)
{
	if (s->login->sasl_with == SASL_WITH_LOOKUP)
		step_there(s, message);
	else
		step_here(s, true, message);
}

/* Decodes and takes a step; kind is the verdict on what is no base64. */
static void
step_base64(struct session *s, struct slice base64, enum verdict_kind kind)
{
	struct buf message;

	buf_init(&message, MAX_MESSAGE);
	if (base64_decode(base64, &message)) {
		step(s, buf_slice(&message));
	} else {
		session_login_abandon(s);
		session_verdict(s, kind, (struct slice){ 0 });
	}
	buf_free(&message);
}

/* It goes to the backend as it is, but only if it is nothing else. */
static void
step_carried(struct session *s, struct slice base64)
{
	struct buf message;
	bool good;

	buf_init(&message, MAX_MESSAGE);
	good = base64_decode(base64, &message);
	buf_free(&message);
	if (!good) {
		session_login_abandon(s);
		session_verdict(s, VERDICT_BAD_RESPONSE, (struct slice){ 0 });
		return;
	}
	session_enter(s, SESSION_BACKEND);
	backend_carry_answer(s->login->backend, base64);
}

void
session_sasl_begin(struct session *s, struct slice wanted, bool has_initial,
		   struct slice initial)
{
	const struct mechanism *m = know(wanted);
	struct slice name;

	session_begin_login(s);
	if (!find_offer(s, wanted, &name)) {
		session_verdict(s, VERDICT_UNKNOWN_MECHANISM,
				(struct slice){ 0 });
		return;
	}
	if (m->cleartext && !allows_cleartext(s)) {
		session_verdict(s, VERDICT_CLEARTEXT_REFUSED,
				(struct slice){ 0 });
		return;
	}
	sasl_server_begin(&s->login->sasl, m, name);
	s->login->sasl_with = SASL_WITH_US;
	if (!has_initial)
		step_here(s, false, (struct slice){ 0 });
	else if (slice_eq(initial, SL("=")))
		step_here(s, true, SL(""));	/* RFC 4959 section 3 */
	else
		step_base64(s, initial, VERDICT_BAD_INITIAL);
}

void
session_login(struct session *s, struct slice user, struct slice password)
{
	struct arena *a = &s->login->arena;
	struct credentials c = { .mechanism = SL("PLAIN") };

	session_begin_login(s);
	if (!allows_cleartext(s)) {
		session_verdict(s, VERDICT_CLEARTEXT_REFUSED,
				(struct slice){ 0 });
		return;
	}
	if (!takes_passwords(s)) {
		session_verdict(s, VERDICT_UNKNOWN_MECHANISM,
				(struct slice){ 0 });
		return;
	}
	c.user = arena_copy(a, user);
	c.password = arena_copy(a, password);
	session_judge(s, &c);
}

bool
session_in_sasl(const struct session *s)
{
	return s->at == SESSION_SASL;
}

void
session_sasl_line(struct session *s, struct slice line)
{
	switch (s->login->sasl_with) {
	case SASL_REFUSED:
		/* It has heard why; now the refusal itself. */
		session_deliver(s);
		return;
	case SASL_WITH_US:
	case SASL_WITH_LOOKUP:
	case SASL_WITH_BACKEND:
		break;
	}
	if (slice_eq(line, SL("*"))) {
		session_login_abandon(s);
		session_verdict(s, VERDICT_ABORTED, (struct slice){ 0 });
	} else if (s->login->sasl_with == SASL_WITH_BACKEND) {
		step_carried(s, line);
	} else {
		step_base64(s, line, VERDICT_BAD_RESPONSE);
	}
}
