/* Lines: all that POP3 is made of before the login. */
#ifndef POP3_POP3_LINE_H
#define POP3_POP3_LINE_H

#include "base/slice.h"

/* Octets behind a command's word; seen: Dovecot hangs up at 1025, and reads as
   many in XCLIENT (spec: dovecot-forwarding.md section 5.4). */
#define POP3_MAX_ARGUMENTS 1024
/* The longest command's word with the blank behind it. */
#define POP3_MAX_WORD 16
#define POP3_MAX_COMMAND (POP3_MAX_WORD + POP3_MAX_ARGUMENTS)
/* A line of a SASL dialogue, in base64. */
#define POP3_MAX_SASL 8192
/* A line of a backend's. */
#define POP3_MAX_REPLY 4096

enum pop3_parse {
	POP3_PARSE_DONE,	/* one line in *line_out, *used_out octets eaten */
	POP3_PARSE_MORE,	/* its end is not here yet; nothing eaten */
	POP3_PARSE_TOO_LONG,	/* past max octets, CRLF not counted */
};

/* Reads one line from the front of in. LF alone ends it too, as in Dovecot; a CR
   before the LF is no part of it. Keeps no state, does not allocate. */
enum pop3_parse pop3_parse_line(struct slice in, size_t max,
				struct slice *line_out, size_t *used_out);

struct pop3_command {
	struct slice word;	/* in the letters the client chose */
	struct slice args;	/* all behind the first blank, as it is */
};

/* Takes a line apart. A line with a NUL in it, or a CR that is not its end, has
   no word: it is no command. */
struct pop3_command pop3_command_of(struct slice line);

struct pop3_reply {
	bool ok;		/* +OK; else -ERR */
	struct slice code;	/* "SYS/TEMP" in "-ERR [SYS/TEMP] why"; may be
				   empty (RFC 2449 section 8) */
	struct slice text;	/* behind status and code */
};

/* False if line is neither +OK nor -ERR, or has a NUL in it or a CR that is not its
   end. Status words count in capitals only, as the RFC has them. */
bool pop3_reply_of(struct slice line, struct pop3_reply *reply_out);

#endif
