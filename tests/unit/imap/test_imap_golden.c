/* The golden transcripts of spec/dovecot-forwarding.md section 11.1, the client's
   ports and moments included, with what usher does otherwise (section 13): it adds
   what Dovecot 2.4 knows in the order of 2.3 (rule 1), asks for no multiplexing
   (rule 2), has a literal pushed only where it may be (section 3.5), and says who
   the client is inside TLS (rule 8). */
#include "unit.h"

#include "imap/imap_proto.h"
#include "play.h"

#define PRE_LOGIN "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+"
#define GREETING "S: * OK [CAPABILITY " PRE_LOGIN \
	" AUTH=PLAIN AUTH=LOGIN] usher ready."
#define FAKE "B: * OK [CAPABILITY " PRE_LOGIN " AUTH=PLAIN] Fake backend ready."
#define FAKE_WITH_STARTTLS "B: * OK [CAPABILITY " PRE_LOGIN \
	" STARTTLS AUTH=PLAIN] Fake backend ready."
#define LOGGED_IN "OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE UIDPLUS " \
	"X-FAKE-POST] Logged in"
#define FORWARDED "\tforward_one=val1\tforward_two=second value"

/* Session ids were made from the time, in microseconds of which they have 48
   bits. */
#define WALL(us) (INT64_C(6) << 48 | INT64_C(us))

