/* Between the files that make up SMTP, LMTP and submission.

   A session has one smtp_server (the client's side), perhaps one smtp_mail (the
   message under way), and any number of smtp_conns (connections to backends, which
   outlive a message). */
#ifndef SMTP_SMTP_PRIVATE_H
#define SMTP_SMTP_PRIVATE_H

#include "core/backend.h"
#include "core/finder.h"
#include "core/session.h"
#include "smtp/smtp_caps.h"
#include "smtp/smtp_content.h"
#include "smtp/smtp_line.h"
#include "smtp/smtp_path.h"
#include "smtp/smtp_proto.h"
#include "smtp/smtp_route.h"

/* A domain, and what is forgiven in its place. */
#define SMTP_MAX_HELO 255

struct smtp_mail;

/* ---- the client's side --------------------------------------------------- */

/* What XFORWARD said of the next message. */
struct smtp_xforward {
	bool given;
	struct arena arena;		/* of the texts */
	struct addr client;
	struct slice client_name, helo, proto, ident;
};

/* The room a session keeps for us. */
struct smtp_server {
	struct session *session;
	const struct smtp_conf *conf;
	enum protocol protocol;
	bool greeted;		/* EHLO, HELO or LHLO was said */
	bool extended;		/* not HELO */
	bool swallowing;	/* to the end of a line that was too long */
	size_t swallowed;
	/* XCLIENT: whether the client's address was given, and the command is
	   over; how many there were. */
	bool addr_claimed, claims_over;
	unsigned claims;
	bool helo_claimed;	/* forward.helo is a trusted peer's word */
	bool proto_claimed;
	size_t helo_n;
	char helo[SMTP_MAX_HELO];	/* of the last EHLO */
	struct smtp_xforward xforward;
	struct smtp_mail *mail;		/* NULL: no message is under way */
	struct smtp_conn *conns;	/* to backends */
	struct smtp_conn *user_conn;	/* submission: the user's; in conns */
	unsigned conn_count;		/* so far, for their session ids */
	struct loop_task sweep;		/* conns that are gone */
	unsigned bad_commands;
	bool again;			/* the command is to be read once more,
					   when nothing is pending */
	/* The present BDAT chunk: its octets, those still to come, and what it is
	   answered without being looked at, if anything. */
	uint64_t chunk_octets, chunk_left;
	bool chunk_open, chunk_last;
	struct slice chunk_reply;
};

struct smtp_server *smtp_server_of(const struct session *s);

/* Appends a reply, CR LF with it. */
void smtp_say(struct session *s, struct slice reply);

/* Who the client is, as a backend is to be told: with what XFORWARD said, if
   anything, in place of ours. */
void smtp_forward_now(const struct smtp_server *server, struct forward *out);

/* How the message came: "ESMTPSA" (RFC 3848). */
struct slice smtp_transport(const struct smtp_server *server);

/* smtp_server.c */
void smtp_greet(struct session *s);
size_t smtp_client_input(struct session *s, struct slice in);
void smtp_bad_command(struct session *s, struct slice reply);
/* The client did not wait where it had to. */
void smtp_out_of_sync(struct session *s);
void smtp_say_bye(const struct session *s, enum close_reason why,
		  struct slice words, struct buf *out);

/* smtp_server_ehlo.c */
void smtp_run_ehlo(struct session *s, const struct smtp_command *cmd);
void smtp_run_helo(struct session *s, const struct smtp_command *cmd);
/* Whether an extension is offered here, by its keyword. */
bool smtp_offers(const struct smtp_server *server, struct slice extension);
uint64_t smtp_max_size(const struct session *s);

/* smtp_server_xclient.c */
void smtp_run_xclient(struct session *s, const struct smtp_command *cmd);
void smtp_run_xforward(struct session *s, const struct smtp_command *cmd);
void smtp_add_banner(struct session *s, struct buf *out);
void smtp_forget_xforward(struct smtp_server *server);

/* smtp_verdict.c */
void smtp_auth_done(struct session *s, const struct verdict *v);

/* smtp_mail_command.c */
void smtp_run_mail(struct session *s, const struct smtp_command *cmd);
void smtp_run_rcpt(struct session *s, const struct smtp_command *cmd);
void smtp_run_data(struct session *s, const struct smtp_command *cmd);
void smtp_run_bdat(struct session *s, const struct smtp_command *cmd);

/* ---- the message under way ------------------------------------------------ */

enum smtp_mail_at {
	SMTP_MAIL_ENVELOPE,	/* MAIL and RCPT */
	SMTP_MAIL_ASKED,	/* backends are asked whether they take it */
	SMTP_MAIL_CONTENT,	/* it flows */
	SMTP_MAIL_REFUSED,	/* it flows past; nobody gets it */
	SMTP_MAIL_ENDING,	/* backends are about to say what became of it */
};

