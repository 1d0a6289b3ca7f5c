/* POP3 with a backend: what it is told, and what the client is told of what it says
   (spec/dovecot-login-proxy.md sections 3, 4.3, 9; dovecot-forwarding.md section 5). */
#include "unit.h"

#include "base/base64.h"
#include "play.h"
#include "pop3/pop3_proto.h"

#define LOG_IN \
	"S: +OK usher ready.", \
	"C: USER jane", \
	"S: +OK", \
	"C: PASS secret"
/* The session id of the client that plays have, at the time they begin. */
#define ID "wCH9Y9hgQJzLAHEJ"
#define XCLIENT \
	"P: XCLIENT ADDR=203.0.113.9 PORT=40000 DESTADDR=198.51.100.1 " \
	"DESTPORT=1 SESSION=" ID " TTL=4 CLIENT-TRANSPORT=insecure"
#define DOVECOT \
	"B: +OK [XCLIENT] Dovecot ready.", \
	XCLIENT, \
	"P: USER jane"
/* One of those that are asked what they can do, and cannot much. */
#define OLD \
	"B: +OK ready", \
	"P: CAPA", \
	"B: -ERR what?", \
	"P: USER jane"
#define DOWN "S: -ERR [SYS/TEMP] Account is temporarily unavailable."
#define MISCONFIGURED "S: -ERR Account is temporarily unavailable."
#define ONCE .with = { .access = "max_reconnects: 0" }

