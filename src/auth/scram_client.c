/* The client's side of SCRAM, towards backends. */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "auth/scram_private.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/secret.h"

/* Hi() of RFC 5802 section 2.2, under way. */
struct scram_hi {
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx;	/* keyed with the password */
	unsigned char u[SCRAM_MAX_KEY], sum[SCRAM_MAX_KEY];
	size_t n;
	uint32_t left;
};

/* ---- Hi() -------------------------------------------------------------- */

static void
hi_free(struct scram_hi **hi)
{
	if (*hi == NULL)
		return;
	EVP_MAC_CTX_free((*hi)->ctx);
	EVP_MAC_free((*hi)->mac);
	mem_wipe(*hi, sizeof(**hi));
	free(*hi);
	*hi = NULL;
}

/* U1 := HMAC(password, salt + INT(1)) */
static bool
hi_first(struct scram_hi *hi, struct slice salt)
{
	static const unsigned char one[4] = { 0, 0, 0, 1 };
	size_t n = 0;

	if (EVP_MAC_update(hi->ctx, (const unsigned char *)salt.p, salt.n) !=
		    1 ||
	    EVP_MAC_update(hi->ctx, one, sizeof(one)) != 1 ||
	    EVP_MAC_final(hi->ctx, hi->u, &n, sizeof(hi->u)) != 1)
		return false;
	hi->n = n;
	memcpy(hi->sum, hi->u, n);
	return true;
}

static struct scram_hi *
hi_begin(const char *digest, struct slice password, struct slice salt,
	 uint32_t rounds)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)(uintptr_t)digest, 0),
		OSSL_PARAM_construct_end(),
	};
	/* An empty key would mean "as before". */
	const unsigned char *key = (const unsigned char *)
		(password.n > 0 ? password.p : "");
	struct scram_hi *hi = mem_zalloc(sizeof(*hi));

	hi->left = rounds - 1;
	hi->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	hi->ctx = hi->mac == NULL ? NULL : EVP_MAC_CTX_new(hi->mac);
	if (hi->ctx == NULL ||
	    EVP_MAC_init(hi->ctx, key, password.n, params) != 1 ||
	    !hi_first(hi, salt))
		hi_free(&hi);
	return hi;
}

static bool
hi_run(struct scram_hi *hi, uint32_t rounds)
{
	size_t n;

	for (; rounds > 0 && hi->left > 0; rounds--, hi->left--) {
		if (EVP_MAC_init(hi->ctx, NULL, 0, NULL) != 1 ||
		    EVP_MAC_update(hi->ctx, hi->u, hi->n) != 1 ||
		    EVP_MAC_final(hi->ctx, hi->u, &n, sizeof(hi->u)) != 1)
			abort();	/* as out of memory in mem.c */
		for (size_t i = 0; i < hi->n; i++)
			hi->sum[i] ^= hi->u[i];
	}
	return hi->left == 0;
}

/* ---- the exchange ------------------------------------------------------ */

bool
scram_client_begin(struct scram_client *c, const char *digest,
		   struct slice user, struct slice authzid, struct slice nonce,
		   struct buf *out)
{
	size_t before = out->n;
	struct buf bare;

	c->digest = digest;
	buf_init(&bare, 3 * user.n + nonce.n + 16);
	buf_add(&bare, SL("n="));
	gs2_name_write(user, &bare);
	BUF_ADD(&bare, SL(",r="), nonce);
	c->bare = arena_copy(&c->arena, buf_slice(&bare));
	buf_free(&bare);
	buf_add(out, SL("n,"));
	if (authzid.n > 0) {
		buf_add(out, SL("a="));
		gs2_name_write(authzid, out);
	}
	buf_add_char(out, ',');
	c->header = arena_copy(&c->arena, slice_skip(buf_slice(out), before));
	return buf_add(out, c->bare) && buf_ok(out);
}

static struct slice
own_nonce(const struct scram_client *c)
{
	struct slice rest = c->bare, value = { 0 };

	scram_cut(&rest, 'n', &value);
	scram_cut(&rest, 'r', &value);
	return value;
}

bool
scram_client_take_first(struct scram_client *c, struct slice message,
			struct slice password)
{
	struct slice rest = message, nonce, salt, count;
	struct buf raw;
	uint64_t rounds;

	if (slice_has(message, '\0') || !scram_cut(&rest, 'r', &nonce) ||
	    !scram_cut(&rest, 's', &salt) || !scram_cut(&rest, 'i', &count) ||
	    !slice_starts(nonce, own_nonce(c)) ||
	    nonce.n <= own_nonce(c).n ||
	    !slice_to_u64(count, SCRAM_MAX_CLIENT_ROUNDS, &rounds) ||
	    rounds < SCRAM_MIN_ROUNDS)
		return false;
	c->first = arena_copy(&c->arena, message);
	buf_init(&raw, SCRAM_MAX_SALT);
	if (base64_decode(salt, &raw))
		c->hi = hi_begin(c->digest, password, buf_slice(&raw),
				 (uint32_t)rounds);
	buf_free(&raw);
	return c->hi != NULL;
}

bool
scram_client_derive(struct scram_client *c, uint32_t rounds)
{
	if (!hi_run(c->hi, rounds))
		return false;
	memcpy(c->salted, c->hi->sum, c->hi->n);
	c->key_n = c->hi->n;
	hi_free(&c->hi);
	return true;
}

static bool
make_proof(struct scram_client *c, struct slice auth,
	   unsigned char proof[SCRAM_MAX_KEY])
{
	unsigned char stored_key[SCRAM_MAX_KEY], server_key[SCRAM_MAX_KEY];
	unsigned char signature[SCRAM_MAX_KEY];
	size_t n = c->key_n;
	bool good = scram_keys(c->digest, c->salted, n, proof, stored_key,
			       server_key) &&
		    scram_hmac(c->digest, stored_key, n, auth, signature) &&
		    scram_hmac(c->digest, server_key, n, auth,
			       c->server_signature);

	for (size_t i = 0; good && i < n; i++)
		proof[i] ^= signature[i];
	mem_wipe(stored_key, sizeof(stored_key));
	mem_wipe(server_key, sizeof(server_key));
	return good;
}

/* The channel is not bound: "c=" stands for the header alone. */
bool
scram_client_final(struct scram_client *c, struct buf *out)
{
	unsigned char proof[SCRAM_MAX_KEY];
	struct slice rest = c->first, nonce, last;
	size_t before = out->n;

	if (!scram_cut(&rest, 'r', &nonce))
		return false;
	buf_add(out, SL("c="));
	base64_encode(c->header, out);
	BUF_ADD(out, SL(",r="), nonce);
	last = slice_skip(buf_slice(out), before);
	if (!make_proof(c, scram_auth_message(&c->arena, c->bare, c->first,
					      last), proof))
		return false;
	buf_add(out, SL(",p="));
	scram_add_base64(out, proof, c->key_n);
	mem_wipe(proof, sizeof(proof));
	return buf_ok(out);
}

bool
scram_client_trusts(const struct scram_client *c, struct slice message)
{
	unsigned char said[SCRAM_MAX_KEY];
	struct slice value;

	return c->key_n > 0 && scram_cut(&message, 'v', &value) &&
	       scram_decode(value, said, c->key_n) &&
	       secret_eq((struct slice){ (char *)said, c->key_n },
			 (struct slice){ (const char *)c->server_signature,
					 c->key_n });
}

void
scram_client_free(struct scram_client *c)
{
	hi_free(&c->hi);
	arena_free(&c->arena);
	mem_wipe(c, sizeof(*c));
}
