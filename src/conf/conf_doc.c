#include "conf/conf_doc.h"

#include "conf/conf_value.h"

void
conf_doc_wrap(struct slice text, struct slice prefix, struct buf *out)
{
	size_t column = 0;
	struct slice word;

	while (slice_cut_word(&text, &word)) {
		if (column > 0 && column + 1 + word.n > CONF_DOC_WIDTH) {
			buf_add_char(out, '\n');
			column = 0;
		}
		buf_add(out, column == 0 ? prefix : SL(" "));
		column += (column == 0 ? prefix.n : 1) + word.n;
		buf_add(out, word);
	}
	if (column > 0)
		buf_add_char(out, '\n');
}

/* "a, b or c" */
static void
add_alternative(struct slice word, bool first, bool last, struct buf *out)
{
	if (!first)
		buf_add(out, last ? SL(" or ") : SL(", "));
	buf_add(out, word);
}

void
conf_doc_kind(const struct conf_field *f, struct buf *out)
{
	static const char *const kinds[] = {
		[CONF_BOOL] = "yes or no",
		[CONF_COUNT] = "number",
		[CONF_SIZE] = "size",
		[CONF_DURATION] = "duration",
		[CONF_ENUM] = NULL,
		[CONF_TEXT] = "text",
		[CONF_SECRET] = "text, kept secret",
		[CONF_TEXTS] = "list of texts",
		[CONF_NETS] = "list of networks",
		[CONF_ENDPOINTS] = "list of addresses with a port",
		[CONF_VARS] = "mapping of names to texts",
		[CONF_SECTION] = "mapping",
		[CONF_LIST] = "list of mappings",
	};

	if (f->type != CONF_ENUM) {
		buf_add(out, slice_of(kinds[f->type]));
		return;
	}
	for (const struct conf_word *w = f->words; w->word != NULL; w++)
		add_alternative(slice_of(w->word), w == f->words,
				w[1].word == NULL, out);
}

void
conf_doc_bounds(const struct conf_field *f, struct buf *out)
{
	if (f->min != NULL && f->max != NULL)
		buf_addf(out, "from %s to %s", f->min, f->max);
	else if (f->min != NULL)
		buf_addf(out, "at least %s", f->min);
	else if (f->max != NULL)
		buf_addf(out, "at most %s", f->max);
}

void
conf_doc_only(const struct conf_table *table, const struct conf_field *f,
	      struct buf *out)
{
	struct slice rest = slice_of(f->only), word;
	bool first = true;

	BUF_ADD(out, slice_of(table->selector), SL(": "));
	while (slice_cut_word(&rest, &word)) {
		add_alternative(word, first, slice_trim(rest).n == 0, out);
		first = false;
	}
}

bool
conf_doc_has_default(const struct conf_field *f)
{
	return f->def != NULL && f->def[0] != '\0';
}

/* Whether YAML takes s for a text as it stands, in a list too. */
static bool
is_plain(struct slice s, bool in_list)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (s.n == 0 || strchr(letters, s.p[0]) == NULL)
		return s.n > 0 && s.p[0] == '/' && !slice_has(s, ' ');
	for (size_t i = 0; i < s.n; i++) {
		const char *more = in_list ? "0123456789-_" :
					     "0123456789-_+.:!/ ";

		if (strchr(letters, s.p[i]) == NULL &&
		    strchr(more, s.p[i]) == NULL)
			return false;
		if (s.p[i] == ':' && (i + 1 == s.n || s.p[i + 1] == ' '))
			return false;
	}
	return true;
}

static void
add_scalar(struct slice s, bool in_list, struct buf *out)
{
	if (is_plain(s, in_list))
		buf_add(out, s);
	else
		BUF_ADD(out, SL("\""), s, SL("\""));
}

void
conf_doc_default(const struct conf_field *f, struct buf *out)
{
	struct slice rest = slice_of(f->def), item;
	bool first = true;

	if (f->type == CONF_TEXT || f->type == CONF_SECRET) {
		add_scalar(rest, false, out);
		return;
	}
	if (!conf_type_is_list(f->type)) {
		buf_add(out, rest);
		return;
	}
	buf_add_char(out, '[');
	while (slice_cut_word(&rest, &item)) {
		buf_add(out, first ? SL("") : SL(", "));
		add_scalar(item, true, out);
		first = false;
	}
	buf_add_char(out, ']');
}

bool
conf_doc_is_inherited(const struct conf_table *table,
		      const struct conf_field *list,
		      const struct conf_field *row)
{
	const struct conf_field *base;

	if (list->inherit == NULL)
		return false;
	base = conf_field_find(table, slice_of(list->inherit));
	return conf_field_find(base->table, slice_of(row->key)) != NULL;
}
