/* The question "who is this, and where do they go", and its answer.

   Drivers (driver_*.c) answer it, each in its own way; a chain asks them in
   order. Names are Dovecot's: of its passdb fields, its results, its auth
   protocol (spec: dovecot-login-proxy.md section 1, dovecot-auth-protocol.md). */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "auth/mechanism.h"
#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/vars.h"
#include "conf/settings.h"

/* How the client shows that it is who it says. */
enum auth_proof {
	AUTH_PROOF_PASSWORD,
	AUTH_PROOF_TOKEN,	/* of OAuth; it stands in password */
	AUTH_PROOF_CERTIFICATE,	/* TLS has seen to it: user is the certificate's */
	AUTH_PROOF_EXCHANGE,	/* step by step: see response */
};

/* What is known of the client's TLS, for servers that are told it. */
struct auth_tls {
	bool on;
	struct slice version, cipher;	/* "TLSv1.3" */
	/* Of its certificate; empty where clients are not asked for one. */
	struct slice verify;		/* "SUCCESS", "NONE", "FAILED:why" */
	struct slice subject, issuer, serial, fingerprint;
	struct slice pem;
};

/* Everything is borrowed from the asker, until the answer or auth_cancel(). */
struct auth_request {
	struct slice service;		/* "imap" */
	struct slice mechanism;		/* "PLAIN" */
	enum auth_proof proof;
	struct slice user;		/* as the client gave it, or as a server
					   would know it (login.username_format);
					   empty: the exchange will tell */
	struct slice authzid;		/* whom to act as; empty: user */
	struct slice password;
	bool has_response;		/* AUTH_PROOF_EXCHANGE: the client's first */
	struct slice response;		/* message, decoded; of CRAM-MD5 the digest */
	struct slice salt;		/* CRAM-MD5: what it is of */
	struct vars bindings;		/* channel bindings, raw, by their names */
	bool binding_offered;		/* a "-PLUS" was there to be chosen */
	struct slice session;		/* for the log */
	struct slice local_name;	/* SNI; may be empty */
	struct addr remote, local;	/* after forwarding */
	struct addr real_remote, real_local;
	struct addr haproxy_source, haproxy_destination; /* of a PROXY header */
	struct auth_tls tls;
	unsigned attempt;		/* of this connection; 1 is the first */
	bool secured;
	/* Where they go is asked, and not whether it is they: there is no
	   password to judge, and nobody logs in (a delivery). */
	bool lookup_only;
	/* A delivery's: whole commands, without line ends. */
	struct slice smtp_helo, smtp_from, smtp_to;
	struct slice client_host;	/* the client's name in DNS */
	struct vars client_id;		/* what it said of itself with ID */
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
	struct slice code;	/* reason's SMTP code, "535 5.7.0"; or empty */
	bool verbatim;		/* reason is all the client is to hear */
	struct vars fields;	/* AUTH_OK: what route_read() understands */
	/* A refused token: what to tell the client before the refusal, JSON
	   (RFC 7628 section 3.2.2). Empty: the usual. */
	struct slice token_error;
	/* The exchange is the backend's to end (route field relay_mechanisms):
	   response goes there. */
	bool carried;
	int64_t delay_ms;	/* of a refusal */
	bool has_delay;		/* delay_ms was said, instead of the usual */
	bool hang_up;		/* close the connection after the refusal */
};

typedef void auth_done(void *arg, const struct auth_answer *answer);
/* The client is to answer challenge (decoded): then auth_continue(). */
typedef void auth_challenge(void *arg, struct slice challenge);

/* One question on its way. Embedded in the asker. */
struct auth_lookup {
	const struct auth_chain *chain;
	const struct auth_request *request;	/* as the present driver is to
						   see it */
	struct auth_request changed;	/* where it differs from the asker's */
	struct arena *arena;	/* where the answer's texts go */
	size_t at;		/* the driver that is being asked */
	bool authenticated;	/* a driver before this one said yes */
	bool tempfail;		/* one of those before it failed */
	bool known;		/* kept has the fields of one that said yes */
	struct auth_answer kept;
	bool waiting;
	bool challenged;	/* the exchange belongs to this driver */
	bool asks_name;		/* CRAM-MD5: nobody knows yet who it is */
	bool decoy;		/* it is over, but for the client to answer */
	auth_challenge *challenge;	/* NULL: nobody is there to answer */
	auth_done *done;
	void *arg;
	void *driver_data;	/* the present driver's */
};

/* What drivers are given by the process they are in; lives as long as it. */
struct auth_env {
	struct loop *loop;
	struct resolver *resolver;
	struct slice key;	/* secret, and the same in all of usher's
				   processes */
	/* login.username_format, for names that only an exchange tells. */
	struct slice username_format;
	/* What serves() says is no longer so. NULL: nobody asks. */
	void (*offers_changed)(void *arg);
	void *arg;
};

