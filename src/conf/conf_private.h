/* What the files of the loader share: conf_load.c reads, conf_check.c keeps the
   complaints, conf_finish.c gives defaults and asks the tables' checks. */
#ifndef CONF_CONF_PRIVATE_H
#define CONF_CONF_PRIVATE_H

#include "conf/conf_load.h"

/* A place in a file. line is 0 for "nowhere in particular". */
struct conf_place {
	const char *file;
	size_t line, column;
};

/* Which member was set where. */
struct conf_mark {
	const void *member;
	size_t size;			/* of an item or a section; else 0 */
	const struct conf_field *field;	/* NULL: an item of a list */
	struct conf_place place;
	bool bad;			/* the value could not be read */
};

/* A file that was read. */
struct conf_file {
	struct conf_file *next;
	const char *path;
};

/* What was set, in the order it was. */
struct conf_places {
	struct conf_mark *v;
	size_t n, cap;
	const char *root_file;
};

struct conf_check {
	struct arena *a;
	struct conf_problems problems;
	struct conf_file *files;
	struct conf_places places;
	bool may_include;
};

/* A complaint at a place. */
void conf_complain_at(struct conf_check *c, struct conf_place at,
		      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Remembers where a member was set. */
void conf_mark(struct conf_check *c, struct conf_mark m);
/* NULL if it was not; valid until the next conf_mark(). field tells a section
   from its first member. */
struct conf_mark *conf_find_mark(const struct conf_check *c, const void *member,
				 const struct conf_field *field);

/* Gives what was left out its default, says what must not be left out, and if
   nothing is wrong so far asks the tables' checks. */
void conf_finish(struct conf_check *c, const struct conf_table *table,
		 void *members);

/* Sorts the complaints and frees what is not in the arena. True if there are no
   complaints. */
bool conf_check_end(struct conf_check *c, struct conf_problems *problems_out);

#endif
