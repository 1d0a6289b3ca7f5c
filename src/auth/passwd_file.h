/* Dovecot's passwd-file as a list of users: read whole, looked up in memory,
   and read again when it changed. What a line holds: passwd_line.h.

   Memory: the file's size, and eight octets a user; while it is being read
   again, twice that. Reading blocks: about a second for a million users.

   A file that is being written is not believed. A changed file counts once it
   has been left alone for PASSWD_FILE_SETTLE_MS: by its mtime, or, should the
   clocks of this machine and the file's disagree, because it has looked the
   same for so long. Until then the old content serves. There is no old content
   when the file is opened: then all whole lines of it serve, and a last line
   without its end waits until the file has settled. From then on such a line
   counts, as it does in Dovecot. A file moved into its place is seen at the
   next check if it was finished before. */
#ifndef AUTH_PASSWD_FILE_H
#define AUTH_PASSWD_FILE_H

#include "auth/passwd_line.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/vars.h"

/* A larger file is not read; the octet offsets of the index are 32 bits. */
#define PASSWD_FILE_MAX ((size_t)256 << 20)
/* How often the file is looked at. Dovecot looks once a second too. */
#define PASSWD_FILE_CHECK_MS 1000
#define PASSWD_FILE_SETTLE_MS 2000
/* A file that has not settled for so long is worth a word in the log. */
#define PASSWD_FILE_PATIENCE_MS 30000
/* A line with more extra fields than this cannot be used. */
#define PASSWD_FILE_MAX_FIELDS 256

struct passwd_file;

/* What the file says of one user. */
struct passwd_entry {
	/* Borrowed until the next refresh or free. password.n == 0 means that
	   none was given: there is nothing then that a client's password could
	   match. (Dovecot takes it as an empty one.) */
	struct slice password, scheme;	/* as in struct passwd_line */
	/* In the arena given, in the line's order; a name that comes twice
	   keeps its first place and has its last value. Without those that
	   begin with "userdb_", and without "password" and
	   "password_noscheme", which Dovecot complains about and ignores. */
	struct vars extra;
};

/* Reads path, which must be a regular file. Nothing is given if that fails. */
struct err *passwd_file_open(const char *path, struct passwd_file **file_out)
	__attribute__((warn_unused_result));

/* Wipes what it held. */
void passwd_file_free(struct passwd_file **file);

/* Looks whether the file changed, at most once in PASSWD_FILE_CHECK_MS, and
   reads it then. To be called before lookups. An error is for the log only, the
   file is as good as it can be after it:
   - The file cannot be read. What was read before serves on. Said once, and
     again only when the words of it change or it was well in between.
   - Lines were left out ("path:line: why"), of what was opened or read. Said
     once a reading. */
struct err *passwd_file_refresh(struct passwd_file *file)
	__attribute__((warn_unused_result));

/* Looks up user, whose name compares octet by octet. *known_out says whether
   there is one, *entry_out is filled if so and nothing is wrong.

   Variables in values are expanded, as in Dovecot: %u, %n, %d (of user), with
   L for lower case, and %%. Neither names nor passwords are. A '%' that is none
   of these is an error, which costs this one user the login, as in Dovecot
   (which knows more variables, and drops a '%' at the end). Errors have
   path:line. */
struct err *passwd_file_find(const struct passwd_file *file, struct slice user,
			     struct arena *a, bool *known_out,
			     struct passwd_entry *entry_out)
	__attribute__((warn_unused_result));

/* How many users there are. */
size_t passwd_file_users(const struct passwd_file *file);

#endif
