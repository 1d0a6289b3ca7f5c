#include "unit.h"

#include "net/proxy_header.h"

/* Version 2 from its signature to its command, and 192.0.2.7:4321 ->
   198.51.100.8:25. */
#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define LOCAL SIG "\x20"
#define PROXY SIG "\x21"
#define ENDS4 "\xc0\x00\x02\x07\xc6\x33\x64\x08\x10\xe1\x00\x19"

/* Octets in hexadecimal, as an exact copy. */
static struct slice
from_hex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *p = malloc(n);

	for (size_t i = 0; i < n; i++) {
		const char digits[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		p[i] = (char)strtoul(digits, NULL, 16);
	}
	return (struct slice){ p, n };
}

struct parsed {
	enum proxy_header_parse verdict;
	struct proxy_header h;
	size_t used;
	const char *why;
};

static struct parsed
parse(struct slice in)
{
	struct parsed p = { .used = 7777 };

	p.verdict = proxy_header_parse(in, &p.h, &p.used, &p.why);
	/* What did not become a header leaves no trace of one. */
	if (p.verdict != PROXY_HEADER_DONE) {
		ck_assert_uint_eq(p.used, 7777);
		ck_assert(!p.h.local && p.h.source.family == ADDR_NONE);
	}
	ck_assert_int_eq(p.why != NULL, p.verdict == PROXY_HEADER_BAD);
	return p;
}

static enum proxy_header_parse
verdict_on_first(struct slice s, size_t n)
{
	struct slice in = exact_copy(s, n);
	enum proxy_header_parse verdict = parse(in).verdict;

	free_copy(in);
	return verdict;
}

/* ---- headers that were on the wire --------------------------------------- */

/* Sent by HAProxy 2.6.12 unless computed; HAProxy's session numbers and ports
   are as they came. ends is "source destination", NULL for local. */
