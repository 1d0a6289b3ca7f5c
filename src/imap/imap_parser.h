/* IMAP commands as clients send them before login (RFC 9051 section 9
   "command", RFC 7888 literals, RFC 4959 initial responses). */
#ifndef IMAP_IMAP_PARSER_H
#define IMAP_IMAP_PARSER_H

#include "imap/imap_arg.h"

/* Octets of a tag; seen: the 127th makes Dovecot answer "* BAD". */
#define IMAP_MAX_TAG 126

/* Octets of base64 in one SASL message, initial response or not. Seen: Dovecot
   hangs up at 8192. */
#define IMAP_MAX_SASL 8191

/* Arguments kept; LOGIN and AUTHENTICATE have two, ID one. More are read,
   checked and counted. */
#define IMAP_MAX_ARGS 3

enum imap_parse {
	IMAP_PARSE_DONE,	/* one command in *out, *used_out eaten */
	IMAP_PARSE_MORE,	/* not all of it is here yet; nothing eaten */
	IMAP_PARSE_LITERAL,	/* a synchronising literal is announced: say
				   "+ OK", then call again with *used_out as
				   invited; nothing eaten */
	IMAP_PARSE_BAD,		/* cannot become a command: *used_out octets
				   eaten, out->tag and out->problem are there */
	IMAP_PARSE_TOO_LONG,	/* will never end: say "* BYE " with
				   out->problem and close */
};

/* Borrows from the input. */
struct imap_command {
	struct slice tag;	/* empty: none that may be sent back, use "*" */
	struct slice name;	/* one atom, in the letters the client chose */
	struct imap_arg args[IMAP_MAX_ARGS];
	size_t arg_count;	/* a list is one; may pass IMAP_MAX_ARGS */
	struct slice problem;	/* static; Dovecot's words for it */
};

/* Reads one command from the front of in, which may hold less or more than one.
   CRLF ends a line, and LF alone does too, as in Dovecot; a CR elsewhere is
   BAD, and a TAB is no space.

   Keeps no state: pass all octets since the last command again, with invited
   0 for a new one, and the offset the last IMAP_PARSE_LITERAL gave after that.
   A client that did not wait to be invited (Dovecot's proxy does not) gets the
   same number of invitations as one that did.

   A command that is BAD is eaten to the end of its last line. A line that ends
   in "{n+}" is not the last: its octets are on the way whether we like it or
   not, and go too (RFC 7888 section 4). Dovecot takes them for commands and
   has been seen to answer a password with "<password> BAD". A "{n}" is not
   waited for, as no one was invited to send it. */
enum imap_parse imap_parse_command(struct slice in, size_t invited,
				   struct imap_command *out, size_t *used_out);

/* Reads one line of a SASL dialogue: *line_out is what stands before CRLF or
   LF, base64 or "*" or nonsense. DONE, MORE, or TOO_LONG past IMAP_MAX_SASL. */
enum imap_parse imap_parse_sasl_line(struct slice in, struct slice *line_out,
				     size_t *used_out);

#endif
