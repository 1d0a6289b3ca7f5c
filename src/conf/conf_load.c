#include "conf/conf_load.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <unistd.h>
#include <yaml.h>

#include "base/mem.h"
#include "conf/conf_value.h"

/* A place in a file. line is 0 for "nowhere in particular". */
struct place {
	const char *file;
	size_t line, column;
};

/* Which member was set where. */
struct mark {
	const void *member;
	size_t size;			/* of an item or a section; else 0 */
	const struct conf_field *field;	/* NULL: an item of a list */
	struct place place;
	bool bad;			/* the value could not be read */
};

/* A file that was read. */
struct file {
	struct file *next;
	const char *path;
};

struct conf_check {
	struct arena *a;
	struct conf_problems problems;
	struct file *files;
	struct mark *marks;
	size_t mark_count, mark_cap;
	const char *root_file;
	bool may_include;
};

/* One YAML file while it is being read. */
struct source {
	struct conf_check *c;
	yaml_document_t doc;
	const char *file;
	size_t depth;
};

/* ---- complaints -------------------------------------------------------- */

static void
add_problem(struct conf_check *c, struct place at, struct slice text)
{
	struct conf_problem *p;

	if (c->problems.n == CONF_MAX_PROBLEMS)
		return;
	if (c->problems.v == NULL)
		c->problems.v = arena_alloc(
			c->a, CONF_MAX_PROBLEMS * sizeof(*c->problems.v));
	p = &c->problems.v[c->problems.n++];
	p->file = at.file;
	p->line = at.line;
	p->column = at.column;
	p->text = text;
}

static void complain_at(struct conf_check *c, struct place at, const char *fmt,
			...) __attribute__((format(printf, 3, 4)));

static void
complain_at(struct conf_check *c, struct place at, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	add_problem(c, at, arena_copy(c->a, slice_of(text)));
	free(text);
}

