#include "auth/jwks.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"

/* An RSA modulus of 16384 bits has 2048 octets. */
#define MAX_NUMBER 2048
/* Half of an ES256 signature (RFC 7518 section 3.4). */
#define ES256_HALF 32
#define ED25519_KEY 32

enum key_kind { KEY_RSA, KEY_P256, KEY_ED25519 };

struct key {
	enum key_kind kind;
	char *kid;		/* "" if it has none */
	EVP_PKEY *pkey;
};

struct jwks {
	struct key v[JWKS_MAX_KEYS];
	size_t n;
};

static const struct {
	struct slice alg;
	enum key_kind kind;
} algs[] = {
	{ SL("RS256"), KEY_RSA },
	{ SL("ES256"), KEY_P256 },
	{ SL("EdDSA"), KEY_ED25519 },
};

/* ---- keys -------------------------------------------------------------- */

/* False if it is of no use: of another kind, or weak. */
static bool
kind_of(const EVP_PKEY *pkey, enum key_kind *kind_out)
{
	char curve[32];
	size_t n;

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		*kind_out = KEY_RSA;
		return EVP_PKEY_get_bits(pkey) >= JWKS_MIN_RSA_BITS;
	case EVP_PKEY_EC:
		*kind_out = KEY_P256;
		return EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), &n) ==
			       1 &&
		       strcmp(curve, SN_X9_62_prime256v1) == 0;
	case EVP_PKEY_ED25519:
		*kind_out = KEY_ED25519;
		return true;
	default:
		return false;
	}
}

/* Takes pkey over; NULL is no key. */
static void
add(struct jwks *keys, EVP_PKEY *pkey, const char *kid)
{
	struct key *k;
	enum key_kind kind;

	if (pkey == NULL || keys->n == JWKS_MAX_KEYS || !kind_of(pkey, &kind)) {
		EVP_PKEY_free(pkey);
		return;
	}
	k = &keys->v[keys->n++];
	k->kind = kind;
	k->kid = mem_strdup(kid, strlen(kid));
	k->pkey = pkey;
}

void
jwks_free(struct jwks **keys)
{
	if (*keys == NULL)
		return;
	for (size_t i = 0; i < (*keys)->n; i++) {
		free((*keys)->v[i].kid);
		EVP_PKEY_free((*keys)->v[i].pkey);
	}
	free(*keys);
	*keys = NULL;
}

size_t
jwks_count(const struct jwks *keys)
{
	return keys->n;
}

/* ---- from JSON --------------------------------------------------------- */

/* A member in base64url, decoded. */
static bool
number_of(json_t *o, const char *name, struct buf *out)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL && base64url_decode(slice_of(text), out) &&
	       out->n > 0;
}

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return pkey;
}

static EVP_PKEY *
make_rsa(struct slice n, struct slice e)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *bn = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL);
	BIGNUM *be = BN_bin2bn((const unsigned char *)e.p, (int)e.n, NULL);
	EVP_PKEY *pkey = NULL;

	if (bld != NULL && bn != NULL && be != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) == 1)
		pkey = from_params("RSA", bld);
	BN_free(bn);
	BN_free(be);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static EVP_PKEY *
make_p256(struct slice x, struct slice y)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	unsigned char point[1 + 2 * ES256_HALF] = { POINT_CONVERSION_UNCOMPRESSED };
	EVP_PKEY *pkey = NULL;

	if (x.n != ES256_HALF || y.n != ES256_HALF) {
		OSSL_PARAM_BLD_free(bld);
		return NULL;
	}
	memcpy(point + 1, x.p, ES256_HALF);
	memcpy(point + 1 + ES256_HALF, y.p, ES256_HALF);
	if (bld != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
					    SN_X9_62_prime256v1, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
					     point, sizeof(point)) == 1)
		pkey = from_params("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static EVP_PKEY *
make_ed25519(struct slice x)
{
	if (x.n != ED25519_KEY)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
					   (const unsigned char *)x.p, x.n);
}

static bool
is(json_t *o, const char *name, const char *value)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL && strcmp(text, value) == 0;
}

static EVP_PKEY *
make_key(json_t *o, struct buf *one, struct buf *two)
{
	if (is(o, "kty", "RSA") && number_of(o, "n", one) &&
	    number_of(o, "e", two))
		return make_rsa(buf_slice(one), buf_slice(two));
	if (is(o, "kty", "EC") && is(o, "crv", "P-256") &&
	    number_of(o, "x", one) && number_of(o, "y", two))
		return make_p256(buf_slice(one), buf_slice(two));
	if (is(o, "kty", "OKP") && is(o, "crv", "Ed25519") &&
	    number_of(o, "x", one))
		return make_ed25519(buf_slice(one));
	return NULL;
}

