#include "conf/conf_sample.h"

#include "conf/conf_doc.h"

/* What is said of one row; the tables' prose is no longer. */
#define MAX_PROSE 4096

#define PROSE "# "
static const struct slice blanks = SL("                ");

static struct slice
indent(size_t depth)
{
	return slice_first(blanks, 2 * depth);
}

/* ---- prose ------------------------------------------------------------- */

static void
add_prose(struct slice text, size_t depth, struct buf *out)
{
	struct buf prefix;

	buf_init(&prefix, blanks.n + sizeof(PROSE));
	BUF_ADD(&prefix, indent(depth), SL(PROSE));
	conf_doc_wrap(text, buf_slice(&prefix), out);
	buf_free(&prefix);
}

/* One more of the properties in "(a; b; c)". */
static void
begin_property(struct buf *out)
{
	buf_add(out, out->n == 0 ? SL("(") : SL("; "));
}

/* What the value shown is, if it is not the default. */
static void
add_of_sample(const struct conf_field *f, struct buf *out)
{
	if (f->required) {
		begin_property(out);
		buf_add(out, SL("required"));
	}
	if (f->sample == NULL)
		return;
	begin_property(out);
	buf_add(out, SL("an example"));
	if (conf_doc_has_default(f)) {
		begin_property(out);
		buf_add(out, SL("default "));
		conf_doc_default(f, out);
	}
}

static void
add_limits(const struct conf_table *table, const struct conf_field *f,
	   struct buf *out)
{
	if (f->type == CONF_ENUM) {
		begin_property(out);
		conf_doc_kind(f, out);
	}
	if (f->min != NULL || f->max != NULL) {
		begin_property(out);
		conf_doc_bounds(f, out);
	}
	if (f->only != NULL) {
		begin_property(out);
		buf_add(out, SL("only with "));
		conf_doc_only(table, f, out);
	}
}

static void
add_properties(const struct conf_table *table, const struct conf_field *f,
	       size_t depth, struct buf *out)
{
	struct buf text;

	buf_init(&text, MAX_PROSE);
	if (f->table == NULL) {
		add_limits(table, f, &text);
		add_of_sample(f, &text);
	}
	if (f->dovecot != NULL) {
		begin_property(&text);
		buf_addf(&text, "Dovecot: %s", f->dovecot);
	}
	if (text.n > 0) {
		buf_add_char(&text, ')');
		add_prose(buf_slice(&text), depth, out);
	}
	buf_free(&text);
}

static void
add_row_prose(const struct conf_table *table, const struct conf_field *f,
	      size_t depth, struct buf *out)
{
	/* The rows of sections and lists only point at their tables. */
	add_prose(slice_of(f->table != NULL ? f->table->doc : f->doc), depth,
		  out);
	add_properties(table, f, depth, out);
}

/* ---- settings ---------------------------------------------------------- */

static void add_rows(const struct conf_table *table, size_t depth,
		     struct buf *out);

/* "#key: value", or "#- key: value" where an entry of a list begins. */
static void
add_setting(const struct conf_field *f, const char *front, size_t depth,
	    struct buf *out)
{
	BUF_ADD(out, indent(depth), SL("#"), slice_of(front), slice_of(f->key),
		SL(": "));
	if (f->sample != NULL)
		buf_add(out, slice_of(f->sample));
	else
		conf_doc_default(f, out);
	buf_add_char(out, '\n');
}

/* The entries of a list's sample, a line each. */
static void
add_example(const struct conf_field *list, size_t depth, struct buf *out)
{
	struct slice rest = slice_trim(slice_of(list->sample)), line;

	while (slice_cut(&rest, '\n', &line))
		BUF_ADD(out, indent(depth), SL("#"), line, SL("\n"));
	buf_add_char(out, '\n');
}

/* One entry with all the keys it can have. The first begins it; in YAML the
   others stand two columns further in. */
static void
add_entry(const struct conf_table *table, const struct conf_field *list,
	  size_t depth, struct buf *out)
{
	for (size_t i = 0; i < list->table->count; i++) {
		const struct conf_field *f = &list->table->fields[i];

		if (conf_doc_is_inherited(table, list, f))
			continue;
		if (i > 0)
			buf_add_char(out, '\n');
		add_row_prose(list->table, f, i == 0 ? depth : depth + 1, out);
		add_setting(f, i == 0 ? "- " : "", i == 0 ? depth : depth + 1,
			    out);
	}
}

