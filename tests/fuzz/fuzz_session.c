/* A whole session of the real core on the played network of the unit tests: client,
   backend, lookup and time do whatever the input says, in whatever order. Nothing may
   crash, go round in circles, or be left over; and a client that is told anything is
   told whole lines. */
#include "fuzz.h"

#include <stdarg.h>

#include "base/log_sink.h"
#include "conf/conf_text.h"
#include "core/session.h"
#include "imap/imap_proto.h"
#include "play_house.h"
#include "play_loop.h"
#include "play_net.h"
#include "play_tls.h"
#include "pop3/pop3_proto.h"
#include "smtp/smtp_proto.h"
#include "unit_clock.h"

static const struct proto *const protocols[] = {
	&imap_proto, &pop3_proto, &submission_proto, &lmtp_proto, &smtp_proto,
};

/* 203.0.113.0/24 is where clients come from. */
#define TRUSTED "login_trusted_networks: [ 203.0.113.0/24 ]\n"
#define TWO "{ name: a, host: 192.0.2.1 }, { name: b, host: 192.0.2.2 }"

/* The third is for protocols that route by themselves. */
static const struct play_settings wishes[] = {
	{ .listener = "tls: starttls, allow_cleartext: yes" },
	{ .listener = "tls: starttls, allow_cleartext: yes", .more = TRUSTED,
	  .access = "tls: starttls" },
	{ .listener = "tls: starttls", .backends = TWO, .more = TRUSTED },
	{ .listener = "tls: implicit", .access = "tls: implicit, send_proxy: v1",
	  .login = "failure_delay: 0s" },
};

static const char *const answers[] = {
	"OK", "OK\thost=192.0.2.2\tforward_one=val1", "DENIED\treason=no",
	"OK\tmaster=boss\tpass=x", "TEMPFAIL", "OK\tproxy_mech=LOGIN",
	"OK\tnologin\thost=192.0.2.7", NULL,
};

/* What gets a dialogue on, which chance would seldom say. */
static const struct slice lines[] = {
	SL("a LOGIN jane secret\r\n"),
	SL("* OK [CAPABILITY IMAP4rev1 SASL-IR ID LITERAL+ STARTTLS] ready\r\n"),
	SL("I OK\r\nL OK in\r\n"), SL("S OK\r\n"),
	SL("* CAPABILITY IMAP4rev1 ID\r\nC OK\r\n"),
	SL("USER jane\r\nPASS secret\r\n"), SL("+OK [XCLIENT] ready\r\n"),
	SL("+OK\r\n"), SL("+OK\r\nPIPELINING\r\nUSER\r\nSTLS\r\n.\r\n"),
	SL("AUTH PLAIN AGphbmUAc2VjcmV0\r\n"), SL("STARTTLS\r\n"),
	SL("EHLO mta.example\r\n"), SL("LHLO mta.example\r\n"),
	SL("MAIL FROM:<s@example.net>\r\n"), SL("RCPT TO:<jane@example.com>\r\n"),
	SL("RCPT TO:<joe@example.com>\r\n"), SL("DATA\r\n"),
	SL("Subject: hi\r\n\r\nbody\r\n.\r\n"), SL("BDAT 4 LAST\r\nabcd"),
	SL("220 ready\r\n"), SL("250 OK\r\n"), SL("354 go on\r\n"),
	SL("250-b\r\n250-PIPELINING\r\n250-XCLIENT ADDR PORT TTL SESSION\r\n"
	   "250-CHUNKING\r\n250 AUTH PLAIN\r\n"),
	SL("235 in\r\n"), SL("451 later\r\n"), SL("RSET\r\n"), SL("QUIT\r\n"),
	SL("XCLIENT ADDR=192.0.2.9 TTL=2\r\n"), SL("+ \r\n"),
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct play_house house;
static struct play_connection *client;

void
play_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	abort();
}

/* The harness's own needs Check. */
struct settings *
conf_text_settings(struct slice text)
{
	struct arena a = { 0 };
	struct conf_problems problems;
	struct settings *s = settings_parse(text, &a, &problems);

	require(s != NULL);
	arena_free(&a);
	return s;
}

/* ---- what may happen --------------------------------------------------- */

/* The nth connection to a backend, from the last one on; NULL if there is none. */
static struct play_connection *
backend(unsigned n)
{
	struct play_connection *found = NULL, *c;

	for (size_t i = 0; (c = play_net_connection(i)) != NULL; i++) {
		if (c != client && (n > 0 ? i % n == 0 : true))
			found = c;
	}
	return found;
}

static void
say(struct play_connection *c, struct slice octets)
{
	if (c->standing == PLAY_CONNECTING)
		play_net_answer(c, true);
	if (c->standing == PLAY_CONNECTED && !c->ended && !c->usher_closed &&
	    octets.n < buf_room(&c->to_usher))
		play_net_say(c, octets);
}