static const struct golden {
	const char *what;
	const char *hex;
	const char *ends;
	const char *alpn, *authority, *unique_id;
	bool tls, cert_verified;
	const char *version, *cipher, *cert_name;
} goldens[] = {
	{ .what = "version 1, IPv4",
	  .hex = "50524f58592054435034203132372e302e302e31203132372e302e302e31"
		 "2034303332342032313831310d0a",
	  .ends = "127.0.0.1:40324 127.0.0.1:21811" },
	{ .what = "version 1, IPv6",
	  .hex = "50524f58592054435036203a3a31203a3a31203430313332203231383131"
		 "0d0a",
	  .ends = "[::1]:40132 [::1]:21811" },
	{ .what = "version 1, client on a unix socket",
	  .hex = "50524f585920554e4b4e4f574e0d0a" },
	{ .what = "version 1, health check",
	  .hex = "50524f58592054435034203132372e302e302e31203132372e302e302e31"
		 "2035363637382033313930360d0a",
	  .ends = "127.0.0.1:56678 127.0.0.1:31906" },
	{ .what = "version 2, IPv4",
	  .hex = "0d0a0d0a000d0a515549540a2111000c7f0000017f000001c5e45534",
	  .ends = "127.0.0.1:50660 127.0.0.1:21812" },
	{ .what = "version 2, IPv6",
	  .hex = "0d0a0d0a000d0a515549540a212100240000000000000000000000000000"
		 "000100000000000000000000000000000001a4185534",
	  .ends = "[::1]:42008 [::1]:21812" },
	{ .what = "version 2, health check or client on a unix socket",
	  .hex = "0d0a0d0a000d0a515549540a20000000" },
	{ .what = "version 2, IPv4, everything HAProxy can add",
	  .hex = "0d0a0d0a000d0a515549540a211100877f0000017f000001c67455350300"
		 "041ddbf216010004736d7470020010696d61702e6c61622e6578616d706c"
		 "650500086162632d302d696420004c0700000000210007544c5376312e33"
		 "22000a636c69656e74206f6e652500075253413230343824000a5253412d"
		 "534841323536230016544c535f4145535f3235365f47434d5f5348413338"
		 "34",
	  .ends = "127.0.0.1:50804 127.0.0.1:21813", .alpn = "smtp",
	  .authority = "imap.lab.example", .unique_id = "abc-0-id",
	  .tls = true, .cert_verified = true, .version = "TLSv1.3",
	  .cipher = "TLS_AES_256_GCM_SHA384", .cert_name = "client one" },
	{ .what = "version 2, IPv6, everything HAProxy can add",
	  .hex = "0d0a0d0a000d0a515549540a212100a10000000000000000000000000000"
		 "000100000000000000000000000000000001e0427c3b0300043eb0d6e101"
		 "0004736d7470020010696d61702e6c61622e6578616d706c6505000a6964"
		 "2d32323836372d3820004c0700000000210007544c5376312e3322000a63"
		 "6c69656e742074776f2500075253413230343824000a5253412d53484132"
		 "3536230016544c535f4145535f3235365f47434d5f534841333834",
	  .ends = "[::1]:57410 [::1]:31803", .alpn = "smtp",
	  .authority = "imap.lab.example", .unique_id = "id-22867-8",
	  .tls = true, .cert_verified = true, .version = "TLSv1.3",
	  .cipher = "TLS_AES_256_GCM_SHA384", .cert_name = "client two" },
	/* The result of verification is 0 here too: only the flags tell. */
	{ .what = "version 2, TLS without a client certificate",
	  .hex = "0d0a0d0a000d0a515549540a211100757f0000017f000001d18e7c3b0300"
		 "0481ff92b2020010696d61702e6c61622e6578616d706c6505000a69642d"
		 "32323836372d3620003f0100000000210007544c5376312e332500075253"
		 "413230343824000a5253412d534841323536230016544c535f4145535f32"
		 "35365f47434d5f534841333834",
	  .ends = "127.0.0.1:53646 127.0.0.1:31803",
	  .authority = "imap.lab.example", .unique_id = "id-22867-6",
	  .tls = true, .version = "TLSv1.3",
	  .cipher = "TLS_AES_256_GCM_SHA384" },
	/* Self-signed by a stranger: flags 7, result 18, CN "stranger". */
	{ .what = "version 2, TLS with a certificate that did not verify",
	  .hex = "0d0a0d0a000d0a515549540a211100807f0000017f000001d1a67c3b0300"
		 "042b0dac14020010696d61702e6c61622e6578616d706c6505000a69642d"
		 "32323836372d3920004a0700000012210007544c5376312e332200087374"
		 "72616e6765722500075253413230343824000a5253412d53484132353623"
		 "0016544c535f4145535f3235365f47434d5f534841333834",
	  .ends = "127.0.0.1:53670 127.0.0.1:31803",
	  .authority = "imap.lab.example", .unique_id = "id-22867-9",
	  .tls = true, .version = "TLSv1.3",
	  .cipher = "TLS_AES_256_GCM_SHA384" },
	{ .what = "version 2, IPv6, checksum and unique id",
	  .hex = "0d0a0d0a000d0a515549540a212100390000000000000000000000000000"
		 "0001000000000000000000000000000000018a5e7c3c030004b695adf305"
		 "000b69642d32323836372d3131",
	  .ends = "[::1]:35422 [::1]:31804", .unique_id = "id-22867-11" },
	{ .what = "version 2, IPv4, computed",
	  .hex = "0d0a0d0a000d0a515549540a2111000cc0000207c633640810e10019",
	  .ends = "192.0.2.7:4321 198.51.100.8:25" },
	{ .what = "version 2, IPv6, computed",
	  .hex = "0d0a0d0a000d0a515549540a2121002420010db800000000000000000000"
		 "000720010db800000000000000000000000810e10019",
	  .ends = "[2001:db8::7]:4321 [2001:db8::8]:25" },
	{ .what = "version 2, checksum, computed",
	  .hex = "0d0a0d0a000d0a515549540a21110013c0000207c633640810e100190300"
		 "046ba42ccd",
	  .ends = "192.0.2.7:4321 198.51.100.8:25" },
	{ .what = "version 2, name and unique id, computed",
	  .hex = "0d0a0d0a000d0a515549540a2111002bc0000207c633640810e100190200"
		 "10696d61702e6c61622e6578616d706c65050009736573732d30303031",
	  .ends = "192.0.2.7:4321 198.51.100.8:25",
	  .authority = "imap.lab.example", .unique_id = "sess-0001" },
	{ .what = "version 2, TLS, computed",
	  .hex = "0d0a0d0a000d0a515549540a2111001ec0000207c633640810e100192000"
		 "0f0100000001210007544c5376312e33",
	  .ends = "192.0.2.7:4321 198.51.100.8:25",
	  .tls = true, .version = "TLSv1.3" },
};