static void
add_list(const struct conf_table *table, const struct conf_field *list,
	 size_t depth, struct buf *out)
{
	struct buf text;

	BUF_ADD(out, indent(depth), slice_of(list->key), SL(":\n"));
	add_example(list, depth + 1, out);
	add_prose(SL("All that an entry can say:"), depth + 1, out);
	buf_add_char(out, '\n');
	add_entry(table, list, depth + 1, out);
	if (list->inherit == NULL)
		return;
	buf_init(&text, MAX_PROSE);
	buf_addf(&text, "And every key of %s, for this entry alone.",
		 list->inherit);
	buf_add_char(out, '\n');
	add_prose(buf_slice(&text), depth + 2, out);
	buf_free(&text);
}

static void
add_row(const struct conf_table *table, const struct conf_field *f,
	size_t depth, struct buf *out)
{
	add_row_prose(table, f, depth, out);
	if (f->type == CONF_LIST) {
		add_list(table, f, depth, out);
	} else if (f->type == CONF_SECTION) {
		BUF_ADD(out, indent(depth), slice_of(f->key), SL(":\n"));
		add_rows(f->table, depth + 1, out);
	} else {
		add_setting(f, "", depth, out);
	}
}

static void
add_rows(const struct conf_table *table, size_t depth, struct buf *out)
{
	for (size_t i = 0; i < table->count; i++) {
		if (i > 0)
			buf_add_char(out, '\n');
		add_row(table, &table->fields[i], depth, out);
	}
}

/* ---- files ------------------------------------------------------------- */

bool
conf_sample_next(const struct conf_table *root, size_t *row,
		 struct slice *fragment_out)
{
	const struct conf_field *rows = root->fields;
	size_t i = *row;

	if (i == root->count)
		return false;
	*fragment_out = slice_of(rows[i].fragment);
	while (i < root->count &&
	       slice_eq(slice_of(rows[i].fragment), *fragment_out))
		i++;
	*row = i;
	return true;
}

void
conf_sample_fragment(const struct conf_table *root, struct slice fragment,
		     struct buf *out)
{
	add_prose(SL("Lines that begin with \"# \" explain. Take the \"#\" from "
		     "one without that blank to set what it says. The values are "
		     "the defaults, unless it says otherwise. See "
		     "usher.yaml(5)."), 0, out);
	for (size_t i = 0; i < root->count; i++) {
		const struct conf_field *f = &root->fields[i];

		if (!slice_eq(slice_of(f->fragment), fragment))
			continue;
		buf_add_char(out, '\n');
		add_row(root, f, 0, out);
	}
}

static void
add_contents(const struct conf_table *root, struct slice fragment,
	     struct buf *out)
{
	struct buf text, prefix;

	buf_init(&text, MAX_PROSE);
	buf_init(&prefix, 100);
	for (size_t i = 0; i < root->count; i++) {
		const struct conf_field *f = &root->fields[i];

		if (slice_eq(slice_of(f->fragment), fragment))
			buf_addf(&text, "%s%s", text.n > 0 ? ", " : "", f->key);
	}
	BUF_ADD(out, SL("#   "), fragment, SL(".yaml\n"));
	conf_doc_wrap(buf_slice(&text), SL("#       "), out);
	buf_free(&text);
	buf_free(&prefix);
}

void
conf_sample_main(const struct conf_table *root, struct buf *out)
{
	struct slice fragment;

	add_prose(SL("The configuration of usher. What can be set stands in the "
		     "files of conf.d/, each key with what it means and its "
		     "default:"), 0, out);
	buf_add(out, SL("#\n"));
	for (size_t row = 0; conf_sample_next(root, &row, &fragment);)
		add_contents(root, fragment, out);
	buf_add(out, SL("#\n"));
	add_prose(SL("Change them there, or put files of your own beside them: "
		     "lists such as listeners, auth and director.backends grow "
		     "from file to file, any other key stands once. \"usher -t\" "
		     "says what is wrong, with file, line and column. "
		     "usher.yaml(5) has all of it on one page."), 0, out);
	buf_add(out, SL("\ninclude: conf.d/*.yaml\n"));
}
