/* The PEM files that the settings name, read by the supervisor (who may) for the
   workers (who may not), and looked at again as time goes by. */
#ifndef ROLE_FILES_H
#define ROLE_FILES_H

#include "base/err.h"
#include "base/ipc.h"
#include "conf/settings.h"

struct files;

/* Reads all of them. settings is borrowed. Errors name the file and the
   setting; all of them go into *problems, a line each, and NULL comes back. */
struct files *files_read(const struct settings *settings, struct buf *problems);
void files_free(struct files **f);

/* True if one of the files is another than when it was read. */
bool files_changed(const struct files *f);

/* Sends certificates and authorities to a worker. */
void files_send(const struct files *f, struct ipc *worker);

#endif
