/* What the manual (conf_manual.h) and the sample configuration (conf_sample.h)
   say of a row, in the same words. Everything here appends to a buf that must be
   large enough: the tables are ours, so is the size of what is said of them. */
#ifndef CONF_CONF_DOC_H
#define CONF_CONF_DOC_H

#include "base/buf.h"
#include "conf/conf_field.h"

/* The longest line of prose. */
#define CONF_DOC_WIDTH 78

/* The words of text in lines no longer than CONF_DOC_WIDTH, prefix in front of
   each. A word that does not fit at all gets a line of its own. */
void conf_doc_wrap(struct slice text, struct slice prefix, struct buf *out);

/* "duration", "off, starttls or implicit", "list of mappings". */
void conf_doc_kind(const struct conf_field *f, struct buf *out);

/* "at least 1s", "from 1 to 99"; nothing without bounds. */
void conf_doc_bounds(const struct conf_field *f, struct buf *out);

/* "driver: passwd-file or static", for a row with .only. */
void conf_doc_only(const struct conf_table *table, const struct conf_field *f,
		   struct buf *out);

/* Whether there is a default that says something. */
bool conf_doc_has_default(const struct conf_field *f);
/* The default as it would stand in the file. */
void conf_doc_default(const struct conf_field *f, struct buf *out);

/* The rows of a list's entries that its .inherit section has too. */
bool conf_doc_is_inherited(const struct conf_table *table,
			   const struct conf_field *list,
			   const struct conf_field *row);

#endif
