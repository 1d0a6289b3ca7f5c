/* Who the client really is: what we believe of it, and what we tell the backend
   (spec: dovecot-forwarding.md). Semantics only; how each protocol writes it
   down is the protocol's business. */
#ifndef CORE_FORWARD_H
#define CORE_FORWARD_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/vars.h"

/* Longest session id we take or make (section 9). */
#define FORWARD_MAX_SESSION_ID 64
/* The name of a variable: an IMAP ID key has 30 octets, "x-forward-" ten of
   them (section 4.5). */
#define FORWARD_MAX_NAME 20
/* The value of a variable: a quoted string of a Dovecot has 1024 octets. */
#define FORWARD_MAX_VALUE 1024
/* All variables together: half of what Dovecot's auth process takes as one
   request (section 4.5). A protocol whose commands are shorter leaves the last
   ones out. */
#define FORWARD_MAX_LIST 8192
/* What a client may say of itself with ID that we keep (section 4.1). */
#define FORWARD_MAX_CLIENT_ID 256

/* Lives as long as the login; slices are in its arena. */
struct forward {
	struct addr client, connected;	/* after forwarding */
	struct slice session_id;
	struct slice connected_name;	/* SNI; may be empty */
	uint64_t ttl;			/* hops left, this one included */
	bool client_tls;		/* the end client used TLS */
	struct slice helo;		/* SMTP: what it calls itself */
	struct slice client_name;	/* SMTP: its name in the DNS, or a word in
					   brackets; empty: nobody looked */
	struct slice smtp_proto;	/* "SMTP", "ESMTP", "LMTP"; may be empty */
	struct slice login;		/* SMTP: who it is, for a backend that takes
					   our word for it; else empty */
	struct vars variables;		/* without "forward_" */
	struct vars client_id;		/* what the client said with ID */
};

/* A session id for a client at addr (section 9): 16 characters for IPv4, 32 for
   IPv6. */
struct slice forward_make_session_id(const struct addr *client,
				     struct arena *a);

/* A session id as we may use it: printable, without blanks and quotes, at most
   64 octets. Others' are cut and cleaned (section 13, rule 6). Empty if nothing
   is left. */
struct slice forward_clean_session_id(struct slice id, struct arena *a);

/* Whether a variable can be told to every kind of backend. */
bool forward_variable_fits(struct slice name, struct slice value);

/* The TTL to tell the backend; 0 if this login has been through too many
   proxies and must end here (section 8). */
uint64_t forward_next_ttl(const struct forward *f);

/* Adds variables, replacing those of the same name. What cannot be told to a
   backend is left out and counted: a login never breaks for it. */
size_t forward_add(struct forward *f, const struct vars *variables,
		   struct arena *a);

#endif
