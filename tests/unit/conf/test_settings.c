#include "unit.h"

#include "conf/conf_value.h"
#include "conf/settings.h"
#include "conf/conf_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- every row of every table ------------------------------------------ */

static bool
is_number(const struct conf_field *f)
{
	return f->type == CONF_COUNT || f->type == CONF_SIZE ||
	       f->type == CONF_DURATION;
}

/* Reads text as f's value, bounds included. */
static bool
reads(const struct conf_field *f, struct slice text, uint64_t *n_out)
{
	struct arena a = { 0 };
	struct buf wrong;
	union {
		uint64_t n;
		struct addr_nets list;	/* as large as any list */
	} value = { 0 };
	bool ok;

	buf_init(&wrong, 1000);
	ok = conf_value_read(f, text, &a, &value, &wrong);
	*n_out = value.n;
	buf_free(&wrong);
	arena_free(&a);
	return ok;
}

static void
check_prose(const char *of, const char *text)
{
	struct slice doc = slice_of(text);

	ck_assert_msg(doc.n > 0 && doc.p[doc.n - 1] == '.',
		      "%s: \"%s\" does not end with a full stop", of, text);
	ck_assert_msg(strstr(text, "  ") == NULL, "%s: two blanks", of);
	ck_assert_msg(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", text[0]) != NULL ||
		      slice_starts(doc, SL("usher")) || slice_has(doc, ':'),
		      "%s: \"%s\" begins with neither a capital nor a word that "
		      "it explains", of, text);
}

static void
check_default(const struct conf_field *f)
{
	struct slice rest = slice_of(f->def), item = rest;
	uint64_t n;

	if (f->def == NULL)
		return;
	if (!conf_type_is_list(f->type)) {
		ck_assert_msg(reads(f, rest, &n), "%s: default %s", f->key,
			      f->def);
		return;
	}
	while (slice_cut_word(&rest, &item))
		ck_assert_msg(reads(f, item, &n), "%s: default %s", f->key,
			      f->def);
}

static void
check_bounds(const struct conf_field *f)
{
	uint64_t min = 0, max = UINT64_MAX;

	if (f->min == NULL && f->max == NULL)
		return;
	ck_assert_msg(is_number(f), "%s: bounds of what is no number", f->key);
	/* A bound is within the bounds. */
	if (f->min != NULL)
		ck_assert_msg(reads(f, slice_of(f->min), &min), "%s", f->key);
	if (f->max != NULL)
		ck_assert_msg(reads(f, slice_of(f->max), &max), "%s", f->key);
	ck_assert_msg(min < max, "%s: %s is not below %s", f->key, f->min,
		      f->max);
}

/* The words of .only are the selector's, and the selector is known before the
   rows that ask for it. */
static void
check_only(const struct conf_table *table, size_t row)
{
	const struct conf_field *f = &table->fields[row], *selector;
	struct slice rest = slice_of(f->only), word;
	int value;

	if (f->only == NULL)
		return;
	ck_assert_msg(table->selector != NULL, "%s", f->key);
	selector = conf_field_find(table, slice_of(table->selector));
	ck_assert_ptr_nonnull(selector);
	ck_assert_int_eq(selector->type, CONF_ENUM);
	ck_assert(selector < f);
	ck_assert(rest.n > 0);
	while (slice_cut_word(&rest, &word)) {
		uint64_t n = 0;

		ck_assert_msg(reads(selector, word, &n), "%s: only %.*s",
			      f->key, SL_FMT(word));
		memcpy(&value, &n, sizeof(value));
		ck_assert_ptr_nonnull(conf_word_of(selector->words, value));
	}
}

static void
check_type(const struct conf_table *table, const struct conf_field *f)
{
	ck_assert_msg((f->type == CONF_ENUM) == (f->words != NULL), "%s",
		      f->key);
	ck_assert_msg((f->type == CONF_SECTION || f->type == CONF_LIST) ==
			      (f->table != NULL), "%s", f->key);
	ck_assert_msg(f->at < table->size, "%s", f->key);
	ck_assert_msg(f->def == NULL || !f->required,
		      "%s: is required and has a default", f->key);
	if (f->inherit != NULL) {
		const struct conf_field *base =
			conf_field_find(table, slice_of(f->inherit));

		ck_assert_int_eq(f->type, CONF_LIST);
		ck_assert_ptr_nonnull(base);
		ck_assert_int_eq(base->type, CONF_SECTION);
	}
}

/* A key that an item takes from a section must be the same kind of thing in
   both: the value is copied. */
static void
check_inherited(const struct conf_table *table, const struct conf_field *list)
{
	const struct conf_table *base;

	if (list->inherit == NULL)
		return;
	base = conf_field_find(table, slice_of(list->inherit))->table;
	for (size_t i = 0; i < base->count; i++) {
		const struct conf_field *theirs = &base->fields[i];
		const struct conf_field *ours =
			conf_field_find(list->table, slice_of(theirs->key));

		ck_assert_msg(ours != NULL, "%s", theirs->key);
		ck_assert_int_eq(ours->type, theirs->type);
		ck_assert_ptr_eq(ours->words, theirs->words);
	}
}