static const struct play plays[] = {
	/* ---- capabilities ------------------------------------------------ */
	{
		"name and password go together where PIPELINING is listed",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK Capability list follows",
			"B: TOP",
			"B: USER",
			"B: pipelining",
			"B: .",
			"P: USER jane",
			"P: PASS secret",
			"B: +OK",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"and one after the other where it is not, or has to be",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK",
			"B: USER",
			"B: SASL PIPELINING",
			"B: .",
			"P: USER jane",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"proxy_nopipelining counts for more than PIPELINING",
		.answer = "OK\tproxy_nopipelining",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK",
			"B: USER",
			"B: PIPELINING",
			"B: .",
			"P: USER jane",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"with proxy_nopipelining the name waits for XCLIENT, too",
		.answer = "OK\tproxy_nopipelining",
		.lines = {
			LOG_IN,
			"B: +OK [XCLIENT] ready",
			XCLIENT,
			"B: +OK Updated",
			"P: USER jane",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"with proxy_not_trusted who the client is is not said",
		.answer = "OK\tproxy_not_trusted",
		.lines = {
			LOG_IN,
			"B: +OK [XCLIENT] ready",
			"P: USER jane",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"[XCLIENT] counts only where Dovecot writes it",
		.lines = {
			LOG_IN,
			"B: +OK ready [XCLIENT]",
			"P: CAPA",
			"B: -ERR",
			"P: USER jane",
		},
	},
	{
		"a password is not sent to a backend that does not want it",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK",
			"B: STLS",
			"B: SASL",
			"B: .",
			"P -- closes",
			"L: proxy.failed Logins are disabled without TLS",
			MISCONFIGURED,
		},
	},
	{
		"a list of capabilities that does not end is not read to its end",
		ONCE,
		.whole = true,
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK",
			"B> a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n"
			"a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n"
			"a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n"
			"a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n"
			"a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n",
			"B: a",
			"P -- closes",
			"L: proxy.failed CAPA has no end",
			DOWN,
		},
	},
	/* ---- TLS --------------------------------------------------------- */
	{
		"after STLS it is asked again",
		.with = { .access = "tls: starttls" },
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK",
			"B: STLS",
			"B: PIPELINING",
			"B: .",
			"P: STLS",
			"B: +OK Begin TLS",
			"P -- TLS",
			"B -- TLS",
			"P: CAPA",
			"B: +OK",
			"B: USER",
			"B: .",
			"P: USER jane",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"a backend that lists no STLS has none",
		.with = { .access = "tls: starttls" },
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: +OK",
			"B: USER",
			"B: .",
			"P -- closes",
			"L: proxy.failed STLS not supported",
			MISCONFIGURED,
		},
	},
	{
		"STLS refused",
		.with = { .access = "tls: starttls, max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"B: +OK [XCLIENT] ready",
			"P: STLS",
			"B: -ERR not now",
			"P -- closes",
			"L: proxy.failed STLS refused: not now",
			DOWN,
		},
	},
	{
		"what stands behind the answer to STLS is not TLS's",
		.with = { .access = "tls: starttls" },
		.whole = true,
		.lines = {
			LOG_IN,
			"B: +OK [XCLIENT] ready",
			"P: STLS",
			"B: +OK Begin TLS",
			"B: +OK Updated",
			"B: +OK",
			"B: +OK Logged in as mallory.",
			"P -- TLS",
			"B -- TLS",
			XCLIENT,
			"P: USER jane",
		},
	},
	{
		"a certificate that is not valid",
		.with = { .access = "tls: implicit" },
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:995",
			"B -- accepts",
			"P -- TLS",
			"B -- TLS !",
			"P -- closes",
			"L: proxy.failed certificate not valid",
			MISCONFIGURED,
		},
	},
	/* ---- answers ----------------------------------------------------- */
	{
		"a backend's reason for a refusal is passed on",
		.lines = {
			LOG_IN, DOVECOT,
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: -ERR [IN-USE] Somebody reads it.",
			"P -- closes",
			"-- 2 s",
			"S: -ERR [IN-USE] Somebody reads it.",
			"C: NOOP",
			"S: +OK",
		},
	},
	{
		"but not whether the user exists",
		.lines = {
			LOG_IN, DOVECOT,
			"B: +OK Updated",
			"B: -ERR nobody called jane here",
			"P -- closes",
			"-- 2 s",
			"S: -ERR [AUTH] Authentication failed.",
			"C: USER jane",
			"C: PASS secret",
			"S: +OK",
			DOVECOT,
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: -ERR [AUTH] wrong password",
			"P -- closes",
			"-- 2 s",
			"S: -ERR [AUTH] Authentication failed.",
			"C -- closes",
			"L: session.ended proxy dest auth failed",
		},
	},
	{
		"a proxy behind us that gives up says nothing of a password",
		.lines = {
			LOG_IN, DOVECOT,
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: -ERR Account is temporarily unavailable.",
			"P -- closes",
			"L: proxy.failed Account is temporarily unavailable.",
			MISCONFIGURED,
			"C: NOOP",
			"S: +OK",
		},
	},
	{
		"a temporary refusal is tried again, then passed on",
		.lines = {
			LOG_IN, OLD,
			"B: -ERR [SYS/TEMP] soon",
			"P -- closes",
			"L: proxy.retry [SYS/TEMP] soon",
			"-- 999 ms",
			"-- 1 ms",
			OLD,
			"B: -ERR [SYS/TEMP] soon",
			"P -- closes",
			"L: proxy.retry 1 reconnects",
			"-- 1 s",
			OLD,
			"B: +OK",
			"P: PASS secret",
			"B: -ERR [sys/temp] later",
			"P -- closes",
			"L: proxy.retry 2 reconnects",
			"-- 1 s",
			OLD,
			"B: -ERR [SYS/TEMP] never",
			"P -- closes",
			"L: proxy.failed 3 reconnects",
			"S: -ERR [SYS/TEMP] never",
		},
	},
	{
		"XCLIENT refused",
		.lines = {
			LOG_IN, DOVECOT,
			"B: -ERR Invalid parameters",
			"P -- closes",
			"L: proxy.failed XCLIENT refused: Invalid parameters",
			MISCONFIGURED,
		},
	},
	{
		"a banner that is no +OK",
		ONCE,
		.lines = {
			LOG_IN,
			"B: -ERR too many of you",
			"P -- closes",
			"L: proxy.failed banner is not +OK",
			DOWN,
			"C: PASS secret",
			"C: USER jane",
			"C: PASS secret",
			"S: -ERR No username given.",
			"S: +OK",
			"B: * OK IMAP ready",
			"P -- closes",
			"L: proxy.failed banner is not +OK",
			DOWN,
		},
	},
	{
		"a reply that is none",
		ONCE,
		.lines = {
			LOG_IN, DOVECOT,
			"B: 250 OK",
			"P -- closes",
			"L: proxy.failed neither +OK nor -ERR",
			DOWN,
		},
	},
	{
		"a line end within a reply does not reach the client",
		ONCE,
		.lines = {
			LOG_IN, OLD,
			"B: -ERR [IN-USE] busy\r+OK Logged in.",
			"P -- closes",
			"L: proxy.failed neither +OK nor -ERR",
			DOWN,
		},
	},
	{
		"a backend that breaks off, at each step",
		ONCE,
		.lines = {
			LOG_IN,
			"B -- closes",
			"L: proxy.failed Connection closed (state=banner",
			DOWN,
			"C: USER jane", "C: PASS secret", "S: +OK",
			"B> +OK half a ban",
			"B -- closes",
			"L: proxy.failed Connection closed (state=banner",
			DOWN,
			"C: USER jane", "C: PASS secret", "S: +OK",
			"B: +OK ready", "P: CAPA",
			"B -- closes",
			"L: proxy.failed Connection closed (state=capa",
			DOWN,
			"C: USER jane", "C: PASS secret", "S: +OK",
			DOVECOT,
			"B -- closes",
			"L: proxy.failed Connection closed (state=xclient",
			DOWN,
			"C: USER jane", "C: PASS secret", "S: +OK",
			OLD,
			"B -- closes",
			"L: proxy.failed Connection closed (state=login1",
			DOWN,
			"C: USER jane", "C: PASS secret", "S: +OK",
			OLD, "B: +OK", "P: PASS secret",
			"B -- resets",
			"L: proxy.failed Connection reset by peer (state=login2",
			DOWN,
		},
	},
	{
		"a backend that is silent",
		.with = { .access = "login_timeout: 9s" },
		.lines = {
			LOG_IN, DOVECOT,
			"B: +OK Updated",
			"-- 8999 ms",
			"-- 1 ms",
			"P -- closes",
			"L: proxy.failed Login timed out (state=login1",
			DOWN,
		},
	},
	/* ---- SASL -------------------------------------------------------- */
	{
		"proxy_mech=LOGIN, in answer to questions",
		.answer = "OK\tproxy_mech=LOGIN",
		.lines = {
			LOG_IN,
			"B: +OK [XCLIENT] ready",
			XCLIENT,
			"P: AUTH LOGIN",
			"B: +OK Updated",
			"B: + VXNlcm5hbWU6",
			"P: amFuZQ==",
			"B: + UGFzc3dvcmQ6",
			"P: c2VjcmV0",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"questions without end",
		.with = { .access = "max_reconnects: 0" },
		.answer = "OK\tproxy_mech=LOGIN",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: -ERR",
			"P: AUTH LOGIN",
			"B: + ",
			"P: amFuZQ==",
			"B: + ",
			"P: c2VjcmV0",
			"B: + ",
			"P -- closes",
			"L: proxy.failed its challenge makes no sense to LOGIN",
			DOWN,
		},
	},
	{
		"a question that is no base64",
		.with = { .access = "max_reconnects: 0" },
		.answer = "OK\tproxy_mech=LOGIN",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: -ERR",
			"P: AUTH LOGIN",
			"B: + !",
			"P -- closes",
			"L: proxy.failed challenge is no base64",
			DOWN,
		},
	},
	{
		"a mechanism usher does not speak",
		.answer = "OK\tproxy_mech=NOSUCH",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"P: CAPA",
			"B: -ERR",
			"P -- closes",
			"L: proxy.failed Unsupported SASL mechanism NOSUCH",
			DOWN,
		},
	},
	/* ---- octets around the login ------------------------------------- */
	{
		"what the client said behind its password reaches the backend",
		.lines = {
			LOG_IN,
			"C: STAT",
			"C> RETR",
			OLD,
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
			"P: STAT",
			"P> RETR",
			"C:  1",
			"P:  1",
		},
	},
	{
		"what the backend says behind its OK reaches the client",
		.lines = {
			LOG_IN, OLD,
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"B: +OK 2 messages",
			"B> +O",
			"S: +OK Logged in.",
			"S: +OK 2 messages",
			"S> +O",
		},
	},
	{
		"after a refusal what the client said behind it is commands again",
		.lines = {
			LOG_IN,
			"C: NOOP",
			OLD,
			"B: -ERR no",
			"P -- closes",
			"-- 2 s",
			"S: -ERR [AUTH] Authentication failed.",
			"S: +OK",
		},
	},
	{
		"a client that leaves takes its login with it",
		.lines = {
			LOG_IN, OLD,
			"C -- closes",
			"P -- closes",
		},
	},
	/* ---- lookups that know better ------------------------------------ */
	{
		"destuser, pass, host and port",
		.answer = "OK\tuser=jane@example.com\tdestuser=j1\tpass=other"
			  "\thost=192.0.2.77\tport=1110",
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.77:1110",
			"B: +OK ready",
			"P: CAPA",
			"B: -ERR",
			"P: USER j1",
			"B: +OK",
			"P: PASS other",
			"B: +OK Logged in.",
			"L: proxy.started proxy(jane@example.com,192.0.2.77:1110): "
			"Started proxying to <192.0.2.77> as user j1",
			"S: +OK Logged in.",
		},
	},
	{
		"a name with a line end in it goes nowhere",
		.answer = "OK\tdestuser=jane\r\nPASS x",
		.lines = {
			LOG_IN,
			"L: route.failed a line end in it",
			DOWN,
		},
	},
	{
		"TTL",
		.with = { .more = "login_trusted_networks: [ 203.0.113.0/24 ]" },
		.lines = {
			"S: +OK [XCLIENT] usher ready.",
			"C: XCLIENT TTL=1",
			"C: USER jane",
			"C: PASS secret",
			"S: +OK Updated",
			"S: +OK",
			"L: proxy.ttl TTL reached zero",
			MISCONFIGURED,
			"C: XCLIENT TTL=2",
			"C: USER jane",
			"C: PASS secret",
			"S: +OK Updated",
			"S: +OK",
			"B: +OK [XCLIENT] ready",
			"P: XCLIENT ADDR=203.0.113.9 PORT=40000 "
			"DESTADDR=198.51.100.1 DESTPORT=1 SESSION=" ID
			" TTL=1 CLIENT-TRANSPORT=insecure",
			"P: USER jane",
		},
	},
};

