/* One client's stay, whatever it speaks: TLS, PROXY headers, time, limits, goodbyes.
   POP3 is spoken here, since it has the fewest words. */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

#define HELLO "S: +OK usher ready."
#define LOG_IN HELLO, "C: USER jane", "S: +OK", "C: PASS secret"
#define READY "B: +OK ready", "P: CAPA", "B: -ERR", "P: USER jane"
#define TIMED_OUT "S: -ERR Disconnected for inactivity.", "S -- closes", \
	"L: session.ended Inactivity"
#define DENIED "S: -ERR [AUTH] Authentication failed."

/* A balancer at 203.0.113.9 may say who the client is. */
#define HAPROXY .with = { \
	.listener = "tls: off, allow_cleartext: yes, haproxy: yes", \
	.more = "haproxy_trusted_networks: [ 203.0.113.0/24 ]\n" \
		"login_trusted_networks: [ 192.0.2.0/24 ]" }

static const struct play plays[] = {
	/* ---- TLS --------------------------------------------------------- */
	{
		"implicit TLS comes before the greeting",
		.with = { .listener = "tls: implicit" },
		.lines = {
			"C -- TLS pop.example.com",
			HELLO,
			"C: QUIT",
			"S: +OK Logging out",
			"S -- closes",
		},
	},
	{
		"who speaks in the clear where TLS is expected is told nothing",
		.with = { .listener = "tls: implicit" },
		.lines = {
			"C: CAPA",
			"S -- closes",
			"L: tls.failed wrong version number",
			"L: session.ended TLS handshake failed",
		},
	},
	{
		"a client that leaves in the middle of a handshake",
		.with = { .listener = "tls: implicit" },
		.lines = {
			"C> \026TL",
			"C -- closes",
			"L: tls.failed connection closed",
		},
	},
	{
		"a handshake that does not end has the time of a login",
		.with = { .listener = "tls: implicit" },
		.lines = {
			"C> \026T",
			"-- 3 min",
			"S -- closes",
			"L: session.ended Inactivity",
		},
	},
	/* ---- PROXY headers ----------------------------------------------- */
	{
		"a balancer says who the client is, and that one is trusted",
		HAPROXY,
		.lines = {
			"C: PROXY TCP4 192.0.2.9 192.0.2.100 1234 110",
			"S: +OK [XCLIENT] usher ready.",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"B: +OK [XCLIENT] ready",
			"P: XCLIENT ADDR=192.0.2.9 PORT=1234 DESTADDR=192.0.2.100 "
			"DESTPORT=110 SESSION=wCH9Y9hg0gTAAAIJ TTL=4 "
			"CLIENT-TRANSPORT=insecure",
			"P: USER jane",
		},
	},
	{
		"what is behind the header is the client's",
		HAPROXY,
		.lines = {
			"C: PROXY TCP4 192.0.2.9 192.0.2.100 1234 110",
			"C: NOOP",
			"S: +OK [XCLIENT] usher ready.",
			"S: +OK",
		},
	},
	{
		"a balancer that speaks for itself is not trusted for that",
		HAPROXY,
		.lines = {
			"C: PROXY UNKNOWN",
			HELLO,
		},
	},
	{
		"who does not begin with a header is told nothing",
		HAPROXY,
		.lines = {
			"C: CAPA",
			"S -- closes",
			"L: haproxy.bad",
			"L: session.ended PROXY header not valid",
		},
	},
	{
		"nor is who may not",
		HAPROXY,
		.client = "198.51.100.9:1",
		.lines = {
			"S -- closes",
			"L: session.ended Client is not in haproxy_trusted_networks",
		},
	},
	{
		"a balancer that only looks whether somebody is there",
		HAPROXY,
		.lines = {
			"C -- closes",
			"L: session.ended Connection closed",
		},
	},
	{
		"one that breaks off in the middle of its header",
		HAPROXY,
		.lines = {
			"C> PROXY TCP4 192.0",
			"C -- closes",
			"L: haproxy.bad connection closed",
		},
	},
	{
		"or with a reset",
		HAPROXY,
		.lines = {
			"C> PROXY TCP4 192.0",
			"C -- resets",
			"L: haproxy.bad Connection reset by peer",
		},
	},
	{
		"a header that does not come is not waited for",
		HAPROXY,
		.lines = {
			"C> PROXY TCP4",
			"-- 2999 ms",
			"-- 1 ms",
			"S -- closes",
			"L: session.ended PROXY header did not come",
		},
	},
	/* ---- time -------------------------------------------------------- */
	{
		"a login has three minutes, whatever is said meanwhile",
		.lines = {
			HELLO,
			"-- 179 s",
			"C: NOOP",
			"S: +OK",
			"-- 999 ms",
			"-- 1 ms",
			TIMED_OUT,
		},
	},
	{
		"so has an exchange",
		.lines = {
			HELLO,
			"C: AUTH PLAIN",
			"S: + ",
			"-- 3 min",
			"S: -ERR Disconnected for inactivity during "
			"authentication.",
			"S -- closes",
			"L: session.ended Inactivity",
		},
	},
	{
		"and a lookup that does not answer",
		.lines = {
			LOG_IN,
			"Q: PLAIN jane secret",
			"-- 3 min",
			"Q -- is forgotten",
			TIMED_OUT,
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: AUTH PLAIN AGphbmUAc2VjcmV0",
			"Q: PLAIN jane secret",
			"A: TEMPFAIL",
			"S2: -ERR [SYS/TEMP] Temporary authentication failure. "
			"[proxy.example.com:2026-11-22 07:29:07]",
		},
	},
	{
		"and a backend that does not",
		.with = { .access = "login_timeout: 10m" },
		.lines = {
			LOG_IN, READY,
			"-- 3 min",
			"P -- closes",
			TIMED_OUT,
		},
	},
	{
		"whoever is in may stay",
		.lines = {
			LOG_IN, READY,
			"B: +OK",
			"P: PASS secret",
			"B: +OK in",
			"S: +OK in",
			"-- 10000 min",
			"C: STAT",
			"P: STAT",
		},
	},
	{
		"a refusal waits for two seconds from the question on",
		.lines = {
			LOG_IN,
			"Q: PLAIN jane secret",
			"-- 1500 ms",
			"A: DENIED",
			"-- 499 ms",
			"-- 1 ms",
			DENIED,
			"C: USER jane",
			"S: +OK",
			"C: PASS wrong",
			"Q: PLAIN jane wrong",
			"-- 3 s",
			"A: DENIED",
			DENIED,
		},
	},
	{
		"a backend's own delay counts",
		.lines = {
			LOG_IN, READY,
			"-- 1900 ms",
			"B: -ERR no",
			"P -- closes",
			"-- 100 ms",
			DENIED,
		},
	},
	{
		"who leaves while a refusal waits stands in the log all the same",
		.lines = {
			LOG_IN,
			"Q: PLAIN jane secret",
			"A: DENIED",
			"C -- closes",
			"L: session.ended auth failed, 1 attempts in 0 secs",
		},
	},
	/* ---- limits ------------------------------------------------------ */
	{
		"so many failed logins and no more",
		.with = { .login = "max_attempts: 2, failure_delay: 0s" },
		.lines = {
			LOG_IN,
			"Q: PLAIN jane secret",
			"A: DENIED",
			DENIED,
			"C: USER jane",
			"C: PASS wrong",
			"C: NOOP",
			"S: +OK",
			"Q: PLAIN jane wrong",
			"A: DENIED",
			DENIED,
			"S: -ERR Too many failed logins.",
			"S -- closes",
			"L: session.ended auth failed, 2 attempts",
		},
	},
	{
		"what is nobody's fault is not counted",
		.with = { .login = "max_attempts: 1",
			  .access = "max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"Q: PLAIN jane secret",
			"A: TEMPFAIL",
			"S: -ERR [SYS/TEMP] Temporary authentication failure. "
			"[proxy.example.com:2026-11-22 07:26:07]",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			"A: OK",
			"B -- refuses",
			"L: proxy.failed Connection refused",
			"S: -ERR [SYS/TEMP] Account is temporarily unavailable.",
			"C: NOOP",
			"S: +OK",
		},
	},
	/* ---- routes ------------------------------------------------------ */
	{
		"a route to where the client already is is a loop",
		.usher = "198.51.100.1:110",
		.answer = "OK\thost=198.51.100.1",
		.lines = {
			LOG_IN,
			"L: proxy.loop Proxying loops to itself",
			"S: -ERR [SYS/TEMP] Account is temporarily unavailable.",
		},
	},
	{
		"for another user, only the TTL can tell",
		.usher = "198.51.100.1:110",
		.answer = "OK\thost=198.51.100.1\tdestuser=joe",
		.lines = {
			LOG_IN,
			"P -- connects to 198.51.100.1:110",
		},
	},
	{
		"fields that cannot be what they say",
		.lines = {
			LOG_IN,
			"Q: PLAIN jane secret",
			"A: OK\tport=0",
			"L: route.failed field port does not have a number",
			"S: -ERR [SYS/TEMP] Account is temporarily unavailable.",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			"A: OK\tnologin\treason=no\n+OK",
			"L: route.failed field reason has a line end in it",
			"S: -ERR [SYS/TEMP] Account is temporarily unavailable.",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			"A: OK\tdirector_tag=gold",
			"L: route.failed no backend with tag gold takes users",
			"S: -ERR [SYS/TEMP] Account is temporarily unavailable.",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			"A: OK\thost=mail.example.com",
			"L: route.failed the address of mail.example.com is not "
			"known",
			"S: -ERR [SYS/TEMP] Account is temporarily unavailable.",
		},
	},
	/* ---- ends -------------------------------------------------------- */
	{
		"a client that is gone, in words or without",
		.lines = {
			HELLO,
			"C -- closes",
			"L: session.ended no auth attempts in 0 secs",
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: NO",
			"S2: -ERR Unknown command.",
			"-- 5 s",
			"C2 -- resets",
			"L: session.ended no auth attempts in 5 secs",
		},
	},
	{
		"answers that nobody reads wait, and none is lost",
		.lines = {
			HELLO,
			"C -- takes 2",
			"C: NOOP",
			"C: NOOP",
			"S> +O",
			"C -- takes 4",
			"S> K\r\n+",
			"C -- listens",
			"S: OK",
		},
	},
	{
		"a client that breaks before it has heard the answer",
		.lines = {
			HELLO,
			"C -- is deaf",
			"C: NOOP",
			"C -- resets",
			"L: session.ended Connection closed",
		},
	},
	{
		"a goodbye comes behind what was said before it",
		.lines = {
			HELLO,
			"C: NOOP",
			"C: QUIT",
			"S: +OK",
			"S: +OK Logging out",
			"S -- closes",
		},
	},
};

