/* Deliveries to several backends at once (RFC 2033), as a first example of a play
   with more than one. */
#include "unit.h"

#include "play.h"
#include "smtp/smtp_proto.h"

#define RECEIVED(side, p)                                                       \
	side "Received: from mta.example (unknown [203.0.113.9])",             \
	side "\tby proxy.example.com (usher) with LMTP id wCH9Y9hgQJzLAHEJ:" p ";", \
	side "\tSun, 22 Nov 2026 07:26:07 +0000"

static const struct play plays[] = {
	{
		"recipients go each to their own backend, the message to both",
		.with = { .listener = "tls: off",
			  .access = "send_identity: no",
			  .backends = "{ name: a, host: 192.0.2.1 }, "
				      "{ name: b, host: 192.0.2.2 }" },
		.lines = {
			"S: 220 proxy.example.com LMTP usher ready.",
			"C: LHLO mta.example",
			"S: 250-proxy.example.com",
			"S: 250-PIPELINING",
			"S: 250-SIZE",
			"S: 250-ENHANCEDSTATUSCODES",
			"S: 250-8BITMIME",
			"S: 250 CHUNKING",
			"C: MAIL FROM:<s@example.net>",
			"S: 250 2.1.0 OK",
			"C: RCPT TO:<jane@example.com>",
			"Q: lookup jane@example.com",
			"A: OK\thost=192.0.2.1",
			"Ba: 220 a LMTP",
			"Pa: LHLO proxy.example.com",
			"Ba: 250-a",
			"Ba: 250 PIPELINING",
			"Pa: MAIL FROM:<s@example.net>",
			"Pa: RCPT TO:<jane@example.com>",
			"Ba: 250 2.1.0 OK",
			"Ba: 250 2.1.5 OK",
			"S: 250 2.1.5 <jane@example.com> OK",
			"C: RCPT TO:<joe@example.com>",
			"Q: lookup joe@example.com",
			"A: OK\thost=192.0.2.2",
			"Bb: 220 b LMTP",
			"Pb: LHLO proxy.example.com",
			"Bb: 250 b",
			"Pb: MAIL FROM:<s@example.net>",
			"Bb: 250 2.1.0 OK",
			"Pb: RCPT TO:<joe@example.com>",
			"Bb: 250 2.1.5 OK",
			"S: 250 2.1.5 <joe@example.com> OK",
			"C: DATA",
			"Pa: DATA",
			"Pb: DATA",
			"Ba: 354 go on",
			"Bb: 354 go on",
			"S: 354 End data with <CR><LF>.<CR><LF>",
			RECEIVED("Pa: ", "P1"),
			RECEIVED("Pb: ", "P2"),
			"C: Subject: hi",
			"C:",
			"C: ..body",
			"C: .",
			"Pa: Subject: hi",
			"Pa:",
			"Pa: ..body",
			"Pa: .",
			"Pb: Subject: hi",
			"Pb:",
			"Pb: ..body",
			"Pb: .",
			"Bb: 250 2.0.0 Saved by b",
			"Ba: 452 4.2.2 Full",
			"S: 452 4.2.2 <jane@example.com> Full",
			"S: 250 2.0.0 <joe@example.com> Saved by b",
			"C: QUIT",
			"S: 221 2.0.0 Bye",
			"S -- closes",
			"Pa: QUIT",
			"Pa -- closes",
			"Pb: QUIT",
			"Pb -- closes",
		},
	},
};

PLAY_SUITE(lmtp, lmtp_proto, plays);
