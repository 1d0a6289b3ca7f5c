/* Addresses and parameters of MAIL and RCPT (RFC 5321 section 4.1.2). */
#ifndef SMTP_SMTP_PATH_H
#define SMTP_SMTP_PATH_H

#include "base/slice.h"

/* Octets; longer than RFC 5321 section 4.5.3.1 has them (64, 255, 256), since
   addresses made by programs are (spec: smtp-proxying.md section 15). */
#define SMTP_MAX_LOCAL 256
#define SMTP_MAX_DOMAIN 255
#define SMTP_MAX_PATH 1024
/* Parameters of one command: RFC 5321 and all extensions have some dozen. */
#define SMTP_MAX_PARAMS 32

/* Borrows from the command. */
struct smtp_path {
	struct slice whole;	/* what stood between the brackets, without a
				   source route; empty: the null sender */
	struct slice local;	/* before the last '@', quotes included */
	struct slice domain;	/* behind it; empty if there is none */
};

struct smtp_param {
	struct slice name;	/* as written; compares without case */
	struct slice value;	/* p is NULL without '=' */
};

enum smtp_path_parse {
	SMTP_PATH_DONE,
	SMTP_PATH_BAD_SYNTAX,	/* not "<address>" */
	SMTP_PATH_BAD_LOCAL,	/* a local part that is none, or too long */
	SMTP_PATH_BAD_DOMAIN,
};

/* Reads "FROM:<a@b> X=y" (prefix is "FROM:") into a path and the parameters
   behind it, for smtp_param_next(). One blank before the bracket is forgiven, as
   Postfix does; missing brackets are not. */
enum smtp_path_parse smtp_path_read(struct slice args, struct slice prefix,
				    struct smtp_path *path_out,
				    struct slice *params_out);

/* Takes the next parameter off the front. False at the end, or when what is
   there is none: *params is not empty then. */
bool smtp_param_next(struct slice *params, struct smtp_param *param_out);

/* A domain name, or an address literal as in "[192.0.2.1]". */
bool smtp_is_domain(struct slice s);

#endif
