#include "unit.h"

#include "net/resolver.h"

static struct loop *loop;
static struct resolver *resolver;

/* The last answer. */
static int answers;
static struct addr got[RESOLVER_MAX_ADDRS];
static size_t got_n;
static char why[200];

static void
setup(void)
{
	loop = loop_make();
	ck_assert_ptr_null(resolver_make(loop, &resolver));
	answers = 0;
}

static void
teardown(void)
{
	resolver_free(&resolver);
	loop_free(&loop);
}

static void
on_answer(void *arg, const struct addr *addrs, size_t n, const char *text)
{
	(void)arg;
	answers++;
	got_n = n;
	if (n > 0)
		memcpy(got, addrs, n * sizeof(*addrs));
	snprintf(why, sizeof(why), "%s", text == NULL ? "" : text);
}

static void
look_up(struct slice name)
{
	resolver_lookup(resolver, name, on_answer, NULL);
}

START_TEST(an_address_is_its_own_answer)
{
	char text[ADDR_IP_TEXT];

	look_up(SL("192.0.2.7"));
	ck_assert_int_eq(answers, 1);
	ck_assert_uint_eq(got_n, 1);
	ck_assert_str_eq(addr_ip_text(&got[0], text), "192.0.2.7");
	ck_assert_uint_eq(got[0].port, 0);
	look_up(SL("2001:db8::7"));
	ck_assert_str_eq(addr_ip_text(&got[0], text), "2001:db8::7");
}
END_TEST

START_TEST(what_is_no_name_is_not_looked_up)
{
	char text[256];

	memset(text, 'a', sizeof(text));
	look_up(SL(""));
	ck_assert_str_eq(why, "it is no host name");
	look_up(SL("a\0b"));
	ck_assert_str_eq(why, "it is no host name");
	look_up((struct slice){ text, sizeof(text) });
	ck_assert_str_eq(why, "it is no host name");
	ck_assert_int_eq(answers, 3);
	ck_assert_uint_eq(got_n, 0);
}
END_TEST

/* /etc/hosts has it everywhere. */
START_TEST(a_name_is_looked_up_in_the_loop)
{
	char text[ADDR_IP_TEXT];

	look_up(SL("localhost"));
	while (answers == 0)
		loop_turn(loop);
	ck_assert_int_eq(answers, 1);
	ck_assert_uint_ge(got_n, 1);
	for (size_t i = 0; i < got_n; i++) {
		struct slice ip = slice_of(addr_ip_text(&got[i], text));

		ck_assert_msg(slice_starts(ip, SL("127.")) ||
			      slice_eq(ip, SL("::1")), "%s", text);
	}
}
END_TEST

START_TEST(whoever_still_waits_at_the_end_is_told)
{
	/* Reserved for names that nobody has (RFC 6761 section 6.4). */
	look_up(SL("mail.invalid"));
	look_up(SL("other.invalid"));
	resolver_free(&resolver);
	ck_assert_int_eq(answers, 2);
	ck_assert_uint_eq(got_n, 0);
	ck_assert_str_ne(why, "");
}
END_TEST

Suite *
suite_resolver(void)
{
	Suite *suite = suite_create("resolver");
	TCase *all = tcase_create("resolver");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, an_address_is_its_own_answer);
	tcase_add_test(all, what_is_no_name_is_not_looked_up);
	tcase_add_test(all, a_name_is_looked_up_in_the_loop);
	tcase_add_test(all, whoever_still_waits_at_the_end_is_told);
	suite_add_tcase(suite, all);
	return suite;
}
