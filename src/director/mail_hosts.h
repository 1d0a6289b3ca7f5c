/* The mail hosts of a site (backends, in Dovecot's words): what a process knows
   of them, and who lives where. */
#ifndef DIRECTOR_MAIL_HOSTS_H
#define DIRECTOR_MAIL_HOSTS_H

#include "conf/settings.h"
#include "director/placement.h"
#include "net/resolver.h"

struct mail_host {
	const struct backend_conf *conf;	/* borrowed */
	struct addr addrs[RESOLVER_MAX_ADDRS];	/* port 0; in order of use */
	size_t addr_count;			/* 0: its name is not resolved
						   yet, or cannot be */
};

struct mail_hosts {
	const struct director_conf *conf;	/* borrowed */
	struct mail_host *v;
	size_t n;
	struct placement *placement;
};

/* Hosts given as addresses have theirs at once; the others wait for
   mail_hosts_set_addrs(). */
struct mail_hosts *mail_hosts_make(const struct director_conf *conf);
void mail_hosts_free(struct mail_hosts **hosts);

/* Keeps at most RESOLVER_MAX_ADDRS, for the backend that has this name and this
   host setting; if there is none, nothing happens. */
void mail_hosts_set_addrs(struct mail_hosts *hosts, struct slice name,
			  struct slice host, const struct addr *addrs,
			  size_t count);

/* Where a user with this tag lives; NULL if no host may take users of it. */
const struct mail_host *mail_hosts_place(struct mail_hosts *hosts,
					 struct slice user, struct slice tag);

/* The host of that name, or with that host setting; NULL if there is none. */
const struct mail_host *mail_hosts_find(const struct mail_hosts *hosts,
					struct slice name);

#endif
