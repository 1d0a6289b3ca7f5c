/* Message content on its way from a client to backends: as DATA or BDAT chunks on
   one side, always as DATA on the other (spec: smtp-proxying.md sections 6, 7).

   End of data is CR LF . CR LF and nothing else. What comes out has no LF without
   CR, no CR without LF, and no line that is a dot alone, so that no server reads
   an end where another reads none (SMTP smuggling). */
#ifndef SMTP_SMTP_CONTENT_H
#define SMTP_SMTP_CONTENT_H

#include "base/slice.h"

/* Only so much of a message is searched for Received fields. */
#define SMTP_MAX_HEADER (256 * 1024)

enum smtp_content_step {
	SMTP_CONTENT_PIECE,	/* *piece_out is to be written; perhaps empty */
	SMTP_CONTENT_MORE,	/* needs more input; nothing eaten */
	SMTP_CONTENT_END,	/* the client's last octet is eaten */
	SMTP_CONTENT_BARE_LF,	/* a line end that is none, which is not taken; */
	SMTP_CONTENT_BARE_CR,	/* nothing eaten */
};

/* Begun by smtp_content_begin(). */
struct smtp_content {
	bool chunked;		/* BDAT: dots mean nothing */
	bool strict;		/* bare line ends are not taken */
	bool in_header;
	bool held_cr;		/* chunked: a CR ended the last chunk */
	uint8_t at;
	uint8_t matched;	/* of "received:", in this line */
	uint64_t octets;	/* of the client's that were eaten */
	uint64_t hops;		/* Received fields so far */
};

void smtp_content_begin(struct smtp_content *c, bool chunked, bool strict);

/* From here on bare line ends are taken: for the rest of a message that is
   refused, whose end has to be found all the same. */
void smtp_content_forgive(struct smtp_content *c);

/* Takes octets off the front of in and gives what is to be written for them,
   which borrows from in or is static. Chunked content never asks for more while
   in has an octet. Does not allocate. */
enum smtp_content_step smtp_content_next(struct smtp_content *c,
					 struct slice in,
					 struct slice *piece_out,
					 size_t *used_out);

/* What ends the message on the other side, after the last piece. With held_cr
   strict content had a bare CR at its end: false then. */
bool smtp_content_finish(const struct smtp_content *c, struct slice *end_out);

#endif
