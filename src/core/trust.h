/* Whose word counts, and who may say a password in the clear. */
#ifndef CORE_TRUST_H
#define CORE_TRUST_H

#include "conf/settings.h"

/* The peer may tell us who the client is (spec: dovecot-forwarding.md section
   2). real is the true peer, or whom a PROXY header named. */
bool trust_identity(const struct listener_conf *l, const struct addr *real);

/* A password may cross this connection. */
bool trust_cleartext(const struct listener_conf *l, bool trusted,
		     bool has_tls);

#endif
