#include "auth/auth.h"

#include "auth/exchange.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/user_format.h"

/* A name comes from a SASL message of at most 8192 octets, and its format may say
   it a few times. */
#define MAX_NAME (32 * 1024)

struct member {
	const struct auth_driver_ops *ops;
	const struct auth_conf *conf;
	void *state;
};

struct auth_chain {
	const struct auth_env *env;
	struct member *v;
	size_t n;
};

static const struct auth_driver_ops *const drivers[] = {
	[AUTH_DRIVER_PASSTHROUGH] = &auth_driver_passthrough,
	[AUTH_DRIVER_STATIC] = &auth_driver_static,
	[AUTH_DRIVER_PASSWD_FILE] = &auth_driver_passwd_file,
	[AUTH_DRIVER_HTTP] = &auth_driver_http,
	[AUTH_DRIVER_DOVECOT] = &auth_driver_dovecot,
	[AUTH_DRIVER_OAUTH2] = &auth_driver_oauth2,
};

struct err *
auth_chain_make(const struct conf_list *list, const struct auth_env *env,
		struct auth_chain **chain_out)
{
	struct auth_chain *chain = mem_zalloc(sizeof(*chain));
	struct err *e = NULL;

	chain->env = env;
	chain->v = mem_zalloc_array(list->n, sizeof(*chain->v));
	for (size_t i = 0; i < list->n && e == NULL; i++) {
		struct member *m = &chain->v[chain->n];

		m->conf = CONF_ITEM(*list, auth_conf, i);
		m->ops = drivers[m->conf->driver];
		if (m->ops->open != NULL)
			e = m->ops->open(m->conf, env, &m->state);
		if (e == NULL)
			chain->n++;
	}
	if (e != NULL) {
		auth_chain_free(&chain);
		return e;
	}
	*chain_out = chain;
	return NULL;
}

void
auth_chain_free(struct auth_chain **chain)
{
	if (*chain == NULL)
		return;
	for (size_t i = 0; i < (*chain)->n; i++) {
		if ((*chain)->v[i].ops->close != NULL)
			(*chain)->v[i].ops->close((*chain)->v[i].state);
	}
	free((*chain)->v);
	free(*chain);
	*chain = NULL;
}

struct slice
auth_chain_key(const struct auth_chain *chain)
{
	return chain->env->key;
}

static bool
names_a_name(const struct vars *fields)
{
	const struct var *host = vars_find(fields, SL("host"));
	struct addr a;

	return host != NULL && !addr_parse_ip(host->value, &a);
}

bool
auth_chain_is_light(const struct conf_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct auth_conf *a = CONF_ITEM(*list, auth_conf, i);

		if ((a->driver != AUTH_DRIVER_PASSTHROUGH &&
		     a->driver != AUTH_DRIVER_STATIC) ||
		    a->password.p != NULL || names_a_name(&a->fields) ||
		    names_a_name(&a->default_fields) ||
		    names_a_name(&a->override_fields))
			return false;
	}
	return true;
}

/* ---- what can be served ------------------------------------------------ */

static bool
has_login(const struct vars *fields)
{
	const struct var *mech = vars_find(fields, SL("proxy_mech"));

	return vars_find(fields, SL("pass")) != NULL ||
	       vars_find(fields, SL("proxy_noauth")) != NULL ||
	       (mech != NULL && slice_eq_nocase(mech->value, SL("EXTERNAL")));
}

static bool
auth_gives_password(const struct auth_conf *conf)
{
	return has_login(&conf->fields) || has_login(&conf->default_fields) ||
	       has_login(&conf->override_fields);
}

static bool
takes_any(const struct auth_conf *conf)
{
	return vars_find(&conf->fields, SL("nopassword")) != NULL ||
	       vars_find(&conf->default_fields, SL("nopassword")) != NULL ||
	       vars_find(&conf->override_fields, SL("nopassword")) != NULL;
}

bool
auth_serves_unjudged(const struct auth_conf *conf, const struct mechanism *m)
{
	if (!auth_gives_password(conf))
		return auth_serves_carried(m);
	return m->kind == MECHANISM_CERTIFICATE ||
	       (takes_any(conf) && auth_serves_passwords(m));
}

bool
auth_serves_passwords(const struct mechanism *m)
{
	return m->kind == MECHANISM_PASSWORD;
}

bool
auth_serves_carried(const struct mechanism *m)
{
	return m->kind == MECHANISM_PASSWORD || m->kind == MECHANISM_TOKEN ||
	       (m->kind == MECHANISM_SCRAM && !m->binding);
}

