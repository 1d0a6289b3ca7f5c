/* SASL exchanges that more than one side has part in: the lookup asks, the backend
   is asked, a token is refused in two steps (doc/architecture.md; RFC 5034, 5802,
   7628). What the mechanisms' messages mean is auth/'s, and tested there. */
#include "unit.h"

#include "play.h"
#include "imap/imap_proto.h"
#include "pop3/pop3_proto.h"

#define OFFER(list) .with = { .login = "mechanisms: [" list "]" }
#define LOG_IN "S: +OK usher ready.", "C: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj"
#define ASKED "Q: SCRAM-SHA-256 jane> n,,n=jane,r=abc"
#define DENIED "S: -ERR [AUTH] Authentication failed."
#define DOWN "S: -ERR [SYS/TEMP] Account is temporarily unavailable."
#define MISCONFIGURED "S: -ERR Account is temporarily unavailable."

static const struct play plays[] = {
	/* ---- with the lookup --------------------------------------------- */
	{
		"a lookup asks, and says what goes to the backend",
		OFFER("SCRAM-SHA-256"),
		.lines = {
			LOG_IN, ASKED,
			"A: CHALLENGE\tr=abcdef,s=c2FsdA==,i=4096",
			"S: + cj1hYmNkZWYscz1jMkZzZEE9PSxpPTQwOTY=",
			"C: Yz1iaXdzLHI9YWJjZGVmLHA9Y0hKdmIyWT0=",
			"Q: > c=biws,r=abcdef,p=cHJvb2Y=",
			"A: CHALLENGE\tv=dmVy",
			"S: + dj1kbVZ5",
			"C:",
			"Q: > ",
			"A: OK\tmaster=usher\tpass=key\tproxy_mech=PLAIN",
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH PLAIN amFuZQB1c2hlcgBrZXk=",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
	{
		"a client that gives up, and one whose answer is no base64",
		OFFER("SCRAM-SHA-256"),
		.lines = {
			LOG_IN, ASKED,
			"A: CHALLENGE\tr=abcdef",
			"S: + cj1hYmNkZWY=",
			"C: *",
			"S: -ERR Authentication aborted by client.",
			"C: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			ASKED,
			"A: CHALLENGE\tr=abcdef",
			"S: + cj1hYmNkZWY=",
			"C: what?",
			"S: -ERR [AUTH] Invalid base64 in response",
			"C: NOOP", "S: +OK",
		},
	},
	{
		"one that leaves",
		OFFER("SCRAM-SHA-256"),
		.lines = {
			LOG_IN, ASKED,
			"A: CHALLENGE\tr=abcdef",
			"S: + cj1hYmNkZWY=",
			"C -- closes",
		},
	},
	/* ---- with the backend -------------------------------------------- */
	{
		"a proof for the backend is carried there, and octets behind it wait",
		OFFER("SCRAM-SHA-256"),
		.answer = "OK\trelay_mechanisms=SCRAM-SHA-256",
		.lines = {
			LOG_IN,
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWYscz1jMkZzZEE9PSxpPTQwOTY=",
			"S: + cj1hYmNkZWYscz1jMkZzZEE9PSxpPTQwOTY=",
			"C: Yz1iaXdzLHI9YWJjZGVmLHA9Y0hKdmIyWT0=",
			"P: Yz1iaXdzLHI9YWJjZGVmLHA9Y0hKdmIyWT0=",
			"B: + dj1kbVZ5",
			"S: + dj1kbVZ5",
			"C:", "C: STAT",
			"P:",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
			"P: STAT",
		},
	},
	{
		"a backend that asks for the first message is told it",
		OFFER("SCRAM-SHA-256"),
		.answer = "OK\trelay_mechanisms=SCRAM-SHA-256",
		.lines = {
			"S: * OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID "
			"ENABLE IDLE LITERAL+ AUTH=SCRAM-SHA-256] usher ready.",
			"C: a AUTHENTICATE SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: * OK [CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256] ready",
			"P: L AUTHENTICATE SCRAM-SHA-256",
			"B: + ",
			"P: biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWY=",
			"S: + cj1hYmNkZWY=",
			"C: Yz1iaXdz",
			"P: Yz1iaXdz",
			"B: L OK [CAPABILITY IMAP4rev1] Logged in",
			"S: a OK [CAPABILITY IMAP4rev1] Logged in",
		},
	},
	{
		"it says no",
		OFFER("SCRAM-SHA-256"),
		.answer = "OK\trelay_mechanisms=SCRAM-SHA-256",
		.lines = {
			LOG_IN,
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWY=",
			"S: + cj1hYmNkZWY=",
			"C: Yz1iaXdz",
			"P: Yz1iaXdz",
			"B: -ERR [AUTH] Authentication failed.",
			"P -- closes",
			"-- 2 s",
			DENIED,
		},
	},
	{
		"it goes while the client thinks",
		.with = { .login = "mechanisms: [SCRAM-SHA-256]",
			  .access = "max_reconnects: 0" },
		.answer = "OK\trelay_mechanisms=SCRAM-SHA-256",
		.lines = {
			LOG_IN,
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWY=",
			"S: + cj1hYmNkZWY=",
			"B -- closes",
			"L: proxy.failed Connection closed (state=login2",
			DOWN,
			"C: Yz1iaXdz",
			"S: -ERR Unknown command.",
		},
	},
	{
		"the client goes, or gives up, in the middle",
		OFFER("SCRAM-SHA-256"),
		.answer = "OK\trelay_mechanisms=SCRAM-SHA-256",
		.lines = {
			LOG_IN,
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWY=",
			"S: + cj1hYmNkZWY=",
			"C: *",
			"P -- closes",
			"S: -ERR Authentication aborted by client.",
			"C: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWY=",
			"S: + cj1hYmNkZWY=",
			"C -- closes",
			"P -- closes",
		},
	},
	{
		"what is no base64 is not carried",
		OFFER("SCRAM-SHA-256"),
		.answer = "OK\trelay_mechanisms=SCRAM-SHA-256",
		.lines = {
			LOG_IN,
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH SCRAM-SHA-256 biwsbj1qYW5lLHI9YWJj",
			"B: + cj1hYmNkZWY=",
			"S: + cj1hYmNkZWY=",
			"C: DELE 1",
			"P -- closes",
			"S: -ERR [AUTH] Invalid base64 in response",
		},
	},
	/* ---- which mechanism --------------------------------------------- */
	{
		"one the backend does not offer is not tried",
		.answer = "OK\tproxy_mech=LOGIN",
		.lines = {
			"S: +OK usher ready.", "C: AUTH PLAIN amFuZQBqYW5lAHRvaw==",
			"B: +OK ready", "P: CAPA",
			"B: +OK", "B: USER", "B: SASL PLAIN", "B: .",
			"P -- closes",
			"L: proxy.failed it does not offer the mechanism LOGIN",
			MISCONFIGURED,
		},
	},
	{
		"inside TLS, a backend without USER is told by PLAIN",
		.answer = "OK\tssl=any-cert",
		.lines = {
			"S: +OK usher ready.", "C: AUTH PLAIN amFuZQBqYW5lAHRvaw==",
			"P -- TLS", "B -- TLS",
			"B: +OK ready", "P: CAPA",
			"B: +OK", "B: SASL LOGIN plain", "B: .",
			"P: AUTH PLAIN amFuZQBqYW5lAHRvaw==",
			"B: +OK in", "S: +OK in",
		},
	},
	{
		"a token is told in the form that the backend knows",
		OFFER("OAUTHBEARER, XOAUTH2"),
		.lines = {
			"S: +OK usher ready.",
			"C: AUTH XOAUTH2 dXNlcj1qYW5lAWF1dGg9QmVhcmVyIHRvawEB",
			"B: +OK ready", "P: CAPA",
			"B: +OK", "B: SASL OAUTHBEARER", "B: .",
			"P: AUTH OAUTHBEARER bixhPWphbmUsAWF1dGg9QmVhcmVyIHRvawEB",
			"B: +OK in", "S: +OK in",
		},
	},
	/* ---- tokens ------------------------------------------------------ */
	{
		"why a token is refused comes before the refusal",
		OFFER("OAUTHBEARER, XOAUTH2"),
		.lines = {
			"S: +OK usher ready.",
			"C: AUTH XOAUTH2 dXNlcj1qYW5lAWF1dGg9QmVhcmVyIHRvawEB",
			"B: +OK ready", "P: CAPA", "B: -ERR",
			"P: AUTH XOAUTH2 dXNlcj1qYW5lAWF1dGg9QmVhcmVyIHRvawEB",
			"B: + eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=",
			"P:",
			"B: -ERR [AUTH] Authentication failed.",
			"P -- closes",
			"-- 2 s",
			"S: + eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=",
			"C:",
			DENIED,
			"C: NOOP", "S: +OK",
		},
	},
};

START_TEST(sasl_plays)
{
	const struct play *play = &plays[_i];

	play_run(strncmp(play->lines[0], "S: +OK", 6) == 0 ? &pop3_proto :
							     &imap_proto, play);
}
END_TEST

Suite *
suite_session_sasl(void)
{
	Suite *suite = suite_create("session_sasl");
	TCase *all = tcase_create("session_sasl");

	tcase_add_loop_test(all, sasl_plays, 0,
			    (int)(sizeof(plays) / sizeof(plays[0])));
	suite_add_tcase(suite, all);
	return suite;
}