static const struct play plays[] = {
	{
		"plain",
		.client = "127.0.0.1:41164", .usher = "127.0.0.1:20143",
		.wall_us = WALL(106485444259156),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201" FORWARDED,
		.lines = {
			GREETING,
			"C: a1 LOGIN jane@example.com secret",
			"P -- connects to 127.0.0.1:20201",
			FAKE,
			"P: I ID ('x-session-id' 'VC0UE9lgzKB/AAAB' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '41164' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20143' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure' "
			"'x-forward-one' 'val1' 'x-forward-two' 'second value')",
			"P: L LOGIN 'jane@example.com' 'secret'",
			"B: * ID ('name' 'Fake')",
			"B: I OK ID completed.",
			"B: L " LOGGED_IN,
			"S: a1 " LOGGED_IN,
		},
	},
	{
		"starttls=any-cert",
		.client = "127.0.0.1:40570", .usher = "127.0.0.1:20143",
		.wall_us = WALL(106485447092065),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201"
			  "\tstarttls=any-cert" FORWARDED,
		.lines = {
			GREETING,
			"C: a1 LOGIN jane-tls@example.com secret",
			FAKE_WITH_STARTTLS,
			"P: S STARTTLS",
			"B: S OK Begin TLS negotiation now.",
			"P -- TLS",
			"B -- TLS !",
			"P: C CAPABILITY",
			"B: * CAPABILITY " PRE_LOGIN " AUTH=PLAIN",
			"B: C OK Capability completed.",
			"P: I ID ('x-session-id' 'YWc/E9lgep5/AAAB' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '40570' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20143' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure' "
			"'x-forward-one' 'val1' 'x-forward-two' 'second value')",
			"P: L LOGIN 'jane-tls@example.com' 'secret'",
			"B: * ID ('name' 'Fake')",
			"B: I OK ID completed.",
			"B: L " LOGGED_IN,
			"S: a1 " LOGGED_IN,
		},
	},
	{
		"ssl=any-cert, and a client on TLS with SNI",
		.with = { .listener = "tls: implicit" },
		.client = "127.0.0.1:39592", .usher = "127.0.0.1:20493",
		.wall_us = WALL(106485494669252),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201"
			  "\tssl=any-cert" FORWARDED,
		.lines = {
			"C -- TLS mail.example.com",
			GREETING,
			"C: a1 LOGIN jane-imaps@example.com secret",
			"P -- connects to 127.0.0.1:20201",
			"B -- accepts",
			"P -- TLS",
			"B -- TLS !",
			FAKE,
			"P: I ID ('x-session-id' 'xF8VFtlgqJp/AAAB' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '39592' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20493' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'TLS' "
			"'x-connected-name' 'mail.example.com' "
			"'x-forward-one' 'val1' 'x-forward-two' 'second value')",
			"P: L LOGIN 'jane-imaps@example.com' 'secret'",
			"B: * ID ('name' 'Fake')",
			"B: I OK ID completed.",
			"B: L " LOGGED_IN,
			"S: a1 " LOGGED_IN,
		},
	},
	{
		"master=boss pass=bosspw",
		.client = "127.0.0.1:41164", .usher = "127.0.0.1:20143",
		.wall_us = WALL(106485444259156),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201\tmaster=boss"
			  "\tpass=bosspw" FORWARDED,
		.lines = {
			GREETING,
			"C: a1 LOGIN jane-master@example.com secret",
			FAKE,
			"P: I ID ('x-session-id' 'VC0UE9lgzKB/AAAB' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '41164' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20143' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure' "
			"'x-forward-one' 'val1' 'x-forward-two' 'second value')",
			/* jane-master@example.com NUL boss NUL bosspw */
			"P: L AUTHENTICATE PLAIN "
			"amFuZS1tYXN0ZXJAZXhhbXBsZS5jb20AYm9zcwBib3NzcHc=",
			"B: I OK ID completed.",
			"B: L " LOGGED_IN,
			"S: a1 " LOGGED_IN,
		},
	},
	{
		"client pairs retained, but for what was NIL",
		.with = { .more = "imap: { id_retain: yes }" },
		.client = "127.0.0.1:41164", .usher = "127.0.0.1:20143",
		.wall_us = WALL(106485444259156),
		.lines = {
			GREETING,
			"C: a1 ID ('name' 'tbird' 'version' NIL "
			"'x-originating-ip' '192.0.2.66')",
			"S: * ID ('name' 'usher')",
			"S: a1 OK ID completed.",
			"C: a2 LOGIN jane secret",
			FAKE,
			"P: I ID ('name' 'tbird' "
			"'x-session-id' 'VC0UE9lgzKB/AAAB' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '41164' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20143' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure')",
			"P: L LOGIN 'jane' 'secret'",
			"B: I OK ID completed.",
			"B: L " LOGGED_IN,
			"S: a2 " LOGGED_IN,
		},
	},
	{
		"awkward values, and LITERAL+",
		.client = "127.0.0.1:41164", .usher = "127.0.0.1:20143",
		.wall_us = WALL(106485444259156),
		.answer = "OK\thost=127.0.0.1"
			  "\tforward_esc=a\"b\\c d=e\001f\r\ng"
			  "\tforward_Up-Case=\303\244",
		.lines = {
			GREETING,
			"C: a1 LOGIN jane secret",
			FAKE,
			"P: I ID ('x-session-id' 'VC0UE9lgzKB/AAAB' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '41164' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20143' "
			"'x-proxy-ttl' '4' 'x-client-transport' 'insecure' "
			"'x-forward-esc' {14+}\r\na'b\\c d=e\001f\r\ng "
			"'x-forward-Up-Case' {2+}\r\n\303\244)",
			"P: L LOGIN 'jane' 'secret'",
			"B: I OK ID completed.",
			"B: L " LOGGED_IN,
			"S: a1 " LOGGED_IN,
		},
	},
	{
		"the second hop",
		.with = { .more = "login_trusted_networks: [ 127.0.0.0/8 ]" },
		.client = "127.0.0.1:41164", .usher = "127.0.0.1:20143",
		.wall_us = WALL(106485444259156),
		.answer = "OK\tproxy\thost=127.0.0.1\tport=20201" FORWARDED,
		.lines = {
			GREETING,
			"C: I ID ('x-proxy-ttl' '2' 'x-session-id' 'up/1' "
			"'x-forward-up' 'one')",
			"S: * ID ('name' 'usher')",
			"S: I OK Trusted ID completed.",
			"C: L LOGIN jane@example.com secret",
			FAKE,
			"P: I ID ('x-session-id' 'up/1' "
			"'x-originating-ip' '127.0.0.1' "
			"'x-originating-port' '41164' "
			"'x-connected-ip' '127.0.0.1' 'x-connected-port' '20143' "
			"'x-proxy-ttl' '1' 'x-client-transport' 'insecure' "
			"'x-forward-up' 'one' 'x-forward-one' 'val1' "
			"'x-forward-two' 'second value')",
			"P: L LOGIN 'jane@example.com' 'secret'",
			"B: I OK Trusted ID completed.",
			"B: L " LOGGED_IN,
			"S: L " LOGGED_IN,
		},
	},
};

PLAY_SUITE(imap_golden, imap_proto, plays);
