#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/addr.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

START_TEST(an_address_is_read_strictly_and_written_shortest)
{
	static const struct {
		struct slice text;
		const char *written;	/* NULL: refused */
		enum addr_family family;
	} rows[] = {
		{ SL("192.0.2.7"), "192.0.2.7", ADDR_V4 },
		{ SL("255.255.255.255"), "255.255.255.255", ADDR_V4 },
		{ SL("::1"), "::1", ADDR_V6 },
		{ SL("2001:DB8:0:0:0:0:0:1"), "2001:db8::1", ADDR_V6 },
		{ SL("::ffff:192.0.2.7"), "192.0.2.7", ADDR_V4 },
		{ SL("::ffff:c000:207"), "192.0.2.7", ADDR_V4 },
		{ SL("1111:2222:3333:4444:5555:6666:7777:8888"),
		  "1111:2222:3333:4444:5555:6666:7777:8888", ADDR_V6 },
		{ SL(""), NULL, ADDR_NONE },
		{ SL("1.2.3"), NULL, ADDR_NONE },
		{ SL("1.2.3.4.5"), NULL, ADDR_NONE },
		{ SL("1.2.3.256"), NULL, ADDR_NONE },
		{ SL("01.2.3.4"), NULL, ADDR_NONE },
		{ SL(" 1.2.3.4"), NULL, ADDR_NONE },
		{ SL("1.2.3.4 "), NULL, ADDR_NONE },
		{ SL("1.2.3.4\0"), NULL, ADDR_NONE },
		{ SL("0x7f.1"), NULL, ADDR_NONE },
		{ SL("[::1]"), NULL, ADDR_NONE },
		{ SL("fe80::1%eth0"), NULL, ADDR_NONE },
		{ SL("1111:2222:3333:4444:5555:6666:7777:8888:9999"), NULL,
		  ADDR_NONE },
		{ SL("example.org"), NULL, ADDR_NONE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact_copy(rows[i].text, rows[i].text.n);
		char out[ADDR_IP_TEXT];
		struct addr a = { .port = 7 };
		bool ok = addr_parse_ip(text, &a);

		ck_assert_msg(ok == (rows[i].written != NULL), "row %zu", i);
		if (ok) {
			ck_assert_str_eq(addr_ip_text(&a, out),
					 rows[i].written);
			ck_assert_int_eq(a.family, rows[i].family);
		}
		ck_assert_uint_eq(a.port, ok ? 0 : 7);
		free_copy(text);
	}
}
END_TEST

START_TEST(a_port_is_required_and_ipv6_has_brackets)
{
	static const struct {
		struct slice text;
		const char *written;
	} rows[] = {
		{ SL("192.0.2.7:143"), "192.0.2.7:143" },
		{ SL("[::1]:993"), "[::1]:993" },
		{ SL("[::ffff:192.0.2.7]:1"), "192.0.2.7:1" },
		{ SL("192.0.2.7:65535"), "192.0.2.7:65535" },
		{ SL("192.0.2.7:65536"), NULL },
		{ SL("192.0.2.7:0"), NULL },
		{ SL("192.0.2.7:"), NULL },
		{ SL("192.0.2.7"), NULL },
		{ SL("192.0.2.7:+1"), NULL },
		{ SL("192.0.2.7:143 "), NULL },
		{ SL("::1:143"), NULL },
		{ SL("[::1]"), NULL },
		{ SL("[::1]:"), NULL },
		{ SL("[::1]143"), NULL },
		{ SL("[::1"), NULL },
		{ SL("["), NULL },
		{ SL("[]:143"), NULL },
		{ SL(":143"), NULL },
		{ SL(""), NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = exact_copy(rows[i].text, rows[i].text.n);
		char out[ADDR_TEXT];
		struct addr a;
		bool ok = addr_parse(text, &a);

		ck_assert_msg(ok == (rows[i].written != NULL), "row %zu", i);
		if (ok)
			ck_assert_str_eq(addr_text(&a, out), rows[i].written);
		free_copy(text);
	}
}
END_TEST

START_TEST(what_is_unknown_has_no_text)
{
	struct addr none = { 0 };
	char out[ADDR_IP_TEXT] = "x";

	ck_assert_str_eq(addr_ip_text(&none, out), "");
}
END_TEST

START_TEST(the_port_counts_for_equality_and_not_for_the_same_ip)
{
	struct addr a, b, c;

	ck_assert(addr_parse(SL("192.0.2.7:1"), &a));
	ck_assert(addr_parse(SL("192.0.2.7:2"), &b));
	ck_assert(addr_parse(SL("[c000:207::]:1"), &c));
	ck_assert(addr_same_ip(&a, &b));
	ck_assert(!addr_eq(&a, &b));
	ck_assert(addr_eq(&a, &a));
	/* The same leading octets, of the other family. */
	ck_assert(!addr_same_ip(&a, &c));
}
END_TEST

START_TEST(a_sockaddr_and_back_is_the_same_address)
{
	static const struct slice texts[] = {
		SL("192.0.2.7:143"),
		SL("[2001:db8::7]:993"),
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct sockaddr_storage ss;
		struct addr a, back;
		socklen_t n;

		ck_assert(addr_parse(texts[i], &a));
		n = addr_to_sockaddr(&a, &ss);
		ck_assert_uint_eq(n, a.family == ADDR_V4 ?
					     sizeof(struct sockaddr_in) :
					     sizeof(struct sockaddr_in6));
		back = addr_from_sockaddr((struct sockaddr *)&ss);
		ck_assert(addr_eq(&a, &back));
	}
}
END_TEST

START_TEST(an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_client)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(143) };
	char out[ADDR_TEXT];
	struct addr a;

	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:192.0.2.7",
				   &in6.sin6_addr), 1);
	a = addr_from_sockaddr((struct sockaddr *)&in6);
	ck_assert_str_eq(addr_text(&a, out), "192.0.2.7:143");
}
END_TEST

