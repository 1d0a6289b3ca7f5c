/* Defaults, and checks across settings. */
#include "conf/conf_private.h"

#include "conf/conf_value.h"

static size_t
size_of_type(enum conf_type type)
{
	switch (type) {
	case CONF_BOOL:
		return sizeof(bool);
	case CONF_COUNT:
	case CONF_SIZE:
	case CONF_DURATION:
		return sizeof(uint64_t);
	case CONF_ENUM:
		return sizeof(int);
	case CONF_TEXT:
	case CONF_SECRET:
		return sizeof(struct slice);
	case CONF_TEXTS:
		return sizeof(struct conf_texts);
	case CONF_NETS:
		return sizeof(struct addr_nets);
	case CONF_ENDPOINTS:
		return sizeof(struct conf_endpoints);
	case CONF_VARS:
		return sizeof(struct vars);
	case CONF_LIST:
		return sizeof(struct conf_list);
	case CONF_SECTION:
		break;
	}
	return 0;
}

static void finish(struct conf_check *c, const struct conf_table *table,
		   void *members, const struct conf_table *base_table,
		   const void *base);

/* Defaults go through the parser an operator's text goes through. */
static void
set_default(struct conf_check *c, const struct conf_field *f, void *member)
{
	struct slice rest = slice_of(f->def), item;
	struct buf wrong;

	buf_init(&wrong, 1024);
	if (!conf_type_is_list(f->type)) {
		if (!conf_value_read(f, rest, c->a, member, &wrong))
			abort();	/* a table row is wrong */
	} else {
		while (slice_cut_word(&rest, &item)) {
			if (!conf_value_read(f, item, c->a, member, &wrong))
				abort();
		}
	}
	buf_free(&wrong);
}

/* Whether the table's selector was set, or has a default, that can be read:
   else nobody knows which keys have a meaning here. */
static bool
knows_selector(const struct conf_check *c, const struct conf_table *table,
	       const void *members)
{
	const struct conf_field *selector =
		conf_field_find(table, slice_of(table->selector));
	const struct conf_mark *m = conf_find_mark(
		c, (const char *)members + selector->at, selector);

	return m == NULL ? selector->def != NULL : !m->bad;
}

/* True if f has a meaning in this struct; complains if it has none and is set
   all the same. */
static bool
applies(struct conf_check *c, const struct conf_table *table,
	const struct conf_field *f, const void *members)
{
	const struct conf_mark *m =
		conf_find_mark(c, (const char *)members + f->at, f);
	const struct conf_field *selector;
	int value;

	if (f->only != NULL && !knows_selector(c, table, members))
		return false;
	if (conf_field_applies(table, f, members))
		return true;
	selector = conf_field_find(table, slice_of(table->selector));
	memcpy(&value, (const char *)members + selector->at, sizeof(value));
	if (m != NULL)
		conf_complain_at(c, m->place,
				 "%s: has no meaning with %s: %s; it belongs "
				 "to %s", f->key, table->selector,
				 conf_word_of(selector->words, value), f->only);
	return false;
}

/* Takes f's value from the struct that gives what this one leaves out. */
static bool
take_from_base(const struct conf_field *f, void *member,
	       const struct conf_table *base_table, const void *base)
{
	const struct conf_field *theirs;

	if (base == NULL)
		return false;
	theirs = conf_field_find(base_table, slice_of(f->key));
	if (theirs == NULL)
		return false;
	memcpy(member, (const char *)base + theirs->at, size_of_type(f->type));
	return true;
}

static void
complain_missing(struct conf_check *c, const struct conf_table *table,
		 const struct conf_field *f, const void *members)
{
	struct buf right;

	buf_init(&right, 1024);
	conf_value_describe(f, &right);
	conf_complain(c, members, "%s: %s is missing; it takes %.*s",
		      table->name, f->key, SL_FMT(buf_slice(&right)));
	buf_free(&right);
}

static void
finish_list(struct conf_check *c, const struct conf_table *table,
	    const struct conf_field *f, const struct conf_list *list,
	    void *members)
{
	const struct conf_field *base = NULL;

	if (f->inherit != NULL)
		base = conf_field_find(table, slice_of(f->inherit));
	for (size_t i = 0; i < list->n; i++)
		finish(c, f->table, list->v[i],
		       base == NULL ? NULL : base->table,
		       base == NULL ? NULL : (char *)members + base->at);
}

static void
finish_field(struct conf_check *c, const struct conf_table *table,
	     const struct conf_field *f, void *members,
	     const struct conf_table *base_table, const void *base)
{
	void *member = (char *)members + f->at;

	if (f->type == CONF_SECTION) {
		finish(c, f->table, member, NULL, NULL);
		return;
	}
	if (f->type == CONF_LIST)
		finish_list(c, table, f, member, members);
	if (!applies(c, table, f, members) ||
	    conf_find_mark(c, member, f) != NULL)
		return;
	if (take_from_base(f, member, base_table, base))
		return;
	if (f->def != NULL)
		set_default(c, f, member);
	else if (f->required)
		complain_missing(c, table, f, members);
}

/* Gives what was left out its default, and says what must not be left out.
   Sections come first: items of a list may take from them. */
static void
finish(struct conf_check *c, const struct conf_table *table, void *members,
       const struct conf_table *base_table, const void *base)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->fields[i].type == CONF_SECTION)
			finish_field(c, table, &table->fields[i], members,
				     base_table, base);
	}
	for (size_t i = 0; i < table->count; i++) {
		if (table->fields[i].type != CONF_SECTION)
			finish_field(c, table, &table->fields[i], members,
				     base_table, base);
	}
}

static void
check(struct conf_check *c, const struct conf_table *table, void *members)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];
		void *member = (char *)members + f->at;
		const struct conf_list *list = member;

		if (f->type == CONF_SECTION)
			check(c, f->table, member);
		for (size_t k = 0; f->type == CONF_LIST && k < list->n; k++)
			check(c, f->table, list->v[k]);
	}
	if (table->check != NULL)
		table->check(c, members);
}

void
conf_finish(struct conf_check *c, const struct conf_table *table, void *members)
{
	finish(c, table, members, NULL, NULL);
	/* Values that could not be read would only cause more complaints. */
	if (c->problems.n == 0)
		check(c, table, members);
}
