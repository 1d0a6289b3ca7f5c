#include "core/target.h"

/* ---- where ------------------------------------------------------------- */

static struct slice
user_there(const struct target_wish *wish)
{
	return wish->route->destuser.n > 0 ? wish->route->destuser :
					     wish->user;
}

/* The host the route names or the placement finds. NULL for one that only the
   lookup knows. */
static struct err *
find_host(struct core *core, const struct target_wish *wish,
	  const struct mail_host **host_out)
{
	const struct route *r = wish->route;

	if (r->host.n > 0) {
		*host_out = mail_hosts_find(core->hosts, r->host);
		return NULL;
	}
	*host_out = mail_hosts_place(core->hosts, user_there(wish), r->tag);
	if (*host_out != NULL)
		return NULL;
	if (r->tag.n > 0)
		return err_new(ERR_BUSY, "no backend with tag %.*s takes users",
			       SL_FMT(r->tag));
	return err_new(ERR_BUSY, "no backend takes users");
}

static size_t
add_addr(struct addr *addrs, size_t n, const struct addr *a, uint16_t port)
{
	if (n == RESOLVER_MAX_ADDRS)
		return n;
	addrs[n] = *a;
	addrs[n].port = port;
	return n + 1;
}

/* "192.0.2.1,2001:db8::1" */
static size_t
add_addr_list(struct addr *addrs, size_t n, struct slice list, uint16_t port)
{
	struct slice item;
	struct addr a;

	while (slice_cut(&list, ',', &item)) {
		if (addr_parse_ip(slice_trim(item), &a))
			n = add_addr(addrs, n, &a, port);
	}
	return n;
}

static size_t
add_addrs(struct addr *addrs, const struct mail_host *host, uint16_t port)
{
	size_t n = 0;

	for (size_t i = 0; i < host->addr_count; i++)
		n = add_addr(addrs, n, &host->addrs[i], port);
	return n;
}

static struct err *
find_addrs(const struct route *r, const struct mail_host *host, uint16_t port,
	   struct arena *a, struct target *t)
{
	struct addr *addrs = arena_alloc(a, RESOLVER_MAX_ADDRS * sizeof(*addrs));
	size_t n = 0;

	if (r->hostip.family != ADDR_NONE)
		n = add_addr(addrs, n, &r->hostip, port);
	n = add_addr_list(addrs, n, r->hostips, port);
	if (n == 0 && host != NULL)
		n = add_addrs(addrs, host, port);
	if (n == 0)
		n = add_addr_list(addrs, n, r->host, port);
	t->addrs = addrs;
	t->addr_count = n;
	if (n == 0)
		return err_new(ERR_BUSY, "the address of %.*s is not known",
			       SL_FMT(t->host));
	return NULL;
}

/* ---- how --------------------------------------------------------------- */

static uint16_t
port_for(const struct target *t, uint16_t port,
	 const struct backend_access *access)
{
	bool implicit = t->tls == BACKEND_TLS_IMPLICIT;

	if (port != 0)
		return port;
	switch (t->protocol) {
	case PROTOCOL_IMAP:
		return (uint16_t)(implicit ? access->imaps_port :
					     access->imap_port);
	case PROTOCOL_POP3:
		return (uint16_t)(implicit ? access->pop3s_port :
					     access->pop3_port);
	case PROTOCOL_SUBMISSION:
		return (uint16_t)(implicit ? access->submissions_port :
					     access->submission_port);
	case PROTOCOL_LMTP:
		return (uint16_t)access->lmtp_port;
	case PROTOCOL_SMTP:
		return (uint16_t)access->smtp_port;
	}
	return 0;
}

/* A lookup may say that a delivery goes by the other protocol. */
static enum protocol
protocol_for(const struct target_wish *wish)
{
	bool delivery = wish->protocol == PROTOCOL_LMTP ||
			wish->protocol == PROTOCOL_SMTP;

	if (!delivery || wish->route->protocol.n == 0)
		return wish->protocol;
	return slice_eq(wish->route->protocol, SL("smtp")) ? PROTOCOL_SMTP :
							     PROTOCOL_LMTP;
}

/* A context that cannot be had is better known now; the one that is used is asked
   for when TLS begins, since files may change until then. */
static struct err *
find_tls(struct core *core, const struct route *r,
	 const struct backend_access *access, struct target *t)
{
	const struct tls *unused;

	t->tls_files = (struct tls_client_files){
		.verify = access->verify,
		.ca_file = access->ca_file,
		.cert_file = access->client_cert,
		.key_file = access->client_key,
	};
	if (t->tls == BACKEND_TLS_OFF)
		return NULL;
	/* Who looks the user up may know the host better than we do, in both
	   directions. */
	if (r->has_tls)
		t->tls_files.verify = !r->any_cert;
	return tls_clients_get(core->tls_clients, &t->tls_files, &unused);
}