START_TEST(a_network_has_no_bits_beyond_its_length)
{
	static const struct {
		struct slice text;
		bool ok;
		unsigned bits;
	} rows[] = {
		{ SL("10.0.0.0/8"), true, 8 },
		{ SL("0.0.0.0/0"), true, 0 },
		{ SL("192.0.2.128/25"), true, 25 },
		{ SL("192.0.2.7"), true, 32 },
		{ SL("192.0.2.7/32"), true, 32 },
		{ SL("::/0"), true, 0 },
		{ SL("::1"), true, 128 },
		{ SL("2001:db8:8000::/33"), true, 33 },
		/* Mapped IPv4: the length counts from the front of the IPv6 form. */
		{ SL("::ffff:10.0.0.0/104"), true, 8 },
		{ SL("::ffff:192.0.2.7"), true, 32 },
		{ SL("::ffff:192.0.2.7/128"), true, 32 },
		{ SL("::ffff:0.0.0.0/96"), true, 0 },
		{ SL("::ffff:10.0.0.0/8"), false, 0 },
		{ SL("::ffff:0.0.0.0/95"), false, 0 },
		{ SL("::ffff:10.0.0.1/104"), false, 0 },
		{ SL("10.0.0.1/8"), false, 0 },
		{ SL("192.0.2.128/24"), false, 0 },
		{ SL("2001:db8::/28"), false, 0 },
		{ SL("10.0.0.0/33"), false, 0 },
		{ SL("::/129"), false, 0 },
		{ SL("10.0.0.0/"), false, 0 },
		{ SL("10.0.0.0/-1"), false, 0 },
		{ SL("10.0.0.0/8 "), false, 0 },
		{ SL("10.0.0/8"), false, 0 },
		{ SL("/8"), false, 0 },
		{ SL(""), false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr_net net;

		ck_assert_msg(addr_net_parse(rows[i].text, &net) == rows[i].ok,
			      "row %zu", i);
		if (rows[i].ok)
			ck_assert_uint_eq(net.bits, rows[i].bits);
	}
}
END_TEST

START_TEST(a_network_has_its_first_and_last_address_and_no_other)
{
	static const struct {
		struct slice net, ip;
		bool inside;
	} rows[] = {
		{ SL("10.0.0.0/8"), SL("10.0.0.0"), true },
		{ SL("10.0.0.0/8"), SL("10.255.255.255"), true },
		{ SL("10.0.0.0/8"), SL("11.0.0.0"), false },
		{ SL("10.0.0.0/8"), SL("9.255.255.255"), false },
		{ SL("192.0.2.128/25"), SL("192.0.2.128"), true },
		{ SL("192.0.2.128/25"), SL("192.0.2.127"), false },
		{ SL("192.0.2.6/31"), SL("192.0.2.7"), true },
		{ SL("192.0.2.6/31"), SL("192.0.2.8"), false },
		{ SL("192.0.2.7"), SL("192.0.2.7"), true },
		{ SL("192.0.2.7"), SL("192.0.2.6"), false },
		{ SL("0.0.0.0/0"), SL("203.0.113.9"), true },
		{ SL("0.0.0.0/0"), SL("2001:db8::1"), false },
		{ SL("::/0"), SL("2001:db8::1"), true },
		{ SL("::/0"), SL("203.0.113.9"), false },
		{ SL("2001:db8:8000::/33"), SL("2001:db8:ffff::1"), true },
		{ SL("2001:db8:8000::/33"), SL("2001:db8:7fff::1"), false },
		{ SL("10.0.0.0/8"), SL("::ffff:10.1.2.3"), true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct addr_net net;
		struct addr a;

		ck_assert(addr_net_parse(rows[i].net, &net));
		ck_assert(addr_parse_ip(rows[i].ip, &a));
		ck_assert_msg(addr_net_has(&net, &a) == rows[i].inside,
			      "row %zu", i);
	}
}
END_TEST

START_TEST(one_network_of_many_is_enough)
{
	struct addr_net v[2];
	struct addr_nets nets = { v, 2 }, empty = { 0 };
	struct addr inside, outside;

	ck_assert(addr_net_parse(SL("10.0.0.0/8"), &v[0]));
	ck_assert(addr_net_parse(SL("2001:db8::/32"), &v[1]));
	ck_assert(addr_parse_ip(SL("2001:db8::1"), &inside));
	ck_assert(addr_parse_ip(SL("2001:db9::1"), &outside));
	ck_assert(addr_nets_have(&nets, &inside));
	ck_assert(!addr_nets_have(&nets, &outside));
	ck_assert(!addr_nets_have(&empty, &inside));
}
END_TEST

Suite *
suite_addr(void)
{
	const TTest *const tests[] = {
		an_address_is_read_strictly_and_written_shortest,
		a_port_is_required_and_ipv6_has_brackets,
		what_is_unknown_has_no_text,
		the_port_counts_for_equality_and_not_for_the_same_ip,
		a_sockaddr_and_back_is_the_same_address,
		an_ipv4_client_of_an_ipv6_socket_is_an_ipv4_client,
		a_network_has_no_bits_beyond_its_length,
		a_network_has_its_first_and_last_address_and_no_other,
		one_network_of_many_is_enough,
	};

	return suite_of("addr", tests, COUNT(tests));
}
