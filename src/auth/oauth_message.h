/* What a client with a token of OAuth says, in OAUTHBEARER (RFC 7628 section 3.1)
   and in XOAUTH2, which Google made up before that. */
#ifndef AUTH_OAUTH_MESSAGE_H
#define AUTH_OAUTH_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"

enum oauth_form { OAUTH_BEARER, OAUTH_XOAUTH2 };

/* *user_out is empty where OAUTHBEARER names nobody: then the token does. The
   token is one or more of the octets a bearer token has (RFC 6750 section
   2.1). False if message is none of that form. */
bool oauth_message_read(enum oauth_form form, struct slice message,
			struct arena *a, struct slice *user_out,
			struct slice *token_out);

/* Appends the message. False if a part of it cannot be said, or does not fit. */
bool oauth_message_write(enum oauth_form form, struct slice user,
			 struct slice token, struct buf *out);

/* What tells the client that the token was refused, as JSON: error is what who
   refused said of it, or empty; url is where the provider says what it can do,
   or empty. */
bool oauth_error_write(enum oauth_form form, struct slice error,
		       struct slice scope, struct slice url, struct buf *out);

#endif
