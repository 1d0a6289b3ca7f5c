/* Where a recipient goes before anybody is asked who that is: tables of routes
   (settings "routes", and files), of which the first that matches counts (spec:
   postmaster-seed.md section 4). Pure: texts in, a destination out. */
#ifndef SMTP_SMTP_ROUTE_H
#define SMTP_SMTP_ROUTE_H

#include "base/arena.h"
#include "base/buf.h"
#include "conf/settings.h"

/* Rewrites of one recipient; more is a circle. */
#define SMTP_MAX_REWRITES 16
/* A line of a file. */
#define SMTP_MAX_ROUTE_LINE 4096
/* Routes of one listener. */
#define SMTP_MAX_ROUTES 500000

struct smtp_routes;

/* The text of a file that settings name. False if it is not there. */
typedef bool smtp_route_file(void *arg, struct slice path, struct slice *text_out);

/* The routes of one listener: its tables in order, then those without a table.
   Each mistake is a line in problems, "place: what is wrong"; NULL if there are
   any. The settings must outlive it, the texts of files need not. */
struct smtp_routes *smtp_routes_make(const struct settings *settings,
				     const struct listener_conf *listener,
				     smtp_route_file *file, void *arg,
				     struct buf *problems);
void smtp_routes_free(struct smtp_routes **routes);

enum smtp_destination_kind {
	SMTP_TO_USER,		/* ask the lookups about address, and place it */
	SMTP_TO_HOST,		/* backend, or addr */
	SMTP_REJECTED,		/* with reply */
};

struct smtp_destination {
	enum smtp_destination_kind kind;
	enum protocol protocol;		/* LMTP or SMTP */
	struct slice local, domain;	/* the address, rewritten perhaps; domain
					   is empty for a name */
	bool rewritten;
	const struct backend_conf *backend;	/* or NULL */
	struct addr addr;		/* without a backend; port 0: usual */
	struct slice reply;		/* "550 5.1.1 User unknown" */
};

/* Texts are in a, or borrowed from the address and the routes. hostname is the
   name usher goes by: postmaster there is ours. bare says whether addresses
   without a domain are taken, besides postmaster. */
void smtp_route_find(const struct smtp_routes *routes, struct slice local,
		     struct slice domain, struct slice hostname, bool bare,
		     struct arena *a, struct smtp_destination *out);

#endif
