#include "conf/settings_check.h"

#include "base/user_format.h"
#include "conf/settings.h"

/* ---- one at a time ----------------------------------------------------- */

static const char *
endpoint_text(const struct conf_endpoint *e, char out[ADDR_TEXT])
{
	if (!e->any)
		return addr_text(&e->addr, out);
	snprintf(out, ADDR_TEXT, "*:%u", (unsigned)e->addr.port);
	return out;
}

static bool
same_endpoint(const struct conf_endpoint *a, const struct conf_endpoint *b)
{
	if (a->any || b->any)
		return a->addr.port == b->addr.port;
	return addr_eq(&a->addr, &b->addr);
}

static void
check_addresses(struct conf_check *c, struct listener_conf *l)
{
	const struct conf_endpoint *v = l->address.v;

	for (size_t i = 0; i < l->address.n; i++) {
		for (size_t k = 0; k < i; k++) {
			char text[ADDR_TEXT];

			if (!same_endpoint(&v[i], &v[k]))
				continue;
			conf_complain(c, &l->address, "address: %s is there "
				      "already; each can stand once",
				      endpoint_text(&v[i], text));
		}
	}
}

void
settings_check_tls(struct conf_check *c, void *members)
{
	struct tls_conf *t = members;

	if (t->client_certificates != CLIENT_CERTIFICATES_NO &&
	    t->client_ca.n == 0)
		conf_complain(c, &t->client_certificates,
			      "client_certificates: needs client_ca, the file of "
			      "the authorities they must come from");
}

void
settings_check_listener(struct conf_check *c, void *members)
{
	struct listener_conf *l = members;

	if (l->address.n == 0)
		conf_complain(c, l, "listeners: address is empty; %.*s needs one "
			      "such as \"*:143\"", SL_FMT(l->name));
	check_addresses(c, l);
	if (l->tls == LISTENER_TLS_REQUIRED && l->allow_cleartext)
		conf_complain(c, &l->allow_cleartext,
			      "allow_cleartext: yes contradicts tls: required; "
			      "one of them must go");
}

/* Those that usher can keep its word on, or carry for the backend. */
static const struct slice smtp_extensions[] = {
	SL("8BITMIME"), SL("CHUNKING"), SL("DSN"), SL("SMTPUTF8"),
};

void
settings_check_smtp(struct conf_check *c, void *members)
{
	struct smtp_conf *s = members;

	for (size_t i = 0; i < s->extensions.n; i++) {
		struct slice e = s->extensions.v[i];
		size_t k = 0;

		while (k < sizeof(smtp_extensions) /
				   sizeof(smtp_extensions[0]) &&
		       !slice_eq(smtp_extensions[k], e))
			k++;
		if (k == sizeof(smtp_extensions) / sizeof(smtp_extensions[0]))
			conf_complain(c, &s->extensions,
				      "extensions: \"%.*s\" is not one of "
				      "8BITMIME, CHUNKING, DSN, SMTPUTF8",
				      SL_FMT(e));
	}
}

void
settings_check_backend(struct conf_check *c, void *members)
{
	struct backend_conf *b = members;
	struct backend_access *access = &b->access;

	if (b->host.n == 0)
		conf_complain(c, &b->host, "host: is empty; it takes an address "
			      "or a name");
	if ((access->client_cert.n > 0) != (access->client_key.n > 0))
		conf_complain(c, b, "director.backends: %.*s has one of client_cert "
			      "and client_key; it needs both or neither",
			      SL_FMT(b->name));
}

void
settings_check_forward(struct conf_check *c, void *members)
{
	/* IMAP's ID allows 30 octets a key and 1024 a value
	   (spec/dovecot-forwarding.md 4.5). */
	const size_t max_name = 30 - sizeof("x-forward-") + 1;
	struct forward_conf *f = members;

	for (size_t i = 0; i < f->variables.n; i++) {
		const struct var *v = &f->variables.v[i];

		if (v->name.n == 0 || v->name.n > max_name ||
		    !slice_is_printable(v->name) || slice_has(v->name, ' ') ||
		    slice_has(v->name, '=') || slice_has(v->name, '"'))
			conf_complain(c, &f->variables,
				      "variables: the name \"%.*s\" must have 1 to "
				      "%zu characters, without blanks, quotes and "
				      "'='", SL_FMT(v->name), max_name);
		if (v->value.n > 1024)
			conf_complain(c, &f->variables,
				      "variables: the value of %.*s has %zu octets; "
				      "1024 is the most a backend takes",
				      SL_FMT(v->name), v->value.n);
	}
}

/* ---- backends together ------------------------------------------------- */

