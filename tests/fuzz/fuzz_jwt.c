/* Tokens, and the keys they are judged by. Nobody can sign here, so none is good. */
#include "fuzz.h"

#include "auth/jwt.h"

static struct jwks *
known_keys(void)
{
	static struct jwks *keys;
	struct err *e = NULL;

	if (keys == NULL)
		e = jwks_read(SL("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
				 "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
				 "\"}"), &keys);
	require(e == NULL);
	return keys;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct jwt_rules rules = { .username_claim = SL("email"),
					 .now_s = 1000 };
	struct slice all = { (const char *)data, size }, user = { 0 };
	struct arena a = { 0 };
	struct jwks *keys = NULL;
	const char *why = NULL;
	struct err *e;

	require(jwt_judge(all, known_keys(), &rules, &a, &user, &why) !=
		JWT_GOOD);
	require(why != NULL);
	if (jwt_judge_claims(all, &rules, &a, &user, &why) == JWT_GOOD)
		require(user.n > 0 && !slice_has(user, '\n'));
	(void)jwt_is_active(all, &why);
	e = jwks_read(all, &keys);
	require((e == NULL) == (keys != NULL));
	if (keys != NULL)
		require(jwks_count(keys) > 0 &&
			jwks_count(keys) <= JWKS_MAX_KEYS);
	err_free(&e);
	jwks_free(&keys);
	arena_free(&a);
	return 0;
}