enum smtp_rcpt_at {
	SMTP_RCPT_FINDING,	/* where do they go? */
	SMTP_RCPT_PARKED,	/* another recipient decides first whether this
				   one can be taken (SMTP) */
	SMTP_RCPT_ASKED,	/* the backend is asked */
	SMTP_RCPT_ACCEPTED,
	SMTP_RCPT_REFUSED,
};

struct smtp_rcpt {
	struct smtp_rcpt *next;
	struct smtp_mail *mail;
	enum smtp_rcpt_at at;
	struct slice given;		/* between the brackets */
	struct slice address;		/* what the backend is told */
	struct slice local, domain;	/* where it goes by routes */
	struct slice detail;		/* "+folder" of it */
	struct slice notify, orcpt;	/* DSN; p is NULL if not given */
	struct vars variables;		/* XRCPTFORWARD of a trusted peer, and
					   then the lookup's */
	struct finder finder;
	const struct target *target;
	struct smtp_conn *conn;
	struct presence presence;
	struct slice reply;		/* to RCPT */
	struct slice final;		/* to the message; empty: not yet known */
};

/* A backend that could not be used for this message: it is not tried again. */
struct smtp_dead {
	struct smtp_dead *next;
	const struct target *target;
	struct slice code, words;	/* "451 4.4.1", "Backend unavailable" */
};

struct smtp_mail {
	struct session *session;
	struct smtp_server *server;
	struct arena arena;		/* of all that follows */
	enum smtp_mail_at at;
	struct slice sender;		/* between the brackets */
	struct slice body, ret, envid, auth;	/* p is NULL if not given */
	bool utf8;
	uint64_t size;			/* as announced; 0: not */
	struct slice reply;		/* to MAIL; empty: not yet known */
	bool said;
	struct smtp_rcpt *first, **end;
	struct smtp_rcpt *unsaid;	/* the first whose answer is to be said */
	size_t count, pending, accepted;
	/* SMTP: what those who are asked and accepted have in common. */
	const struct target *group;
	size_t group_asked, group_accepted, parked;
	bool waking;
	struct smtp_dead *dead;
	struct smtp_content content;
	struct slice refusal;		/* SMTP_MAIL_REFUSED: why */
	bool chunked;
};

struct smtp_mail *smtp_mail_make(struct session *s);
/* Backends that know of the message forget it. */
void smtp_mail_free(struct smtp_mail **mail);

/* Some command of it has no reply yet: others wait. */
bool smtp_mail_is_pending(const struct smtp_mail *mail);
/* Says what can be said of MAIL and RCPT, in order, and lets input go on when
   nothing is pending any more. */
void smtp_mail_settle(struct smtp_mail *mail);

/* smtp_rcpt.c: finds where r goes, and asks there. */
void smtp_rcpt_begin(struct smtp_rcpt *r);
void smtp_rcpt_refuse(struct smtp_rcpt *r, struct slice reply);
void smtp_rcpt_accept(struct smtp_rcpt *r, struct slice reply);
void smtp_rcpt_forget(struct smtp_rcpt *r);

/* smtp_data.c: the content. */
/* Asks the backends whether they take it. */
void smtp_data_begin(struct smtp_mail *mail, bool chunked);
/* A BDAT command with so many octets behind it. */
void smtp_data_chunk(struct session *s, uint64_t octets, bool last);
/* Whether what comes next from the client is content. */
bool smtp_data_is_next(const struct smtp_server *server);
/* Takes what the client sends; returns the octets taken. */
size_t smtp_data_input(struct session *s, struct slice in);
/* A backend answered, or is lost, or has room again. */
void smtp_data_go_on(struct smtp_mail *mail);

/* ---- a connection to a backend ---------------------------------------------- */

enum smtp_conn_at {
	SMTP_CONN_OPENING,	/* the dialogue up to the login */
	SMTP_CONN_OPEN,
	SMTP_CONN_GONE,		/* to be freed after the turn */
};

/* What was sent and has no answer yet; or waits to be sent. */
enum smtp_step_kind {
	SMTP_STEP_MAIL,		/* and XFORWARD before it */
	SMTP_STEP_RCPT,
	SMTP_STEP_DATA,
	SMTP_STEP_END,		/* of data; one a recipient with LMTP */
	SMTP_STEP_RSET,
	SMTP_STEP_NOOP,
};

struct smtp_step {
	struct smtp_step *next;
	enum smtp_step_kind kind;
	struct smtp_rcpt *rcpt;		/* RCPT, END */
	bool sent;
	size_t extra;			/* replies to XFORWARD that come first */
};