static void
take_access(const struct route *r, const struct backend_access *access,
	    struct target *t)
{
	t->tls = r->has_tls ? r->tls : (enum backend_tls)access->tls;
	t->send_identity = access->send_identity && !r->not_trusted;
	t->send_proxy = r->not_trusted ? SEND_PROXY_NO :
					 (enum send_proxy)access->send_proxy;
	t->smtp_identity = (enum smtp_identity)access->smtp_identity;
	t->nopipelining = r->nopipelining;
	t->noauth = r->noauth;
	t->source_ip = r->source_ip;
	t->connect_timeout_ms = access->connect_timeout;
	t->login_timeout_ms = r->timeout_ms != 0 ? r->timeout_ms :
						   access->login_timeout;
	t->command_timeout_ms = access->command_timeout;
	t->data_timeout_ms = access->data_timeout;
	t->reply_timeout_ms = access->reply_timeout;
	t->max_reconnects = access->max_reconnects;
}

/* What the client said, if it may be said to the backend as it is. */
static bool
has_credential(const struct auth_request *r)
{
	return r->proof == AUTH_PROOF_PASSWORD || r->proof == AUTH_PROOF_TOKEN;
}

static struct slice
choose_mechanism(const struct target_wish *wish, const struct target *t)
{
	const struct route *r = wish->route;

	if (r->mech.n > 0)
		return r->mech;
	/* A master logs in by SASL: a plain LOGIN has no room for two names. */
	if (r->master.n > 0)
		return SL("PLAIN");
	if (!r->has_pass && wish->request->proof == AUTH_PROOF_TOKEN)
		return wish->request->mechanism;
	/* Submission has no other way than SASL. */
	return t->protocol == PROTOCOL_SUBMISSION ? SL("PLAIN") : SL("");
}

/* The name is in what is carried, and a proof covers it: it cannot be another
   one at the backend. */
static struct err *
carry(const struct target_wish *wish, struct target *t)
{
	if (wish->route->destuser.n > 0 || wish->route->master.n > 0 ||
	    wish->route->noauth)
		return err_new(ERR_CONFIG, "%.*s cannot be carried to a backend "
					   "under another name",
			       SL_FMT(wish->request->mechanism));
	t->carried = wish->request->mechanism;
	t->first_message = wish->request->response;
	return NULL;
}

static struct err *
take_identity(const struct target_wish *wish, struct target *t)
{
	const struct route *r = wish->route;

	t->identity.user = user_there(wish);
	t->identity.master = r->master;
	if (wish->carried && !wish->request->lookup_only)
		return carry(wish, t);
	if (wish->request->lookup_only || t->noauth)
		return NULL;
	t->identity.password = r->has_pass ? r->pass : wish->request->password;
	t->mech = choose_mechanism(wish, t);
	if (r->has_pass || has_credential(wish->request) ||
	    slice_eq_nocase(t->mech, SL("EXTERNAL")))
		return NULL;
	return err_new(ERR_CONFIG, "%.*s leaves no password for the backend, and "
				   "the lookup gave none (pass)",
		       SL_FMT(wish->request->mechanism));
}

struct err *
target_find(struct core *core, const struct target_wish *wish, struct arena *a,
	    struct target *target_out)
{
	const struct route *r = wish->route;
	const struct backend_access *access = &core->settings->director.defaults;
	const struct mail_host *host = NULL;
	struct target t = { .protocol = protocol_for(wish) };
	struct err *e = find_host(core, wish, &host);

	if (e != NULL)
		return e;
	if (host != NULL) {
		access = &host->conf->access;
		t.name = host->conf->name;
		t.host = host->conf->host;
	} else {
		t.name = t.host = r->host;
	}
	take_access(r, access, &t);
	e = take_identity(wish, &t);
	if (e == NULL)
		e = find_addrs(r, host, port_for(&t, r->port, access), a, &t);
	if (e == NULL)
		e = find_tls(core, r, access, &t);
	if (e == NULL)
		*target_out = t;
	return e;
}

/* ---- without a lookup ------------------------------------------------------ */

struct err *
target_of_host(struct core *core, enum protocol protocol,
	       const struct backend_conf *backend, const struct addr *addr,
	       struct arena *a, struct target *target_out)
{
	static const struct route nothing = { .port = 0 };
	const struct backend_access *access = &core->settings->director.defaults;
	const struct mail_host *host = NULL;
	struct target t = { .protocol = protocol };
	struct route r = nothing;
	struct err *e;

	if (backend != NULL) {
		host = mail_hosts_find(core->hosts, backend->name);
		access = &backend->access;
		t.name = backend->name;
		t.host = backend->host;
	} else {
		char text[ADDR_IP_TEXT];

		r.hostip = *addr;
		t.name = t.host = arena_copy(a, slice_of(addr_ip_text(addr,
								      text)));
	}
	take_access(&r, access, &t);
	e = find_addrs(&r, host, port_for(&t, r.hostip.port, access), a, &t);
	if (e == NULL)
		e = find_tls(core, &r, access, &t);
	if (e == NULL)
		*target_out = t;
	return e;
}

bool
target_is_loop(const struct target *t, const struct addr *local,
	       struct slice user_here)
{
	for (size_t i = 0; i < t->addr_count; i++) {
		if (addr_eq(&t->addrs[i], local) &&
		    slice_eq(t->identity.user, user_here))
			return true;
	}
	return false;
}
