/* What a client hears until it is logged in: in Dovecot's words, as it was asked
   live (spec/dovecot-login-proxy.md section 13), but for NOOP, which RFC 1939 has no
   place for before the login and a client keeps a connection alive with. */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

#define HELLO "S: +OK usher ready."
#define CAPA_FRONT "S: +OK", "S: CAPA", "S: TOP", "S: UIDL", "S: RESP-CODES", \
	"S: PIPELINING", "S: AUTH-RESP-CODE"
#define DISALLOWED "S: -ERR [AUTH] Plaintext authentication disallowed on " \
	"non-secure (SSL/TLS) connections."
#define DENIED "S: -ERR [AUTH] Authentication failed."
#define SAYS_NO "A: DENIED", "-- 2 s", DENIED

static const struct play plays[] = {
	{
		"what can be asked without a login",
		.lines = {
			HELLO,
			"C: NOOP",
			"S: +OK",
			"C: noop now",
			"S: +OK",
			"C: CAPA",
			CAPA_FRONT, "S: USER", "S: SASL PLAIN LOGIN", "S: .",
			"C: AUTH",
			"S: +OK", "S: PLAIN", "S: LOGIN", "S: .",
			"C: APOP jane c4c9334bac560ecc979e58001b3e22fb",
			"S: -ERR APOP not enabled.",
			"C: STLS",
			"S: -ERR TLS is not available here.",
			"C: XCLIENT ADDR=192.0.2.9",
			"S: +OK You are not from trusted IP - ignoring",
			"C: QUIT",
			"S: +OK Logging out",
			"S -- closes",
		},
	},
	{
		"in the clear no password is taken, nor asked for",
		.with = { .listener = "tls: starttls" },
		.lines = {
			HELLO,
			"C: CAPA",
			CAPA_FRONT, "S: STLS", "S: SASL", "S: .",
			"C: AUTH",
			"S: +OK", "S: .",
			"C: USER jane",
			DISALLOWED,
			"C: PASS secret",
			DISALLOWED,
			"C: AUTH PLAIN AGphbmUAc2VjcmV0",
			"S: -ERR [AUTH] Plaintext authentication disabled.",
			"C: AUTH PLAIN",
			"S: -ERR [AUTH] Plaintext authentication disabled.",
			"C: AUTH NOSUCH",
			"S: -ERR [AUTH] Unsupported authentication mechanism.",
			"C: PASS secret",
			DISALLOWED,
			"C -- closes",
			"L: session.ended tried to use disallowed plaintext auth",
		},
	},
	{
		"STLS; what was said before it is forgotten",
		.with = { .listener = "tls: required" },
		.lines = {
			HELLO,
			"C: STLS now",
			"S: +OK Begin TLS negotiation now.",
			"C -- TLS pop.example.com",
			"C: PASS secret",
			"S: -ERR No username given.",
			"C: STLS",
			"S: -ERR TLS is already active.",
			"C: CAPA",
			CAPA_FRONT, "S: USER", "S: SASL PLAIN LOGIN", "S: .",
			"C: USER jane",
			"S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			SAYS_NO,
		},
	},
	{
		"words in one segment with STLS do not pass into TLS",
		.with = { .listener = "tls: starttls, allow_cleartext: yes" },
		.whole = true,
		.lines = {
			HELLO,
			"C: USER mallory",
			"C: STLS",
			"C: PASS of mallory",
			"C: NOOP",
			"S: +OK",
			"S: +OK Begin TLS negotiation now.",
			"C -- TLS",
			"C: PASS secret",
			"S: -ERR No username given.",
		},
	},
	{
		"words behind STLS in place of a handshake end it",
		.with = { .listener = "tls: starttls" },
		.lines = {
			HELLO,
			"C: STLS",
			"S: +OK Begin TLS negotiation now.",
			"C: NOOP",
			"S -- closes",
			"L: tls.failed wrong version number",
		},
	},
	{
		"names and passwords, with the blanks in them",
		.lines = {
			HELLO,
			"C: USER jane doe",
			"S: +OK",
			"C: USER  joe doe ",
			"S: +OK",
			"C: PASS  two words ",
			"Q: PLAIN  joe doe   two words ",
			SAYS_NO,
			"C: PASS again",
			"S: -ERR No username given.",
			"C: USER jane",
			"S: +OK",
			"C: PASS",
			"Q: PLAIN jane ",
			SAYS_NO,
		},
	},
	{
		"no name is nobody's",
		.lines = {
			HELLO,
			"C: PASS secret",
			"S: -ERR No username given.",
			"C: USER",
			"S: +OK",
			"C: PASS secret",
			"-- 1999 ms",
			"-- 1 ms",
			DENIED,
		},
	},
	{
		"a name outlives an AUTH that failed",
		.lines = {
			HELLO,
			"C: USER jane",
			"S: +OK",
			"C: AUTH PLAIN",
			"S: + ",
			"C: *",
			"S: -ERR Authentication aborted by client.",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			SAYS_NO,
		},
	},
	{
		"AUTH PLAIN, with and without an initial response",
		.lines = {
			HELLO,
			"C: AUTH PLAIN AGphbmUAc2VjcmV0",
			"Q: PLAIN jane secret",
			SAYS_NO,
			"C: auth plain",
			"S: + ",
			"C: am9lAGphbmUAc2VjcmV0",
			"Q: PLAIN jane as joe secret",
			SAYS_NO,
			"C: AUTH PLAIN =",
			"-- 2 s",
			DENIED,
			"C: AUTH PLAIN   AGphbmUAc2VjcmV0 ",
			"Q: PLAIN jane secret",
			SAYS_NO,
		},
	},
	{
		"AUTH LOGIN, with and without an initial response",
		.lines = {
			HELLO,
			"C: AUTH LOGIN",
			"S: + VXNlcm5hbWU6",
			"C: amFuZQ==",
			"S: + UGFzc3dvcmQ6",
			"C: c2VjcmV0",
			"Q: LOGIN jane secret",
			SAYS_NO,
			"C: AUTH LOGIN amFuZQ==",
			"S: + UGFzc3dvcmQ6",
			"C: c2VjcmV0",
			"Q: LOGIN jane secret",
			SAYS_NO,
			"C: AUTH LOGIN",
			"C: amFuZQ==",
			"C: c2VjcmV0",
			"S: + VXNlcm5hbWU6",
			"S: + UGFzc3dvcmQ6",
			"Q: LOGIN jane secret",
			SAYS_NO,
		},
	},
	{
		"what is no base64, in either place",
		.lines = {
			HELLO,
			"C: AUTH PLAIN !!!",
			"S: -ERR [AUTH] Invalid base64 data in initial response",
			"C: AUTH PLAIN AGphbmUAc2VjcmV0 x",
			"S: -ERR [AUTH] Invalid base64 data in initial response",
			"C: AUTH LOGIN",
			"S: + VXNlcm5hbWU6",
			"C: !!",
			"S: -ERR [AUTH] Invalid base64 in response",
			"C: AUTH PLAIN",
			"S: + ",
			"C:",
			"-- 2 s",
			DENIED,
			"C: NOOP",
			"S: +OK",
		},
	},
	{
		"nobody smuggles a line into a name",
		.lines = {
			HELLO,
			/* NUL jane CR LF NUL secret */
			"C: AUTH PLAIN AGphbmUNCgBzZWNyZXQ=",
			"-- 2 s",
			DENIED,
			/* NUL jane NUL sec LF ret */
			"C: AUTH PLAIN AGphbmUAc2VjCnJldA==",
			"-- 2 s",
			DENIED,
			"C: USER ja\rne",
			"S: -ERR Unknown command.",
		},
	},
	{
		"commands wait while a login is under way",
		.lines = {
			HELLO,
			"C: USER jane",
			"C: PASS secret",
			"C: NOOP",
			"C: QUIT",
			"S: +OK",
			"Q: PLAIN jane secret",
			"A: DENIED",
			"-- 2 s",
			DENIED,
			"S: +OK",
			"S: +OK Logging out",
			"S -- closes",
		},
	},
	{
		"nonsense is heard three times in a row",
		.lines = {
			HELLO,
			"C: FOO",
			"S: -ERR Unknown command.",
			"C:",
			"S: -ERR Unknown command.",
			"C: APOP",
			"S: -ERR APOP not enabled.",
			"C: FOO",
			"S: -ERR Unknown command.",
			"C:",
			"S: -ERR Unknown command.",
			"C: STAT",
			"C: NOOP",
			"S: -ERR Unknown command.",
			"S: -ERR Too many invalid bad commands.",
			"S -- closes",
			"L: session.ended Too many invalid commands",
		},
	},
	{
		"lines may end with LF alone",
		.lines = {
			HELLO,
			"C> NOOP\nQUIT\n",
			"S: +OK",
			"S: +OK Logging out",
			"S -- closes",
		},
	},
};

