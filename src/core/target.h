/* Where a login goes: what the route, the placement and the configuration come
   to, ready to be connected to. */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include "auth/route.h"
#include "auth/sasl_client.h"
#include "core/core.h"

struct target {
	enum protocol protocol;		/* to speak there */
	struct slice name;		/* for log and usherctl: the backend's
					   name, or the host */
	struct slice host;		/* whom a certificate must name */
	const struct addr *addrs;	/* with port; in the order to try */
	size_t addr_count;
	struct addr source_ip;		/* ADDR_NONE: the kernel's choice */
	enum backend_tls tls;
	struct tls_client_files tls_files;	/* unless tls is off */
	bool send_identity;
	enum smtp_identity smtp_identity;
	enum send_proxy send_proxy;
	bool noauth;			/* log nobody in: our word is enough */
	bool nopipelining;
	int64_t connect_timeout_ms, login_timeout_ms;
	int64_t command_timeout_ms, data_timeout_ms, reply_timeout_ms;
	uint64_t max_reconnects;
	struct sasl_client_identity identity;
	struct slice mech;		/* empty: the protocol's own login */
	/* The client's exchange is carried to the backend: its mechanism, and
	   what the client has said. Empty: usher logs in. */
	struct slice carried, first_message;
};

/* What of the login the target is made from. */
struct target_wish {
	enum protocol protocol;
	const struct route *route;
	const struct auth_request *request;	/* what the client gave */
	struct slice user;		/* who logged in, as renamed */
	bool carried;			/* the backend is to end the exchange */
};

/* A host that no lookup gave: one of director.backends (or NULL), else addr, whose
   port may be 0. What it is told and how is as director.backend_defaults or the
   backend has it. */
struct err *target_of_host(struct core *core, enum protocol protocol,
			   const struct backend_conf *backend,
			   const struct addr *addr, struct arena *a,
			   struct target *target_out)
	__attribute__((warn_unused_result));

/* The user would be sent to where the user is already: a connection to local_addr
   whose user is called user_here. */
bool target_is_loop(const struct target *t, const struct addr *local_addr,
		    struct slice user_here);

/* Slices and addresses are in a, or borrowed from route and hosts. NULL is
   success; otherwise an error that says who must act: ERR_BUSY when the backend
   may be there later. */
struct err *target_find(struct core *core, const struct target_wish *wish,
			struct arena *a, struct target *target_out)
	__attribute__((warn_unused_result));

#endif
