/* One line of Dovecot's passwd-file:

	user:password:uid:gid:gecos:home:shell:extra fields

   Everything behind the user may be missing. uid to shell are Dovecot's userdb
   and not looked at. As Dovecot 2.3.19 was seen to do:
   - Empty lines, and lines that begin with '#' or ':', say nothing. A blank
     before the '#' makes it a user's name.
   - There is no escaping: a password ends at the first ':', with a backslash
     before it too. The extra fields run to the end of the line, colons and all.
   - Blanks belong to the user or the password they stand beside.
   - Extra fields stand between spaces; a TAB is a part of the value. Without a
     '=' the value is empty.
   - An empty field where the extra fields should begin is the format of old:
     nothing behind it counts.
   - password[13], as libpam-pwdfile writes it, is crypt(3); [34] is PLAIN-MD5.

   On purpose otherwise: Dovecot cuts a line off at a NUL, which leaves a user
   without a password where a crashed machine left a hole in the file. Such a
   line is refused here. So is one that is too long; Dovecot has no limit. */
#ifndef AUTH_PASSWD_LINE_H
#define AUTH_PASSWD_LINE_H

#include "base/slice.h"
#include "base/vars.h"

/* The longest password and some dozens of fields have room many times. */
#define PASSWD_LINE_MAX 65536

enum passwd_line_kind {
	PASSWD_LINE_USER,
	PASSWD_LINE_NOTHING,	/* a comment, say */
	PASSWD_LINE_REFUSED,	/* *why_out says why */
};

/* Slices borrow from the line. */
struct passwd_line {
	struct slice user;	/* never empty */
	struct slice password;	/* as written, with its {SCHEME}; empty if none
				   was given */
	struct slice scheme;	/* what password is if it names no scheme; empty
				   if that is the reader's to say */
	struct slice extra;	/* for passwd_line_field() */
};

/* Reads one line, without its end. */
enum passwd_line_kind passwd_line_parse(struct slice line,
					struct passwd_line *out,
					const char **why_out);

/* Takes the next extra field off the front of *extra. False when none is left.
   A name may be empty (Dovecot's auth process crashes over "=x"). */
bool passwd_line_field(struct slice *extra, struct var *field_out);

#endif
