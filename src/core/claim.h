/* What a peer claims of the client behind it (IMAP ID, POP3 and SMTP XCLIENT):
   all of it counts or, with anything wrong in it, nothing (spec:
   dovecot-forwarding.md section 13, rule 9). The protocol reads names; what a
   value may be is said here. */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

#include "core/session.h"

enum claim_field {
	CLAIM_CLIENT_IP,
	CLAIM_CLIENT_PORT,
	CLAIM_CONNECTED_IP,
	CLAIM_CONNECTED_PORT,
	CLAIM_CONNECTED_NAME,	/* a DNS name */
	CLAIM_TTL,
	CLAIM_SESSION_ID,	/* 1 to 64 octets; cleaned */
	CLAIM_CLIENT_TRANSPORT,	/* begins with TLS, or does not */
};

/* Lives on the stack of one command. */
struct claim {
	struct session *session;
	struct forward forward;
	struct vars variables;	/* new ones */
};

void claim_begin(struct claim *c, struct session *s);

/* False if value cannot be that. */
bool claim_read(struct claim *c, enum claim_field field, struct slice value);

/* A forwarded variable, without prefix. False if it has no name. */
bool claim_variable(struct claim *c, struct slice name, struct slice value);

/* All of it is good: from now on it is so. */
void claim_commit(struct claim *c);

#endif
