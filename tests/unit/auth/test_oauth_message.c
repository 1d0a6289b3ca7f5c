#include "unit.h"

#include "auth/oauth_message.h"

static struct arena arena;

static const struct {
	enum oauth_form form;
	struct slice message, user, token;
} good[] = {
	{ OAUTH_BEARER,
	  SL("n,a=user@example.com,\001host=server.example.com\001port=143\001"
	     "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001"),
	  SL("user@example.com"),
	  SL("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==") },
	{ OAUTH_BEARER, SL("n,,\001auth=bearer x\001\001"), SL(""), SL("x") },
	{ OAUTH_BEARER, SL("y,a=a=2Cb,\001auth=Bearer  x\001\001"), SL("a,b"),
	  SL("x") },
	{ OAUTH_XOAUTH2,
	  SL("user=someuser@example.com\001auth=Bearer ya29.vF9dft4qmTc2\001"
	     "\001"),
	  SL("someuser@example.com"), SL("ya29.vF9dft4qmTc2") },
};

static const struct {
	enum oauth_form form;
	struct slice message;
} bad[] = {
	{ OAUTH_BEARER, SL("") },
	{ OAUTH_BEARER, SL("n,a=u,") },
	{ OAUTH_BEARER, SL("n,a=u,\001auth=Bearer x\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001auth=Bearer x\001\001\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001auth=Basic x\001\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001auth=Bearer \001\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001auth=Bearer x y\001\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001auth=Bearer x\001auth=Bearer y\001\001") },
	{ OAUTH_BEARER, SL("p=tls-exporter,a=u,\001auth=Bearer x\001\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001host=h\001\001") },
	{ OAUTH_BEARER, SL("n,a=u,\001host\001auth=Bearer x\001\001") },
	{ OAUTH_BEARER, SL("\001") },	/* what ends a refusal */
	{ OAUTH_XOAUTH2, SL("") },
	{ OAUTH_XOAUTH2, SL("user=\001auth=Bearer x\001\001") },
	{ OAUTH_XOAUTH2, SL("auth=Bearer x\001\001") },
	{ OAUTH_XOAUTH2, SL("user=u\001\001") },
	{ OAUTH_XOAUTH2, SL("user=u\0\001auth=Bearer x\001\001") },
};

START_TEST(messages_are_read)
{
	struct slice in = exact_copy(good[_i].message, good[_i].message.n);
	struct slice user, token;

	ck_assert(oauth_message_read(good[_i].form, in, &arena, &user,
				     &token));
	assert_slice(user, good[_i].user);
	assert_slice(token, good[_i].token);
	arena_free(&arena);
	free_copy(in);
}
END_TEST

START_TEST(nothing_else_is)
{
	struct slice in = exact_copy(bad[_i].message, bad[_i].message.n);
	struct slice user, token;

	ck_assert(!oauth_message_read(bad[_i].form, in, &arena, &user,
				      &token));
	arena_free(&arena);
	free_copy(in);
}
END_TEST

START_TEST(no_part_of_a_message_is_one)
{
	for (size_t n = 0; n < good[_i].message.n; n++) {
		struct slice in = exact_copy(good[_i].message, n);
		struct slice user, token;

		ck_assert(!oauth_message_read(good[_i].form, in, &arena,
					      &user, &token));
		free_copy(in);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
	static const enum oauth_form forms[] = { OAUTH_BEARER, OAUTH_XOAUTH2 };
	struct slice user, token;
	struct buf out;

	buf_init(&out, 1024);
	ck_assert(oauth_message_write(forms[_i], SL("ja=ne,x"), SL("t.o-k"),
				      &out));
	ck_assert(oauth_message_read(forms[_i], buf_slice(&out), &arena, &user,
				     &token));
	assert_slice(user, SL("ja=ne,x"));
	assert_slice(token, SL("t.o-k"));
	ck_assert(!oauth_message_write(forms[_i], SL("a\001b"), SL("t"),
				       &out));
	ck_assert(!oauth_message_write(forms[_i], SL("a"), SL("t\001auth=x"),
				       &out));
	ck_assert(!oauth_message_write(forms[_i], SL("a"), SL(""), &out));
	buf_free(&out);
	arena_free(&arena);
}
END_TEST

START_TEST(a_refusal_is_json)
{
	struct buf out;

	buf_init(&out, 1024);
	ck_assert(oauth_error_write(OAUTH_BEARER, SL("invalid_token"),
				    SL("mail"), SL("https://x.test/\"\r\n"),
				    &out));
	assert_slice(buf_slice(&out),
		     SL("{\"schemes\":\"bearer\",\"status\":\"invalid_token\","
			"\"scope\":\"mail\",\"openid-configuration\":"
			"\"https://x.test/\"}"));
	buf_clear(&out);
	ck_assert(oauth_error_write(OAUTH_XOAUTH2, SL(""), SL(""), SL(""),
				    &out));
	assert_slice(buf_slice(&out),
		     SL("{\"status\":\"401\",\"schemes\":\"bearer\"}"));
	buf_free(&out);
}
END_TEST

Suite *
suite_oauth_message(void)
{
	Suite *suite = suite_create("oauth_message");
	TCase *tcase = tcase_create("oauth_message");

	tcase_add_loop_test(tcase, messages_are_read, 0,
			    (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tcase, nothing_else_is, 0,
			    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_loop_test(tcase, no_part_of_a_message_is_one, 0,
			    (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tcase, what_is_written_can_be_read, 0, 2);
	tcase_add_test(tcase, a_refusal_is_json);
	suite_add_tcase(suite, tcase);
	return suite;
}
