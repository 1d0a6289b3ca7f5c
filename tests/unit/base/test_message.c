#include "unit.h"

#include "base/message.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* One field of each type. */
#define MSG_ALL(F) \
	F(BOOL, yes) F(U32, id) F(U64, big) F(TEXT, user) F(ADDR, from) \
	F(VARS, vars)
MESSAGE_STRUCT(msg_all, MSG_ALL);
MESSAGE_TABLE(msg_all, MSG_ALL);

static const struct slice written =
	SL("\x01"			/* yes */
	   "\x04\x03\x02\x01"		/* id, little-endian */
	   "\xff\xff\xff\xff\xff\xff\xff\xff"
	   "\x05\0\0\0" "ja\0ne"
	   "\x01" "\x8f\0" "\xc0\0\2\7" "\0\0\0\0\0\0\0\0\0\0\0\0"
	   "\2\0\0\0"			/* two variables */
	   "\1\0\0\0" "a" "\2\0\0\0" "bc"
	   "\0\0\0\0" "\0\0\0\0");

static struct msg_all
example(struct arena *a)
{
	struct msg_all m = { .yes = true, .id = 0x01020304, .big = UINT64_MAX,
			     .user = SL("ja\0ne") };

	ck_assert(addr_parse(SL("192.0.2.7:143"), &m.from));
	vars_set(&m.vars, a, SL("a"), SL("bc"));
	vars_set(&m.vars, a, SL(""), SL(""));
	return m;
}

START_TEST(it_is_written_the_same_on_every_machine)
{
	struct arena a = { 0 };
	struct msg_all m = example(&a);
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(msg_all_put(&m, &out));
	assert_slice(buf_slice(&out), written);
	buf_free(&out);
	arena_free(&a);
}
END_TEST

START_TEST(every_field_comes_back)
{
	struct arena a = { 0 };
	struct msg_all m = example(&a), back;

	ck_assert(msg_all_read(written, &a, &back));
	ck_assert(back.yes);
	ck_assert_uint_eq(back.id, m.id);
	ck_assert_uint_eq(back.big, m.big);
	assert_slice(back.user, m.user);
	ck_assert(addr_eq(&back.from, &m.from));
	ck_assert_uint_eq(back.vars.n, 2);
	assert_slice(back.vars.v[0].name, SL("a"));
	assert_slice(back.vars.v[0].value, SL("bc"));
	assert_slice(back.vars.v[1].value, SL(""));
	arena_free(&a);
}
END_TEST

START_TEST(variables_that_were_read_can_be_added_to)
{
	struct arena a = { 0 };
	struct msg_all m;

	ck_assert(msg_all_read(written, &a, &m));
	vars_set(&m.vars, &a, SL("more"), SL("1"));
	vars_set(&m.vars, &a, SL("a"), SL("2"));
	ck_assert_uint_eq(m.vars.n, 3);
	assert_slice(m.vars.v[0].value, SL("2"));
	assert_slice(m.vars.v[2].name, SL("more"));
	arena_free(&a);
}
END_TEST

START_TEST(every_shorter_prefix_is_refused)
{
	for (size_t n = 0; n < written.n; n++) {
		struct slice in = exact_copy(written, n);
		struct arena a = { 0 };
		struct msg_all m;

		ck_assert_msg(!msg_all_read(in, &a, &m), "%zu octets", n);
		arena_free(&a);
		free_copy(in);
	}
}
END_TEST

START_TEST(an_octet_too_many_is_refused)
{
	struct arena a = { 0 };
	struct msg_all m;
	struct buf in;

	buf_init(&in, 1000);
	BUF_ADD(&in, written, SL("\0"));
	ck_assert(!msg_all_read(buf_slice(&in), &a, &m));
	buf_free(&in);
	arena_free(&a);
}
END_TEST

