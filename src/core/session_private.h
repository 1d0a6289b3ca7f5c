/* Between the files that make up a session. */
#ifndef CORE_SESSION_PRIVATE_H
#define CORE_SESSION_PRIVATE_H

#include "auth/sasl_server.h"
#include "core/backend.h"
#include "core/finder.h"
#include "core/relay.h"
#include "core/session.h"

enum session_at {
	SESSION_NEW,
	SESSION_HAPROXY,	/* reading a PROXY header */
	SESSION_HANDSHAKE,	/* TLS, or what must be sent before it */
	SESSION_DIALOGUE,	/* commands before the login */
	SESSION_SASL,		/* the next line belongs to an exchange */
	SESSION_HELD,		/* the protocol waits for somebody else */
	SESSION_LOOKUP,		/* who is this, and where do they go */
	SESSION_BACKEND,	/* being logged in there */
	SESSION_DELAY,		/* an answer that must wait */
	SESSION_RELAY,
	SESSION_CLOSED,		/* to be freed after the turn */
};

/* Whom the client's next message in a SASL exchange is for. */
enum sasl_with {
	SASL_WITH_US,
	SASL_WITH_LOOKUP,
	SASL_WITH_BACKEND,
	SASL_REFUSED,		/* nobody: it is over, and it was told why */
};

/* What is gone when the relay starts. */
struct login {
	struct arena arena;
	struct buf in, out;
	struct loop_timer deadline, wait;
	struct loop_task go_on;		/* more input to look at, after the turn */
	struct forward forward;
	struct sasl_server sasl;
	enum sasl_with sasl_with;
	struct auth_tls tls;		/* towards the client; once it is up */
	struct slice certificate_user;	/* whom the client's certificate is
					   for; empty: it shows none */
	struct addr haproxy_source, haproxy_destination;
	struct finder finder;		/* of the present login */
	struct backend *backend;
	struct verdict verdict;		/* while it waits */
	int64_t asked_ms;		/* when the present login began */
	int64_t limit_ms, heard_ms;	/* of silence; what the client said
					   last */
	unsigned attempts, successes, bad_commands;
	enum verdict_kind last;		/* of the last failed login */
	bool starttls;			/* as soon as the output is out */
	bool bulk;			/* large pieces are to be read */
	bool haproxy_tls;		/* the balancer says the client used TLS */
	bool hang_up;			/* when this login is refused */
	bool token_refused;		/* why is to be told first: */
	struct slice token_error;	/* in JSON; empty: the usual */
	void *state;			/* the protocol's */
};

struct session {
	struct core *core;
	const struct core_listener *listener;
	struct session *prev, *next;	/* in core->sessions */
	struct session *next_closing;
	struct stream client, server;
	struct login *login;		/* NULL in the relay */
	struct relay relay;
	struct addr remote, local;	/* after forwarding */
	struct addr real_remote, real_local;
	struct addr server_addr;
	struct slice user, session_id, method, backend_name;
	char *kept;			/* their octets, in the relay */
	struct presence presence;
	int64_t opened_ms;
	uint64_t login_octets;		/* to the backend before the relay */
	uint8_t at;			/* enum session_at */
	uint8_t why;			/* enum close_reason */
	bool trusted;
};

/* The one place where the state changes. */
void session_enter(struct session *s, enum session_at at);

/* ---- session_talk.c ---------------------------------------------------- */

/* The client's next words are the protocol's to read. */
bool session_takes_input(const struct session *s);

/* Looks at what the client sent, now that it may be looked at. */
void session_go_on(struct session *s);

/* Sends what waits in the output. */
void session_flush(struct session *s);

/* Events of the client's stream, and of login->go_on. */
void session_on_readable(void *arg);
void session_on_writable(void *arg);
void session_on_go_on(void *arg);

/* ---- the others -------------------------------------------------------- */

/* Ends a login, at once or when its delay is over. */
void session_verdict(struct session *s, enum verdict_kind kind,
		     struct slice text);

/* Tells the client of the verdict, whose delay is over. */
void session_deliver(struct session *s);

void session_login_abandon(struct session *s);

/* Credentials are complete: who is it, and where do they go. */
void session_judge(struct session *s, const struct credentials *c);
/* A login begins now. */
void session_begin_login(struct session *s);

/* session_sasl.c: what lookup and backend want the client to answer, and why a
   token was refused. */
void session_lookup_challenge(void *arg, struct slice text);
void session_backend_challenge(void *arg, struct slice base64);
void session_refuse_token(struct session *s);
bool session_offers_binding(const struct session *s);

/* The user is in: from here on octets only move. */
void session_begin_relay(struct session *s);

/* The user is in, and the protocol goes on reading. */
void session_stay_in_dialogue(struct session *s);

/* One side ended the relay, which is what arg's session was doing. */
void session_relay_ended(void *arg, enum relay_end side, const char *trouble);

/* Frees a closed session. */
void session_free(struct session *s);
void login_free(struct login **login);

/* Log lines of a session's life. */
void session_log_login(struct session *s);
void session_log_end(struct session *s, const char *trouble);

#endif
