#include "conf/conf_dump.h"

#include <yaml.h>

#include "conf/conf_value.h"

struct dump {
	yaml_emitter_t emitter;
	bool show_secrets;
};

static int
on_write(void *arg, unsigned char *p, size_t n)
{
	return buf_add(arg, (struct slice){ (const char *)p, n });
}

static void
emit(struct dump *d, yaml_event_t *event)
{
	/* Fails when out of memory or when out is full; the reader of the dump
	   finds it cut short. */
	(void)yaml_emitter_emit(&d->emitter, event);
}

static void
emit_text(struct dump *d, struct slice s, bool quoted)
{
	yaml_event_t e;

	if (s.n == 0)
		s = SL("");	/* the library wants a pointer all the same */
	yaml_scalar_event_initialize(
		&e, NULL, NULL, (const unsigned char *)s.p, (int)s.n, 1, 1,
		quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE :
			 YAML_PLAIN_SCALAR_STYLE);
	emit(d, &e);
}

static void
emit_mapping(struct dump *d, bool start)
{
	yaml_event_t e;

	if (start)
		yaml_mapping_start_event_initialize(&e, NULL, NULL, 1,
						    YAML_BLOCK_MAPPING_STYLE);
	else
		yaml_mapping_end_event_initialize(&e);
	emit(d, &e);
}

static void
emit_sequence(struct dump *d, bool start, bool flow)
{
	yaml_event_t e;

	if (start)
		yaml_sequence_start_event_initialize(
			&e, NULL, NULL, 1,
			flow ? YAML_FLOW_SEQUENCE_STYLE :
			       YAML_BLOCK_SEQUENCE_STYLE);
	else
		yaml_sequence_end_event_initialize(&e);
	emit(d, &e);
}

static bool
is_quoted(enum conf_type type)
{
	return type == CONF_TEXT || type == CONF_SECRET ||
	       type == CONF_TEXTS || type == CONF_NETS ||
	       type == CONF_ENDPOINTS;
}

static void
dump_plain(struct dump *d, const struct conf_field *f, const void *member)
{
	size_t n = conf_value_count(f, member);
	bool list = conf_type_is_list(f->type);
	struct buf text;

	buf_init(&text, 1 << 20);
	if (list)
		emit_sequence(d, true, true);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&text);
		conf_value_write(f, member, i, &text);
		if (f->type == CONF_SECRET && !d->show_secrets && text.n > 0)
			emit_text(d, SL("(hidden)"), true);
		else
			emit_text(d, buf_slice(&text), is_quoted(f->type));
	}
	if (list)
		emit_sequence(d, false, true);
	buf_free(&text);
}

/* What the fields of a lookup call a password. */
static bool
is_secret(const struct var *v)
{
	return slice_eq(v->name, SL("pass")) ||
	       slice_eq(v->name, SL("password"));
}

static void
dump_vars(struct dump *d, const struct vars *vars)
{
	emit_mapping(d, true);
	for (size_t i = 0; i < vars->n; i++) {
		const struct var *v = &vars->v[i];
		bool hide = is_secret(v) && !d->show_secrets;

		emit_text(d, v->name, true);
		emit_text(d, hide ? SL("(hidden)") : v->value, true);
	}
	emit_mapping(d, false);
}

static void dump_table(struct dump *d, const struct conf_table *table,
		       const void *members);

static void
dump_list(struct dump *d, const struct conf_field *f,
	  const struct conf_list *list)
{
	emit_sequence(d, true, list->n == 0);
	for (size_t i = 0; i < list->n; i++)
		dump_table(d, f->table, list->v[i]);
	emit_sequence(d, false, list->n == 0);
}

static void
dump_field(struct dump *d, const struct conf_field *f, const void *member)
{
	emit_text(d, slice_of(f->key), false);
	switch (f->type) {
	case CONF_SECTION:
		dump_table(d, f->table, member);
		return;
	case CONF_LIST:
		dump_list(d, f, member);
		return;
	case CONF_VARS:
		dump_vars(d, member);
		return;
	case CONF_BOOL:
	case CONF_COUNT:
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_ENUM:
	case CONF_TEXT:
	case CONF_SECRET:
	case CONF_TEXTS:
	case CONF_NETS:
	case CONF_ENDPOINTS:
		dump_plain(d, f, member);
		return;
	}
}

/* A text without a default that nobody set has no place in a dump. */
static bool
is_absent(const struct conf_field *f, const void *member)
{
	const struct slice *text = member;

	return (f->type == CONF_TEXT || f->type == CONF_SECRET) &&
	       text->p == NULL;
}

static void
dump_table(struct dump *d, const struct conf_table *table, const void *members)
{
	emit_mapping(d, true);
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];
		const void *member = (const char *)members + f->at;

		if (!is_absent(f, member) &&
		    conf_field_applies(table, f, members))
			dump_field(d, f, member);
	}
	emit_mapping(d, false);
}

void
conf_dump(const struct conf_table *table, const void *members,
	  bool show_secrets, struct buf *out)
{
	struct dump d = { .show_secrets = show_secrets };
	yaml_event_t e;

	if (!yaml_emitter_initialize(&d.emitter))
		abort();	/* out of memory, as in mem.c */
	yaml_emitter_set_output(&d.emitter, on_write, out);
	yaml_emitter_set_unicode(&d.emitter, 1);
	yaml_emitter_set_width(&d.emitter, -1);
	yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING);
	emit(&d, &e);
	yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1);
	emit(&d, &e);
	dump_table(&d, table, members);
	yaml_document_end_event_initialize(&e, 1);
	emit(&d, &e);
	yaml_stream_end_event_initialize(&e);
	emit(&d, &e);
	yaml_emitter_delete(&d.emitter);
}
