/* IMAP with a backend: what it is told, and what the client is told of what it says
   (spec/dovecot-login-proxy.md sections 3, 4.2, 5.1, 9; dovecot-forwarding.md section
   4). */
#include "unit.h"

#include "imap/imap_proto.h"
#include "play.h"

#define HELLO \
	"S: * OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE " \
	"LITERAL+ AUTH=PLAIN AUTH=LOGIN] usher ready."
#define LOG_IN HELLO, "C: a LOGIN jane secret"
#define CAN "IMAP4rev1 SASL-IR ID LITERAL+"
#define ID_ \
	"P: I ID ('x-session-id' 'wCH9Y9hgQJzLAHEJ' " \
	"'x-originating-ip' '203.0.113.9' 'x-originating-port' '40000' " \
	"'x-connected-ip' '198.51.100.1' 'x-connected-port' '1' " \
	"'x-proxy-ttl' '4' 'x-client-transport' 'insecure')"
#define LOGIN_ "P: L LOGIN 'jane' 'secret'"
/* A backend that takes no ID costs transcripts two lines less. */
#define PLAIN_READY "B: * OK [CAPABILITY IMAP4rev1] ready"
#define NO_MORE .with = { .access = "max_reconnects: 0" }
#define DOWN "S: a NO [UNAVAILABLE] Account is temporarily unavailable."
#define MISCONFIGURED "S: a NO [SERVERBUG] Account is temporarily unavailable."
#define DENIED "S: a NO [AUTHENTICATIONFAILED] Authentication failed."
#define AGAIN "C: a LOGIN jane secret"

