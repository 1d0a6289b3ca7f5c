/* The harness complains: of each thing that usher does and a script does not say,
   and of each that a script says and usher does not do. */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

#define HELLO "S: +OK usher ready."
#define LOG_IN "C: USER jane", "S: +OK", "C: PASS secret"

static const struct {
	const char *complaint;
	struct play play;
} wrong[] = {
	{ "usher said to the client, and no line says so: \"+OK usher ready.\\r\\n\"",
	  { .lines = { "C: NOOP" } } },
	{ "usher said to the client, and no line says so: \"+OK usher ready.\\r\\n\"",
	  { .lines = { NULL } } },
	{ "usher said \"+OK usher ready.\\r\\n\"",
	  { .lines = { "S: +OK usher is ready." } } },
	{ "usher said nothing",
	  { .lines = { HELLO, "S: +OK" } } },
	{ "usher connected (connection 1), and no line says so",
	  { .lines = { HELLO, LOG_IN, "-- 1 s" } } },
	{ "usher has not connected there",
	  { .lines = { HELLO, "B: +OK ready" } } },
	{ "usher has not connected anywhere new",
	  { .lines = { HELLO, "P -- connects" } } },
	{ "it is 192.0.2.1:110",
	  { .lines = { HELLO, LOG_IN, "P -- connects to 192.0.2.1:143" } } },
	{ "usher said to the backend, and no line says so: \"CAPA\\r\\n\"",
	  { .lines = { HELLO, LOG_IN, "B: +OK ready", "B -- closes" } } },
	{ "usher closed connection 0, and no line says so",
	  { .lines = { HELLO, "C: QUIT", "S: +OK Logging out" } } },
	{ "it has not, or said something first",
	  { .lines = { HELLO, "S -- closes" } } },
	{ "it has not, or said something first",
	  { .lines = { HELLO, "C: QUIT", "S -- closes" } } },
	{ "it has not, or said something first",	/* only once */
	  { .lines = { HELLO, "C: QUIT", "S: +OK Logging out", "S -- closes",
		       "S -- closes" } } },
	{ "it has not, or", { .lines = { HELLO, "S -- ends" } } },
	{ "usher ended connection 1, and no line says so",
	  { .lines = { HELLO, LOG_IN, "B: +OK", "P: CAPA", "B: -ERR",
		       "P: USER jane", "B: +OK", "P: PASS secret", "B: +OK", "S: +OK", "C -- ends",
		       "-- 1 s" } } },
	{ "usher logged, and no line says so: proxy.failed",
	  { .with = { .access = "max_reconnects: 0" },
	    .lines = { HELLO, LOG_IN, "B -- refuses",
		       "S: -ERR [SYS/TEMP] Account is temporarily unavailable." } } },
	{ "usher has not logged it",
	  { .lines = { HELLO, "L: proxy.failed" } } },
	{ "usher looked up, and no line says so: PLAIN jane secret",
	  { .lines = { HELLO, LOG_IN, "-- 1 s", "A: OK" } } },
	{ "it is PLAIN jane secret",
	  { .lines = { HELLO, LOG_IN, "Q: PLAIN joe secret", "A: OK" } } },
	{ "there is no such lookup",
	  { .lines = { HELLO, "Q: PLAIN joe secret" } } },
	{ "there is no such client",
	  { .lines = { HELLO, "C2: NOOP" } } },
	{ "the line makes no sense", { .lines = { HELLO, "C NOOP" } } },
	{ "nobody can do that", { .lines = { HELLO, "C -- flies" } } },
	{ "usher cannot do that", { .lines = { HELLO, "S -- flies" } } },
	{ "nobody gives that order", { .lines = { HELLO, "-- 1 year" } } },
};

#define ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

START_TEST(what_is_wrong_is_told)
{
	const char *got = play_complaint(&pop3_proto, &wrong[_i].play);
	struct slice want = slice_of(wrong[_i].complaint);

	ck_assert_ptr_nonnull(got);
	ck_assert_msg(slice_starts(slice_of(got), want), "it is \"%s\"", got);
}
END_TEST

static const struct play right[] = {
	{
		"several clients",
		.lines = {
			HELLO,
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: NOOP",
			"S2: +OK",
			"C: NOOP",
			"S: +OK",
			"C -- closes",
			"C2: QUIT",
			"S2: +OK Logging out",
			"S2 -- closes",
		},
	},
	{
		"several backends, by name",
		.with = { .backends = "{ name: a, host: 192.0.2.1 }, "
				      "{ name: b, host: 192.0.2.2 }" },
		.lines = {
			HELLO,
			LOG_IN,
			"Q: PLAIN jane secret",
			"A: OK\thost=192.0.2.2",
			"Pb -- connects to 192.0.2.2:110",
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: USER joe",
			"S2: +OK",
			"C2: PASS secret",
			"Q: PLAIN joe secret",
			"A: OK\thost=192.0.2.1\tport=99",
			"Pa -- connects to 192.0.2.1:99",
			"Bb: +OK b",
			"Pb: CAPA",
			"Ba: +OK a",
			"Pa: CAPA",
			"Bb -- closes",
			"L: proxy.retry Disconnected by server",
			"-- 1 s",
			"Pb -- connects to 192.0.2.2:110",
			"Bb: +OK b again",
			"Pb: CAPA",
			"Ba: -ERR",
			"Pa: USER joe",
		},
	},
	{
		"a segment ends where it is told to",
		.lines = {
			HELLO,
			"C> NO",
			"--",
			"C: OP",
			"S: +OK",
			"C: NOOP",
			"C: NOOP",
			"S> +OK\r\n+O",
			"S: K",
		},
	},
	{
		"a deaf client holds up what is for it",
		.lines = {
			HELLO,
			"C -- takes 3",
			"C: NOOP",
			"S> +OK",
			"C -- is deaf",
			"C: NOOP",
			"C -- listens",
			"S> \r\n",
			"S: +OK",
		},
	},
	{
		"a lookup is forgotten when nobody waits for it",
		.lines = {
			HELLO,
			LOG_IN,
			"Q: PLAIN jane secret",
			"C -- closes",
			"Q -- is forgotten",
			"L: session.ended Connection closed",
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: USER joe",
			"S2: +OK",
			"C2: PASS secret",
			"Q: PLAIN joe secret",
			"A: DENIED",
			"-- 2 s",
			"S2: -ERR [AUTH] Authentication failed.",
		},
	},
};

START_TEST(what_is_right_is_played)
{
	play_run(&pop3_proto, &right[_i]);
}
END_TEST

Suite *
suite_play(void)
{
	Suite *suite = suite_create("play");
	TCase *all = tcase_create("play");

	tcase_add_loop_test(all, what_is_wrong_is_told, 0, ROWS(wrong));
	tcase_add_loop_test(all, what_is_right_is_played, 0, ROWS(right));
	suite_add_tcase(suite, all);
	return suite;
}
