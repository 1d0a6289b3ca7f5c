#include "unit.h"

#include "auth/jwt.h"
#include "auth/jwt_vectors.h"
#include "base/base64.h"

static struct arena arena;
static struct jwks *keys;
static struct slice audience = SL("mail"), scope = SL("mail");
static struct jwt_rules rules;
static struct slice user;
static const char *why;

static void
setup(void)
{
	ck_assert_ptr_null(jwks_read(JWKS_ALL, &keys));
	rules = (struct jwt_rules){
		.issuer = SL("https://login.test"),
		.audience = { &audience, 1 },
		.scope = { &scope, 1 },
		.username_claim = SL("email"),
		.now_s = 1000,
		.leeway_s = 10,
	};
}

static void
teardown(void)
{
	jwks_free(&keys);
	arena_free(&arena);
}

static enum jwt_verdict
judge(struct slice token)
{
	struct slice in = exact_copy(token, token.n);
	enum jwt_verdict verdict;

	user = SL("(none)");
	verdict = jwt_judge(in, keys, &rules, &arena, &user, &why);
	free_copy(in);
	return verdict;
}

START_TEST(tokens_of_every_kind_are_good)
{
	const struct slice good[] = { JWT_RS256, JWT_ES256, JWT_EDDSA,
				      JWT_NO_KID, JWT_AUDIENCE_TEXT,
				      JWT_SCOPE_ARRAY };

	ck_assert_uint_eq(jwks_count(keys), 3);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(judge(good[i]) == JWT_GOOD, "%zu: %s", i, why);
		assert_slice(user, SL("jane@example.org"));
	}
}
END_TEST

