/* The operator's door: HTTP with JSON, on the UNIX socket that usherctl uses.
   What can be asked stands in one table in admin.c; who answers is the role that
   opened the door. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <jansson.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/slice.h"

struct admin;
struct admin_reply;

/* Each is called with a reply to be ended exactly once, then or later. */
struct admin_ops {
	void (*status)(void *arg, struct admin_reply *reply);
	void (*sessions)(void *arg, struct admin_reply *reply);
	/* One of the two is empty. */
	void (*kick)(void *arg, struct slice user, struct slice session,
		     struct admin_reply *reply);
	void (*reload)(void *arg, struct admin_reply *reply);
};

/* Serves on fd, a listening socket, which it takes. */
struct err *admin_open(struct loop *loop, int fd, const struct admin_ops *ops,
		       void *arg, struct admin **admin_out)
	__attribute__((warn_unused_result));
void admin_close(struct admin **admin);

/* Ends with body (taken). status is HTTP's. */
void admin_reply_json(struct admin_reply *reply, int status, json_t *body);
/* Ends with {"error": text}. */
void admin_reply_error(struct admin_reply *reply, int status,
		       const char *text);

/* A list too long to be held: begin, item after item (each taken), end. The
   body is {"<name>": [item, ...]}. */
void admin_reply_list(struct admin_reply *reply, const char *name);
void admin_reply_item(struct admin_reply *reply, json_t *item);
void admin_reply_end(struct admin_reply *reply);

/* A text of any octets as a JSON string. If it is no UTF-8, its octets beyond
   ASCII become '?'. */
json_t *admin_text(struct slice s);

#endif
