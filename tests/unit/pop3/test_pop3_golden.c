/* The golden transcripts of spec/dovecot-forwarding.md section 11.2, the client's
   ports and moments included, with what usher does otherwise (section 13): names of
   Dovecot 2.4 go to every backend, in the order of 2.4. */
#include "unit.h"

#include "pop3/pop3_proto.h"
#include "play.h"

#define FORWARDED "\tforward_one=val1\tforward_two=second value"
/* one=val1 TAB two=second value */
#define CODED "FORWARD=b25lPXZhbDEJdHdvPXNlY29uZCB2YWx1ZQ=="

/* Session ids were made from the time, in microseconds of which they have 48
   bits. */
#define WALL(us) (INT64_C(6) << 48 | INT64_C(us))

static const struct play plays[] = {
	{
		"plain",
		.client = "127.0.0.1:43972", .usher = "127.0.0.1:20110",
		.wall_us = WALL(106485456474968),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201" FORWARDED,
		.lines = {
			"S: +OK usher ready.",
			"C: USER jane@example.com",
			"S: +OK",
			"C: PASS secret",
			"P -- connects to 127.0.0.1:20201",
			"B: +OK [XCLIENT] Fake ready.",
			"P: XCLIENT ADDR=127.0.0.1 PORT=43972 DESTADDR=127.0.0.1 "
			"DESTPORT=20110 SESSION=WJPOE9lgxKt/AAAB TTL=4 "
			"CLIENT-TRANSPORT=insecure " CODED,
			"P: USER jane@example.com",
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in to fake.",
			"S: +OK Logged in to fake.",
		},
	},
	{
		"STLS",
		.client = "127.0.0.1:43986", .usher = "127.0.0.1:20110",
		.wall_us = WALL(106485459971652),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201"
			  "\tstarttls=any-cert" FORWARDED,
		.lines = {
			"S: +OK usher ready.",
			"C: USER jane-tls@example.com",
			"S: +OK",
			"C: PASS secret",
			"B: +OK [XCLIENT] Fake ready.",
			"P: STLS",
			"B: +OK Begin TLS",
			"P -- TLS",
			"B -- TLS !",
			"P: XCLIENT ADDR=127.0.0.1 PORT=43986 DESTADDR=127.0.0.1 "
			"DESTPORT=20110 SESSION=RO4DFNlg0qt/AAAB TTL=4 "
			"CLIENT-TRANSPORT=insecure " CODED,
			"P: USER jane-tls@example.com",
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in to fake.",
			"S: +OK Logged in to fake.",
		},
	},
	{
		"master=boss pass=bosspw",
		.client = "127.0.0.1:43972", .usher = "127.0.0.1:20110",
		.wall_us = WALL(106485456474968),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201\tmaster=boss"
			  "\tpass=bosspw" FORWARDED,
		.lines = {
			"S: +OK usher ready.",
			"C: USER jane-master@example.com",
			"S: +OK",
			"C: PASS secret",
			"B: +OK [XCLIENT] Fake ready.",
			"P: XCLIENT ADDR=127.0.0.1 PORT=43972 DESTADDR=127.0.0.1 "
			"DESTPORT=20110 SESSION=WJPOE9lgxKt/AAAB TTL=4 "
			"CLIENT-TRANSPORT=insecure " CODED,
			/* jane-master@example.com NUL boss NUL bosspw */
			"P: AUTH PLAIN "
			"amFuZS1tYXN0ZXJAZXhhbXBsZS5jb20AYm9zcwBib3NzcHc=",
			"B: +OK Updated",
			"B: +OK Logged in to fake.",
			"S: +OK Logged in to fake.",
		},
	},
	{
		"a client on TLS with SNI",
		.with = { .listener = "tls: implicit" },
		.client = "127.0.0.1:47390", .usher = "127.0.0.1:20410",
		.wall_us = WALL(106484449752098),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201" FORWARDED,
		.lines = {
			"C -- TLS pop.client.example",
			"S: +OK usher ready.",
			"C: USER jane@example.com",
			"S: +OK",
			"C: PASS secret",
			"B: +OK [XCLIENT] Fake ready.",
			"P: XCLIENT ADDR=127.0.0.1 PORT=47390 DESTADDR=127.0.0.1 "
			"DESTPORT=20410 SESSION=IjTN19hgHrl/AAAB TTL=4 "
			"CLIENT-TRANSPORT=TLS DESTNAME=pop.client.example " CODED,
			"P: USER jane@example.com",
			"B: +OK Updated",
			"B: +OK",
			"P: PASS secret",
			"B: +OK Logged in.",
			"S: +OK Logged in.",
		},
	},
};

PLAY_SUITE(pop3_golden, pop3_proto, plays);