static void
add_json(struct jwks *keys, json_t *o)
{
	const char *kid = json_string_value(json_object_get(o, "kid"));
	struct buf one, two;

	if (json_object_get(o, "use") != NULL && !is(o, "use", "sig"))
		return;
	buf_init(&one, MAX_NUMBER);
	buf_init(&two, MAX_NUMBER);
	add(keys, make_key(o, &one, &two), kid != NULL ? kid : "");
	buf_free(&one);
	buf_free(&two);
}

static bool
read_json(struct slice text, struct jwks *keys)
{
	json_t *root = json_loadb(text.p, text.n, 0, NULL), *list, *o;
	size_t i;

	list = json_object_get(root, "keys");
	json_array_foreach(list, i, o)
		add_json(keys, o);
	/* A single key is no set, and as good. */
	if (json_is_object(root) && list == NULL)
		add_json(keys, root);
	json_decref(root);
	return root != NULL;
}

/* ---- from PEM ---------------------------------------------------------- */

/* Public keys and certificates, one after the other. */
static void
read_pem(struct slice text, struct jwks *keys)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	char *name, *header;
	unsigned char *data;
	long n;

	while (bio != NULL &&
	       PEM_read_bio(bio, &name, &header, &data, &n) == 1) {
		const unsigned char *at = data;
		X509 *cert;

		if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
			add(keys, d2i_PUBKEY(NULL, &at, n), "");
		} else if (strcmp(name, PEM_STRING_X509) == 0) {
			cert = d2i_X509(NULL, &at, n);
			if (cert != NULL)
				add(keys, X509_get_pubkey(cert), "");
			X509_free(cert);
		}
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	BIO_free(bio);
}

struct err *
jwks_read(struct slice text, struct jwks **keys_out)
{
	struct jwks *keys = mem_zalloc(sizeof(*keys));
	bool good = true;

	if (text.n > JWKS_MAX_TEXT)
		good = false;
	else if (slice_starts(slice_trim(text), SL("{")))
		good = read_json(text, keys);
	else
		read_pem(text, keys);
	ERR_clear_error();	/* what was skipped is no error */
	if (good && keys->n > 0) {
		*keys_out = keys;
		return NULL;
	}
	jwks_free(&keys);
	return err_new(ERR_CONFIG, good ? "it has no key that is of use (RSA of 2048 "
					  "bits, P-256, Ed25519)" :
					  "it is neither JSON nor PEM");
}

/* ---- signatures -------------------------------------------------------- */

/* r and s side by side become the structure that OpenSSL knows. */
static unsigned char *
es256_to_der(struct slice raw, size_t *n_out)
{
	const unsigned char *p = (const unsigned char *)raw.p;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;
	BIGNUM *r, *s;
	int n;

	if (sig == NULL)
		return NULL;
	r = BN_bin2bn(p, ES256_HALF, NULL);
	s = BN_bin2bn(p + ES256_HALF, ES256_HALF, NULL);
	if (ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	}
	n = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	*n_out = n > 0 ? (size_t)n : 0;
	return n > 0 ? der : NULL;
}

static bool
digest_verify(const struct key *k, const unsigned char *sig, size_t sig_n,
	      struct slice text)
{
	const EVP_MD *md = k->kind == KEY_ED25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL &&
		    EVP_DigestVerifyInit(ctx, NULL, md, NULL, k->pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, sig_n,
				     (const unsigned char *)text.p,
				     text.n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

static bool
verify(const struct key *k, struct slice text, struct slice signature)
{
	unsigned char *der;
	size_t n;
	bool good;

	if (k->kind != KEY_P256)
		return digest_verify(k, (const unsigned char *)signature.p,
				     signature.n, text);
	if (signature.n != 2 * ES256_HALF)
		return false;
	der = es256_to_der(signature, &n);
	good = der != NULL && digest_verify(k, der, n, text);
	OPENSSL_free(der);
	return good;
}

static bool
find_alg(struct slice alg, enum key_kind *kind_out)
{
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		if (slice_eq(algs[i].alg, alg)) {
			*kind_out = algs[i].kind;
			return true;
		}
	}
	return false;
}

/* A key without an id may be any; a token without one, too. */
static bool
may_be(const struct key *k, enum key_kind kind, struct slice kid)
{
	return k->kind == kind && (kid.n == 0 || k->kid[0] == '\0' ||
				   slice_eq(slice_of(k->kid), kid));
}

enum jwks_verdict
jwks_verify(const struct jwks *keys, struct slice alg, struct slice kid,
	    struct slice text, struct slice signature)
{
	enum jwks_verdict verdict = JWKS_NO_KEY;
	enum key_kind kind;

	if (!find_alg(alg, &kind))
		return JWKS_NO_ALG;
	for (size_t i = 0; i < keys->n; i++) {
		if (!may_be(&keys->v[i], kind, kid))
			continue;
		if (verify(&keys->v[i], text, signature))
			return JWKS_GOOD;
		verdict = JWKS_BAD;
	}
	return verdict;
}
