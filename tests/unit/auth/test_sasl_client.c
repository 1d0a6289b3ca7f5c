#include "unit.h"

#include "auth/sasl_client.h"

static struct sasl_client client;
static struct buf out;

static const struct sasl_client_identity jane = { .user = SL("jane"),
						  .password = SL("secret") };
static const struct sasl_client_identity boss = { .user = SL("jane"),
						  .master = SL("boss"),
						  .password = SL("secret") };

static enum sasl_client_step
step(struct slice in)
{
	buf_clear(&out);
	return sasl_client_step(&client, in, &out);
}

static void
begin(struct slice name, const struct sasl_client_identity *id)
{
	buf_init(&out, 4096);
	ck_assert(sasl_client_begin(&client, name, id));
}

static void
end(void)
{
	buf_free(&out);
	sasl_client_free(&client);
}

START_TEST(plain_is_one_message)
{
	begin(SL("plain"), &jane);
	assert_slice(sasl_client_name(&client), SL("PLAIN"));
	ck_assert(sasl_client_speaks_first(&client));
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL("jane\0jane\0secret"));
	ck_assert(sasl_client_may_end(&client));
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_BAD);
	end();
	begin(SL("PLAIN"), &boss);
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL("jane\0boss\0secret"));
	end();
}
END_TEST

START_TEST(login_answers_two_questions)
{
	begin(SL("LOGIN"), &jane);
	ck_assert(!sasl_client_speaks_first(&client));
	ck_assert_int_eq(step(SL("Benutzer:")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL("jane"));
	ck_assert_int_eq(step(SL("Passwort:")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL("secret"));
	ck_assert_int_eq(step(SL("?")), SASL_CLIENT_BAD);
	end();
}
END_TEST

START_TEST(external_says_for_whom)
{
	begin(SL("EXTERNAL"), &jane);
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL("jane"));
	end();
}
END_TEST

START_TEST(a_token_that_is_refused_gets_its_last_word)
{
	begin(SL("XOAUTH2"), &jane);
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out),
		     SL("user=jane\001auth=Bearer secret\001\001"));
	ck_assert_int_eq(step(SL("{\"status\":\"401\"}")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL(""));
	ck_assert_int_eq(step(SL("{}")), SASL_CLIENT_BAD);
	end();
	begin(SL("OAUTHBEARER"), &jane);
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out),
		     SL("n,a=jane,\001auth=Bearer secret\001\001"));
	ck_assert_int_eq(step(SL("{\"status\":\"x\"}")), SASL_CLIENT_SEND);
	assert_slice(buf_slice(&out), SL("\001"));
	end();
}
END_TEST

START_TEST(a_master_proves_its_own_password)
{
	begin(SL("SCRAM-SHA-1"), &boss);
	ck_assert_int_eq(step(SL("")), SASL_CLIENT_SEND);
	ck_assert(slice_starts(buf_slice(&out), SL("n,a=jane,n=boss,r=")));
	ck_assert_int_eq(step(SL("r=x,s=AAAA,i=4096")), SASL_CLIENT_BAD);
	end();
}
END_TEST

START_TEST(others_are_not_spoken)
{
	ck_assert(!sasl_client_begin(&client, SL("GSSAPI"), &jane));
	ck_assert(!sasl_client_knows(SL("")));
	ck_assert(sasl_client_knows(SL("scram-sha-256")));
}
END_TEST

Suite *
suite_sasl_client(void)
{
	const TTest *const tests[] = {
		plain_is_one_message,
		login_answers_two_questions,
		external_says_for_whom,
		a_token_that_is_refused_gets_its_last_word,
		a_master_proves_its_own_password,
		others_are_not_spoken,
	};

	return suite_of("sasl_client", tests, sizeof(tests) / sizeof(tests[0]));
}
