/* From YAML files to C structs, by a table.

   All that is wrong is said, not the first only; each complaint has its file,
   line and column. Files named by the top-level key "include" (a pattern or a
   list of them, relative to the file that includes) are read where they stand:
   lists of mappings grow from file to file, and a setting given twice is an
   error. So is a file included twice. */
#ifndef CONF_CONF_LOAD_H
#define CONF_CONF_LOAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf_field.h"

/* Included files that include files, and mappings within mappings. */
#define CONF_MAX_DEPTH 8
/* Octets of one file; the largest anyone has is a list of networks. */
#define CONF_MAX_FILE (16u << 20)
/* Beyond this nobody reads on. */
#define CONF_MAX_PROBLEMS 100

struct conf_problem {
	const char *file;
	size_t line, column;	/* from 1; 0 is the file as a whole */
	struct slice text;
};

struct conf_places;

/* Sorted by file and place; everything is in the arena given to the loader. */
struct conf_problems {
	struct conf_problem *v;
	size_t n;
	/* Where things were set, for complaints that only come up when they are
	   used. */
	const struct conf_places *places;
};

/* Fills members (zeroed, of table's size) from path and what it includes. What
   they point to is in a. False if there are problems; members is then good for
   nothing. */
bool conf_load_file(const struct conf_table *table, const char *path,
		    struct arena *a, void *members,
		    struct conf_problems *problems_out);

/* The same from text, which may not include. name stands for the file. */
bool conf_load_text(const struct conf_table *table, const char *name,
		    struct slice text, struct arena *a, void *members,
		    struct conf_problems *problems_out);

/* "file:line:column: text" */
void conf_problem_write(const struct conf_problem *p, struct buf *out);

/* "file:line:column: " of a member, or of what it is part of. */
void conf_place_write(const struct conf_places *places, const void *member,
		      struct buf *out);

#endif
