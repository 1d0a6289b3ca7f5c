/* What the files of the password schemes share. */
#ifndef AUTH_SCHEME_PRIVATE_H
#define AUTH_SCHEME_PRIVATE_H

#include "auth/scheme.h"
#include "base/buf.h"

enum scheme_coding { SCHEME_TEXT, SCHEME_BASE64, SCHEME_HEX };

/* One row of the table. */
struct scheme {
	struct slice name;
	enum scheme_coding coding;	/* unless the suffix says otherwise */
	size_t size;			/* of decoded data; 0: any */
	const char *digest;		/* OpenSSL's name for it, or NULL */
	/* data is decoded; stored is never empty without braces, and password
	   has no NUL. */
	enum scheme_verdict (*verify)(const struct scheme *scheme,
				      struct slice data, struct slice password,
				      const char **why_out);
};

/* One function a family. */
enum scheme_verdict scheme_verify_crypt(const struct scheme *scheme,
					struct slice data,
					struct slice password,
					const char **why_out);
enum scheme_verdict scheme_verify_pbkdf2(const struct scheme *scheme,
					 struct slice data,
					 struct slice password,
					 const char **why_out);
enum scheme_verdict scheme_verify_scram(const struct scheme *scheme,
					struct slice data,
					struct slice password,
					const char **why_out);
#ifdef HAVE_ARGON2
enum scheme_verdict scheme_verify_argon2(const struct scheme *scheme,
					 struct slice data,
					 struct slice password,
					 const char **why_out);
#endif

/* For "return scheme_broken(why_out, ...)". */
static inline enum scheme_verdict
scheme_broken(const char **why_out, const char *why)
{
	*why_out = why;
	return SCHEME_BROKEN;
}

static inline enum scheme_verdict
scheme_judge(bool same)
{
	return same ? SCHEME_MATCH : SCHEME_MISMATCH;
}

/* Appends what the hex digits of s, of either case, stand for. False, with out
   as it was, if s is not that or does not fit. */
bool scheme_unhex(struct slice s, struct buf *out);

#endif
