/* The effective configuration as YAML: every setting, defaults included. */
#ifndef CONF_CONF_DUMP_H
#define CONF_CONF_DUMP_H

#include "base/buf.h"
#include "conf/conf_field.h"

/* What is read back gives the same settings. Without show_secrets, secrets
   come out as "(hidden)". */
void conf_dump(const struct conf_table *table, const void *members,
	       bool show_secrets, struct buf *out);

#endif