#define MSG_BOOL(F) F(BOOL, yes)
MESSAGE_STRUCT(msg_bool, MSG_BOOL);
MESSAGE_TABLE(msg_bool, MSG_BOOL);
#define MSG_TEXT(F) F(TEXT, text)
MESSAGE_STRUCT(msg_text, MSG_TEXT);
MESSAGE_TABLE(msg_text, MSG_TEXT);
#define MSG_ADDR(F) F(ADDR, addr)
MESSAGE_STRUCT(msg_addr, MSG_ADDR);
MESSAGE_TABLE(msg_addr, MSG_ADDR);
#define MSG_VARS(F) F(VARS, vars)
MESSAGE_STRUCT(msg_vars, MSG_VARS);
MESSAGE_TABLE(msg_vars, MSG_VARS);

START_TEST(a_bool_is_nothing_but_0_or_1)
{
	struct arena a = { 0 };
	struct msg_bool m;

	ck_assert(msg_bool_read(SL("\0"), &a, &m));
	ck_assert(!m.yes);
	ck_assert(msg_bool_read(SL("\1"), &a, &m));
	ck_assert(m.yes);
	ck_assert(!msg_bool_read(SL("\2"), &a, &m));
	ck_assert(!msg_bool_read(SL("\xff"), &a, &m));
	arena_free(&a);
}
END_TEST

START_TEST(a_length_that_lies_is_refused)
{
	static const struct slice texts[] = {
		SL("\1\0\0\0"),
		SL("\2\0\0\0a"),
		SL("\0\0\0\0a"),
		SL("\xff\xff\xff\xff" "a"),
	};
	static const struct slice vars[] = {
		SL("\1\0\0\0"),
		SL("\1\0\0\0" "\0\0\0\0" "\1\0\0\0"),
		SL("\1\0\0\0" "\xff\xff\xff\xff" "\0\0\0\0"),
		/* More than there are octets for, or than anyone has: nothing
		   may be allocated for them. */
		SL("\xff\xff\xff\xff" "\0\0\0\0" "\0\0\0\0"),
		SL("\2\0\0\0" "\0\0\0\0" "\0\0\0\0"),
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct slice in = exact_copy(texts[i], texts[i].n);
		struct msg_text m;

		ck_assert_msg(!msg_text_read(in, &a, &m), "text %zu", i);
		free_copy(in);
	}
	for (size_t i = 0; i < COUNT(vars); i++) {
		struct slice in = exact_copy(vars[i], vars[i].n);
		struct msg_vars m;

		ck_assert_msg(!msg_vars_read(in, &a, &m), "vars %zu", i);
		free_copy(in);
	}
	ck_assert_uint_lt(a.used, 1000);
	arena_free(&a);
}
END_TEST

START_TEST(an_address_is_of_a_family_we_know)
{
	char octets[19] = { 0 };
	struct slice in = { octets, sizeof(octets) };
	struct arena a = { 0 };
	struct msg_addr m;

	for (int family = 0; family < 256; family++) {
		octets[0] = (char)family;
		ck_assert_msg(msg_addr_read(in, &a, &m) == (family <= ADDR_V6),
			      "family %d", family);
	}
	arena_free(&a);
}
END_TEST

START_TEST(what_does_not_fit_is_said_so)
{
	struct arena a = { 0 };
	struct msg_all m = example(&a);

	for (size_t room = 0; room <= written.n; room++) {
		struct buf out;

		buf_init(&out, room);
		ck_assert_int_eq(msg_all_put(&m, &out), room == written.n);
		buf_free(&out);
	}
	arena_free(&a);
}
END_TEST

Suite *
suite_message(void)
{
	const TTest *const tests[] = {
		it_is_written_the_same_on_every_machine,
		every_field_comes_back,
		variables_that_were_read_can_be_added_to,
		every_shorter_prefix_is_refused,
		an_octet_too_many_is_refused,
		a_bool_is_nothing_but_0_or_1,
		a_length_that_lies_is_refused,
		an_address_is_of_a_family_we_know,
		what_does_not_fit_is_said_so,
	};

	return suite_of("message", tests, COUNT(tests));
}
