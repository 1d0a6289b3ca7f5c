/* A list of variables in one value, as Dovecot writes it into XCLIENT FORWARD and
   XRCPTFORWARD (spec: dovecot-forwarding.md section 3.1 and 3.2): "name=value"
   elements, tab-escaped, with TABs between them. */
#ifndef CORE_FORWARD_LIST_H
#define CORE_FORWARD_LIST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vars.h"

/* Appends the first count of the variables. Never an element without '=', which
   some Dovecots take for a field of their own. False if it does not fit. */
bool forward_list_write(const struct vars *variables, size_t count,
			struct buf *out);

/* Adds what list holds to *variables; texts are in a. An element without '=' is
   a name with an empty value. */
void forward_list_read(struct slice list, struct arena *a,
		       struct vars *variables);

#endif
