/* Stored passwords. What costs time is stood in for here, by functions that
   take the libraries' names: they make sure that nothing dearer than allowed
   gets through to them, and say that the password is right. */
#include "fuzz.h"

#include <assert.h>
#include <crypt.h>
#include <openssl/evp.h>

#ifdef HAVE_ARGON2
#include <argon2.h>
#endif

#include "auth/scheme.h"

char *
crypt_r(const char *phrase, const char *setting, struct crypt_data *work)
{
	const char *rounds = strstr(setting, "$rounds=");
	size_t n = strlen(setting);

	assert(strlen(phrase) < sizeof(work->input));
	assert(n > 0 && n < sizeof(work->output));
	if (setting[0] == '$' && (setting[1] == '5' || setting[1] == '6') &&
	    rounds == setting + 2)
		assert(strtoull(rounds + 8, NULL, 10) <= SCHEME_MAX_SHA_ROUNDS);
	if (setting[0] == '$' && setting[1] == '2')
		assert(strtoull(setting + 4, NULL, 10) <=
		       SCHEME_MAX_BCRYPT_COST);
	memcpy(work->output, setting, n + 1);
	return work->output;
}

int
PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt,
		  int saltlen, int iter, const EVP_MD *digest, int keylen,
		  unsigned char *out)
{
	(void)pass;
	(void)salt;
	assert(passlen >= 0 && saltlen >= 0 && digest != NULL);
	assert(iter > 0 && iter <= SCHEME_MAX_HMAC_ROUNDS);
	assert(keylen == EVP_MD_get_size(digest));
	memset(out, 'k', (size_t)keylen);
	return 1;
}

#ifdef HAVE_ARGON2
int
argon2_ctx(argon2_context *work, argon2_type type)
{
	assert(type == Argon2_i || type == Argon2_id);
	assert(work->m_cost <= SCHEME_MAX_ARGON2_KIB);
	assert((uint64_t)work->m_cost * work->t_cost <= SCHEME_MAX_ARGON2_WORK);
	assert(work->lanes <= SCHEME_MAX_ARGON2_LANES && work->threads == 1);
	memset(work->out, 'k', work->outlen);
	return ARGON2_OK;
}
#endif

static void
check(struct slice stored, struct slice scheme, struct slice password)
{
	const char *why = NULL, *again = NULL;
	enum scheme_verdict verdict =
		scheme_verify(stored, scheme, password, &why);

	assert((verdict == SCHEME_UNKNOWN || verdict == SCHEME_BROKEN) ==
	       (why != NULL));
	assert(verdict == scheme_verify(stored, scheme, password, &again));
	assert(why == again);
	if (verdict == SCHEME_MATCH)
		assert(stored.n > 0 && !slice_has(password, '\0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { (const char *)data, size }, stored, password;
	size_t at = slice_index(all, '\n');

	stored = slice_first(all, at);
	password = at < size ? slice_skip(all, at + 1) : SL("secret");
	check(stored, SL("CRYPT"), password);
	check(stored, SL("PLAIN"), password);
	check(stored, SL("SHA256.HEX"), password);
	return 0;
}