#define GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

static const char *
ends_text(const struct proxy_header *h, char out[2 * ADDR_TEXT + 1])
{
	char source[ADDR_TEXT], destination[ADDR_TEXT];

	snprintf(out, 2 * ADDR_TEXT + 1, "%s %s",
		 addr_text(&h->source, source),
		 addr_text(&h->destination, destination));
	return out;
}

static void
assert_is_golden(const struct proxy_header *h, const struct golden *want)
{
	char text[2 * ADDR_TEXT + 1];

	ck_assert_int_eq(h->local, want->ends == NULL);
	if (want->ends != NULL)
		ck_assert_str_eq(ends_text(h, text), want->ends);
	else
		ck_assert_uint_eq(h->source.family, ADDR_NONE);
	assert_slice(h->alpn, slice_of(want->alpn));
	assert_slice(h->authority, slice_of(want->authority));
	assert_slice(h->unique_id, slice_of(want->unique_id));
	assert_slice(h->unix_path, SL(""));
	ck_assert_int_eq(h->tls.used, want->tls);
	ck_assert_int_eq(h->tls.cert_verified, want->cert_verified);
	assert_slice(h->tls.version, slice_of(want->version));
	assert_slice(h->tls.cipher, slice_of(want->cipher));
	assert_slice(h->tls.cert_name, slice_of(want->cert_name));
}

START_TEST(a_real_header_says_what_its_sender_meant)
{
	for (size_t i = 0; i < GOLDENS; i++) {
		struct slice in = from_hex(goldens[i].hex);
		struct parsed p = parse(in);

		ck_assert_msg(p.verdict == PROXY_HEADER_DONE, "%s: %s",
			      goldens[i].what, p.why);
		ck_assert_uint_eq(p.used, in.n);
		assert_is_golden(&p.h, &goldens[i]);
		free_copy(in);
	}
}
END_TEST

START_TEST(every_shorter_prefix_asks_for_more)
{
	for (size_t i = 0; i < GOLDENS; i++) {
		struct slice in = from_hex(goldens[i].hex);

		for (size_t n = 0; n < in.n; n++)
			ck_assert_msg(verdict_on_first(in, n) ==
					      PROXY_HEADER_MORE,
				      "%s, %zu octets", goldens[i].what, n);
		free_copy(in);
	}
}
END_TEST

/* TLS, a greedy client, or a second header: none of it is ours. */
START_TEST(what_follows_the_header_is_left_alone)
{
	static const struct slice tails[] = {
		SL("EHLO client.example\r\n"), SL("\x16\x03\x01"), SL("\r\n"),
		SL("PROXY UNKNOWN\r\n"), SL(PROXY "\x11"), SL("\0"),
	};

	for (size_t i = 0; i < GOLDENS * 6; i++) {
		struct slice in = from_hex(goldens[i / 6].hex);
		struct buf both;
		struct parsed p;

		buf_init(&both, 512);
		ck_assert(BUF_ADD(&both, in, tails[i % 6]));
		p = parse(buf_slice(&both));
		ck_assert_int_eq(p.verdict, PROXY_HEADER_DONE);
		ck_assert_uint_eq(p.used, in.n);
		assert_is_golden(&p.h, &goldens[i / 6]);
		buf_free(&both);
		free_copy(in);
	}
}
END_TEST

/* ---- what is refused, and how soon --------------------------------------- */

/* The first n octets are the fewest that cannot become a header. */
struct refusal {
	struct slice in;
	size_t n;
};

static void
assert_refused(const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t n = 0; n <= rows[i].in.n; n++) {
			enum proxy_header_parse want = n < rows[i].n ?
							       PROXY_HEADER_MORE
							     : PROXY_HEADER_BAD;

			ck_assert_msg(verdict_on_first(rows[i].in, n) == want,
				      "row %zu, %zu octets", i, n);
		}
	}
}

