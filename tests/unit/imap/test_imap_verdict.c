/* What the lookup answers, in IMAP's words (spec/dovecot-login-proxy.md sections 4.5
   and 7.1). */
#include "unit.h"

#include "imap/imap_proto.h"
#include "play.h"

static const struct {
	const char *answer;
	bool waits;		/* for failure_delay */
	const char *reply;
} rows[] = {
	{ "A: DENIED", true,
	  "S: a NO [AUTHENTICATIONFAILED] Authentication failed." },
	{ "A: DENIED\treason=Not you.", true, "S: a NO [ALERT] Not you." },
	{ "A: NOT_AUTHORIZED", true,
	  "S: a NO [AUTHORIZATIONFAILED] Authorization failed" },
	{ "A: NOT_AUTHORIZED\treason=Ask her.", true,
	  "S: a NO [AUTHORIZATIONFAILED] Ask her." },
	{ "A: DISABLED", true,
	  "S: a NO [AUTHENTICATIONFAILED] Authentication failed." },
	{ "A: DISABLED\treason=Pay first.", true, "S: a NO [ALERT] Pay first." },
	{ "A: EXPIRED", true, "S: a NO [EXPIRED] Password expired" },
	{ "A: TEMPFAIL", false,
	  "S: a NO [UNAVAILABLE] Temporary authentication failure. "
	  "[proxy.example.com:2026-11-22 07:26:07]" },
	{ "A: OK\tnologin", false,
	  "S: a NO [CONTACTADMIN] Login disabled for this user" },
	{ "A: OK\tnologin\treason=In May.", false,
	  "S: a NO [CONTACTADMIN] In May." },
	{ "A: OK\tnologin\thost=192.0.2.7", false,
	  "S: a NO [REFERRAL imap://jane;AUTH=PLAIN@192.0.2.7/] "
	  "Try this server instead." },
	{ "A: OK\tnologin\thost=192.0.2.7\tport=1143\tdestuser=joe\treason=Go",
	  false, "S: a NO [REFERRAL imap://joe;AUTH=PLAIN@192.0.2.7:1143/] Go" },
	{ "A: OK\tnologin\thost=192.0.2.7\tport=143", false,
	  "S: a NO [REFERRAL imap://jane;AUTH=PLAIN@192.0.2.7/] "
	  "Try this server instead." },
	/* A reason is one line, whatever is in it. */
	{ "A: DENIED\treason=no\r\na OK Logged in", true, "S: a NO [ALERT] no" },
};

START_TEST(an_answer_has_words)
{
	const struct play play = {
		.title = rows[_i].answer,
		.lines = {
			"S: * OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID "
			"ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN] usher ready.",
			"C: a LOGIN jane secret",
			"Q: PLAIN jane secret",
			rows[_i].answer,
			rows[_i].waits ? "-- 2 s" : "--",
			rows[_i].reply,
			"C: b NOOP",
			"S: b OK NOOP completed.",
		},
	};

	play_run(&imap_proto, &play);
}
END_TEST

Suite *
suite_imap_verdict(void)
{
	Suite *suite = suite_create("imap_verdict");
	TCase *all = tcase_create("imap_verdict");

	tcase_add_loop_test(all, an_answer_has_words, 0,
			    (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(suite, all);
	return suite;
}
