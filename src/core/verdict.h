/* How a login ended. A protocol words it (auth_done() of struct proto); the
   words each kind gets are Dovecot's (spec: dovecot-login-proxy.md section 4). */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include <stdbool.h>

#include "base/slice.h"

/*	  id                 name in log and metrics    a failed login?  what the client is told
	  without words of the lookup's or the backend's */
#define VERDICTS(X) \
	X(LOGGED_IN,         "ok",                      false, "") \
	X(DENIED,            "auth-failed",             true,  "Authentication failed.") \
	X(NOT_AUTHORIZED,    "authz-failed",            true,  "Authorization failed") \
	X(DISABLED,          "user-disabled",           true,  "Authentication failed.") \
	X(EXPIRED,           "password-expired",        true,  "Password expired") \
	X(NOLOGIN,           "login-disabled",          false, "Login disabled for this user") \
	X(TEMPFAIL,          "temp-fail",               false, "Temporary authentication failure.") \
	X(CLEARTEXT_REFUSED, "cleartext-auth-disabled", true, \
	  "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.") \
	X(UNKNOWN_MECHANISM, "unknown-mechanism",       true, \
	  "Unsupported authentication mechanism.") \
	X(BAD_INITIAL,       "invalid-base64",          true, \
	  "Invalid base64 data in initial response") \
	X(BAD_RESPONSE,      "invalid-base64",          true,  "Invalid base64 in response") \
	X(ABORTED,           "auth-aborted",            true, \
	  "Authentication aborted by client.") \
	X(BACKEND_DOWN,      "backend-unavailable",     false, \
	  "Account is temporarily unavailable.") \
	X(BACKEND_CONFIG,    "backend-config",          false, \
	  "Account is temporarily unavailable.") \
	X(BACKEND_DENIED,    "backend-auth-failed",     true,  "") \
	X(BACKEND_TEMPFAIL,  "backend-temp-fail",       false, "")

enum verdict_kind {
#define X(id, name, failed, words) VERDICT_##id,
	VERDICTS(X)
#undef X
	VERDICT_KINDS
};

struct verdict {
	enum verdict_kind kind;
	/* LOGGED_IN, BACKEND_DENIED, BACKEND_TEMPFAIL: the backend's own words,
	   as its protocol's client side keeps them. DENIED, NOT_AUTHORIZED,
	   DISABLED, EXPIRED, NOLOGIN: the lookup's, or empty. Others: empty. */
	struct slice text;
	struct slice code;	/* SMTP's code for text: "535 5.7.0"; or empty */
	bool verbatim;		/* text is all that is to be said */
};

const char *verdict_name(enum verdict_kind kind);
/* The text is all of the backend's reply, and no words of ours. */
bool verdict_is_backends(enum verdict_kind kind);
/* The text, or what the table has. */
struct slice verdict_words(const struct verdict *v);
/* Whether it counts against the client: attempts, delay, penalty. */
bool verdict_is_failure(enum verdict_kind kind);

#endif