/* ---- limits ------------------------------------------------------------ */

static const struct {
	const char *front;
	size_t n;			/* of x behind it */
	const char *reply, *last;	/* last: and the connection ends */
} limits[] = {
	{ "USER ", 1024, "S: +OK", NULL },
	{ "USER ", 1025, NULL, "S: -ERR Input buffer full, aborting" },
	{ "FOO ", 1024, "S: -ERR Unknown command.", NULL },
	{ "FOO ", 1025, NULL, "S: -ERR Input buffer full, aborting" },
	{ "XCLIENT ", 1024, "S: +OK You are not from trusted IP - ignoring",
	  NULL },
	{ "XCLIENT ", 1025, NULL, "S: -ERR Input buffer full, aborting" },
	{ "", 1040, "S: -ERR Unknown command.", NULL },
	{ "", 1041, NULL, "S: -ERR Input buffer full, aborting" },
	{ "AUTH PLAIN\r\n", 8193, "S: + ",
	  "S: -ERR Authentication response too large" },
};

START_TEST(lines_have_a_maximum)
{
	char line[10000] = "C: ";
	size_t n = strlen(limits[_i].front);
	struct play play = {
		.title = line, .whole = true,
		.lines = { HELLO, line, limits[_i].reply, limits[_i].last },
	};

	memcpy(line + 3, limits[_i].front, n);
	memset(line + 3 + n, 'x', limits[_i].n);
	if (limits[_i].reply == NULL)
		play.lines[2] = limits[_i].last;
	if (limits[_i].last != NULL)
		play.lines[limits[_i].reply == NULL ? 3 : 4] = "S -- closes";
	play_run(&pop3_proto, &play);
}
END_TEST

START_TEST(pop3_server_plays)
{
	play_run(&pop3_proto, &plays[_i]);
}
END_TEST

#define ROWS(rows) (int)(sizeof(rows) / sizeof((rows)[0]))

Suite *
suite_pop3_server(void)
{
	Suite *suite = suite_create("pop3_server");
	TCase *all = tcase_create("pop3_server");

	tcase_add_loop_test(all, pop3_server_plays, 0, ROWS(plays));
	tcase_add_loop_test(all, lines_have_a_maximum, 0, ROWS(limits));
	suite_add_tcase(suite, all);
	return suite;
}
