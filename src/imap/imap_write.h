/* Strings on their way to a backend (RFC 9051 section 9 "string").

   What a backend must invite is found again in the written text itself, so that
   any number of literals can be written without a list of them:

	imap_write_string(&cmd, user, nonsync_max); ...
	struct imap_segments todo = { .rest = buf_slice(&cmd) };
	while (imap_segment_next(&todo, &segment))
		send segment; unless todo.rest is empty, wait for "+" */
#ifndef IMAP_IMAP_WRITE_H
#define IMAP_IMAP_WRITE_H

#include "base/buf.h"

/* The most a LITERAL- backend takes uninvited (RFC 7888 section 5). */
#define IMAP_LITERAL_MINUS_MAX 4096

/* Octets a literal may have that is sent without waiting, by the backend's
   capability list: SIZE_MAX with LITERAL+, 4096 with LITERAL-, 0 with neither:
   then every literal waits. */
size_t imap_nonsync_max(struct slice capabilities);

/* Appends s quoted, or as a literal if anything in it is not visible ASCII or a
   space, or if more than four characters would need a backslash: Dovecot's
   rule, so that backends see from us what they saw from it (a DEL, which it
   quotes, is a literal here). False, with out as it was, when s holds a NUL,
   which no IMAP string can, or does not fit. */
bool imap_write_string(struct buf *out, struct slice s, size_t nonsync_max);

/* The same, or NIL for NULL. */
bool imap_write_nstring(struct buf *out, const struct slice *s,
			size_t nonsync_max);

/* Where we are in whole commands, written with the above, that are being sent.
   Begins as { .rest = the text }. Borrows the text. */
struct imap_segments {
	struct slice rest;	/* what is to be sent yet */
	size_t literal;		/* that many in front are a literal's */
};

/* Takes off the front of s->rest what may be sent at once. False when nothing
   is left. When something is left afterwards, the backend's "+" must come
   first; if a tagged reply comes instead, the command ended there, and what
   belongs to it must not be sent. */
bool imap_segment_next(struct imap_segments *s, struct slice *segment_out);

#endif
