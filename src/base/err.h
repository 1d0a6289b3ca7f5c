/* Errors: who must act, what happened, and what lay beneath it.

   NULL is success. Expected outcomes (more bytes needed, user unknown) are
   enums of the function concerned, not errors. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_CONFIG,	/* the operator wrote something we cannot run with */
	ERR_PEER,	/* the other side broke its protocol */
	ERR_DENIED,	/* credentials or policy said no */
	ERR_BUSY,	/* temporary: a retry, or another backend, may work */
	ERR_SYSTEM,	/* the kernel, the disk or a library failed */
	ERR_BUG,	/* cannot happen */
};

struct err;

/* Gives an error to be freed with err_free(). */
struct err *err_new(enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), warn_unused_result));

/* Takes cause over and puts words in front of it; the kind stays the cause's:
   "load conf.d/tls.yaml: line 4: unknown key". */
struct err *err_wrap(struct err *cause, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), warn_unused_result));

/* ERR_SYSTEM with the words of errno: "open /etc/x: No such file". */
struct err *err_errno(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), warn_unused_result));

enum err_kind err_kind(const struct err *e);
/* Borrowed from e. */
const char *err_text(const struct err *e);

/* NULL is welcome, at both levels. */
void err_free(struct err **e);

#endif
