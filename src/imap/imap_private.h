/* Between the two sides of IMAP. */
#ifndef IMAP_IMAP_PRIVATE_H
#define IMAP_IMAP_PRIVATE_H

#include "core/backend.h"
#include "core/session.h"
#include "imap/imap_parser.h"
#include "imap/imap_write.h"

/* The client's side: the room a session keeps for us. */
struct imap_server {
	size_t invited;		/* octets of input whose literal was invited */
	bool asked_capability;	/* since TLS: wants to hear it after login */
	bool identified;	/* an ID counted; later ones are polite only */
	bool by_login;		/* the login under way: LOGIN, no AUTHENTICATE */
	size_t tag_n;
	char tag[IMAP_MAX_TAG];	/* of the login under way */
};

enum imap_client_at {
	IMAP_AWAIT_GREETING,
	IMAP_AWAIT_CAPABILITY,	/* asked for, since we must know */
	IMAP_AWAIT_STARTTLS,
	IMAP_AWAIT_ID,		/* only where the backend wants no pipelining */
	IMAP_AWAIT_LOGIN,
};

/* The backend's side: the room a backend keeps for us. Texts are in its arena. */
struct imap_client {
	enum imap_client_at at;
	struct slice capability;	/* the last list; empty: none yet */
	struct imap_segments id, login;	/* what is still to be sent of each */
	bool in_sasl;			/* the next "+" is a challenge */
};

/* Greeting, commands, verdicts; imap_server.c. */
void imap_greet(struct session *s);
size_t imap_client_input(struct session *s, struct slice in);
void imap_sasl_challenge(struct session *s, struct slice base64);
void imap_tls_ready(struct session *s);

/* The ID command; imap_server_id.c. */
void imap_run_id(struct session *s, const struct imap_command *cmd);

/* How a login ended; imap_verdict.c. */
void imap_auth_done(struct session *s, const struct verdict *v);

/* "<tag> <text>", with "*" for a tag that may not be sent back. */
void imap_reply(struct session *s, struct slice tag, struct slice text);

/* What is listed before the login, without "CAPABILITY". */
void imap_add_capability(struct session *s, struct buf *out);

/* The backend's side; imap_client.c. */
void imap_backend_connected(struct backend *b);
size_t imap_backend_input(struct backend *b, struct slice in);
void imap_backend_secured(struct backend *b);
const char *imap_backend_stage(const struct backend *b);

/* The last capability list the backend gave; empty if it gave none. */
struct slice imap_backend_capability(const struct backend *b);

/* Appends "I ID (...)" with what the backend is to know of the client. */
bool imap_write_id(const struct backend *b, size_t nonsync_max,
		   struct buf *out);

#endif
