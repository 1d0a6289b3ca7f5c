#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

#include "base/mem.h"

struct err {
	enum err_kind kind;
	char *text;
};

static struct err *
make(enum err_kind kind, char *text)
{
	struct err *e = mem_zalloc(sizeof(*e));

	e->kind = kind;
	e->text = text;
	return e;
}

static char *format(const char *fmt, va_list args)
	__attribute__((format(printf, 1, 0)));

static char *
format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	return text;
}

/* "front: back"; takes front over. */
static char *
join(char *front, const char *back)
{
	char *text;

	if (asprintf(&text, "%s: %s", front, back) < 0)
		abort();
	free(front);
	return text;
}

struct err *
err_new(enum err_kind kind, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	return make(kind, text);
}

struct err *
err_wrap(struct err *cause, const char *fmt, ...)
{
	va_list args;
	char *front;

	va_start(args, fmt);
	front = format(fmt, args);
	va_end(args);
	front = join(front, cause->text);
	free(cause->text);
	cause->text = front;
	return cause;
}

struct err *
err_errno(const char *fmt, ...)
{
	int number = errno;
	va_list args;
	char *front;

	va_start(args, fmt);
	front = format(fmt, args);
	va_end(args);
	return make(ERR_SYSTEM, join(front, strerror(number)));
}

enum err_kind
err_kind(const struct err *e)
{
	return e->kind;
}

const char *
err_text(const struct err *e)
{
	return e->text;
}

void
err_free(struct err **e)
{
	if (e == NULL || *e == NULL)
		return;
	free((*e)->text);
	free(*e);
	*e = NULL;
}
