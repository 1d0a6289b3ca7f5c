/* One row of a table is everything there is to say about one setting: how it is
   read, checked and defaulted, what the manual and the sample say of it, and
   what Dovecot calls it. Parser, manual and samples are made from the rows. */
#ifndef CONF_CONF_FIELD_H
#define CONF_CONF_FIELD_H

#include <stddef.h>

#include "base/addr.h"
#include "base/slice.h"
#include "base/vars.h"

/* What a setting's value is in C. Texts have a NUL behind them and live as long
   as the configuration. */
enum conf_type {
	CONF_BOOL,	/* bool; yes, no */
	CONF_COUNT,	/* uint64_t */
	CONF_SIZE,	/* uint64_t octets; 64k, 16M */
	CONF_DURATION,	/* int64_t milliseconds; 5s, 15m, never (CONF_NEVER) */
	CONF_ENUM,	/* int, one of .words */
	CONF_TEXT,	/* struct slice */
	CONF_SECRET,	/* struct slice that dumps do not show */
	CONF_TEXTS,	/* struct conf_texts; a list, or a single text */
	CONF_NETS,	/* struct addr_nets; networks as 10.0.0.0/8 or ::1 */
	CONF_ENDPOINTS,	/* struct conf_endpoints; *:143, [::1]:143 */
	CONF_VARS,	/* struct vars; a mapping of texts */
	CONF_SECTION,	/* the struct of .table */
	CONF_LIST,	/* struct conf_list of .table's structs */
};

#define CONF_NEVER INT64_MAX

struct conf_texts {
	struct slice *v;
	size_t n;
};

/* Where to listen. With any, both IPv4 and IPv6, and addr has the port only. */
struct conf_endpoint {
	struct addr addr;
	bool any;
};

struct conf_endpoints {
	struct conf_endpoint *v;
	size_t n;
};

/* Pointers to n structs of the table's size. */
struct conf_list {
	void **v;
	size_t n;
};

#define CONF_ITEM(list, tag, i) ((struct tag *)(list).v[i])

struct conf_word {
	const char *word;
	int value;
};

struct conf_table;

struct conf_field {
	const char *key;
	enum conf_type type;
	size_t at;			/* offset in the table's struct */
	const char *def;		/* as an operator would write it; NULL
					   leaves the member zeroed */
	const char *min, *max;		/* for numbers; NULL: none */
	const struct conf_word *words;	/* CONF_ENUM; ends with a NULL word */
	const struct conf_table *table;	/* CONF_SECTION, CONF_LIST */
	bool required;
	const char *only;		/* the words of the table's selector for
					   which this key has a meaning,
					   separated by blanks; NULL: all */
	const char *inherit;		/* CONF_LIST: the key of the section
					   that gives what an item leaves out */
	const char *sample;		/* what the sample file shows instead of
					   the default; YAML */
	const char *fragment;		/* top level: the file of conf.d/ that
					   shows it */
	const char *dovecot;		/* the same setting's name there */
	const char *doc;		/* sentences */
};

/* Names the member that a row fills. */
#define CONF_AT(tag, member) .at = offsetof(struct tag, member)

struct conf_check;

struct conf_table {
	const char *name;		/* as the manual calls it */
	size_t size;
	const struct conf_field *fields;
	size_t count;
	const char *selector;		/* key of the CONF_ENUM that .only means */
	const char *doc;
	/* Looks at settings together, once all of them are in. */
	void (*check)(struct conf_check *c, void *members);
};

#define CONF_FIELDS(rows) .fields = rows, .count = sizeof(rows) / sizeof(rows[0])

/* NULL if the table has no such key. */
const struct conf_field *conf_field_find(const struct conf_table *table,
					 struct slice key);

/* The key most like a misspelt one, or NULL if none comes near. */
const char *conf_field_nearest(const struct conf_table *table,
			       struct slice key);

/* Whether f has a meaning in this struct: its .only names what the table's
   selector says here. */
bool conf_field_applies(const struct conf_table *table,
			const struct conf_field *f, const void *members);

/* The word for an enum's value; NULL if there is none. */
const char *conf_word_of(const struct conf_word *words, int value);

/* ---- for .check functions ---------------------------------------------- */

/* Complains about a member (any address within the loaded structs) at the
   place it was set, or at the place of the struct it belongs to. text says what
   is wrong and what would be right. */
void conf_complain(struct conf_check *c, const void *member, const char *fmt,
		   ...) __attribute__((format(printf, 3, 4)));

/* Whether the operator set it, as opposed to a default. */
bool conf_is_set(const struct conf_check *c, const void *member);

#endif