START_TEST(others_are_not)
{
	static const struct {
		struct slice token;
		enum jwt_verdict verdict;
		const char *why;
	} bad[] = {
		{ JWT_OTHER_KID, JWT_NO_KEY,
		  "it is signed with a key that is not known" },
		{ JWT_WRONG_KEY, JWT_WRONG, "its signature is wrong" },
		{ JWT_ALG_OF_ANOTHER, JWT_NO_KEY,
		  "it is signed with a key that is not known" },
		{ JWT_NO_EXP, JWT_WRONG, "it never expires (exp)" },
		{ JWT_NOT_YET, JWT_WRONG, "it is not valid yet (nbf)" },
		{ JWT_ISSUER, JWT_WRONG, "it is of another issuer (iss)" },
		{ JWT_AUDIENCE, JWT_WRONG, "it is for somebody else (aud)" },
		{ JWT_SCOPE, JWT_WRONG,
		  "it does not grant what is needed (scope)" },
		{ JWT_NO_USER, JWT_WRONG, "it names no user" },
		{ JWT_ODD_USER, JWT_WRONG, "it names no user" },
		{ JWT_CRIT, JWT_WRONG, "its header has extensions (crit)" },
		{ JWT_HS256, JWT_WRONG,
		  "it is signed with none of RS256, ES256, EdDSA" },
		{ JWT_NONE, JWT_WRONG,
		  "it is signed with none of RS256, ES256, EdDSA" },
		{ SL("opaque"), JWT_OPAQUE, "it is no JWT" },
		{ SL("a.b.c.d"), JWT_OPAQUE, "it is no JWT" },
		{ SL("YQ.YQ.YQ"), JWT_OPAQUE, "it is no JWT" },
		{ SL(""), JWT_OPAQUE, "it is no JWT" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(judge(bad[i].token) == bad[i].verdict, "row %zu",
			      i);
		ck_assert_str_eq(why, bad[i].why);
		assert_slice(user, SL("(none)"));
	}
}
END_TEST

/* RFC 7515 appendix A.3: signed by somebody else's code. */
START_TEST(the_example_of_the_rfc_is_good)
{
	jwks_free(&keys);
	ck_assert_ptr_null(jwks_read(
		SL("{\"kty\":\"EC\",\"crv\":\"P-256\","
		   "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		   "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"),
		&keys));
	rules = (struct jwt_rules){ .username_claim = SL("iss"),
				    .now_s = 1300819379 };
	ck_assert_int_eq(
		judge(SL("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEz"
			 "MDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
			 "Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmX"
			 "FCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")),
		JWT_GOOD);
	assert_slice(user, SL("joe"));
}
END_TEST

START_TEST(a_token_ends_in_time)
{
	rules.now_s = 2009;
	ck_assert_int_eq(judge(JWT_ES256), JWT_GOOD);
	rules.now_s = 2010;
	ck_assert_int_eq(judge(JWT_ES256), JWT_WRONG);
	ck_assert_str_eq(why, "it has expired");
	rules.now_s = 1490;
	ck_assert_int_eq(judge(JWT_NOT_YET), JWT_GOOD);
}
END_TEST

START_TEST(no_octet_of_a_token_can_be_changed)
{
	static const struct slice token = JWT_EDDSA;
	char copy[2048];

	for (size_t i = 0; i < token.n; i++) {
		struct slice changed = { copy, token.n };

		memcpy(copy, token.p, token.n);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		ck_assert_msg(judge(changed) != JWT_GOOD, "at %zu", i);
	}
	for (size_t n = 0; n < token.n; n++)
		ck_assert(judge(slice_first(token, n)) != JWT_GOOD);
}
END_TEST

START_TEST(keys_come_as_pem_too)
{
	jwks_free(&keys);
	ck_assert_ptr_null(jwks_read(JWKS_PEM, &keys));
	ck_assert_uint_eq(jwks_count(keys), 2);
	ck_assert_int_eq(judge(JWT_RS256), JWT_GOOD);
	ck_assert_int_eq(judge(JWT_ES256), JWT_GOOD);
	ck_assert_int_eq(judge(JWT_EDDSA), JWT_NO_KEY);
}
END_TEST

START_TEST(sets_without_a_key_of_use_are_refused)
{
	static const struct slice bad[] = {
		JWKS_WEAK, SL(""), SL("{}"), SL("{\"keys\":[]}"), SL("[1]"),
		SL("{\"keys\":"), SL("-----BEGIN PUBLIC KEY-----\nAAAA\n"
				     "-----END PUBLIC KEY-----\n"),
		SL("{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}"),
		SL("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}"),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct jwks *none = NULL;
		struct err *e = jwks_read(bad[i], &none);

		ck_assert_msg(e != NULL && none == NULL, "row %zu", i);
		err_free(&e);
	}
}
END_TEST

START_TEST(a_providers_word_is_taken)
{
	ck_assert(jwt_is_active(SL("{\"active\":true}"), &why));
	why = NULL;
	ck_assert(!jwt_is_active(SL("{\"active\":false}"), &why));
	ck_assert_ptr_null(why);
	ck_assert(!jwt_is_active(SL("{\"active\":\"true\"}"), &why));
	ck_assert_ptr_nonnull(why);
	ck_assert(!jwt_is_active(SL("true"), &why));
	/* What it does not say is no reason against a token; what it says is. */
	ck_assert_int_eq(jwt_judge_claims(SL("{\"active\":true,\"email\":\"j\","
					     "\"scope\":\"mail\"}"),
					  &rules, &arena, &user, &why),
			 JWT_GOOD);
	assert_slice(user, SL("j"));
	ck_assert_int_eq(jwt_judge_claims(SL("{\"email\":\"j\",\"scope\":"
					     "\"mail\",\"aud\":\"x\"}"),
					  &rules, &arena, &user, &why),
			 JWT_WRONG);
	ck_assert_int_eq(jwt_judge_claims(SL("{\"email\":\"j\",\"scope\":"
					     "\"mail\",\"exp\":900}"),
					  &rules, &arena, &user, &why),
			 JWT_WRONG);
}
END_TEST

START_TEST(base64url_is_not_base64)
{
	struct buf out;

	buf_init(&out, 64);
	ck_assert(base64url_decode(SL("-_8"), &out));
	assert_slice(buf_slice(&out), SL("\373\377"));
	buf_clear(&out);
	ck_assert(base64url_decode(SL(""), &out));
	ck_assert(!base64url_decode(SL("+/8"), &out));
	ck_assert(!base64url_decode(SL("-_8="), &out));
	ck_assert(!base64url_decode(SL("A"), &out));
	ck_assert(!base64url_decode(SL("-_9"), &out));	/* unused bits */
	buf_free(&out);
}
END_TEST

Suite *
suite_jwt(void)
{
	const TTest *const tests[] = {
		tokens_of_every_kind_are_good,
		others_are_not,
		the_example_of_the_rfc_is_good,
		a_token_ends_in_time,
		no_octet_of_a_token_can_be_changed,
		keys_come_as_pem_too,
		sets_without_a_key_of_use_are_refused,
		a_providers_word_is_taken,
		base64url_is_not_base64,
	};
	Suite *suite = suite_create("jwt");
	TCase *tcase = tcase_create("jwt");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}