bool
auth_is_relayed(struct slice list, struct slice mechanism)
{
	struct slice name;

	while (slice_cut(&list, ',', &name)) {
		if (slice_eq_nocase(slice_trim(name), mechanism))
			return true;
	}
	return false;
}

/* An empty list is all there is. */
static bool
is_listed(const struct conf_texts *list, struct slice word)
{
	for (size_t i = 0; i < list->n; i++) {
		if (slice_eq_nocase(list->v[i], word))
			return true;
	}
	return list->n == 0;
}

static bool
serves(const struct auth_conf *conf, const void *state, struct slice service,
       const struct mechanism *m)
{
	return is_listed(&conf->only_protocols, service) &&
	       is_listed(&conf->only_mechanisms, m->name) &&
	       drivers[conf->driver]->serves(state, conf, m);
}

static struct mechanism
mechanism_named(struct slice name)
{
	const struct mechanism *known = mechanism_find(name);
	struct mechanism m = known != NULL ? *known : mechanism_unknown;

	m.name = name;
	return m;
}

bool
auth_list_serves(const struct conf_list *list, const struct auth_chain *chain,
		 struct slice service, struct slice mechanism)
{
	struct mechanism m = mechanism_named(mechanism);

	for (size_t i = 0; i < list->n; i++) {
		const void *state = chain == NULL ? NULL : chain->v[i].state;

		if (serves(CONF_ITEM(*list, auth_conf, i), state, service, &m))
			return true;
	}
	return false;
}

static struct slice
offer_of(const struct settings *s, const struct auth_chain *chain,
	 struct slice service, struct arena *a)
{
	const struct conf_texts *all = &s->login.mechanisms;
	struct slice list = { 0 };

	if (auth_list_serves(&s->auth, chain, service, SL("PLAIN")))
		list = SL(AUTH_OFFER_PASSWORDS " ");
	for (size_t i = 0; i < all->n; i++) {
		if (auth_list_serves(&s->auth, chain, service, all->v[i]))
			list = arena_printf(a, "%.*s%.*s ", SL_FMT(list),
					    SL_FMT(all->v[i]));
	}
	return list;
}

void
auth_offers(const struct settings *s, const struct auth_chain *chain,
	    struct arena *a, struct vars *offers_out)
{
	struct vars offers = { .n = 0 };
	const char *name;

	for (int i = 0; (name = protocol_name((enum protocol)i)) != NULL; i++)
		vars_set(&offers, a, slice_of(name),
			 offer_of(s, chain, slice_of(name), a));
	*offers_out = offers;
}

/* ---- asking ------------------------------------------------------------ */

static bool
is_skipped(const struct auth_lookup *l, const struct auth_conf *conf)
{
	switch ((enum auth_skip)conf->skip) {
	case AUTH_SKIP_AUTHENTICATED:
		return l->authenticated;
	case AUTH_SKIP_UNAUTHENTICATED:
		return !l->authenticated;
	case AUTH_SKIP_NEVER:
		break;
	}
	return false;
}

/* A delivery, and what only adds fields to a login, is any driver's. */
static bool
is_asked(const struct auth_lookup *l, const struct member *m)
{
	const struct auth_request *r = l->request;
	struct mechanism mechanism = mechanism_named(r->mechanism);

	if (is_skipped(l, m->conf))
		return false;
	if (r->lookup_only)
		return is_listed(&m->conf->only_protocols, r->service);
	return serves(m->conf, m->state, r->service, &mechanism);
}

/* The first driver from at on that has to do with the question. False: none. */
static bool
find_driver(struct auth_lookup *l, size_t at)
{
	for (; at < l->chain->n; at++) {
		if (is_asked(l, &l->chain->v[at])) {
			l->at = at;
			return true;
		}
	}
	return false;
}

/* CRAM-MD5 asks before anybody knows who is there: for all drivers together, but
   for those that ask by themselves. */
static bool
asks_name(const struct auth_lookup *l)
{
	const struct auth_request *r = l->request;
	const struct mechanism *m = mechanism_find(r->mechanism);

	return r->proof == AUTH_PROOF_EXCHANGE && !r->has_response &&
	       m != NULL && m->kind == MECHANISM_CRAM && !r->lookup_only &&
	       !l->chain->v[l->at].ops->own_exchanges;
}

