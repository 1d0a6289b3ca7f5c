/* How a login ended. A protocol words it (auth_done() of struct proto); the
   words each kind gets are Dovecot's (spec: dovecot-login-proxy.md section 4). */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include <stdbool.h>

#include "base/slice.h"

/*	  id                 name in log and metrics   counts as failed login */
#define VERDICTS(X) \
	X(LOGGED_IN,         "ok",                     false) \
	X(DENIED,            "auth-failed",            true) \
	X(NOT_AUTHORIZED,    "authz-failed",           true) \
	X(DISABLED,          "user-disabled",          true) \
	X(EXPIRED,           "password-expired",       true) \
	X(NOLOGIN,           "login-disabled",         false) \
	X(TEMPFAIL,          "temp-fail",              false) \
	X(CLEARTEXT_REFUSED, "cleartext-auth-disabled", true) \
	X(UNKNOWN_MECHANISM, "unknown-mechanism",      true) \
	X(BAD_INITIAL,       "invalid-base64",         true) \
	X(BAD_RESPONSE,      "invalid-base64",         true) \
	X(ABORTED,           "auth-aborted",           true) \
	X(BACKEND_DOWN,      "backend-unavailable",    false) \
	X(BACKEND_CONFIG,    "backend-config",         false) \
	X(BACKEND_DENIED,    "backend-auth-failed",    true) \
	X(BACKEND_TEMPFAIL,  "backend-temp-fail",      false)

enum verdict_kind {
#define X(id, name, failed) VERDICT_##id,
	VERDICTS(X)
#undef X
	VERDICT_KINDS
};

struct verdict {
	enum verdict_kind kind;
	/* LOGGED_IN, BACKEND_DENIED, BACKEND_TEMPFAIL: the backend's own words,
	   as its protocol's client side keeps them. Others: words of the
	   lookup; may be empty. */
	struct slice text;
};

const char *verdict_name(enum verdict_kind kind);
/* Whether it counts against the client: attempts, delay, penalty. */
bool verdict_is_failure(enum verdict_kind kind);

#endif