static void
check_row(const struct conf_table *table, size_t row)
{
	const struct conf_field *f = &table->fields[row];

	check_prose(f->key, f->doc);
	ck_assert_msg(f->def != NULL || f->sample != NULL ||
		      f->type == CONF_SECTION,
		      "%s: the sample file has nothing to show", f->key);
	check_type(table, f);
	check_default(f);
	check_bounds(f);
	check_only(table, row);
	check_inherited(table, f);
	for (size_t i = 0; i < row; i++)
		ck_assert_msg(strcmp(table->fields[i].key, f->key) != 0,
			      "%s stands twice in %s", f->key, table->name);
}

static size_t
check_table(const struct conf_table *table, bool root)
{
	size_t n = table->count;

	if (!root)
		check_prose(table->name, table->doc);
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];

		check_row(table, i);
		ck_assert_msg((f->fragment != NULL) == root,
			      "%s: a fragment is for the top level, and all of "
			      "it", f->key);
		if (f->table != NULL)
			n += check_table(f->table, false);
	}
	return n;
}

START_TEST(every_row_is_whole)
{
	ck_assert_uint_gt(check_table(&settings_table, true), 50);
}
END_TEST

/* Parses "key: sample" where the row stands, by a table of this row alone. */
static void
check_sample(const struct conf_table *table, const struct conf_field *f)
{
	struct conf_table alone = *table;
	struct conf_problems problems;
	struct arena a = { 0 };
	struct buf text;
	void *members = calloc(1, table->size);

	alone.fields = f;
	alone.count = 1;
	alone.check = NULL;
	buf_init(&text, 10000);
	BUF_ADD(&text, slice_of(f->key), SL(": "), slice_of(f->sample),
		SL("\n"));
	conf_load_text(&alone, "sample", buf_slice(&text), &a, members,
		       &problems);
	for (size_t i = 0; i < problems.n; i++)
		ck_abort_msg("%s: %.*s", f->key, SL_FMT(problems.v[i].text));
	buf_free(&text);
	arena_free(&a);
	free(members);
}

static void
check_samples(const struct conf_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_field *f = &table->fields[i];

		/* What only some have a meaning for has no selector here. */
		if (f->sample != NULL && f->only == NULL)
			check_sample(table, f);
		if (f->table != NULL)
			check_samples(f->table);
	}
}

START_TEST(every_sample_parses)
{
	check_samples(&settings_table);
}
END_TEST

/* ---- loading and dumping ----------------------------------------------- */

START_TEST(a_small_configuration_has_the_defaults)
{
	struct settings *s = conf_text_settings(SL(
		CONF_TEXT_LISTENER
		"auth: [ { driver: static, fields: { host: 10.0.0.1 } } ]\n"));
	struct listener_conf *l = CONF_ITEM(s->listeners, listener_conf, 0);

	assert_slice(l->name, SL("imap"));
	ck_assert_int_eq(l->tls, LISTENER_TLS_OFF);
	ck_assert(!l->haproxy);
	assert_slice(l->greeting, s->login.greeting);
	ck_assert_uint_eq(s->login.mechanisms.n, 2);
	ck_assert_int_eq(s->login.failure_delay, 2000);
	ck_assert_uint_eq(s->forward.ttl, 5);
	ck_assert(s->process.retire_timeout == CONF_NEVER);
	assert_slice(s->director.username_hash, SL("%Lu"));
	ck_assert_str_eq(protocol_name((enum protocol)l->protocol), "imap");
	settings_free(&s);
	ck_assert_ptr_null(s);
	settings_free(&s);
}
END_TEST

START_TEST(a_listener_takes_what_it_leaves_out_from_the_whole)
{
	struct settings *s = conf_text_settings(SL(
		"login: { greeting: hello, allow_cleartext: yes }\n"
		"login_trusted_networks: [10.0.0.0/8]\n"
		"tls: { certificates: [ { cert: c, key: k } ] }\n"
		"listeners:\n"
		"- { name: a, protocol: imap, address: '*:1', tls: off }\n"
		"- { name: b, protocol: imap, address: '*:2', tls: required }\n"
		"- { name: c, protocol: imap, address: '*:3', greeting: own,\n"
		"    allow_cleartext: no, login_trusted_networks: [] }\n"
		"auth: [ { driver: passthrough } ]\n"
		"director: { backends: [ { name: x, host: h } ] }\n"));
	struct listener_conf *l = CONF_ITEM(s->listeners, listener_conf, 0);

	assert_slice(l->greeting, SL("hello"));
	ck_assert(l->allow_cleartext);
	ck_assert_uint_eq(l->login_trusted_networks.n, 1);
	/* Nobody, means nobody. */
	l = CONF_ITEM(s->listeners, listener_conf, 1);
	ck_assert(!l->allow_cleartext);
	l = CONF_ITEM(s->listeners, listener_conf, 2);
	assert_slice(l->greeting, SL("own"));
	ck_assert(!l->allow_cleartext);
	ck_assert_uint_eq(l->login_trusted_networks.n, 0);
	settings_free(&s);
}
END_TEST

