/* Listening sockets, and accepting from them. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "base/addr.h"
#include "base/err.h"
#include "base/loop.h"
#include "conf/conf_field.h"

/* A socket that listens at e, one of several that share the address (each
   worker has its own, so that the kernel spreads connections). What is set on
   it (no delay, keepalive) accepted connections inherit, at no call each. */
struct err *listener_open(const struct conf_endpoint *e, int *fd_out)
	__attribute__((warn_unused_result));

struct acceptor {
	int fd;
	struct loop_watch watch;
	struct loop_timer pause;
	/* Takes fd, which does not block. peer borrows until return. */
	void (*accepted)(void *arg, int fd, const struct addr *peer);
	/* accept() fails for want of something; told once each pause. */
	void (*failed)(void *arg, int error);
	void *arg;
	bool open;
};

/* Takes fd. Accepts nothing until acceptor_open(). */
void acceptor_init(struct acceptor *a, struct loop *loop, int fd,
		   void (*accepted)(void *arg, int fd, const struct addr *peer),
		   void (*failed)(void *arg, int error), void *arg);

/* Accept, or leave clients in the socket's queue. */
void acceptor_open(struct acceptor *a, bool open);

/* Closes the descriptor, which others may still have. */
void acceptor_free(struct acceptor *a);

#endif