static const struct play plays[] = {
	/* ---- capability and ID ------------------------------------------- */
	{
		"a backend that does not list ID is told none",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L OK Logged in",
			"S: a OK [CAPABILITY IMAP4rev1] Logged in",
		},
	},
	{
		"one that lists nothing in its greeting is asked",
		.lines = {
			LOG_IN,
			"B: * OK ready",
			"P: C CAPABILITY",
			"B: * CAPABILITY " CAN,
			"B: C OK done",
			ID_, LOGIN_,
			"B: I OK done",
			"B: L OK Logged in",
			"S: a OK [CAPABILITY " CAN "] Logged in",
		},
	},
	{
		"one that is not IMAP4rev1, and one that refuses to list",
		NO_MORE,
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP2] ready",
			"P -- closes",
			"L: proxy.failed it lists neither IMAP4rev1 nor IMAP4rev2",
			DOWN, AGAIN,
			"B: * OK ready",
			"P: C CAPABILITY",
			"B: C BAD what?",
			"P -- closes",
			"L: proxy.failed CAPABILITY refused: what?",
			DOWN, AGAIN,
			"B: * OK [CAPABILITY IMAP4rev2] ready",
			LOGIN_,
		},
	},
	{
		"proxy_not_trusted: who the client is is not said",
		.answer = "OK\tproxy_not_trusted",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY " CAN "] ready",
			LOGIN_,
		},
	},
	{
		"proxy_nopipelining: one after the other",
		.answer = "OK\tproxy_nopipelining",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY " CAN "] ready",
			ID_,
			"B: * ID NIL",
			"B: I OK done",
			LOGIN_,
			"B: L OK Logged in",
			"S: a OK [CAPABILITY " CAN "] Logged in",
		},
	},
	{
		"an ID that is refused costs nobody the login",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY " CAN "] ready",
			ID_, LOGIN_,
			"B: I BAD who?",
			"B: L OK Logged in",
			"S: a OK [CAPABILITY " CAN "] Logged in",
		},
	},
	{
		"unless the backend is broken",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY " CAN "] ready",
			ID_, LOGIN_,
			"B: I NO [ServerBug] reload failed",
			"P -- closes",
			"L: proxy.failed ID refused: reload failed",
			MISCONFIGURED,
		},
	},
	{
		"a literal is waited for where none may be pushed",
		.answer = "OK\tforward_a=\303\244\tforward_b=\303\266",
		.lines = {
			HELLO,
			"C: a LOGIN 'j\303\244ne' secret",
			"B: * OK [CAPABILITY IMAP4rev1 ID] ready",
			"P: I ID ('x-session-id' 'wCH9Y9hgQJzLAHEJ' "
			"'x-originating-ip' '203.0.113.9' "
			"'x-originating-port' '40000' "
			"'x-connected-ip' '198.51.100.1' 'x-connected-port' '1' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure' "
			"'x-forward-a' {2}",
			"B: + go on",
			"P: \303\244 'x-forward-b' {2}",
			"B: + go on",
			"P: \303\266)",
			"P: L LOGIN {5}",
			"B: I OK done",
			"B: + go on",
			"P: j\303\244ne 'secret'",
			"B: L OK Logged in",
			"S: a OK [CAPABILITY IMAP4rev1 ID] Logged in",
		},
	},
	{
		"an ID that is answered before its end is not sent to its end",
		.answer = "OK\tforward_a=\303\244",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 ID] ready",
			"P: I ID ('x-session-id' 'wCH9Y9hgQJzLAHEJ' "
			"'x-originating-ip' '203.0.113.9' "
			"'x-originating-port' '40000' "
			"'x-connected-ip' '198.51.100.1' 'x-connected-port' '1' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure' "
			"'x-forward-a' {2}",
			"B: I BAD no literals here",
			LOGIN_,
			"B: L OK Logged in",
			"S: a OK [CAPABILITY IMAP4rev1 ID] Logged in",
		},
	},
	/* ---- TLS --------------------------------------------------------- */
	{
		"what is said in the clear after STARTTLS is not TLS's",
		.with = { .access = "tls: starttls" },
		.whole = true,
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi",
			"P: S STARTTLS",
			"B: S OK begin",
			"B: * CAPABILITY IMAP4rev1 ID",
			"B: C OK done",
			"B: L OK Logged in as mallory",
			"P -- TLS",
			"B -- TLS",
			"P: C CAPABILITY",
			"B: * CAPABILITY IMAP4rev1",
			"B: C OK done",
			LOGIN_,
			"B: L OK Logged in",
			"S: a OK [CAPABILITY IMAP4rev1] Logged in",
		},
	},
	{
		"a backend without STARTTLS",
		.with = { .access = "tls: starttls" },
		.lines = {
			LOG_IN, PLAIN_READY,
			"P -- closes",
			"L: proxy.failed STARTTLS not supported",
			MISCONFIGURED,
		},
	},
	{
		"STARTTLS refused",
		.with = { .access = "tls: starttls, max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi",
			"P: S STARTTLS",
			"B: S NO not now",
			"P -- closes",
			"L: proxy.failed STARTTLS refused: not now",
			DOWN,
		},
	},
	{
		"a certificate that is not valid",
		.with = { .access = "tls: starttls" },
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi",
			"P: S STARTTLS",
			"B: S OK begin",
			"P -- TLS",
			"B -- TLS !",
			"P -- closes",
			"L: proxy.failed certificate not valid",
			MISCONFIGURED,
		},
	},
	{
		"LOGINDISABLED without TLS: the password stays here",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi",
			"P -- closes",
			"L: proxy.failed Logins are disabled without TLS",
			MISCONFIGURED,
		},
	},
	/* ---- refusals (4.2) ---------------------------------------------- */
	{
		"whether a user exists is not said",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L NO [AUTHENTICATIONFAILED] nobody called jane",
			"P -- closes", "-- 2 s", DENIED,
			AGAIN, PLAIN_READY, LOGIN_,
			"B: L NO no jane here",
			"P -- closes", "-- 2 s", DENIED,
			AGAIN, PLAIN_READY, LOGIN_,
			"B: L BAD [X] jane?",
			"P -- closes", "-- 2 s", DENIED,
		},
	},
	{
		"other codes are the user's to read",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L NO [LIMIT] too many",
			"P -- closes", "-- 2 s",
			"S: a NO [LIMIT] too many",
			AGAIN, PLAIN_READY, LOGIN_,
			"B: L NO [EXPIRED] since May",
			"P -- closes", "-- 2 s",
			"S: a NO [EXPIRED] since May",
			AGAIN, PLAIN_READY, LOGIN_,
			"B: L NO [REFERRAL imap://jane@192.0.2.3/] there",
			"P -- closes", "-- 2 s",
			"S: a NO [REFERRAL imap://jane@192.0.2.3/] there",
		},
	},
	{
		"a backend that is broken is no wrong password",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L NO [SERVERBUG] oops",
			"P -- closes",
			"L: proxy.failed oops",
			MISCONFIGURED,
		},
	},
	{
		"UNAVAILABLE is tried again, then passed on",
		.with = { .access = "max_reconnects: 1" },
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L NO [UNAVAILABLE] soon",
			"P -- closes",
			"L: proxy.retry soon",
			"-- 1 s",
			PLAIN_READY, LOGIN_,
			"B: L NO [unavailable] later",
			"P -- closes",
			"L: proxy.failed later",
			"S: a NO [unavailable] later",
		},
	},
	{
		"greetings that are none",
		NO_MORE,
		.lines = {
			LOG_IN,
			"B: * BYE too many of you",
			"P -- closes",
			"L: proxy.failed Disconnected by server: too many of you",
			DOWN, AGAIN,
			"B: * PREAUTH come in",
			"P -- closes", "L: proxy.failed banner is not * OK", DOWN,
			AGAIN,
			"B: L OK ready",
			"P -- closes", "L: proxy.failed banner is not * OK", DOWN,
			AGAIN,
			"B: +OK POP3 ready",
			"P -- closes", "L: proxy.failed not IMAP", DOWN,
		},
	},
	{
		"replies to nothing that was asked",
		NO_MORE,
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: x OK Logged in",
			"P -- closes",
			"L: proxy.failed a reply to no command",
			DOWN, AGAIN,
			"B: * OK ready",
			"P: C CAPABILITY",
			"B: L OK Logged in",
			"P -- closes",
			"L: proxy.failed a reply to no command",
			DOWN,
		},
	},
	{
		"a backend that breaks off, at each step",
		.with = { .access = "tls: starttls, max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"B -- closes",
			"L: proxy.failed Connection closed (state=banner", DOWN,
			AGAIN,
			"B> * OK half a gree",
			"B -- closes",
			"L: proxy.failed Connection closed (state=banner", DOWN,
			AGAIN,
			"B: * OK ready", "P: C CAPABILITY",
			"B -- closes",
			"L: proxy.failed Connection closed (state=capability", DOWN,
			AGAIN,
			"B: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready",
			"P: S STARTTLS",
			"B -- resets",
			"L: proxy.failed Connection reset by peer (state=starttls",
			DOWN, AGAIN,
			"B: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready",
			"P: S STARTTLS",
			"B: S OK begin",
			"P -- TLS",
			"B -- closes",
			"L: proxy.failed connection closed (state=TLS",
			DOWN, AGAIN,
			"B: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready",
			"P: S STARTTLS",
			"B: S OK begin",
			"P -- TLS", "B -- TLS", "P: C CAPABILITY",
			"B: * CAPABILITY IMAP4rev1", "B: C OK", LOGIN_,
			"B: * BYE enough",
			"P -- closes",
			"L: proxy.failed Disconnected by server: enough "
			"(state=login", DOWN,
		},
	},
	{
		"a backend that breaks off in the middle of its ID",
		.answer = "OK\tproxy_nopipelining",
		NO_MORE,
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY " CAN "] ready",
			ID_,
			"B -- closes",
			"L: proxy.failed Connection closed (state=id", DOWN,
		},
	},
	/* ---- SASL -------------------------------------------------------- */
	{
		"an initial response only where SASL-IR is listed",
		.answer = "OK\tproxy_mech=PLAIN",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready",
			"P: L AUTHENTICATE PLAIN",
			"B: + ",
			"P: amFuZQBqYW5lAHNlY3JldA==",
			"B: L OK [CAPABILITY IMAP4rev1] Logged in",
			"S: a OK [CAPABILITY IMAP4rev1] Logged in",
		},
	},
	{
		"proxy_mech=LOGIN, in answer to questions",
		.answer = "OK\tproxy_mech=login",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=LOGIN] ready",
			"P: L AUTHENTICATE LOGIN",
			"B: + VXNlcm5hbWU6",
			"P: amFuZQ==",
			"B: + UGFzc3dvcmQ6",
			"P: c2VjcmV0",
			"B: L OK [CAPABILITY IMAP4rev1] Logged in",
			"S: a OK [CAPABILITY IMAP4rev1] Logged in",
		},
	},
	/* ---- capabilities after the login (5.1) -------------------------- */
	{
		"a list in the backend's OK passes",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L OK [CAPABILITY IMAP4rev1 IDLE] in",
			"S: a OK [CAPABILITY IMAP4rev1 IDLE] in",
		},
	},
	{
		"a list before it is put into it",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: * CAPABILITY IMAP4rev1 IDLE",
			"B: L OK in",
			"S: a OK [CAPABILITY IMAP4rev1 IDLE] in",
		},
	},
	{
		"another code in it is not lost for the list",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"B: L OK [ALERT] quota",
			"S: * CAPABILITY IMAP4rev1",
			"S: a OK [ALERT] quota",
		},
	},
	{
		"a client that asked is told again",
		.lines = {
			HELLO,
			"C: c CAPABILITY",
			"S: * CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE "
			"IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN",
			"S: c OK Pre-login capabilities listed, post-login "
			"capabilities have more.",
			AGAIN, PLAIN_READY, LOGIN_,
			"B: L OK [CAPABILITY IMAP4rev1 IDLE] in",
			"S: * CAPABILITY IMAP4rev1 IDLE",
			"S: a OK [CAPABILITY IMAP4rev1 IDLE] in",
		},
	},
	{
		"one that asked before TLS is not",
		.with = { .listener = "tls: starttls" },
		.lines = {
			"S: * OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID "
			"ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED] usher ready.",
			"C: c CAPABILITY",
			"S: * CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE "
			"IDLE LITERAL+ STARTTLS LOGINDISABLED",
			"S: c OK Pre-login capabilities listed, post-login "
			"capabilities have more.",
			"C: s STARTTLS",
			"S: s OK Begin TLS negotiation now.",
			"C -- TLS",
			AGAIN, PLAIN_READY, LOGIN_,
			"B: L OK in",
			"S: a OK [CAPABILITY IMAP4rev1] in",
		},
	},
	{
		"what a backend tells the user on the way is passed on",
		.lines = {
			LOG_IN,
			"B: * OK [CAPABILITY " CAN "] ready",
			ID_, LOGIN_,
			"B: * OK [ALERT] quota",
			"B: * ID ('name' 'x')",
			"B: * CAPABILITY IMAP4rev1 IDLE",
			"B: I OK done",
			"B: * FLAGS (\\Seen)",
			"B: L OK in",
			"S: * OK [ALERT] quota",
			"S: * FLAGS (\\Seen)",
			"S: a OK [CAPABILITY IMAP4rev1 IDLE] in",
		},
	},
	/* ---- octets around the login (9) --------------------------------- */
	{
		"what both sides said behind the login goes first",
		.lines = {
			LOG_IN,
			"C: b SELECT INBOX",
			"C> c FETCH 1 BODY",
			PLAIN_READY, LOGIN_,
			"B: L OK in",
			"B: * 1 EXISTS",
			"B> * 0 REC",
			"S: a OK [CAPABILITY IMAP4rev1] in",
			"S: * 1 EXISTS",
			"S> * 0 REC",
			"P: b SELECT INBOX",
			"P> c FETCH 1 BODY",
			"C: []",
			"P: []",
		},
	},
	{
		"after a refusal it is commands again",
		.lines = {
			LOG_IN,
			"C: b NOOP",
			PLAIN_READY, LOGIN_,
			"B: L NO no",
			"P -- closes",
			"-- 2 s",
			DENIED,
			"S: b OK NOOP completed.",
		},
	},
	{
		"a client that leaves takes its login with it",
		.lines = {
			LOG_IN, PLAIN_READY, LOGIN_,
			"C -- closes",
			"P -- closes",
			"L: session.ended internal failure, 1 successful auths",
		},
	},
};

