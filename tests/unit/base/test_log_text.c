/* The placeholders of an event's text, with a list of events of our own: none of
   usher's need use every form. log_render.c is compiled here a second time, under
   other names, so that the rest of the program keeps the real list. */
#define BASE_LOG_EVENTS_H
#define LOG_EVENTS(X) \
	X(PLAIN,	"t.plain",	LEVEL_INFO, "Just words", "") \
	X(NAMED,	"t.named",	LEVEL_INFO, "user {user} of {host}", "") \
	X(MAYBE,	"t.maybe",	LEVEL_INFO, "Login{user? of <|>}.", "") \
	X(FRONT,	"t.front",	LEVEL_INFO, "Login{n? after }", "") \
	X(TWICE,	"t.twice",	LEVEL_INFO, "{a}{b?-|}{a}", "")
#define log_render test_log_render
#define log_event_row test_log_event_row

#include "base/log_render.c"

#include "unit.h"

static struct slice
render(enum log_event ev, const struct log_field *fields, size_t count)
{
	static const struct log log = { .service = "s" };
	static const struct log_sink_conf conf = { .target = LOG_TO_SYSLOG };
	static struct buf out = { .max = 1000 };

	buf_clear(&out);
	log_render(&out, &conf, &log, ev, fields, count);
	return buf_slice(&out);
}

#define RENDER(ev, ...)                                                  \
	render((ev), (const struct log_field[]){ __VA_ARGS__ },          \
	       sizeof((const struct log_field[]){ __VA_ARGS__ }) /       \
		       sizeof(struct log_field))

START_TEST(info_has_no_level_in_syslog)
{
	static const struct log log = { .service = "s" };
	static const struct log_sink_conf file = { .target = LOG_TO_FILE };
	struct buf out;

	assert_slice(render(EV_PLAIN, NULL, 0), SL("s: Just words"));
	buf_init(&out, 100);
	log_render(&out, &file, &log, EV_PLAIN, NULL, 0);
	assert_slice(buf_slice(&out), SL("s: Info: Just words"));
	buf_free(&out);
}
END_TEST

START_TEST(fields_stand_where_the_text_names_them)
{
	assert_slice(RENDER(EV_NAMED, F_TEXT("host", SL("h")),
			    F_NAMED("user", SL("jane"))),
		     SL("s: user jane of h"));
	/* One that is not given leaves its place empty. */
	assert_slice(RENDER(EV_NAMED, F_COUNT("n", 1)),
		     SL("s: user  of : n=1"));
	assert_slice(RENDER(EV_NAMED, F_TEXT("user", SL("")),
			    F_TEXT("host", SL("h"))), SL("s: user  of h"));
}
END_TEST

START_TEST(front_and_back_come_only_with_a_value)
{
	assert_slice(RENDER(EV_MAYBE, F_TEXT("user", SL("jane"))),
		     SL("s: Login of <jane>."));
	assert_slice(RENDER(EV_MAYBE, F_TEXT("user", SL(""))), SL("s: Login."));
	assert_slice(RENDER(EV_MAYBE, F_TEXT("other", SL("x"))),
		     SL("s: Login.: other=x"));
	assert_slice(RENDER(EV_FRONT, F_COUNT("n", 3)),
		     SL("s: Login after 3"));
	assert_slice(RENDER(EV_TWICE, F_TEXT("a", SL("x")),
			    F_TEXT("b", SL("y"))), SL("s: x-yx"));
}
END_TEST

START_TEST(what_a_peer_sent_cannot_name_a_field)
{
	assert_slice(RENDER(EV_NAMED, F_TEXT("user", SL("{host}")),
			    F_TEXT("host", SL("h"))),
		     SL("s: user {host} of h"));
}
END_TEST

Suite *
suite_log_text(void)
{
	const TTest *const tests[] = {
		info_has_no_level_in_syslog,
		fields_stand_where_the_text_names_them,
		front_and_back_come_only_with_a_value,
		what_a_peer_sent_cannot_name_a_field,
	};

	return suite_of("log_text", tests, sizeof(tests) / sizeof(tests[0]));
}