static int
by_place(const void *one, const void *other)
{
	const struct conf_problem *a = one, *b = other;
	int order = strcmp(a->file, b->file);

	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

void
conf_problem_write(const struct conf_problem *p, struct buf *out)
{
	buf_add(out, slice_of(p->file));
	if (p->line > 0)
		buf_addf(out, ":%zu:%zu", p->line, p->column);
	BUF_ADD(out, SL(": "), p->text);
}

/* ---- where things were set --------------------------------------------- */

static void
mark(struct conf_check *c, struct mark m)
{
	if (c->mark_count == c->mark_cap) {
		c->mark_cap = c->mark_cap == 0 ? 64 : c->mark_cap * 2;
		c->marks = mem_realloc(c->marks,
				       c->mark_cap * sizeof(*c->marks));
	}
	c->marks[c->mark_count++] = m;
}

static struct mark *
find_mark(const struct conf_check *c, const void *member,
	  const struct conf_field *field)
{
	for (size_t i = 0; i < c->mark_count; i++) {
		if (c->marks[i].member == member && c->marks[i].field == field)
			return &c->marks[i];
	}
	return NULL;
}

/* A section begins at the address of its first member: a mark of the member
   itself is the better one. */
static const struct mark *
best_mark(const struct conf_check *c, const void *member)
{
	const struct mark *best = NULL;

	for (size_t i = 0; i < c->mark_count; i++) {
		const struct mark *m = &c->marks[i];

		if (m->member == member &&
		    (best == NULL || (m->field != NULL &&
				      m->field->type != CONF_SECTION)))
			best = m;
	}
	return best;
}

bool
conf_is_set(const struct conf_check *c, const void *member)
{
	const struct mark *m = best_mark(c, member);

	return m != NULL && m->field != NULL && m->field->type != CONF_SECTION;
}

/* The entry of a list or the section that member lies in: the innermost one that
   stands in a file. */
static const struct mark *
enclosing_mark(const struct conf_check *c, const void *member)
{
	const struct mark *best = NULL;
	uintptr_t at = (uintptr_t)member;

	for (size_t i = 0; i < c->mark_count; i++) {
		const struct mark *m = &c->marks[i];
		uintptr_t start = (uintptr_t)m->member;

		if (at >= start && at - start < m->size &&
		    (best == NULL || m->size < best->size))
			best = m;
	}
	return best;
}

void
conf_complain(struct conf_check *c, const void *member, const char *fmt, ...)
{
	const struct mark *m = best_mark(c, member);
	struct place at = { .file = c->root_file };
	va_list args;
	char *text;

	if (m == NULL)
		m = enclosing_mark(c, member);
	if (m != NULL)
		at = m->place;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();	/* out of memory, as in mem.c */
	va_end(args);
	add_problem(c, at, arena_copy(c->a, slice_of(text)));
	free(text);
}

/* ---- YAML nodes -------------------------------------------------------- */

static struct place
place_of(const struct source *s, const yaml_node_t *node)
{
	return (struct place){ s->file, node->start_mark.line + 1,
			       node->start_mark.column + 1 };
}

static yaml_node_t *
node_at(struct source *s, int index)
{
	return yaml_document_get_node(&s->doc, index);
}

static struct slice
scalar_text(const yaml_node_t *node)
{
	return (struct slice){ (const char *)node->data.scalar.value,
			       node->data.scalar.length };
}

/* "key:" with nothing behind it. */
static bool
is_nothing(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (node->data.scalar.length == 0 ||
		slice_eq(scalar_text(node), SL("~")) ||
		slice_eq(scalar_text(node), SL("null")));
}

static const char *
kind_of(const yaml_node_t *node)
{
	if (is_nothing(node))
		return "nothing";
	switch (node->type) {
	case YAML_MAPPING_NODE:
		return "a mapping";
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_SCALAR_NODE:
	case YAML_NO_NODE:
		break;
	}
	return "a single value";
}

static void
complain_kind(struct source *s, const struct conf_field *f,
	      const yaml_node_t *node)
{
	struct buf right;

	buf_init(&right, 1024);
	conf_value_describe(f, &right);
	complain_at(s->c, place_of(s, node), "%s: here is %s, it takes %.*s",
		    f->key, kind_of(node), SL_FMT(buf_slice(&right)));
	buf_free(&right);
}

/* ---- values ------------------------------------------------------------ */

static void apply_mapping(struct source *s, const struct conf_table *table,
			  yaml_node_t *node, void *members, size_t depth);

static bool
read_scalar(struct source *s, const struct conf_field *f, yaml_node_t *node,
	    void *member)
{
	struct buf wrong;
	bool good;

	if (node->type != YAML_SCALAR_NODE ||
	    (is_nothing(node) && f->type != CONF_SECRET)) {
		complain_kind(s, f, node);
		return false;
	}
	buf_init(&wrong, 1024);
	good = conf_value_read(f, scalar_text(node), s->c->a, member, &wrong);
	if (!good)
		complain_at(s->c, place_of(s, node), "%.*s",
			    SL_FMT(buf_slice(&wrong)));
	buf_free(&wrong);
	return good;
}

static void
apply_scalar(struct source *s, const struct conf_field *f, yaml_node_t *node,
	     void *member)
{
	if (!read_scalar(s, f, node, member))
		find_mark(s->c, member, f)->bad = true;
}

static void
apply_texts(struct source *s, const struct conf_field *f, yaml_node_t *node,
	    void *member)
{
	if (is_nothing(node))
		return;
	if (node->type != YAML_SEQUENCE_NODE) {
		apply_scalar(s, f, node, member);
		return;
	}
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++)
		apply_scalar(s, f, node_at(s, *i), member);
}

static bool
is_text(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	       !slice_has(scalar_text(node), '\0');
}

static void
apply_vars(struct source *s, const struct conf_field *f, yaml_node_t *node,
	   struct vars *vars)
{
	if (is_nothing(node))
		return;
	if (node->type != YAML_MAPPING_NODE) {
		complain_kind(s, f, node);
		return;
	}
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		yaml_node_t *key = node_at(s, p->key);
		yaml_node_t *value = node_at(s, p->value);

		if (!is_text(key) || !is_text(value))
			complain_at(s->c, place_of(s, value),
				    "%s: a name and its value must be texts",
				    f->key);
		else if (vars_find(vars, scalar_text(key)) != NULL)
			complain_at(s->c, place_of(s, key),
				    "%s: %.*s is there already; each name "
				    "can stand once", f->key,
				    SL_FMT(scalar_text(key)));
		else
			vars_set(vars, s->c->a, scalar_text(key),
				 scalar_text(value));
	}
}

static void
apply_list(struct source *s, const struct conf_field *f, yaml_node_t *node,
	   struct conf_list *list, size_t depth)
{
	size_t more;

