/* On the way to a backend: addresses in turn, time, reconnects, what goes in front
   (spec/dovecot-login-proxy.md sections 4.1 and 6). */
#include "unit.h"

#include "play.h"
#include "pop3/pop3_proto.h"

#define LOG_IN "S: +OK usher ready.", "C: USER jane", "S: +OK", "C: PASS secret"
#define DOWN "S: -ERR [SYS/TEMP] Account is temporarily unavailable."
#define READY "B: +OK ready", "P: CAPA"
#define TWO "OK\thost=mail.example.com\thostips=192.0.2.1,2001:db8::2"

static const struct play plays[] = {
	/* ---- addresses --------------------------------------------------- */
	{
		"the next address is tried at once, and a round after a second",
		.answer = TWO,
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			"B -- refuses",
			"L: proxy.retry proxy to mail.example.com (192.0.2.1:110): "
			"connect failed: Connection refused (state=connect, after "
			"0.000 secs, 0 reconnects)",
			"P -- connects to [2001:db8::2]:110",
			"B -- refuses",
			"L: proxy.retry ([2001:db8::2]:110): connect failed",
			"-- 999 ms",
			"-- 1 ms",
			"P -- connects to 192.0.2.1:110",
			"B -- refuses",
			"L: proxy.retry 1 reconnects",
			"P -- connects to [2001:db8::2]:110",
			READY,
			"B: -ERR", "P: USER jane", "B: +OK", "P: PASS secret",
			"B: +OK in",
			"L: proxy.started to <mail.example.com> (1.000 secs, "
			"1 reconnects): user=<jane>",
			"S: +OK in",
		},
	},
	{
		"an address that does not answer has five seconds",
		.answer = TWO,
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			"-- 4999 ms",
			"-- 1 ms",
			"P -- closes",
			"L: proxy.retry connect failed: Connection timed out",
			"P -- connects to [2001:db8::2]:110",
			READY,
		},
	},
	{
		"one that answers, and is silent then, has the login's time",
		.answer = TWO,
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			"B -- accepts",
			"-- 29999 ms",
			"-- 1 ms",
			"P -- closes",
			"L: proxy.failed Login timed out (state=banner, after "
			"30.000 secs",
			DOWN,
		},
	},
	{
		"a dialogue that fails is no fault of the address",
		.with = { .access = "max_reconnects: 1" },
		.answer = TWO,
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			"B: -ERR",
			"P -- closes",
			"L: proxy.retry banner is not +OK",
			"-- 1 s",
			"P -- connects to 192.0.2.1:110",
			"B -- closes",
			"L: proxy.retry Connection closed",
			"P -- connects to [2001:db8::2]:110",
			"B -- closes",
			"L: proxy.failed 1 reconnects",
			DOWN,
		},
	},
	{
		"an address to which there is no way",
		.answer = "OK\thost=mail.example.com\thostips=240.0.0.1,192.0.2.1",
		.lines = {
			LOG_IN,
			"L: proxy.retry connect failed: Network is unreachable",
			"P -- connects to 192.0.2.1:110",
			READY,
		},
	},
	{
		"a connection that is ours to begin, and is refused",
		.with = { .access = "tls: implicit, max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:995",
			"B -- refuses",
			"L: proxy.failed connect failed: Connection refused",
			DOWN,
		},
	},
	{
		"hostip, and source_ip",
		.answer = "OK\thost=mail.example.com\thostip=192.0.2.77\tport=1110"
			  "\tsource_ip=192.0.2.200",
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.77:1110 from 192.0.2.200",
			READY,
		},
	},
	{
		"the port of implicit TLS",
		.with = { .access = "tls: implicit, pop3s: 1995" },
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:1995",
			"B -- accepts",
			"P -- TLS",
			"B -- TLS",
			READY,
		},
	},
	{
		"whom the certificate is to name is said in the handshake",
		.answer = "OK\thost=mail.example.com\thostip=192.0.2.7\tssl=yes",
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.7:995",
			"B -- accepts",
			"P -- TLS mail.example.com",
			"B -- TLS !",
			"P -- closes",
			"L: proxy.failed certificate not valid",
			"S: -ERR Account is temporarily unavailable.",
		},
	},
	/* ---- time -------------------------------------------------------- */
	{
		"three reconnects, a second apart, and no more",
		.lines = {
			LOG_IN,
			"B -- refuses", "L: proxy.retry 0 reconnects", "-- 1 s",
			"B -- refuses", "L: proxy.retry 1 reconnects", "-- 1 s",
			"B -- refuses", "L: proxy.retry 2 reconnects", "-- 1 s",
			"B -- refuses",
			"L: proxy.failed after 3.000 secs, 3 reconnects",
			DOWN,
		},
	},
	{
		"none that would end after the time of the login",
		.with = { .access = "login_timeout: 2100ms" },
		.lines = {
			LOG_IN,
			"B -- refuses", "L: proxy.retry 0 reconnects", "-- 1 s",
			"B -- refuses",
			"L: proxy.failed after 1.000 secs, 1 reconnects",
			DOWN,
		},
	},
	{
		"proxy_timeout is the lookup's login_timeout",
		.answer = "OK\tproxy_timeout=3",
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			"-- 2999 ms",
			"-- 1 ms",
			"P -- closes",
			"L: proxy.failed Login timed out",
			DOWN,
		},
	},
	{
		"the time counts from the first attempt",
		.with = { .access = "login_timeout: 10s" },
		.lines = {
			LOG_IN,
			"B -- refuses", "L: proxy.retry 0 reconnects", "-- 1 s",
			READY,
			"-- 8999 ms",
			"-- 1 ms",
			"P -- closes",
			"L: proxy.failed Login timed out (state=capa, after 10.000",
			DOWN,
		},
	},
	{
		"a temporary refusal is what the client hears at the end of it",
		.with = { .access = "login_timeout: 10s" },
		.lines = {
			LOG_IN, READY,
			"B: -ERR", "P: USER jane",
			"B: -ERR [SYS/TEMP] the disk is full",
			"P -- closes",
			"L: proxy.retry the disk is full",
			"-- 1 s",
			READY,
			"-- 9 s",
			"P -- closes",
			"L: proxy.failed Login timed out",
			"S: -ERR [SYS/TEMP] the disk is full",
		},
	},
	{
		"a client that leaves between two attempts",
		.lines = {
			LOG_IN,
			"B -- refuses", "L: proxy.retry 0 reconnects",
			"C -- closes",
			"-- 1 min",
		},
	},
	/* ---- what a backend says ----------------------------------------- */
	{
		"a second reply with the first is not lost",
		.lines = {
			LOG_IN,
			"B: +OK ready",
			"B: -ERR no CAPA",
			"B: +OK",
			"P: CAPA",
			"P: USER jane",
			"P: PASS secret",
		},
	},
	{
		"a connection that breaks on the way",
		.with = { .access = "max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"P -- connects",
			"B -- resets",
			"L: proxy.failed connect failed: Connection reset by peer",
			DOWN,
		},
	},
	{
		"one that breaks under what is being said",
		.with = { .access = "max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"P -- connects",
			"B -- accepts",
			"B -- is deaf",
			"B: +OK ready",
			"B -- resets",
			"L: proxy.failed Connection reset by peer",
			DOWN,
		},
	},
	{
		"one that is slow to listen",
		.lines = {
			LOG_IN,
			"P -- connects",
			"B -- accepts",
			"B -- takes 3",
			"B: +OK ready",
			"P> CAP",
			"B -- listens",
			"P> A\r\n",
		},
	},
	/* ---- PROXY headers ----------------------------------------------- */
	{
		"send_proxy: v1 comes before all else, and XCLIENT does not",
		.with = { .access = "send_proxy: v1" },
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			"B -- accepts",
			"P: PROXY TCP4 203.0.113.9 198.51.100.1 40000 1",
			"B: +OK [XCLIENT] ready",
			"P: USER jane",
		},
	},
	{
		"a header that does not go in one piece is none",
		.with = { .access = "send_proxy: v1, tls: implicit, "
				    "max_reconnects: 0" },
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:995",
			"B -- takes 7",
			"B -- accepts",
			"P> PROXY T",
			"P -- closes",
			"L: proxy.failed write PROXY header",
			DOWN,
		},
	},
	{
		"before TLS, too",
		.with = { .access = "send_proxy: v1, tls: implicit" },
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:995",
			"B -- accepts",
			"P: PROXY TCP4 203.0.113.9 198.51.100.1 40000 1",
			"P -- TLS",
			"B -- TLS",
			READY,
		},
	},
	{
		"proxy_not_trusted: none of it",
		.with = { .access = "send_proxy: v1" },
		.answer = "OK\tproxy_not_trusted",
		.lines = {
			LOG_IN,
			"P -- connects to 192.0.2.1:110",
			READY,
		},
	},
};

PLAY_SUITE(backend, pop3_proto, plays);
