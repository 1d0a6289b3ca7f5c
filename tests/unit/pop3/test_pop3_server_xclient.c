/* XCLIENT and XOIP from a proxy in front (spec/dovecot-forwarding.md sections 2, 5
   and 13): what is believed, what is refused, and what the backend hears of it. */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

#define TRUSTED .with = { .more = "login_trusted_networks: [ 203.0.113.0/24 ]" }
#define HELLO "S: +OK [XCLIENT] usher ready."
#define UPDATED "S: +OK Updated"
#define INVALID "S: -ERR Invalid parameters"
#define LOG_IN "C: USER jane", "S: +OK", "C: PASS secret"
#define TOLD(words) "B: +OK [XCLIENT] ready", "P: XCLIENT " words, "P: USER jane"
#define USUAL "ADDR=203.0.113.9 PORT=40000 DESTADDR=198.51.100.1 DESTPORT=1 " \
	"SESSION=wCH9Y9hgQJzLAHEJ TTL=4 CLIENT-TRANSPORT=insecure"

static const struct play plays[] = {
	{
		"all that a proxy says goes on to the backend, one hop older",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT ADDR=192.0.2.9 PORT=7 DESTADDR=192.0.2.1 "
			"DESTPORT=110 SESSION=up/1 TTL=3 CLIENT-TRANSPORT=TLS "
			/* one=val1 TAB two=second value */
			"DESTNAME=pop.example.com "
			"FORWARD=b25lPXZhbDEJdHdvPXNlY29uZCB2YWx1ZQ==",
			UPDATED,
			LOG_IN,
			TOLD("ADDR=192.0.2.9 PORT=7 DESTADDR=192.0.2.1 "
			     "DESTPORT=110 SESSION=up/1 TTL=2 "
			     "CLIENT-TRANSPORT=TLS DESTNAME=pop.example.com "
			     "FORWARD=b25lPXZhbDEJdHdvPXNlY29uZCB2YWx1ZQ=="),
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"L: session.login rip=192.0.2.9, lip=192.0.2.1, "
			"real_rip=203.0.113.9, secured, session=<up/1>",
			"S: +OK Logged in.",
		},
	},
	{
		"nobody else is believed",
		.lines = {
			"S: +OK usher ready.",
			"C: XCLIENT ADDR=192.0.2.9 TTL=1 SESSION=up/1",
			"S: +OK You are not from trusted IP - ignoring",
			"C: XOIP 192.0.2.9",
			"S: +OK You are not from trusted IP - ignoring",
			"C: XCLIENT ADDR=nonsense",
			"S: +OK You are not from trusted IP - ignoring",
			LOG_IN,
			TOLD(USUAL),
		},
	},
	{
		"trust goes by the peer, whoever it says it is",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT ADDR=192.0.2.9",
			"C: XCLIENT ADDR=192.0.2.10 PORT=1",
			"C: XOIP 192.0.2.11",
			UPDATED, UPDATED, UPDATED,
			LOG_IN,
			TOLD("ADDR=192.0.2.11 PORT=1 DESTADDR=198.51.100.1 "
			     "DESTPORT=1 SESSION=wCH9Y9hgQJzLAHEJ TTL=4 "
			     "CLIENT-TRANSPORT=insecure"),
		},
	},
	{
		"one bad value, and nothing of the command counts",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT ADDR=192.0.2.9 PORT=0",
			INVALID,
			"C: XCLIENT ADDR=192.0.2.9 PORT=65536",
			INVALID,
			"C: XCLIENT PORT=1 ADDR=IPV6:2001:db8::9",
			INVALID,
			"C: XCLIENT ADDR=",
			INVALID,
			"C: XCLIENT PORT=1 TTL=x",
			INVALID,
			"C: XCLIENT PORT=1 DESTNAME=a=b",
			INVALID,
			"C: XCLIENT PORT=1 FORWARD=!",
			INVALID,
			"C: XOIP",
			INVALID,
			"C: XOIP pop.example.com",
			INVALID,
			LOG_IN,
			TOLD(USUAL),
		},
	},
	{
		"what is not known is no mistake, nor is a bad session id",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT",
			"C: XCLIENT nonsense NAME=x HELO= SESSION= FORWARD=",
			"C: XCLIENT SESSION=12345678901234567890123456789012345678"
			"901234567890123456789012345",
			UPDATED, UPDATED, UPDATED,
			LOG_IN,
			TOLD(USUAL),
		},
	},
	{
		"names in any letters, IPv6, and 64 octets of session id",
		TRUSTED,
		.lines = {
			HELLO,
			"C: xclient addr=2001:db8::9 port=65535 "
			"Session=12345678901234567890123456789012345678"
			"90123456789012345678901234",
			UPDATED,
			LOG_IN,
			TOLD("ADDR=2001:db8::9 PORT=65535 DESTADDR=198.51.100.1 "
			     "DESTPORT=1 SESSION=12345678901234567890123456789012"
			     "34567890123456789012345678901234 TTL=4 "
			     "CLIENT-TRANSPORT=insecure"),
		},
	},
	{
		"a session id is cleaned, since it is to be one word",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT SESSION=a\"b<c>d\\e\001f",
			UPDATED,
			LOG_IN,
			TOLD("ADDR=203.0.113.9 PORT=40000 DESTADDR=198.51.100.1 "
			     "DESTPORT=1 SESSION=abcdef TTL=4 "
			     "CLIENT-TRANSPORT=insecure"),
		},
	},
	{
		"a variable without a value is still a variable",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT FORWARD=bm9sb2dpbg==",	/* nologin */
			UPDATED,
			LOG_IN,
			TOLD(USUAL " FORWARD=bm9sb2dpbj0="),	/* nologin= */
		},
	},
	{
		"the lookup's variables replace the peer's, the settings' both",
		.with = { .more = "login_trusted_networks: [ 203.0.113.0/24 ]\n"
				  "forward: { variables: { c: 3 } }" },
		.answer = "OK\tforward_b=2\tforward_c=2",
		.lines = {
			HELLO,
			"C: XCLIENT FORWARD=YT0xCWI9MQljPTE=",	/* a=1 b=1 c=1 */
			UPDATED,
			LOG_IN,
			TOLD(USUAL " FORWARD=YT0xCWI9MgljPTM="),/* a=1 b=2 c=3 */
		},
	},
	{
		"one of a peer\x27s that no backend could be told is left out",
		TRUSTED,
		.lines = {
			HELLO,
			"C: XCLIENT FORWARD=YSBiPTEJYz0y",	/* "a b=1", c=2 */
			UPDATED,
			"L: forward.left-out Forwarded variables left out: 1",
			LOG_IN,
			TOLD(USUAL " FORWARD=Yz0y"),
		},
	},
	{
		"a variable that no backend could be told is left out",
		TRUSTED,
		.answer = "OK\tforward_a=1\tforward_a_name_with_30_characters=2",
		.lines = {
			HELLO,
			LOG_IN,
			"L: forward.left-out Forwarded variables left out: 1",
			TOLD(USUAL " FORWARD=YT0x"),
		},
	},
};

PLAY_SUITE(pop3_server_xclient, pop3_proto, plays);
