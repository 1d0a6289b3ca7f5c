/* SASL in a dialogue with a backend, in base64, as IMAP, POP3 and SMTP all have it
   (RFC 9051 section 6.2.2, RFC 5034, RFC 4954). What differs is what stands
   around it: the protocol's. */
#ifndef CORE_BACKEND_SASL_H
#define CORE_BACKEND_SASL_H

#include "core/backend.h"

/* Begins an exchange with the target's mechanism, and appends "MECHANISM", or
   "MECHANISM response" if the client speaks first and that takes no more than max
   octets; an empty response is "=". One that does not fit is sent when the backend
   asks for it: 0 is for backends that take none in the command. False: the
   dialogue has failed. */
bool backend_sasl_begin(struct backend *b, struct sasl_client *c, size_t max,
			struct buf *out);

/* Sends the answer to a challenge; or the dialogue fails. */
void backend_sasl_answer(struct backend *b, struct sasl_client *c,
			 struct slice challenge);

#endif
