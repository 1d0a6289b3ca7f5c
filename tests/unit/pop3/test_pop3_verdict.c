/* What the lookup answers, in POP3's words (spec/dovecot-login-proxy.md sections 4.5
   and 7.1). */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

static const struct {
	const char *answer;
	bool waits;		/* for failure_delay */
	const char *reply;
} rows[] = {
	{ "A: DENIED", true, "S: -ERR [AUTH] Authentication failed." },
	{ "A: DENIED\treason=Not you.", true, "S: -ERR [AUTH] Not you." },
	{ "A: NOT_AUTHORIZED", true, "S: -ERR [AUTH] Authorization failed" },
	{ "A: NOT_AUTHORIZED\treason=Ask her.", true, "S: -ERR [AUTH] Ask her." },
	{ "A: DISABLED", true, "S: -ERR [AUTH] Authentication failed." },
	{ "A: EXPIRED", true, "S: -ERR [AUTH] Password expired" },
	{ "A: TEMPFAIL", false,
	  "S: -ERR [SYS/TEMP] Temporary authentication failure. "
	  "[proxy.example.com:2026-11-22 07:26:07]" },
	{ "A: TEMPFAIL\treason=LDAP is down", false,
	  "S: -ERR [SYS/TEMP] Temporary authentication failure. "
	  "[proxy.example.com:2026-11-22 07:26:07]" },
	{ "A: OK\tnologin", false,
	  "S: -ERR [AUTH] Login disabled for this user" },
	{ "A: OK\tnologin\treason=In May.", false, "S: -ERR [AUTH] In May." },
	{ "A: OK\tnologin\thost=192.0.2.7", false,
	  "S: -ERR [REFERRAL/jane@192.0.2.7] Try this server instead." },
	{ "A: OK\tnologin\thost=192.0.2.7\tport=1110\tdestuser=joe\treason=Go",
	  false, "S: -ERR [REFERRAL/joe@192.0.2.7:1110] Go" },
	/* A reason is one line, whatever is in it. */
	{ "A: DENIED\treason=no\r\n+OK Logged in.", true, "S: -ERR [AUTH] no" },
};

START_TEST(an_answer_has_words)
{
	const struct play play = {
		.title = rows[_i].answer,
		.lines = {
			"S: +OK usher ready.",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			rows[_i].answer,
			rows[_i].waits ? "-- 2 s" : "--",
			rows[_i].reply,
			"C: NOOP",
			"S: +OK",
		},
	};

	play_run(&pop3_proto, &play);
}
END_TEST

Suite *
suite_pop3_verdict(void)
{
	Suite *suite = suite_create("pop3_verdict");
	TCase *all = tcase_create("pop3_verdict");

	tcase_add_loop_test(all, an_answer_has_words, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, all);
	return suite;
}
