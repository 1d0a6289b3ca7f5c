/* What a client hears until it is logged in (RFC 9051 sections 6.1 and 6.2), in
   Dovecot's words (spec/dovecot-login-proxy.md sections 5.1 and 13). */
#include "unit.h"

#include "imap/imap_proto.h"
#include "play.h"

#define LIST "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+"
#define HELLO \
	"S: * OK [CAPABILITY " LIST " AUTH=PLAIN AUTH=LOGIN] usher ready."
#define HELLO_CLEAR \
	"S: * OK [CAPABILITY " LIST " STARTTLS LOGINDISABLED] usher ready."
#define BAD_COMMAND "BAD Error in IMAP command received by server."
#define DENIED "NO [AUTHENTICATIONFAILED] Authentication failed."
#define EXPOSED \
	"S: * BAD [ALERT] Plaintext authentication not allowed without SSL/TLS, " \
	"but your client did it anyway. If anyone was listening, the password " \
	"was exposed."
#define PRIVACY \
	"NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure " \
	"(SSL/TLS) connections."

static const struct play plays[] = {
	{
		"what can be asked without a login",
		.lines = {
			HELLO,
			"C: a NOOP",
			"S: a OK NOOP completed.",
			"C: b capability",
			"S: * CAPABILITY " LIST " AUTH=PLAIN AUTH=LOGIN",
			"S: b OK Pre-login capabilities listed, post-login "
			"capabilities have more.",
			"C: c ENABLE UTF8=ACCEPT",
			"S: * ENABLED",
			"S: c OK ENABLE ignored in non-authenticated state.",
			"C: d ID NIL",
			"S: * ID ('name' 'usher')",
			"S: d OK ID completed.",
			"C: e STARTTLS",
			"S: e BAD TLS is not available here.",
			"C: f LOGOUT",
			"S: * BYE Logging out",
			"S: f OK Logout completed.",
			"S -- closes",
		},
	},
	{
		"in the clear no password is taken",
		.with = { .listener = "tls: starttls" },
		.lines = {
			HELLO_CLEAR,
			"C: a LOGIN jane secret",
			EXPOSED,
			"S: a " PRIVACY,
			"C: b AUTHENTICATE PLAIN AGphbmUAc2VjcmV0",
			"S: b NO [PRIVACYREQUIRED] Plaintext authentication "
			"disabled.",
			"C: c AUTHENTICATE PLAIN",
			"S: c NO [PRIVACYREQUIRED] Plaintext authentication "
			"disabled.",
			"C: d AUTHENTICATE NOSUCH",
			"S: d NO [ALERT] Unsupported authentication mechanism.",
		},
	},
	{
		"STARTTLS",
		.with = { .listener = "tls: required" },
		.lines = {
			HELLO_CLEAR,
			"C: a STARTTLS",
			"S: a OK Begin TLS negotiation now.",
			"C -- TLS imap.example.com",
			"C: b CAPABILITY",
			"S: * CAPABILITY " LIST " AUTH=PLAIN AUTH=LOGIN",
			"S: b OK Pre-login capabilities listed, post-login "
			"capabilities have more.",
			"C: c STARTTLS",
			"S: c BAD TLS is already active.",
			"C: d LOGIN jane secret",
			"Q: PLAIN jane secret",
			"A: DENIED",
			"-- 2 s",
			"S: d " DENIED,
		},
	},
	{
		"words in one segment with STARTTLS do not pass into TLS",
		.with = { .listener = "tls: starttls" },
		.whole = true,
		.lines = {
			HELLO_CLEAR,
			"C: a STARTTLS",
			"C: b LOGIN mallory secret",
			"S: a OK Begin TLS negotiation now.",
			"C -- TLS",
			"C: c NOOP",
			"S: c OK NOOP completed.",
		},
	},
	{
		"half a command before STARTTLS is none after it",
		.with = { .listener = "tls: starttls" },
		.whole = true,
		.lines = {
			HELLO_CLEAR,
			"C: a STARTTLS",
			"C> b NO",
			"S: a OK Begin TLS negotiation now.",
			"C -- TLS",
			"C: OP NOOP",
			"S: OP OK NOOP completed.",
		},
	},
	{
		"words behind STARTTLS in place of a handshake end it",
		.with = { .listener = "tls: starttls" },
		.lines = {
			HELLO_CLEAR,
			"C: a STARTTLS",
			"S: a OK Begin TLS negotiation now.",
			"C: b NOOP",
			"S -- closes",
			"L: tls.failed wrong version number",
		},
	},
	{
		"names and passwords in every form",
		.lines = {
			HELLO,
			"C: a LOGIN jane secret",
			"Q: PLAIN jane secret",
			"A: DENIED", "-- 2 s", "S: a " DENIED,
			"C: b login 'jane doe' 'sec\\'ret\\\\'",
			"Q: PLAIN jane doe sec\"ret\\",
			"A: DENIED", "-- 2 s", "S: b " DENIED,
			"C: c LOGIN {8}",
			"S: + OK",
			"C: jane doe {6}",
			"S: + OK",
			"C: secret",
			"Q: PLAIN jane doe secret",
			"A: DENIED", "-- 2 s", "S: c " DENIED,
			"C: d LOGIN {4+}\r\njane {3+}\r\n\303\244x",
			"Q: PLAIN jane \303\244x",
			"A: DENIED", "-- 2 s", "S: d " DENIED,
			/* As Dovecot's proxy does. */
			"C: e LOGIN {4}\r\njane {6}\r\nsecret",
			"S: + OK",
			"S: + OK",
			"Q: PLAIN jane secret",
			"A: DENIED", "-- 2 s", "S: e " DENIED,
			"C: f LOGIN jane NIL",
			"Q: PLAIN jane NIL",
			"A: DENIED", "-- 2 s", "S: f " DENIED,
		},
	},
	{
		"no name is nobody's",
		.lines = {
			HELLO,
			"C: a LOGIN '' secret",
			"-- 1999 ms",
			"-- 1 ms",
			"S: a " DENIED,
		},
	},
	{
		"AUTHENTICATE PLAIN, with and without an initial response",
		.lines = {
			HELLO,
			"C: a AUTHENTICATE PLAIN AGphbmUAc2VjcmV0",
			"Q: PLAIN jane secret",
			"A: DENIED", "-- 2 s", "S: a " DENIED,
			"C: b authenticate plain",
			"S: + ",
			"C: am9lAGphbmUAc2VjcmV0",
			"Q: PLAIN jane as joe secret",
			"A: NOT_AUTHORIZED", "-- 2 s",
			"S: b NO [AUTHORIZATIONFAILED] Authorization failed",
			"C: c AUTHENTICATE PLAIN =",
			"-- 2 s", "S: c " DENIED,
			"C: d AUTHENTICATE PLAIN",
			"S: + ",
			"C: *",
			"S: d BAD Authentication aborted by client.",
		},
	},
	{
		"AUTHENTICATE LOGIN, with and without an initial response",
		.lines = {
			HELLO,
			"C: a AUTHENTICATE LOGIN",
			"S: + VXNlcm5hbWU6",
			"C: amFuZQ==",
			"S: + UGFzc3dvcmQ6",
			"C: c2VjcmV0",
			"Q: LOGIN jane secret",
			"A: DENIED", "-- 2 s", "S: a " DENIED,
			"C: b AUTHENTICATE LOGIN amFuZQ==",
			"C: c2VjcmV0",
			"S: + UGFzc3dvcmQ6",
			"Q: LOGIN jane secret",
			"A: DENIED", "-- 2 s", "S: b " DENIED,
		},
	},
	{
		"what is no base64, in either place",
		.lines = {
			HELLO,
			"C: a AUTHENTICATE PLAIN !!!",
			"S: a BAD Invalid base64 data in initial response",
			"C: x AUTHENTICATE",
			"S: x " BAD_COMMAND,
			"C: b AUTHENTICATE LOGIN",
			"S: + VXNlcm5hbWU6",
			"C: !!",
			"S: b NO [ALERT] Invalid base64 in response",
			"C: c NOOP",
			"S: c OK NOOP completed.",
		},
	},
	{
		"nobody smuggles a line into a name",
		.lines = {
			HELLO,
			/* NUL jane CR LF NUL secret */
			"C: a AUTHENTICATE PLAIN AGphbmUNCgBzZWNyZXQ=",
			"-- 2 s", "S: a " DENIED,
			"C: b LOGIN {6+}\r\nja\r\nne secret",
			"-- 2 s", "S: b " DENIED,
		},
	},
	{
		"commands wait while a login is under way",
		.lines = {
			HELLO,
			"C: a LOGIN jane wrong",
			"C: b NOOP",
			"C: c LOGIN jane right",
			"C: d NOOP",
			"Q: PLAIN jane wrong",
			"A: DENIED",
			"-- 2 s",
			"S: a " DENIED,
			"S: b OK NOOP completed.",
			"Q: PLAIN jane right",
			"A: TEMPFAIL",
			"S: c NO [UNAVAILABLE] Temporary authentication failure. "
			"[proxy.example.com:2026-11-22 07:26:09]",
			"S: d OK NOOP completed.",
		},
	},
	{
		"nonsense is heard three times, whatever is between",
		.lines = {
			HELLO,
			"C: a FOO",
			"S: a " BAD_COMMAND,
			"C:",
			"S: * " BAD_COMMAND,
			"C: b NOOP",
			"S: b OK NOOP completed.",
			"C: c LOGIN jane",
			"S: c " BAD_COMMAND,
			"S: * BYE Too many invalid IMAP commands.",
			"S -- closes",
			"L: session.ended Too many invalid commands",
		},
	},
	{
		"a command that is too long has no end",
		.lines = {
			HELLO,
			"C: a LOGIN jane {70000}",
			"S: * BYE Literal size too large",
			"S -- closes",
			"L: session.ended Input buffer full",
		},
	},
	/* ---- ID ---------------------------------------------------------- */
	{
		"a proxy that is trusted says who the client is",
		.with = { .more = "login_trusted_networks: [ 203.0.113.0/24 ]" },
		.lines = {
			HELLO,
			"C: a ID ('X-Originating-IP' '192.0.2.9' "
			"'x-originating-port' '7' 'x-connected-ip' '[2001:db8::1]' "
			"'x-connected-port' '143' "
			"'x-connected-name' 'imap.example.com' "
			"'x-proxy-ttl' '3' 'x-session-ext-id' 'up/1' "
			"'x-client-transport' 'TLS' 'x-forward-one' {3+}\r\na\tb "
			"'x-forward-two' NIL 'x-multiplex' '0' 'name' 'p' 'odd')",
			"S: * ID ('name' 'usher')",
			"S: a OK Trusted ID completed.",
			"C: b LOGIN jane secret",
			"B: * OK [CAPABILITY IMAP4rev1 ID LITERAL+] ready",
			"P: I ID ('x-session-id' 'up/1' "
			"'x-originating-ip' '192.0.2.9' 'x-originating-port' '7' "
			"'x-connected-ip' '2001:db8::1' 'x-connected-port' '143' "
			"'x-proxy-ttl' '2' 'x-client-transport' 'TLS' "
			"'x-connected-name' 'imap.example.com' "
			"'x-forward-one' {3+}\r\na\tb)",
			"P: L LOGIN 'jane' 'secret'",
			"B: I OK", "B: L OK Logged in",
			"L: session.login user=<jane>, method=PLAIN, "
			"rip=192.0.2.9, lip=2001:db8::1, real_rip=203.0.113.9, "
			"secured, session=<up/1>",
			"S: b OK [CAPABILITY IMAP4rev1 ID LITERAL+] Logged in",
		},
	},
	{
		"one bad value, and nothing of the command counts; the next may",
		.with = { .more = "login_trusted_networks: [ 203.0.113.0/24 ]",
			  .login = "max_bad_commands: 100" },
		.lines = {
			HELLO,
			"C: a ID ('x-session-id' 'up/1' 'x-originating-ip' '1.2.3')",
			"S: a BAD Invalid ID parameters",
			"C: b ID ('x-session-id' 'up/1' 'x-originating-port' '0')",
			"S: b BAD Invalid ID parameters",
			"C: c ID ('x-session-id' 'up/1' 'x-proxy-ttl' '0')",
			"S: c BAD Invalid ID parameters",
			"C: d ID ('x-session-id' '')",
			"S: d BAD Invalid ID parameters",
			"C: e ID ('x-forward-' 'x')",
			"S: e BAD Invalid ID parameters",
			"C: f ID ('x-connected-name' 'a b')",
			"S: f BAD Invalid ID parameters",
			"C: g ID ('x-session-id' 'up/1' "
			"'x-forward-a-name-of-many-letters' '')",
			"S: g BAD Invalid ID parameters",
			"C: h ID ('x-session-id' 'good')",
			"S: * ID ('name' 'usher')",
			"S: h OK Trusted ID completed.",
			"C: i ID ('x-session-id' 'late')",
			"S: * ID ('name' 'usher')",
			"S: i OK Trusted ID completed.",
			"C: j LOGIN jane secret",
			"B: * OK [CAPABILITY IMAP4rev1 ID] ready",
			"P: I ID ('x-session-id' 'good' "
			"'x-originating-ip' '203.0.113.9' "
			"'x-originating-port' '40000' "
			"'x-connected-ip' '198.51.100.1' 'x-connected-port' '1' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure')",
			"P: L LOGIN 'jane' 'secret'",
		},
	},
	{
		"nobody else is believed, and nobody's x-keys are retained",
		.with = { .more = "imap: { id_retain: yes, "
				  "id_send: { name: mail, vendor: us } }" },
		.lines = {
			HELLO,
			"C: a ID ('x-originating-ip' '192.0.2.9' 'x-session-id' 'up' "
			"'x-forward-admin' 'yes' 'x-proxy-ttl' 'x' 'name' 'tb' "
			"'x-own' 'mine')",
			"S: * ID ('name' 'mail' 'vendor' 'us')",
			"S: a OK ID completed.",
			"C: b LOGIN jane secret",
			"B: * OK [CAPABILITY IMAP4rev1 ID] ready",
			"P: I ID ('name' 'tb' 'x-own' 'mine' "
			"'x-session-id' 'wCH9Y9hgQJzLAHEJ' "
			"'x-originating-ip' '203.0.113.9' "
			"'x-originating-port' '40000' "
			"'x-connected-ip' '198.51.100.1' 'x-connected-port' '1' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure')",
			"P: L LOGIN 'jane' 'secret'",
		},
	},
};

START_TEST(imap_server_plays)
{
	play_run(&imap_proto, &plays[_i]);
}
END_TEST

START_TEST(an_answer_in_an_exchange_has_a_maximum)
{
	struct buf answer = play_line_of(SL("C: "), SL("A"), 8192);
	const struct play play = {
		.title = "long", .whole = true,
		.lines = { HELLO, "C: a AUTHENTICATE PLAIN", "S: + ", answer.p,
			   "S: * BYE Authentication response too large",
			   "S -- closes" },
	};

	play_run(&imap_proto, &play);
	buf_free(&answer);
}
END_TEST

Suite *
suite_imap_server(void)
{
	Suite *suite = suite_create("imap_server");
	TCase *all = tcase_create("imap_server");

	tcase_add_loop_test(all, imap_server_plays, 0,
			    (int)(sizeof(plays) / sizeof(plays[0])));
	tcase_add_test(all, an_answer_in_an_exchange_has_a_maximum);
	suite_add_tcase(suite, all);
	return suite;
}
