#include "unit.h"

#include "auth/dovecot_line.h"
#include "base/tab_escape.h"

static struct arena arena;
static struct buf out;

static void
setup(void)
{
	buf_init(&out, 64 * 1024);
}

static void
teardown(void)
{
	buf_free(&out);
	arena_free(&arena);
}

static bool
has(struct slice part)
{
	return memmem(out.p, out.n, part.p, part.n) != NULL;
}

static struct auth_request
request(void)
{
	struct auth_request r = { .service = SL("imap"), .user = SL("ja\tne"),
				  .session = SL("s/1"), .secured = true };

	ck_assert(addr_parse(SL("192.0.2.1:4711"), &r.remote));
	ck_assert(addr_parse(SL("192.0.2.2:143"), &r.local));
	r.real_remote = r.remote;
	r.real_local = r.local;
	return r;
}

START_TEST(escapes_are_dovecots)
{
	static const struct slice raw = SL("a\0b\001c\td\re\nf");

	ck_assert(tab_escape(raw, &out));
	assert_slice(buf_slice(&out),
		     SL("a\0010b\0011c\001td\001re\001nf"));
	assert_slice(tab_unescape(buf_slice(&out), &arena), raw);
	assert_slice(tab_unescape(SL("a\001xb\001"), &arena), SL("axb"));
}
END_TEST

START_TEST(a_question_has_the_response_last)
{
	struct auth_request r = request();
	struct slice resp = SL("\0jane\0secret");

	r.local_name = SL("mail.test");
	vars_set(&r.forward, &arena, SL("one"), SL("a\tb"));
	vars_set(&r.forward, &arena, SL("two"), SL(""));
	vars_set(&r.client_id, &arena, SL("name"), SL("tb"));
	ck_assert(dovecot_write_auth(&r, 7, SL("PLAIN"), &resp, &out));
	assert_slice(buf_slice(&out),
		     SL("AUTH\t7\tPLAIN\tservice=imap\tno-penalty\tsecured\t"
			"session=s/1\tlip=192.0.2.2\tlport=143\trip=192.0.2.1\t"
			"rport=4711\tlocal_name=mail.test\t"
			"client_id=\"name\" \"tb\"\t"
			"forward_fields=one=a\0011tb\001ttwo=\t"
			"resp=AGphbmUAc2VjcmV0\n"));
	buf_clear(&out);
	resp = SL("");
	ck_assert(dovecot_write_auth(&r, 8, SL("LOGIN"), &resp, &out));
	ck_assert(has(SL("\tresp=\n")));
	buf_clear(&out);
	ck_assert(dovecot_write_auth(&r, 9, SL("LOGIN"), NULL, &out));
	ck_assert(!has(SL("resp")));
}
END_TEST

START_TEST(what_was_really_seen_is_said_where_it_differs)
{
	struct auth_request r = request();

	ck_assert(addr_parse(SL("198.51.100.1:99"), &r.real_remote));
	r.proof = AUTH_PROOF_CERTIFICATE;
	r.tls.on = true;
	ck_assert(dovecot_write_auth(&r, 1, SL("EXTERNAL"), NULL, &out));
	ck_assert(has(SL("\treal_rip=198.51.100.1\treal_rport=99\n")));
	ck_assert(!has(SL("real_lip")));
	ck_assert(has(SL("\tsecured=tls\tvalid-client-cert\t"
			 "cert_username=ja\001tne\t")));
}
END_TEST