static void
ask_driver(struct auth_lookup *l)
{
	const struct member *m = &l->chain->v[l->at];

	if (!asks_name(l)) {
		m->ops->lookup(m->state, m->conf, l);
		return;
	}
	l->changed = *l->request;
	l->changed.salt = exchange_cram_challenge(l->arena);
	l->request = &l->changed;
	l->asks_name = true;
	l->challenge(l->arg, l->changed.salt);
}

static void
finish(struct auth_lookup *l, const struct auth_answer *answer)
{
	l->waiting = false;
	l->done(l->arg, answer);
}

void
auth_ask(const struct auth_chain *chain, struct auth_lookup *l,
	 const struct auth_request *request, struct arena *arena,
	 auth_challenge *challenge, auth_done *done, void *arg)
{
	const struct auth_answer nobody = { .result = AUTH_DENIED,
					    .user = request->user };

	*l = (struct auth_lookup){ .chain = chain, .request = request,
				   .arena = arena, .waiting = true,
				   .challenge = challenge, .done = done,
				   .arg = arg };
	if (find_driver(l, 0))
		ask_driver(l);
	else
		finish(l, &nobody);
}

void
auth_lookup_challenge(struct auth_lookup *l, struct slice challenge)
{
	l->challenged = true;
	l->challenge(l->arg, challenge);
}

/* Who is there is known now. */
static void
take_name(struct auth_lookup *l, struct slice response)
{
	const struct auth_answer nonsense = { .result = AUTH_DENIED };
	struct auth_request *r = &l->changed;
	struct slice user, digest;
	struct buf name;

	l->asks_name = false;
	if (!exchange_cram_response(response, &user, &digest)) {
		finish(l, &nonsense);
		return;
	}
	buf_init(&name, MAX_NAME);
	user_format_expand(l->chain->env->username_format, user, &name);
	r->user = arena_copy(l->arena, buf_ok(&name) ? buf_slice(&name) : user);
	buf_free(&name);
	r->has_response = true;
	r->response = arena_copy(l->arena, digest);
	ask_driver(l);
}

void
auth_continue(struct auth_lookup *l, struct slice response)
{
	const struct auth_answer no = { .result = AUTH_DENIED,
					.user = l->request->user };
	const struct member *m = &l->chain->v[l->at];

	if (!l->waiting)
		return;
	if (l->decoy)
		finish(l, &no);
	else if (l->asks_name)
		take_name(l, response);
	else if (l->challenged)
		m->ops->proceed(m->state, l, response);
}

void
auth_cancel(struct auth_lookup *l)
{
	const struct member *m;

	if (!l->waiting)
		return;
	m = &l->chain->v[l->at];
	l->waiting = false;
	if (m->ops->cancel != NULL && !l->decoy && !l->asks_name)
		m->ops->cancel(m->state, l);
}

bool
auth_acts_for_another(const struct auth_request *r)
{
	return r->authzid.n > 0 && !slice_eq(r->authzid, r->user);
}

void
auth_leave_to_backend(struct auth_lookup *l, struct auth_answer *answer)
{
	answer->user = l->request->authzid;
	vars_set(&answer->fields, l->arena, SL("master"), l->request->user);
}

/* ---- answers ----------------------------------------------------------- */

/* Dovecot's default_fields and override_fields. */
static void
complete_fields(const struct auth_conf *conf, struct arena *a,
		struct vars *fields)
{
	for (size_t i = 0; i < conf->default_fields.n; i++) {
		const struct var *v = &conf->default_fields.v[i];

		if (vars_find(fields, v->name) == NULL)
			vars_set(fields, a, v->name, v->value);
	}
	for (size_t i = 0; i < conf->override_fields.n; i++) {
		const struct var *v = &conf->override_fields.v[i];

		vars_set(fields, a, v->name, v->value);
	}
}

/* Dovecot's allow_nets: a list of networks with commas between them. What
   cannot be read lets nobody in. */
static bool
is_in_nets(struct slice list, const struct addr *who)
{
	struct slice item;
	struct addr_net net;

	while (slice_cut(&list, ',', &item)) {
		if (addr_net_parse(slice_trim(item), &net) &&
		    addr_net_has(&net, who))
			return true;
	}
	return false;
}

static bool
is_allowed_from(const struct vars *fields, const struct auth_request *r)
{
	const struct var *nets = vars_find(fields, SL("allow_nets"));
	const struct var *real = vars_find(fields, SL("allow_real_nets"));

	return (nets == NULL || is_in_nets(nets->value, &r->remote)) &&
	       (real == NULL || is_in_nets(real->value, &r->real_remote));
}

