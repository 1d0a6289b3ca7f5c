/* A server's reply (RFC 5321 section 4.2), of one line or several. */
#ifndef SMTP_SMTP_REPLY_H
#define SMTP_SMTP_REPLY_H

#include "base/buf.h"

/* Octets and lines of a whole reply; EHLO's are the longest, and Dovecot's client
   reads 4096 octets a line. */
#define SMTP_MAX_REPLY (32 * 1024)
#define SMTP_MAX_REPLY_LINES 128
/* Octets of one reply as we write it, its line ends not counted: RFC 5321
   section 4.5.3.1.5 has 512 a line. */
#define SMTP_MAX_REPLY_TEXT 480

enum smtp_reply_parse {
	SMTP_REPLY_DONE,	/* one reply in *out, *used_out octets eaten */
	SMTP_REPLY_MORE,	/* not all of it is here yet; nothing eaten */
	SMTP_REPLY_BROKEN,	/* cannot become a reply, or is too long */
};

/* Borrows from the input. */
struct smtp_reply {
	unsigned code;		/* 200 to 599 */
	struct slice enhanced;	/* "2.1.5", if the first line has one of the
				   code's class; else empty */
	struct slice lines;	/* all lines as they came */
};

/* Reads one reply from the front of in. LF alone ends a line too. Keeps no state
   between calls, does not allocate. */
enum smtp_reply_parse smtp_reply_read(struct slice in, struct smtp_reply *out,
				      size_t *used_out);

/* Takes the next line off the front of *lines and gives its text, without code
   and line end. False when none is left. */
bool smtp_reply_next(struct slice *lines, struct slice *text_out);

/* Takes an enhanced status code (RFC 3463) of this class off the front of
   *text, and the blank behind it. Gives nothing if there is none. */
struct slice smtp_cut_enhanced(struct slice *text, unsigned code);

/* Appends the words of all lines, without codes, with "; " between lines. What a
   terminal or a log could take amiss becomes '?'; too much is cut. */
void smtp_reply_words(const struct smtp_reply *r, struct buf *out);

static inline bool
smtp_is_ok(unsigned code)
{
	return code / 100 == 2;
}

#endif