	if (is_nothing(node))
		return;
	if (node->type != YAML_SEQUENCE_NODE) {
		complain_kind(s, f, node);
		return;
	}
	more = (size_t)(node->data.sequence.items.top -
			node->data.sequence.items.start);
	void **grown = arena_alloc(s->c->a, (list->n + more) * sizeof(*grown));

	if (list->n > 0)
		memcpy(grown, list->v, list->n * sizeof(*grown));
	list->v = grown;
	for (size_t i = 0; i < more; i++) {
		yaml_node_t *item =
			node_at(s, node->data.sequence.items.start[i]);
		void *members = arena_alloc(s->c->a, f->table->size);

		/* What is no mapping is complained of; it is no item either,
		   in which something could be missing. */
		if (item->type == YAML_MAPPING_NODE)
			list->v[list->n++] = members;
		mark(s->c, (struct mark){ .member = members,
					  .size = f->table->size,
					  .place = place_of(s, item) });
		apply_mapping(s, f->table, item, members, depth + 1);
	}
}

static void
apply_value(struct source *s, const struct conf_field *f, yaml_node_t *node,
	    void *member, size_t depth)
{
	switch (f->type) {
	case CONF_SECTION:
		if (!is_nothing(node))
			apply_mapping(s, f->table, node, member, depth + 1);
		return;
	case CONF_LIST:
		apply_list(s, f, node, member, depth);
		return;
	case CONF_VARS:
		apply_vars(s, f, node, member);
		return;
	case CONF_TEXTS:
	case CONF_NETS:
	case CONF_ENDPOINTS:
		apply_texts(s, f, node, member);
		return;
	case CONF_BOOL:
	case CONF_COUNT:
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_ENUM:
	case CONF_TEXT:
	case CONF_SECRET:
		apply_scalar(s, f, node, member);
		return;
	}
}

static void
complain_unknown(struct source *s, const struct conf_table *table,
		 yaml_node_t *key)
{
	const char *nearest = conf_field_nearest(table, scalar_text(key));

	if (nearest != NULL)
		complain_at(s->c, place_of(s, key),
			    "%.*s: there is no such key in %s; did you mean "
			    "%s?", SL_FMT(scalar_text(key)), table->name,
			    nearest);
	else
		complain_at(s->c, place_of(s, key),
			    "%.*s: there is no such key in %s",
			    SL_FMT(scalar_text(key)), table->name);
}

/* Lists and sections may be given in pieces; anything else once. */
static bool
first_time(struct source *s, const struct conf_field *f, yaml_node_t *key,
	   const void *member)
{
	const struct mark *m = find_mark(s->c, member, f);
	size_t size = f->type == CONF_SECTION ? f->table->size : 0;

	if (m == NULL) {
		mark(s->c, (struct mark){ .member = member, .size = size,
					  .field = f,
					  .place = place_of(s, key) });
		return true;
	}
	if (f->type == CONF_SECTION || f->type == CONF_LIST)
		return true;
	complain_at(s->c, place_of(s, key),
		    "%s: is set already, at %s:%zu:%zu; it can stand once",
		    f->key, m->place.file, m->place.line, m->place.column);
	return false;
}

static void read_includes(struct source *s, yaml_node_t *node,
			  const struct conf_table *table, void *members);

static void
apply_pair(struct source *s, const struct conf_table *table, yaml_node_t *key,
	   yaml_node_t *value, void *members, size_t depth)
{
	const struct conf_field *f;
	void *member;

	if (key->type != YAML_SCALAR_NODE) {
		complain_at(s->c, place_of(s, key),
			    "a key must be a single word");
		return;
	}
	if (depth == 0 && slice_eq(scalar_text(key), SL("include"))) {
		read_includes(s, value, table, members);
		return;
	}
	f = conf_field_find(table, scalar_text(key));
	if (f == NULL) {
		complain_unknown(s, table, key);
		return;
	}
	member = (char *)members + f->at;
	if (first_time(s, f, key, member))
		apply_value(s, f, value, member, depth);
}

static void
apply_mapping(struct source *s, const struct conf_table *table,
	      yaml_node_t *node, void *members, size_t depth)
{
	if (node->type != YAML_MAPPING_NODE) {
		complain_at(s->c, place_of(s, node),
			    "%s: here is %s, it takes a mapping of settings",
			    table->name, kind_of(node));
		return;
	}
	/* Only a mapping that contains itself gets that deep. */
	if (depth > CONF_MAX_DEPTH) {
		complain_at(s->c, place_of(s, node), "nested too deeply");
		return;
	}
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++)
		apply_pair(s, table, node_at(s, p->key), node_at(s, p->value),
			   members, depth);
}