static void
check_backend_names(struct conf_check *c, const struct conf_list *backends)
{
	for (size_t i = 0; i < backends->n; i++) {
		struct backend_conf *b = CONF_ITEM(*backends, backend_conf, i);

		for (size_t k = 0; k < i; k++) {
			struct slice other =
				CONF_ITEM(*backends, backend_conf, k)->name;

			if (slice_eq(b->name, other))
				conf_complain(c, &b->name,
					      "name: another backend is called "
					      "%.*s already; each needs a name of "
					      "its own", SL_FMT(b->name));
		}
	}
}

/* One header or the other: what a backend hears by ID it would hold against the
   address it learnt from PROXY (spec/proxy-protocol.md 6). */
static void
check_identity(struct conf_check *c, struct backend_access *access)
{
	if (access->send_proxy == SEND_PROXY_NO)
		return;
	if (access->send_identity && conf_is_set(c, &access->send_identity))
		conf_complain(c, &access->send_proxy,
			      "send_proxy: cannot go with send_identity: yes; one "
			      "of them must go");
	access->send_identity = false;
}

void
settings_check_director(struct conf_check *c, void *members)
{
	struct director_conf *d = members;
	uint64_t weights = 0;

	if (!user_format_valid(d->username_hash))
		conf_complain(c, &d->username_hash,
			      "username_hash: \"%.*s\" is not text with %%u, %%n, "
			      "%%d, %%Lu, %%Ln or %%Ld in it",
			      SL_FMT(d->username_hash));
	else if (!user_format_names_user(d->username_hash))
		conf_complain(c, &d->username_hash,
			      "username_hash: \"%.*s\" is the same for every "
			      "user, so all would be on one backend; it takes "
			      "%%Lu or another part of the name",
			      SL_FMT(d->username_hash));
	check_backend_names(c, &d->backends);
	check_identity(c, &d->defaults);
	for (size_t i = 0; i < d->backends.n; i++) {
		struct backend_conf *b = CONF_ITEM(d->backends, backend_conf, i);

		check_identity(c, &b->access);
		weights += b->weight;
	}
	if (d->backends.n > 0 && weights == 0)
		conf_complain(c, &d->backends, "backends: every weight is 0, so "
			      "no user could be placed; one must be more");
}

/* ---- the whole --------------------------------------------------------- */

static uint64_t
max_message_size(const struct settings *s, int protocol)
{
	return protocol == PROTOCOL_SMTP ? s->smtp.max_message_size :
	       protocol == PROTOCOL_LMTP ? s->lmtp.max_message_size :
					   s->submission.max_message_size;
}

static void
inherit_listener(struct conf_check *c, const struct settings *s,
		 struct listener_conf *l)
{
	if (!conf_is_set(c, &l->max_message_size))
		l->max_message_size = max_message_size(s, l->protocol);
	if (!conf_is_set(c, &l->allow_cleartext) &&
	    l->tls != LISTENER_TLS_REQUIRED)
		l->allow_cleartext = s->login.allow_cleartext;
	if (!conf_is_set(c, &l->greeting))
		l->greeting = s->login.greeting;
	if (!conf_is_set(c, &l->login_trusted_networks))
		l->login_trusted_networks = s->login_trusted_networks;
}

static bool
has_routes(const struct settings *s, struct slice table)
{
	for (size_t i = 0; i < s->routes.n; i++) {
		if (slice_eq(CONF_ITEM(s->routes, route_conf, i)->table, table))
			return true;
	}
	return false;
}

static void
check_listener(struct conf_check *c, const struct settings *s,
	       struct listener_conf *l)
{
	if (l->tls != LISTENER_TLS_OFF && s->tls.certificates.n == 0)
		conf_complain(c, &l->tls, "tls: %.*s needs a certificate, and "
			      "tls.certificates has none; give one, or set tls: off",
			      SL_FMT(l->name));
	for (size_t i = 0; i < l->routes.n; i++) {
		if (!has_routes(s, l->routes.v[i]))
			conf_complain(c, &l->routes, "routes: no entry of routes "
				      "has table: %.*s; one must",
				      SL_FMT(l->routes.v[i]));
	}
	if (l->haproxy && s->haproxy_trusted_networks.n == 0)
		conf_complain(c, &l->haproxy, "haproxy: yes, but "
			      "haproxy_trusted_networks is empty, so nobody could "
			      "connect; name the balancers there");
}

static void
check_overlap(struct conf_check *c, struct listener_conf *l,
	      struct listener_conf *before)
{
	if (slice_eq(l->name, before->name))
		conf_complain(c, &l->name, "name: another listener is called %.*s "
			      "already; each needs a name of its own",
			      SL_FMT(l->name));
	for (size_t i = 0; i < l->address.n; i++) {
		for (size_t k = 0; k < before->address.n; k++) {
			if (same_endpoint(&l->address.v[i],
					  &before->address.v[k]))
				conf_complain(c, &l->address,
					      "address: %.*s listens there already; "
					      "each needs its own",
					      SL_FMT(before->name));
		}
	}
}

