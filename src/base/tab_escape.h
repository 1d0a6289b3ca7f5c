/* Dovecot's escaping of what stands between TABs, in its auth protocol and in the
   lists of forwarded variables: the octets 0, 1, TAB, CR and LF become 0x01 and a
   letter (spec: dovecot-forwarding.md section 3.1). */
#ifndef BASE_TAB_ESCAPE_H
#define BASE_TAB_ESCAPE_H

#include "base/arena.h"
#include "base/buf.h"

bool tab_escape(struct slice s, struct buf *out);

/* 0x01 and any other letter is that letter; alone at the end it goes. The copy is
   in a; s itself comes back if there is nothing to do. */
struct slice tab_unescape(struct slice s, struct arena *a);

#endif
