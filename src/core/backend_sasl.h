/* SASL in a dialogue with a backend, in base64, as IMAP, POP3 and SMTP all have it
   (RFC 9051 section 6.2.2, RFC 5034, RFC 4954): which mechanism, and its steps;
   or the client's own exchange, carried from one side to the other. What differs
   is what stands around it: the protocol's. */
#ifndef CORE_BACKEND_SASL_H
#define CORE_BACKEND_SASL_H

#include "core/backend.h"

enum backend_login {
	BACKEND_LOGIN_OWN,	/* the protocol's own way, by name and password */
	BACKEND_LOGIN_SASL,	/* an exchange: backend_sasl_begin() */
	BACKEND_LOGIN_NONE,	/* there is no way: the dialogue has failed */
};

/* Chooses how to log in, by the route and by what the backend offers: mechanisms
   with blanks between them, or NULL where that is not known. own says that the
   protocol's own way is open. */
enum backend_login backend_choose_login(struct backend *b,
					const struct slice *offered, bool own);

/* Begins the exchange, and appends "MECHANISM", or "MECHANISM response" if the
   client speaks first and that takes no more than max octets; an empty response
   is "=". One that does not fit is sent when the backend asks for it: 0 is for
   backends that take none in the command. False: the dialogue has failed. */
bool backend_sasl_begin(struct backend *b, size_t max, struct buf *out);

/* Sends the answer to a challenge, now or when the client or the arithmetic is
   done with it; or the dialogue fails. */
void backend_sasl_answer(struct backend *b, struct slice challenge);

#endif
