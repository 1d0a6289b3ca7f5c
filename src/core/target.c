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
port_for(const struct target_wish *wish, const struct backend_access *access,
	 enum backend_tls tls)
{
	bool implicit = tls == BACKEND_TLS_IMPLICIT;

	if (wish->route->port != 0)
		return wish->route->port;
	switch (wish->protocol) {
	case PROTOCOL_IMAP:
		return (uint16_t)(implicit ? access->imaps_port :
					     access->imap_port);
	case PROTOCOL_POP3:
		return (uint16_t)(implicit ? access->pop3s_port :
					     access->pop3_port);
	}
	return 0;
}

static struct err *
find_tls(struct core *core, const struct route *r,
	 const struct backend_access *access, struct target *t)
{
	struct tls_client_files files = {
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
		files.verify = !r->any_cert;
	return tls_clients_get(core->tls_clients, &files, &t->tls_context);
}

static void
take_access(const struct route *r, const struct backend_access *access,
	    struct target *t)
{
	t->tls = r->has_tls ? r->tls : (enum backend_tls)access->tls;
	t->send_identity = access->send_identity && !r->not_trusted;
	t->send_proxy = r->not_trusted ? SEND_PROXY_NO :
					 (enum send_proxy)access->send_proxy;
	t->nopipelining = r->nopipelining;
	t->source_ip = r->source_ip;
	t->connect_timeout_ms = access->connect_timeout;
	t->login_timeout_ms = r->timeout_ms != 0 ? r->timeout_ms :
						   access->login_timeout;
	t->max_reconnects = access->max_reconnects;
}

static void
take_identity(const struct target_wish *wish, struct target *t)
{
	const struct route *r = wish->route;

	t->identity.user = user_there(wish);
	t->identity.master = r->master;
	t->identity.password = r->has_pass ? r->pass : wish->password;
	t->mech = r->mech;
	/* A master logs in by SASL: a plain LOGIN has no room for two names. */
	if (r->master.n > 0 && r->mech.n == 0)
		t->mech = SL("PLAIN");
}

struct err *
target_find(struct core *core, const struct target_wish *wish, struct arena *a,
	    struct target *target_out)
{
	const struct route *r = wish->route;
	const struct backend_access *access = &core->settings->director.defaults;
	const struct mail_host *host = NULL;
	struct target t = { .addr_count = 0 };
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
	take_identity(wish, &t);
	e = find_addrs(r, host, port_for(wish, access, t.tls), a, &t);
	if (e == NULL)
		e = find_tls(core, r, access, &t);
	if (e == NULL)
		*target_out = t;
	return e;
}