START_TEST(imap_client_plays)
{
	play_run(&imap_proto, &plays[_i]);
}
END_TEST

/* There is room for 16 KB of it, and behind it for the answer. */
#define ALERT SL("* OK [ALERT] 42 octets, and no end of it\r\n")
#define MOST_ALERTS (16 * 1024 / 42)

START_TEST(a_backend_may_not_talk_without_end_before_its_answer)
{
	struct buf said = play_line_of(SL("B> "), ALERT, (size_t)_i);
	struct buf heard = play_line_of(SL("S> "), ALERT, MOST_ALERTS);
	const struct play enough = {
		.title = "as much as there is room for", .whole = true,
		.lines = { LOG_IN, PLAIN_READY, LOGIN_, said.p,
			   "B: L OK in",
			   heard.p,
			   "S: a OK [CAPABILITY IMAP4rev1] in" },
	};
	const struct play too_much = {
		.title = "more than that", .whole = true, NO_MORE,
		.lines = { LOG_IN, PLAIN_READY, LOGIN_, said.p,
			   "P -- closes",
			   "L: proxy.failed too much before the login",
			   heard.p,
			   DOWN },
	};

	play_run(&imap_proto, _i == MOST_ALERTS ? &enough : &too_much);
	buf_free(&said);
	buf_free(&heard);
}
END_TEST

