/* Lines of Dovecot's auth protocol (spec: dovecot-auth-protocol.md): a name and
   parameters with TABs between them, each tab-escaped. Pure. */
#ifndef AUTH_DOVECOT_LINE_H
#define AUTH_DOVECOT_LINE_H

#include "auth/auth.h"
#include "base/buf.h"

/* What Dovecot takes of us: a client's line, with some to spare, and a master's
   (section 2). */
#define DOVECOT_MAX_CLIENT_LINE 16000
#define DOVECOT_MAX_MASTER_LINE 1024
/* What we take of it: nothing is said about its length. */
#define DOVECOT_MAX_REPLY 65536

/* Takes the next parameter off the front of *rest, TAB included; the line's name is
   the first. False when none is left. Borrows, or is in a where it had escapes. */
bool dovecot_param(struct slice *rest, struct arena *a, struct slice *out);

/* The same for "key=value"; a bare key has an empty value. Empty parameters are
   skipped. */
bool dovecot_field(struct slice *rest, struct arena *a, struct var *out);

/* Appends "AUTH\tid\tmechanism...\n" with what is known of the client, and resp
   last, unless it is NULL. False if it would be too long. */
bool dovecot_write_auth(const struct auth_request *r, unsigned id,
			struct slice mechanism, const struct slice *resp,
			struct buf *out);

/* Appends "PASS\tid\tuser...\n": a question without a password. Forwarded
   variables that would make it too long are left out, the last ones first;
   *left_out is how many. False if it is too long without them. */
bool dovecot_write_pass(const struct auth_request *r, unsigned id,
			struct buf *out, size_t *left_out);

enum dovecot_reply_kind {
	DOVECOT_OK,
	DOVECOT_FAIL,
	DOVECOT_CONTINUE,	/* text: the challenge, decoded */
	DOVECOT_NOTFOUND,	/* of a PASS */
	DOVECOT_OTHER,		/* none of ours */
};

struct dovecot_reply {
	enum dovecot_reply_kind kind;
	uint64_t id;
	struct slice text;
	struct auth_answer answer;	/* of OK and FAIL */
};

/* Reads a reply to a request. False if it cannot be understood. Texts are in a. */
bool dovecot_read_reply(struct slice line, struct arena *a,
			struct dovecot_reply *out);

#endif
