/* Sessions from outside: kicked, drained, swept up; and relays as long as they last
   (doc/architecture.md; spec/dovecot-login-proxy.md sections 6.5, 8 and 9). */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

#define IN \
	"S: +OK usher ready.", "C: USER jane", "S: +OK", "C: PASS secret", \
	"B: +OK ready", "P: CAPA", "B: -ERR", "P: USER jane", "B: +OK", \
	"P: PASS secret", "B: +OK in", "S: +OK in"
#define SHUTDOWN "S: -ERR Server shutting down.", "S -- closes"

static const struct play plays[] = {
	/* ---- kick -------------------------------------------------------- */
	{
		"kicked while idle, a user is told",
		.lines = {
			IN,
			"-- 100 ms",
			"-- kick joe",
			"-- kick jane",
			"S: -ERR Disconnected by the administrator.",
			"S -- closes",
			"P -- closes",
			"L: proxy.ended proxy(jane,192.0.2.1:110): Disconnected by "
			"proxy: Kicked by admin (0s idle, in=30, out=8)",
		},
	},
	{
		"in the middle of something, there is no room for words",
		.lines = {
			IN,
			"B> +OK 2 mess",
			"S> +OK 2 mess",
			"-- 1 min",
			"-- kick jane",
			"S -- closes",
			"P -- closes",
		},
	},
	{
		"nor just after something",
		.lines = {
			IN,
			"-- 99 ms",
			"-- kick jane",
			"S -- closes",
			"P -- closes",
		},
	},
	{
		"on the way to the backend",
		.lines = {
			"S: +OK usher ready.", "C: USER jane", "S: +OK",
			"C: PASS secret",
			"B: +OK ready", "P: CAPA",
			"-- kick jane",
			"P -- closes",
			"S: -ERR Disconnected by the administrator.",
			"S -- closes",
			"L: session.ended Kicked by admin",
		},
	},
	{
		"all sessions of a user, and nobody else's",
		.lines = {
			IN,
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: USER jane", "C2: PASS secret", "S2: +OK",
			"P -- connects",
			"C3 -- connects from 203.0.113.11:1",
			"S3: +OK usher ready.",
			"-- 1 s",
			"-- kick jane",
			"P -- closes",
			"P -- closes",
			"S: -ERR Disconnected by the administrator.",
			"S -- closes",
			"S2: -ERR Disconnected by the administrator.",
			"S2 -- closes",
			"C3: NOOP",
			"S3: +OK",
		},
	},
	{
		"one session by its id, before the login too",
		.lines = {
			"S: +OK usher ready.",
			"C2 -- connects from 203.0.113.9:1",
			"S2: +OK usher ready.",
			"-- kick-session wCH9Y9hgQJzLAHEJ",
			"S: -ERR Disconnected by the administrator.",
			"S -- closes",
			"C2: NOOP",
			"S2: +OK",
		},
	},
	{
		"who is in",
		.with = { .listener = "tls: starttls, allow_cleartext: yes" },
		.lines = {
			IN,
			"-- who jane pop3 a 203.0.113.9:40000 clear",
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: STLS",
			"S2: +OK Begin TLS negotiation now.",
			"C2 -- TLS",
			"C2: USER joe", "S2: +OK", "C2: PASS secret",
			"B: +OK ready", "P: CAPA", "B: -ERR", "P: USER joe", "B: +OK",
			"P: PASS secret", "B: +OK in", "S2: +OK in",
			"-- who jane pop3 a 203.0.113.9:40000 clear, "
			"joe pop3 a 203.0.113.10:1 TLS",
			"C -- resets",
			"P -- closes",
			"-- who joe pop3 a 203.0.113.10:1 TLS",
		},
	},
	/* ---- the end of the process -------------------------------------- */
	{
		"idle sessions are told first, others when they are",
		.lines = {
			IN,
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"-- 999 ms",
			"-- drain",
			"S2: -ERR Server shutting down.",
			"S2 -- closes",
			"-- 1 ms",
			"-- drain",
			SHUTDOWN,
			"P -- closes",
			"L: proxy.ended Server shutting down",
		},
	},
	{
		"in the end, everybody",
		.lines = {
			IN,
			"B> half",
			"S> half",
			"-- drain everybody",
			"S -- closes",
			"P -- closes",
		},
	},
	{
		"a lookup or a backend under way is not waited for",
		.lines = {
			"S: +OK usher ready.", "C: USER jane", "S: +OK",
			"C: PASS secret",
			"Q: PLAIN jane secret",
			"-- drain",
			"Q -- is forgotten",
			SHUTDOWN,
			"C2 -- connects from 203.0.113.10:1",
			"S2: +OK usher ready.",
			"C2: USER jane", "C2: PASS secret", "S2: +OK",
			"Q: PLAIN jane secret",
			"A: OK",
			"B: +OK ready", "P: CAPA",
			"-- drain",
			"P -- closes",
			"S2: -ERR Server shutting down.",
			"S2 -- closes",
		},
	},
	/* ---- relays ------------------------------------------------------ */
	{
		"either side's end is the end, and the log says whose",
		.lines = {
			IN,
			"-- 7 s",
			"B: +OK bye",
			"S: +OK bye",
			"B -- closes",
			"S -- closes",
			"L: proxy.ended Disconnected by server (0s idle, in=30, "
			"out=17)",
		},
	},
	{
		"a client that ends still hears the answers",
		.lines = {
			IN,
			"C: QUIT",
			"P: QUIT",
			"C -- ends",
			"P -- ends",
			"B: +OK bye",
			"S: +OK bye",
			"B -- closes",
			"S -- closes",
			"L: proxy.ended Disconnected by client",
		},
	},
	{
		"if the backend does not notice, for a minute",
		.lines = {
			IN,
			"-- sweep",
			"C -- ends",
			"P -- ends",
			"-- 59 s",
			"-- sweep",
			"-- 1 s",
			"-- sweep",
			"S -- closes",
			"P -- closes",
			"L: proxy.ended Disconnected by client",
		},
	},
	{
		"what the backend said before its end comes first",
		.lines = {
			IN,
			"C -- is deaf",
			"B: +OK a letter",
			"B -- closes",
			"-- 1 s",
			"C -- takes 3",
			"S> +OK",
			"C -- listens",
			"S>  a letter\r\n",
			"S -- closes",
		},
	},
	{
		"what the client said before its end, too",
		.lines = {
			IN,
			"B -- is deaf",
			"C: QUIT",
			"C -- ends",
			"B -- listens",
			"P: QUIT",
			"P -- ends",
		},
	},
	{
		"a side that breaks ends the other",
		.lines = {
			IN,
			"C -- resets",
			"P -- closes",
			"L: proxy.ended Disconnected by client: Connection reset by "
			"peer",
		},
	},
	{
		"and so does one that is gone when it is spoken to",
		.lines = {
			IN,
			"B -- is deaf",
			"C: STAT",
			"B -- resets",
			"S -- closes",
			"L: proxy.ended Disconnected by server: Connection reset by "
			"peer",
		},
	},
	{
		"a client that is deaf is told nothing when all ends",
		.lines = {
			IN,
			"C -- is deaf",
			"B: +OK a letter",
			"-- 1 min",
			"-- drain everybody",
			"S -- closes",
			"P -- closes",
		},
	},
};

