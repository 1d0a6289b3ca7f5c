/* A route: where one user goes, and how. Read from the fields of a lookup's
   answer, which keep Dovecot's names and meanings (spec: dovecot-login-proxy.md
   section 1). */
#ifndef AUTH_ROUTE_H
#define AUTH_ROUTE_H

#include "base/addr.h"
#include "base/err.h"
#include "base/vars.h"
#include "conf/settings.h"

/* Slices borrow from the fields. What a field did not say is zeroed. */
struct route {
	struct slice host;		/* empty: placement decides */
	struct addr hostip;		/* connect here; host is for the log and
					   the certificate */
	struct slice hostips;		/* further addresses, with commas */
	struct slice tag;		/* director_tag */
	uint16_t port;			/* 0: the protocol's */
	bool has_tls;			/* tls and any_cert were said */
	enum backend_tls tls;
	bool any_cert;			/* do not verify */
	struct slice destuser;		/* name at the backend; empty: the user */
	struct slice pass;		/* password at the backend */
	bool has_pass;
	struct slice master;		/* SASL authid; destuser is the authzid */
	struct slice mech;		/* proxy_mech */
	int64_t timeout_ms;		/* proxy_timeout; 0: the backend's */
	struct addr source_ip;
	bool not_trusted;		/* proxy_not_trusted: send no identity */
	bool nopipelining;
	bool noauth;			/* proxy_noauth: submission without AUTH */
	struct slice protocol;		/* "lmtp" or "smtp", of a delivery */
	bool proxy;			/* said so; else it is taken for granted,
					   unless nologin */
	bool nologin;
	struct slice reason;
	struct vars forward;		/* forward_*, without the prefix */
};

/* Unknown fields are Dovecot's own affair and are skipped. A field that cannot
   be what it says (a port of 0, a host that is no name) is an error that names
   it: the login fails for the time being, as in Dovecot. */
struct err *route_read(const struct vars *fields, struct arena *a,
		       struct route *route_out)
	__attribute__((warn_unused_result));

#endif
