/* Between the two sides of POP3. */
#ifndef POP3_POP3_PRIVATE_H
#define POP3_POP3_PRIVATE_H

#include "core/backend.h"
#include "core/session.h"
#include "pop3/pop3_line.h"

/* The client's side: the room a session keeps for us. */
struct pop3_server {
	bool has_user;
	bool by_auth;			/* the login under way: AUTH, no PASS */
	size_t user_n;
	char user[POP3_MAX_ARGUMENTS];	/* from USER, for PASS */
};

/* What we wait for; replies come in the order of what was sent. */
enum pop3_client_at {
	POP3_AWAIT_BANNER,
	POP3_AWAIT_CAPA,
	POP3_AWAIT_CAPA_LIST,	/* a line of it, or its end */
	POP3_AWAIT_STLS,
	POP3_AWAIT_XCLIENT,	/* one of xclient_left */
	POP3_AWAIT_USER,
	POP3_AWAIT_PASS,
	POP3_AWAIT_AUTH,
};

/* What a backend says it can do (RFC 2449 section 6). */
struct pop3_capa {
	bool known;			/* it gave a list */
	bool pipelining, stls, user;
	struct slice sasl;		/* mechanisms; in the backend's arena */
	size_t lines;
};

/* The backend's side: the room a backend keeps for us. */
struct pop3_client {
	enum pop3_client_at at;
	bool takes_xclient;		/* the banner said so */
	bool sent_pass;			/* together with USER */
	size_t xclient_left;		/* commands not answered yet */
	bool by_sasl;
	struct pop3_capa capa;		/* of the connection as it is now */
};

/* pop3_server.c */
void pop3_greet(struct session *s);
size_t pop3_client_input(struct session *s, struct slice in);
void pop3_sasl_challenge(struct session *s, struct slice base64);
void pop3_tls_ready(struct session *s);

/* "-ERR text" */
void pop3_refuse(struct session *s, struct slice text);

/* XCLIENT from a client; pop3_server_xclient.c. */
void pop3_run_xclient(struct session *s, struct slice args);
void pop3_run_xoip(struct session *s, struct slice args);

/* pop3_verdict.c */
void pop3_auth_done(struct session *s, const struct verdict *v);

/* pop3_client.c */
void pop3_backend_connected(struct backend *b);
size_t pop3_backend_input(struct backend *b, struct slice in);
void pop3_backend_secured(struct backend *b);
const char *pop3_backend_stage(const struct backend *b);

/* Appends the XCLIENT commands that tell the backend who the client is, and
   returns how many; pop3_client_xclient.c. *left_out is how many variables were
   too long for any of them. */
size_t pop3_write_xclient(const struct forward *f, struct buf *out,
			  size_t *left_out);

#endif
