/* What IMAP commands are made of: atoms, strings, literals, lists
   (RFC 9051 section 9; RFC 3501 is the same here), read as leniently as
   Dovecot 2.3 reads them before login. "Seen" below means seen on a running
   2.3.19.1. */
#ifndef IMAP_IMAP_ARG_H
#define IMAP_IMAP_ARG_H

#include "base/arena.h"
#include "base/slice.h"

/* A whole command, literals and line end included: two literals of LOGIN, or an
   ID of 3000 short pairs, which Dovecot takes. What a stranger can make us hold
   before login is this much and no more. */
#define IMAP_MAX_COMMAND 65536

/* One atom or quoted string as written, escapes counted and quotes not. Seen:
   a quoted string of 1025 octets ends in "* BYE Input buffer full, aborting".
   An atom of 1025 is one Dovecot still takes. */
#define IMAP_MAX_ARG 1024

/* Octets of one literal. Seen: Dovecot says "* BYE Literal size too large" when
   command and literal together pass 8192, and invites literals from 1027 on
   only to give up with "Input buffer full" while they arrive. Here whatever
   is invited is taken. */
#define IMAP_MAX_LITERAL 8192

/* Synchronising literals in one command. Each costs an invitation and a new
   reading from the start, so a packet full of {0} would cost seconds without
   this; an ID of Dovecot's proxy has one for each forwarded value that is not
   plain ASCII. */
#define IMAP_MAX_INVITATIONS 100

enum imap_arg_kind {
	IMAP_ARG_ATOM,
	IMAP_ARG_NIL,		/* an atom that is NIL, in any case */
	IMAP_ARG_QUOTED,	/* text: between the quotes, still escaped */
	IMAP_ARG_LITERAL,	/* text: the octets announced */
	IMAP_ARG_LIST,		/* text: for imap_list_next() */
};

/* Borrows from the input it was read from. */
struct imap_arg {
	enum imap_arg_kind kind;
	struct slice text;
};

/* RFC 9051 "string": quoted or literal, no atom. */
static inline bool
imap_arg_is_string(const struct imap_arg *arg)
{
	return arg->kind == IMAP_ARG_QUOTED || arg->kind == IMAP_ARG_LITERAL;
}

/* RFC 9051 "astring". NIL is one: seen, LOGIN u NIL tries the password "NIL",
   and LOGIN u nil the password "nil". */
static inline bool
imap_arg_is_astring(const struct imap_arg *arg)
{
	return arg->kind != IMAP_ARG_LIST;
}

/* The octets an astring stands for, never a NUL among them: arg->text itself,
   or a copy in a where escapes had to be resolved. Seen: a backslash stands for
   whatever octet follows, "\q" for "q", where the RFC knows two escapes. */
struct slice imap_arg_value(const struct imap_arg *arg, struct arena *a);

/* How many octets that is. */
size_t imap_arg_value_length(const struct imap_arg *arg);

/* Takes the next element off the front of *rest, which begins as the text of a
   list. False at the end of the list. Elements are never lists. */
bool imap_list_next(struct slice *rest, struct imap_arg *out);

/* ---- for the readers of whole lines -------------------------------------- */

enum imap_token {
	IMAP_TOKEN_ARG,		/* an argument, no list, in *out */
	IMAP_TOKEN_OPEN,	/* "(" */
	IMAP_TOKEN_CLOSE,	/* ")" */
	IMAP_TOKEN_END,		/* scan->at is where CRLF or LF stands */
	IMAP_TOKEN_MORE,	/* cut off */
	IMAP_TOKEN_LITERAL,	/* a synchronising literal may begin at scan->at
				   once its sender was invited */
	IMAP_TOKEN_BAD,		/* scan->problem; wrong from scan->at on */
	IMAP_TOKEN_TOO_LONG,	/* scan->problem; past a maximum above */
};

struct imap_scan {
	struct slice in;
	size_t at;		/* octets of in already read */
	size_t invited;		/* literals beginning up to here were invited */
	size_t invitations;	/* synchronising literals met */
	size_t max_arg;		/* for atoms and quoted strings */
	struct slice problem;	/* static words, fit for a reply */
};

/* Reads on behind any spaces. Neither spaces nor anything else need stand
   between a string and what follows it; seen: LOGIN "u""p" logs in. */
enum imap_token imap_token_next(struct imap_scan *scan, struct imap_arg *out);

/* RFC 9051 ATOM-CHAR, and % * \ ] besides: seen, Dovecot takes any visible
   ASCII character but ( ) { and the double quote. People do type passwords
   such as p%q without quotes. */
bool imap_is_atom_char(char c);

/* Looks for "{n}" or "{n+}" at the end of line, which has no CRLF. */
struct imap_literal_mark {
	struct slice digits;	/* at least one, of any value */
	bool nonsync;		/* there was a "+" (RFC 7888 section 4) */
};
bool imap_line_ends_in_literal(struct slice line,
			       struct imap_literal_mark *out);

/* The line that begins at in.p + at, without its CRLF or LF. False when its end
   is not here. *next_out is where the next line begins. */
bool imap_line_at(struct slice in, size_t at, struct slice *line_out,
		  size_t *next_out);

#endif
