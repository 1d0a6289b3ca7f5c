/* One line of a client's, and the command in it. */
#ifndef SMTP_SMTP_LINE_H
#define SMTP_SMTP_LINE_H

#include "base/slice.h"

/* Octets of a command, its line end not counted. RFC 5321 section 4.5.3.1.4 has
   512 and lets extensions add to it; Dovecot takes 4096. */
#define SMTP_MAX_COMMAND 4096
/* AUTH and what answers its challenges (RFC 4954 section 4). */
#define SMTP_MAX_SASL 12288
/* A line that is too long is passed over; past this who sends it means no
   mail. */
#define SMTP_MAX_JUNK (64 * 1024)

enum smtp_parse {
	SMTP_PARSE_DONE,	/* one line in *line_out, *used_out octets eaten */
	SMTP_PARSE_MORE,	/* its end is not here yet; nothing eaten */
	SMTP_PARSE_TOO_LONG,	/* past max; *used_out octets are to be dropped,
				   and what follows them to the next LF */
};

struct smtp_line {
	struct slice text;	/* without its end; borrows from the input */
	bool bare_lf;		/* it ended in LF alone */
};

/* Reads one line from the front of in. Keeps no state, does not allocate. */
enum smtp_parse smtp_parse_line(struct slice in, size_t max,
				struct smtp_line *line_out, size_t *used_out);

struct smtp_command {
	struct slice verb;	/* as the client wrote it; empty: no command */
	struct slice args;	/* behind the first blank, ends trimmed */
	bool followed;		/* more octets came with it; the reader's to set */
};

/* Takes a line apart. With a NUL in it, or a CR that is not its end, it is no
   command. */
struct smtp_command smtp_command_of(struct slice line);

/* What a web browser says, or the head of a message: somebody is made to say this
   to us who does not know SMTP. */
bool smtp_is_foreign(struct slice line);

#endif