/* ---- files ------------------------------------------------------------- */

/* Where the octet at offset stands; a column is a character. */
static struct place
place_of_octet(const char *file, struct slice text, size_t offset)
{
	struct place at = { file, 1, 1 };

	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n') {
			at.line++;
			at.column = 1;
		} else if (((unsigned char)text.p[i] & 0xc0) != 0x80) {
			at.column++;
		}
	}
	return at;
}

static void
complain_syntax(struct conf_check *c, const char *file, struct slice text,
		const yaml_parser_t *parser)
{
	struct place at = { file, parser->problem_mark.line + 1,
			    parser->problem_mark.column + 1 };
	bool has_context = parser->context != NULL;

	/* What is no text at all is found before lines are counted. */
	if (parser->error == YAML_READER_ERROR)
		at = place_of_octet(file, text, parser->problem_offset);
	complain_at(c, at, "not YAML: %s%s%s",
		    parser->problem == NULL ? "cannot be read" :
					      parser->problem,
		    has_context ? ", " : "",
		    has_context ? parser->context : "");
}

/* What stands behind the document is read by nobody, so it must be nothing. */
static void
check_rest(struct source *s, struct slice text, yaml_parser_t *parser)
{
	yaml_node_t *root;
	bool more;

	do {
		if (!yaml_parser_load(parser, &s->doc)) {
			complain_syntax(s->c, s->file, text, parser);
			return;
		}
		root = yaml_document_get_root_node(&s->doc);
		more = root != NULL && is_nothing(root);
		if (root != NULL && !more)
			complain_at(s->c, place_of(s, root), "here a second "
				    "document begins; a file has one");
		yaml_document_delete(&s->doc);
	} while (more);
}

static void
apply_text(struct conf_check *c, const char *file, struct slice text,
	   const struct conf_table *table, void *members, size_t depth)
{
	struct source s = { .c = c, .file = file, .depth = depth };
	yaml_parser_t parser;
	yaml_node_t *root;

	if (!yaml_parser_initialize(&parser))
		abort();	/* out of memory, as in mem.c */
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p,
				     text.n);
	if (!yaml_parser_load(&parser, &s.doc)) {
		complain_syntax(c, file, text, &parser);
	} else {
		root = yaml_document_get_root_node(&s.doc);
		/* A file of nothing but comments has no root. */
		if (root != NULL && !is_nothing(root))
			apply_mapping(&s, table, root, members, 0);
		yaml_document_delete(&s.doc);
		if (root != NULL)
			check_rest(&s, text, &parser);
	}
	yaml_parser_delete(&parser);
}

/* False, with errno, if path cannot be read. */
static bool
read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), number;
	ssize_t n;

	if (fd < 0)
		return false;
	do {
		size_t room;
		char *p = buf_space(out, 64 * 1024, &room);

		n = read(fd, p, room);
		if (n > 0)
			buf_grew(out, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	number = n < 0 ? errno : out->n > CONF_MAX_FILE ? EFBIG : 0;
	close(fd);
	errno = number;
	return number == 0;
}

/* Files may meet again in a pattern that matches the file it stands in: their
   lists would be doubled, and their includes without end. */
static bool
first_reading(struct conf_check *c, const char *path)
{
	struct file *f;

	for (f = c->files; f != NULL; f = f->next) {
		if (strcmp(f->path, path) == 0)
			return false;
	}
	f = arena_alloc(c->a, sizeof(*f));
	f->path = path;
	f->next = c->files;
	c->files = f;
	return true;
}

/* path lives as long as the arena. */
static void
apply_file(struct conf_check *c, const char *path, struct place from,
	   const struct conf_table *table, void *members, size_t depth)
{
	struct buf text;

	if (depth > CONF_MAX_DEPTH) {
		complain_at(c, from, "%s: includes nested too deeply", path);
		return;
	}
	if (!first_reading(c, path)) {
		complain_at(c, from, "%s: is read already; each file is "
			    "included once", path);
		return;
	}
	buf_init(&text, CONF_MAX_FILE + 1);	/* one more is too many */
	if (read_file(path, &text))
		apply_text(c, path, buf_slice(&text), table, members, depth);
	else
		complain_at(c, from, "%s: cannot be read: %s", path,
			    strerror(errno));
	buf_free(&text);
}

/* pattern, or file's directory and pattern. */
static struct slice
beside(struct source *s, struct slice pattern)
{
	const char *slash = strrchr(s->file, '/');

	if (slice_starts(pattern, SL("/")) || slash == NULL)
		return arena_copy(s->c->a, pattern);
	return arena_printf(s->c->a, "%.*s/%.*s", (int)(slash - s->file),
			    s->file, SL_FMT(pattern));
}

static void
read_include(struct source *s, yaml_node_t *node,
	     const struct conf_table *table, void *members)
{
	struct slice pattern;
	glob_t found = { 0 };
	int result;

	if (node->type != YAML_SCALAR_NODE || is_nothing(node)) {
		complain_at(s->c, place_of(s, node),
			    "include: takes a file name or a pattern such as "
			    "conf.d/*.yaml");
		return;
	}
	pattern = beside(s, scalar_text(node));
	result = glob(pattern.p, GLOB_NOMAGIC, NULL, &found);
	if (result != 0 && result != GLOB_NOMATCH)
		complain_at(s->c, place_of(s, node), "include: %s: %s",
			    pattern.p, strerror(errno));
	for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
		struct slice path = arena_copy(s->c->a,
					       slice_of(found.gl_pathv[i]));

		apply_file(s->c, path.p, place_of(s, node), table, members,
			   s->depth + 1);
	}
	globfree(&found);
}

