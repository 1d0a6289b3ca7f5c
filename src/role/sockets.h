/* The listening sockets, opened once and kept by the supervisor for as long as
   the address is in the configuration: a worker that dies or retires leaves its
   queue to the next, and nobody who connects meanwhile is refused. */
#ifndef ROLE_SOCKETS_H
#define ROLE_SOCKETS_H

#include "base/err.h"
#include "base/ipc.h"
#include "conf/settings.h"

struct sockets;

struct sockets *sockets_make(void);
void sockets_free(struct sockets **s);

/* Sees to it that there is a socket for each worker at every address. What is
   new is kept by sockets_commit() or closed by sockets_rollback(). False if some
   could not be opened: those go into *problems, a line each. */
bool sockets_open(struct sockets *s, const struct settings *settings,
		  size_t workers, struct buf *problems);

/* These settings are in use: what is new stays, and those whose address is in
   none of the settings' listeners are closed. */
void sockets_commit(struct sockets *s, const struct settings *settings);
/* Closes what is new: nobody would ever accept from it. */
void sockets_rollback(struct sockets *s);

/* Sends worker number index of so many the sockets that are its own. */
void sockets_send(const struct sockets *s, const struct settings *settings,
		  size_t index, size_t workers, struct ipc *worker);

/* The UNIX socket for usherctl; replaces one that nobody listens on any more. */
struct err *sockets_open_admin(const struct admin_conf *conf, int *fd_out)
	__attribute__((warn_unused_result));

#endif
