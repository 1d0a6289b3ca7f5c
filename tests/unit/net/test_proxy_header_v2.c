/* What stands behind the addresses of version 2; all else of it is with the
   reader's other tests. */
#include "unit.h"

#include "net/proxy_header.h"

/* Version 2 from its signature to its command, and 192.0.2.7:4321 ->
   198.51.100.8:25. */
#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define PROXY SIG "\x21"
#define ENDS4 "\xc0\x00\x02\x07\xc6\x33\x64\x08\x10\xe1\x00\x19"

static enum proxy_header_parse
verdict(struct slice s)
{
	struct slice in = exact_copy(s, s.n);
	struct proxy_header h;
	enum proxy_header_parse verdict;
	const char *why;
	size_t used;

	verdict = proxy_header_parse(in, &h, &used, &why);
	free_copy(in);
	return verdict;
}

START_TEST(wrong_tlvs_are_refused_once_they_are_here)
{
	static const struct slice rows[] = {
		/* one stray octet, two, a value that runs past the end */
		SL(PROXY "\x11\x00\x0d" ENDS4 "\x04"),
		SL(PROXY "\x11\x00\x0e" ENDS4 "\x04\x00"),
		SL(PROXY "\x11\x00\x0f" ENDS4 "\x02\x00\x01"),
		SL(PROXY "\x11\x00\x13" ENDS4 "\x02\x00\x05imap"),
		SL(PROXY "\x11\x00\x13" ENDS4 "\xee\xff\xffimap"),
		/* a checksum that is wrong, too short, too long */
		SL(PROXY "\x11\x00\x13" ENDS4 "\x03\x00\x04\x6b\xa4\x2c\xcc"),
		SL(PROXY "\x11\x00\x13" ENDS4 "\x03\x00\x04\xcd\x2c\xa4\x6b"),
		SL(PROXY "\x11\x00\x13" ENDS4 "\x03\x00\x04\0\0\0\0"),
		SL(PROXY "\x11\x00\x0f" ENDS4 "\x03\x00\x00"),
		SL(PROXY "\x11\x00\x14" ENDS4
			 "\x03\x00\x05\xe2\xb4\x87\xf0\x00"),
		/* TLS: shorter than its fixed part; its fields likewise */
		SL(PROXY "\x11\x00\x13" ENDS4 "\x20\x00\x04\x01\0\0\0"),
		SL(PROXY "\x11\x00\x16" ENDS4
			 "\x20\x00\x07\x01\0\0\0\0\x21\x00"),
		SL(PROXY "\x11\x00\x18" ENDS4
			 "\x20\x00\x09\x01\0\0\0\0\x21\x00\x02T"),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(verdict(rows[i]) == PROXY_HEADER_BAD,
			      "row %zu", i);
		ck_assert_msg(verdict(slice_first(rows[i], rows[i].n - 1)) ==
				      PROXY_HEADER_MORE, "row %zu", i);
	}
}
END_TEST

/* The header whose TLVs are those octets. */
static struct proxy_header
parse_tlvs(struct slice tlvs, struct buf *whole)
{
	struct slice fixed = SL(PROXY "\x11");
	char length[2] = { (char)((12 + tlvs.n) >> 8),
			   (char)((12 + tlvs.n) & 0xff) };
	struct proxy_header h;
	const char *why = NULL;
	size_t used;

	buf_init(whole, PROXY_HEADER_MAX);
	ck_assert(BUF_ADD(whole, fixed, ((struct slice){ length, 2 }),
			  SL(ENDS4), tlvs));
	ck_assert_msg(proxy_header_parse(buf_slice(whole), &h, &used, &why) ==
			      PROXY_HEADER_DONE, "%s", why);
	return h;
}

