/* Single values: from the operator's text, and back. */
#ifndef CONF_CONF_VALUE_H
#define CONF_CONF_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf_field.h"

/* Reads text as field's type (any but sections, lists and mappings; one element
   of a list type) into *member. For list types the element is appended. On
   failure writes into wrong, for a person, what would be right. */
bool conf_value_read(const struct conf_field *field, struct slice text,
		     struct arena *a, void *member, struct buf *wrong);

/* Appends element i of the value as conf_value_read() takes it; plain values
   have one element. */
void conf_value_write(const struct conf_field *field, const void *member,
		      size_t i, struct buf *out);

/* How many elements the value has: 1 for plain types. */
size_t conf_value_count(const struct conf_field *field, const void *member);

/* "a duration such as 5s", "yes or no", "off, starttls or implicit". */
void conf_value_describe(const struct conf_field *field, struct buf *out);

/* Whether a list is written in YAML. */
bool conf_type_is_list(enum conf_type type);

#endif
