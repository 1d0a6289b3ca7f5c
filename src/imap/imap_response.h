/* What a backend says before the relay begins: greeting, capabilities, the
   answers to ID, STARTTLS and the login (RFC 9051 section 7 and section 9
   "response"). */
#ifndef IMAP_IMAP_RESPONSE_H
#define IMAP_IMAP_RESPONSE_H

#include "base/slice.h"

/* One line with its line end; seen: Dovecot takes 4096 octets and no more. */
#define IMAP_MAX_RESPONSE_LINE 4096

/* One response with its literals. Before login only an ID has any. */
#define IMAP_MAX_RESPONSE 16384

enum imap_line {
	IMAP_LINE_DONE,		/* one response in *out, *used_out eaten */
	IMAP_LINE_MORE,		/* not all of it is here yet; nothing eaten */
	IMAP_LINE_BROKEN,	/* the backend does not speak IMAP */
	IMAP_LINE_TOO_LONG,	/* past one of the maxima above */
};

enum imap_response_kind {
	IMAP_UNTAGGED,
	IMAP_CONTINUATION,	/* "+" alone, or "+ " and text */
	IMAP_TAGGED,
};

enum imap_status {
	IMAP_STATUS_NONE,	/* untagged data, or a continuation */
	IMAP_STATUS_OK,
	IMAP_STATUS_NO,
	IMAP_STATUS_BAD,
	IMAP_STATUS_BYE,	/* untagged only */
	IMAP_STATUS_PREAUTH,	/* untagged only */
};

/* Borrows from the input; what is not there is empty. */
struct imap_response {
	enum imap_response_kind kind;
	enum imap_status status;
	struct slice tag;	/* of a tagged one; any tag, ours or not */
	struct slice said;	/* all behind the tag, "*" or "+", without line
				   end: to be passed on under another tag */
	struct slice name;	/* of untagged data: its first word */
	struct slice code;	/* "UNAVAILABLE" in "NO [UNAVAILABLE] why" */
	struct slice code_args;	/* "A B" in "OK [CAPABILITY A B] hello" */
	struct slice text;	/* behind status and code, behind the name of
				   data (literals and all), behind "+ " */
};

/* Reads one response from the front of in. Keeps no state. Status words count
   in any case; seen: Dovecot takes a backend's "L ok" for a refusal. A tagged
   response without OK, NO or BAD is BROKEN, so is an empty line, and a NUL
   outside of a literal. LF alone ends a line, as in Dovecot.

   In untagged data a line that ends in "{n}" goes on behind n octets. Seen:
   Dovecot 2.3 reads those octets as lines, so that an ID value can forge the
   answer to the login. */
enum imap_line imap_parse_response(struct slice in, struct imap_response *out,
				   size_t *used_out);

/* The list in "* CAPABILITY list" or in a status's "[CAPABILITY list]". */
bool imap_response_capabilities(const struct imap_response *r,
				struct slice *list_out);

/* Names count in any case, and whole: "AUTH=PLAIN" is one. */
bool imap_capability_has(struct slice list, struct slice name);

#endif