START_TEST(a_response_has_a_maximum)
{
	struct buf reply = play_line_of(SL("B: * OK "), SL("x"), 5000);
	const struct play play = {
		.title = "long", .whole = true, NO_MORE,
		.lines = { LOG_IN, reply.p, "P -- closes",
			   "L: proxy.failed too long a line", DOWN },
	};

	play_run(&imap_proto, &play);
	buf_free(&reply);
}
END_TEST

START_TEST(what_fits_into_no_command_is_not_sent)
{
	struct buf answer = play_line_of(SL("OK\tpass="), SL("x"), 40 * 1024);
	const struct play play = {
		.title = "too long for LOGIN", .answer = answer.p, .whole = true,
		.lines = { LOG_IN, PLAIN_READY, "P -- closes",
			   "L: proxy.failed do not fit into a command", DOWN },
	};

	play_run(&imap_proto, &play);
	buf_free(&answer);
}
END_TEST

Suite *
suite_imap_client(void)
{
	Suite *suite = suite_create("imap_client");
	TCase *all = tcase_create("imap_client");

	tcase_add_loop_test(all, imap_client_plays, 0,
			    (int)(sizeof(plays) / sizeof(plays[0])));
	tcase_add_test(all, a_response_has_a_maximum);
	tcase_add_test(all, what_fits_into_no_command_is_not_sent);
	tcase_add_loop_test(
		all, a_backend_may_not_talk_without_end_before_its_answer,
		MOST_ALERTS, MOST_ALERTS + 2);
	suite_add_tcase(suite, all);
	return suite;
}
