/* Between smtp_conn.c and smtp_conn_reply.c. */
#ifndef SMTP_SMTP_CONN_PRIVATE_H
#define SMTP_SMTP_CONN_PRIVATE_H

#include "smtp/smtp_private.h"

/* Adds a command to what is sent; its answer comes in the same order. */
void smtp_conn_push(struct smtp_conn *c, enum smtp_step_kind kind,
		    struct smtp_rcpt *rcpt);
void smtp_conn_pop(struct smtp_conn *c);

/* The message is nobody's any more: what was not sent is not to be, and what was
   is answered to nobody. */
void smtp_conn_forget_steps(struct smtp_conn *c);

/* Restarts the time limit of what is awaited. */
void smtp_conn_watch(struct smtp_conn *c);

/* Goes, with what it carries unanswered; with and without a last word. */
void smtp_conn_close(struct smtp_conn *c);
void smtp_conn_quit(struct smtp_conn *c);
/* Connects anew, and says again what was not answered. */
void smtp_conn_reopen(struct smtp_conn *c);

/* ---- smtp_conn_reply.c ---------------------------------------------------- */

/* Takes a reply off the front of in, and returns the octets taken. */
size_t smtp_conn_input(struct smtp_conn *c, struct slice in);
/* The connection broke. */
void smtp_conn_lost(struct smtp_conn *c, const char *why);
/* It never came to be. */
void smtp_conn_unusable(struct smtp_conn *c, enum verdict_kind kind,
			struct slice words);

#endif