START_TEST(a_wrong_line_is_refused_at_the_octet_that_makes_it_wrong)
{
	static const struct refusal rows[] = {
		{ SL("EHLO client.example\r\n"), 1 },
		{ SL("\x16\x03\x01"), 1 },
		{ SL("\n"), 1 },
		{ SL("\0"), 1 },
		{ SL("proxy TCP4 192.0.2.7 198.51.100.8 4321 25\r\n"), 1 },
		{ SL("PrOXY TCP4 192.0.2.7 198.51.100.8 4321 25\r\n"), 2 },
		{ SL("PROXY\r\n"), 6 },
		{ SL("PROXY  TCP4 192.0.2.7 198.51.100.8 4321 25\r\n"), 7 },
		{ SL("PROXY tcp4 192.0.2.7 198.51.100.8 4321 25\r\n"), 7 },
		{ SL("PROXY TCP5 192.0.2.7 198.51.100.8 4321 25\r\n"), 10 },
		{ SL("PROXY TCP4\t192.0.2.7 198.51.100.8 4321 25\r\n"), 11 },
		{ SL("PROXY UNKNOWM\r\n"), 13 },
		{ SL("PROXY \r\n"), 7 },
		{ SL("PROXY TCP4\r\n"), 11 },
		{ SL("PROXY TCP4 \r\n"), 12 },
		/* not four decimal numbers, or of the other family */
		{ SL("PROXY TCP4 192.0.2 198.51.100.8 4321 25\r\n"), 19 },
		{ SL("PROXY TCP4 192.0.2.007 198.51.100.8 4321 25\r\n"), 23 },
		{ SL("PROXY TCP4 192.0.2.256 198.51.100.8 4321 25\r\n"), 23 },
		{ SL("PROXY TCP4 ::1 ::1 4321 25\r\n"), 15 },
		{ SL("PROXY TCP4 1.2.3.4 ::1 4321 25\r\n"), 23 },
		{ SL("PROXY TCP6 192.0.2.7 198.51.100.8 4321 25\r\n"), 21 },
		{ SL("PROXY TCP6 ::1::2 ::1 4321 25\r\n"), 18 },
		{ SL("PROXY TCP6 fe80::1%eth0 ::1 4321 25\r\n"), 24 },
		{ SL("PROXY TCP6 [::1] [::1] 4321 25\r\n"), 17 },
		/* single spaces, six fields */
		{ SL("PROXY TCP4  1.2.3.4 1.2.3.5 4321 25\r\n"), 12 },
		{ SL("PROXY TCP4 1.2.3.4  1.2.3.5 4321 25\r\n"), 20 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321  25\r\n"), 33 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 25 \r\n"), 35 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 25 x\r\n"), 35 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321\r\n"), 32 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 \r\n"), 33 },
		/* ports */
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 65536 25\r\n"), 33 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 04321 25\r\n"), 33 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 00\r\n"), 35 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 -1 25\r\n"), 30 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 imap\r\n"), 37 },
		/* the end of the line, and what may not stand in it */
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 25\n"), 35 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 25\rQUIT"), 36 },
		{ SL("PROXY TCP4 1.2.3.4 1.2.3.5 4321 25\r\r\n"), 36 },
		{ SL("PROXY TCP4 1.2.3.4\0 1.2.3.5 4321 25\r\n"), 19 },
		{ SL("PROXY UNKNOWN\n"), 14 },
		{ SL("PROXY UNKNOWN \0\r\n"), 15 },
	};

	assert_refused(rows, sizeof(rows) / sizeof(rows[0]));
}
END_TEST