enum smtp_data_at {
	SMTP_DATA_NONE,
	SMTP_DATA_ASKED,
	SMTP_DATA_FLOWS,	/* 354 came */
	SMTP_DATA_SENT,		/* the end of data went out */
};

struct smtp_conn {
	struct smtp_conn *prev, *next;	/* in server->conns */
	struct session *session;
	struct smtp_server *server;
	struct arena arena;		/* of target and forward */
	struct target target;
	struct forward forward;
	struct stream own;		/* the connection, unless it is the
					   session's */
	struct stream *stream;
	struct backend *backend;	/* while OPENING */
	enum smtp_conn_at at;
	struct smtp_caps caps;
	bool told;			/* the backend knows who the client is */
	bool xforward;			/* it is told with each message */
	bool used;			/* has carried a message before */
	bool heard;			/* has said anything about this one */
	struct smtp_mail *mail;		/* whose turn it is */
	struct slice mail_refusal;	/* what MAIL got, if it was no */
	size_t accepted;		/* recipients of this message */
	enum smtp_data_at data;
	struct smtp_step *steps, **steps_end;
	struct buf in, out;
	uint64_t sent, received;	/* octets, since last counted */
	struct loop_timer timer;
	struct loop_task flush;
};

/* A connection to t for a message of s, perhaps one that stands already. t is
   copied. */
struct smtp_conn *smtp_conn_get(struct smtp_server *server,
				const struct target *t);
/* Takes over the connection that a login made. */
struct smtp_conn *smtp_conn_take(struct smtp_server *server);
void smtp_conn_free(struct smtp_conn **c);
/* Two recipients with these can share a connection. */
bool smtp_same_target(const struct target *a, const struct target *b);

/* The message comes to this backend. */
void smtp_conn_join(struct smtp_conn *c, struct smtp_mail *mail);
/* The message is not to be sent after all. */
void smtp_conn_leave(struct smtp_conn *c);
void smtp_conn_ask_rcpt(struct smtp_conn *c, struct smtp_rcpt *r);
void smtp_conn_ask_data(struct smtp_conn *c);
void smtp_conn_noop(struct smtp_conn *c);

/* Sends content, or keeps it until there is room. */
void smtp_conn_write(struct smtp_conn *c, struct slice s);
/* Too much is kept: no more content, for now. */
bool smtp_conn_is_full(const struct smtp_conn *c);
/* All of the content was written, with its end. */
void smtp_conn_end_data(struct smtp_conn *c);
/* Breaks off, as for a message that is not to be delivered. */
void smtp_conn_abort(struct smtp_conn *c);

static inline bool
smtp_conn_is_lmtp(const struct smtp_conn *c)
{
	return c->target.protocol == PROTOCOL_LMTP;
}

/* smtp_write.c: what is said to a backend, and of its answers to the client. */
void smtp_write_mail(const struct smtp_conn *c, const struct smtp_mail *mail,
		     struct buf *out);
void smtp_write_rcpt(const struct smtp_conn *c, const struct smtp_rcpt *r,
		     struct buf *out);
void smtp_write_received(const struct smtp_conn *c,
			 const struct smtp_mail *mail, struct buf *out);

/* A backend's reply as the client gets it, in the mail's arena: with an enhanced
   code, 421 turned into another 4xx, and the recipient in front if it is LMTP. */
struct slice smtp_pass_reply(struct smtp_mail *mail, const struct smtp_rcpt *r,
			     const struct smtp_reply *reply);
/* "451 4.4.1 <rcpt> Backend unavailable"; without r, or where replies are not of
   one recipient each, without that. */
struct slice smtp_own_reply(struct smtp_mail *mail, const struct smtp_rcpt *r,
			    struct slice code, struct slice words);

/* smtp_client.c: the backend's side, up to the login. */
void smtp_backend_connected(struct backend *b);
size_t smtp_backend_input(struct backend *b, struct slice in);
void smtp_backend_secured(struct backend *b);
const char *smtp_backend_stage(const struct backend *b);
/* What was learnt of the backend; borrowed until it is freed. */
const struct smtp_caps *smtp_backend_caps(const struct backend *b);
bool smtp_backend_told(const struct backend *b);
bool smtp_backend_wants_xforward(const struct backend *b);

/* The room a backend keeps for us. */
enum smtp_client_at {
	SMTP_AWAIT_GREETING,
	SMTP_AWAIT_EHLO,
	SMTP_AWAIT_STARTTLS,
	SMTP_AWAIT_XCLIENT,
	SMTP_AWAIT_EHLO_AGAIN,	/* after XCLIENT */
	SMTP_AWAIT_AUTH,
};

struct smtp_client {
	enum smtp_client_at at;
	bool told;
	bool xforward;			/* with each message */
	struct smtp_caps caps;
	struct slice xclient;		/* commands that are still to be sent */
};

#endif
