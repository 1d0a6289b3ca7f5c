#include "director/mail_hosts.h"

#include "base/mem.h"
#include "base/user_format.h"

/* A user's name is bounded where it is read (the longest is an IMAP literal);
   with text around it, it is this at most. */
#define MAX_KEY (64 * 1024)

struct mail_hosts *
mail_hosts_make(const struct director_conf *conf)
{
	struct mail_hosts *hosts = mem_zalloc(sizeof(*hosts));

	hosts->conf = conf;
	hosts->n = conf->backends.n;
	hosts->v = mem_zalloc_array(hosts->n, sizeof(*hosts->v));
	hosts->placement = placement_make();
	for (size_t i = 0; i < hosts->n; i++) {
		struct mail_host *h = &hosts->v[i];

		h->conf = CONF_ITEM(conf->backends, backend_conf, i);
		if (addr_parse_ip(h->conf->host, &h->addrs[0]))
			h->addr_count = 1;
		placement_add(hosts->placement, h->conf->name, h->conf->tag,
			      h->conf->weight);
	}
	return hosts;
}

void
mail_hosts_free(struct mail_hosts **hosts)
{
	if (*hosts == NULL)
		return;
	placement_free(&(*hosts)->placement);
	free((*hosts)->v);
	free(*hosts);
	*hosts = NULL;
}

void
mail_hosts_set_addrs(struct mail_hosts *hosts, struct slice name,
		     struct slice host, const struct addr *addrs, size_t count)
{
	if (count > RESOLVER_MAX_ADDRS)
		count = RESOLVER_MAX_ADDRS;
	for (size_t i = 0; i < hosts->n; i++) {
		struct mail_host *h = &hosts->v[i];

		if (!slice_eq(h->conf->name, name) ||
		    !slice_eq(h->conf->host, host))
			continue;
		h->addr_count = count;
		if (count > 0)
			memcpy(h->addrs, addrs, count * sizeof(*addrs));
	}
}

const struct mail_host *
mail_hosts_place(struct mail_hosts *hosts, struct slice user, struct slice tag)
{
	struct placement_key key;
	struct buf name;
	size_t index;

	buf_init(&name, MAX_KEY);
	if (!user_format_expand(hosts->conf->username_hash, user, &name)) {
		buf_free(&name);
		return NULL;
	}
	key = placement_key(hosts->placement, buf_slice(&name));
	buf_free(&name);
	index = placement_find(hosts->placement, key, tag);
	return index == PLACEMENT_NONE ? NULL : &hosts->v[index];
}

const struct mail_host *
mail_hosts_find(const struct mail_hosts *hosts, struct slice name)
{
	for (size_t i = 0; i < hosts->n; i++) {
		const struct backend_conf *conf = hosts->v[i].conf;

		if (slice_eq(conf->name, name) || slice_eq(conf->host, name))
			return &hosts->v[i];
	}
	return NULL;
}
