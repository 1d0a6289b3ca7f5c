/* What a protocol brings; everything else about a session is said once, in this
   room. A protocol is pure: slices in, octets and verdicts out. It owns no
   socket, timer or TLS, so every conversation of an RFC is a unit test. */
#ifndef CORE_PROTO_H
#define CORE_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/close_reason.h"
#include "core/verdict.h"

struct session;
struct backend;

struct proto {
	const char *name;	/* config key, metric label: "imap" */
	const char *service;	/* how its log lines begin: "imap-login" */
	const char *bad_commands_bye;	/* to who sends nothing but nonsense */
	size_t max_input;	/* the longest command: what a stranger can make
				   us hold before the login */
	size_t session_state;	/* zeroed room the session keeps for us, until
				   the relay starts */
	size_t backend_state;	/* the same for the dialogue with a backend */

	/* ---- the client's side, until the user is in ----------------------- */
	void (*greet)(struct session *s);
	/* Takes whole commands off the front of in, one at a time if it asks for
	   something that takes time, and returns the octets taken; 0 asks for
	   more. May close the session: it stays valid until the turn is over. */
	size_t (*client_input)(struct session *s, struct slice in);
	/* A SASL challenge, in base64, perhaps empty. */
	void (*sasl_challenge)(struct session *s, struct slice base64);
	/* The login ended: say so. After VERDICT_LOGGED_IN the relay starts,
	   unless logged_in is there. NULL: there are no logins. */
	void (*auth_done)(struct session *s, const struct verdict *v);
	/* The user is in, and the dialogue goes on: the protocol reads what the
	   client says to the end, and takes the backend's stream over with
	   session_take_server(). NULL: the relay starts. */
	void (*logged_in)(struct session *s);
	/* TLS is up: forget whatever was said in the clear. */
	void (*tls_ready)(struct session *s);
	/* Appends a goodbye with these words, for the dialogue or in the middle
	   of a relay. */
	void (*say_bye)(const struct session *s, enum close_reason why,
			struct slice words, struct buf *out);
	/* A goodbye now would break something off. NULL: it never does, before
	   the relay. */
	bool (*is_busy)(const struct session *s);
	/* The session ends: its state goes right after. NULL: that is all. */
	void (*ended)(struct session *s);

	/* ---- the backend's side, until the relay takes over ---------------- */
	/* Connected, TLS included if it is implicit. */
	void (*backend_connected)(struct backend *b);
	/* As client_input, for what the backend says. */
	size_t (*backend_input)(struct backend *b, struct slice in);
	/* TLS is up, after backend_starttls(). */
	void (*backend_secured)(struct backend *b);
	/* What we are waiting for, for the log: "the greeting". */
	const char *(*backend_stage)(const struct backend *b);
};

#endif
