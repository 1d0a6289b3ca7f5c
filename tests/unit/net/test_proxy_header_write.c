#include "unit.h"

#include "net/proxy_header.h"

#define SIG "\r\n\r\n\0\r\nQUIT\n"
#define PROXY SIG "\x21"
#define ENDS4 "\xc0\x00\x02\x07\xc6\x33\x64\x08\x10\xe1\x00\x19"
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff"
#define LOCAL SIG "\x20\x00\x00\x00"

static struct addr
addr(const char *text)
{
	struct addr a = { 0 };

	if (text != NULL)
		ck_assert(addr_parse(slice_of(text), &a));
	return a;
}

static struct proxy_header
from_to(const char *source, const char *destination)
{
	return (struct proxy_header){
		.source = addr(source), .destination = addr(destination),
	};
}

#define C4 "192.0.2.7:4321"
#define D4 "198.51.100.8:25"
#define C6 "[2001:db8::7]:4321"
#define D6 "[2001:db8::8]:25"

START_TEST(version_1_names_both_ends_in_one_family)
{
	static const struct {
		const char *source, *destination;
		struct slice line;
	} rows[] = {
		{ C4, D4, SL("PROXY TCP4 192.0.2.7 198.51.100.8 4321 25\r\n") },
		{ C6, D6, SL("PROXY TCP6 2001:db8::7 2001:db8::8 4321 25\r\n") },
		{ C4, D6, SL("PROXY TCP6 ::ffff:192.0.2.7 2001:db8::8 "
			     "4321 25\r\n") },
		{ C6, D4, SL("PROXY TCP6 2001:db8::7 ::ffff:198.51.100.8 "
			     "4321 25\r\n") },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proxy_header h = from_to(rows[i].source,
						rows[i].destination);
		struct addr own = addr("127.0.0.1:1");
		struct buf out;

		buf_init(&out, PROXY_HEADER_V1_MAX);
		ck_assert(proxy_header_write_v1(&h, &own, &own, &out));
		assert_slice(buf_slice(&out), rows[i].line);
		buf_free(&out);
	}
}
END_TEST

/* A client with half an address is as unknown as one with none. */
static struct proxy_header
without_client(int how)
{
	struct proxy_header h = from_to(how == 0 ? NULL : C4,
					how == 1 ? NULL : D4);

	h.local = how == 2;
	h.authority = SL("imap.lab.example");
	h.unique_id = SL("sess-0001");
	h.tls.used = true;
	return h;
}

START_TEST(version_1_without_a_client_names_its_own_ends)
{
	for (int how = 0; how < 3; how++) {
		struct proxy_header h = without_client(how);
		struct addr own = addr("[::1]:40000"), backend = addr("[::1]:143");
		struct buf out;

		buf_init(&out, PROXY_HEADER_V1_MAX);
		ck_assert(proxy_header_write_v1(&h, &own, &backend, &out));
		assert_slice(buf_slice(&out),
			     SL("PROXY TCP6 ::1 ::1 40000 143\r\n"));
		buf_free(&out);
	}
}
END_TEST

START_TEST(version_1_is_never_unknown)
{
	struct proxy_header h = { .local = true };
	struct addr none = { 0 }, some = addr("127.0.0.1:143");
	struct buf out;

	buf_init(&out, PROXY_HEADER_V1_MAX);
	ck_assert(!proxy_header_write_v1(&h, &none, &some, &out));
	ck_assert(!proxy_header_write_v1(&h, &some, &none, &out));
	assert_slice(buf_slice(&out), SL(""));
	buf_free(&out);
}
END_TEST

START_TEST(version_2_says_what_it_was_given)
{
	const struct {
		struct proxy_header h;
		struct slice octets;
	} rows[] = {
		{ from_to(C4, D4), SL(PROXY "\x11\x00\x0c" ENDS4) },
		{ from_to(C6, D6),
		  SL(PROXY "\x21\x00\x24"
			   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
			   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08"
			   "\x10\xe1\x00\x19") },
		{ from_to(C4, D6),
		  SL(PROXY "\x21\x00\x24" MAPPED "\xc0\x00\x02\x07"
			   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08"
			   "\x10\xe1\x00\x19") },
		{ from_to(C6, D4),
		  SL(PROXY "\x21\x00\x24"
			   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
			   MAPPED "\xc6\x33\x64\x08" "\x10\xe1\x00\x19") },
		{ { .source = addr(C4), .destination = addr(D4),
		    .authority = SL("imap.lab.example"),
		    .unique_id = SL("sess-0001") },
		  SL(PROXY "\x11\x00\x2b" ENDS4
			   "\x02\x00\x10imap.lab.example"
			   "\x05\x00\x09sess-0001") },
		{ { .source = addr(C4), .destination = addr(D4),
		    .tls = { .used = true, .version = SL("TLSv1.3") } },
		  SL(PROXY "\x11\x00\x1e" ENDS4 "\x20\x00\x0f\x01\0\0\0\1"
			   "\x21\x00\x07TLSv1.3") },
		{ { .source = addr(C4), .destination = addr(D4),
		    .tls = { .used = true } },
		  SL(PROXY "\x11\x00\x14" ENDS4 "\x20\x00\x05\x01\0\0\0\1") },
		/* what is not ours to say */
		{ { .source = addr(C4), .destination = addr(D4),
		    .alpn = SL("imap"), .unix_path = SL("/run/lb.sock"),
		    .authority = SL("no/name"),
		    .tls = { .version = SL("TLSv1.3"), .cipher = SL("C"),
			     .cert_verified = true, .cert_name = SL("N") } },
		  SL(PROXY "\x11\x00\x0c" ENDS4) },
		{ without_client(0), SL(LOCAL) },
		{ without_client(1), SL(LOCAL) },
		{ without_client(2), SL(LOCAL) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, PROXY_HEADER_SEND_MAX);
		ck_assert(proxy_header_write_v2(&rows[i].h, &out));
		ck_assert_msg(slice_eq(buf_slice(&out), rows[i].octets),
			      "row %zu", i);
		buf_free(&out);
	}
}
END_TEST