static void
disturb(struct play_connection *c, unsigned how)
{
	switch (how % 6) {
	case 0:
		play_net_end(c);
		break;
	case 1:
		play_net_close(c);
		break;
	case 2:
		play_net_reset(c);
		break;
	case 3:
		play_net_room(c, how / 6);
		break;
	case 4:
		play_net_room(c, SIZE_MAX);
		break;
	case 5:
		if (c->standing == PLAY_CONNECTING)
			play_net_answer(c, false);
		break;
	}
}

static void
answer_one(unsigned which)
{
	for (size_t i = 0; i < house.question_count; i++) {
		const char *answer = answers[which % (COUNT(answers) - 1)];

		if (house.questions[i].question == NULL)
			continue;
		play_house_answer(&house, &house.questions[i],
				  slice_of(answer));
		return;
	}
}

static void
order(unsigned what)
{
	switch (what % 4) {
	case 0:
		core_kick(&house.core, SL("jane"), SL(""));
		break;
	case 1:
		core_drain(&house.core, false);
		break;
	case 2:
		core_drain(&house.core, true);
		break;
	case 3:
		core_sweep(&house.core);
		break;
	}
}

/* One step: an octet that says what, one that says how, octets if any. */
static void
step(struct slice *in)
{
	unsigned what = (unsigned char)in->p[0], how = (unsigned char)in->p[1];
	struct play_connection *b = backend(what / 16);
	struct slice octets;

	*in = slice_skip(*in, 2);
	octets = slice_first(*in, how < in->n ? how : in->n);
	switch (what % 16) {
	case 0:
	case 1:
		*in = slice_skip(*in, octets.n);
		if (what % 16 == 0)
			say(client, octets);
		else if (b != NULL)
			say(b, octets);
		break;
	case 2:
	case 3:
	case 4:
		say(client, lines[how % COUNT(lines)]);
		break;
	case 5:
	case 6:
	case 7:
		if (b != NULL)
			say(b, lines[how % COUNT(lines)]);
		break;
	case 8:
		say(client, SL("\026TLS mail.example.com\n"));
		break;
	case 9:
		if (b != NULL)
			say(b, SL("\026TLS \n"));
		break;
	case 10:
		disturb(client, how);
		break;
	case 11:
		if (b != NULL)
			disturb(b, how);
		break;
	case 12:
		play_pass(house.loop, (int64_t)how * how * 10);
		break;
	case 13:
		answer_one(how);
		break;
	case 14:
		order(how);
		break;
	case 15:
		if (b != NULL && b->standing == PLAY_CONNECTING)
			play_net_answer(b, true);
		break;
	}
	play_settle(house.loop);
}

/* ---- what must hold ---------------------------------------------------- */

/* Until somebody is in, all that a client hears is lines, whatever was said to usher:
   nobody can put a line end into one. */
static void
check_told(void)
{
	struct slice said = buf_slice(&client->from_usher);

	if (house.core.counters.logins[VERDICT_LOGGED_IN] > 0)
		return;
	for (size_t i = 0; i < said.n; i++) {
		char next = i + 1 < said.n ? said.p[i + 1] : '\n';

		require(said.p[i] != '\0');
		require(said.p[i] != '\r' || next == '\n');
	}
}

static void
forget_lines(void)
{
	for (size_t i = 0; i < house.line_count; i++)
		free(house.lines[i].text);
	house.line_count = 0;
}

static void
perform(const struct proto *proto, const struct settings *settings,
	const char *answer, struct slice in)
{
	struct addr from, to;

	require(addr_parse(SL("203.0.113.9:40000"), &from));
	require(addr_parse(SL("198.51.100.1:1"), &to));
	play_house_open(&house, proto, settings);
	house.answer = answer;
	client = play_net_client(&from, &to);
	session_accept(&house.core, &house.listener, client->fd, &from);
	play_settle(house.loop);
	/* So many that the harness's own limits are not met. */
	for (int steps = 0; steps < 40 && in.n >= 2; steps++) {
		step(&in);
		forget_lines();
	}
	check_told();
	play_house_end(&house);
	play_house_free(&house);
}

/* Made once: reading them would take longer than all the rest. */
static const struct settings *
settings_of(size_t protocol, size_t wish)
{
	static struct settings *made[COUNT(protocols)][COUNT(wishes)];

	if (made[protocol][wish] == NULL)
		made[protocol][wish] = play_house_settings(protocols[protocol],
							   &wishes[wish]);
	return made[protocol][wish];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	size_t protocol, wish, answer;

	if (size < 3)
		return 0;
	protocol = data[0] % COUNT(protocols);
	wish = data[1] % COUNT(wishes);
	answer = data[2] % COUNT(answers);
	unit_clock_hold_at(INT64_C(1795332367000000));
	play_net_begin();
	perform(protocols[protocol], settings_of(protocol, wish),
		answers[answer], slice_skip(in, 3));
	play_net_begin();
	return 0;
}