START_TEST(a_wrong_fixed_part_is_refused_at_the_octet_that_makes_it_wrong)
{
	static const struct refusal rows[] = {
		{ SL("\r\n\r\n\0\r\nQUIT\r\n"), 12 },
		{ SL("\rPROXY"), 2 },
		/* version 1, version 0, commands 2 and 15 */
		{ SL(SIG "\x11\x11\x00\x0c" ENDS4), 13 },
		{ SL(SIG "\x01\x11\x00\x0c" ENDS4), 13 },
		{ SL(SIG "\x22\x11\x00\x0c" ENDS4), 13 },
		{ SL(SIG "\x2f\x11\x00\x0c" ENDS4), 13 },
		/* UDP over IPv4 and IPv6, unix datagrams */
		{ SL(PROXY "\x12\x00\x0c" ENDS4), 14 },
		{ SL(PROXY "\x22\x00\x24"), 14 },
		{ SL(PROXY "\x32\x00\xd8"), 14 },
		/* no such family, transport or pair of them */
		{ SL(PROXY "\x41\x00\x0c" ENDS4), 14 },
		{ SL(PROXY "\x13\x00\x0c" ENDS4), 14 },
		{ SL(PROXY "\x10\x00\x0c" ENDS4), 14 },
		{ SL(PROXY "\x01\x00\x0c" ENDS4), 14 },
		{ SL(PROXY "\xff\x00\x0c" ENDS4), 14 },
		{ SL(LOCAL "\x41\x00\x00"), 14 },
		/* shorter than the addresses, longer than we read */
		{ SL(PROXY "\x11\x00\x00"), 16 },
		{ SL(PROXY "\x11\x00\x0b" ENDS4), 16 },
		{ SL(PROXY "\x21\x00\x23" ENDS4), 16 },
		{ SL(PROXY "\x31\x00\xd7"), 16 },
		{ SL(PROXY "\x11\x0f\xf1"), 16 },
		{ SL(PROXY "\x00\xff\xff"), 16 },
		{ SL(LOCAL "\x00\x0f\xf1"), 16 },
	};

	assert_refused(rows, sizeof(rows) / sizeof(rows[0]));
}
END_TEST

START_TEST(a_line_has_at_most_107_octets)
{
	struct slice start = SL("PROXY UNKNOWN ");
	char line[200];
	struct slice in = { line, sizeof(line) };

	memset(line, 'x', sizeof(line));
	memcpy(line, start.p, start.n);
	ck_assert_int_eq(verdict_on_first(in, 105), PROXY_HEADER_MORE);
	ck_assert_int_eq(verdict_on_first(in, 106), PROXY_HEADER_BAD);
	line[105] = '\r';
	line[106] = '\n';
	ck_assert_int_eq(verdict_on_first(in, 106), PROXY_HEADER_MORE);
	ck_assert_int_eq(verdict_on_first(in, 107), PROXY_HEADER_DONE);
	ck_assert_uint_eq(parse(in).used, 107);
}
END_TEST

/* 1500 octets are too many for Dovecot, 536 for Postfix. */
START_TEST(a_header_has_at_most_4096_octets)
{
	static const size_t sizes[] = { 631, 1501, 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char bytes[4097] = PROXY "\x11\x00\x0c" ENDS4 "\x04";
		struct slice in = { bytes, sizeof(bytes) };

		/* one padding TLV to the end */
		bytes[14] = (char)((sizes[i] - 16) >> 8);
		bytes[15] = (char)((sizes[i] - 16) & 0xff);
		bytes[29] = (char)((sizes[i] - 31) >> 8);
		bytes[30] = (char)((sizes[i] - 31) & 0xff);
		ck_assert_int_eq(verdict_on_first(in, sizes[i] - 1),
				 PROXY_HEADER_MORE);
		ck_assert_int_eq(verdict_on_first(in, sizes[i]),
				 PROXY_HEADER_DONE);
		ck_assert_uint_eq(parse(in).used, sizes[i]);
	}
}
END_TEST

/* ---- whose ends count ---------------------------------------------------- */

START_TEST(who_speaks_for_nobody_leaves_the_real_ends)
{
	static const struct slice rows[] = {
		SL("PROXY UNKNOWN\r\n"),
		SL("PROXY UNKNOWN 192.0.2.7 198.51.100.8 4321 25\r\n"),
		SL("PROXY UNKNOWN ffff::1 whatever \xff it says\r\n"),
		SL(LOCAL "\x00\x00\x00"),
		SL(LOCAL "\x11\x00\x0c" ENDS4),
		SL(LOCAL "\x12\x00\x0c" ENDS4),
		/* what a health check brings along is skipped unread */
		SL(LOCAL "\x11\x00\x00"),
		SL(LOCAL "\x00\x00\x02\x02\x00"),
		SL(LOCAL "\x11\x00\x13" ENDS4 "\x03\x00\x04\0\0\0\0"),
		SL(LOCAL "\x11\x00\x13" ENDS4 "\x02\x00\x04host"),
		SL(PROXY "\x00\x00\x00"),
		SL(PROXY "\x00\x00\x0c" ENDS4),
		SL(PROXY "\x00\x00\x13" ENDS4 "\x02\x00\x04host"),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice in = exact_copy(rows[i], rows[i].n);
		struct parsed p = parse(in);

		ck_assert_msg(p.verdict == PROXY_HEADER_DONE, "row %zu: %s", i,
			      p.why);
		ck_assert_uint_eq(p.used, in.n);
		assert_is_golden(&p.h, &(struct golden){ 0 });
		free_copy(in);
	}
}
END_TEST

