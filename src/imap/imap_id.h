/* The ID command (RFC 2971): who the client says it is, and, from a proxy that
   we trust, who the client behind it is. */
#ifndef IMAP_IMAP_ID_H
#define IMAP_IMAP_ID_H

#include "imap/imap_parser.h"

/* Octets of a key once escapes are gone (RFC 2971 section 3.3). Seen: the 31st
   makes Dovecot answer "BAD Invalid ID parameters". */
#define IMAP_ID_MAX_KEY 30

/* The keys by which Dovecot's proxies tell of the client; other than these,
   any key is its sender's own affair. Case does not matter in them. */
#define IMAP_ID_KEYS(X)                                                 \
	X(ORIGINATING_IP,   "x-originating-ip")	/* client's address */  \
	X(ORIGINATING_PORT, "x-originating-port")                       \
	X(CONNECTED_IP,     "x-connected-ip")	/* where it connected */ \
	X(CONNECTED_PORT,   "x-connected-port")                         \
	X(CONNECTED_NAME,   "x-connected-name")	/* name given for TLS */ \
	X(PROXY_TTL,        "x-proxy-ttl")                              \
	X(SESSION_ID,       "x-session-id")                             \
	X(SESSION_EXT_ID,   "x-session-ext-id")                         \
	X(CLIENT_TRANSPORT, "x-client-transport")	/* TLS, insecure */ \
	X(MULTIPLEX,        "x-multiplex")

enum imap_id_key {
#define X(id, name) IMAP_ID_##id,
	IMAP_ID_KEYS(X)
#undef X
	IMAP_ID_FORWARD,	/* "x-forward-" and the name of a variable */
	IMAP_ID_OTHER,
};

/* *variable_out is what stands behind "x-forward-" for IMAP_ID_FORWARD, in the
   letters it was written in and possibly empty; the empty slice otherwise. */
enum imap_id_key imap_id_key_of(struct slice key, struct slice *variable_out);

/* The key as Dovecot writes it, "x-forward-" for IMAP_ID_FORWARD; the empty
   slice for IMAP_ID_OTHER. */
struct slice imap_id_key_name(enum imap_id_key key);

struct imap_id_pair {
	enum imap_id_key key;
	struct slice key_text;
	struct slice variable;	/* of IMAP_ID_FORWARD */
	bool nil;		/* the value is NIL: nothing to act on */
	struct slice value;
};

/* True if the arguments of cmd are those of an ID, all of them: nothing (seen),
   NIL, or one list of strings and in every second place strings or NIL. A last
   key without a value is ignored, as Dovecot does. *pairs_out is for
   imap_id_next(). False: "BAD Invalid ID parameters", and nothing of it counts.
   Seen: Dovecot looks at nothing behind the list or NIL; here a second argument
   is refused. */
bool imap_id_begin(const struct imap_command *cmd, struct slice *pairs_out);

/* Takes the next pair off the front of *pairs. Borrows from the command, and
   from a where escapes had to be resolved. */
bool imap_id_next(struct slice *pairs, struct arena *a,
		  struct imap_id_pair *out);

#endif