static void
check_listeners(struct conf_check *c, const struct settings *s)
{
	if (s->listeners.n == 0)
		conf_complain(c, &s->listeners, "listeners: there are none, so "
			      "nobody could connect; name one, as conf.d/"
			      "20-listeners.yaml shows");
	for (size_t i = 0; i < s->listeners.n; i++) {
		struct listener_conf *l =
			CONF_ITEM(s->listeners, listener_conf, i);

		inherit_listener(c, s, l);
		check_listener(c, s, l);
		for (size_t k = 0; k < i; k++)
			check_overlap(c, l, CONF_ITEM(s->listeners,
						      listener_conf, k));
	}
}

static void
check_route(struct conf_check *c, struct route_conf *r)
{
	int said = (r->to.p != NULL) + (r->relay.p != NULL) +
		   (r->lmtp.p != NULL) + (r->reject.p != NULL);

	if (r->file.p != NULL && (said > 0 || r->match.p != NULL))
		conf_complain(c, r, "routes: file stands alone, without match and "
			      "where to; the file has these");
	else if (r->file.p == NULL && r->match.p == NULL)
		conf_complain(c, r, "routes: match is missing; an entry has match "
			      "and one of to, relay, lmtp and reject, or file");
	else if (r->file.p == NULL && said != 1)
		conf_complain(c, r, "routes: %.*s has %s of to, relay, lmtp and "
			      "reject; it takes exactly one", SL_FMT(r->match),
			      said == 0 ? "none" : "several");
}

static void
check_routes(struct conf_check *c, const struct settings *s)
{
	for (size_t i = 0; i < s->routes.n; i++)
		check_route(c, CONF_ITEM(s->routes, route_conf, i));
}

/* These answer for every user: nothing behind them is ever asked. */
static bool
knows_everybody(const struct auth_conf *a)
{
	return (a->driver == AUTH_DRIVER_PASSTHROUGH ||
		a->driver == AUTH_DRIVER_STATIC) &&
	       a->password.p == NULL &&
	       a->only_protocols.n == 0 && a->only_mechanisms.n == 0 &&
	       a->skip == AUTH_SKIP_NEVER &&
	       a->result_success != AUTH_CONTINUE &&
	       a->result_success != AUTH_CONTINUE_OK &&
	       a->result_success != AUTH_CONTINUE_FAIL;
}

static bool
gives_host(const struct auth_conf *a)
{
	return vars_find(&a->fields, SL("host")) != NULL ||
	       vars_find(&a->default_fields, SL("host")) != NULL ||
	       vars_find(&a->override_fields, SL("host")) != NULL;
}

static void
check_auth(struct conf_check *c, const struct settings *s)
{
	if (s->auth.n == 0)
		conf_complain(c, &s->auth, "auth: there is no driver, so nobody "
			      "could log in; name one, as conf.d/40-auth.yaml shows");
	for (size_t i = 0; i < s->auth.n; i++) {
		struct auth_conf *a = CONF_ITEM(s->auth, auth_conf, i);

		if (i + 1 < s->auth.n && knows_everybody(a))
			conf_complain(c, &a->driver, "driver: this one answers for "
				      "every user, so those after it would never be "
				      "asked; it must be the last");
		if (knows_everybody(a) && !gives_host(a) &&
		    s->director.backends.n == 0)
			conf_complain(c, &a->driver, "driver: this one gives no host, "
				      "and director.backends is empty; name a host "
				      "or backends");
	}
}

static void
check_username_format(struct conf_check *c, const struct login_conf *login)
{
	if (!user_format_valid(login->username_format))
		conf_complain(c, &login->username_format,
			      "username_format: \"%.*s\" is not text with %%u, %%n, "
			      "%%d, %%Lu, %%Ln or %%Ld in it",
			      SL_FMT(login->username_format));
	else if (!user_format_names_user(login->username_format))
		conf_complain(c, &login->username_format,
			      "username_format: \"%.*s\" is the same for every "
			      "user; it takes %%Lu or another part of the name",
			      SL_FMT(login->username_format));
}

/* RFC 4422 section 3.1. */
static bool
is_mechanism_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= 20;
}

static void
check_mechanisms(struct conf_check *c, const struct login_conf *login)
{
	for (size_t i = 0; i < login->mechanisms.n; i++) {
		struct slice m = login->mechanisms.v[i];

		if (!is_mechanism_name(m))
			conf_complain(c, &login->mechanisms,
				      "mechanisms: \"%.*s\" is no name of a SASL "
				      "mechanism; PLAIN is one", SL_FMT(m));
	}
}

void
settings_check_all(struct conf_check *c, void *members)
{
	struct settings *s = members;

	check_listeners(c, s);
	check_routes(c, s);
	check_auth(c, s);
	check_username_format(c, &s->login);
	check_mechanisms(c, &s->login);
}
