/* The settings as they stand in usher.yaml(5), in the macros of man(7). */
#ifndef CONF_CONF_MANUAL_H
#define CONF_CONF_MANUAL_H

#include "base/buf.h"
#include "conf/conf_field.h"

/* A section SETTINGS with the rows of root, then a section for each table they
   name, with a subsection for each table within. */
void conf_manual_write(const struct conf_table *root, struct buf *out);

#endif
