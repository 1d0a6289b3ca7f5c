#include "auth/auth.h"

#include "base/log.h"
#include "base/mem.h"

struct member {
	const struct auth_driver_ops *ops;
	const struct auth_conf *conf;
	void *state;
};

struct auth_chain {
	struct member *v;
	size_t n;
};

static const struct auth_driver_ops *const drivers[] = {
	[AUTH_DRIVER_PASSTHROUGH] = &auth_driver_passthrough,
	[AUTH_DRIVER_STATIC] = &auth_driver_static,
	[AUTH_DRIVER_PASSWD_FILE] = &auth_driver_passwd_file,
};

struct err *
auth_chain_make(const struct conf_list *list, struct loop *loop,
		struct auth_chain **chain_out)
{
	struct auth_chain *chain = mem_zalloc(sizeof(*chain));
	struct err *e = NULL;

	chain->v = mem_zalloc_array(list->n, sizeof(*chain->v));
	for (size_t i = 0; i < list->n && e == NULL; i++) {
		struct member *m = &chain->v[chain->n];

		m->conf = CONF_ITEM(*list, auth_conf, i);
		m->ops = drivers[m->conf->driver];
		if (m->ops->open != NULL)
			e = m->ops->open(m->conf, loop, &m->state);
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

		if (a->driver == AUTH_DRIVER_PASSWD_FILE ||
		    a->password.p != NULL || names_a_name(&a->fields) ||
		    names_a_name(&a->default_fields) ||
		    names_a_name(&a->override_fields))
			return false;
	}
	return true;
}

/* ---- asking ------------------------------------------------------------ */

static void
ask_next(struct auth_lookup *l)
{
	const struct member *m = &l->chain->v[l->at];

	m->ops->lookup(m->state, m->conf, l);
}

void
auth_ask(const struct auth_chain *chain, struct auth_lookup *l,
	 const struct auth_request *request, struct arena *arena,
	 auth_done *done, void *arg)
{
	*l = (struct auth_lookup){ .chain = chain, .request = request,
				   .arena = arena, .waiting = true,
				   .done = done, .arg = arg };
	ask_next(l);
}

void
auth_cancel(struct auth_lookup *l)
{
	const struct member *m;

	if (!l->waiting)
		return;
	m = &l->chain->v[l->at];
	l->waiting = false;
	if (m->ops->cancel != NULL)
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

static void
finish(struct auth_lookup *l, const struct auth_answer *answer)
{
	struct auth_answer final = *answer;

	if (final.result == AUTH_DENIED && l->tempfail)
		final.result = AUTH_TEMPFAIL;
	l->waiting = false;
	l->done(l->arg, &final);
}

void
auth_lookup_answer(struct auth_lookup *l, const struct auth_answer *answer)
{
	struct auth_answer a = *answer;

	if (a.result == AUTH_OK) {
		complete_fields(l->chain->v[l->at].conf, l->arena, &a.fields);
		if (!l->request->lookup_only &&
		    !is_allowed_from(&a.fields, l->request))
			a.result = AUTH_DENIED;
	}
	if (a.result == AUTH_TEMPFAIL)
		l->tempfail = true;
	if ((a.result == AUTH_DENIED || a.result == AUTH_TEMPFAIL) &&
	    l->at + 1 < l->chain->n) {
		l->at++;
		ask_next(l);
		return;
	}
	finish(l, &a);
}
