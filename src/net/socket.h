/* Connections as the kernel has them: what lies beneath every stream, and how one
   is made. Nothing here ever waits.

   Every call to the kernel about a connection stands in this file, but those of
   TLS (net/tls.c) and of bulk (core/relay_splice.c). Tests link their own in
   place of it, and play the network. The layer itself, stream_socket_layer, is
   declared in net/stream.h. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <sys/types.h>

#include "base/addr.h"

/* A connection on its way to an address; from source, unless its family is
   ADDR_NONE. Gives a descriptor that does not block, or -1 with errno. It is
   made when the descriptor is writable, unless socket_error() then says why
   not. */
int socket_connect(const struct addr *to, const struct addr *source);

/* The same to a UNIX socket. */
int socket_connect_unix(struct slice path);

/* The errno of what went wrong since it was last asked for; 0: nothing. */
int socket_error(int fd);

/* Who is at the two ends of a connection; ADDR_NONE if there is none yet. */
struct addr socket_self(int fd);
struct addr socket_peer(int fd);

/* Looks at up to n octets without taking them. As recv(2). */
ssize_t socket_peek(int fd, char *p, size_t n);

void socket_close(int fd);

#endif