static const char letters[256 + 1] =
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static struct proxy_header
with_lengths(size_t authority, size_t unique_id, size_t version)
{
	struct proxy_header h = from_to(C6, D6);

	h.authority = (struct slice){ letters, authority };
	h.unique_id = (struct slice){ letters, unique_id };
	h.tls = (struct proxy_header_tls){
		.used = true, .version = { letters, version },
	};
	return h;
}

/* Each of the four is a TLV of three octets and its value, TLS five more. */
START_TEST(the_longest_header_fits_and_longer_values_stay_out)
{
	static const struct {
		size_t authority, unique_id, version, total;
	} rows[] = {
		{ 255, 128, 16, 52 + 258 + 131 + 8 + 19 },
		{ 256, 128, 16, 52 + 131 + 8 + 19 },
		{ 255, 129, 16, 52 + 258 + 8 + 19 },
		{ 255, 128, 17, 52 + 258 + 131 + 8 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proxy_header h = with_lengths(rows[i].authority,
						     rows[i].unique_id,
						     rows[i].version), back;
		struct buf out;
		const char *why;
		size_t used;

		buf_init(&out, PROXY_HEADER_SEND_MAX);
		ck_assert(proxy_header_write_v2(&h, &out));
		ck_assert_uint_eq(out.n, rows[i].total);
		ck_assert_int_eq(proxy_header_parse(buf_slice(&out), &back,
						    &used, &why),
				 PROXY_HEADER_DONE);
		ck_assert_uint_eq(used, out.n);
		buf_free(&out);
	}
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
	struct proxy_header h = with_lengths(5, 5, 5);
	struct addr own = addr(C6);
	struct buf out;

	buf_init(&out, 52);
	ck_assert(!proxy_header_write_v2(&h, &out));
	ck_assert_uint_eq(out.n, 0);
	buf_init(&out, 30);
	ck_assert(!proxy_header_write_v1(&h, &own, &own, &out));
	ck_assert_uint_eq(out.n, 0);
	buf_init(&out, 15);
	h.local = true;
	ck_assert(!proxy_header_write_v2(&h, &out));
	ck_assert_uint_eq(out.n, 0);
	buf_free(&out);
}
END_TEST

/* Both versions, all families: what is read is what was written. */
START_TEST(what_is_written_reads_back_the_same)
{
	static const char *const ends[][2] = {
		{ C4, D4 }, { C6, D6 }, { C4, D6 }, { C6, D4 },
	};

	for (size_t i = 0; i < 8; i++) {
		struct proxy_header h = from_to(ends[i / 2][0],
						ends[i / 2][1]), back;
		struct buf out;
		const char *why;
		size_t used;

		h.source.port = 0;	/* XCLIENT may have left it out */
		buf_init(&out, PROXY_HEADER_SEND_MAX);
		ck_assert(i % 2 == 0 ? proxy_header_write_v2(&h, &out) :
			  proxy_header_write_v1(&h, &h.source, &h.source, &out));
		ck_assert_int_eq(proxy_header_parse(buf_slice(&out), &back,
						    &used, &why),
				 PROXY_HEADER_DONE);
		ck_assert(!back.local && addr_eq(&back.source, &h.source) &&
			  addr_eq(&back.destination, &h.destination));
		buf_free(&out);
	}
}
END_TEST

Suite *
suite_proxy_header_write(void)
{
	const TTest *const tests[] = {
		version_1_names_both_ends_in_one_family,
		version_1_without_a_client_names_its_own_ends,
		version_1_is_never_unknown,
		version_2_says_what_it_was_given,
		the_longest_header_fits_and_longer_values_stay_out,
		without_room_nothing_is_written,
		what_is_written_reads_back_the_same,
	};

	return suite_of("proxy_header_write", tests,
			sizeof(tests) / sizeof(tests[0]));
}
