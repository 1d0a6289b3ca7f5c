/* The configuration as it is installed: a short usher.yaml, and files in conf.d/
   where every key stands in a comment, with what it means and its default.

   A line "# words" explains; "#key: value", without a blank, is a setting, and
   taking the '#' away sets it. The names of sections and lists stand without '#':
   with nothing below them they say nothing. */
#ifndef CONF_CONF_SAMPLE_H
#define CONF_CONF_SAMPLE_H

#include "base/buf.h"
#include "conf/conf_field.h"

/* Gives the fragments one after the other, as the rows of root name them: *row
   is 0 before the first call, and moves on. False when there are no more. */
bool conf_sample_next(const struct conf_table *root, size_t *row,
		      struct slice *fragment_out);

/* The file conf.d/<fragment>.yaml. */
void conf_sample_fragment(const struct conf_table *root, struct slice fragment,
			  struct buf *out);

/* usher.yaml, which includes them all. */
void conf_sample_main(const struct conf_table *root, struct buf *out);

#endif
