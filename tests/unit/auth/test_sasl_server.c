#include "unit.h"

#include "auth/sasl_server.h"

static struct arena arena;
static struct sasl_server server;
static struct slice challenge;

static void
begin(const char *name)
{
	sasl_server_begin(&server, mechanism_find(slice_of(name)),
			  slice_of(name));
}

static enum sasl_step
say(struct slice message)
{
	struct slice in = exact_copy(message, message.n);
	enum sasl_step step = sasl_server_step(&server, true, in, &arena,
					       &challenge);

	free_copy(in);
	return step;
}

static enum sasl_step
say_nothing(void)
{
	return sasl_server_step(&server, false, SL(""), &arena, &challenge);
}

#define C (&server.credentials)

START_TEST(plain_has_three_parts)
{
	begin("PLAIN");
	ck_assert_int_eq(say_nothing(), SASL_CHALLENGE);
	assert_slice(challenge, SL(""));
	ck_assert_int_eq(say(SL("root\0jane\0se cret")), SASL_DONE);
	assert_slice(C->authzid, SL("root"));
	assert_slice(C->user, SL("jane"));
	assert_slice(C->password, SL("se cret"));
	ck_assert_int_eq(C->proof, AUTH_PROOF_PASSWORD);
	ck_assert_int_eq(say(SL("\0jane\0")), SASL_DONE);
	ck_assert_int_eq(say(SL("jane\0x")), SASL_BAD);
	ck_assert_int_eq(say(SL("\0\0x")), SASL_BAD);
	ck_assert_int_eq(say(SL("\0a\0b\0c")), SASL_BAD);
	ck_assert_int_eq(say(SL("")), SASL_BAD);
	arena_free(&arena);
}
END_TEST

START_TEST(login_asks_twice_or_once)
{
	begin("LOGIN");
	ck_assert_int_eq(say_nothing(), SASL_CHALLENGE);
	assert_slice(challenge, SL("Username:"));
	ck_assert_int_eq(say(SL("jane")), SASL_CHALLENGE);
	assert_slice(challenge, SL("Password:"));
	ck_assert_int_eq(say(SL("secret")), SASL_DONE);
	assert_slice(C->password, SL("secret"));
	begin("LOGIN");
	ck_assert_int_eq(say(SL("jane")), SASL_CHALLENGE);
	ck_assert_int_eq(say(SL("x\0y")), SASL_BAD);
	begin("LOGIN");
	ck_assert_int_eq(say(SL("")), SASL_BAD);
	arena_free(&arena);
}
END_TEST

START_TEST(tokens_come_with_a_name)
{
	begin("XOAUTH2");
	ck_assert_int_eq(say_nothing(), SASL_CHALLENGE);
	ck_assert_int_eq(say(SL("user=jane\001auth=Bearer tok\001\001")),
			 SASL_DONE);
	assert_slice(C->user, SL("jane"));
	assert_slice(C->password, SL("tok"));
	ck_assert_int_eq(C->proof, AUTH_PROOF_TOKEN);
	begin("OAUTHBEARER");
	ck_assert_int_eq(say(SL("n,,\001auth=Bearer tok\001\001")), SASL_DONE);
	assert_slice(C->user, SL(""));
	begin("OAUTHBEARER");
	ck_assert_int_eq(say(SL("user=jane\001auth=Bearer tok\001\001")),
			 SASL_BAD);
	arena_free(&arena);
}
END_TEST

START_TEST(external_says_whom_for_or_nothing)
{
	begin("EXTERNAL");
	ck_assert_int_eq(say_nothing(), SASL_CHALLENGE);
	ck_assert_int_eq(say(SL("")), SASL_DONE);
	ck_assert_int_eq(C->proof, AUTH_PROOF_CERTIFICATE);
	ck_assert_int_eq(say(SL("jane")), SASL_DONE);
	assert_slice(C->authzid, SL("jane"));
	ck_assert_int_eq(say(SL("ja\0ne")), SASL_BAD);
	arena_free(&arena);
}
END_TEST

START_TEST(scram_names_the_user_and_is_handed_on)
{
	begin("SCRAM-SHA-256");
	ck_assert_int_eq(say_nothing(), SASL_CHALLENGE);
	assert_slice(challenge, SL(""));
	ck_assert_int_eq(say(SL("n,a=root,n=jane,r=abc")), SASL_DONE);
	assert_slice(C->user, SL("jane"));
	assert_slice(C->authzid, SL("root"));
	assert_slice(C->response, SL("n,a=root,n=jane,r=abc"));
	ck_assert(C->has_response);
	ck_assert_int_eq(C->proof, AUTH_PROOF_EXCHANGE);
	begin("SCRAM-SHA-256");
	ck_assert_int_eq(say(SL("n,,r=abc")), SASL_BAD);
	arena_free(&arena);
}
END_TEST

START_TEST(who_ends_the_others_speaks_first)
{
	begin("CRAM-MD5");
	ck_assert_int_eq(say_nothing(), SASL_DONE);
	ck_assert(!C->has_response);
	ck_assert_int_eq(C->proof, AUTH_PROOF_EXCHANGE);
	begin("GSSAPI");
	ck_assert_int_eq(say(SL("\0\1")), SASL_DONE);
	assert_slice(C->response, SL("\0\1"));
	arena_free(&arena);
}
END_TEST

Suite *
suite_sasl_server(void)
{
	const TTest *const tests[] = {
		plain_has_three_parts,
		login_asks_twice_or_once,
		tokens_come_with_a_name,
		external_says_whom_for_or_nothing,
		scram_names_the_user_and_is_handed_on,
		who_ends_the_others_speaks_first,
	};

	return suite_of("sasl_server", tests, sizeof(tests) / sizeof(tests[0]));
}
