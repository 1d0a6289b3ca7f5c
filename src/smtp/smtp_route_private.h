/* What the reader and the finder of routes share. */
#ifndef SMTP_SMTP_ROUTE_PRIVATE_H
#define SMTP_SMTP_ROUTE_PRIVATE_H

#include <uthash.h>

#include "smtp/smtp_route.h"

enum route_action {
	ROUTE_ADDRESS,		/* local@domain: look again */
	ROUTE_DOMAIN,		/* @domain: the same local part there */
	ROUTE_NAME,		/* look the name up */
	ROUTE_BARE,		/* local@: the local part without a domain */
	ROUTE_DIRECTOR,		/* the user's backend, over protocol */
	ROUTE_HOST,
	ROUTE_REJECT,
};

struct smtp_route {
	enum route_action action;
	enum protocol protocol;
	struct slice local, domain;
	const struct backend_conf *backend;
	struct addr addr;
	struct slice reply;
};

/* The first row for each thing that can be matched, by its text in lower case:
   "local@domain", "@domain", "@.domain", "local@", "name". */
struct route_key {
	UT_hash_handle hh;
	size_t row;
	size_t n;
	char text[];
};

struct smtp_routes {
	const struct settings *settings;
	struct arena arena;
	struct smtp_route *v;
	size_t n, cap;
	struct route_key *keys;
};

/* Reads "lmtp:director", "@example.org", "reject 550 ..." and so on. NULL, or
   what is wrong. */
struct err *smtp_route_read_target(const struct settings *s, struct slice text,
				   struct arena *a, struct smtp_route *out)
	__attribute__((warn_unused_result));

/* What can stand on a route's left side. */
bool smtp_route_is_match(struct slice s);

/* Appends s with ASCII letters in lower case. */
void smtp_route_fold(struct slice s, struct buf *out);

#endif