START_TEST(a_unix_client_has_a_path_and_the_real_ends)
{
	static const struct {
		struct slice source, shown;
	} rows[] = {
		{ SL("/run/lb.sock"), SL("/run/lb.sock") },
		{ SL("/run/\x1b[2J"), SL("") },
		{ SL("\0abstract"), SL("") },
		{ SL(""), SL("") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char bytes[16 + 216 + 7] = PROXY "\x31\x00\xdf";
		struct parsed p;

		memcpy(bytes + 16, rows[i].source.p, rows[i].source.n);
		memcpy(bytes + 16 + 108, "/to", 3);
		memcpy(bytes + 16 + 216, "\x02\x00\x04host", 7);
		p = parse((struct slice){ bytes, sizeof(bytes) });
		ck_assert_int_eq(p.verdict, PROXY_HEADER_DONE);
		ck_assert(p.h.local);
		ck_assert_uint_eq(p.h.source.family, ADDR_NONE);
		assert_slice(p.h.unix_path, rows[i].shown);
		assert_slice(p.h.authority, SL("host"));
	}
}
END_TEST

START_TEST(a_path_may_fill_its_field_without_a_nul)
{
	char bytes[16 + 216] = PROXY "\x31\x00\xd8";
	struct parsed p;

	memset(bytes + 16, 'p', 216);
	p = parse((struct slice){ bytes, sizeof(bytes) });
	ck_assert_int_eq(p.verdict, PROXY_HEADER_DONE);
	assert_slice(p.h.unix_path, ((struct slice){ bytes + 16, 108 }));
}
END_TEST

START_TEST(the_ends_are_read_as_ip_knows_them)
{
	static const struct {
		struct slice in;
		const char *ends;
	} rows[] = {
		{ SL("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n"),
		  "0.0.0.0:0 255.255.255.255:65535" },
		{ SL("PROXY TCP6 2001:DB8::A ::1 1 0\r\n"),
		  "[2001:db8::a]:1 [::1]:0" },
		/* what a dual-stack socket of the sender saw is IPv4 */
		{ SL("PROXY TCP6 ::ffff:192.0.2.7 ::FFFF:c633:6408 4321 25\r\n"),
		  "192.0.2.7:4321 198.51.100.8:25" },
		{ SL("PROXY TCP6 ::ffff:192.0.2.7 2001:db8::8 4321 25\r\n"),
		  "192.0.2.7:4321 [2001:db8::8]:25" },
		{ SL("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 "
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
		{ SL(PROXY "\x21\x00\x24"
			   "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x07"
			   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08"
			   "\x00\x00\xff\xff"),
		  "192.0.2.7:0 [2001:db8::8]:65535" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[2 * ADDR_TEXT + 1];
		struct parsed p = parse(rows[i].in);

		ck_assert_msg(p.verdict == PROXY_HEADER_DONE, "row %zu: %s", i,
			      p.why);
		ck_assert_uint_eq(p.used, rows[i].in.n);
		ck_assert_str_eq(ends_text(&p.h, text), rows[i].ends);
	}
}
END_TEST

Suite *
suite_proxy_header(void)
{
	const TTest *const tests[] = {
		a_real_header_says_what_its_sender_meant,
		every_shorter_prefix_asks_for_more,
		what_follows_the_header_is_left_alone,
		a_wrong_line_is_refused_at_the_octet_that_makes_it_wrong,
		a_wrong_fixed_part_is_refused_at_the_octet_that_makes_it_wrong,
		a_line_has_at_most_107_octets,
		a_header_has_at_most_4096_octets,
		who_speaks_for_nobody_leaves_the_real_ends,
		a_unix_client_has_a_path_and_the_real_ends,
		a_path_may_fill_its_field_without_a_nul,
		the_ends_are_read_as_ip_knows_them,
	};

	return suite_of("proxy_header", tests, sizeof(tests) / sizeof(tests[0]));
}