/* ---- names that do not fit --------------------------------------------- */

START_TEST(a_name_or_a_password_may_be_too_long)
{
	char answer[1200] = "OK\tpass=";
	size_t front = strlen(answer), n = 1024 + (size_t)_i;
	char pass[1100] = "P: PASS ";
	struct play play = {
		.title = "length", .answer = answer, .whole = true,
		.lines = { LOG_IN, OLD, "B: +OK", pass },
	};

	memset(answer + front, 'x', n);
	memset(pass + strlen(pass), 'x', n);
	if (_i == 1) {
		play.lines[7] = "P -- closes";
		play.lines[8] = "L: proxy.failed do not fit into a command";
		play.lines[9] = DOWN;
	}
	play_run(&pop3_proto, &play);
}
END_TEST

START_TEST(variables_that_fit_into_no_command_are_left_out)
{
	struct buf answer = play_line_of(SL("OK\tforward_a=1\tforward_b="),
					 SL("x"), 1024);
	const struct play play = {
		.title = "left out", .answer = answer.p,
		.lines = { LOG_IN,
			   "B: +OK [XCLIENT] ready",
			   XCLIENT " FORWARD=YT0x",
			   "P: USER jane",
			   "L: forward.left-out Forwarded variables left out: 1" },
	};

	play_run(&pop3_proto, &play);
	buf_free(&answer);
}
END_TEST

