/* The same fields for every user. With a password, everybody has that one;
   without, any is taken here and judged by the backend. */
#include "auth/auth.h"
#include "auth/exchange.h"
#include "auth/scheme.h"
#include "base/log.h"

static enum auth_result
check(const struct auth_conf *conf, const struct auth_request *r)
{
	static const struct log log = { .service = "auth" };
	const char *why = "";

	if (r->proof == AUTH_PROOF_CERTIFICATE)
		return auth_acts_for_another(r) ? AUTH_NOT_AUTHORIZED : AUTH_OK;
	switch (scheme_verify(conf->password, conf->scheme, r->password,
			      &why)) {
	case SCHEME_MATCH:
		return auth_acts_for_another(r) ? AUTH_NOT_AUTHORIZED : AUTH_OK;
	case SCHEME_MISMATCH:
		return AUTH_DENIED;
	case SCHEME_UNKNOWN:
	case SCHEME_BROKEN:
		break;
	}
	LOG(&log, EV_PASSWORD_BROKEN, F_NAMED("user", r->user),
	    F_TEXT("what", slice_of(why)));
	return AUTH_TEMPFAIL;
}

static void
lookup(void *state, const struct auth_conf *conf, struct auth_lookup *l)
{
	const struct auth_request *r = l->request;
	bool judges = conf->password.p != NULL && !r->lookup_only;
	struct auth_answer answer = { .result = AUTH_OK, .user = r->user,
				      .carried = conf->password.p == NULL };

	(void)state;
	if (!judges && auth_acts_for_another(r))
		auth_leave_to_backend(l, &answer);
	for (size_t i = 0; i < conf->fields.n; i++) {
		const struct var *v = &conf->fields.v[i];

		vars_set(&answer.fields, l->arena, v->name, v->value);
	}
	if (judges && r->proof == AUTH_PROOF_EXCHANGE) {
		exchange_begin(l, conf->password, conf->scheme, &answer);
		return;
	}
	if (judges)
		answer.result = check(conf, r);
	auth_lookup_answer(l, &answer);
}

static bool
serves(const void *state, const struct auth_conf *conf,
       const struct mechanism *m)
{
	(void)state;
	if (conf->password.p == NULL)
		return auth_serves_unjudged(conf, m);
	return auth_serves_passwords(m) || exchange_serves(m) ||
	       m->kind == MECHANISM_CERTIFICATE;
}

const struct auth_driver_ops auth_driver_static = {
	.name = "static",
	.serves = serves,
	.lookup = lookup,
	.proceed = exchange_proceed,
};