START_TEST(a_question_without_password_stays_short)
{
	struct auth_request r = request();
	char value[400];
	size_t left_out;

	memset(value, 'x', sizeof(value));
	for (int i = 0; i < 4; i++)
		vars_set(&r.forward, &arena, arena_printf(&arena, "v%d", i),
			 (struct slice){ value, sizeof(value) });
	ck_assert(dovecot_write_pass(&r, 3, &out, &left_out));
	ck_assert(slice_starts(buf_slice(&out),
			       SL("PASS\t3\tja\001tne\tservice=imap\t")));
	ck_assert_uint_eq(left_out, 2);
	ck_assert_uint_le(out.n, 1024);
	ck_assert_int_eq(out.p[out.n - 1], '\n');
	r.user = (struct slice){ value, sizeof(value) };
	r.session = r.local_name = r.user;
	buf_clear(&out);
	ck_assert(!dovecot_write_pass(&r, 3, &out, &left_out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

static struct dovecot_reply reply;

static bool
read_line(struct slice line)
{
	struct slice in = exact_copy(line, line.n);
	bool good = dovecot_read_reply(in, &arena, &reply);

	free_copy(in);
	return good;
}

static struct slice
field(struct slice name)
{
	const struct var *v = vars_find(&reply.answer.fields, name);

	return v == NULL ? SL("(none)") : v->value;
}

START_TEST(ok_has_fields_with_values_and_without)
{
	ck_assert(read_line(SL("OK\t17\tuser=jane\tproxy\tssl=any-cert\t\t"
			       "host=127.0.0.1\tforward_empty\tforward_esc="
			       "a\001tb\tnologin=y\treason=go away")));
	ck_assert_int_eq(reply.kind, DOVECOT_OK);
	ck_assert_uint_eq(reply.id, 17);
	ck_assert_int_eq(reply.answer.result, AUTH_OK);
	assert_slice(reply.answer.user, SL("jane"));
	assert_slice(reply.answer.reason, SL("go away"));
	assert_slice(field(SL("proxy")), SL(""));
	assert_slice(field(SL("forward_empty")), SL(""));
	assert_slice(field(SL("forward_esc")), SL("a\tb"));
	assert_slice(field(SL("")), SL("(none)"));
}
END_TEST

START_TEST(failures_have_codes)
{
	static const struct {
		struct slice line;
		enum auth_result result;
	} rows[] = {
		{ SL("FAIL\t6"), AUTH_DENIED },
		{ SL("FAIL\t6\tuser=jane"), AUTH_DENIED },
		{ SL("FAIL\t6\tcode=temp_fail"), AUTH_TEMPFAIL },
		{ SL("FAIL\t6\ttemp"), AUTH_TEMPFAIL },
		{ SL("FAIL\t6\tcode=authz_fail"), AUTH_NOT_AUTHORIZED },
		{ SL("FAIL\t6\tcode=user_disabled"), AUTH_DISABLED },
		{ SL("FAIL\t6\tcode=pass_expired\treason=old"), AUTH_EXPIRED },
		{ SL("FAIL\t6\tcode=what"), AUTH_DENIED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert(read_line(rows[i].line));
		ck_assert_int_eq(reply.kind, DOVECOT_FAIL);
		ck_assert_int_eq(reply.answer.result, rows[i].result);
	}
	ck_assert(read_line(SL("NOTFOUND\t7")));
	ck_assert_int_eq(reply.kind, DOVECOT_NOTFOUND);
}
END_TEST

START_TEST(challenges_are_base64)
{
	ck_assert(read_line(SL("CONT\t3\tVXNlcm5hbWU6")));
	ck_assert_int_eq(reply.kind, DOVECOT_CONTINUE);
	assert_slice(reply.text, SL("Username:"));
	ck_assert(read_line(SL("CONT\t3\t")));
	assert_slice(reply.text, SL(""));
	ck_assert(!read_line(SL("CONT\t3\t!")));
	ck_assert(!read_line(SL("CONT\tx\tVXNl")));
	ck_assert(!read_line(SL("OK")));
	ck_assert(!read_line(SL("OK\t99999999999\tuser=x")));
	ck_assert(read_line(SL("CANCELLED\t3")));
	ck_assert_int_eq(reply.kind, DOVECOT_OTHER);
	ck_assert(read_line(SL("")));
	ck_assert_int_eq(reply.kind, DOVECOT_OTHER);
}
END_TEST

Suite *
suite_dovecot_line(void)
{
	const TTest *const tests[] = {
		escapes_are_dovecots,
		a_question_has_the_response_last,
		what_was_really_seen_is_said_where_it_differs,
		a_question_without_password_stays_short,
		ok_has_fields_with_values_and_without,
		failures_have_codes,
		challenges_are_base64,
	};
	Suite *suite = suite_create("dovecot_line");
	TCase *tcase = tcase_create("dovecot_line");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
