/* The question "who is this, and where do they go", and its answer.

   Drivers (driver_*.c) answer it, each in its own way; a chain asks them in
   order. Names are Dovecot's: of its passdb fields, its results, its auth
   protocol (spec: dovecot-login-proxy.md section 1, dovecot-auth-protocol.md). */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/vars.h"
#include "conf/settings.h"

/* Everything is borrowed from the asker, until the answer or auth_cancel(). */
struct auth_request {
	struct slice service;		/* "imap" */
	struct slice mechanism;		/* "PLAIN" */
	struct slice user;		/* as the client gave it */
	struct slice authzid;		/* whom to act as; empty: user */
	struct slice password;
	struct slice session;		/* for the log */
	struct slice local_name;	/* SNI; may be empty */
	struct addr remote, local;	/* after forwarding */
	struct addr real_remote, real_local;
	bool secured;
	/* Where they go is asked, and not whether it is they: there is no
	   password to judge, and nobody logs in (a delivery). */
	bool lookup_only;
	struct vars forward;		/* variables of a trusted peer, without
					   "forward_" */
};

enum auth_result {
	AUTH_OK,
	AUTH_DENIED,		/* no such user or wrong password: never told
				   apart, but that lookup_only has none */
	AUTH_NOT_AUTHORIZED,	/* the password is right, acting as authzid is
				   not */
	AUTH_DISABLED,
	AUTH_EXPIRED,
	AUTH_TEMPFAIL,		/* the lookup failed; nothing is known */
};

/* Borrowed from the lookup's arena, and the request. */
struct auth_answer {
	enum auth_result result;
	struct slice user;	/* who it is now: drivers may rename */
	struct slice reason;	/* words for the client; may be empty */
	struct vars fields;	/* AUTH_OK: what route_read() understands */
};

typedef void auth_done(void *arg, const struct auth_answer *answer);

/* One question on its way. Embedded in the asker. */
struct auth_lookup {
	const struct auth_chain *chain;
	const struct auth_request *request;
	struct arena *arena;	/* where the answer's texts go */
	size_t at;		/* the driver that is being asked */
	bool tempfail;		/* one of those before it failed */
	bool waiting;
	auth_done *done;
	void *arg;
	void *driver_data;	/* the present driver's */
};

struct auth_driver_ops {
	const char *name;
	/* Reads what it needs to start with. NULL: nothing is needed. */
	struct err *(*open)(const struct auth_conf *conf, struct loop *loop,
			    void **state_out);
	/* Answers with auth_lookup_answer(), now or later. */
	void (*lookup)(void *state, const struct auth_conf *conf,
		       struct auth_lookup *lookup);
	/* The asker is gone: no answer any more. NULL: it is never late. */
	void (*cancel)(void *state, struct auth_lookup *lookup);
	void (*close)(void *state);
};

/* For drivers: the answer. AUTH_DENIED and AUTH_TEMPFAIL pass the question on
   to the next driver; the last one's answer counts, and a failure of any makes
   "denied" a "don't know". */
void auth_lookup_answer(struct auth_lookup *lookup,
			const struct auth_answer *answer);

/* The client wants to act for somebody else (SASL's authorisation identity). */
bool auth_acts_for_another(const struct auth_request *r);
/* Whether it may is the backend's to say: it gets both names, as from a master
   user, and judges the password. For drivers that judge none. */
void auth_leave_to_backend(struct auth_lookup *lookup,
			   struct auth_answer *answer);

/* ---- a chain of drivers ------------------------------------------------ */

struct auth_chain;

/* list is of struct auth_conf, and is borrowed for the chain's life. */
struct err *auth_chain_make(const struct conf_list *list, struct loop *loop,
			    struct auth_chain **chain_out)
	__attribute__((warn_unused_result));
void auth_chain_free(struct auth_chain **chain);

/* True if no driver of the list needs a file, a server or costly arithmetic: a
   worker may then ask the chain itself. */
bool auth_chain_is_light(const struct conf_list *list);

/* done() is called exactly once, perhaps from within, unless cancelled.
   lookup, request and arena must stay until then. */
void auth_ask(const struct auth_chain *chain, struct auth_lookup *lookup,
	      const struct auth_request *request, struct arena *arena,
	      auth_done *done, void *arg);
void auth_cancel(struct auth_lookup *lookup);

extern const struct auth_driver_ops auth_driver_passthrough;
extern const struct auth_driver_ops auth_driver_static;
extern const struct auth_driver_ops auth_driver_passwd_file;

#endif
