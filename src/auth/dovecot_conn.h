/* A connection to a Dovecot auth socket that is there whenever it can be: made,
   greeted (spec: dovecot-auth-protocol.md sections 3 and 6.1), and made again. */
#ifndef AUTH_DOVECOT_CONN_H
#define AUTH_DOVECOT_CONN_H

#include "auth/auth.h"

struct dovecot_conn;

enum dovecot_conn_kind { DOVECOT_CLIENT, DOVECOT_MASTER };

struct dovecot_conn_ops {
	/* Questions may be sent. */
	void (*up)(void *arg);
	/* What was asked is lost; up() follows some time. */
	void (*down)(void *arg, const char *why);
	/* A line that is not about the greeting, without its end. */
	void (*line)(void *arg, struct slice line);
};

/* where: a path, or "host:port". Both are borrowed, and env. */
struct dovecot_conn *dovecot_conn_make(const struct auth_env *env,
				       struct slice where,
				       enum dovecot_conn_kind kind,
				       const struct dovecot_conn_ops *ops,
				       void *arg);
void dovecot_conn_free(struct dovecot_conn **conn);

bool dovecot_conn_is_up(const struct dovecot_conn *conn);
/* Whether it ever was: then the mechanisms are known. */
bool dovecot_conn_was_up(const struct dovecot_conn *conn);
/* Whether the server announces the mechanism, or did when it was last there. */
bool dovecot_conn_has(const struct dovecot_conn *conn, struct slice mechanism);

/* Sends a line, its end included; only while it is up. */
void dovecot_conn_send(struct dovecot_conn *conn, struct slice line);

#endif
