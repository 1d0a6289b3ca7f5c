#include "unit.h"

#include "base/base64.h"
#include "core/forward_list.h"
#include "pop3/pop3_private.h"

static struct arena arena;
static struct forward forward;
static struct buf out;

static void
setup(void)
{
	forward = (struct forward){
		.client = { .ip = { 192, 0, 2, 9 }, .port = 40000,
			    .family = ADDR_V4 },
		.connected = { .ip = { 192, 0, 2, 1 }, .port = 110,
			       .family = ADDR_V4 },
		.session_id = SL("abc"), .ttl = 5 };
	buf_init(&out, 8000);
}

static void
teardown(void)
{
	arena_free(&arena);
	buf_free(&out);
}

static void
set_variable(struct slice name, size_t n)
{
	struct slice value = { arena_alloc(&arena, n), n };

	memset((char *)value.p, 'v', n);
	vars_set(&forward.variables, &arena, name, value);
}

/* How many commands, and how many variables were left out. */
static size_t
write_xclient(size_t *left_out)
{
	buf_clear(&out);
	*left_out = 99;
	return pop3_write_xclient(&forward, &out, left_out);
}

#define FACTS "XCLIENT ADDR=192.0.2.9 PORT=40000 DESTADDR=192.0.2.1 " \
	"DESTPORT=110 SESSION=abc TTL=4 CLIENT-TRANSPORT=insecure"

START_TEST(facts_alone_are_one_command)
{
	size_t left_out;

	ck_assert_uint_eq(write_xclient(&left_out), 1);
	ck_assert_uint_eq(left_out, 0);
	assert_slice(buf_slice(&out), SL(FACTS "\r\n"));
}
END_TEST

START_TEST(what_is_not_known_is_not_said)
{
	size_t left_out;

	forward = (struct forward){ .ttl = 2, .client_tls = true,
				    .connected_name = SL("pop.example.com") };
	ck_assert(addr_parse(SL("[2001:db8::9]:1"), &forward.client));
	ck_assert_uint_eq(write_xclient(&left_out), 1);
	assert_slice(buf_slice(&out),
		     SL("XCLIENT ADDR=2001:db8::9 PORT=1 TTL=1 "
			"CLIENT-TRANSPORT=TLS DESTNAME=pop.example.com\r\n"));
}
END_TEST

/* What Dovecot reads after the word, by section 5.4 of the spec. */
static void
check_lengths(void)
{
	struct slice rest = buf_slice(&out), line;

	while (slice_cut(&rest, '\n', &line)) {
		ck_assert(slice_starts(line, SL("XCLIENT ")));
		line = slice_skip(line, sizeof("XCLIENT ") - 1);
		ck_assert_uint_le(line.n - 1, 1024);
	}
}

/* The variables that FORWARD holds. */
static struct vars
read_forward(void)
{
	struct slice text = buf_slice(&out), value;
	const char *at = memmem(text.p, text.n, " FORWARD=", 9);
	struct vars variables = { 0 };
	struct buf list;

	if (at == NULL)
		return variables;
	value = slice_skip(text, (size_t)(at - text.p) + 9);
	buf_init(&list, 8000);
	ck_assert(base64_decode(slice_first(value, slice_index(value, '\r')),
				&list));
	forward_list_read(buf_slice(&list), &arena, &variables);
	buf_free(&list);
	return variables;
}

/* Of a's value, so that each boundary is crossed on the way. */
#define LONGEST 1100

START_TEST(no_line_is_too_long_and_the_last_variables_go_first)
{
	size_t seen[3] = { 0 };	/* by how many were left out */

	for (size_t n = 0; n < LONGEST; n++) {
		size_t left_out, commands;
		struct vars got;

		forward.variables = (struct vars){ 0 };
		set_variable(SL("a"), n);
		set_variable(SL("b"), 5);
		commands = write_xclient(&left_out);
		check_lengths();
		ck_assert_uint_le(left_out, 2);
		seen[left_out]++;
		got = read_forward();
		ck_assert_uint_eq(got.n, 2 - left_out);
		if (got.n > 0) {
			assert_slice(got.v[0].name, SL("a"));
			ck_assert_uint_eq(got.v[0].value.n, n);
		}
		/* Two only where one would be too long. */
		ck_assert_uint_eq(commands,
				  left_out < 2 && out.n > 8 + 1024 + 2 ? 2 : 1);
	}
	/* "FORWARD=" leaves room for 1016 characters, so for a list of 762 octets;
	   "a=", TAB and "b=vvvvv" are ten of them. */
	ck_assert_uint_eq(seen[0], 762 - 10 + 1);
	ck_assert_uint_eq(seen[1], 8);
	ck_assert_uint_eq(seen[2], LONGEST - (762 - 2 + 1));
}
END_TEST

START_TEST(forward_has_a_command_of_its_own_when_it_must)
{
	size_t left_out;
	struct slice text;

	set_variable(SL("a"), 700);
	ck_assert_uint_eq(write_xclient(&left_out), 2);
	ck_assert_uint_eq(left_out, 0);
	text = buf_slice(&out);
	ck_assert(slice_starts(text, SL(FACTS "\r\nXCLIENT FORWARD=YT12")));
	ck_assert_uint_eq(read_forward().n, 1);
}
END_TEST

Suite *
suite_pop3_client_xclient(void)
{
	Suite *suite = suite_create("pop3_client_xclient");
	TCase *all = tcase_create("pop3_client_xclient");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, facts_alone_are_one_command);
	tcase_add_test(all, what_is_not_known_is_not_said);
	tcase_add_test(all,
		       no_line_is_too_long_and_the_last_variables_go_first);
	tcase_add_test(all, forward_has_a_command_of_its_own_when_it_must);
	suite_add_tcase(suite, all);
	return suite;
}
