/* The network of a play, in place of net/socket.c: connections with usher at one
   end and a script at the other. */
#ifndef TESTS_UNIT_PLAY_NET_H
#define TESTS_UNIT_PLAY_NET_H

#include "base/addr.h"
#include "base/buf.h"

/* More than any play needs, or a fuzzer may ask for in as many steps as it has. */
#define PLAY_CONNECTIONS 256
/* What one side may say before the other reads it, and a line may stand for. */
#define PLAY_LONGEST (1024 * 1024)

enum play_standing {
	PLAY_UNUSED,
	PLAY_CONNECTING,	/* usher's call is not answered yet */
	PLAY_CONNECTED,
	PLAY_REFUSED,		/* as if nobody listened there */
};

/* One connection. The script looks at all of it, and writes what its side does
   with the functions below. */
struct play_connection {
	enum play_standing standing;
	int fd;				/* usher's */
	struct addr self, peer;		/* as usher sees them */
	struct addr source;		/* what usher asked to come from */
	struct buf to_usher, from_usher;
	size_t room;			/* what our side takes still */
	bool ended, closed, reset;	/* by our side */
	bool usher_ended, usher_closed;
	/* What the script has taken notice of. */
	bool seen_connect, seen_end, seen_close;
};

/* Forgets all connections. */
void play_net_begin(void);

/* A client of usher's: a connection that stands; its fd goes to
   session_accept(). */
struct play_connection *play_net_client(const struct addr *client,
					const struct addr *usher);

/* The connections that usher makes, and clients', in the order they came; NULL
   ends them. */
struct play_connection *play_net_connection(size_t i);

void play_net_answer(struct play_connection *c, bool accept);
void play_net_say(struct play_connection *c, struct slice octets);
/* Our side says no more; does not listen any more either; or is gone with a
   reset. */
void play_net_end(struct play_connection *c);
void play_net_close(struct play_connection *c);
void play_net_reset(struct play_connection *c);

/* How many more octets our side takes. */
void play_net_room(struct play_connection *c, size_t octets);

/* For the loop: what can be done with fd now. */
unsigned play_net_ready(int fd);

/* Ends the test; each program that plays has its own. */
_Noreturn void play_fail(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#endif