static void
read_includes(struct source *s, yaml_node_t *node,
	      const struct conf_table *table, void *members)
{
	if (!s->c->may_include) {
		complain_at(s->c, place_of(s, node),
			    "include: cannot be used here");
		return;
	}
	if (node->type != YAML_SEQUENCE_NODE) {
		read_include(s, node, table, members);
		return;
	}
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++)
		read_include(s, node_at(s, *i), table, members);
}

/* ---- defaults and checks ----------------------------------------------- */

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

/* Whether the table's selector was set, or has a default, that can be read: else
   nobody knows which keys have a meaning here. */
static bool
knows_selector(const struct conf_check *c, const struct conf_table *table,
	       const void *members)
{
	const struct conf_field *selector =
		conf_field_find(table, slice_of(table->selector));
	const struct mark *m =
		find_mark(c, (const char *)members + selector->at, selector);

	return m == NULL ? selector->def != NULL : !m->bad;
}

/* True if f has a meaning in this struct; complains if it has none and is set
   all the same. */
static bool
applies(struct conf_check *c, const struct conf_table *table,
	const struct conf_field *f, const void *members)
{
	const struct mark *m = find_mark(c, (const char *)members + f->at, f);
	const struct conf_field *selector;
	int value;

	if (f->only != NULL && !knows_selector(c, table, members))
		return false;
	if (conf_field_applies(table, f, members))
		return true;
	selector = conf_field_find(table, slice_of(table->selector));
	memcpy(&value, (const char *)members + selector->at, sizeof(value));
	if (m != NULL)
		complain_at(c, m->place,
			    "%s: has no meaning with %s: %s; it belongs to %s",
			    f->key, table->selector,
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
	if (!applies(c, table, f, members) || find_mark(c, member, f) != NULL)
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

static bool
end(struct conf_check *c, const struct conf_table *table, void *members,
    struct conf_problems *problems_out)
{
	finish(c, table, members, NULL, NULL);
	/* Values that could not be read would only cause more complaints. */
	if (c->problems.n == 0)
		check(c, table, members);
	if (c->problems.n > 0)
		qsort(c->problems.v, c->problems.n, sizeof(*c->problems.v),
		      by_place);
	free(c->marks);
	*problems_out = c->problems;
	return c->problems.n == 0;
}

bool
conf_load_file(const struct conf_table *table, const char *path,
	       struct arena *a, void *members,
	       struct conf_problems *problems_out)
{
	struct slice name = arena_copy(a, slice_of(path));
	struct conf_check c = { .a = a, .root_file = name.p,
				.may_include = true };

	apply_file(&c, name.p, (struct place){ .file = name.p }, table,
		   members, 0);
	return end(&c, table, members, problems_out);
}

bool
conf_load_text(const struct conf_table *table, const char *name,
	       struct slice text, struct arena *a, void *members,
	       struct conf_problems *problems_out)
{
	struct conf_check c = { .a = a, .root_file = name };

	apply_text(&c, name, text, table, members, 0);
	return end(&c, table, members, problems_out);
}
