/* Why a session ended. */
#ifndef CORE_CLOSE_REASON_H
#define CORE_CLOSE_REASON_H

#include <stdbool.h>

/*	  id                log and metric name  our fault?  what the log says, what the client is told */
#define CLOSE_REASONS(X) \
	X(CLIENT_QUIT,      "client-quit",       false, "Logged out", "") \
	X(CLIENT_GONE,      "client-gone",       false, "Connection closed", "") \
	X(CLIENT_BROKEN,    "client-broken",     false, "Connection closed", "") \
	X(LOGIN_TIMEOUT,    "login-timeout",     false, "Inactivity", \
	  "Disconnected for inactivity.") \
	X(BAD_COMMANDS,     "bad-commands",      false, "Too many invalid commands", "") \
	X(INPUT_TOO_LONG,   "input-too-long",    false, "Input buffer full", \
	  "Input buffer full, aborting") \
	X(TOO_MANY_LOGINS,  "too-many-logins",   false, "Too many failed logins", \
	  "Too many failed logins.") \
	X(REFUSED,          "login-refused",     false, "Login refused", "") \
	X(TLS_FAILED,       "tls-failed",        false, "TLS handshake failed", "") \
	X(HAPROXY_PEER,     "haproxy-peer",      false, \
	  "Client is not in haproxy_trusted_networks", "") \
	X(HAPROXY_HEADER,   "haproxy-header",    false, "PROXY header not valid", "") \
	X(HAPROXY_TIMEOUT,  "haproxy-timeout",   false, "PROXY header did not come", "") \
	X(RELAY_CLIENT,     "relay-client",      false, "Disconnected by client", "") \
	X(RELAY_SERVER,     "relay-server",      false, "Disconnected by server", "") \
	X(KICKED,           "kicked",            false, "Kicked by admin", \
	  "Disconnected by the administrator.") \
	X(SHUTDOWN,         "shutdown",          false, "Server shutting down", \
	  "Server shutting down.") \
	X(BUG,              "bug",               true,  "Internal error", \
	  "Internal error, see the server log.")

enum close_reason {
#define X(id, name, fault, text, bye) CLOSE_##id,
	CLOSE_REASONS(X)
#undef X
	CLOSE_REASON_COUNT
};

struct close_reason_row {
	const char *name;	/* "client-quit" */
	bool our_fault;
	const char *text;	/* as Dovecot's log has it, where it has it */
	const char *bye;	/* for the protocol's goodbye; empty: none */
};

const struct close_reason_row *close_reason_row(enum close_reason why);

#endif