START_TEST(core_plays)
{
	play_run(&pop3_proto, &plays[_i]);
}
END_TEST

/* ---- back-pressure ----------------------------------------------------- */

/* A client on TLS: bulk that nobody may move inside the kernel. */
#define IN_TLS "C -- TLS", IN

START_TEST(who_does_not_listen_is_not_read_for)
{
	/* More than three pieces of what a relay reads at once. */
	const struct slice text = SL("abcdefghijklmnopqrstuvwxyz0123456789\r\n");
	const size_t n = 200 * 1024 / text.n;
	struct buf said = play_line_of(SL("B> "), text, n);
	struct buf heard = play_line_of(SL("S> "), text, n);
	struct play play = {
		.title = "back-pressure", .whole = true,
		.with = { .listener = "tls: implicit" },
		.lines = { IN_TLS },
	};
	const char **next = &play.lines[13];

	*next++ = "C -- is deaf";
	*next++ = said.p;
	*next++ = "-- 1 min";
	/* The other way goes on. */
	*next++ = "C: NOOP";
	*next++ = "P: NOOP";
	*next++ = "C -- listens";
	*next++ = heard.p;
	*next++ = "B: +OK";
	*next++ = "S: +OK";
	play_run(&pop3_proto, &play);
	buf_free(&said);
	buf_free(&heard);
}
END_TEST

Suite *
suite_core(void)
{
	Suite *suite = suite_create("core");
	TCase *all = tcase_create("core");

	tcase_add_loop_test(all, core_plays, 0,
			    (int)(sizeof(plays) / sizeof(plays[0])));
	tcase_add_test(all, who_does_not_listen_is_not_read_for);
	suite_add_tcase(suite, all);
	return suite;
}
