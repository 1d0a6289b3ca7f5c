/* Names to addresses, without waiting, over c-ares (DNS and /etc/hosts). */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "base/addr.h"
#include "base/err.h"
#include "base/loop.h"

/* The most addresses of one name that are of use. */
#define RESOLVER_MAX_ADDRS 16

struct resolver;

/* addrs borrows until return; count is 0 and why says the reason when nothing
   was found. The order is the one to try them in (RFC 6724). */
typedef void resolver_done(void *arg, const struct addr *addrs, size_t count,
			   const char *why);

struct err *resolver_make(struct loop *loop, struct resolver **r_out)
	__attribute__((warn_unused_result));

/* Pending lookups end with done() called for each. */
void resolver_free(struct resolver **r);

/* Looks name up, all of its IPv4 and IPv6 addresses, with port 0. An address in
   text form is its own answer. done() is called exactly once, perhaps from
   within. A name longer than 255 octets is no name. */
void resolver_lookup(struct resolver *r, struct slice name,
		     resolver_done *done, void *arg);

#endif