START_TEST(a_reply_has_a_maximum)
{
	struct buf reply = play_line_of(SL("B: +OK "), SL("x"), (size_t)_i - 4);
	struct play play = {
		.title = "long", .whole = true, ONCE,
		.lines = { LOG_IN, reply.p },
	};

	if (_i == 4096) {
		play.lines[5] = "P: CAPA";
	} else {
		play.lines[5] = "P -- closes";
		play.lines[6] = "L: proxy.failed too long a line";
		play.lines[7] = DOWN;
	}
	play_run(&pop3_proto, &play);
	buf_free(&reply);
}
END_TEST

START_TEST(what_fits_into_no_answer_is_not_sent)
{
	struct buf answer = play_line_of(SL("OK\tproxy_mech=PLAIN\tpass="),
					 SL("x"), 16 * 1024);
	const struct play play = {
		.title = "too long for SASL", .answer = answer.p, .whole = true,
		.lines = { LOG_IN, "B: +OK ready", "P: CAPA", "B: -ERR",
			   "P -- closes",
			   "L: proxy.failed name and password are too long",
			   DOWN },
	};

	play_run(&pop3_proto, &play);
	buf_free(&answer);
}
END_TEST

/* "P: <front><jane NUL jane NUL password in base64>" */
static void
write_response(const char *front, struct slice password, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, 400);
	BUF_ADD(&plain, SL("jane\0jane\0"), password);
	BUF_ADD(out, SL("P: "), slice_of(front));
	base64_encode(buf_slice(&plain), out);
	buf_add_char(out, '\0');
	ck_assert(buf_ok(out));
	buf_free(&plain);
}

