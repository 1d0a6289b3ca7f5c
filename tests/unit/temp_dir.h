/* A folder for one test's files, gone with everything in it afterwards. */
#ifndef TESTS_UNIT_TEMP_DIR_H
#define TESTS_UNIT_TEMP_DIR_H

#include "base/arena.h"
#include "base/buf.h"

struct temp_dir {
	struct slice path;
	struct arena arena;	/* of all the names */
};

/* These fail the test when the file system does not play along. */
void temp_dir_make(struct temp_dir *dir);
void temp_dir_remove(struct temp_dir *dir);

/* The whole name of a file in it, with a NUL behind; valid as long as dir. */
struct slice temp_dir_path(struct temp_dir *dir, const char *name);

/* Writes a file, and folders on the way to it. */
void temp_dir_write(struct temp_dir *dir, const char *name, struct slice text);

/* Appends what a file holds. */
void temp_dir_read(struct temp_dir *dir, const char *name, struct buf *out);

#endif
