/* A user's name in the form something wants it: Dovecot's %u, %n and %d, with
   the modifier L for lower case ("%Lu"). */
#ifndef BASE_USER_FORMAT_H
#define BASE_USER_FORMAT_H

#include "base/buf.h"

/* True if format has nothing but text, %%, %u, %n, %d and these with L. */
bool user_format_valid(struct slice format);

/* True if it says anything of the user at all. format is valid. */
bool user_format_names_user(struct slice format);

/* Appends format with user put in. %n is what stands before the first '@', or
   all of it; %d what stands behind it, or nothing. format is valid. */
bool user_format_expand(struct slice format, struct slice user,
			struct buf *out);

#endif