START_TEST(a_name_that_is_none_is_not_believed)
{
	static const struct {
		struct slice tlvs, name;
	} rows[] = {
		{ SL("\x02\x00\x0dmail_1.Ex-a.m"), SL("mail_1.Ex-a.m") },
		{ SL("\x02\x00\x00"), SL("") },
		{ SL("\x02\x00\x06" "a b.de"), SL("") },
		{ SL("\x02\x00\x06" "a/../b"), SL("") },
		{ SL("\x02\x00\x04" "a%uc"), SL("") },
		{ SL("\x02\x00\x05" "host\0"), SL("") },
		{ SL("\x02\x00\x06" "m\xc3\xbcll."), SL("") },
		/* the last name counts, if it is one */
		{ SL("\x02\x00\x01" "a" "\x02\x00\x01" "b"), SL("b") },
		{ SL("\x02\x00\x01" "a" "\x02\x00\x01" "/"), SL("a") },
		{ SL("\x02\x00\x01" "a" "\x02\x00\x00"), SL("a") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf whole;
		struct proxy_header h = parse_tlvs(rows[i].tlvs, &whole);

		assert_slice(h.authority, rows[i].name);
		buf_free(&whole);
	}
}
END_TEST

START_TEST(names_and_ids_have_a_longest)
{
	static const struct {
		char type;
		size_t longest;
	} rows[] = {
		{ 0x02, PROXY_HEADER_AUTHORITY_MAX },
		{ 0x05, PROXY_HEADER_UNIQUE_ID_MAX },
	};

	for (size_t i = 0; i < 2; i++) {
		for (size_t n = rows[i].longest; n <= rows[i].longest + 1; n++) {
			char tlv[3 + 256] = { rows[i].type, (char)(n >> 8),
					      (char)(n & 0xff) };
			struct buf whole;
			struct proxy_header h;

			memset(tlv + 3, 'a', 256);
			h = parse_tlvs((struct slice){ tlv, 3 + n }, &whole);
			ck_assert_uint_eq(h.authority.n + h.unique_id.n,
					  n == rows[i].longest ? n : 0);
			buf_free(&whole);
		}
	}
}
END_TEST

START_TEST(an_id_is_kept_as_far_as_it_is_printable)
{
	static const struct {
		struct slice tlvs, id;
	} rows[] = {
		{ SL("\x05\x00\x05" "a-b~ "), SL("a-b~ ") },
		{ SL("\x05\x00\x05" "id\0\0\0"), SL("id") },
		{ SL("\x05\x00\x03" "\x80zz"), SL("") },
		{ SL("\x05\x00\x01" "a" "\x05\x00\x01" "b"), SL("b") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf whole;
		struct proxy_header h = parse_tlvs(rows[i].tlvs, &whole);

		assert_slice(h.unique_id, rows[i].id);
		buf_free(&whole);
	}
}
END_TEST

START_TEST(a_certificate_counts_only_if_shown_and_verified)
{
	static const struct {
		const char flags_and_result[6];
		bool tls, cert_verified;
	} rows[] = {
		{ "\x00\0\0\0\0", false, false },
		{ "\x01\0\0\0\0", true, false },
		{ "\x01\0\0\0\1", true, false },
		{ "\x03\0\0\0\0", true, true },
		{ "\x05\0\0\0\0", true, true },
		{ "\x07\0\0\0\1", true, false },
		{ "\x07\1\0\0\0", true, false },
		/* a certificate without TLS */
		{ "\x06\0\0\0\0", false, false },
		/* flags that nobody has defined */
		{ "\xf9\0\0\0\0", true, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice fields = SL("\x21\x00\x01V" "\x22\x00\x01N"
					 "\x23\x00\x01" "C" "\x28\x00\x01" "D");
		struct slice only_if[] = { SL(""), SL("V"), SL("C"), SL("N") };
		struct buf tlv, whole;
		struct proxy_header h;

		buf_init(&tlv, 64);
		BUF_ADD(&tlv, SL("\x20\x00\x15"),
			((struct slice){ rows[i].flags_and_result, 5 }), fields);
		h = parse_tlvs(buf_slice(&tlv), &whole);
		ck_assert_int_eq(h.tls.used, rows[i].tls);
		ck_assert_int_eq(h.tls.cert_verified, rows[i].cert_verified);
		assert_slice(h.tls.version, only_if[rows[i].tls ? 1 : 0]);
		assert_slice(h.tls.cipher, only_if[rows[i].tls ? 2 : 0]);
		assert_slice(h.tls.cert_name,
			     only_if[rows[i].cert_verified ? 3 : 0]);
		buf_free(&tlv);
		buf_free(&whole);
	}
}
END_TEST

/* Or a name of the first could be read with the verification of the second. */
START_TEST(the_last_tls_tlv_replaces_all_of_an_earlier_one)
{
	struct buf whole;
	struct proxy_header h = parse_tlvs(
		SL("\x20\x00\x09\x07\0\0\0\0\x22\x00\x01N"
		   "\x20\x00\x05\x01\0\0\0\1"), &whole);

	ck_assert(h.tls.used && !h.tls.cert_verified);
	assert_slice(h.tls.cert_name, SL(""));
	buf_free(&whole);
}
END_TEST

START_TEST(tlvs_we_do_not_know_are_passed_over)
{
	struct buf whole;
	struct proxy_header h = parse_tlvs(
		SL("\x00\x00\x00" "\x04\x00\x02pp" "\x30\x00\x02ns"
		   "\xe0\x00\x01x" "\xef\x00\x00" "\xf7\x00\x00"
		   "\xff\x00\x01x" "\x21\x00\x01x" "\x01\x00\x04imap"), &whole);

	assert_slice(h.alpn, SL("imap"));
	assert_slice(h.authority, SL(""));
	assert_slice(h.unique_id, SL(""));
	ck_assert(!h.local && !h.tls.used && h.tls.version.n == 0);
	buf_free(&whole);
}
END_TEST

START_TEST(no_flipped_bit_of_the_addresses_gets_past_the_checksum)
{
	char bytes[] = PROXY "\x11\x00\x13" ENDS4 "\x03\x00\x04\x6b\xa4\x2c\xcd";
	struct slice in = { bytes, sizeof(bytes) - 1 };

	ck_assert_int_eq(verdict(in), PROXY_HEADER_DONE);
	for (size_t bit = 16 * 8; bit < in.n * 8; bit++) {
		/* Type and length of the checksum itself: without them there
		   is none. */
		if (bit / 8 >= 28 && bit / 8 < 31)
			continue;
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_int_eq(verdict(in), PROXY_HEADER_BAD);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
}
END_TEST

/* The first row's first sum is right with whatever stands in the second; the
   second row's second sum would be right if it were the one that counted. */
START_TEST(of_two_checksums_the_first_counts)
{
	static const struct {
		struct slice in;
		enum proxy_header_parse verdict;
	} rows[] = {
		{ SL(PROXY "\x11\x00\x1a" ENDS4 "\x03\x00\x04\xec\x58\xa7\xbe"
			   "\x03\x00\x04" "bbbb"), PROXY_HEADER_DONE },
		{ SL(PROXY "\x11\x00\x1a" ENDS4 "\x03\x00\x04" "bbbb"
			   "\x03\x00\x04\x61\xa2\x0e\x4d"), PROXY_HEADER_BAD },
	};

	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(verdict(rows[i].in), rows[i].verdict);
}
END_TEST

Suite *
suite_proxy_header_v2(void)
{
	const TTest *const tests[] = {
		wrong_tlvs_are_refused_once_they_are_here,
		a_name_that_is_none_is_not_believed,
		names_and_ids_have_a_longest,
		an_id_is_kept_as_far_as_it_is_printable,
		a_certificate_counts_only_if_shown_and_verified,
		the_last_tls_tlv_replaces_all_of_an_earlier_one,
		tlvs_we_do_not_know_are_passed_over,
		no_flipped_bit_of_the_addresses_gets_past_the_checksum,
		of_two_checksums_the_first_counts,
	};

	return suite_of("proxy_header_v2", tests,
			sizeof(tests) / sizeof(tests[0]));
}
