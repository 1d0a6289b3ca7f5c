#include "conf/conf_load.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <unistd.h>
#include <yaml.h>

#include "conf/conf_private.h"
#include "conf/conf_value.h"

/* One YAML file while it is being read. */
struct source {
	struct conf_check *c;
	yaml_document_t doc;
	const char *file;
	size_t depth;
};

/* ---- YAML nodes -------------------------------------------------------- */

static struct conf_place
place_of(const struct source *s, const yaml_node_t *node)
{
	return (struct conf_place){ s->file, node->start_mark.line + 1,
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
	conf_complain_at(s->c, place_of(s, node),
			 "%s: here is %s, it takes %.*s", f->key, kind_of(node),
			 SL_FMT(buf_slice(&right)));
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
		conf_complain_at(s->c, place_of(s, node), "%.*s",
				 SL_FMT(buf_slice(&wrong)));
	buf_free(&wrong);
	return good;
}

static void
apply_scalar(struct source *s, const struct conf_field *f, yaml_node_t *node,
	     void *member)
{
	if (!read_scalar(s, f, node, member))
		conf_find_mark(s->c, member, f)->bad = true;
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
			conf_complain_at(s->c, place_of(s, value),
					 "%s: a name and its value must be "
					 "texts", f->key);
		else if (vars_find(vars, scalar_text(key)) != NULL)
			conf_complain_at(s->c, place_of(s, key),
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
		conf_mark(s->c, (struct conf_mark){ .member = members,
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
		conf_complain_at(s->c, place_of(s, key),
				 "%.*s: there is no such key in %s; did you "
				 "mean %s?", SL_FMT(scalar_text(key)),
				 table->name, nearest);
	else
		conf_complain_at(s->c, place_of(s, key),
				 "%.*s: there is no such key in %s",
				 SL_FMT(scalar_text(key)), table->name);
}

/* Lists and sections may be given in pieces; anything else once. */
static bool
first_time(struct source *s, const struct conf_field *f, yaml_node_t *key,
	   const void *member)
{
	const struct conf_mark *m = conf_find_mark(s->c, member, f);
	size_t size = f->type == CONF_SECTION ? f->table->size : 0;

	if (m == NULL) {
		conf_mark(s->c, (struct conf_mark){ .member = member,
						    .size = size,
						    .field = f,
						    .place = place_of(s, key) });
		return true;
	}
	if (f->type == CONF_SECTION || f->type == CONF_LIST)
		return true;
	conf_complain_at(s->c, place_of(s, key),
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
		conf_complain_at(s->c, place_of(s, key),
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
		conf_complain_at(s->c, place_of(s, node),
				 "%s: here is %s, it takes a mapping of "
				 "settings", table->name, kind_of(node));
		return;
	}
	/* Only a mapping that contains itself gets that deep. */
	if (depth > CONF_MAX_DEPTH) {
		conf_complain_at(s->c, place_of(s, node), "nested too deeply");
		return;
	}
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++)
		apply_pair(s, table, node_at(s, p->key), node_at(s, p->value),
			   members, depth);
}

/* ---- files ------------------------------------------------------------- */

/* Where the octet at offset stands; a column is a character. */
static struct conf_place
place_of_octet(const char *file, struct slice text, size_t offset)
{
	struct conf_place at = { file, 1, 1 };

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
	struct conf_place at = { file, parser->problem_mark.line + 1,
			    parser->problem_mark.column + 1 };
	bool has_context = parser->context != NULL;

	/* What is no text at all is found before lines are counted. */
	if (parser->error == YAML_READER_ERROR)
		at = place_of_octet(file, text, parser->problem_offset);
	conf_complain_at(c, at, "not YAML: %s%s%s",
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
			conf_complain_at(s->c, place_of(s, root),
					 "here a second document begins; a "
					 "file has one");
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
	struct conf_file *f;

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
apply_file(struct conf_check *c, const char *path, struct conf_place from,
	   const struct conf_table *table, void *members, size_t depth)
{
	struct buf text;

	if (depth > CONF_MAX_DEPTH) {
		conf_complain_at(c, from, "%s: includes nested too deeply",
				 path);
		return;
	}
	if (!first_reading(c, path)) {
		conf_complain_at(c, from, "%s: is read already; each file is "
				 "included once", path);
		return;
	}
	buf_init(&text, CONF_MAX_FILE + 1);	/* one more is too many */
	if (read_file(path, &text))
		apply_text(c, path, buf_slice(&text), table, members, depth);
	else
		conf_complain_at(c, from, "%s%scannot be read: %s",
				 depth == 0 ? "" : path,
				 depth == 0 ? "" : ": ", strerror(errno));
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
		conf_complain_at(s->c, place_of(s, node),
				 "include: takes a file name or a pattern such "
				 "as conf.d/*.yaml");
		return;
	}
	pattern = beside(s, scalar_text(node));
	result = glob(pattern.p, GLOB_NOMAGIC, NULL, &found);
	if (result != 0 && result != GLOB_NOMATCH)
		conf_complain_at(s->c, place_of(s, node), "include: %s: %s",
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
		conf_complain_at(s->c, place_of(s, node),
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

/* ---- from the top ------------------------------------------------------- */

bool
conf_load_file(const struct conf_table *table, const char *path,
	       struct arena *a, void *members,
	       struct conf_problems *problems_out)
{
	struct slice name = arena_copy(a, slice_of(path));
	struct conf_check c = { .a = a, .places.root_file = name.p,
				.may_include = true };

	apply_file(&c, name.p, (struct conf_place){ .file = name.p }, table,
		   members, 0);
	conf_finish(&c, table, members);
	return conf_check_end(&c, problems_out);
}

bool
conf_load_text(const struct conf_table *table, const char *name,
	       struct slice text, struct arena *a, void *members,
	       struct conf_problems *problems_out)
{
	struct conf_check c = { .a = a, .places.root_file = name };

	apply_text(&c, name, text, table, members, 0);
	conf_finish(&c, table, members);
	return conf_check_end(&c, problems_out);
}