struct auth_driver_ops {
	const char *name;
	/* Whoever ends an exchange speaks first itself: CRAM-MD5 too. */
	bool own_exchanges;
	/* Reads what it needs to start with. NULL: nothing is needed. */
	struct err *(*open)(const struct auth_conf *conf,
			    const struct auth_env *env, void **state_out);
	/* Whether it can serve a mechanism at all. state is NULL where the
	   driver is not open: then it says what may become true. */
	bool (*serves)(const void *state, const struct auth_conf *conf,
		       const struct mechanism *m);
	/* Answers with auth_lookup_answer(), now or later. For
	   AUTH_PROOF_EXCHANGE it may ask for more with
	   auth_lookup_challenge() first. */
	void (*lookup)(void *state, const struct auth_conf *conf,
		       struct auth_lookup *lookup);
	/* The client's answer to a challenge. NULL: it never sends one. */
	void (*proceed)(void *state, struct auth_lookup *lookup,
			struct slice response);
	/* The asker is gone: no answer any more. NULL: it is never late. */
	void (*cancel)(void *state, struct auth_lookup *lookup);
	void (*close)(void *state);
};

/* For drivers: the answer. What it means for the drivers after this one, the
   driver's result_success, result_failure and result_internalfail say, as in
   Dovecot. The fields of all that said yes add up. A failure of any makes
   "denied" a "don't know". */
void auth_lookup_answer(struct auth_lookup *lookup,
			const struct auth_answer *answer);

/* For drivers: the client is to answer this, then proceed() comes. */
void auth_lookup_challenge(struct auth_lookup *lookup, struct slice challenge);

/* The client wants to act for somebody else (SASL's authorisation identity). */
bool auth_acts_for_another(const struct auth_request *r);
/* Whether it may is the backend's to say: it gets both names, as from a master
   user, and judges the password. For drivers that judge none. */
void auth_leave_to_backend(struct auth_lookup *lookup,
			   struct auth_answer *answer);

/* Names and passwords: what every driver can serve. */
bool auth_serves_passwords(const struct mechanism *m);
/* What a backend can be left to judge: passwords, tokens, and exchanges whose
   first message names the user and that are not bound to our TLS. */
bool auth_serves_carried(const struct mechanism *m);
/* For drivers that judge nothing: what is carried; but where their own settings say
   how to log in to the backend, a certificate alone, which is proven already, or
   any password if they say nopassword. */
bool auth_serves_unjudged(const struct auth_conf *conf,
			  const struct mechanism *m);
/* Whether a list as the field relay_mechanisms has it names the mechanism. */
bool auth_is_relayed(struct slice list, struct slice mechanism);

/* ---- a chain of drivers ------------------------------------------------ */

struct auth_chain;

/* list is of struct auth_conf; both are borrowed for the chain's life. */
struct err *auth_chain_make(const struct conf_list *list,
			    const struct auth_env *env,
			    struct auth_chain **chain_out)
	__attribute__((warn_unused_result));
void auth_chain_free(struct auth_chain **chain);
struct slice auth_chain_key(const struct auth_chain *chain);

/* True if no driver of the list needs a file, a server or costly arithmetic: a
   worker may then ask the chain itself. */
bool auth_chain_is_light(const struct conf_list *list);

/* Whether any driver of the list serves the mechanism for that service. chain is
   of the same list, or NULL: not open here, see serves() above. */
bool auth_list_serves(const struct conf_list *list,
		      const struct auth_chain *chain, struct slice service,
		      struct slice mechanism);

/* What can be served of login.mechanisms, by protocol: its name, and mechanisms
   with blanks between them; and this word in front, where names and passwords
   can be judged whatever SASL is offered (IMAP has its LOGIN). Texts are in a.
   chain as above. */
#define AUTH_OFFER_PASSWORDS "*"
void auth_offers(const struct settings *s, const struct auth_chain *chain,
		 struct arena *a, struct vars *offers_out);

/* done() is called exactly once, perhaps from within, unless cancelled;
   challenge() perhaps before that. lookup, request and arena must stay until
   then. */
void auth_ask(const struct auth_chain *chain, struct auth_lookup *lookup,
	      const struct auth_request *request, struct arena *arena,
	      auth_challenge *challenge, auth_done *done, void *arg);
/* The client's answer to the last challenge. */
void auth_continue(struct auth_lookup *lookup, struct slice response);
void auth_cancel(struct auth_lookup *lookup);

extern const struct auth_driver_ops auth_driver_passthrough;
extern const struct auth_driver_ops auth_driver_static;
extern const struct auth_driver_ops auth_driver_passwd_file;
extern const struct auth_driver_ops auth_driver_http;
extern const struct auth_driver_ops auth_driver_dovecot;
extern const struct auth_driver_ops auth_driver_oauth2;

#endif