/* What this driver says is added to what those before it said. */
static void
keep(struct auth_lookup *l, const struct auth_answer *a)
{
	struct vars fields = l->kept.fields;

	for (size_t i = 0; i < a->fields.n; i++)
		vars_set(&fields, l->arena, a->fields.v[i].name,
			 a->fields.v[i].value);
	l->kept = *a;
	l->kept.fields = fields;
	l->known = true;
}

/* Dovecot's result_success and its kin. */
static enum auth_rule
rule_for(const struct auth_conf *conf, enum auth_result result)
{
	if (result == AUTH_OK)
		return (enum auth_rule)conf->result_success;
	if (result == AUTH_TEMPFAIL)
		return (enum auth_rule)conf->result_internalfail;
	return (enum auth_rule)conf->result_failure;
}

/* True: the next driver is to be asked. */
static bool
apply(struct auth_lookup *l, enum auth_rule rule)
{
	switch (rule) {
	case AUTH_RETURN:
		return false;
	case AUTH_RETURN_OK:
		l->authenticated = true;
		return false;
	case AUTH_RETURN_FAIL:
		l->authenticated = false;
		return false;
	case AUTH_CONTINUE:
		return true;
	case AUTH_CONTINUE_OK:
		l->authenticated = true;
		return true;
	case AUTH_CONTINUE_FAIL:
		l->authenticated = false;
		return true;
	}
	return false;
}

/* Drivers after one that said yes only add to it. */
static void
change_request(struct auth_lookup *l)
{
	struct auth_request changed = *l->request;

	if (!l->known)
		return;
	changed.user = l->kept.user;
	changed.lookup_only = changed.lookup_only || l->authenticated;
	l->changed = changed;
	l->request = &l->changed;
}

/* No other driver is to be asked: who was right counts. */
static void
conclude(struct auth_lookup *l, const struct auth_answer *last)
{
	struct auth_answer final = *last;

	if (l->authenticated && l->known)
		final = l->kept;
	else if (l->tempfail)
		final.result = AUTH_TEMPFAIL;
	else
		final.result = AUTH_DENIED;
	if (final.result == AUTH_DENIED && !l->challenged && exchange_decoy(l))
		l->decoy = true;
	else
		finish(l, &final);
}

/* A user that there is and that may not in is so whatever others say. */
static bool
is_final(enum auth_result result)
{
	return result == AUTH_NOT_AUTHORIZED || result == AUTH_DISABLED ||
	       result == AUTH_EXPIRED;
}

/* An exchange is proven by what the client answers, here or at the backend: a
   driver that only knows the user has proven nothing. */
static bool
is_unproven(const struct auth_lookup *l, const struct auth_answer *a)
{
	const struct auth_request *r = l->request;
	const struct mechanism *m = mechanism_find(r->mechanism);
	const struct var *list = vars_find(&a->fields, SL("relay_mechanisms"));

	if (r->lookup_only || r->proof != AUTH_PROOF_EXCHANGE || m == NULL ||
	    m->kind != MECHANISM_SCRAM || l->challenged || a->carried)
		return false;
	return list == NULL || !auth_is_relayed(list->value, r->mechanism);
}

static void
judge(struct auth_lookup *l, struct auth_answer *a)
{
	const struct auth_request *r = l->request;

	if (a->result == AUTH_OK && is_unproven(l, a))
		a->result = AUTH_DENIED;
	if (a->result == AUTH_OK) {
		complete_fields(l->chain->v[l->at].conf, l->arena, &a->fields);
		if (!r->lookup_only && !is_allowed_from(&a->fields, r))
			a->result = AUTH_DENIED;
	}
	if (a->result == AUTH_OK)
		keep(l, a);
	if (a->result == AUTH_TEMPFAIL)
		l->tempfail = true;
}

void
auth_lookup_answer(struct auth_lookup *l, const struct auth_answer *answer)
{
	struct auth_answer a = *answer;
	bool more;

	judge(l, &a);
	if (is_final(a.result)) {
		finish(l, &a);
		return;
	}
	more = apply(l, rule_for(l->chain->v[l->at].conf, a.result));
	/* An exchange that failed cannot be had a second time. */
	if (more && (a.result == AUTH_OK || !l->challenged)) {
		change_request(l);
		if (find_driver(l, l->at + 1)) {
			ask_driver(l);
			return;
		}
	}
	conclude(l, &a);
}
