#include "conf/conf_manual.h"

#include "conf/conf_doc.h"

/* What is said of one row; the tables' prose is no longer. */
#define MAX_PROSE 4096

/* ---- roff -------------------------------------------------------------- */

/* Where a word of many parts, a list of ciphers, may go on in the next line. */
static bool
may_break_behind(struct slice text, size_t i)
{
	char next = i + 1 < text.n ? text.p[i + 1] : '\0';

	return text.p[i] == ':' &&
	       (next == '!' || (next >= 'A' && next <= 'Z'));
}

/* What man(7) would take for something else. A dot in front of a line is cared
   for where lines are made. */
static void
add_escaped(struct slice text, struct buf *out)
{
	static const struct {
		char c;
		struct slice escape;
	} escapes[] = {
		{ '\\', SL("\\e") },   { '-', SL("\\-") },
		{ '~', SL("\\(ti") },  { '^', SL("\\(ha") },
		{ '\'', SL("\\(aq") }, { '`', SL("\\(ga") },
		{ '"', SL("\\(dq") },
	};

	for (size_t i = 0; i < text.n; i++) {
		struct slice s = { text.p + i, 1 };

		for (size_t k = 0; k < sizeof(escapes) / sizeof(escapes[0]); k++) {
			if (escapes[k].c == text.p[i])
				s = escapes[k].escape;
		}
		buf_add(out, s);
		if (may_break_behind(text, i))
			buf_add(out, SL("\\:"));
	}
}

/* One sentence, wrapped. None of ours begins with a dot, but a line of it may,
   with a word such as ".yaml". */
static void
add_sentence(struct slice text, struct buf *out)
{
	struct buf escaped, lines;
	struct slice rest, line;

	buf_init(&escaped, 8 * MAX_PROSE);
	buf_init(&lines, 8 * MAX_PROSE);
	add_escaped(text, &escaped);
	conf_doc_wrap(buf_slice(&escaped), SL(""), &lines);
	rest = buf_slice(&lines);
	while (slice_cut(&rest, '\n', &line)) {
		if (slice_starts(line, SL(".")))
			buf_add(out, SL("\\&"));
		BUF_ADD(out, line, SL("\n"));
	}
	buf_free(&escaped);
	buf_free(&lines);
}

/* A sentence a line, so that roff knows where they end. */
static void
add_paragraph(struct slice text, struct buf *out)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] != '.' || text.p[i + 1] != ' ')
			continue;
		add_sentence(slice_first(text, i + 1), out);
		text = slice_skip(text, i + 2);
		i = 0;
	}
	add_sentence(text, out);
}

/* ---- rows -------------------------------------------------------------- */

/* "(duration at most 1m; default 2s; Dovecot: auth_failure_delay)" */
static void
add_properties(const struct conf_table *table, const struct conf_field *f,
	       struct buf *out)
{
	buf_add_char(out, '(');
	conf_doc_kind(f, out);
	if (f->min != NULL || f->max != NULL) {
		buf_add(out, SL(" "));
		conf_doc_bounds(f, out);
	}
	if (f->only != NULL) {
		buf_add(out, SL("; only with "));
		conf_doc_only(table, f, out);
	}
	if (f->required)
		buf_add(out, SL("; required"));
	if (conf_doc_has_default(f)) {
		buf_add(out, SL("; default "));
		conf_doc_default(f, out);
	}
	if (f->dovecot != NULL)
		buf_addf(out, "; Dovecot: %s", f->dovecot);
	buf_add_char(out, ')');
}

static void
add_row(const struct conf_table *table, const struct conf_field *f,
	struct buf *out)
{
	struct buf text;

	buf_init(&text, MAX_PROSE);
	buf_add(out, SL(".TP\n\\fB"));
	add_escaped(slice_of(f->key), out);
	buf_add(out, SL("\\fR\n"));
	add_properties(table, f, &text);
	add_sentence(buf_slice(&text), out);
	buf_add(out, SL(".br\n"));
	add_paragraph(slice_of(f->doc), out);
	buf_free(&text);
}

/* ---- tables ------------------------------------------------------------ */

/* list is the row that names the table, in above. */
static void
add_table_rows(const struct conf_table *above, const struct conf_field *list,
	       struct buf *out)
{
	struct buf text;

	buf_init(&text, MAX_PROSE);
	add_paragraph(slice_of(list->table->doc), out);
	for (size_t i = 0; i < list->table->count; i++) {
		const struct conf_field *f = &list->table->fields[i];

		if (!conf_doc_is_inherited(above, list, f))
			add_row(list->table, f, out);
	}
	if (list->inherit != NULL) {
		buf_addf(&text, "Every key of %s can stand here too, for this "
			 "entry alone.", list->inherit);
		buf_add(out, SL(".PP\n"));
		add_paragraph(buf_slice(&text), out);
	}
	buf_free(&text);
}

/* Tables within tables; ours are two deep. */
static void
add_subsections(const struct conf_table *table, struct buf *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];

		if (f->table == NULL)
			continue;
		buf_add(out, SL(".SS "));
		add_escaped(slice_of(f->table->name), out);
		buf_add_char(out, '\n');
		add_table_rows(table, f, out);
		add_subsections(f->table, out);
	}
}

static void
add_section(const struct conf_table *root, const struct conf_field *f,
	    struct buf *out)
{
	buf_add(out, SL(".SH "));
	for (const char *c = f->key; *c != '\0'; c++) {
		char upper = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;

		buf_add_char(out, upper);
	}
	buf_add_char(out, '\n');
	add_table_rows(root, f, out);
	add_subsections(f->table, out);
}

void
conf_manual_write(const struct conf_table *root, struct buf *out)
{
	buf_add(out, SL(".SH SETTINGS\n"));
	for (size_t i = 0; i < root->count; i++)
		add_row(root, &root->fields[i], out);
	for (size_t i = 0; i < root->count; i++) {
		if (root->fields[i].table != NULL)
			add_section(root, &root->fields[i], out);
	}
}
