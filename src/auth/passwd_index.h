/* Who stands where in the text of a passwd-file: eight octets a user, so that a
   million of them cost 8 MB beside the text itself. */
#ifndef AUTH_PASSWD_INDEX_H
#define AUTH_PASSWD_INDEX_H

#include "auth/passwd_line.h"

/* More are counted, but not kept: nobody reads on. */
#define PASSWD_INDEX_PROBLEMS 8

/* A line that is left out. */
struct passwd_problem {
	const char *why;
	size_t line;		/* from 1 */
	size_t first_line;	/* where the same user stands already, or 0 */
};

struct passwd_index {
	uint64_t *v;	/* sorted; each a hash and an offset, 32 bits each */
	size_t n;	/* users */
	struct passwd_problem problems[PASSWD_INDEX_PROBLEMS];
	size_t problem_count;	/* may be more than are kept */
};

/* Text is of less than 4 GiB, and is the same at every call. Lines end with LF
   or CR LF; the last may end without. Of several lines for one user the first
   counts, as in Dovecot. To be freed with passwd_index_free(). */
void passwd_index_make(struct slice text, struct passwd_index *index_out);
void passwd_index_free(struct passwd_index *index);

/* Names compare octet by octet. *at_out is where the line begins. */
bool passwd_index_find(const struct passwd_index *index, struct slice text,
		       struct slice user, struct passwd_line *line_out,
		       size_t *at_out);

/* The number, from 1, of the line that begins at octet at. Reads all of the
   text before it. */
size_t passwd_index_line(struct slice text, size_t at);

#endif
