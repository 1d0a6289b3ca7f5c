/* The first process: reads the configuration, opens what needs privileges,
   starts the roles and keeps them running. */
#ifndef ROLE_SUPERVISOR_H
#define ROLE_SUPERVISOR_H

#include "conf/settings.h"

/* Runs until it is told to end. path is the configuration file. Returns the exit
   status. */
int supervisor_run(const char *path);

/* Looks at what the settings name outside of themselves: files, users. Writes
   what is wrong into *problems, a line each. */
bool supervisor_check(const struct settings *s, struct buf *problems);

#endif
