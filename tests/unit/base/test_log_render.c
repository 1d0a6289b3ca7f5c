#include "unit.h"

#include <jansson.h>

#include "base/log_sink.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct log plain = { .service = "imap-login" };

static const struct log_sink_conf to_file = { .target = LOG_TO_FILE };
static const struct log_sink_conf to_syslog = { .target = LOG_TO_SYSLOG };
static const struct log_sink_conf as_json = { .format = LOG_FORMAT_JSON };

/* Renders one event with the fields that follow; borrowed until the next. */
static struct slice
render(const struct log_sink_conf *conf, const struct log *log,
       enum log_event ev, const struct log_field *fields, size_t count)
{
	static struct buf out = { .max = 100000 };

	buf_clear(&out);
	log_render(&out, conf, log, ev, fields, count);
	ck_assert(buf_ok(&out));
	return buf_slice(&out);
}

#define RENDER(conf, log, ev, ...)                                          \
	render((conf), (log), (ev), (const struct log_field[]){ __VA_ARGS__ },\
	       COUNT(((const struct log_field[]){ __VA_ARGS__ })))

/* ---- Dovecot's shape --------------------------------------------------- */

START_TEST(a_line_begins_with_service_and_level)
{
	static const struct {
		enum log_event ev;
		struct slice want;
	} rows[] = {
		{ EV_NOTE_ERROR, SL("imap-login: Error: x") },
		{ EV_NOTE_WARN, SL("imap-login: Warning: x") },
		{ EV_NOTE_DEBUG, SL("imap-login: Debug: x") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_slice(RENDER(&to_file, &plain, rows[i].ev,
				    F_TEXT("what", SL("x"))), rows[i].want);
		assert_slice(RENDER(&to_syslog, &plain, rows[i].ev,
				    F_TEXT("what", SL("x"))), rows[i].want);
	}
}
END_TEST

START_TEST(each_type_of_field_is_written_in_its_own_way)
{
	static const struct addr none;
	struct addr v4, v6;

	ck_assert(addr_parse(SL("192.0.2.7:4711"), &v4));
	ck_assert(addr_parse(SL("[2001:db8::7]:4711"), &v6));
	assert_slice(RENDER(&to_file, &plain, EV_LOG_DROPPED,
			    F_NAMED("user", SL("jane")),
			    F_TEXT("method", SL("PLAIN")),
			    F_IP("rip", &v4), F_ADDR("peer", &v6),
			    F_COUNT("lines", 18446744073709551615u),
			    F_MS("took", 1042), F_FLAG("tls", SL("TLS"))),
		     SL("imap-login: Warning: Log lines were lost: nobody took "
			"them: user=<jane>, method=PLAIN, rip=192.0.2.7, "
			"peer=[2001:db8::7]:4711, lines=18446744073709551615, "
			"took=1.042, TLS"));
	/* Empty ones vanish; a number is never empty. */
	assert_slice(RENDER(&to_file, &plain, EV_LOG_DROPPED,
			    F_NAMED("user", SL("")), F_TEXT("m", SL("")),
			    F_FLAG("tls", SL("")), F_IP("rip", &none),
			    F_ADDR("peer", &none), F_COUNT("lines", 0),
			    F_MS("took", 7)),
		     SL("imap-login: Warning: Log lines were lost: nobody took "
			"them: lines=0, took=0.007"));
}
END_TEST

START_TEST(a_field_the_text_names_is_not_listed_again)
{
	assert_slice(RENDER(&to_file, &plain, EV_NOTE_ERROR,
			    F_COUNT("n", 1), F_TEXT("what", SL("it broke")),
			    F_COUNT("m", 2)),
		     SL("imap-login: Error: it broke: n=1, m=2"));
	assert_slice(RENDER(&to_file, &plain, EV_NOTE_ERROR,
			    F_TEXT("what", SL("it broke"))),
		     SL("imap-login: Error: it broke"));
}
END_TEST

static void
session_fields(const void *arg, struct log_context *out)
{
	static const struct log_field session = F_TEXT("session", SL("x1"));
	static const struct log_field user = F_NAMED("user", SL("jane"));

	log_context_add(out, session);
	log_context_add(out, user);
	(void)arg;
}

START_TEST(the_speakers_fields_come_first_and_the_session_last)
{
	const struct log log = { .service = "imap-login",
				 .context = session_fields };

	assert_slice(RENDER(&to_file, &log, EV_NOTE_DEBUG,
			    F_TEXT("what", SL("w")), F_COUNT("n", 3)),
		     SL("imap-login: Debug: w: user=<jane>, n=3, session=x1"));
	assert_slice(RENDER(&to_file, &log, EV_NOTE_DEBUG,
			    F_TEXT("what", SL("w"))),
		     SL("imap-login: Debug: w: user=<jane>, session=x1"));
}
END_TEST

static void
too_many_fields(const void *arg, struct log_context *out)
{
	static const struct log_field f = F_COUNT("f", 1);

	(void)arg;
	for (int i = 0; i < 2 * LOG_CONTEXT_FIELDS; i++)
		log_context_add(out, f);
}

START_TEST(a_speaker_cannot_add_more_than_there_is_room_for)
{
	const struct log log = { .service = "s", .context = too_many_fields };
	struct slice line = RENDER(&to_file, &log, EV_NOTE_DEBUG,
				   F_TEXT("what", SL("w")));
	size_t n = 0;

	for (size_t i = 0; i < line.n; i++)
		n += line.p[i] == 'f';
	ck_assert_uint_eq(n, LOG_CONTEXT_FIELDS);
}
END_TEST

/* ---- what a peer sent -------------------------------------------------- */

static const struct {
	struct slice octets, text, json;
} escapes[] = {
	{ SL("jane"), SL("jane"), SL("jane") },
	{ SL("x>, rip=192.0.2.1"), SL("x\\x3e, rip=192.0.2.1"),
	  SL("x>, rip=192.0.2.1") },
	{ SL("a<b\\c\"d"), SL("a\\x3cb\\x5cc\"d"), SL("a<b\\u005cc\\u0022d") },
	{ SL("a\r\nb\tc\0d"), SL("a\\x0d\\x0ab\\x09c\\x00d"),
	  SL("a\\u000d\\u000ab\\u0009c\\u0000d") },
	{ SL("\x1b[2J\x7f"), SL("\\x1b[2J\\x7f"), SL("\\u001b[2J\\u007f") },
	/* Valid UTF-8 of two, three and four octets. */
	{ SL("J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xa7"),
	  SL("J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xa7"),
	  SL("J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x93\xa7") },
	/* Terminals take U+0080 to U+009F for commands; U+009B is "ESC [". */
	{ SL("\xc2\x9b" "2J\xc2\x80\xc2\xa0"),
	  SL("\\xc2\\x9b2J\\xc2\\x80\xc2\xa0"),
	  SL("\\u00c2\\u009b2J\\u00c2\\u0080\xc2\xa0") },
	/* Not UTF-8: alone, cut short, overlong, a surrogate, too far. */
	{ SL("\xff"), SL("\\xff"), SL("\\u00ff") },
	{ SL("\x80"), SL("\\x80"), SL("\\u0080") },
	{ SL("\xc3"), SL("\\xc3"), SL("\\u00c3") },
	{ SL("\xe2\x82"), SL("\\xe2\\x82"), SL("\\u00e2\\u0082") },
	{ SL("\xe2\x82x"), SL("\\xe2\\x82x"), SL("\\u00e2\\u0082x") },
	{ SL("\xc0\xbc"), SL("\\xc0\\xbc"), SL("\\u00c0\\u00bc") },
	{ SL("\xe0\x80\xbc"), SL("\\xe0\\x80\\xbc"),
	  SL("\\u00e0\\u0080\\u00bc") },
	{ SL("\xed\xa0\x80"), SL("\\xed\\xa0\\x80"),
	  SL("\\u00ed\\u00a0\\u0080") },
	{ SL("\xf4\x90\x80\x80"), SL("\\xf4\\x90\\x80\\x80"),
	  SL("\\u00f4\\u0090\\u0080\\u0080") },
};

START_TEST(nothing_a_peer_sent_can_pass_for_our_own_words)
{
	struct buf want;

	buf_init(&want, 1000);
	for (size_t i = 0; i < COUNT(escapes); i++) {
		struct slice s = exact_copy(escapes[i].octets,
					    escapes[i].octets.n);

		buf_clear(&want);
		BUF_ADD(&want, SL("imap-login: Error: w: user=<"),
			escapes[i].text, SL(">"));
		assert_slice(RENDER(&to_file, &plain, EV_NOTE_ERROR,
				    F_TEXT("what", SL("w")),
				    F_NAMED("user", s)), buf_slice(&want));
		free_copy(s);
	}
	buf_free(&want);
}
END_TEST

START_TEST(a_long_text_is_cut)
{
	char long_text[5000];
	struct slice line;

	memset(long_text, 'x', sizeof(long_text));
	line = RENDER(&to_file, &plain, EV_NOTE_ERROR,
		      F_TEXT("what", ((struct slice){ long_text,
						      sizeof(long_text) })),
		      F_COUNT("n", 3));
	ck_assert_uint_lt(line.n, 600);
	assert_slice(slice_skip(line, line.n - 5), SL(": n=3"));
}
END_TEST

/* ---- JSON -------------------------------------------------------------- */

/* The sink puts the time in front and the brace behind. */
static json_t *
as_object(struct slice line)
{
	struct buf whole;
	json_error_t error;
	json_t *object;

	buf_init(&whole, 100000);
	BUF_ADD(&whole, SL("{"), line, SL("}"));
	object = json_loadb(whole.p, whole.n, JSON_ALLOW_NUL, &error);
	ck_assert_msg(object != NULL, "%s: %.*s", error.text,
		      SL_FMT(buf_slice(&whole)));
	buf_free(&whole);
	return object;
}

START_TEST(json_has_the_events_name_and_typed_values)
{
	const struct log log = { .service = "imap-login",
				 .context = session_fields };
	struct addr a;

	ck_assert(addr_parse(SL("192.0.2.7:4711"), &a));
	assert_slice(RENDER(&as_json, &log, EV_NOTE_WARN,
			    F_TEXT("what", SL("w")), F_IP("rip", &a),
			    F_ADDR("peer", &a), F_COUNT("n", 3),
			    F_MS("took_ms", 1042), F_FLAG("tls", SL("TLS")),
			    F_TEXT("empty", SL(""))),
		     SL("\"level\":\"warn\",\"event\":\"note.warn\","
			"\"service\":\"imap-login\",\"session\":\"x1\","
			"\"user\":\"jane\",\"what\":\"w\","
			"\"rip\":\"192.0.2.7\",\"peer\":\"192.0.2.7:4711\","
			"\"n\":3,\"took_ms\":1042,\"tls\":\"TLS\""));
}
END_TEST

START_TEST(json_stays_json_whatever_a_peer_sent)
{
	for (size_t i = 0; i < COUNT(escapes); i++) {
		struct slice line;
		struct buf want;
		json_t *object;

		buf_init(&want, 1000);
		BUF_ADD(&want, SL("\"user\":\""), escapes[i].json, SL("\""));
		line = RENDER(&as_json, &plain, EV_NOTE_ERROR,
			      F_TEXT("what", SL("w")),
			      F_NAMED("user", escapes[i].octets));
		assert_slice(slice_skip(line, line.n - want.n),
			     buf_slice(&want));
		object = as_object(line);
		ck_assert(json_is_string(json_object_get(object, "user")));
		json_decref(object);
		buf_free(&want);
	}
}
END_TEST

/* ---- the list of events ------------------------------------------------ */

START_TEST(every_event_has_a_name_of_its_own_and_says_what_it_means)
{
	for (enum log_event i = 0; i < LOG_EVENT_COUNT; i++) {
		const struct log_event_row *row = log_event_row(i);
		struct slice name = slice_of(row->name);
		struct slice doc = slice_of(row->doc);

		ck_assert_msg(slice_has(name, '.'), "%s", row->name);
		for (size_t k = 0; k < name.n; k++)
			ck_assert_msg(strchr("abcdefghijklmnopqrstuvwxyz"
					     "0123456789.-_", name.p[k]) != NULL,
				      "%s", row->name);
		for (enum log_event k = 0; k < i; k++)
			ck_assert_str_ne(row->name, log_event_row(k)->name);
		ck_assert_msg(doc.n > 10 && doc.p[doc.n - 1] == '.',
			      "%s: its meaning is no sentence", row->name);
	}
}
END_TEST

START_TEST(every_events_text_has_whole_placeholders)
{
	for (enum log_event i = 0; i < LOG_EVENT_COUNT; i++) {
		bool inside = false;

		for (const char *c = log_event_row(i)->text; *c != '\0'; c++) {
			if (*c != '{' && *c != '}')
				continue;
			ck_assert_msg(inside == (*c == '}'), "%s",
				      log_event_row(i)->name);
			inside = !inside;
		}
		ck_assert_msg(!inside, "%s", log_event_row(i)->name);
	}
}
END_TEST

Suite *
suite_log_render(void)
{
	const TTest *const tests[] = {
		a_line_begins_with_service_and_level,
		each_type_of_field_is_written_in_its_own_way,
		a_field_the_text_names_is_not_listed_again,
		the_speakers_fields_come_first_and_the_session_last,
		a_speaker_cannot_add_more_than_there_is_room_for,
		nothing_a_peer_sent_can_pass_for_our_own_words,
		a_long_text_is_cut,
		json_has_the_events_name_and_typed_values,
		json_stays_json_whatever_a_peer_sent,
		every_event_has_a_name_of_its_own_and_says_what_it_means,
		every_events_text_has_whole_placeholders,
	};

	return suite_of("log_render", tests, COUNT(tests));
}