START_TEST(session_plays)
{
	play_run(&pop3_proto, &plays[_i]);
}
END_TEST

/* ---- a client that asks and does not listen ---------------------------- */

/* Of answers they make more than a session keeps. */
#define QUESTIONS 2000

START_TEST(a_client_that_does_not_listen_is_not_heard)
{
	struct buf asked = play_line_of(SL("C> "), SL("CAPA\r\n"), QUESTIONS);
	struct buf told = play_line_of(
		SL("S> "),
		SL("+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\n"
		   "AUTH-RESP-CODE\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n"),
		QUESTIONS);
	const struct play play = {
		.title = "deaf", .whole = true,
		.lines = { HELLO, "C -- is deaf", asked.p, "-- 1 s",
			   "C -- listens", told.p, "C: NOOP", "S: +OK" },
	};

	play_run(&pop3_proto, &play);
	buf_free(&asked);
	buf_free(&told);
}
END_TEST

Suite *
suite_session(void)
{
	Suite *suite = suite_create("session");
	TCase *all = tcase_create("session");

	tcase_add_loop_test(all, session_plays, 0,
			    (int)(sizeof(plays) / sizeof(plays[0])));
	tcase_add_test(all, a_client_that_does_not_listen_is_not_heard);
	suite_add_tcase(suite, all);
	return suite;
}
