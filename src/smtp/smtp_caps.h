/* What a backend announced in its last reply to EHLO or LHLO. */
#ifndef SMTP_SMTP_CAPS_H
#define SMTP_SMTP_CAPS_H

#include "smtp/smtp_reply.h"

/*	  id          keyword */
#define SMTP_CAPS(X) \
	X(PIPELINING, "PIPELINING") \
	X(SIZE,       "SIZE") \
	X(8BITMIME,   "8BITMIME") \
	X(SMTPUTF8,   "SMTPUTF8") \
	X(DSN,        "DSN") \
	X(STARTTLS,   "STARTTLS") \
	X(AUTH,       "AUTH") \
	X(XCLIENT,    "XCLIENT") \
	X(XFORWARD,   "XFORWARD") \
	X(XRCPTFORWARD, "XRCPTFORWARD")

enum smtp_cap {
#define X(id, keyword) SMTP_CAP_##id,
	SMTP_CAPS(X)
#undef X
	SMTP_CAP_COUNT
};

struct smtp_caps {
	unsigned set;		/* bits of enum smtp_cap */
	unsigned xclient, xforward;	/* attributes; bits of enum smtp_attr */
	uint64_t max_size;	/* octets; 0: no limit was named */
};

static inline bool
smtp_caps_have(const struct smtp_caps *c, enum smtp_cap cap)
{
	return (c->set & 1u << cap) != 0;
}

void smtp_caps_read(const struct smtp_reply *reply, struct smtp_caps *out);

#endif