/* 240 characters of base64 make a line of 253 octets, CRLF and all; the next
   longer one has 257, of which RFC 2449 allows 255. */
START_TEST(an_initial_response_that_does_not_fit_waits)
{
	bool fits = _i == 170;
	char answer[400] = "OK\tproxy_mech=PLAIN\tpass=";
	size_t front = strlen(answer);
	struct buf response;
	struct play play = {
		.title = "length", .answer = answer,
		.lines = { LOG_IN, "B: +OK ready", "P: CAPA", "B: -ERR" },
	};
	const char **next = &play.lines[7];

	memset(answer + front, 'x', (size_t)_i);
	buf_init(&response, 1000);
	write_response(fits ? "AUTH PLAIN " : "",
		       slice_skip(slice_of(answer), front), &response);
	if (!fits) {
		*next++ = "P: AUTH PLAIN";
		*next++ = "B: +";
	}
	*next++ = response.p;
	*next++ = "B: +OK Logged in.";
	*next++ = "S: +OK Logged in.";
	play_run(&pop3_proto, &play);
	buf_free(&response);
}
END_TEST

START_TEST(pop3_client_plays)
{
	play_run(&pop3_proto, &plays[_i]);
}
END_TEST

Suite *
suite_pop3_client(void)
{
	Suite *suite = suite_create("pop3_client");
	TCase *all = tcase_create("pop3_client");

	tcase_add_loop_test(all, pop3_client_plays, 0,
			    (int)(sizeof(plays) / sizeof(plays[0])));
	tcase_add_test(all, variables_that_fit_into_no_command_are_left_out);
	tcase_add_loop_test(all, a_reply_has_a_maximum, 4096, 4098);
	tcase_add_test(all, what_fits_into_no_answer_is_not_sent);
	tcase_add_loop_test(all, an_initial_response_that_does_not_fit_waits,
			    170, 172);
	tcase_add_loop_test(all, a_name_or_a_password_may_be_too_long, 0, 2);
	suite_add_tcase(suite, all);
	return suite;
}