START_TEST(a_proxy_header_goes_instead_of_id)
{
	struct settings *s = conf_text_settings(SL(
		CONF_TEXT_LISTENER
		"auth: [ { driver: passthrough } ]\n"
		"director:\n"
		"  backend_defaults: { send_proxy: v2 }\n"
		"  backends:\n"
		"  - { name: a, host: h }\n"
		"  - { name: b, host: h, send_proxy: no, send_identity: yes }\n"));
	struct backend_conf *b = CONF_ITEM(s->director.backends, backend_conf,
					   0);

	ck_assert_int_eq(b->access.send_proxy, SEND_PROXY_V2);
	ck_assert(!b->access.send_identity);
	b = CONF_ITEM(s->director.backends, backend_conf, 1);
	ck_assert_int_eq(b->access.send_proxy, SEND_PROXY_NO);
	ck_assert(b->access.send_identity);
	settings_free(&s);
}
END_TEST

static void
check_dump(struct slice text)
{
	struct settings *s = conf_text_settings(text), *again;
	struct buf once, twice;

	buf_init(&once, SETTINGS_MAX_DUMP);
	buf_init(&twice, SETTINGS_MAX_DUMP);
	settings_dump(s, true, &once);
	again = conf_text_settings(buf_slice(&once));
	settings_dump(again, true, &twice);
	assert_slice(buf_slice(&twice), buf_slice(&once));
	settings_free(&s);
	settings_free(&again);
	buf_free(&once);
	buf_free(&twice);
}

START_TEST(the_dump_of_a_dump_is_the_same_dump)
{
	check_dump(SL(CONF_TEXT_LISTENER
		      "auth: [ { driver: static, fields: { host: h } } ]\n"));
	check_dump(SL(
		"login: { allow_cleartext: yes, mechanisms: [] }\n"
		"log: { target: syslog, facility: local3, format: json }\n"
		"haproxy_trusted_networks: 10.0.0.1\n"
		"tls: { certificates: [ { cert: c, key: k, key_password: '' },\n"
		"                       { cert: d, key: k } ] }\n"
		"listeners:\n"
		"- { name: a, protocol: imap, address: ['*:1', '[::1]:2'],\n"
		"    tls: required, haproxy: yes, greeting: '' }\n"
		"- { name: b, protocol: imap, address: '192.0.2.1:3' }\n"
		"auth:\n"
		"- { driver: passwd-file, path: /x, username_format: '%n' }\n"
		"- { driver: static, password: '{PLAIN}x', fields: {a: b} }\n"
		"- { driver: passthrough, override_fields: { pass: 'x' } }\n"
		"director:\n"
		"  backend_defaults: { send_proxy: v1, connect_timeout: 1s }\n"
		"  backends:\n"
		"  - { name: a, host: h, weight: 0 }\n"
		"  - { name: b, host: h, tag: ssd, send_proxy: no, tls: off }\n"
		"  - { name: c, host: h, client_cert: c, client_key: k }\n"
		"forward: { variables: { cluster: eu-1, note: \"a\\nb\" } }\n"));
}
END_TEST

START_TEST(a_file_is_loaded_and_its_problems_are_kept)
{
	struct arena a = { 0 };
	struct conf_problems problems;

	ck_assert_ptr_null(settings_load("/nowhere/usher.yaml", &a,
					 &problems));
	ck_assert_uint_eq(problems.n, 1);
	ck_assert_str_eq(problems.v[0].file, "/nowhere/usher.yaml");
	arena_free(&a);
}
END_TEST

START_TEST(the_log_goes_where_the_settings_say)
{
	struct settings *s = conf_text_settings(SL(
		CONF_TEXT_LISTENER CONF_TEXT_AUTH
		"log: { target: file, path: /var/log/x, level: debug }\n"));
	struct log_sink_conf conf = settings_log_sink(s);

	ck_assert_int_eq(conf.target, LOG_TO_FILE);
	ck_assert_int_eq(conf.level, LEVEL_DEBUG);
	ck_assert_int_eq(conf.format, LOG_FORMAT_DOVECOT);
	assert_slice(conf.path, SL("/var/log/x"));
	settings_free(&s);
	s = conf_text_settings(SL(CONF_TEXT_LISTENER CONF_TEXT_AUTH
				  "log: { target: syslog, ident: dovecot }\n"));
	conf = settings_log_sink(s);
	ck_assert_int_eq(conf.target, LOG_TO_SYSLOG);
	assert_slice(conf.path, SL("/dev/log"));
	assert_slice(conf.ident, SL("dovecot"));
	settings_free(&s);
}
END_TEST

Suite *
suite_settings(void)
{
	const TTest *const tests[] = {
		every_row_is_whole,
		every_sample_parses,
		a_small_configuration_has_the_defaults,
		a_listener_takes_what_it_leaves_out_from_the_whole,
		a_proxy_header_goes_instead_of_id,
		the_dump_of_a_dump_is_the_same_dump,
		a_file_is_loaded_and_its_problems_are_kept,
		the_log_goes_where_the_settings_say,
	};

	return suite_of("settings", tests, COUNT(tests));
}
